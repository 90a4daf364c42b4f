package stack

import (
	"sync"

	"netlab/link"
)

// A batch holds at most batchPackets packets and batchOctets octets. One packet of the largest
// size (65,535 octets) always fits.
const (
	batchPackets = 64
	batchOctets  = 128 << 10
)

// batch collects packets that are handed to a link together. Their octets lie one after the other in
// one buffer, which is used again and again.
type batch struct {
	packets []link.Packet
	octets  []byte
}

// room returns the next n octets of the buffer, or nil if the batch is full and must be sent first.
func (b *batch) room(n int) []byte {
	used := len(b.octets)
	if len(b.packets) == batchPackets || used+n > cap(b.octets) {
		return nil
	}
	b.octets = b.octets[:used+n]
	return b.octets[used : used+n : used+n]
}

// send hands the packets to the interface and empties the batch.
func (b *batch) send(i *iface) {
	if len(b.packets) > 0 {
		i.send(b.packets)
		clear(b.packets) // some of their octets lie in send buffers
	}
	b.packets, b.octets = b.packets[:0], b.octets[:0]
}

// batches are the batches not in use. There are never more than goroutines that sent at once.
type batches struct {
	mu   sync.Mutex
	free []*batch
}

func (l *batches) get() *batch {
	l.mu.Lock()
	defer l.mu.Unlock()
	if n := len(l.free); n > 0 {
		b := l.free[n-1]
		l.free = l.free[:n-1]
		return b
	}
	return &batch{
		packets: make([]link.Packet, 0, batchPackets),
		octets:  make([]byte, 0, batchOctets),
	}
}

func (l *batches) put(b *batch) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.free = append(l.free, b)
}
