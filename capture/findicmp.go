package capture

import (
	"encoding/binary"

	"netlab/flow"
	"netlab/ip"
	"netlab/wire"
)

// icmp looks at an ICMP message: an error is told with the connection that it is about.
func (f *Finder) icmp(h *header) {
	b := h.payload
	if len(b) < 8 {
		if h.cut == 0 && !h.more {
			f.malformed(host(h.src), wire.RFC("792", ""), "an ICMP message of "+octets(len(b)))
		}
		return
	}
	m := ip.Message{Type: ip.TypeOf(h.dst, b[0]), Code: b[1], Rest: binary.BigEndian.Uint32(b[4:]), Data: b[8:]}
	if !m.IsError() {
		return
	}
	ref := wire.RFC("1122", "3.2.2")
	if h.dst.Is6() {
		ref = wire.RFC("4443", "3")
	}
	name := h.dst.String() + ": " + icmpError(&m) + quoted(m.Data)
	say := "reports to %s"
	var related []int
	if q, ok := parseHeader(m.Data); ok && q.protocol == ip.TCP && q.offset == 0 && len(q.payload) >= 4 {
		src, dst := endpoints(&q)
		if at, ok := f.tracker.Connection(src, dst); ok {
			f.packet.stream = at.Stream
			if m.Type == ip.Unreachable && m.Code == ip.FragmentationNeeded || m.Type == ip.PacketTooBig {
				f.tracker.TooBig(src, dst, f.packet.number)
			}
			if sum, ok := f.tracker.Summary(at.Stream); ok && sum.Latest[at.Dir] > 0 {
				say = "reports to %s; that end's latest packet is %p"
				related = []int{sum.Latest[at.Dir]}
			}
		}
	}
	one := f.add(flow.ICMPError, host(h.src), ref, say)
	one.Name, one.Related = name, related
}
