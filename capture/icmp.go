package capture

import (
	"encoding/binary"
	"fmt"
	"net/netip"
	"strconv"

	"netlab/ip"
	"netlab/wire"
)

// icmp summarizes an ICMP (RFC 792) or ICMPv6 message (RFC 4443).
func (s *Summarizer) icmp(h *header) Summary {
	b := h.payload
	sum := Summary{Src: h.src.String(), Dst: h.dst.String(), Proto: h.protocol.String(), What: octets(len(b)), Stream: -1}
	if len(b) < 8 {
		sum.Problem = sum.Proto + " message cut short"
		return sum
	}
	pseudo := uint16(0)
	if h.dst.Is6() {
		pseudo = wire.PseudoSum(h.src, h.dst, uint8(ip.ICMPv6), len(b))
	}
	if h.cut == 0 && !h.more && wire.Sum(pseudo, b) != 0xffff {
		sum.Problem = "wrong " + sum.Proto + " checksum"
	}
	// Not ip.ParseICMP, which refuses what has a wrong checksum.
	m := ip.Message{Type: ip.TypeOf(h.dst, b[0]), Code: b[1], Rest: binary.BigEndian.Uint32(b[4:]), Data: b[8:]}
	switch {
	case m.Type == ip.EchoRequest || m.Type == ip.EchoReply || m.Type == ip.EchoRequest6 || m.Type == ip.EchoReply6:
		sum.What = fmt.Sprintf("%s id %d seq %d", m.Type, m.ID(), m.Seq())
	case m.IsError():
		sum.What = icmpError(&m) + quoted(m.Data)
	case m.Type >= ip.RouterSolicitation && m.Type <= ip.Redirect6:
		sum.What = neighborWords(&m)
	default:
		sum.What = fmt.Sprintf("%s code %d", m.Type, m.Code)
	}
	return sum
}

// icmpError says in words what an error message reports.
func icmpError(m *ip.Message) string {
	switch {
	case m.Type == ip.Unreachable && m.Code == ip.FragmentationNeeded:
		return "fragmentation needed, the next link takes " + strconv.Itoa(m.MTU()) + " octets"
	case m.Type == ip.Unreachable:
		return coded("unreachable", m.Code, map[uint8]string{
			ip.NetUnreachable: "network unreachable", ip.HostUnreachable: "host unreachable",
			ip.ProtocolUnreachable: "protocol unreachable", ip.PortUnreachable: "port unreachable",
			ip.SourceRouteFailed: "source route failed", ip.NetUnknown: "network unknown", ip.HostUnknown: "host unknown",
			ip.NetProhibited: "network prohibited", ip.HostProhibited: "host prohibited",
			ip.CommunicationProhibited: "communication prohibited",
		})
	case (m.Type == ip.TimeExceeded || m.Type == ip.TimeExceeded6) && m.Code == ip.TTLExceeded:
		return "time exceeded in transit"
	case m.Type == ip.TimeExceeded || m.Type == ip.TimeExceeded6:
		return "time exceeded in reassembly"
	case m.Type == ip.PacketTooBig:
		return "packet too big, the next link takes " + strconv.Itoa(m.MTU()) + " octets"
	case m.Type == ip.Unreachable6:
		return coded("unreachable", m.Code, map[uint8]string{
			ip.NoRoute6: "no route", ip.Prohibited6: "prohibited", ip.BeyondScope6: "beyond the scope of the source",
			ip.AddressUnreachable6: "address unreachable", ip.PortUnreachable6: "port unreachable",
		})
	case m.Type == ip.ParameterProblem6:
		return coded("parameter problem", m.Code, map[uint8]string{
			ip.ErroneousField: "erroneous header field", ip.UnknownNextHeader: "unknown next header", ip.UnknownOption: "unknown option",
			ip.IncompleteChain: "not all headers in the first fragment",
		}) + " at octet " + strconv.Itoa(m.Pointer())
	}
	return m.Type.String()
}

// coded returns the name of a code; the type and the number of the code if it has none.
func coded(typ string, code uint8, names map[uint8]string) string {
	if name, ok := names[code]; ok {
		return name
	}
	return typ + ", code " + strconv.Itoa(int(code))
}

// neighborWords says what a message of Neighbor Discovery is (RFC 4861, Section 4).
func neighborWords(m *ip.Message) string {
	target := func() string {
		if len(m.Data) < 16 {
			return "an address that is cut short"
		}
		return netip.AddrFrom16([16]byte(m.Data)).String()
	}
	switch m.Type {
	case ip.NeighborSolicitation:
		return "neighbor solicitation  who has " + target() + "?"
	case ip.NeighborAdvertisement:
		return "neighbor advertisement  " + target() + " is here"
	case ip.Redirect6:
		return "redirect  better through " + target()
	}
	return m.Type.String()
}

// quoted names the packet that an error message is about, of which it quotes the beginning.
func quoted(b []byte) string {
	h, ok := parseHeader(b)
	if !ok {
		return ""
	}
	if (h.protocol == ip.TCP || h.protocol == ip.UDP) && len(h.payload) >= 4 && h.offset == 0 {
		src, dst := endpoints(&h)
		return fmt.Sprintf("  about %s %s to %s", h.protocol, src, dst)
	}
	return fmt.Sprintf("  about %s %s to %s", h.protocol, h.src, h.dst)
}
