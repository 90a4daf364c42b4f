package tui

import (
	"fmt"

	"netlab/flow"
)

// lens is through what part of a connection's time its graphs are seen, and whose numbers.
type lens struct {
	closer int // the whole time is halved so often
	sender int // whose numbers: 1 the first end's, 2 the other's; 0: of the end that sent more
}

const mostCloser = 30

// zoom shows less of the time, in more detail, or more of it.
func (l *lens) zoom(by int) { l.closer = min(max(l.closer+by, 0), mostCloser) }

// tcpPane makes a pane of the TCP scene.
func (r *replay) tcpPane(p pane, h head) view {
	place, _ := r.file.Place(r.selected)
	c := &r.course.got
	empty := ""
	switch {
	case place.Transport != "TCP":
		empty = "the selected packet is none of TCP: . goes on, f2 shows the list"
	case len(c.moments) > 0 && c.stream == place.Stream: // what is known while more is found out
	case !r.course.ready:
		empty = r.course.words()
	default:
		empty = "no segment of this connection can be read"
	}
	var ends [2]string
	var first [2]uint32
	if place.Transport == "TCP" {
		h.about = fmt.Sprintf("TCP %d", place.Stream)
		for i := range ends {
			ends[i] = place.Ends[i].String()
			if r.raw && place.ISNKnown[i] {
				first[i] = place.ISN[i]
			}
		}
	}
	switch p {
	case inStates:
		return statesPane{h, r.look, empty, ends, c.said, c.states, r.selected}
	case inVariables:
		v := variablesPane{head: h, look: r.look, empty: empty, by: "packet", ends: ends}
		v.about = fmt.Sprintf("after packet %d", r.selected)
		if i := c.at(r.selected); empty == "" && i < 0 {
			v.empty = r.course.words()
		} else if empty == "" {
			v.rows = variableRows(c.moments[i].Ends, c.moments[max(0, i-1)].Ends, first)
		}
		return v
	}
	if empty != "" {
		return emptyPane{h, r.look, empty}
	}
	from, to := r.seenSpan()
	moments, sender := c.during(from, to), r.sender()
	base := r.file.At(max(1, r.mark)).UnixNano()
	h.about = fmt.Sprintf("of %s", ends[sender])
	if r.closer > 0 {
		h.about += fmt.Sprintf("   1/%d of the time", 1<<r.closer)
	}
	if p == inSequence {
		return sequencePane{h, r.look, "", moments, sender, r.selected, from, to, base, first[sender]}
	}
	h.about = fmt.Sprintf("in flight ░ from %s   room ━ at %s", portOf(ends[sender]), portOf(ends[1-sender]))
	return windowPane{head: h, look: r.look, moments: moments, sender: sender, selected: r.selected, from: from, to: to, base: base}
}

// sender is the end whose numbers are drawn.
func (r *replay) sender() int {
	switch c := &r.course.got; {
	case r.lens.sender > 0:
		return r.lens.sender - 1
	case c.data[1] > c.data[0]:
		return 1
	}
	return 0
}

// seenSpan is the time that graphs show: all of the connection's, or a part of it around the selected packet.
func (r *replay) seenSpan() (from, to int64) {
	from, to = r.course.got.span()
	width := (to - from) >> r.closer
	at := r.file.At(r.selected).UnixNano()
	from = max(from, min(at-width/2, to-width))
	return from, from + width
}

// moveInTCP carries out the keys that move in the TCP scene: to other packets of the same connection. It reports whether it was one.
func (r *replay) moveInTCP(a action, by int) bool {
	c := &r.course.got
	to := 0
	switch {
	case r.focus == inExplain || len(c.moments) == 0 || !r.inStream(r.selected):
		return false
	case a == moveLeft:
		by = -1
	case a == moveRight:
		by = 1
	case a == toStart:
		to, _ = c.ends()
	case a == toEnd:
		_, to = c.ends()
	}
	if to > 0 {
		r.selectPacket(to)
		return true
	}
	if by != 0 {
		r.moveInStream(by)
	}
	return by != 0
}

// ends returns the first and the last packet among the moments.
func (c *course) ends() (first, last int) {
	for _, l := range [][]flow.Moment{c.thin, c.moments} {
		if len(l) > 0 {
			if first == 0 || l[0].Packet < first {
				first = l[0].Packet
			}
			last = max(last, l[len(l)-1].Packet)
		}
	}
	return first, last
}
