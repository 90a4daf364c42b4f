package stream

import (
	"netlab/quic"
	"netlab/tls"
)

// Hellos finds out whom clients want to talk with: the name of the server in the first message of a TLS handshake, over TCP or in QUIC, which is never encrypted with
// keys that only the two ends have. Give it what Config.Data and Config.Ended get.
type Hellos struct {
	streams map[*Stream]*hello
	held    int // octets of hellos that are not whole yet
}

// hello is what is there of the first message of a stream.
type hello struct {
	dir    int        // whose it is
	octets []byte     // over TCP: of the records, without their headers
	record int        // octets that the last record still lacks
	quic   quic.Hello // in QUIC
	name   string
	over   bool // nothing more is looked for
}

// How many octets of one client, and of all together, are held until the name is among them.
const (
	mostHello = 1 << 14
	maxHellos = 1 << 24
)

// NewHellos returns Hellos that have heard nothing yet.
func NewHellos() *Hellos { return &Hellos{streams: map[*Stream]*hello{}} }

// Data takes the next octets of a stream, as they were sent.
func (h *Hellos) Data(c Chunk) {
	one := h.streams[c.Stream]
	switch {
	case one == nil && !(c.UDP && quic.Begins(c.Octets) || !c.UDP && beginsHello(c.Octets)):
		return
	case one == nil:
		one = &hello{dir: c.Dir}
		h.streams[c.Stream] = one
	}
	if one.over || c.Dir != one.dir {
		return
	}
	h.held -= len(one.octets)
	if c.UDP {
		one.octets = one.quic.Add(c.Octets)
	} else {
		one.over = c.Missing > 0
		one.records(c.Octets)
	}
	one.name = tls.ServerName(one.octets)
	if one.over = one.over || one.name != "" || len(one.octets) > mostHello || h.held > maxHellos; one.over {
		one.octets, one.quic = nil, quic.Hello{}
	}
	h.held += len(one.octets)
}

// records takes the next octets of a connection.
func (h *hello) records(b []byte) {
	for len(b) > 0 && !h.over {
		if h.record == 0 {
			n := tls.RecordLen(b)
			if n == 0 || tls.ContentType(b[0]) != tls.ContentHandshake {
				h.over = true // a record of another kind, or a header in two segments
				return
			}
			b, h.record = b[recordHeader:], n-recordHeader
		}
		n := min(h.record, len(b))
		h.octets = append(h.octets, b[:n]...)
		b, h.record = b[n:], h.record-n
	}
}

// recordHeader is how many octets the header of a record of TLS has.
const recordHeader = 5

// Ended forgets a stream, and returns the name of the server that its client wanted; empty: it named none.
func (h *Hellos) Ended(s *Stream) string {
	one := h.streams[s]
	if one == nil {
		return ""
	}
	delete(h.streams, s)
	h.held -= len(one.octets)
	return one.name
}
