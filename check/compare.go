package check

import (
	"encoding/binary"
	"fmt"
	"time"

	"netlab/ip"
	"netlab/tcp"
	"netlab/wire"
)

// Difference is one thing that is not as a script has it.
type Difference struct{ What, Want, Got string }

// comparison compares a packet that was sent with a line.
type comparison struct {
	cfg  *Config
	f    *flow
	k    *Packet
	s    *seen
	at   time.Duration
	free bool // what the standards leave open is not compared: when data is pushed, how large windows are
	diff []Difference
}

func (c *comparison) differ(what string, want, got any) {
	c.diff = append(c.diff, Difference{what, fmt.Sprint(want), fmt.Sprint(got)})
}

func (c *comparison) number(what string, want, got int64) {
	if want != got {
		c.differ(what, want, got)
	}
}

// run compares everything that the line says.
func (c *comparison) run() []Difference {
	if c.s.problem != "" {
		c.differ("packet", "one in order", c.s.problem)
		return c.diff
	}
	c.network()
	switch {
	case c.k.Proto == ip.TCP && c.s.header.Protocol == ip.TCP:
		c.segment()
	case c.k.Proto == ip.ICMP && (c.s.header.Protocol == ip.ICMP || c.s.header.Protocol == ip.ICMPv6):
		if c.k.ICMP.Type != c.s.icmp.Type || c.k.ICMP.Code != c.s.icmp.Code {
			c.differ("message", fmt.Sprintf("%v code %d", c.k.ICMP.Type, c.k.ICMP.Code), fmt.Sprintf("%v code %d", c.s.icmp.Type, c.s.icmp.Code))
		}
	case c.k.Proto == ip.UDP && c.s.header.Protocol == ip.UDP:
		c.number("data", int64(c.k.Length), int64(len(c.s.payload)-8))
	default:
		c.differ("protocol", c.k.Proto, c.s.header.Protocol)
	}
	return c.diff
}

func (c *comparison) network() {
	h := &c.s.header
	if c.k.ECN >= 0 {
		names := []string{"noecn", "ect1", "ect0", "ce"}
		if got := int(h.TOS & 3); got != c.k.ECN {
			c.differ("ECN of the IP header", names[c.k.ECN], names[got])
		}
	}
	if c.k.TTL != 0 {
		c.number("time to live", int64(c.k.TTL), int64(h.TTL))
	}
	if c.k.DF >= 0 && h.DontFragment != (c.k.DF == 1) {
		c.differ("don't fragment", c.k.DF, 1-c.k.DF)
	}
	if h.Dst != c.f.peer.Addr() || h.Src != c.f.local.Addr() {
		c.differ("addresses", fmt.Sprintf("%v > %v", c.f.local.Addr(), c.f.peer.Addr()), fmt.Sprintf("%v > %v", h.Src, h.Dst))
	}
}

func (c *comparison) segment() {
	k, s := &c.k.Segment, c.s
	if s.dst != c.f.peer.Port() || s.src != c.f.local.Port() {
		c.differ("ports", fmt.Sprintf("%d > %d", c.f.local.Port(), c.f.peer.Port()), fmt.Sprintf("%d > %d", s.src, s.dst))
	}
	open := uint8(0)
	if c.free {
		open = uint8(tcp.PSH)
	}
	if !k.FlagsAny && k.Flags|open != s.flags|open {
		c.differ("flags", flagsText(k.Flags), flagsText(s.flags))
	}
	if k.Reserved != s.reserved {
		c.number("reserved bits", int64(k.Reserved), int64(s.reserved))
	}
	if k.HasSeq {
		if got := c.f.localRel(s.seq, s.flags); uint32(got) != uint32(k.Seq) {
			c.number("sequence number", k.Seq, got)
		}
		c.number("octets of data", int64(k.Length), int64(len(s.data)))
	}
	if k.HasAck {
		if got := c.f.peerRel(s.ack); uint32(got) != uint32(k.Ack) {
			c.number("acknowledgment number", k.Ack, got)
		}
	}
	if k.Window >= 0 && !(c.free && k.Window > 0) {
		c.number("window", int64(k.Window), int64(s.window))
	}
	if k.Urgent >= 0 {
		c.number("urgent pointer", int64(k.Urgent), int64(s.urgent))
	}
	if i := c.misplacedData(); i >= 0 {
		c.differ("data", fmt.Sprintf("what was written as octet %d", c.f.localRel(s.seq, 0)+int64(i)), "something else")
	}
	c.options()
}

// misplacedData returns the index of the first octet of data that the application did not write there; -1: none.
func (c *comparison) misplacedData() int {
	first := c.f.localRel(c.s.seq, c.s.flags) - 1
	if c.s.flags&uint8(tcp.SYN) != 0 {
		first++
	}
	if len(c.s.data) == 1 && first < c.f.written-1 && c.s.data[0] == 0 || first < 0 {
		return -1 // a probe may send an octet again that the peer has had long since, whatever it is
	}
	return misplaced(c.s.data, first)
}

// options compares as sets: in what order they stand, and how they are padded, the standards leave open.
func (c *comparison) options() {
	k := &c.k.Segment
	if k.AnyOptions {
		return
	}
	got := c.s.options
	want := k.Options
	if !c.cfg.Exact {
		got, want = withoutPadding(got), withoutPadding(want)
	}
	used := make([]bool, len(got))
	for i, w := range want {
		found := -1
		for j, g := range got {
			if !used[j] && g.Kind == w.Kind && (!c.cfg.Exact || i == j) {
				found = j
				break
			}
		}
		if found < 0 {
			c.differ("options", w.String(), "not there")
			continue
		}
		used[found] = true
		c.option(w, got[found])
	}
	for j, g := range got {
		if !used[j] && !k.MoreOptions {
			c.differ("options", "none of kind "+fmt.Sprint(g.Kind), c.f.relative(g).String())
		}
	}
}

func withoutPadding(all []Option) (kept []Option) {
	for _, o := range all {
		if o.Octets != nil || o.Kind != optionEnd && o.Kind != optionNop {
			kept = append(kept, o)
		}
	}
	return kept
}

func (c *comparison) option(want, got Option) {
	ms := c.at.Milliseconds()
	switch {
	case want.Octets != nil || got.Octets != nil:
		if string(want.put(nil)) != string(got.put(nil)) {
			c.differ("options", want, got)
		}
	case want.Kind == optionTimestamps:
		if !want.AnyEcr {
			c.number("TS ecr", want.Ecr, got.Ecr)
		}
		if want.AnyVal {
			return
		}
		if c.f.knowStamps() {
			if int32(uint32(got.Value)-c.f.lastStamp) < 0 {
				c.differ("TS val", "not less than the one before", c.f.relative(got).Value)
				return
			}
			early := want.Value - c.f.relative(got).Value
			if slack := c.cfg.Tolerance.Milliseconds(); c.cfg.Ticks && (early > slack || early < -slack) {
				c.number("TS val", want.Value, c.f.relative(got).Value)
			}
		}
		c.f.learnStamp(want.Value, uint32(got.Value), ms)
	case want.Kind == optionSACK:
		if w, g := want.String(), c.f.relative(got).String(); w != g {
			c.differ("options", w, g)
		}
	case !want.AnyVal && want.Value != got.Value && !(c.free && want.Kind == optionWindowScale):
		c.differ("options", want, got)
	}
}

// wanted returns the octets of the TCP segment that the line asks for; what it leaves open is as in the segment that was
// sent.
func (c *comparison) wanted() []byte {
	k, s := *c.k, c.s
	n := numbers{seq: s.seq, ack: s.ack, options: s.raw}
	q := &k.Segment
	if !q.HasSeq {
		q.Seq, q.Length = c.f.localRel(s.seq, s.flags), len(s.data)
	}
	n.seq = c.f.localAbs(q.Seq)
	if q.HasAck {
		n.ack = c.f.peerAbs(q.Ack)
	}
	if q.FlagsAny {
		q.Flags = s.flags
	}
	if q.Window < 0 {
		q.Window = s.window
	}
	if q.Urgent < 0 {
		q.Urgent = s.urgent
	}
	if differs(c.diff, "options") {
		n.options = nil
		for _, o := range q.Options {
			for i, b := range o.Blocks {
				o.Blocks[i] = [2]int64{int64(c.f.peerAbs(b[0])), int64(c.f.peerAbs(b[1]))}
			}
			if o.Kind == optionTimestamps {
				o.Value = int64(c.f.stampOf(o.Value))
			}
			n.options = o.put(n.options)
		}
		for len(n.options)%4 != 0 {
			n.options = append(n.options, optionNop)
		}
	}
	b := segmentOctets(&k, n, c.f.local, c.f.peer)
	if c.misplacedData() < 0 && len(b) == len(s.payload) {
		copy(b[len(b)-len(s.data):], s.data)
	}
	return b
}

func differs(all []Difference, what string) bool {
	for _, d := range all {
		if d.What == what {
			return true
		}
	}
	return false
}

// quote builds the ICMP message that a line describes.
func quote(k *Packet, f *flow) []byte {
	m := ip.Message{Type: k.ICMP.Type, Code: k.ICMP.Code, Rest: uint32(k.ICMP.MTU)}
	var inner []byte
	protocol := ip.TCP
	if k.ICMP.UDP {
		protocol = ip.UDP
		inner = datagram(k.ICMP.Len, f.local.Port(), f.peer.Port(), f)
	} else {
		q := Packet{ECN: -1, Segment: Segment{Flags: uint8(tcp.ACK), Seq: k.ICMP.Seq, Length: k.ICMP.Len, Window: 65535}}
		inner = segmentOctets(&q, numbers{seq: f.localAbs(k.ICMP.Seq)}, f.local, f.peer)
	}
	packet := header(&Packet{ECN: -1, DF: -1}, f.local.Addr(), f.peer.Addr(), protocol, inner)
	whole := len(packet)
	if k.ICMP.Short {
		whole = len(packet) - len(inner) + 8
	}
	m.Data = packet[:min(whole, 548)] // an ICMP error is at most 576 octets (RFC 1812, Section 4.3.2.3)
	b := make([]byte, m.Len())
	from, to := f.peer.Addr(), f.local.Addr()
	m.Put(b, from, to)
	outer := ip.ICMP
	if to.Is6() {
		outer = ip.ICMPv6
	}
	return header(k, from, to, outer, b)
}

// datagram builds a UDP datagram.
func datagram(length int, from, to uint16, f *flow) []byte {
	b := make([]byte, 8+length)
	binary.BigEndian.PutUint16(b, from)
	binary.BigEndian.PutUint16(b[2:], to)
	binary.BigEndian.PutUint16(b[4:], uint16(len(b)))
	pattern(b[8:], 0)
	sum := ^wire.Sum(wire.PseudoSum(f.peer.Addr(), f.local.Addr(), uint8(ip.UDP), len(b)), b)
	if sum == 0 {
		sum = 0xffff
	}
	binary.BigEndian.PutUint16(b[6:], sum)
	return b
}
