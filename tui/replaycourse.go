package tui

import (
	"context"
	"math"
	"sort"

	tea "charm.land/bubbletea/v2"

	"netlab/capture"
	"netlab/flow"
	"netlab/tcp"
)

// courseKey is which part of which TCP connection is followed.
type courseKey struct {
	stream int
	loaded bool
	around int // the packet around which every segment is kept
}

// course is what became of a TCP connection, segment by segment.
type course struct {
	stream  int
	said    [2]flow.Said
	moments []flow.Moment // all around a packet
	thin    []flow.Moment // some of the whole connection
	states  []stateChange
	data    [2]int64 // the highest number that each end has sent
	whole   bool     // moments are all there are
}

// stateChange is a packet with which an end came into another state.
type stateChange struct {
	packet, end int
	state       tcp.State
}

const (
	mostSegments = 1 << 22 // segments of a connection that are followed
	mostMoments  = 1 << 15 // that are kept around a packet
	mostThin     = 1 << 12 // that are kept of a whole connection, twice as many at times
	mostStates   = 256
)

// followTCP has the selected packet's connection followed, if the scene wants that.
func (r *replay) followTCP() tea.Cmd {
	p, ok := r.file.Place(r.selected)
	if r.scene != asTCP || !ok || p.Transport != "TCP" {
		return nil
	}
	t := &r.course
	if same := t.of.stream == p.Stream && t.of.loaded == r.loaded; t.underWay() && same || t.ready && same && (t.got.whole || t.got.at(r.selected) >= 0) {
		return nil
	}
	file, k := r.file, courseKey{p.Stream, r.loaded, r.selected}
	return t.ask(k, func(ctx context.Context, progress func(done, all int)) course {
		return readCourse(ctx, file, k.around, progress)
	})
}

// readCourse follows the connection of a packet.
func readCourse(ctx context.Context, file *capture.File, around int, progress func(done, all int)) course {
	c := course{whole: true}
	if p, ok := file.Place(around); ok {
		c.stream = p.Stream
	}
	of := flow.NewCourse()
	thin := thinner{stride: 1}
	var s flow.Segment
	after := 0
	numbers := file.Beginning(around, mostSegments)
	for i, n := range numbers {
		if i%1024 == 0 {
			progress(i, len(numbers))
			if ctx.Err() != nil {
				break
			}
		}
		if !readSegment(file, n, &s) {
			continue
		}
		m := of.Add(&s)
		c.states = changes(c.states, &m)
		c.data[m.Dir] = max(c.data[m.Dir], m.To)
		thin.add(m)
		switch {
		case m.Packet > around && after >= mostMoments/2:
			c.whole = false
		case m.Packet > around:
			after++
			c.moments = append(c.moments, m)
		case len(c.moments) >= mostMoments:
			c.whole = false
			c.moments = append(c.moments[:0], c.moments[mostMoments/2:]...)
			fallthrough
		default:
			c.moments = append(c.moments, m)
		}
	}
	c.said, c.thin = of.Said(), thin.kept
	return c
}

// readSegment reads the TCP segment in a packet. It reports false if there is none that can be read.
func readSegment(file *capture.File, number int, s *flow.Segment) bool {
	rec, err := file.Packet(number)
	if err != nil {
		return false
	}
	c, ok := capture.CarriedBy(rec.LinkType, rec.Packet)
	if !ok || !s.Read(c.Src.Addr(), c.Dst.Addr(), c.Octets, len(c.Octets)+c.Cut) {
		return false
	}
	s.Packet, s.At = number, rec.At.UnixNano()
	return true
}

// changes adds the states that are others than before.
func changes(list []stateChange, m *flow.Moment) []stateChange {
	for end := range m.Ends {
		last := tcp.Closed
		for i := len(list) - 1; i >= 0; i-- {
			if list[i].end == end {
				last = list[i].state
				break
			}
		}
		if is := m.Ends[end].State; is != last && len(list) < mostStates {
			list = append(list, stateChange{m.Packet, end, is})
		}
	}
	return list
}

// at returns the index among the moments of a packet; -1: it is none of them.
func (c *course) at(packet int) int {
	i := sort.Search(len(c.moments), func(i int) bool { return c.moments[i].Packet >= packet })
	if i == len(c.moments) || c.moments[i].Packet != packet {
		return -1
	}
	return i
}

// during returns moments from one time to another: all if they are kept, otherwise some of them. One before and one after are among them.
func (c *course) during(from, to int64) []flow.Moment {
	list := c.moments
	if !c.whole && len(list) > 0 && (from < list[0].At || to > list[len(list)-1].At) {
		list = c.thin
	}
	first := sort.Search(len(list), func(i int) bool { return list[i].At >= from })
	last := sort.Search(len(list), func(i int) bool { return list[i].At > to })
	return list[max(0, first-1):min(len(list), last+1)]
}

// span is when the connection's first and last segment were captured.
func (c *course) span() (from, to int64) {
	from, to = math.MaxInt64, math.MinInt64
	for _, list := range [][]flow.Moment{c.thin, c.moments} {
		for i := range list {
			from, to = min(from, list[i].At), max(to, list[i].At)
		}
	}
	return from, to
}

// thinner keeps some of many moments, and those about which something was found rather than others.
type thinner struct {
	kept      []flow.Moment
	stride, n int
}

func (t *thinner) add(m flow.Moment) {
	if t.n++; t.n%t.stride == 0 || worthKeeping(&m) {
		t.kept = append(t.kept, m)
	}
	if len(t.kept) < 2*mostThin {
		return
	}
	t.stride *= 2
	found := 0
	for i := range t.kept {
		if worthKeeping(&t.kept[i]) {
			found++
		}
	}
	few := t.kept[:0]
	for i, m := range t.kept {
		if i%2 == 0 || found < mostThin/2 && worthKeeping(&m) {
			few = append(few, m)
		}
	}
	t.kept = few
}

// worthKeeping reports whether something was found about a segment that is no mere note.
func worthKeeping(m *flow.Moment) bool { return m.Found != 0 && !m.Found.Note() }
