package tcp

import (
	"crypto/sha256"
	"encoding/binary"
	"net/netip"
	"time"

	"netlab/trace"
	"netlab/wire"
)

// SYN cookies (RFC 4987, Section 3.6 and Appendix A): when as many connections as the backlog allows wait in SYN-RECEIVED,
// a Listener answers further SYNs without remembering them. All that it must know later stands in the sequence number of
// its SYN-ACK, which the peer's ACK brings back:
//
//	 5 bits            3 bits      24 bits
//	+----------------+-----------+----------------------------------------------------+
//	| time, in units | index of  | a keyed hash of both ends, the peer's number, the  |
//	| of 64 s        | the MSS   | time and the MSS: nobody else can make it          |
//	+----------------+-----------+----------------------------------------------------+
//
// The other options of the SYN stand in the low bits of the timestamp that the SYN-ACK carries, if the peer has timestamps:
// its window scale, whether it permits SACK, whether it understands ECN. Without timestamps the connection has none of them.
const (
	cookieTime    = 64 * time.Second
	cookieTimes   = 1 << 5
	cookieTimeBit = 27
	cookieMSSBit  = 24
	cookieHash    = 1<<cookieMSSBit - 1
	cookieFor     = 2 * cookieTime // no ACK that comes later than this can have a cookie that is good

	cookieOptions = 1<<6 - 1 // the bits of the timestamp
	cookieNoScale = 15
	cookieSACK    = 1 << 4
	cookieECN     = 1 << 5
)

// cookieMSS are the values of the MSS option that a cookie can say.
func cookieMSS() [8]uint16 { return [...]uint16{216, 536, 1220, 1360, 1440, 1460, 4036, 8960} }

// cookieSum is the hash in the cookie.
func (l *Listener) cookieSum(local, remote netip.AddrPort, irs Seq, top uint32) uint32 {
	var b [16 + 2*18 + 8 + 1]byte
	copy(b[:], l.cfg.Secret[:])
	putFlow(b[16:], trace.Flow{Local: local, Remote: remote})
	binary.BigEndian.PutUint32(b[16+2*18:], uint32(irs))
	binary.BigEndian.PutUint32(b[16+2*18+4:], top)
	b[len(b)-1] = 'c' // so that it says nothing of initial sequence numbers
	sum := sha256.Sum256(b[:])
	return binary.BigEndian.Uint32(sum[:]) & cookieHash
}

// cookieNow is the time as a cookie says it.
func cookieNow(now time.Time) uint32 { return uint32(now.Unix() / int64(cookieTime/time.Second)) }

// sendCookie answers a SYN that finds no room.
func (l *Listener) sendCookie(now time.Time, local, remote netip.AddrPort, seg *Segment) Segment {
	o, index := &seg.Options, 0
	for i, mss := range cookieMSS() {
		if mss <= o.MSS {
			index = i
		}
	}
	if o.MSS == 0 {
		index = 1
	}
	top := cookieNow(now)%cookieTimes<<cookieTimeBit | uint32(index)<<cookieMSSBit
	var c Conn // for what every SYN-ACK says; it is forgotten
	c.init(now, l.config(remote), local, remote, nil)
	c.passive, c.state = true, SynReceived
	c.synchronize(now, seg)
	if !c.ts.on {
		c.scaling, c.sackOK, c.ecn.on = false, false, false
	}
	reply := Segment{
		SrcPort: seg.DstPort, DstPort: seg.SrcPort, Seq: Seq(top | l.cookieSum(local, remote, seg.Seq, top)), Ack: c.rcv.nxt,
		Flags: SYN | ACK | c.synFlags(false), Window: uint16(min(c.cfg.ReceiveBuffer, maxUnscaledWindow)), Options: c.synOptions(),
	}
	if c.ts.on {
		c.stamp(now, &reply)
		reply.Options.TSVal = cookieStamp(reply.Options.TSVal, &c)
	}
	l.cookiesSent++
	l.cookiesUntil = now.Add(cookieFor)
	if l.trace.On() {
		reply.Why = trace.Reason{
			Cause: seg.Cause, Say: "sends SYN-ACK and remembers nothing of it: %d connections wait to be established already",
			Args: [4]int64{int64(l.half)}, Ref: wire.RFC("4987", "3.6"),
		}
	}
	return reply
}

// cookieStamp is the latest timestamp no later than clock that says the options of c.
func cookieStamp(clock uint32, c *Conn) uint32 {
	bits := uint32(cookieNoScale)
	if c.scaling {
		bits = uint32(c.snd.shift)
	}
	if c.sackOK {
		bits |= cookieSACK
	}
	if c.ecn.on {
		bits |= cookieECN
	}
	stamp := clock&^cookieOptions | bits
	if clock&cookieOptions < bits {
		stamp -= cookieOptions + 1
	}
	return stamp
}

// cookie returns the SYN that an ACK with a cookie belongs to, as far as the cookie says it; ok is false if there is none.
func (l *Listener) cookie(now time.Time, local, remote netip.AddrPort, seg *Segment) (syn Segment, ok bool) {
	if now.After(l.cookiesUntil) || seg.Flags&(SYN|RST) != 0 {
		return Segment{}, false
	}
	cookie, irs := uint32(seg.Ack)-1, seg.Seq.Add(-1)
	top := cookie &^ cookieHash
	if age := (cookieNow(now) - cookie>>cookieTimeBit) % cookieTimes; age > 1 || cookie&cookieHash != l.cookieSum(local, remote, irs, top) {
		return Segment{}, false
	}
	syn = Segment{Seq: irs, Flags: SYN, Window: seg.Window, Cause: seg.Cause}
	syn.Options.MSS = cookieMSS()[cookie>>cookieMSSBit&7]
	if o := &seg.Options; o.Timestamps {
		syn.Options.Timestamps, syn.Options.TSVal = true, o.TSVal
		if scale := o.TSEcr & 15; scale != cookieNoScale {
			syn.Options.WindowScale = int8(scale) + 1
		}
		syn.Options.SACKPermitted = o.TSEcr&cookieSACK != 0
		if o.TSEcr&cookieECN != 0 {
			syn.Flags |= ECE | CWR
		}
	}
	return syn, true
}

// takeCookie makes a connection in SYN-RECEIVED of an ACK that brings back a cookie. It returns nil if nobody has accepted
// those before it: the ACK is dropped, and the data that the peer will send and send again brings the cookie once more.
func (l *Listener) takeCookie(now time.Time, local, remote netip.AddrPort, seg, syn *Segment) *Conn {
	if l.queued >= l.backlog {
		l.dropped++
		return nil
	}
	cookie := uint32(seg.Ack) - 1
	l.cookiesTaken++
	l.half++
	c := accept(now, l.config(remote), local, remote, l.trace, syn)
	c.snd.una, c.snd.iss, c.snd.nxt = Seq(cookie), Seq(cookie), Seq(cookie+1) // its SYN-ACK has gone out
	c.cc.recover, c.ts.lastACK = c.snd.iss-1, c.rcv.nxt
	c.timer = timer{kind: retransmit, at: c.elapsed(now) + c.rtt.rto, since: c.elapsed(now)}
	return c
}

// Cookies returns how many SYNs were answered without being remembered, and of how many the ACK has come back.
func (l *Listener) Cookies() (sent, taken int) { return l.cookiesSent, l.cookiesTaken }
