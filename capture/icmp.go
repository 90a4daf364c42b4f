package capture

import (
	"encoding/binary"
	"fmt"

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
	kind, code := b[0], b[1]
	switch kind {
	case 0, 8:
		name := "echo request"
		if kind == 0 {
			name = "echo reply"
		}
		sum.What = fmt.Sprintf("%s id %d seq %d", name, binary.BigEndian.Uint16(b[4:]), binary.BigEndian.Uint16(b[6:]))
	case 3, 5, 11, 12:
		sum.What = icmpError(kind, code, b) + quoted(b[8:])
	default:
		sum.What = fmt.Sprintf("type %d code %d", kind, code)
	}
	return sum
}

// icmpError says in words what an error message reports.
func icmpError(kind, code uint8, b []byte) string {
	switch {
	case kind == 3 && code == 4:
		// RFC 1191, Section 4: the low-order 16 bits of the header field that was unused
		return fmt.Sprintf("fragmentation needed, next link takes %d octets", binary.BigEndian.Uint16(b[6:]))
	case kind == 3:
		// RFC 792, page 4; RFC 1122, Section 3.2.2.1; RFC 1812, Section 5.2.7.1
		names := [...]string{
			0: "network unreachable", 1: "host unreachable", 2: "protocol unreachable", 3: "port unreachable",
			5: "source route failed", 6: "network unknown", 7: "host unknown", 9: "network prohibited", 10: "host prohibited",
			13: "administratively prohibited",
		}
		if int(code) < len(names) && names[code] != "" {
			return names[code]
		}
		return fmt.Sprintf("unreachable, code %d", code)
	case kind == 5:
		return "redirect"
	case kind == 11 && code == 0:
		return "time exceeded in transit"
	case kind == 11:
		return "time exceeded in reassembly"
	}
	return "parameter problem"
}

// quoted names the packet that an error message is about, of which it quotes the beginning.
func quoted(b []byte) string {
	h, ok := parseHeader(b)
	if !ok {
		return ""
	}
	switch {
	case (h.protocol == ip.TCP || h.protocol == ip.UDP) && len(h.payload) >= 4 && h.offset == 0:
		src, dst := endpoints(&h)
		return fmt.Sprintf("  about %s %s to %s", protocolName(h.protocol), src, dst)
	}
	return fmt.Sprintf("  about %s %s to %s", protocolName(h.protocol), h.src, h.dst)
}
