package check

import (
	"errors"
	"io"
	"net/netip"
	"time"

	"netlab/ip"
	"netlab/tcp"
	"netlab/trace"
)

// Core is netlab's TCP as a Target: the cores of package tcp, and of a host around them no more than they need. It
// listens on ports, knows its connections, and passes segments and ICMP errors to them.
type Core struct {
	cfg       Config
	events    []trace.Event
	tracer    *trace.Tracer
	conns     map[tcpKey]*coreConn
	all       []*coreConn // in the order in which they came
	listeners map[uint16]*coreListener
	sockets   []any // *coreConn or *coreListener; socket n is sockets[n-1]
	out       [][]byte
	ipID      uint32
}

type tcpKey struct{ local, remote netip.AddrPort }

type coreConn struct {
	*tcp.Conn
	listener *coreListener // until it has left SYN-RECEIVED
	linger   bool
}

type coreListener struct {
	*tcp.Listener
	backlog int
	queue   []*coreConn
}

// NewCore returns a host without connections that behaves as cfg says. Its events are kept if traced.
func NewCore(cfg Config, traced bool) *Core {
	c := &Core{cfg: cfg, conns: map[tcpKey]*coreConn{}, listeners: map[uint16]*coreListener{}}
	if cfg.TCP.MSS == 0 {
		c.cfg.TCP.MSS = cfg.MTU - 40
	}
	if cfg.IPv6 {
		c.cfg.TCP.MSS -= 20
	}
	if traced {
		c.tracer = trace.New("host", func(e trace.Event) trace.ID {
			e.ID, e.Octets = trace.ID(len(c.events)+1), nil
			c.events = append(c.events, e)
			return e.ID
		})
	}
	return c
}

// Events returns what happened so far.
func (c *Core) Events() []trace.Event { return c.events }

// Deliver implements Target.
func (c *Core) Deliver(now time.Time, packet []byte) {
	h, payload, err := ip.Parse(packet)
	if err != nil || h.Dst != Local(c.cfg.IPv6) {
		return
	}
	switch h.Protocol {
	case ip.TCP:
		c.segment(now, &h, payload)
	case ip.ICMP, ip.ICMPv6:
		c.message(now, &h, payload)
	}
}

func (c *Core) segment(now time.Time, h *ip.Header, octets []byte) {
	if !tcp.Verify(h.Src, h.Dst, octets) {
		return
	}
	seg, err := tcp.Parse(octets)
	if err != nil {
		return
	}
	seg.ECN = h.TOS & tcp.CE
	if c.tracer.On() {
		seg.Cause = c.tracer.Emit(trace.Event{At: now, Kind: trace.Received, Say: "receives a segment"})
	}
	key := tcpKey{netip.AddrPortFrom(h.Dst, seg.DstPort), netip.AddrPortFrom(h.Src, seg.SrcPort)}
	l := c.listeners[seg.DstPort]
	conn := c.conns[key]
	var least tcp.Seq
	reopens := false
	if conn != nil && conn.Reopens(&seg) && l != nil {
		least, reopens = conn.Reopen(now, seg.Cause), true
		c.settle(now, conn)
		conn = nil
	}
	switch {
	case conn != nil:
		conn.Receive(now, &seg)
		c.settle(now, conn)
	case l != nil:
		c.listening(now, l, key, &seg, reopens, least)
	default:
		if reply, ok := tcp.ReplyClosed(&seg); ok {
			c.reply(key, &reply)
		}
	}
}

func (c *Core) listening(now time.Time, l *coreListener, key tcpKey, seg *tcp.Segment, reopens bool, least tcp.Seq) {
	if full := len(l.queue); seg.Flags&tcp.SYN != 0 && full >= l.backlog {
		return // as package stack: too many wait to be accepted
	}
	l.Queued(len(l.queue))
	core, reply, ok := l.Receive(now, key.local, key.remote, seg)
	if core == nil {
		if ok {
			c.reply(key, &reply)
		}
		return
	}
	if reopens {
		core.NotBefore(least)
	}
	conn := &coreConn{Conn: core, listener: l}
	c.add(key, conn)
	if seg.Flags&tcp.SYN == 0 { // it was made of a cookie
		core.Receive(now, seg)
	}
	c.settle(now, conn)
}

func (c *Core) add(key tcpKey, conn *coreConn) {
	c.conns[key] = conn
	c.all = append(c.all, conn)
}

// message passes an ICMP error to the connection that it is about.
func (c *Core) message(now time.Time, h *ip.Header, octets []byte) {
	m, err := ip.ParseICMP(h.Src, h.Dst, octets)
	if err != nil {
		return
	}
	q, ok := m.Quoted()
	if !ok || q.Header.Protocol != ip.TCP {
		return
	}
	src, dst, ok := q.Ends()
	seq, has := q.Seq()
	conn := c.conns[tcpKey{src, dst}]
	if !ok || !has || conn == nil {
		return
	}
	v4 := m.Type == ip.Unreachable
	v6 := m.Type == ip.Unreachable6
	switch {
	case v4 && m.Code == ip.FragmentationNeeded:
		conn.TooBig(now, tcp.Seq(seq), m.MTU()-20)
	case m.Type == ip.PacketTooBig:
		conn.TooBig(now, tcp.Seq(seq), m.MTU()-40)
	case m.Type == ip.SourceQuench: // MUST-55: silently discarded
		return
	default:
		hard := v4 && (m.Code == ip.ProtocolUnreachable || m.Code == ip.PortUnreachable) || v6 && m.Code == ip.PortUnreachable6
		conn.Unreachable(now, tcp.Seq(seq), errUnreachable, hard)
	}
	c.settle(now, conn)
}

var errUnreachable = errors.New("check: the script's router says so")

// settle sends what a connection has to send, and does what a host does when its state has changed.
func (c *Core) settle(now time.Time, conn *coreConn) {
	c.flush(now, conn)
	state := conn.State()
	if conn.listener != nil && state != tcp.SynReceived {
		conn.listener.Leave()
		if state != tcp.Closed {
			conn.listener.queue = append(conn.listener.queue, conn)
		}
		conn.listener = nil
	}
	if state == tcp.Closed {
		flow := conn.Flow()
		if key := (tcpKey{flow.Local, flow.Remote}); c.conns[key] == conn {
			delete(c.conns, key)
		}
	}
}

func (c *Core) flush(now time.Time, conn *coreConn) {
	var seg tcp.Segment
	for conn.Next(now, &seg) {
		id := c.tracer.Emit(trace.Event{
			At: now, Kind: trace.Sent, Flow: conn.Flow(), Cause: seg.Why.Cause, Say: seg.Why.Say, Args: seg.Why.Args, Ref: seg.Why.Ref,
		})
		conn.Traced(id)
		c.put(conn.Flow().Local, conn.Flow().Remote, &seg)
	}
}

func (c *Core) reply(key tcpKey, seg *tcp.Segment) { c.put(key.local, key.remote, seg) }

func (c *Core) put(from, to netip.AddrPort, seg *tcp.Segment) {
	c.ipID++
	h := ip.Header{
		Src: from.Addr(), Dst: to.Addr(), TTL: 64, Protocol: ip.TCP, TOS: seg.ECN, DontFragment: !seg.MayFragment, ID: c.ipID,
	}
	h.TotalLength = h.Len() + seg.HeaderLen() + len(seg.Payload)
	b := make([]byte, h.TotalLength)
	h.Put(b)
	seg.Put(b[h.Len():], h.Src, h.Dst)
	c.out = append(c.out, b)
}

// Output implements Target.
func (c *Core) Output(time.Time) [][]byte {
	out := c.out
	c.out = nil
	return out
}

// Deadline implements Target.
func (c *Core) Deadline() (first time.Time) {
	for _, conn := range c.all {
		if conn.State() == tcp.Closed {
			continue
		}
		if d := conn.Conn.Deadline(); !d.IsZero() && (first.IsZero() || d.Before(first)) {
			first = d
		}
	}
	return first
}

// Advance implements Target.
func (c *Core) Advance(now time.Time) {
	for _, conn := range c.all {
		if d := conn.Conn.Deadline(); conn.State() != tcp.Closed && !d.IsZero() && !now.Before(d) {
			conn.Advance(now)
			c.settle(now, conn)
		}
	}
}

// errno names an error of package tcp as sockets do.
func errno(err error, writing bool) string {
	switch {
	case err == nil || errors.Is(err, io.EOF):
		return ""
	case errors.Is(err, tcp.ErrReset):
		return "ECONNRESET"
	case errors.Is(err, tcp.ErrRefused):
		return "ECONNREFUSED"
	case errors.Is(err, tcp.ErrTimeout):
		return "ETIMEDOUT"
	case errors.Is(err, tcp.ErrClosing), writing:
		return "EPIPE"
	}
	return "ECONNABORTED"
}
