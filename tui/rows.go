package tui

import (
	"strings"

	"netlab/capture"
	"netlab/narrate"
	"netlab/timeline"
	"netlab/trace"
	"netlab/wire"
)

// row is what the screen remembers of a packet that does not change with time.
type row struct {
	capture.Summary
	from, to string // host names; addresses where no host is known
	numbers
}

// numbers are what the relative sequence numbers of a segment count from.
type numbers struct {
	seq, ack           uint32
	seqKnown, ackKnown bool
}

// rows holds the row of each packet. Summaries follow streams, so packets are added in order.
type rows struct {
	names map[string]string // address to host
	sum   *capture.Summarizer
	first int // number of the packet of list[0]
	list  []row
	isn   map[string]uint32 // initial sequence number by "sender receiver"
}

func newRows(hosts []Host) *rows {
	r := &rows{names: map[string]string{}, sum: capture.NewSummarizer(), first: 1, isn: map[string]uint32{}}
	for _, h := range hosts {
		for _, a := range h.Addrs {
			r.names[a.String()] = h.Name
		}
	}
	return r
}

// rowsPerUpdate bounds the work of one update: a live host may be faster than the screen.
const rowsPerUpdate = 20_000

// update adds the rows of packets that are new in v and reports whether some are still missing.
func (r *rows) update(v timeline.View) (more bool) {
	n := v.Packets()
	if n == 0 {
		return false
	}
	oldest, ok := v.Packet(0)
	if !ok {
		return true // forgotten since the view was taken
	}
	if gone := oldest.Number - r.first; gone > 0 {
		r.list = r.list[min(gone, len(r.list)):]
		r.first = oldest.Number
	}
	for range rowsPerUpdate {
		i := r.first + len(r.list) - oldest.Number
		if i >= n {
			return false
		}
		p, ok := v.Packet(i)
		if !ok {
			return true
		}
		r.list = append(r.list, r.row(p.First))
	}
	return true
}

// get returns the row of the packet with a number.
func (r *rows) get(number int) (row, bool) {
	if i := number - r.first; i >= 0 && i < len(r.list) {
		return r.list[i], true
	}
	return row{}, false
}

func (r *rows) row(e *trace.Event) row {
	t, octets := narrate.LinkType(e), e.Octets
	w := row{Summary: r.sum.Add(t, octets)}
	w.from, w.to = r.host(w.Src), r.host(w.Dst)
	if e.Kind == trace.Sent && w.Proto == "ARP" {
		w.from = e.Host // whatever address it claims
	}
	if w.Transport != "TCP" {
		return w
	}
	there, back := w.Src+" "+w.Dst, w.Dst+" "+w.Src
	if strings.HasPrefix(w.What, "SYN") {
		layers := capture.Dissect(t, octets)
		if seq := find(layers, "tcp.seq_raw"); seq != nil {
			if len(r.isn) > 1<<16 {
				clear(r.isn) // a bound on memory; only old connections lose their relative numbers
			}
			r.isn[there] = uint32(seq.Uint)
			if !strings.HasPrefix(w.What, "SYN-ACK") {
				delete(r.isn, back) // a new connection between the same ends
			}
		}
	}
	w.seq, w.seqKnown = r.isn[there]
	w.ack, w.ackKnown = r.isn[back]
	return w
}

// host returns the name of the host that an address, with or without a port, belongs to.
func (r *rows) host(address string) string {
	if name, ok := r.names[address]; ok {
		return name
	}
	if i := strings.LastIndexByte(address, ':'); i > 0 {
		address = strings.Trim(address[:i], "[]")
	}
	if name, ok := r.names[address]; ok {
		return name
	}
	switch address { // what a host without an address speaks from and to
	case "255.255.255.255":
		return "*"
	case "0.0.0.0":
		return "?"
	}
	return address
}

// find returns the first node with a key among layers.
func find(layers []wire.Node, key string) *wire.Node {
	for i := range layers {
		if n := layers[i].Find(key); n != nil {
			return n
		}
	}
	return nil
}
