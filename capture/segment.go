package capture

import (
	"bytes"
	"strconv"

	"netlab/tcp"
)

// segment says what a TCP segment from end dir of a connection is. cut is how many of its octets
// were not captured.
func (s *Summarizer) segment(sum *Summary, st *stream, dir int, seg *tcp.Segment, cut int) {
	me, peer := &st.end[dir], &st.end[1-dir]
	syn, fin, rst := seg.Flags&tcp.SYN != 0, seg.Flags&tcp.FIN != 0, seg.Flags&tcp.RST != 0
	from := me.relative(seg.Seq, syn)
	data := from // first octet of data
	if syn {
		data++
		me.syn, me.shift = true, int(seg.Options.WindowScale)-1
	}
	to := data + int64(len(seg.Payload)+cut) // after the last
	next := to
	if fin {
		next++
	}
	sum.Numbers = Sequence{Seq: uint32(from), Len: uint32(next - from), Known: true}
	w := words{s.buf[:0], s.Terse}
	switch {
	case rst:
		w.add("RST")
	case syn && seg.Flags&tcp.ACK != 0:
		w.add("SYN-ACK")
	case syn:
		w.add("SYN")
	}
	if to > data {
		if proto, what := s.laid.content(seg, s.Terse); proto != "" {
			sum.Proto = proto
			w.add(what)
			w.span("data ", data, to)
		} else {
			w.span("data ", data, to)
			if cut == 0 {
				w.text(seg.Payload)
			}
		}
	}
	if fin {
		w.add("FIN")
	}
	quiet := to <= data && !syn && !fin && !rst // carries nothing but an acknowledgement
	if quiet && seg.Flags&tcp.ACK == 0 {
		w.add("no flags")
	}
	if probe := me.probe(peer, from, next); probe != "" && !syn && !fin && !rst {
		w.add(probe)
	} else if !rst && (next > from || quiet && from > me.next) {
		sum.Again, sum.Late = me.advance(from, next)
	}
	if seg.Flags&tcp.ACK != 0 {
		s.acknowledgement(sum, &w, st, dir, seg, quiet)
	}
	if to > data && peer.roomKnown && peer.room > 0 && to == peer.ack+int64(peer.room) {
		w.add("window full")
	}
	sum.What = string(w.b)
	s.buf = w.b
}

// probe tells whether a segment from from to next-1 is only there to provoke an answer.
func (e *end) probe(peer *end, from, next int64) string {
	switch {
	case !peer.acked || next-from > 1:
	case peer.window == 0 && (next > from || from == e.next-1):
		return "zero-window probe"
	case from == e.next-1 && peer.ack == e.next:
		return "keep-alive"
	}
	return ""
}

// acknowledgement says what the acknowledgement and the window of a segment tell.
func (s *Summarizer) acknowledgement(sum *Summary, w *words, st *stream, dir int, seg *tcp.Segment, quiet bool) {
	me, peer := &st.end[dir], &st.end[1-dir]
	ack := peer.relative(seg.Ack, false)
	sum.Numbers.Ack, sum.Numbers.AckKnown = uint32(ack), true
	if quiet {
		w.number("ack ", ack)
	}
	if seg.Flags&tcp.RST != 0 {
		return
	}
	same := me.acked && ack == me.ack
	changed := same && int(seg.Window) != me.window
	st.offer(dir, ack, seg)
	// RFC 5681, Section 2: an acknowledgement is a duplicate "when (a) the receiver of the ACK has outstanding
	// data, (b) the incoming acknowledgment carries no data, (c) the SYN and FIN bits are both off, (d) the
	// acknowledgment number is equal to the greatest acknowledgment received on the given connection and
	// (e) the advertised window in the incoming acknowledgment equals the advertised window in the last
	// incoming acknowledgment."
	switch {
	case !same:
		me.dups = 0
	case quiet && !changed && peer.next > ack:
		me.dups++
		w.number("dup ", int64(me.dups))
	}
	switch {
	case seg.Window == 0 && seg.Flags&tcp.SYN == 0:
		w.add("zero window")
	case quiet && changed && me.roomKnown:
		w.number("window ", int64(me.room))
	}
	for i := range seg.Options.SACKs {
		block := seg.Options.SACK[i]
		w.span("sack ", peer.relative(block.Left, false), peer.relative(block.Right, false))
	}
}

// words collects parts of a sentence, with two spaces between them.
type words struct {
	b    []byte
	none bool // are wanted
}

func (w *words) add(s string) {
	if w.none {
		return
	}
	if len(w.b) > 0 {
		w.b = append(w.b, "  "...)
	}
	w.b = append(w.b, s...)
}

func (w *words) number(name string, n int64) {
	if w.none {
		return
	}
	w.add(name)
	w.b = strconv.AppendInt(w.b, n, 10)
}

func (w *words) span(name string, from, to int64) {
	if w.none {
		return
	}
	w.number(name, from)
	w.b = append(w.b, ".."...)
	w.b = strconv.AppendInt(w.b, to, 10)
}

// text quotes the first line of data that is short and of lines of text, as protocols are that people can type: SMTP, FTP, IRC.
func (w *words) text(data []byte) {
	const most, shown = 512, 60
	if w.none || len(data) > most || data[len(data)-1] != '\n' {
		return
	}
	line, _, _ := bytes.Cut(data, []byte("\n"))
	line = bytes.TrimSuffix(line, []byte("\r"))
	if len(line) == 0 || bytes.ContainsFunc(line, func(r rune) bool { return r < ' ' || r > '~' }) {
		return
	}
	w.add("\"")
	w.b = append(w.b, line[:min(len(line), shown)]...)
	if len(line) > shown {
		w.b = append(w.b, "…"...)
	}
	w.b = append(w.b, '"')
}
