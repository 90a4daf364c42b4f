package check

import (
	"net/netip"

	"netlab/tcp"
)

// flow is one connection as the script sees it: what its relative numbers mean.
type flow struct {
	number      int
	local, peer netip.AddrPort
	irs         uint32 // the peer's numbers are the script's and this
	iss         uint32 // ours are the script's and this, once a SYN was sent
	knowISS     bool
	again       bool // another connection may begin: the next SYN that is sent tells its number
	lastSYN     uint32
	sawSYN      bool

	// Timestamps: what the script calls by a number, and what it was.
	stamps    map[int64]uint32
	stampName int64 // of the first
	stamp     uint32
	stampAt   int64 // milliseconds
	lastStamp uint32

	socket        int // of the target; 0: none
	written, read int64
}

func newFlow(number int, cfg *Config) *flow {
	return &flow{
		number: number, irs: cfg.IRS, stamps: map[int64]uint32{},
		local: netip.AddrPortFrom(Local(cfg.IPv6), localPort),
		peer:  netip.AddrPortFrom(Peer(cfg.IPv6), uint16(peerPort+number-1)),
	}
}

// localRel returns one of our sequence numbers as the script counts.
func (f *flow) localRel(seq uint32, flags uint8) int64 {
	if !f.knowISS || flags&uint8(tcp.RST) != 0 && seq == 0 {
		return int64(seq)
	}
	return int64(int32(seq - f.iss))
}

// localAbs returns one of our sequence numbers as it stands in a header.
func (f *flow) localAbs(rel int64) uint32 { return uint32(rel) + f.iss }

func (f *flow) peerRel(seq uint32) int64 { return int64(int32(seq - f.irs)) }
func (f *flow) peerAbs(rel int64) uint32 { return uint32(rel) + f.irs }

// relative returns an option that was sent with the script's numbers.
func (f *flow) relative(o Option) Option {
	blocks := o.Blocks
	o.Blocks = nil
	for _, b := range blocks {
		o.Blocks = append(o.Blocks, [2]int64{f.peerRel(uint32(b[0])), f.peerRel(uint32(b[1]))})
	}
	if o.Kind == optionTimestamps && o.Octets == nil && f.knowStamps() {
		o.Value = f.stampName + int64(int32(uint32(o.Value)-f.stamp))
	}
	return o
}

func (f *flow) knowStamps() bool { return len(f.stamps) > 0 }

// arriving returns the numbers and options of a segment that arrives, as they stand in its header.
func (f *flow) arriving(s *Segment) (n numbers) {
	n.seq = f.peerAbs(s.Seq)
	if s.HasAck {
		n.ack = f.localAbs(s.Ack)
	}
	for _, o := range s.Options {
		if o.Kind == optionTimestamps && o.Octets == nil && o.Ecr != 0 {
			o.Ecr = int64(f.stampOf(o.Ecr))
		}
		blocks := o.Blocks
		o.Blocks = nil
		for _, b := range blocks {
			o.Blocks = append(o.Blocks, [2]int64{int64(f.localAbs(b[0])), int64(f.localAbs(b[1]))})
		}
		n.options = o.put(n.options)
	}
	for len(n.options)%4 != 0 {
		n.options = append(n.options, optionEnd)
	}
	if s.Flags&uint8(tcp.SYN) != 0 {
		if f.again = f.again || f.sawSYN && f.lastSYN != n.seq; !f.sawSYN || f.lastSYN != n.seq {
			f.lastSYN, f.sawSYN = n.seq, true
		}
	}
	return n
}

// stampOf returns the timestamp that the script calls by a number.
func (f *flow) stampOf(name int64) uint32 {
	if v, is := f.stamps[name]; is {
		return v
	}
	if !f.knowStamps() {
		return uint32(name)
	}
	return f.stamp + uint32(name-f.stampName)
}

// learn takes from a SYN that was sent what its number means.
func (f *flow) learn(s *seen, k *Segment) {
	if s.flags&uint8(tcp.SYN) == 0 || f.knowISS && !f.again {
		return
	}
	if f.again {
		f.stamps, f.written, f.read = map[int64]uint32{}, 0, 0
	}
	f.iss, f.knowISS, f.again = s.seq-uint32(k.Seq), true, false
}

// learnStamp takes what the script calls a timestamp that was sent.
func (f *flow) learnStamp(name int64, v uint32, ms int64) {
	if !f.knowStamps() {
		f.stampName, f.stamp, f.stampAt = name, v, ms
	}
	f.stamps[name] = v
	f.lastStamp = v
}
