package ip

import "time"

// tcpSession is what a NAT must know of a connection to tell how long it may be silent.
type tcpSession struct {
	syn, fin [2]bool // seen from inside, from outside
	reset    bool
}

// The direction of a packet through a NAT.
const (
	fromInside = iota
	fromOutside
)

const (
	tcpFIN = 0x01
	tcpSYN = 0x02
	tcpRST = 0x04
)

// follow notes what a packet of a session says about how long the session may be silent from now on.
//
// "The NAT mapping Refresh Direction MUST have a "NAT Outbound refresh behavior" of "True"" (RFC 4787, Section 4.3): a
// packet from inside keeps a session alive. One from outside need not, and does not here: else strangers could keep
// mappings in use.
func (t *nat) follow(now time.Time, s *session, from int, segment []byte) {
	if s.flow.protocol != TCP {
		if from == fromInside {
			t.refresh(now, s, s.timeout)
		}
		return
	}
	flags := segment[13]
	s.tcp.syn[from] = s.tcp.syn[from] || flags&tcpSYN != 0
	s.tcp.fin[from] = s.tcp.fin[from] || flags&tcpFIN != 0
	if flags&tcpSYN != 0 && flags&tcpRST == 0 && s.tcp.over() {
		s.tcp = tcpSession{} // the same ends open another connection
		s.tcp.syn[from] = true
	}
	s.tcp.reset = s.tcp.reset || flags&tcpRST != 0
	t.refresh(now, s, s.tcp.timeout())
}

func (c *tcpSession) over() bool { return c.reset || c.fin[0] && c.fin[1] }

// timeout returns which time-out a connection has: an established one has the long one.
func (c *tcpSession) timeout() timeout {
	if c.syn[0] && c.syn[1] && !c.over() {
		return tcpEstablishedTimeout
	}
	return tcpTransitoryTimeout
}
