package replay

import (
	"net/netip"
	"time"

	"netlab/capture"
	"netlab/ip"
	"netlab/tcp"
)

// distances say how far hosts are from the place of capture: some segments are acknowledged at once, so that the shortest time between a segment and its
// acknowledgment, as they pass there, is that of the way to the host and back.
type distances struct {
	next  map[oneWay]tcp.Seq // after the latest octet that was sent
	asked map[acknowledged]time.Duration
	least map[wireEnd]time.Duration
}

// oneWay is a direction of a connection.
type oneWay struct{ from, to netip.AddrPort }

// acknowledged is an acknowledgment that is waited for.
type acknowledged struct {
	oneWay
	ack tcp.Seq
}

// maxAway is the longest way that is believed, and maxAsked how many acknowledgments are waited for at a time.
const (
	maxAway  = time.Second
	maxAsked = 10_000
)

func newDistances() distances {
	return distances{map[oneWay]tcp.Seq{}, map[acknowledged]time.Duration{}, map[wireEnd]time.Duration{}}
}

// add looks at a packet.
func (d *distances) add(p *wirePacket) {
	c, ok := capture.CarriedBy(capture.RawIP, p.octets)
	if !ok || c.Protocol != ip.TCP {
		return
	}
	seg, err := tcp.Parse(c.Octets)
	if err != nil {
		return
	}
	if seg.Flags&tcp.ACK != 0 {
		answer := acknowledged{oneWay{c.Src, c.Dst}, seg.Ack}
		if asked, ok := d.asked[answer]; ok {
			if least, known := d.least[p.from]; !known || p.at-asked < least {
				d.least[p.from] = p.at - asked
			}
			delete(d.asked, answer)
		}
	}
	if seg.Len() == 0 {
		return
	}
	way, end := oneWay{c.Src, c.Dst}, seg.Seq.Add(seg.Len()+c.Cut)
	answer := acknowledged{oneWay{c.Dst, c.Src}, end}
	if next, known := d.next[way]; known && !next.Less(end) && seg.Flags&tcp.SYN == 0 || d.isAsked(answer) {
		delete(d.asked, answer) // sent again: nobody can say which of the two is acknowledged
		return
	}
	if len(d.asked) == maxAsked {
		clear(d.asked)
	}
	d.next[way] = end
	d.asked[answer] = p.at
}

func (d *distances) isAsked(answer acknowledged) bool {
	_, ok := d.asked[answer]
	return ok
}

// away returns how long a packet takes from the place of capture to a host, in round numbers, and no longer than it was: an answer is not to leave
// before the question is there.
func (d *distances) away(e wireEnd) time.Duration {
	away := min(d.least[e]/2, maxAway)
	if away > time.Millisecond {
		return away.Truncate(100 * time.Microsecond)
	}
	return away.Truncate(time.Microsecond)
}
