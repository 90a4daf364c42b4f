package capture

import (
	"net/netip"
	"slices"

	"netlab/filter"
	"netlab/ip"
	"netlab/tcp"
	"netlab/udp"
	"netlab/wire"
)

// termOfHeader is the test of a term about fields of a fixed header; of others beyond decides. header returns the octets from the header on.
func termOfHeader(t filter.Term, keys []string, layout wire.Layout, header func(*look) []byte, beyond func(*look) filter.Verdict) func(*look) filter.Verdict {
	if keys[0] == layout.Key {
		return always(t.Of(wire.Node{Key: layout.Key, Width: 8 * layout.Len()}))
	}
	var fields []wire.Field
	for _, key := range keys {
		f, ok := layout.Field(key)
		if !ok {
			return beyond
		}
		fields = append(fields, f)
	}
	f := fields[0]
	switch {
	case len(fields) == 1 && f.Width <= 64 && (t.Number() || t.Exists()):
		return func(l *look) filter.Verdict {
			v := wire.Bits(header(l), f.Bit, f.Width)
			if t.Exists() {
				return filter.VerdictOf(f.Width != 1 || v != 0)
			}
			return filter.VerdictOf(t.OfNumbers(v))
		}
	case len(fields) == 1 && f.Width <= 16 && !slices.Contains(sums(), f.Key):
		return ofWords(t, f, header)
	}
	return func(l *look) filter.Verdict {
		nodes := make([]wire.Node, 0, 2)
		for _, f := range fields {
			n := f.Node(header(l), 0)
			l.reword(&n)
			nodes = append(nodes, n)
		}
		return filter.VerdictOf(t.Of(nodes...))
	}
}

func always(holds bool) func(*look) filter.Verdict {
	v := filter.VerdictOf(holds)
	return func(*look) filter.Verdict { return v }
}

// ofWords is the test of a term about the words for a field of few bits. They depend on its number alone, so that each number is put into words once.
func ofWords(t filter.Term, f wire.Field, header func(*look) []byte) func(*look) filter.Verdict {
	known := map[uint64]filter.Verdict{}
	return func(l *look) filter.Verdict {
		b := header(l)
		v := wire.Bits(b, f.Bit, f.Width)
		verdict, ok := known[v]
		if !ok {
			verdict = filter.VerdictOf(t.Of(worded(f, b)))
			known[v] = verdict
		}
		return verdict
	}
}

// worded returns a field in the words of its header's dissection, which for some are not those of the layout alone.
func worded(f wire.Field, b []byte) wire.Node {
	var header wire.Node
	switch f.Key {
	case "ip.hdr_len", "ip.frag_offset":
		header, _, _, _ = ip.Dissect(b, 0)
	case "tcp.hdr_len":
		header = tcp.Dissect(b, 0, netip.Addr{}, netip.Addr{})
	default:
		return f.Node(b, 0)
	}
	return *header.Find(f.Key)
}

// sums are the checksums, whose words say when they were left to the network card.
func sums() []string { return []string{"ip.checksum", "tcp.checksum", "udp.checksum"} }

// reword makes the words for a checksum those of the packet's dissection.
func (l *look) reword(n *wire.Node) {
	b := l.network()
	switch n.Key {
	case "ip.checksum":
		if n.Uint == 0 && wire.Checksum(b[:fixedLen(b)]) != 0 {
			noteOffload(n, n.Key, sumPartial)
		}
	case "tcp.checksum":
		h := l.ip()
		noteOffload(n, n.Key, checkTransport(h.src, h.dst, ip.TCP, h.payload, 16))
	case "udp.checksum":
		h := l.ip()
		datagram := h.payload[:8+l.row.data]
		if n.Uint == 0 {
			whole, _ := udp.Dissect(h.payload, 0, netip.Addr{}, netip.Addr{})
			*n = *whole.Find(n.Key)
		}
		noteOffload(n, n.Key, checkTransport(h.src, h.dst, ip.UDP, datagram, 6))
	}
}
