package stack

import (
	"encoding/binary"
	"net/netip"
	"sync/atomic"
	"time"

	"netlab/ether"
	"netlab/ip"
	"netlab/link"
	"netlab/tcp"
	"netlab/trace"
	"netlab/wire"
)

// watched returns a tracer that hands events on to t and notes the last one's ID; nil if t is nil.
func watched(t *trace.Tracer, last *atomic.Uint64) *trace.Tracer {
	if !t.On() {
		return nil
	}
	return trace.New("", func(e trace.Event) trace.ID {
		id := t.Emit(e)
		last.Store(uint64(id))
		return id
	})
}

// Trace returns where the host's events go, for protocols that are spoken through its sockets; nil if nobody listens.
func (h *Host) Trace() *trace.Tracer { return h.trace }

// call tells of a call by the application and makes it the cause of what the core does next. c.mu is held.
func (c *Conn) call(now time.Time, say string, arg int, section string) {
	h := c.host
	if !h.trace.On() {
		return
	}
	c.core.Cause(h.traceCall(now, c.Flow(), say, arg, section))
}

// traceCall tells of a call by an application; section is that of RFC 9293 which describes the call.
func (h *Host) traceCall(now time.Time, f trace.Flow, say string, arg int, section string) trace.ID {
	if !h.trace.On() {
		return 0
	}
	return h.trace.Emit(trace.Event{
		At: now, Kind: trace.Call, Flow: f, Say: say, Args: [4]int64{int64(arg)}, Ref: wire.RFC("9293", section),
	})
}

// received tells of a packet's arrival. The event is the cause of all that follows from it.
func (h *Host) received(now time.Time, i *iface, p *link.Packet) trace.ID {
	if !h.trace.On() {
		return 0
	}
	e := trace.Event{
		At: now, Kind: trace.Received, Link: i.name,
		Cause: p.Cause, Packet: p.Packet,
		Say: "receives a packet of %d octets", Args: [4]int64{int64(len(p.Octets))}, Ref: wire.RFC("791", "2.2"),
		Octets: p.Octets,
	}
	packet := p.Octets
	if i.ether != nil {
		e.Frame, e.Say, e.Ref = true, "receives a frame of %d octets", wire.RFC("894", "")
		_, packet, _ = ether.Parse(p.Octets)
	}
	e.Flow = flowOf(packet).Reverse()
	return h.trace.Emit(e)
}

// sent tells of a segment that is handed to the link, why it is sent, and tells the core under which
// event, so that a segment sent again can name it.
func (c *Conn) sent(now time.Time, octets []byte, seg *tcp.Segment) trace.ID {
	h := c.host
	if !h.trace.On() {
		return 0
	}
	id := h.traceSent(now, c.iface, c.Flow(), seg.Why, octets)
	c.core.Traced(id)
	c.snap()
	return id
}

// sentFrame tells the core under which event a segment was sent in a frame, or waits to be.
func (c *Conn) sentFrame(id trace.ID) {
	if c.host.trace.On() {
		c.core.Traced(id)
		c.snap()
	}
}

// traceSent tells of a packet of the host's own that is handed to a link, and returns its identity.
func (h *Host) traceSent(now time.Time, i *iface, f trace.Flow, why trace.Reason, octets []byte) trace.ID {
	if !h.trace.On() {
		return 0
	}
	return h.trace.Emit(trace.Event{
		At: now, Kind: trace.Sent, Link: i.name, Flow: f,
		Cause: why.Cause, Replaces: why.Replaces, Say: why.Say, Args: why.Args, Ref: why.Ref,
		Octets: octets,
	})
}

// traceForwarded tells of a packet of another host that a router hands on.
func (h *Host) traceForwarded(now time.Time, i *iface, identity trace.ID, out *ip.Output) trace.ID {
	if !h.trace.On() {
		return 0
	}
	return h.trace.Emit(trace.Event{
		At: now, Kind: trace.Forwarded, Link: i.name, Flow: flowOf(out.Octets),
		Cause: out.Why.Cause, Packet: identity, Say: out.Why.Say, Args: out.Why.Args, Ref: out.Why.Ref,
		Octets: out.Octets,
	})
}

// snap tells Config.Snap of the connection's state if it has changed since the last time.
func (c *Conn) snap() {
	h := c.host
	if h.cfg.Snap == nil || !h.trace.On() {
		return
	}
	now := c.core.Snapshot()
	if c.shown != nil && *c.shown == now {
		return
	}
	if c.shown == nil {
		c.shown = new(tcp.Snapshot)
	}
	*c.shown = now
	h.cfg.Snap(trace.ID(h.last.Load()), c.Flow(), now)
}

// flowIfTraced is flowOf, or nothing when nobody traces.
func flowIfTraced(t *trace.Tracer, b []byte) trace.Flow {
	if !t.On() {
		return trace.Flow{}
	}
	return flowOf(b)
}

// flowOf returns the two ends of the TCP or UDP packet in b, the sender's first; the zero Flow for
// any other packet. It is for events: only called when somebody traces.
func flowOf(b []byte) trace.Flow {
	h, payload, err := ip.Parse(b)
	if err != nil || len(payload) < 4 || h.Protocol != ip.TCP && h.Protocol != ip.UDP || h.FragmentOffset != 0 {
		return trace.Flow{}
	}
	return trace.Flow{
		Local:  netip.AddrPortFrom(h.Src, binary.BigEndian.Uint16(payload)),
		Remote: netip.AddrPortFrom(h.Dst, binary.BigEndian.Uint16(payload[2:])),
	}
}
