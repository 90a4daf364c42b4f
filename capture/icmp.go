package capture

import (
	"encoding/binary"
	"fmt"
	"strconv"

	"netlab/ip"
	"netlab/wire"
)

// icmp summarizes an ICMP message (RFC 792).
func (s *Summarizer) icmp(h *header) Summary {
	b := h.payload
	sum := Summary{Src: h.src.String(), Dst: h.dst.String(), Proto: "ICMP", What: octets(len(b)), Stream: -1}
	if len(b) < 8 {
		sum.Problem = "ICMP message cut short"
		return sum
	}
	if h.cut == 0 && !h.more && wire.Checksum(b) != 0 {
		sum.Problem = "wrong ICMP checksum"
	}
	// Not ip.ParseICMP, which refuses what has a wrong checksum.
	m := ip.Message{Type: ip.MessageType(b[0]), Code: b[1], Rest: binary.BigEndian.Uint32(b[4:]), Data: b[8:]}
	switch {
	case m.Type == ip.EchoRequest || m.Type == ip.EchoReply:
		sum.What = fmt.Sprintf("%s id %d seq %d", m.Type, m.ID(), m.Seq())
	case m.IsError():
		sum.What = icmpError(&m) + quoted(m.Data)
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
		names := map[uint8]string{
			ip.NetUnreachable: "network unreachable", ip.HostUnreachable: "host unreachable",
			ip.ProtocolUnreachable: "protocol unreachable", ip.PortUnreachable: "port unreachable",
			ip.SourceRouteFailed: "source route failed", ip.NetUnknown: "network unknown", ip.HostUnknown: "host unknown",
			ip.NetProhibited: "network prohibited", ip.HostProhibited: "host prohibited",
			ip.CommunicationProhibited: "communication prohibited",
		}
		if name, ok := names[m.Code]; ok {
			return name
		}
		return "unreachable, code " + strconv.Itoa(int(m.Code))
	case m.Type == ip.TimeExceeded && m.Code == ip.TTLExceeded:
		return "time exceeded in transit"
	case m.Type == ip.TimeExceeded:
		return "time exceeded in reassembly"
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
