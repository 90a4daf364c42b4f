package capture

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"hash/crc32"
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
	at   int // octet at which it begins
	size int // octets of its header, or of all of it if nothing follows
}

// foreignLayers takes b apart, which an Ethernet frame carries as next, up to an IP packet. It returns that, if there is one, and
// where it begins.
func foreignLayers(next ether.Type, b []byte) (found []foreignLayer, ours []byte, at int) {
	if next < minType {
		next = ether.Type(layers.EthernetTypeLLC)
	}
	return foreignBy(layers.EthernetType(next), b, b)
}

// minType is the least number that is an EtherType. A smaller one is the length of an IEEE 802.3 frame, which goes on with LLC.
const minType = 0x0600

// foreignLink tells whether the packets of a link type begin with a header that gopacket reads and netlab does not.
func foreignLink(t LinkType) bool {
	switch t {
	case PPP, PPPSerial, PPPoE, PPPD, FDDI, WiFi, PFLog, Prism, Radiotap, USB:
		return true
	}
	return false
}

// foreignLinkLayers is foreignLayers for a packet of such a link type.
func foreignLinkLayers(t LinkType, b []byte) (found []foreignLayer, ours []byte, at int) {
	whole := b
	switch {
	case t == PPPSerial:
		t = PPP
	case t == PPPoE:
		return foreignBy(layers.LayerTypePPPoE, b, b)
	case t == PPPD && len(b) > 0:
		t, whole = PPP, append([]byte{0xff}, b[1:]...)
	}
	if t == WiFi && !endsInFCS(b) {
		whole = append(bytes.Clone(b), 0, 0, 0, 0) // gopacket takes the last four octets for the frame check sequence
	}
	return foreignBy(layers.LinkType(t), whole, b)
}

// endsInFCS tells whether a frame ends in its own frame check sequence: captures hold it or not, and only radiotap says.
func endsInFCS(b []byte) bool {
	n := len(b) - 4
	return n > 0 && crc32.ChecksumIEEE(b[:n]) == binary.LittleEndian.Uint32(b[n:])
}

// foreignBy takes whole apart, of which b was captured.
func foreignBy(first gopacket.Decoder, whole, b []byte) (found []foreignLayer, ours []byte, at int) {
	// NewPacket, unlike the decoders on their own, recovers from a panic.
	packet := gopacket.NewPacket(whole, first, gopacket.DecodeOptions{NoCopy: true})
	for _, l := range packet.Layers() {
		size := len(l.LayerContents())
		switch l.(type) {
		case *layers.IPv4, *layers.IPv6:
			return found, b[at:min(len(b), at+size+len(l.LayerPayload()))], at
		}
		if ppp, ok := l.(*layers.PPP); ok && ppp.HasPPTPHeader {
			size += 2 // address and control field, which gopacket leaves out
		}
		found = append(found, foreignLayer{l, at, size})
		at = min(len(b), at+size)
	}
	if n := len(found); n > 0 && found[n-1].size == 0 && found[n-1].LayerType() != gopacket.LayerTypeDecodeFailure {
		found[n-1].size, at = len(b)-at, len(b) // gopacket does not say where such a layer (IGMP) ends
	}
	return found, nil, at
}

// foreign summarizes what a frame carries that is not IP.
func (s *Summarizer) foreign(next ether.Type, b []byte) Summary {
	found, ours, _ := foreignLayers(next, b)
	return s.foreignSummary(found, ours, fmt.Sprintf("0x%04x", int(next)), len(b))
}

// foreignSummary is the summary of what gopacket found; proto is what to call it if that was nothing.
func (s *Summarizer) foreignSummary(found []foreignLayer, ours []byte, proto string, size int) Summary {
	if ours != nil {
		return s.ip(ours)
	}
	sum := Summary{Proto: proto, What: octets(size), Stream: -1}
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
