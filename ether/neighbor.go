package ether

import (
	"container/list"
	"net/netip"
	"slices"
	"time"

	"netlab/trace"
	"netlab/wire"
)

// State is what is known of a neighbour (RFC 4861, Section 7.3.2). ARP's cache has the same states here: RFC 1122,
// Section 2.3.2.1 asks that old entries are validated, and names a unicast poll as one way.
type State uint8

// The states.
const (
	Incomplete State = iota + 1 // it was asked for its hardware address, and has not answered
	Reachable                   // it has shown lately that packets reach it
	Stale                       // it has not shown so for a while, and nothing was sent to it since
	Delay                       // something was sent to it since, and it has some time to show that it arrived
	Probe                       // it is asked whether it is still there
)

// String returns the name of the state as RFC 4861 writes it.
func (s State) String() string {
	names := [...]string{Incomplete: "INCOMPLETE", Reachable: "REACHABLE", Stale: "STALE", Delay: "DELAY", Probe: "PROBE"}
	if int(s) < len(names) {
		return names[s]
	}
	return ""
}

// Protocol constants (RFC 4861, Section 10). RFC 1122, Section 2.3.2.1 recommends no more than one ARP request a second.
const (
	retransmit      = time.Second      // RETRANS_TIMER
	reachableTime   = 30 * time.Second // REACHABLE_TIME
	delayFirstProbe = 5 * time.Second  // DELAY_FIRST_PROBE_TIME
	maxSolicit      = 3                // MAX_MULTICAST_SOLICIT and MAX_UNICAST_SOLICIT
)

// neighbor is an entry of the cache.
type neighbor struct {
	addr      netip.Addr
	mac       MAC // unless INCOMPLETE
	state     State
	static    bool          // entered by hand: it does not change by itself
	confirmed time.Time     // when it showed last that packets reach it
	reachable time.Duration // how long that counts
	asked     int           // how often, since INCOMPLETE or PROBE began
	waiting   []waiting     // packets for it, oldest first
	alarm     alarm
	used      *list.Element
}

// waiting is a packet that waits for the hardware address of its next hop.
type waiting struct {
	Packet
	told trace.ID // the event that says so
}

// Neighbor is an entry of the cache, for screens.
type Neighbor struct {
	Addr   netip.Addr
	MAC    MAC // zero if INCOMPLETE
	State  State
	Static bool
}

// Neighbors returns the cache, in the order of the addresses.
func (s *Station) Neighbors(now time.Time) []Neighbor {
	all := make([]Neighbor, 0, len(s.cache))
	for _, n := range s.cache {
		s.age(now, n)
		all = append(all, Neighbor{n.addr, n.mac, n.state, n.static})
	}
	slices.SortFunc(all, func(a, b Neighbor) int { return a.Addr.Compare(b.Addr) })
	return all
}

// SetNeighbor enters a neighbour by hand: it is neither asked for nor changed by what others say. A zero MAC takes it out
// again.
func (s *Station) SetNeighbor(now time.Time, addr netip.Addr, mac MAC) {
	if n := s.cache[addr]; n != nil && mac.IsZero() {
		s.remove(n)
		return
	}
	if mac.IsZero() {
		return
	}
	n := s.cache[addr]
	if n == nil {
		n = s.add(now, addr)
	}
	n.static = true
	n.mac = mac
	s.confirm(now, n)
}

// Confirm says that a layer above knows that packets reach a neighbour, as TCP does from an acknowledgement of what it
// sent lately (RFC 4861, Section 7.3.1).
func (s *Station) Confirm(now time.Time, addr netip.Addr) {
	if n := s.cache[addr]; n != nil && n.state != Incomplete {
		s.confirm(now, n)
	}
}

// lookUp returns the entry of a neighbour, which counts as used now; nil if there is none.
func (s *Station) lookUp(now time.Time, addr netip.Addr) *neighbor {
	n := s.cache[addr]
	if n != nil {
		s.order.MoveToBack(n.used)
		s.age(now, n)
	}
	return n
}

// age makes an entry STALE that was confirmed too long ago. Nothing depends on when that is noticed: RFC 4861, Section 7.3.3
// allows to do it when a packet is to be sent.
func (s *Station) age(now time.Time, n *neighbor) {
	if n.state == Reachable && !n.static && now.Sub(n.confirmed) >= n.reachable {
		n.state = Stale
	}
}

// add makes an entry in state INCOMPLETE. If there are too many, the one that was used longest ago goes.
func (s *Station) add(now time.Time, addr netip.Addr) *neighbor {
	for e := s.order.Front(); len(s.cache) >= s.cfg.Neighbors && e != nil; {
		oldest := e.Value.(*neighbor)
		e = e.Next()
		if !oldest.static {
			s.counters.Evicted++
			s.drop(now, oldest, "discards a packet that waits for a neighbour: too many neighbours are asked for")
			s.remove(oldest)
		}
	}
	n := &neighbor{addr: addr, state: Incomplete}
	n.alarm.fire = func(now time.Time) { s.expire(now, n) }
	n.used = s.order.PushBack(n)
	s.cache[addr] = n
	return n
}

// remove takes an entry out of the cache.
func (s *Station) remove(n *neighbor) {
	s.alarms.stop(&n.alarm)
	s.order.Remove(n.used)
	delete(s.cache, n.addr)
}

// drop discards the packets that wait for a neighbour.
func (s *Station) drop(now time.Time, n *neighbor, say string) {
	for i := range n.waiting {
		s.dropOne(now, &n.waiting[i], say)
	}
	n.waiting = nil
}

func (s *Station) dropOne(now time.Time, w *waiting, say string) {
	s.counters.QueueDrops++
	if s.trace.On() {
		s.trace.Emit(trace.Event{At: now, Kind: trace.Discarded, Cause: w.told, Packet: w.Identity, Flow: w.Flow, Say: say, Ref: wire.RFC("1122", "2.3.2.2")})
	}
}

// confirm makes a neighbour REACHABLE, and sends what waits for it. How long that counts is random, so that neighbours do not
// all ask at the same time: between MIN_RANDOM_FACTOR and MAX_RANDOM_FACTOR, 0.5 and 1.5, times the base value
// (RFC 4861, Section 6.3.2).
func (s *Station) confirm(now time.Time, n *neighbor) {
	s.alarms.stop(&n.alarm)
	n.state, n.confirmed, n.asked = Reachable, now, 0
	n.reachable = reachableTime/2 + time.Duration(s.rng.Int64N(int64(reachableTime)))
	s.release(n)
}

// learn sets the hardware address of a neighbour that has not confirmed that packets reach it.
func (s *Station) learn(now time.Time, n *neighbor, mac MAC) {
	s.alarms.stop(&n.alarm)
	n.mac, n.state, n.asked = mac, Stale, 0
	if len(n.waiting) > 0 {
		s.delay(now, n, n.told())
	}
	s.release(n)
}

// release sends the packets that waited for a neighbour.
func (s *Station) release(n *neighbor) {
	for i := range n.waiting {
		w := &n.waiting[i]
		if s.trace.On() {
			w.Why.Cause = w.told
		}
		s.put(n.mac, &w.Packet)
	}
	n.waiting = nil
}
