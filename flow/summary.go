package flow

import (
	"net/netip"
	"time"
)

// Summary is what a Tracker knows of a connection.
type Summary struct {
	Number      int
	Ends        [2]netip.AddrPort // who was seen sending first, and its peer
	First, Last int               // packets
	Latest      [2]int            // the last packet of each end; 0: it sent none
	Begin, End  int64             // when they were captured, on the clock of Segment.At
	Packets     [2]int            // that each end sent
	Octets      [2]int64          // of data that each end sent, with what it sent again
	RTT         [2]RTT            // from the place of capture to the other end and back, by the acknowledgments of what each end sent

	Handshake    bool    // both SYNs were seen
	Ended, Reset [2]bool // a FIN, a RST of each end was seen
}

// RTT is what round-trip times were measured.
type RTT struct {
	Samples          int
	Min, Median, Max time.Duration // the median of more than four is rounded to a tenth or so
}

// Summary returns what is known of connection n. It reports false if there is no such connection, or it was forgotten.
func (t *Tracker) Summary(n int) (Summary, bool) {
	if n < t.first || n >= t.Streams() {
		return Summary{}, false
	}
	st := t.byNumber(n)
	s := Summary{Number: n, Ends: st.names, First: int(st.packet), Last: int(st.latest), Begin: st.firstAt, End: st.at}
	for i := range st.ends {
		e := &st.ends[i]
		s.Latest[i], s.Packets[i], s.Octets[i] = int(e.latest), int(e.packets), e.octets
		s.RTT[i] = RTT{int(e.rtt.n), microseconds(e.rtt.min), microseconds(e.rtt.median()), microseconds(e.rtt.max)}
		s.Ended[i], s.Reset[i] = e.is&ended != 0, e.is&reset != 0
	}
	s.Handshake = st.ends[0].is&st.ends[1].is&opened != 0
	return s, true
}

func microseconds(n uint32) time.Duration { return time.Duration(n) * time.Microsecond }
