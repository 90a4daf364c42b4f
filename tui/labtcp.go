package tui

import (
	"fmt"
	"net/netip"
	"slices"
	"time"

	"netlab/capture"
	"netlab/flow"
	"netlab/narrate"
	"netlab/tcp"
	"netlab/timeline"
	"netlab/trace"
)

// The panes of the lab's view of a TCP connection, besides the explanation.
const (
	labVariables pane = iota + explain + 1
	labSequence
	labWindow
)

// labCourse is what one host saw of a TCP connection of a run, and what both ends allowed themselves.
type labCourse struct {
	gen     int
	ends    [2]timeline.ConnKey // a zero one: that end is no host of the run
	host    string              // where the segments are seen
	begun   trace.ID            // events from here on
	upTo    trace.ID            // up to this one are taken
	of      *flow.Course
	moments []flow.Moment
	ids     []trace.ID // of the moments' events
	allowed [2][]congestion
}

// mostEvents is how many events before the cursor are looked at for a connection, so that a frame does not take long in a busy network.
const mostEvents = 1 << 16

// connection returns the two ends of the selected packet's TCP connection, that of the host which opened it first; false: it has none.
func (s *screen) connection() (ends [2]timeline.ConnKey, ok bool) {
	p, there := s.selected()
	if !there {
		return ends, false
	}
	c, carries := capture.CarriedBy(narrate.LinkType(p.First), p.First.Octets)
	if !carries {
		return ends, false
	}
	a := trace.Flow{Local: c.Src, Remote: c.Dst}
	for _, k := range s.all.Conns() {
		switch {
		case k.Flow != a && k.Flow != a.Reverse():
		case !ok:
			ends[0], ok = k, true
		case k.Flow == ends[0].Flow.Reverse():
			ends[1] = k
		}
	}
	return ends, ok
}

// followConnection brings what is known of the selected packet's connection up to date. A connection without a packet selected stays the one that it was.
func (s *screen) followConnection() *labCourse {
	c := &s.course
	if ends, ok := s.connection(); ok && (ends[0] != c.ends[0] || c.gen != s.gen || c.of == nil || s.cursor < c.begun) {
		begun := max(s.all.First(), s.cursor-min(s.cursor, mostEvents))
		*c = labCourse{gen: s.gen, ends: ends, host: ends[0].Host, of: flow.NewCourse(), begun: begun, upTo: begun - 1}
	} else if ok {
		c.ends = ends
	}
	if c.of == nil {
		return c
	}
	for id := max(c.upTo+1, s.all.First()); id <= s.cursor; id++ {
		c.upTo = id
		if e, ok := s.all.Event(id); ok && e.Host == c.host && (e.Kind == trace.Sent || e.Kind == trace.Received) && e.Octets != nil {
			c.take(s.all, e)
		}
	}
	return c
}

// take takes a packet that the host sent or received.
func (c *labCourse) take(all timeline.View, e *trace.Event) {
	carried, ok := capture.CarriedBy(narrate.LinkType(e), e.Octets)
	if !ok || (trace.Flow{Local: carried.Src, Remote: carried.Dst}) != c.ends[0].Flow && (trace.Flow{Local: carried.Dst, Remote: carried.Src}) != c.ends[0].Flow {
		return
	}
	var seg flow.Segment
	p, known := all.PacketOf(e.ID)
	if !known || !seg.Read(carried.Src.Addr(), carried.Dst.Addr(), carried.Octets, len(carried.Octets)+carried.Cut) {
		return
	}
	seg.Packet, seg.At = p.Number, e.At.UnixNano()
	m := c.of.Add(&seg)
	if (m.Dir == 0) != (carried.Src == c.ends[0].Flow.Local) { // it was the other end that was seen first
		m.Dir, m.Ends = 1-m.Dir, [2]flow.Variables{m.Ends[1], m.Ends[0]}
	}
	c.moments, c.ids = append(c.moments, m), append(c.ids, e.ID)
	for i, k := range c.ends {
		now, _, _ := all.Until(e.ID).Conn(k)
		c.allowed[i] = append(c.allowed[i], congestion{int64(now.Cwnd), int64(now.Ssthresh)})
	}
	if len(c.moments) > 2*mostMoments { // a live host goes on for as long as one likes
		half := len(c.moments) / 2
		c.moments, c.ids = slices.Clone(c.moments[half:]), slices.Clone(c.ids[half:])
		for i := range c.allowed {
			c.allowed[i] = slices.Clone(c.allowed[i][half:])
		}
	}
}

// tcpPane makes a pane of the view of TCP.
func (s *screen) tcpPane(p pane) view {
	c := s.followConnection()
	n, _ := slices.BinarySearch(c.ids, s.cursor+1) // moments so far
	h := head{number: pane(slices.Index(s.panes(), p) + 1), title: labPaneTitle(p), focused: s.focus == p}
	if n == 0 {
		return emptyPane{h, s.look, "no TCP connection yet: } goes on to where something happens"}
	}
	ends := [2]string{c.ends[0].Flow.Local.String(), c.ends[0].Flow.Remote.String()}
	for i, k := range c.ends {
		if k.Host != "" {
			ends[i] = fmt.Sprintf("%s:%d", k.Host, [2]netip.AddrPort{c.ends[0].Flow.Local, c.ends[0].Flow.Remote}[i].Port())
		}
	}
	moments := c.moments[:n]
	sender, last := 0, &moments[n-1]
	if last.Ends[1].NXT > last.Ends[0].NXT {
		sender = 1
	}
	from, to := moments[0].At, s.start().Add(s.clock).UnixNano()
	to = max(to, last.At)
	if p == labVariables {
		h.about = fmt.Sprintf("after event %d", s.cursor)
		return variablesPane{h, s.look, "", "event", ends, s.snapshotRows(c)}
	}
	first := uint32(0)
	if snap, _, ok := s.now().Conn(c.ends[0]); ok && s.raw {
		first = [2]uint32{uint32(snap.ISS), uint32(snap.IRS)}[sender]
	}
	if p == labSequence {
		h.about = fmt.Sprintf("of %s, as seen at %s", ends[sender], c.host)
		return sequencePane{h, s.look, "", moments, sender, s.packet, from, to, s.start().UnixNano(), first}
	}
	h.about = fmt.Sprintf("of %s   ━ cwnd  ┄ ssthresh  ░ in flight", ends[sender])
	w := windowPane{
		head: h, look: s.look,
		moments: moments, sender: sender, selected: s.packet, from: from, to: to, base: s.start().UnixNano(),
	}
	if c.ends[sender].Host != "" {
		w.congestion = c.allowed[sender][:n]
	}
	return w
}

func labPaneTitle(p pane) string {
	return map[pane]string{labVariables: "Variables", labSequence: "Time and sequence", labWindow: "Congestion window"}[p]
}

// snapshotRows are the variables that the stacks themselves have, after the event at the cursor and before it.
func (s *screen) snapshotRows(c *labCourse) []variableRow {
	var now, before [2]tcp.Snapshot
	var there [2]bool
	for i, k := range c.ends {
		now[i], _, there[i] = s.now().Conn(k)
		before[i], _, _ = s.all.Until(s.cursor - 1).Conn(k)
	}
	var rows []variableRow
	add := func(name string, of func(*tcp.Snapshot) string) {
		row := variableRow{name: name, is: [2]string{"─", "─"}, was: [2]string{"─", "─"}}
		for i := range now {
			if there[i] {
				row.is[i], row.was[i] = of(&now[i]), of(&before[i])
			}
		}
		rows = append(rows, row)
	}
	number := func(of func(*tcp.Snapshot) int64) func(*tcp.Snapshot) string {
		return func(t *tcp.Snapshot) string { return decimal(of(t)) }
	}
	took := func(of func(*tcp.Snapshot) time.Duration) func(*tcp.Snapshot) string {
		return func(t *tcp.Snapshot) string {
			if of(t) == 0 {
				return "─"
			}
			return flow.Duration(int64(of(t)))
		}
	}
	add("state", func(t *tcp.Snapshot) string { return t.State.String() })
	add("SND.UNA", number(func(t *tcp.Snapshot) int64 { return t.SndUnaRel }))
	add("SND.NXT", number(func(t *tcp.Snapshot) int64 { return t.SndNxtRel }))
	add("RCV.NXT", number(func(t *tcp.Snapshot) int64 { return t.RcvNxtRel }))
	add("SND.WND", number(func(t *tcp.Snapshot) int64 { return int64(t.SndWnd) }))
	add("in flight", number(func(t *tcp.Snapshot) int64 { return int64(t.InFlight) }))
	add("cwnd", number(func(t *tcp.Snapshot) int64 { return int64(t.Cwnd) }))
	add("ssthresh", func(t *tcp.Snapshot) string {
		if t.Ssthresh == 0 {
			return "not set"
		}
		return decimal(t.Ssthresh)
	})
	add("dup ACKs", number(func(t *tcp.Snapshot) int64 { return int64(t.DupAcks) }))
	add("recovery", func(t *tcp.Snapshot) string {
		if !t.Recovering {
			return "─"
		}
		return "until " + decimal(t.RecoverRel)
	})
	add("SRTT", took(func(t *tcp.Snapshot) time.Duration { return t.SRTT }))
	add("RTTVAR", took(func(t *tcp.Snapshot) time.Duration { return t.RTTVAR }))
	add("RTO", took(func(t *tcp.Snapshot) time.Duration { return t.RTO }))
	add("timer", func(t *tcp.Snapshot) string {
		if t.Timer == "" {
			return "─"
		}
		return t.Timer
	})
	add("unsent", number(func(t *tcp.Snapshot) int64 { return int64(t.Unsent) }))
	add("unread", number(func(t *tcp.Snapshot) int64 { return int64(t.Unread) }))
	return rows
}

// tcpVersion is what the pictures of this view depend on.
func (s *screen) tcpVersion() any {
	type version struct {
		gen, packet  int
		cursor, last trace.ID
		clock        time.Duration
		focus        pane
		raw          bool
	}
	return version{s.gen, s.packet, s.cursor, s.all.Last(), s.clock, s.focus, s.raw}
}

// panes are those of the view that is seen, as the keys 1 to 5 name them.
func (s *screen) panes() []pane {
	if s.seesTCP {
		return []pane{labVariables, labSequence, labWindow, explain}
	}
	return []pane{network, packets, octets, layers, explain}
}

// showTCP goes to the view of TCP, or back.
func (s *screen) showTCP(on bool) {
	if s.seesTCP == on {
		return
	}
	s.seesTCP, s.zoomed = on, false
	if on {
		s.focus, s.tab = labSequence, labVariables
	} else {
		s.focus, s.tab = packets, layers
	}
}

// tcpAreas returns where the panes of the view of TCP stand when there is room for all.
func (s *screen) tcpAreas(y, height int) []area {
	left := s.width * 37 / 100
	return append(
		column(0, y, left, height, area{pane: labVariables}),
		column(left+1, y, s.width-left-1, height, area{pane: labSequence}, area{pane: labWindow, height: max(height*3/10, 6)}, area{pane: explain, height: max(height/4, 5)})...)
}
