package capture

import (
	"fmt"
	"net"
	"net/netip"
	"strings"
	"unicode"

	"github.com/gopacket/gopacket"
	"github.com/gopacket/gopacket/layers"

	"netlab/ip"
)

// What netlab does not speak itself (IPv6, ARP, VLAN tags …) is taken apart by gopacket, layer by
// layer, until a layer comes that is ours.

// foreignLayer is a layer that gopacket has found, and where.
type foreignLayer struct {
	gopacket.Layer
	at int // octet at which it begins
}

// foreignLayers takes b apart. The layers end before one of ours; ours is then its protocol, and h
// holds its octets and the addresses around it, as far as there are any.
func foreignLayers(next etherType, b []byte) (found []foreignLayer, ours ip.Protocol, h header, at int) {
	// NewPacket, unlike the decoders on their own, recovers from a panic.
	packet := gopacket.NewPacket(b, layers.EthernetType(next), gopacket.DecodeOptions{NoCopy: true})
	for _, l := range packet.Layers() {
		size := len(l.LayerContents())
		whole := min(len(b), at+size+len(l.LayerPayload()))
		h.payload = b[min(at, whole):whole]
		switch l := l.(type) {
		case *layers.IPv4:
			return found, ipv4Inside, h, at
		case *layers.TCP:
			if h.src.IsValid() {
				return found, ip.TCP, h, at
			}
		case *layers.UDP:
			if h.src.IsValid() {
				return found, ip.UDP, h, at
			}
		case *layers.IPv6:
			h.src, _ = netip.AddrFromSlice(l.SrcIP)
			h.dst, _ = netip.AddrFromSlice(l.DstIP)
			h.cut = max(0, int(l.Length)-(len(b)-at-size))
		}
		found = append(found, foreignLayer{l, at})
		at = min(len(b), at+size)
	}
	return found, 0, h, at
}

// ipv4Inside is what foreignLayers answers when a whole IPv4 packet follows: 4 is the protocol
// number of IPv4 in IP.
const ipv4Inside ip.Protocol = 4

// foreign summarizes a packet that begins with something that is not IPv4.
func (s *Summarizer) foreign(next etherType, b []byte) Summary {
	found, ours, h, _ := foreignLayers(next, b)
	switch ours {
	case ipv4Inside:
		return s.ipv4(h.payload)
	case ip.TCP, ip.UDP:
		h.protocol = ours
		return s.transport(&h)
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
		if sum.Proto == "ICMPv6" {
			break // what follows belongs to the message
		}
	}
	if h.src.IsValid() {
		sum.Src, sum.Dst = h.src.String(), h.dst.String()
	}
	return sum
}

// foreignWords says what a layer is, for those that are often seen.
func foreignWords(l gopacket.Layer) string {
	switch l := l.(type) {
	case *layers.ARP:
		from, _ := netip.AddrFromSlice(l.SourceProtAddress)
		to, _ := netip.AddrFromSlice(l.DstProtAddress)
		switch l.Operation {
		case layers.ARPRequest:
			return fmt.Sprintf("who has %s? tell %s", to, from)
		case layers.ARPReply:
			return fmt.Sprintf("%s is at %s", from, net.HardwareAddr(l.SourceHwAddress))
		}
	case *layers.ICMPv6:
		name, _, _ := strings.Cut(l.TypeCode.String(), "(")
		return spaced(name)
	case *layers.IPv6:
		return "next header " + spaced(l.NextHeader.String())
	}
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
