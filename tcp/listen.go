package tcp

import (
	"net/netip"
	"time"

	"netlab/trace"
	"netlab/wire"
)

const defaultBacklog = 1024

// Listener is a port in LISTEN. It makes a Conn of each SYN, up to a bound of connections that are not yet
// established. The host keeps the Conns, and calls Leave when one of them leaves SYN-RECEIVED.
type Listener struct {
	cfg     Config
	trace   *trace.Tracer
	backlog int
	half    int
	queued  int
	dropped int

	cookiesSent, cookiesTaken int
	cookiesUntil              time.Time // an ACK may bring one back until then
}

// NewListener is the OPEN call, passive. backlog bounds the connections in SYN-RECEIVED; 0: 1024. cfg.MSS is for connections
// over IPv4; those over IPv6, whose header is 20 octets longer, get so much less.
func NewListener(cfg Config, backlog int, t *trace.Tracer) *Listener {
	if backlog <= 0 {
		backlog = defaultBacklog
	}
	return &Listener{cfg: cfg, trace: t, backlog: backlog}
}

// HalfOpen returns how many connections are in SYN-RECEIVED, and Dropped how many SYNs found no room.
func (l *Listener) HalfOpen() int { return l.half }

// Queued tells the listener how many of its connections are established and wait to be accepted: they count for the backlog
// too.
func (l *Listener) Queued(n int) { l.queued = n }

// Dropped returns how many segments were dropped because the backlog was full: SYNs, and ACKs with a cookie.
func (l *Listener) Dropped() int { return l.dropped }

// Leave tells the listener that one of its connections has left SYN-RECEIVED, for ESTABLISHED or CLOSED.
func (l *Listener) Leave() { l.half-- }

// Receive handles a segment for a port in LISTEN that belongs to no connection (RFC 9293, Section 3.10.7.2).
// A SYN makes a connection in SYN-RECEIVED, whose Next gives the SYN-ACK. So does an ACK that brings back a cookie: then
// seg is for the connection too. ok says that reply is to be sent.
func (l *Listener) Receive(now time.Time, local, remote netip.AddrPort, seg *Segment) (c *Conn, reply Segment, ok bool) {
	switch {
	case seg.Flags&RST != 0: // "An incoming RST should be ignored."
		return nil, Segment{}, false
	case seg.Flags&ACK != 0: // "Any acknowledgment is bad if it arrives on a connection still in the LISTEN state."
		if syn, ok := l.cookie(now, local, remote, seg); ok {
			return l.takeCookie(now, local, remote, seg, &syn), Segment{}, false
		}
		reply, ok = ReplyClosed(seg)
		reply.Why = trace.Reason{Cause: seg.Cause, Say: "sends RST: an acknowledgment arrived at a port that only listens", Ref: wire.RFC("9293", "3.10.7.2")}
		return nil, reply, ok
	case seg.Flags&SYN == 0: // "Drop the segment and return."
		return nil, Segment{}, false
	case l.half+l.queued >= l.backlog && l.queued < l.backlog && !l.cfg.NoSYNCookies:
		return nil, l.sendCookie(now, local, remote, seg), true
	case l.half+l.queued >= l.backlog:
		l.dropped++
		if l.trace.On() {
			l.trace.Emit(trace.Event{
				At: now, Kind: trace.Discarded, Flow: trace.Flow{Local: local, Remote: remote}, Cause: seg.Cause,
				Say: "drops a SYN: %d connections wait to be established or accepted already", Args: [4]int64{int64(l.half + l.queued)},
				Ref: wire.RFC("9293", "3.9.1.1"),
			})
		}
		return nil, Segment{}, false
	}
	l.half++
	return accept(now, l.config(remote), local, remote, l.trace, seg), Segment{}, false
}

// config is the configuration of a connection with remote.
func (l *Listener) config(remote netip.AddrPort) Config {
	cfg := l.cfg
	if remote.Addr().Is6() && cfg.MSS > 0 {
		cfg.MSS -= 20
	}
	return cfg
}

// ReplyClosed is CLOSED's answer to a segment: an RST unless it is one (RFC 9293, Section 3.10.7.1).
func ReplyClosed(seg *Segment) (reply Segment, ok bool) {
	if seg.Flags&RST != 0 {
		return Segment{}, false
	}
	reply = Segment{SrcPort: seg.DstPort, DstPort: seg.SrcPort, Flags: RST}
	reply.Why = trace.Reason{Cause: seg.Cause, Say: "sends RST: there is no such connection", Ref: wire.RFC("9293", "3.10.7.1")}
	if seg.Flags&ACK != 0 { // <SEQ=SEG.ACK><CTL=RST>
		reply.Seq = seg.Ack
	} else { // <SEQ=0><ACK=SEG.SEQ+SEG.LEN><CTL=RST,ACK>
		reply.Flags |= ACK
		reply.Ack = seg.Seq.Add(seg.Len())
	}
	return reply, true
}
