package stack

import (
	"net/netip"
	"time"

	"netlab/ip"
	"netlab/tcp"
	"netlab/trace"
	"netlab/wire"
)

// receiveStray deals with a segment for which there was no connection: it is for a listener, or for
// nobody.
func (h *Host) receiveStray(now time.Time, a *arrival, seg *tcp.Segment) {
	local := netip.AddrPortFrom(a.dst, seg.DstPort)
	remote := netip.AddrPortFrom(a.src, seg.SrcPort)
	h.mu.Lock()
	c, l := h.conns[keyOf(local, remote)], h.listenerFor(local)
	h.mu.Unlock()
	switch {
	case c != nil: // an earlier segment of the same batch made it
		c.receive(now, a, seg)
	case l != nil:
		l.receive(now, a, local, remote, seg)
	default:
		h.refuse(now, local, remote, seg, a.packet)
	}
}

func (c *Conn) receive(now time.Time, a *arrival, seg *tcp.Segment) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.note(now, false, a.octets, nil, trace.Reason{})
	c.core.Receive(now, seg)
	c.settle(now)
}

// refuse answers a segment for a port where nobody listens; identity is its packet's.
func (h *Host) refuse(now time.Time, local, remote netip.AddrPort, seg *tcp.Segment, identity trace.ID) {
	reply, ok := tcp.ReplyClosed(seg)
	if !ok { // "An incoming segment containing a RST is discarded." RFC 9293, Section 3.10.7.1
		h.unanswered(now, seg, identity, "discards an RST: there is no connection that it could reset", wire.RFC("9293", "3.10.7.1"))
		return
	}
	if h.trace.On() {
		reply.Why = trace.Reason{
			Cause: seg.Cause,
			Say:   "sends RST: there is no connection and nobody listens on port %d",
			Args:  [4]int64{int64(local.Port())},
			Ref:   wire.RFC("9293", "3.10.7.1"),
		}
	}
	h.sendReply(now, local, remote, &reply, seg, identity)
}

// sendReply answers a segment that belongs to no connection; identity is its packet's.
func (h *Host) sendReply(now time.Time, local, remote netip.AddrPort, reply, to *tcp.Segment, identity trace.ID) {
	b := make([]byte, reply.HeaderLen()+len(reply.Payload))
	reply.Put(b, local.Addr(), remote.Addr())
	h.mu.Lock()
	defer h.mu.Unlock()
	header := ip.Header{Protocol: ip.TCP, Src: local.Addr(), Dst: remote.Addr(), DontFragment: true}
	if h.node.Send(now, header, b, reply.Why) != nil {
		h.noWayBack(now, to, identity)
		return
	}
	h.sendNode(now)
}

// unanswered counts and tells of a segment that belongs to no connection and gets no answer; identity is its
// packet's.
func (h *Host) unanswered(now time.Time, seg *tcp.Segment, identity trace.ID, say string, ref wire.Ref) {
	h.discards.stray.Add(1)
	h.discarded(now, seg.Cause, identity, say, ref)
}

func (h *Host) noWayBack(now time.Time, seg *tcp.Segment, identity trace.ID) {
	h.unanswered(now, seg, identity, "discards a segment: no route leads back to its sender", wire.RFC("1122", "3.3.1.1"))
}
