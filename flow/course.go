package flow

import (
	"time"

	"netlab/tcp"
)

// Course follows one connection, and says after each of its segments what both ends had come to: the variables of RFC 9293, Section 3.3.1, as far as
// segments show them where they were captured.
type Course struct {
	tracker *Tracker
	sides   [2]side
}

// side is what a Course remembers of an end besides what a Tracker does.
type side struct {
	said     Said
	sent     bool
	fin      int64 // the number behind its FIN; 0: it sent none
	answered bool  // it had acknowledged the other end's FIN when it sent its own
}

// Said is what an end offered in its SYN.
type Said struct {
	Seen       bool // the SYN was captured; otherwise nobody knows
	MSS        int  // octets; -1: not offered, which means 536 (RFC 9293, Section 3.7.1)
	Shift      int  // of its windows; -1: not offered
	SACK       bool
	Timestamps bool
	Window     int // octets
}

// Moment is a segment, and what both ends had come to with it.
type Moment struct {
	Packet   int
	At       int64 // nanoseconds, on the clock of Segment.At
	Dir      int   // which end sent it
	Flags    tcp.Flags
	From, To int64      // the numbers that it covers: its SYN is 0, the first octet 1
	Ack      int64      // of the other end's numbers; -1: it has none
	SACK     [][2]int64 // of the other end's numbers, as in the option
	Found    Kind       // what matters most of what was found about it; 0: nothing
	Ends     [2]Variables
}

// Variables are those of one end. Numbers are relative.
type Variables struct {
	State    tcp.State
	UNA, NXT int64 // SND.UNA and SND.NXT: the oldest number that is not acknowledged, and the next one to send
	RCV      int64 // RCV.NXT, as it has told
	Window   int64 // SND.WND: octets that the other end has room for, counted from UNA; -1: it has not said
	Scaled   bool  // Window is certain: both SYNs were captured
	Dups     int   // duplicate acknowledgments that it was sent in a row

	// Round trips from the place of capture to the other end and back.
	Samples           int
	RTT, SRTT, RTTVAR time.Duration // the latest, and those of RFC 6298, Section 2
}

// Flight is how many numbers are sent and not acknowledged.
func (v *Variables) Flight() int64 { return max(0, v.NXT-v.UNA) }

// NewCourse returns a Course that has seen nothing yet.
func NewCourse() *Course { return &Course{tracker: NewTracker()} }

// Said returns what both ends offered, in the order in which they were seen sending.
func (c *Course) Said() [2]Said { return [2]Said{c.sides[0].said, c.sides[1].said} }

// Add takes the next segment of the connection.
func (c *Course) Add(s *Segment) Moment {
	place, found := c.tracker.Add(s)
	st := c.tracker.byNumber(place.Stream)
	m := Moment{Packet: s.Packet, At: s.At, Dir: place.Dir, Flags: s.Flags, From: place.Data, To: place.Data + int64(s.Len), Ack: -1, Found: worst(found, s.Packet)}
	if s.Flags&tcp.SYN != 0 {
		m.From--
	}
	if s.Flags&tcp.FIN != 0 {
		m.To++
	}
	peer := &st.ends[1-m.Dir]
	if s.Flags&tcp.ACK != 0 {
		m.Ack = peer.relative(s.Ack, false)
		for _, b := range s.SACK[:min(s.SACKs, len(s.SACK))] {
			m.SACK = append(m.SACK, [2]int64{peer.relative(b[0], false), peer.relative(b[1], false)})
		}
	}
	c.note(s, &m, peer)
	for i := range m.Ends {
		m.Ends[i] = st.variables(i)
		m.Ends[i].State = c.state(st, i)
	}
	return m
}

// worst returns the kind of finding about a packet that matters most.
func worst(found []Finding, packet int) (k Kind) {
	for i := range found {
		f := &found[i]
		if f.Packet == packet && (k == 0 || f.Kind.Again() || k.Note() && !f.Kind.Note()) {
			k = f.Kind
		}
	}
	return k
}

// note remembers what the segment tells of its sender.
func (c *Course) note(s *Segment, m *Moment, peer *end) {
	me := &c.sides[m.Dir]
	me.sent = true
	if s.Flags&tcp.SYN != 0 {
		me.said = Said{true, s.MSS, s.Shift, s.SACKOK, s.HasTS, s.Window}
	}
	if s.Flags&tcp.FIN != 0 && me.fin == 0 {
		other := &c.sides[1-m.Dir]
		me.fin = m.To
		me.answered = other.fin > 0 && m.Ack >= other.fin
	}
}

// variables returns those of an end, but for its state.
func (st *stream) variables(i int) Variables {
	me, peer := &st.ends[i], &st.ends[1-i]
	v := Variables{UNA: peer.ack, NXT: me.next, RCV: me.ack, Window: -1, Dups: int(peer.dups), Samples: int(me.rtt.n)}
	if peer.is&acks == 0 {
		v.UNA = min(me.next, 1)
		if me.is&opened != 0 {
			v.UNA = 0
		}
	} else {
		v.Window, v.Scaled = int64(peer.room), peer.is&roomKnown != 0
	}
	v.RTT, v.SRTT, v.RTTVAR = microseconds(me.rtt.latest), microseconds(me.rtt.smooth), microseconds(me.rtt.vary)
	return v
}

// state is that of an end as far as segments show it: what an end has received is known when it acknowledges it.
func (c *Course) state(st *stream, i int) tcp.State {
	me, peer := &st.ends[i], &st.ends[1-i]
	mine, others := &c.sides[i], &c.sides[1-i]
	closes := others.fin > 0 && me.is&acks != 0 && me.ack >= others.fin
	sent := mine.fin > 0
	acked := sent && peer.is&acks != 0 && peer.ack >= mine.fin
	switch {
	case (me.is|peer.is)&reset != 0:
		return tcp.Closed
	case me.is&opened == 0 && others.said.Seen && !mine.sent:
		return tcp.Listen
	case me.is&opened != 0 && (peer.is&acks == 0 || peer.ack < 1) && me.is&acks != 0:
		return tcp.SynReceived
	case me.is&opened != 0 && (peer.is&acks == 0 || peer.ack < 1):
		return tcp.SynSent
	case acked && closes && mine.answered:
		return tcp.Closed
	case acked && closes:
		return tcp.TimeWait
	case acked:
		return tcp.FinWait2
	case sent && mine.answered:
		return tcp.LastAck
	case sent && closes:
		return tcp.Closing
	case sent:
		return tcp.FinWait1
	case closes:
		return tcp.CloseWait
	}
	return tcp.Established
}
