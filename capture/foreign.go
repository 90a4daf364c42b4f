package capture

import (
	"fmt"
	"strings"
	"unicode"

	"github.com/gopacket/gopacket"
	"github.com/gopacket/gopacket/layers"

	"netlab/ether"
)

// What netlab does not speak itself (tunnels, LLDP …) is taken apart by gopacket, layer by
// layer, until a layer comes that is ours.

// foreignLayer is a layer that gopacket has found, and where.
type foreignLayer struct {
	gopacket.Layer
	at int // octet at which it begins
}

// foreignLayers takes b apart, up to an IP packet. It returns that, if there is one, and where it begins.
func foreignLayers(next ether.Type, b []byte) (found []foreignLayer, ours []byte, at int) {
	// NewPacket, unlike the decoders on their own, recovers from a panic.
	packet := gopacket.NewPacket(b, layers.EthernetType(next), gopacket.DecodeOptions{NoCopy: true})
	for _, l := range packet.Layers() {
		size := len(l.LayerContents())
		switch l.(type) {
		case *layers.IPv4, *layers.IPv6:
			return found, b[at:min(len(b), at+size+len(l.LayerPayload()))], at
		}
		found = append(found, foreignLayer{l, at})
		at = min(len(b), at+size)
	}
	return found, nil, at
}

// foreign summarizes a packet that begins with something that is not IP.
func (s *Summarizer) foreign(next ether.Type, b []byte) Summary {
	found, ours, _ := foreignLayers(next, b)
	if ours != nil {
		return s.ip(ours)
	}
	sum := Summary{Proto: fmt.Sprintf("0x%04x", int(next)), What: octets(len(b)), Stream: -1}
	for _, l := range found {
		if failed, ok := l.Layer.(*gopacket.DecodeFailure); ok {
			sum.Problem = oneLine(failed.Error().Error())
			break
		}
		if l.LayerType() == gopacket.LayerTypePayload {
			break
		}
		sum.Proto, sum.What = l.LayerType().String(), foreignWords(l.Layer)
	}
	return sum
}

// foreignWords says what a layer is, for those that are often seen.
func foreignWords(l gopacket.Layer) string {
	if name := spaced(l.LayerType().String()); strings.Contains(name, " ") {
		return name
	}
	return octets(len(l.LayerContents()) + len(l.LayerPayload()))
}

// spaced turns "NeighborSolicitation" into "neighbor solicitation" and leaves names such as "UDP" alone.
func spaced(name string) string {
	var words strings.Builder
	before := rune(0)
	for _, r := range name {
		if unicode.IsUpper(r) && unicode.IsLower(before) {
			words.WriteByte(' ')
		}
		words.WriteRune(r)
		before = r
	}
	if !strings.Contains(words.String(), " ") {
		return name
	}
	return strings.ToLower(words.String())
}

// oneLine makes the first line of s fit for a sentence.
func oneLine(s string) string {
	s, _, _ = strings.Cut(s, "\n")
	const most = 200
	if len(s) > most {
		s = strings.ToValidUTF8(s[:most], "") + "…"
	}
	return s
}
