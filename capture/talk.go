package capture

import (
	"bytes"
	"slices"

	"netlab/dns"
	"netlab/http"
	"netlab/http2"
	"netlab/tcp"
	"netlab/tls"
)

// talk follows the messages of an application over the segments of a TCP connection, so that one that is cut up is known at the segment that makes it whole.
type talk struct {
	ports [2]uint16 // of the two ends
	ends  [2]talker
	both  application // what both ends speak, once one of them has shown it
}

// talker is one end of a talk.
type talker struct {
	opened bool    // its SYN was seen:
	known  bool    // next is known:
	next   tcp.Seq // of the octet after those that came in order
	spoke  bool    // data came
	acks   bool    // it has acknowledged something:
	acked  tcp.Seq

	of     application // what it speaks, and so messages are told apart; noApplication: nobody knows where one begins
	got    int         // octets that came of the message that is not whole yet
	size   int         // octets that it has; 0: not known yet
	octets []byte      // those that came
	broken bool        // not all of these are kept
	from   []piece

	waiting []early // segments behind a gap, in order
}

// piece is octets of a message in the data of one segment.
type piece struct {
	packet, at, len int
}

// early is a segment that waits until those before it come.
type early struct {
	seq    tcp.Seq
	data   []byte
	packet int
	shown  bool // what is whole in it was told when it came
}

// cutUp is a message of which not all octets are in the segment that makes it whole.
type cutUp struct {
	of     application
	size   int
	from   []piece // in order
	octets []byte  // nil: not all of them were kept
}

// laid is how the data of a segment lies in the messages of its sender: octets that came before, octets of a message that began in an earlier segment,
// whole messages, the beginning of one that goes on, and octets of which nobody knows.
type laid struct {
	number int // of the packet
	of     application
	again  int     // octets that came before
	rest   int     // octets of a message that began earlier
	ends   bool    // ...which ends with them
	head   int     // octets of a whole head of HTTP/1, after which they speak otherwise
	left   int     // octets of a message that goes on
	tail   int     // octets of which nobody knows
	whole  []cutUp // messages with octets in other packets that are whole now
	next   int     // packet that makes the message whole that goes on; 0: none that is known
}

// plain reports whether the segment by itself tells all.
func (l *laid) plain() bool {
	inPieces := l.again > 0 || l.rest > 0 || l.left > 0
	return len(l.whole) == 0 && (l.of == noApplication || !inPieces && l.tail > 0)
}

const (
	mostWaiting = 32      // segments of one end that wait
	mostWords   = 1 << 12 // octets of a message that are kept for the words for it
	mostOctets  = 1 << 17 // octets of a message that are kept, and of segments that wait
	mostTalk    = 1 << 24 // octets that are kept of all connections
	mostPieces  = 1 << 12 // packets that are remembered for one message
)

// release takes that nothing more comes.
func (t *talk) release(m *memory) {
	for i := range t.ends {
		e := &t.ends[i]
		e.forget(m)
		for _, w := range e.waiting {
			m.held -= len(w.data)
		}
	}
}

// memory counts the octets that are kept, so that they are bounded.
type memory struct {
	held  int
	whole bool // messages are wanted whole, and not only the words for them
}

// open notes a SYN.
func (t *talk) open(dir int, seq tcp.Seq) {
	if e := &t.ends[dir]; !e.spoke {
		e.opened, e.known, e.next = true, true, seq+1
	}
}

// segment takes the next segment of an end, and says how its data lies. cut is how many octets of it were not captured.
func (t *talk) segment(dir, packet int, seg *tcp.Segment, cut int, m *memory) laid {
	e, peer := &t.ends[dir], &t.ends[1-dir]
	seq, b := seg.Seq, seg.Payload
	if seg.Flags&tcp.SYN != 0 {
		t.open(dir, seq)
		seq++
	}
	if seg.Flags&tcp.ACK != 0 {
		e.acks, e.acked = true, seg.Ack
	}
	l := laid{number: packet}
	if len(b) == 0 || seg.Flags&tcp.RST != 0 {
		return l
	}
	if !e.known {
		e.known, e.next = true, seq
	}
	if len(e.waiting) > 0 && (len(e.waiting) == mostWaiting || peer.has(e.waiting[0].seq)) {
		e.lack(int(int32(e.waiting[0].seq-e.next)), m)
		t.drain(dir, packet, &l, m)
	}
	switch ahead := int(int32(seq - e.next)); {
	case ahead > 0 && peer.has(seq):
		e.lack(ahead, m) // the receiver had what is missing here
	case ahead > 0:
		t.wait(dir, packet, seq, b, &l, m)
		return l
	case -ahead >= len(b):
		return l // all of it came before
	default:
		l.again = -ahead
	}
	t.read(dir, piece{packet, l.again, 0}, b[l.again:], &l, true, true, m)
	if e.next = seq + tcp.Seq(len(b)); cut > 0 {
		e.lack(cut, m)
		l.left = 0 // what it lacks is nowhere
	}
	t.drain(dir, packet, &l, m)
	return l
}

// waits reports whether segments wait for others.
func (t *talk) waits() bool { return len(t.ends[0].waiting)+len(t.ends[1].waiting) > 0 }

// has reports whether an end has acknowledged everything before a number.
func (e *talker) has(seq tcp.Seq) bool { return e.acks && int32(e.acked-seq) >= 0 }

// lack takes that the next n octets are not in the capture.
func (e *talker) lack(n int, m *memory) {
	e.next += tcp.Seq(n)
	e.spoke = true
	switch {
	case e.size == 0 || n > e.size-e.got:
		e.lose(m)
	case n == e.size-e.got:
		e.done(m)
	default:
		e.got += n
		e.forget(m)
	}
}

// lose takes that nobody knows any more where messages begin.
func (e *talker) lose(m *memory) {
	e.done(m)
	e.of = noApplication
}

// done takes that a message is over.
func (e *talker) done(m *memory) {
	e.forget(m)
	e.got, e.size, e.from, e.broken = 0, 0, nil, false
}

// forget drops the octets of a message.
func (e *talker) forget(m *memory) {
	m.held -= cap(e.octets)
	e.octets, e.broken = nil, true
}

// keep keeps octets of a message that is not whole yet, if there is room.
func (e *talker) keep(b []byte, m *memory) {
	if e.broken {
		return
	}
	if !m.whole && e.size > mostWords || len(e.octets)+len(b) > mostOctets || m.held > mostTalk {
		e.forget(m)
		return
	}
	m.held -= cap(e.octets)
	e.octets = append(e.octets, b...)
	m.held += cap(e.octets)
}

// wait keeps a segment that is behind a gap. If it lies in a message whose end is known, that is told.
func (t *talk) wait(dir, packet int, seq tcp.Seq, b []byte, l *laid, m *memory) {
	e := &t.ends[dir]
	size := 0
	for i := range e.waiting {
		size += len(e.waiting[i].data)
	}
	if inside := e.size - e.got - int(int32(seq-e.next)); inside >= len(b) {
		l.of, l.rest = e.of, len(b)
	}
	if size+len(b) > mostOctets || m.held > mostTalk {
		return
	}
	m.held += len(b)
	i, _ := slices.BinarySearchFunc(e.waiting, seq, func(a early, seq tcp.Seq) int { return int(int32(a.seq - seq)) })
	e.waiting = slices.Insert(e.waiting, i, early{seq, bytes.Clone(b), packet, l.rest == 0 && streamApplication(t.from(dir), b) != noApplication})
}

// from returns the ports of sender and receiver.
func (t *talk) from(dir int) [2]uint16 { return [2]uint16{t.ports[dir], t.ports[1-dir]} }

// drain reads the segments that waited and whose turn it is.
func (t *talk) drain(dir, packet int, l *laid, m *memory) {
	e := &t.ends[dir]
	for len(e.waiting) > 0 && int32(e.waiting[0].seq-e.next) <= 0 {
		w := e.waiting[0]
		e.waiting = e.waiting[1:]
		m.held -= len(w.data)
		if again := int(int32(e.next - w.seq)); again < len(w.data) {
			t.read(dir, piece{w.packet, again, 0}, w.data[again:], l, false, w.shown, m)
			e.next = w.seq + tcp.Seq(len(w.data))
		}
	}
}

// read takes octets of a segment, which are next, and notes in l how they lie if they are its own, and what becomes whole with them; messages that were
// told already, as they are whole in b, need not be noted.
func (t *talk) read(dir int, at piece, b []byte, l *laid, own, told bool, m *memory) {
	e := &t.ends[dir]
	if e.of == noApplication {
		e.of = t.begins(dir, b)
		e.done(m)
	}
	e.spoke = true
	for len(b) > 0 {
		begun := e.got > 0
		if !e.measure(b) {
			e.lose(m)
			if own {
				l.tail = len(b)
			}
			return
		}
		n, whole := len(b), false
		if e.size > 0 {
			n = min(n, e.size-e.got)
			whole = e.got+n == e.size
		}
		head := b[:n]
		if begun || !whole || !told {
			head = e.add(head, at, m)
		}
		if own {
			l.note(e.of, begun, whole, n)
		}
		b, at.at = b[n:], at.at+n
		if e.got += n; !whole {
			return
		}
		if begun || !told {
			l.whole = append(l.whole, cutUp{of: e.of, size: e.size, from: e.from, octets: head})
		}
		e.done(m)
		if e.of == httpApplication {
			t.headEnds(dir, head)
		}
	}
}

// note notes where in a segment the next octets lie.
func (l *laid) note(of application, begun, whole bool, n int) {
	switch l.of = of; {
	case begun:
		l.rest, l.ends = n, whole
	case whole && of == httpApplication:
		l.head = n
	case !whole:
		l.left = n
	}
}

// add adds octets to a message that has more in other segments, and returns all of it that came; nil if not all is kept.
func (e *talker) add(b []byte, at piece, m *memory) []byte {
	if at.len = len(b); len(e.from) < mostPieces {
		e.from = append(e.from, at)
	} else {
		e.forget(m)
	}
	if e.keep(b, m); e.broken {
		return nil
	}
	return e.octets
}

// measure finds out how long the message is that goes on, or begins, with b. It reports false if that is no message.
func (e *talker) measure(b []byte) (ok bool) {
	switch {
	case e.of == noApplication:
		return false
	case e.size > 0:
		return true
	case e.got == 0:
		e.size, ok = messageLen(e.of, b)
		return ok
	case e.broken:
		return false
	}
	more := mostHeader
	if e.of == httpApplication {
		more = mostHTTPHead
	}
	e.size, ok = messageLen(e.of, slices.Concat(e.octets, b[:min(len(b), more)]))
	return ok
}

// headEnds takes the head of a message of HTTP/1: what follows it is content, or another protocol.
func (t *talk) headEnds(dir int, head []byte) {
	e, peer := &t.ends[dir], &t.ends[1-dir]
	if e.of = upgradedTo(head); e.of != noApplication {
		peer.of, t.both = e.of, e.of
	}
}

// begins tells what begins with b, which an end says when nobody knows where its messages begin.
func (t *talk) begins(dir int, b []byte) application {
	e := &t.ends[dir]
	fresh := e.opened && !e.spoke
	of := t.recognise(t.from(dir), b, fresh)
	switch {
	case fresh && t.both != noApplication:
		return t.both
	case of == http2Application, of == tlsApplication, of == dnsApplication:
		t.both = of
	}
	return of
}

// recognise tells by the octets at the beginning of a segment what they are. fresh: they are the first that their end says.
func (t *talk) recognise(ports [2]uint16, b []byte, fresh bool) application {
	of := streamApplication(ports, b)
	switch {
	case of == tlsApplication && !tls.Begins(b):
		of = noApplication // known by its port, and not by where a record begins
	case of == httpApplication && !http.Begins(b):
		of = noApplication
	}
	if of != noApplication || !fresh {
		return of
	}
	switch {
	case len(b) >= 3 && bytes.HasPrefix([]byte(http2.Preface), b):
		return http2Application
	case slices.Contains(ports[:], dns.Port):
		return dnsApplication
	case len(b) <= tlsRecordHeader && b[0] == byte(tls.ContentHandshake) && (len(b) >= 3 && b[1] == 3 && b[2] <= 4 || slices.Contains(ports[:], tlsPort)):
		return tlsApplication
	case http.MayBegin(b):
		return httpApplication
	}
	return noApplication
}
