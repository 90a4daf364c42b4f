package capture

import (
	"fmt"
	"runtime"
	"slices"
	"sync/atomic"
)

// batch is packets that lie in one buffer.
type batch struct {
	buf     []byte
	packets []parsed
	parsed  int           // so many of them are
	damage  []Damage      // that was met until behind them
	left    bool          // the rest is left to who takes them
	lost    bool          // what comes behind them is no longer there
	done    chan struct{} // tells when they are parsed
}

// ahead reads a capture file ahead of whoever takes its packets. One goroutine finds where packets begin; each batch is parsed by whoever has time: a goroutine that
// does nothing else, the one that reads, or, if nothing else is ready, who takes the packets. So hardly anybody waits while there is work: being woken takes as
// long as parsing many packets. Batches are taken in the order of the file. There are so many and no more, so that memory is bounded and reading waits for taking.
type ahead struct {
	scanner *Scanner
	parsers int     // goroutines that do nothing but parse
	finder  *Finder // looks at packets ahead as well; nil: none does
	packets int     // that it has looked at
	filling *batch
	near    bool // its packets are parsed as they are read
	free    chan *batch
	unread  chan *batch // for those who do nothing but parse
	order   chan *batch // for who takes them
	taken   []*batch    // not yet given back
	damage  []Damage    // met until behind the latest of these
	enough  atomic.Bool
	err     error // what ended the file; to be read when order is closed
	lost    bool  // the rest of a mapped file is no longer there
}

const (
	mostParsers = 3 // goroutines that do nothing but parse, at most: with more, who takes the packets is the slowest
	fewBatches  = 6 // batches without any of those
)

// readAhead gives all packets that are left to take, in the order of the file, some at a time; they are valid until take returns. When take returns false
// no more is read, and what was read already is still given. The error is that of Next, or nil if take has ended it.
// All goroutines have ended when readAhead returns.
func (s *Scanner) readAhead(take func([]parsed) (more bool)) error {
	return s.readAheadWith(idleParsers(), take)
}

// idleParsers is how many goroutines that do nothing but parse have a core for themselves.
func idleParsers() int { return max(0, min(mostParsers, runtime.GOMAXPROCS(0)-2)) }

// readAheadWith is readAhead with so many goroutines that do nothing but parse.
func (s *Scanner) readAheadWith(parsers int, take func([]parsed) (more bool)) error {
	a := s.begin(parsers, nil)
	for packets, ok := a.next(); ok; packets, ok = a.next() {
		lost := guarded(func() {
			if !take(packets) {
				a.enough.Store(true)
			}
		})
		a.lost = a.lost || lost
	}
	return a.ended()
}

// begin begins to read ahead, and has a Finder look at the packets if there is one. All goroutines have ended when next has returned false.
func (s *Scanner) begin(parsers int, finder *Finder) *ahead {
	batches := fewBatches + 2*parsers
	a := &ahead{scanner: s, parsers: parsers, finder: finder, free: make(chan *batch, batches), unread: make(chan *batch), order: make(chan *batch, batches)}
	for range batches {
		a.free <- &batch{done: make(chan struct{}, 1)}
	}
	go a.scan()
	for range parsers {
		go a.parse()
	}
	return a
}

// next returns the packets that come next; they are valid until the next call. It returns false if there are none any more.
func (a *ahead) next() (packets []parsed, ok bool) {
	for {
		if len(a.taken) >= cap(a.free)/2 { // who waits for one is woken seldom
			for _, b := range a.taken {
				b.reuse()
				a.free <- b
			}
			a.taken = a.taken[:0]
		}
		b, ok := <-a.order
		if !ok {
			a.damage = a.scanner.Damage()
			return nil, false
		}
		if b.left {
			b.parse()
		}
		<-b.done
		a.taken, a.damage = append(a.taken, b), b.damage
		if a.lost {
			continue
		}
		if b.lost {
			a.lost = true
			a.enough.Store(true)
		}
		if len(b.packets) > 0 {
			return b.packets, true
		}
	}
}

// ended returns what has ended the reading, after next has returned false.
func (a *ahead) ended() error {
	if a.lost {
		a.scanner.err = fmt.Errorf("%s: %w: the rest cannot be read any more: the file has become shorter meanwhile, or its disk fails", a.scanner.name, ErrCutOff)
		return a.scanner.err
	}
	return a.err
}

// scan reads packets into batches.
func (a *ahead) scan() {
	in := a.scanner.in
	a.fill()
	in.change = a.change
	lost := guarded(func() {
		for a.err == nil && !a.enough.Load() {
			a.err = a.read()
		}
	})
	in.change = nil
	a.filling.lost = lost
	a.pass()
	close(a.unread)
	close(a.order)
}

// read reads a packet.
func (a *ahead) read() error {
	b := a.filling
	p := b.room()
	if err := a.scanner.Next(&p.RawPacket); err != nil {
		return err
	}
	if a.filling != b { // b was passed on meanwhile
		b = a.filling
		raw := &p.RawPacket
		p = b.room()
		p.RawPacket = *raw
	}
	b.packets = b.packets[:len(b.packets)+1]
	if a.near {
		p.parse()
		b.parsed++
	}
	return nil
}

// change passes the batch on whose packets lie in a buffer that is to be filled again, and returns another buffer. What is read comes
// through here before anybody waits for octets, so packets that have arrived are not held up.
func (a *ahead) change(buf []byte) []byte {
	if len(a.filling.packets) == 0 {
		return buf
	}
	a.filling.buf = buf
	a.pass()
	a.fill()
	return a.filling.buf
}

// fill begins another batch. If nobody else has time its packets are parsed as they are read, because then their octets are near.
func (a *ahead) fill() {
	a.filling = <-a.free
	a.near = a.parsers == 0 && (len(a.order) > 0 || a.finder != nil)
}

// pass hands the batch on.
func (a *ahead) pass() {
	b := a.filling
	if len(b.packets) == 0 && !b.lost {
		return
	}
	b.damage = a.scanner.Damage()
	if a.finder != nil {
		a.find(b)
	} else {
		select {
		case a.unread <- b:
		default:
			if b.left = len(a.order) == 0 && b.parsed < len(b.packets); !b.left {
				b.parse()
			}
		}
	}
	a.order <- b
}

// find has the Finder look at a batch, in the order of the file.
func (a *ahead) find(b *batch) {
	b.parse()
	n := 0
	lost := guarded(func() {
		for ; n < len(b.packets); n++ {
			a.packets++
			b.packets[n].found = slices.Clone(a.finder.addParsed(&b.packets[n], a.packets))
		}
	})
	b.packets, b.lost = b.packets[:n], b.lost || lost
}

// parse parses the packets of batches.
func (a *ahead) parse() {
	for b := range a.unread {
		b.parse()
	}
}

// parse parses the packets of a batch that are not yet parsed.
func (b *batch) parse() {
	lost := guarded(func() {
		for ; b.parsed < len(b.packets); b.parsed++ {
			b.packets[b.parsed].parse()
		}
	})
	b.packets, b.lost = b.packets[:b.parsed], b.lost || lost
	b.done <- struct{}{}
}

// room returns room for another packet, which is not yet one of the batch.
func (b *batch) room() *parsed {
	n := len(b.packets)
	if n == cap(b.packets) {
		b.packets = append(b.packets, parsed{})[:n]
	}
	return &b.packets[:n+1][n]
}

// reuse makes a batch ready for other packets.
func (b *batch) reuse() {
	b.packets, b.parsed, b.left, b.lost = b.packets[:0], 0, false, false
	if len(b.buf) > inputBuffer {
		b.buf = nil // one of the few large packets made it grow
	}
}
