package capture

import "netlab/tcp"

// Cutter cuts what the two ends of a connection say, put in order, into the messages of its application.
type Cutter struct {
	talk   talk
	memory memory
	seq    [2]tcp.Seq
}

// Message is a message of an application, or octets of which nobody knows.
type Message struct {
	Of     string // "http", the head alone; "http2" and "websocket", a frame; "tls", a record; "dns", with its length before it; empty: octets of something else
	Octets []byte
}

// NewCutter returns a Cutter of a connection between two ports, from its beginning.
func NewCutter(ports [2]uint16) *Cutter {
	c := &Cutter{talk: talk{ports: ports}, memory: memory{whole: true}}
	for dir := range c.seq {
		c.talk.open(dir, 0)
		c.seq[dir] = 1
	}
	return c
}

// Next takes the next octets of an end, before which some are missing, and returns the messages that are whole by them. They are good until the next call.
func (c *Cutter) Next(dir int, b []byte, missing int64) []Message {
	c.talk.ends[1-dir].acks = true
	c.seq[dir] += tcp.Seq(missing)
	c.talk.ends[1-dir].acked = c.seq[dir]
	l := c.talk.segment(dir, 1, &tcp.Segment{Seq: c.seq[dir], Payload: b}, 0, &c.memory)
	c.seq[dir] += tcp.Seq(len(b))
	var all []Message
	for i := range l.whole {
		all = append(all, Message{string(l.whole[i].of), l.whole[i].octets})
	}
	b = b[l.rest:]
	if l.head > 0 {
		all = append(all, Message{string(httpApplication), b[:l.head]})
		b = b[l.head:]
	}
	here, tail := b[:len(b)-l.left-l.tail], b[len(b)-l.tail:]
	for len(here) > 0 && l.left <= len(b) {
		n, ok := messageLen(l.of, here)
		if n = min(n, len(here)); n == 0 || !ok {
			tail = here
			break
		}
		all = append(all, Message{string(l.of), here[:n]})
		here = here[n:]
	}
	if len(tail) > 0 {
		all = append(all, Message{Octets: tail})
	}
	return all
}
