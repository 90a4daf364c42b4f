package link

import (
	"io"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"netlab/trace"
	"netlab/wire"
)

// Direction is one of the two directions of an impaired link, as the one who holds the link sees them.
type Direction int

// The directions.
const (
	Toward Direction = iota // what is written: away from us
	From                    // what is read: to us
)

// ImpairOptions name the directions of an impaired link for the trace, and say where its luck comes from.
type ImpairOptions struct {
	Ways [2]string // the names of its directions, Toward and From: "h1>kernel", "kernel>h1"
	Seed uint64    // of all its luck

	Trace *trace.Tracer // nil: nobody listens. Its sink is called from several goroutines

	// Outside is the name of whoever sends the packets that are read from outside the program ("kernel"). On a
	// link with faults each such packet gets an event of its sending, so that what becomes of it can be told.
	Outside string
}

// Impaired is a link with faults in real time. They can be changed while it runs. In a direction without
// faults it hands packets through as they are.
type Impaired struct {
	link    Link
	ways    [2]*way
	pumping bool // a goroutine reads the link; Read takes from the delay line. Of the reader alone

	writes sync.Once // starts the goroutine that writes delayed packets
}

// Impair puts faults, at first none, on l, which it takes over. As any Link it has one reader.
func Impair(l Link, o ImpairOptions) *Impaired {
	i := &Impaired{link: l}
	for d := range i.ways {
		i.ways[d] = newWay(o, Direction(d))
	}
	return i
}

// MTU is that of the link underneath, in octets.
func (i *Impaired) MTU() int { return i.link.MTU() }

// Close closes the link underneath. Packets that are still on their way are lost.
func (i *Impaired) Close() error {
	i.ways[Toward].line.close(ErrClosed)
	i.ways[From].line.close(io.EOF)
	return i.link.Close()
}

// Faults returns the faults of one direction.
func (i *Impaired) Faults(d Direction) Faults {
	w := i.ways[d]
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.impairment.Faults()
}

// SetFaults changes the faults of one direction. Packets that are on their way keep their time of arrival.
func (i *Impaired) SetFaults(d Direction, f Faults) {
	w := i.ways[d]
	w.mu.Lock()
	defer w.mu.Unlock()
	w.impairment.Set(f)
	w.perfect.Store(w.impairment.Perfect())
	w.tell(trace.Event{Kind: trace.Fault, Say: "now has these faults: " + literal(f.String())})
}

// DropNext drops the next n packets of one direction for which match is true; nil: any.
func (i *Impaired) DropNext(d Direction, n int, match func(octets []byte) bool) {
	w := i.ways[d]
	w.mu.Lock()
	defer w.mu.Unlock()
	w.impairment.DropNext(n, match)
	w.perfect.Store(false)
	w.tell(trace.Event{Kind: trace.Fault, Say: "is told to drop the next %d packets of a kind", Args: [4]int64{int64(n)}})
}

// DropNth drops the n-th packet of one direction from now on for which match is true; nil: any.
func (i *Impaired) DropNth(d Direction, n int, match func(octets []byte) bool) {
	w := i.ways[d]
	w.mu.Lock()
	defer w.mu.Unlock()
	w.impairment.DropNth(n, match)
	w.perfect.Store(false)
	w.tell(trace.Event{Kind: trace.Fault, Say: "is told to drop packet %d of a kind from now on", Args: [4]int64{int64(n)}})
}

// Counts returns how many packets were sent in one direction and how many of them the faults lost.
func (i *Impaired) Counts(d Direction) (sent, lost uint64) {
	return i.ways[d].sent.Load(), i.ways[d].lost.Load()
}

// Write sends packets. Those that arrive at once are handed to the link underneath before it returns.
func (i *Impaired) Write(packets []Packet) error {
	w := i.ways[Toward]
	w.sent.Add(uint64(len(packets)))
	if w.perfect.Load() {
		return i.link.Write(packets)
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.line.err != nil {
		return w.line.err
	}
	now := w.offer(packets, false)
	if len(w.line.waiting) > 0 {
		i.writes.Do(func() { go i.writeDelayed() })
	}
	if len(now) == 0 {
		return nil
	}
	return i.link.Write(now)
}

func (i *Impaired) writeDelayed() {
	line := &i.ways[Toward].line
	for {
		packets, err := line.next()
		if err != nil {
			return
		}
		if err := i.link.Write(packets); err != nil {
			line.close(err)
			return
		}
	}
}

// Read waits for packets and returns all that have arrived, up to a batch. They are valid until the next
// Read. It returns io.EOF after Close.
func (i *Impaired) Read() ([]Packet, error) {
	w := i.ways[From]
	for !i.pumping {
		packets, err := i.link.Read()
		if err != nil {
			return nil, err
		}
		w.sent.Add(uint64(len(packets)))
		if w.perfect.Load() {
			return packets, nil
		}
		w.mu.Lock()
		now := w.offer(packets, false)
		delayed := len(w.line.waiting) > 0
		w.mu.Unlock()
		if delayed {
			// Somebody has to wait for the link while we wait for the packet.
			i.pumping = true
			go i.readDelayed()
		}
		if len(now) > 0 {
			return now, nil
		}
	}
	return w.line.next()
}

func (i *Impaired) readDelayed() {
	w := i.ways[From]
	for {
		packets, err := i.link.Read()
		if err != nil {
			w.line.close(err)
			return
		}
		w.sent.Add(uint64(len(packets)))
		w.mu.Lock()
		w.offer(packets, true)
		w.mu.Unlock()
	}
}

// way is one direction of an impaired link.
type way struct {
	name    string
	outside string
	trace   *trace.Tracer

	perfect    atomic.Bool // no faults: nothing below is needed
	sent, lost atomic.Uint64

	mu         sync.Mutex
	impairment *Impairment
	line       delayLine
	now        batch // packets that arrive at once
}

func newWay(o ImpairOptions, d Direction) *way {
	w := &way{name: o.Ways[d], trace: o.Trace}
	if d == From {
		w.outside = o.Outside
	}
	w.impairment = NewImpairment(Faults{}, 2*o.Seed+uint64(d))
	w.perfect.Store(true)
	w.line.init(&w.mu)
	return w
}

// offer lets the faults decide about packets, and returns those that arrive at once and need not wait behind others. All others,
// and these too if all is set, go into the delay line. What it returns is valid until the next call.
func (w *way) offer(packets []Packet, all bool) []Packet {
	w.now.reset()
	now := time.Now()
	for k := range packets {
		p := packets[k]
		if p.Packet == 0 && w.outside != "" {
			p.Packet = w.tell(trace.Event{Kind: trace.Sent, Host: w.outside, At: now, Octets: p.Octets, Say: "sends a packet of %d octets", Args: [4]int64{int64(len(p.Octets))}, Ref: wire.RFC("791", "2.2")})
			p.Cause = p.Packet
		}
		v := w.impairment.Offer(now, p.Octets)
		if v.Copies == 0 {
			w.lose(p, now, v.Lost)
			continue
		}
		first := p.Cause
		if v.Reordered {
			p.Cause = w.tellOf(trace.Reordered, p, now, "is held back so that later packets overtake it")
		}
		for c := range v.Copies {
			if c == 1 {
				p.Cause = first
				p.Cause = w.tellOf(trace.Duplicated, p, now, "arrives twice: the link makes a second copy")
			}
			w.arrange(p, now, v.At[c], v.Corrupt[c], all)
		}
	}
	w.perfect.Store(w.impairment.Perfect())
	return w.now.packets
}

// arrange sees to it that a copy of p arrives at a time, with a bit flipped unless it is negative.
func (w *way) arrange(p Packet, now, at time.Time, flip int, all bool) {
	var copied *Packet
	if !all && w.line.idle() && !at.After(now) {
		w.now.add(&p)
		copied = &w.now.packets[len(w.now.packets)-1]
	} else if copied = w.line.add(&p, at); copied == nil {
		w.lose(p, now, "queue full")
		return
	}
	if flip < 0 {
		return
	}
	copied.Octets[flip/8] ^= 0x80 >> (flip % 8)
	copied.Cause = w.tell(trace.Event{
		Kind: trace.Corrupted, At: now, Packet: p.Packet, Cause: p.Cause, Octets: copied.Octets,
		Say: "is damaged: bit %d of octet %d is flipped", Args: [4]int64{int64(flip % 8), int64(flip / 8)}, Ref: unreliable(),
	})
}

func (w *way) lose(p Packet, now time.Time, why string) {
	w.lost.Add(1)
	if w.trace.On() {
		w.tellOf(trace.Lost, p, now, "is lost: "+literal(why))
	}
}

// unreliable is where it says that links may do this: "The internet protocol does not provide a reliable communication
// facility", RFC 791, Section 1.4.
func unreliable() wire.Ref { return wire.RFC("791", "1.4") }

func (w *way) tellOf(kind trace.Kind, p Packet, now time.Time, say string) trace.ID {
	return w.tell(trace.Event{Kind: kind, At: now, Packet: p.Packet, Cause: p.Cause, Octets: p.Octets, Say: say, Ref: unreliable()})
}

func (w *way) tell(e trace.Event) trace.ID {
	if !w.trace.On() {
		return 0
	}
	e.Link = w.name
	if e.At.IsZero() {
		e.At = time.Now()
	}
	return w.trace.Emit(e)
}

// literal returns text as it is written in Event.Say, where a percent sign starts a verb.
func literal(text string) string { return strings.ReplaceAll(text, "%", "%%") }
