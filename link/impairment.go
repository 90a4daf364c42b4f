package link

import (
	"math/bits"
	"math/rand/v2"
	"time"
)

// Impairment decides what becomes of each packet in one direction of a link. It reads no clock and
// does no I/O. Its verdicts depend on the seed, the faults and the packets offered (their number,
// sizes and times) alone, and are the same on every machine. It is for one goroutine at a time.
type Impairment struct {
	faults Faults
	lost   string // what a verdict says of a packet lost by chance
	random *rand.PCG
	drops  []drop

	// The rate: when the wire is free again, and when the packets that wait will start on it.
	free    time.Time
	waiting []time.Time

	latest time.Time // the latest arrival so far of a packet that kept its place
}

// drop is an order to drop packets by hand.
type drop struct {
	skip, count int
	match       func(octets []byte) bool // nil: any packet
}

// Verdict says what becomes of a packet: how many copies arrive, when, and what happened to them.
type Verdict struct {
	Copies    int          // 0: lost, 1, 2: duplicated
	At        [2]time.Time // when each copy arrives
	Corrupt   [2]int       // the bit to flip in each copy, 0 being the first octet's most significant; -1: none
	Reordered bool         // the first copy is held back for longer, so that later packets overtake it
	Lost      string       // why it is lost: "link down", "loss 10%", "queue full", "dropped by hand"; empty: it is not
}

// NewImpairment returns an Impairment whose luck is drawn from seed: PCG (math/rand/v2), seeded with
// seed and a constant, so that nearby seeds have nothing in common.
func NewImpairment(f Faults, seed uint64) *Impairment {
	m := &Impairment{random: rand.NewPCG(seed, 0x6e65746c6162)}
	m.Set(f)
	return m
}

// Faults returns the faults in force.
func (m *Impairment) Faults() Faults { return m.faults }

// Set changes the faults. Packets that already have a verdict keep it: after a change to a shorter
// delay or a higher rate, later packets may overtake them.
func (m *Impairment) Set(f Faults) {
	if f.Delay != m.faults.Delay || f.Jitter != m.faults.Jitter || f.Rate != m.faults.Rate {
		m.free, m.latest, m.waiting = time.Time{}, time.Time{}, m.waiting[:0]
	}
	m.faults = f
	m.lost = "loss " + formatPercent(f.Loss)
}

// DropNext orders the next n packets to be dropped. With a match, only packets for which it is true
// are counted and dropped.
func (m *Impairment) DropNext(n int, match func(octets []byte) bool) {
	m.drops = append(m.drops, drop{count: n, match: match})
}

// DropNth orders the n-th packet from now on to be dropped, 1 being the next. With a match, only
// packets for which it is true are counted.
func (m *Impairment) DropNth(n int, match func(octets []byte) bool) {
	m.drops = append(m.drops, drop{skip: n - 1, count: 1, match: match})
}

// Perfect reports whether every packet offered now would arrive at once and as it is.
func (m *Impairment) Perfect() bool { return m.faults == Faults{} && len(m.drops) == 0 }

// Offer decides about a packet that enters the link now. It keeps nothing of octets.
//
// The order is that of a real interface. The cable may be cut; the packet may wait in a queue until the wire is free, or
// find the queue full; putting it on the wire takes the time that the rate allows; on the wire it may
// be lost, doubled, damaged or delayed. Packets arrive in the order in which they were offered, however
// large the jitter, except those that are reordered: such a packet is held back for 10 ms, or for as long as
// four packets of its size need at the rate if that is longer, and the packets behind it do not wait.
func (m *Impairment) Offer(now time.Time, octets []byte) Verdict {
	luck := m.draw(len(octets))
	v := Verdict{Corrupt: [2]int{-1, -1}}
	if m.dropped(octets) {
		v.Lost = "dropped by hand"
		return v
	}
	if m.faults.Down {
		v.Lost = "link down"
		return v
	}
	sent, ok := m.transmit(now, len(octets))
	if !ok {
		v.Lost = "queue full"
		return v
	}
	if luck.loss < m.faults.Loss {
		v.Lost = m.lost
		return v
	}

	v.Copies = 1
	if luck.duplicate < m.faults.Duplicate {
		v.Copies = 2
	}
	v.Reordered = luck.reorder < m.faults.Reorder
	for i := range v.Copies {
		v.At[i] = m.arrival(sent, luck.jitter[i], v.Reordered && i == 0, len(octets))
		if luck.corrupt[i] < m.faults.Corrupt && len(octets) > 0 {
			v.Corrupt[i] = luck.bit[i]
		}
	}
	return v
}

// luck is everything that chance decides about one packet.
type luck struct {
	loss, duplicate, reorder float64    // compared with the probabilities
	corrupt                  [2]float64 // for each copy
	bit                      [2]int     // which bit is flipped
	jitter                   [2]uint64  // a fraction of 2^64
}

// draw draws the same nine numbers in the same order for every packet, whatever faults are on: so
// switching one on does not change what the others do to which packet.
func (m *Impairment) draw(size int) luck {
	var l luck
	l.loss = m.fraction()
	l.duplicate = m.fraction()
	l.reorder = m.fraction()
	for i := range 2 {
		l.corrupt[i] = m.fraction()
		l.bit[i] = int(scale(m.random.Uint64(), uint64(size)*8))
		l.jitter[i] = m.random.Uint64()
	}
	return l
}

// fraction returns a number from 0 up to but not including 1. It is exact in a float64, so that it
// compares alike on every machine.
func (m *Impairment) fraction() float64 {
	return float64(m.random.Uint64()>>11) / (1 << 53)
}

// scale returns n times the fraction u / 2^64, rounded down.
func scale(u, n uint64) uint64 {
	product, _ := bits.Mul64(u, n)
	return product
}

// dropped shows the packet to every order to drop. Each counts it, and the first whose turn it is takes it.
func (m *Impairment) dropped(octets []byte) bool {
	taken := false
	open := m.drops[:0]
	for _, d := range m.drops {
		switch {
		case d.match != nil && !d.match(octets):
		case d.skip > 0:
			d.skip--
		case !taken:
			taken = true
			d.count--
		}
		if d.count > 0 {
			open = append(open, d)
		}
	}
	m.drops = open
	return taken
}

// transmit returns when the last bit of a packet of the given size has left, or false if the queue for
// the rate is full.
func (m *Impairment) transmit(now time.Time, size int) (time.Time, bool) {
	if m.faults.Rate == 0 {
		return now, true
	}
	started := 0
	for started < len(m.waiting) && !m.waiting[started].After(now) {
		started++
	}
	if started > 0 {
		m.waiting = append(m.waiting[:0], m.waiting[started:]...)
	}

	start := now
	if m.free.After(now) {
		start = m.free
		limit := m.faults.Queue
		if limit == 0 {
			limit = DefaultQueue
		}
		if len(m.waiting) >= limit {
			return time.Time{}, false
		}
		m.waiting = append(m.waiting, start)
	}
	m.free = start.Add(m.wireTime(size))
	return m.free, true
}

// wireTime is how long the rate needs for a packet, in whole nanoseconds rounded up.
func (m *Impairment) wireTime(size int) time.Duration {
	if m.faults.Rate == 0 {
		return 0
	}
	bitNanoseconds := int64(size) * 8 * int64(time.Second)
	return time.Duration((bitNanoseconds + m.faults.Rate - 1) / m.faults.Rate)
}

// holdBack is how much longer a reordered packet takes.
func (m *Impairment) holdBack(size int) time.Duration {
	return max(10*time.Millisecond, 4*m.wireTime(size))
}

// arrival returns when a packet arrives that left at sent.
func (m *Impairment) arrival(sent time.Time, jitter uint64, heldBack bool, size int) time.Time {
	delay := m.faults.Delay
	if j := m.faults.Jitter; j > 0 {
		delay += time.Duration(scale(jitter, 2*uint64(j)+1)) - j
		delay = max(delay, 0)
	}
	at := sent.Add(delay)
	if heldBack {
		return at.Add(m.holdBack(size))
	}
	if at.Before(m.latest) {
		at = m.latest
	}
	m.latest = at
	return at
}
