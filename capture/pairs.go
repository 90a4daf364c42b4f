package capture

import (
	"bytes"
	"encoding/binary"
	"net/netip"

	"netlab/ip"
	"netlab/tcp"
)

// pairs are the pairs of ends between which the packets of a capture travel: TCP connections, flows of UDP datagrams, and pairs
// of hosts for every other protocol. A pair takes some 200 octets, and each has at least one packet of its own in the file.
type pairs struct {
	list     []pair
	ofStream []int32            // of the TCP connections, by number
	known    map[pairKey]int32  // of everything else
	recent   [recentPairs]int32 // 1 + index of a pair in known, by a quick hash of its key: it spares most look-ups
	udps     int32              // UDP flows so far
}

const recentPairs = 1 << 12

// pairKey is a pair's protocol and its ends, the smaller one first.
type pairKey struct {
	a, b         [16]byte
	aPort, bPort uint16
	protocol     ip.Protocol
	kind         pairKind
}

type pairKind uint8

const (
	fourPair  pairKind = 1 << iota // IPv4
	portsPair                      // with ports; without them it is of two hosts
)

type pair struct {
	pairKey
	bFirst bool  // b was seen sending first: it is end 0
	number int32 // of the TCP connection or UDP flow, counted from 0 for each of the two; -1: it is neither
	end    [2]pairEnd
}

// pairEnd is what an index knows of one end.
type pairEnd struct {
	packets uint32
	seen    bool // a number of its sequence space is known:
	isn     tcp.Seq
	shift   int8  // of its window scale option; -1: none was seen
	octets  int64 // of data in TCP segments, with what was sent again
}

func newPairs() *pairs { return &pairs{known: map[pairKey]int32{}} }

// find returns the index of the pair that a packet belongs to, and notes in r which end sent it.
func (p *pairs) find(h *header, src, dst uint16, ports bool, r *row) int32 {
	i := p.lookUp(h, src, dst, ports, r)
	end := &p.list[i].end[r.dir()]
	end.packets++
	return i
}

// findCarriers is find for the datagrams that a tunnel consists of.
func (p *pairs) findCarriers(tunnel []byte) {
	eachCarrier(tunnel, func(h *header) {
		p.find(h, binary.BigEndian.Uint16(h.payload), binary.BigEndian.Uint16(h.payload[2:]), true, &row{})
	})
}

// dir returns which end of its pair sent a packet.
func (r *row) dir() int {
	if r.kind&reverse != 0 {
		return 1
	}
	return 0
}

func (p *pairs) lookUp(h *header, src, dst uint16, ports bool, r *row) int32 {
	k, swapped := keyOf(h, src, dst, ports)
	slot := &p.recent[k.slot()]
	if i := *slot - 1; i >= 0 && p.list[i].pairKey == k {
		if p.list[i].bFirst != swapped {
			r.kind |= reverse
		}
		return i
	}
	i, ok := p.known[k]
	if !ok {
		number := int32(-1)
		if ports {
			number = p.udps
			p.udps++
		}
		i = p.add(k, swapped, number)
		p.known[k] = i
	}
	*slot = i + 1
	if p.list[i].bFirst != swapped {
		r.kind |= reverse
	}
	return i
}

// add makes a new pair.
func (p *pairs) add(k pairKey, bFirst bool, number int32) int32 {
	n := pair{pairKey: k, bFirst: bFirst, number: number}
	for i := range n.end {
		n.end[i].shift = -1
	}
	p.list = append(p.list, n)
	return int32(len(p.list) - 1)
}

// ofSegment is find for a TCP segment, of which the Finder has found out to which connection it belongs.
func (p *pairs) ofSegment(of *parsed, at *place, r *row) int32 {
	seg := &of.segment
	if at.stream >= len(p.ofStream) {
		k, swapped := keyOf(&of.header, seg.Src.Port(), seg.Dst.Port(), true)
		p.ofStream = append(p.ofStream, p.add(k, swapped, int32(at.stream)))
	}
	i := p.ofStream[at.stream]
	if at.dir == 1 {
		r.kind |= reverse
	}
	me, peer := &p.list[i].end[at.dir], &p.list[i].end[1-at.dir]
	me.packets++
	me.octets += int64(seg.Len)
	if !me.seen {
		me.seen, me.isn = true, tcp.Seq(seg.Seq)-1
		if seg.Flags&tcp.SYN != 0 {
			me.isn++
		}
	}
	if seg.Flags&tcp.SYN != 0 {
		me.shift = int8(seg.Shift)
	}
	if !peer.seen && seg.Flags&tcp.ACK != 0 {
		peer.seen, peer.isn = true, tcp.Seq(seg.Ack)-1
	}
	return i
}

// keyOf returns the key of a packet's pair, and whether its sender is b.
func keyOf(h *header, src, dst uint16, ports bool) (k pairKey, swapped bool) {
	k = pairKey{aPort: src, bPort: dst, protocol: h.protocol}
	if h.src.Is4() {
		k.kind |= fourPair
	}
	if ports {
		k.kind |= portsPair
	}
	k.a, k.b = h.src.As16(), h.dst.As16()
	if c := bytes.Compare(k.a[:], k.b[:]); c > 0 || c == 0 && src > dst {
		k.a, k.b, k.aPort, k.bPort = k.b, k.a, dst, src
		return k, true
	}
	return k, false
}

// slot is a quick hash. Whoever makes packets collide gains no more than look-ups in a map.
func (k *pairKey) slot() uint32 {
	v := binary.LittleEndian.Uint32(k.a[12:])*0x9e3779b1 ^ binary.LittleEndian.Uint32(k.b[12:])*0x85ebca6b ^
		(uint32(k.aPort)<<16|uint32(k.bPort))*0xc2b2ae35 ^ uint32(k.protocol)
	return (v ^ v>>15) * 0x9e3779b1 >> (32 - 12)
}

// ends returns both ends of a pair; the one that was seen sending first comes first.
func (p *pair) ends() [2]netip.AddrPort {
	a, b := netip.AddrPortFrom(p.addr(p.a), p.aPort), netip.AddrPortFrom(p.addr(p.b), p.bPort)
	if p.bFirst {
		return [2]netip.AddrPort{b, a}
	}
	return [2]netip.AddrPort{a, b}
}

func (p *pair) addr(a [16]byte) netip.Addr {
	if p.kind&fourPair != 0 {
		return netip.AddrFrom4([4]byte(a[12:]))
	}
	return netip.AddrFrom16(a)
}
