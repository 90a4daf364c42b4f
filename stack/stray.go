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
		c.receive(now, seg)
	case l != nil:
		l.receive(now, local, remote, seg, a.packet)
	default:
		h.refuse(now, local, remote, seg)
	}
}

func (c *Conn) receive(now time.Time, seg *tcp.Segment) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.core.Receive(now, seg)
	c.settle(now)
}

// refuse answers a segment for a port where nobody listens.
func (h *Host) refuse(now time.Time, local, remote netip.AddrPort, seg *tcp.Segment) {
	reply, ok := tcp.ReplyClosed(seg)
	if !ok {
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
	h.sendReply(now, local, remote, &reply)
}

// sendReply sends a segment that belongs to no connection.
func (h *Host) sendReply(now time.Time, local, remote netip.AddrPort, seg *tcp.Segment) {
	b := make([]byte, seg.HeaderLen()+len(seg.Payload))
	seg.Put(b, local.Addr(), remote.Addr())
	h.mu.Lock()
	defer h.mu.Unlock()
	header := ip.Header{Protocol: ip.TCP, Src: local.Addr(), Dst: remote.Addr(), DontFragment: true}
	if h.node.Send(now, header, b, seg.Why) == nil { // without a route back there is no reply
		h.sendNode(now)
	}
}
