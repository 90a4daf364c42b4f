package link

import (
	"time"

	"netlab/trace"
)

// Packet is an IP packet on its way over a link.
type Packet struct {
	Octets []byte
	Packet trace.ID // the packet's identity: event of its first sending; 0 untraced
	Cause  trace.ID // the latest event of its journey
}

// Link carries packets in real time. (memory pipe, TUN; a UDP tunnel later)
type Link interface {
	// Read waits for packets and returns all that are ready, up to a batch. They are valid until the next Read. io.EOF after Close.
	Read() ([]Packet, error)
	// Write sends packets and keeps nothing of them after it returns. What does not fit is dropped and counted, as a wire would.
	Write([]Packet) error
	MTU() int
	Close() error
}

// Faults are the impairments of one direction of a link. The zero value is a perfect link.
type Faults struct {
	Loss, Reorder, Duplicate, Corrupt float64 // probabilities, 0 to 1
	Delay, Jitter                     time.Duration
	Rate                              int64 // bits per second, 0: no limit
	Queue                             int   // packets that wait for the rate, 0: 1000
}

// ParseFaults reads "loss=10%,delay=20ms,…" of the command line; String writes it back.
func ParseFaults(s string) (Faults, error) { panic("contract") }
func (f Faults) String() string            { panic("contract") }

// Impairment is the seeded, sans-I/O decision maker for one direction.
type Impairment struct{ contract int }

func NewImpairment(f Faults, seed uint64) *Impairment { return nil }
func (m *Impairment) Set(f Faults)                    {}
func (m *Impairment) Faults() Faults                  { return Faults{} }
func (m *Impairment) DropNext(n int)                  {}

// Verdict says what becomes of a packet: when each copy arrives (none: lost), and why.
type Verdict struct {
	Copies    int // 0 lost, 1, 2 duplicated
	At        [2]time.Time
	Corrupt   [2]int // bit to flip counted from the first, -1: none
	Lost      string // "loss 10%", "queue full", "dropped by hand"
	Reordered bool
}

func (m *Impairment) Offer(now time.Time, size int) Verdict { return Verdict{} }

// Impair wraps a real-time link with impairments per direction (toward: what is written; from: what is read).
// Memory returns the two ends of an in-memory link. OpenTUN opens a TUN through water.
func Memory(mtu int) (a, b Link) { panic("contract") }
