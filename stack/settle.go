package stack

import (
	"time"

	"netlab/ether"
	"netlab/ip"
	"netlab/link"
	"netlab/tcp"
)

// settle does what a change of the core asks for: it sends what there is to send, wakes those who
// wait, and sets the timer. It is called with c.mu held, after each call of the core that may have
// changed it; after several segments of a batch it is called once.
func (c *Conn) settle(now time.Time) {
	c.flush(now)
	state := c.core.State()
	if state != c.state {
		c.state = state
		c.enter(now, state)
	}
	if c.readable != nil && c.core.Readable() {
		c.readable.Broadcast()
	}
	if c.writable != nil && (c.core.Writable() >= c.want || c.core.Err() != nil) {
		c.writable.Broadcast()
	}
	if c.state != tcp.Closed {
		c.arm()
	}
	c.snap()
}

// enter is called when the connection has come into a new state.
func (c *Conn) enter(now time.Time, state tcp.State) {
	if c.listener != nil && state != tcp.SynReceived {
		if l := c.listener; !l.established(c, state) {
			c.closed = true
			c.core.Abort(now)
			c.flush(now)
			state = tcp.Closed
			c.state = state
		}
		c.listener = nil
	}
	wake(c.writable) // Dial waits for the end of the handshake
	switch state {
	case tcp.TimeWait:
		c.host.remember(c)
	case tcp.Closed:
		wake(c.readable)
		c.host.timers.remove(c)
		c.host.forget(c)
	}
}

// flush sends what the core has to send: all at once, or, when traced, each packet right behind its event, so
// that what the link does to the packet stands beside it.
func (c *Conn) flush(now time.Time) {
	var seg tcp.Segment
	if !c.core.Next(now, &seg) {
		return
	}
	b := c.host.batches.get()
	for more := true; more; more = c.core.Next(now, &seg) {
		size := headerLen(c.nextHop) + seg.HeaderLen()
		var data []byte // of a link that sums segments itself: the octets stay in the send buffer
		if c.iface.large > 0 {
			data = seg.Payload
		} else {
			size += len(seg.Payload)
		}
		room := b.room(size)
		if room == nil {
			b.send(c.iface)
			room = b.room(size)
		}
		c.put(room, &seg)
		c.note(now, true, room[headerLen(c.nextHop):], data, seg.Why)
		if c.iface.ether != nil {
			c.sentFrame(c.iface.ether.send(now, ether.Packet{Octets: room, NextHop: c.nextHop, Flow: c.Flow(), Why: seg.Why}))
			b.octets = b.octets[:0]
			continue
		}
		id := c.sent(now, room, &seg)
		b.packets = append(b.packets, link.Packet{
			Octets: room, Data: data, Packet: id, Cause: id, NextHop: c.nextHop, Offload: link.Offload{Segment: seg.Cut, Unsummed: c.iface.large > 0},
		})
		if c.host.trace.On() {
			b.send(c.iface)
		}
	}
	b.send(c.iface)
	c.host.batches.put(b)
}

// put writes the packet that carries seg; of one for a link that sums segments itself the headers.
func (c *Conn) put(b []byte, seg *tcp.Segment) {
	c.ipID++
	flow := c.core.Flow()
	h := ip.Header{
		TotalLength: headerLen(c.nextHop) + seg.HeaderLen() + len(seg.Payload), ID: uint32(c.ipID), DontFragment: !seg.MayFragment && !c.host.cfg.IP.NoPathMTU, TTL: c.ttl, TOS: c.tos | seg.ECN,
		FlowLabel: c.label, Protocol: ip.TCP, Src: flow.Local.Addr(), Dst: flow.Remote.Addr(),
	}
	h.Put(b)
	if c.iface.large > 0 {
		seg.PutHeader(b[h.Len():], h.Src, h.Dst)
		return
	}
	seg.Put(b[h.Len():], h.Src, h.Dst)
}

// arm sees to it that the connection comes up no later than its deadline.
func (c *Conn) arm() {
	deadline := c.core.Deadline()
	if deadline.IsZero() {
		return
	}
	at := c.host.timers.after(deadline)
	if c.armed == 0 || at < c.armed {
		c.armed = at
		c.host.timers.add(c, at)
	}
}
