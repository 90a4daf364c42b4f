package stream

import (
	"netlab/tls"
	"netlab/wire"
)

// OpenedKey is the key of a layer with what was protected; of data of the application it is longer.
const OpenedKey = "decrypted"

// WithOpened adds to a packet what was protected in it: octets behind its own, and layers of these.
func WithOpened(packet []byte, layers []wire.Node, records []Opened) (octets []byte, all []wire.Node) {
	octets, all = append([]byte(nil), packet...), append([]wire.Node(nil), layers...)
	for i := range records {
		r := &records[i]
		if !r.Protected || r.Problem != "" || len(r.Content) == 0 || len(all) == 0 {
			continue
		}
		bit := 8 * len(octets)
		key := OpenedKey
		if r.Type == tls.ContentApplicationData {
			key += ".data"
		}
		octets = append(octets, r.Content...)
		if last := &all[len(all)-1]; last.Key == key { // records are how messages travel, not what they are
			last.Width += 8 * len(r.Content)
			last.Children = append(last.Children, r.Layers(bit)...)
			continue
		}
		all = append(all, wire.Node{
			Name: "{} decrypted", Key: key, Bit: bit, Width: 8 * len(r.Content), Children: r.Layers(bit),
			Doc: "What a record of TLS holds, decrypted with the keys named " + r.Keys + ". Nobody on the way could read it.",
			Ref: wire.RFC("8446", "5.2"),
		})
	}
	return octets, all
}
