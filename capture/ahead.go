package capture

import (
	"runtime"
	"sync/atomic"
)

// batch is packets that lie in one buffer.
type batch struct {
	buf     []byte
	packets []parsed
	done    chan struct{} // tells when they are parsed
}

// ahead reads a capture file ahead of whoever takes its packets. One goroutine reads octets and finds where packets begin; others
// parse the packets, each those of one batch; batches are taken in the order of the file. There are so many batches and no more, so that
// memory is bounded and reading waits for taking.
type ahead struct {
	scanner *Scanner
	filling *batch
	free    chan *batch
	unread  chan *batch // for those who parse packets
	order   chan *batch // for who takes them
	enough  atomic.Bool
	err     error // what ended the file; to be read when order is closed
}

// mostParsers is how many goroutines parse packets, at most: so many are faster than who takes the packets.
const mostParsers = 4

// readAhead gives all packets that are left to take, in the order of the file, some at a time; they are valid until take returns. When take returns false
// no more is read, and what was read already is still given. The error is that of Next, or nil if take has ended it.
// All goroutines have ended when readAhead returns.
func (s *Scanner) readAhead(take func([]parsed) (more bool)) error {
	return s.readAheadWith(min(mostParsers, max(1, runtime.GOMAXPROCS(0)-1)), take)
}

// readAheadWith is readAhead with so many goroutines that parse.
func (s *Scanner) readAheadWith(parsers int, take func([]parsed) (more bool)) error {
	batches := 2*parsers + 2
	a := &ahead{scanner: s, free: make(chan *batch, batches), unread: make(chan *batch, batches), order: make(chan *batch, batches)}
	for range batches {
		a.free <- &batch{done: make(chan struct{}, 1)}
	}
	go a.scan()
	for range parsers {
		go a.parse()
	}
	for b := range a.order {
		<-b.done
		if !take(b.packets) {
			a.enough.Store(true)
		}
		b.reuse()
		a.free <- b
	}
	return a.err
}

// scan reads packets into batches.
func (a *ahead) scan() {
	in := a.scanner.in
	a.filling = <-a.free
	in.change = a.change
	var raw RawPacket
	for a.err == nil && !a.enough.Load() {
		if a.err = a.scanner.Next(&raw); a.err == nil {
			a.filling.next().RawPacket = raw
		}
	}
	in.change = nil
	a.pass()
	close(a.unread)
	close(a.order)
}

// change passes the batch on whose packets lie in a buffer that is to be filled again, and returns another buffer. What is read comes
// through here before anybody waits for octets, so packets that have arrived are not held up.
func (a *ahead) change(buf []byte) []byte {
	if len(a.filling.packets) == 0 {
		return buf
	}
	a.filling.buf = buf
	a.pass()
	a.filling = <-a.free
	return a.filling.buf
}

// pass hands the batch on.
func (a *ahead) pass() {
	if len(a.filling.packets) > 0 {
		a.unread <- a.filling
		a.order <- a.filling
	}
}

// parse parses the packets of batches.
func (a *ahead) parse() {
	for b := range a.unread {
		for i := range b.packets {
			b.packets[i].parse()
		}
		b.done <- struct{}{}
	}
}

// next returns room for another packet.
func (b *batch) next() *parsed {
	n := len(b.packets)
	if n == cap(b.packets) {
		b.packets = append(b.packets, parsed{})
	}
	b.packets = b.packets[:n+1]
	return &b.packets[n]
}

// reuse makes a batch ready for other packets.
func (b *batch) reuse() {
	b.packets = b.packets[:0]
	if len(b.buf) > inputBuffer {
		b.buf = nil // one of the few large packets made it grow
	}
}
