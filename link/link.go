package link

import (
	"errors"
	"net/netip"

	"netlab/trace"
)

// ErrClosed is what Write returns after Close.
var ErrClosed = errors.New("link: closed")

// Packet is an IP packet on its way over a link.
type Packet struct {
	Octets []byte
	Packet trace.ID // the packet's identity: the event of its first sending; 0 if nobody traces
	Cause  trace.ID // the latest event of its journey

	// NextHop is the neighbour on the link that is to get the packet; of a packet for many hosts its destination. A link
	// with two ends needs no such thing, and carries it nowhere.
	NextHop netip.Addr

	// Data follows the octets: the end of the packet, which has not been copied from where its sender keeps it. Only links with
	// a method Offload are given any, and only to write.
	Data []byte

	// Offload is what the sender leaves to the link. Only links with a method Offload, as TUN has, are given any.
	Offload Offload
}

// len is how many octets the packet has.
func (p *Packet) len() int { return len(p.Octets) + len(p.Data) }

// Link carries packets in real time. One goroutine reads; any number may write.
type Link interface {
	// Read waits for packets and returns all that are ready, up to a batch. They are valid until
	// the next Read. It returns io.EOF after Close.
	Read() ([]Packet, error)

	// Write sends packets and keeps nothing of them after it returns. What does not fit is dropped
	// and counted, as a wire would. After Close it returns ErrClosed.
	Write([]Packet) error

	// MTU is the size of the largest packet that the link carries, in octets.
	MTU() int

	Close() error
}

// readBatch is how many packets one Read returns at most, where they are not all there at once anyway.
const readBatch = 64
