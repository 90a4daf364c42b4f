package link

import (
	"io"
	"runtime"
	"sync"
)

// memoryQueue is how many packets wait in one direction of a Memory link before it drops.
const memoryQueue = 4096

// Cable is one end of an in-memory link.
type Cable struct {
	mtu     int
	in, out *pipe
}

// Memory returns the two ends of a link in memory. What is written to one is read from the other, in
// order. At most 4096 packets wait in each direction. Closing either end closes both.
func Memory(mtu int) (a, b *Cable) {
	ab, ba := newPipe(), newPipe()
	return &Cable{mtu, ba, ab}, &Cable{mtu, ab, ba}
}

// Read waits for packets and returns all that are there. After Close it returns what had been
// written before, then io.EOF.
func (c *Cable) Read() ([]Packet, error) { return c.in.read() }

// Write copies packets to the other end. Packets above the MTU, or for which there is no room, are
// dropped.
func (c *Cable) Write(packets []Packet) error { return c.out.write(packets, c.mtu) }

// MTU is the size of the largest packet that the cable carries, in octets.
func (c *Cable) MTU() int { return c.mtu }

// Dropped counts the packets written to this end that did not fit.
func (c *Cable) Dropped() uint64 {
	return c.out.droppedCount()
}

// Close closes both ends.
func (c *Cable) Close() error {
	c.in.close()
	c.out.close()
	return nil
}

// pipe is one direction. Packets are written into one batch while the reader looks at the other; a
// read swaps the two, so nothing is allocated once both have grown to their size.
type pipe struct {
	mu      sync.Mutex
	ready   sync.Cond
	filling batch
	taken   batch
	dropped uint64
	room    int // octets that may wait; 0: as many as there are packets
	closed  bool
}

// batch is packets whose octets lie one after the other in one buffer.
type batch struct {
	packets []Packet
	octets  []byte
}

func newPipe() *pipe {
	p := &pipe{}
	p.ready.L = &p.mu
	return p
}

func (p *pipe) write(packets []Packet, mtu int) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		return ErrClosed
	}
	wake := len(p.filling.packets) == 0
	for i := range packets {
		if n := packets[i].len(); n > mtu || p.full(n) {
			p.dropped++
			continue
		}
		p.filling.add(&packets[i])
	}
	if wake {
		p.ready.Signal()
	}
	return nil
}

// full reports whether there is no room for a packet. p.mu is held.
func (p *pipe) full(octets int) bool {
	return len(p.filling.packets) == memoryQueue || p.room > 0 && len(p.filling.octets)+octets > p.room
}

// put writes one packet, and reports false if it did not fit.
func (p *pipe) put(octets []byte, mtu int) bool {
	before := p.droppedCount()
	_ = p.write([]Packet{{Octets: octets}}, mtu) // a closed pipe carries nothing
	return p.droppedCount() == before
}

func (p *pipe) droppedCount() uint64 {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.dropped
}

func (p *pipe) read() ([]Packet, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.filling.packets) == 0 && !p.closed { // let those answer first who have just been given packets: less is slept
		p.mu.Unlock()
		runtime.Gosched()
		p.mu.Lock()
	}
	for len(p.filling.packets) == 0 && !p.closed {
		p.ready.Wait()
	}
	if len(p.filling.packets) == 0 {
		return nil, io.EOF
	}
	p.taken.reset()
	p.taken, p.filling = p.filling, p.taken
	return p.taken.packets, nil
}

func (p *pipe) close() {
	p.mu.Lock()
	p.closed = true
	p.mu.Unlock()
	p.ready.Broadcast()
}

// add appends a copy of p. When the buffer grows, packets added before keep pointing to the old one,
// which holds the same octets.
func (b *batch) add(p *Packet) {
	start := len(b.octets)
	b.octets = append(append(b.octets, p.Octets...), p.Data...)
	end := len(b.octets)
	b.packets = append(b.packets, Packet{Octets: b.octets[start:end:end], Packet: p.Packet, Cause: p.Cause, Offload: p.Offload})
}

func (b *batch) reset() {
	b.packets, b.octets = b.packets[:0], b.octets[:0]
}
