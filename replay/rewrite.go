package replay

import (
	"encoding/binary"
	"net/netip"

	"netlab/ip"
	"netlab/wire"
)

// Rewriter gives packets other addresses. Those without a given one get a free one of Net4 or Net6, in the order in which they come.
type Rewriter struct {
	Given      map[netip.Addr]netip.Addr
	Net4, Net6 netip.Addr // the first free address; zero: addresses that are not given stay

	chosen map[netip.Addr]netip.Addr
}

// maxChosen is how many addresses a Rewriter chooses before it leaves the rest as they are.
const maxChosen = 200

// Addr returns the address that stands for a.
func (r *Rewriter) Addr(a netip.Addr) netip.Addr {
	if to, ok := r.Given[a]; ok {
		return to
	}
	if to, ok := r.chosen[a]; ok {
		return to
	}
	next := &r.Net4
	if a.Is6() {
		next = &r.Net6
	}
	if !next.IsValid() || len(r.chosen) >= maxChosen || isGroup(a) || a.IsUnspecified() || a.IsLinkLocalUnicast() {
		return a // addresses that mean everybody or nobody, or are good on one link alone
	}
	if r.chosen == nil {
		r.chosen = map[netip.Addr]netip.Addr{}
	}
	to := *next
	*next = next.Next()
	r.chosen[a] = to
	return to
}

// Packet changes the addresses of an IP packet in place, those in the packet that an ICMP error quotes too, and sums anew what is summed. It reports false, and
// changes nothing, if b holds no whole packet.
func (r *Rewriter) Packet(b []byte) bool {
	h, payload, ok := parse(b)
	if !ok {
		return false
	}
	src, dst := r.Addr(h.Src), r.Addr(h.Dst)
	put(b, src, dst)
	if h.IsFragment() {
		// Only the whole datagram could be summed anew: a fragment keeps what the change of addresses makes of its sum.
		if h.FragmentOffset == 0 {
			adjust(h.Protocol, payload, h.Src, h.Dst, src, dst)
		}
		return true
	}
	if quoted := quotedBy(h.Protocol, payload); quoted != nil {
		r.quoted(quoted)
	}
	total(h.Protocol, payload, src, dst)
	return true
}

// put writes the addresses into a header, and sums that of IPv4.
func put(b []byte, src, dst netip.Addr) {
	if b[0]>>4 == 4 {
		copy(b[12:], src.AsSlice())
		copy(b[16:], dst.AsSlice())
		sum4(b[:int(b[0]&15)*4])
		return
	}
	copy(b[8:], src.AsSlice())
	copy(b[24:], dst.AsSlice())
}

// sum4 sums an IPv4 header.
func sum4(header []byte) {
	binary.BigEndian.PutUint16(header[10:], 0)
	binary.BigEndian.PutUint16(header[10:], wire.Checksum(header))
}

// checksumAt returns where a protocol has its checksum; -1: it has none.
func checksumAt(p ip.Protocol) int {
	switch p {
	case ip.TCP:
		return 16
	case ip.UDP:
		return 6
	case ip.ICMP, ip.ICMPv6:
		return 2
	}
	return -1
}

// total sums a whole segment, datagram or message.
func total(p ip.Protocol, b []byte, src, dst netip.Addr) {
	at := checksumAt(p)
	if at < 0 || len(b) < at+2 || p == ip.UDP && src.Is4() && binary.BigEndian.Uint16(b[at:]) == 0 { // a UDP sender over IPv4 may leave it out
		return
	}
	binary.BigEndian.PutUint16(b[at:], 0)
	partial := uint16(0)
	if p != ip.ICMP {
		partial = wire.PseudoSum(src, dst, uint8(p), len(b))
	}
	sum := ^wire.Sum(partial, b)
	if p == ip.UDP && sum == 0 {
		sum = 0xffff // RFC 768: "If the computed checksum is zero, it is transmitted as all ones"
	}
	binary.BigEndian.PutUint16(b[at:], sum)
}

// adjust changes a checksum by what the addresses changed: HC' = ~(~HC + ~m + m') (RFC 1624, Section 3).
func adjust(p ip.Protocol, b []byte, oldSrc, oldDst, src, dst netip.Addr) {
	at := checksumAt(p)
	if at < 0 || p == ip.ICMP || len(b) < at+2 || p == ip.UDP && binary.BigEndian.Uint16(b[at:]) == 0 {
		return
	}
	sum := ^binary.BigEndian.Uint16(b[at:])
	for _, change := range [][2]netip.Addr{{oldSrc, src}, {oldDst, dst}} {
		before, after := change[0].AsSlice(), change[1].AsSlice()
		sum = wire.Sum(sum, after)
		for i := range before {
			before[i] = ^before[i]
		}
		sum = wire.Sum(sum, before)
	}
	binary.BigEndian.PutUint16(b[at:], ^sum)
}

// quotedBy returns the packet that an ICMP error quotes; nil: there is none.
func quotedBy(p ip.Protocol, b []byte) []byte {
	if len(b) < 8 {
		return nil
	}
	switch {
	case p == ip.ICMP && (b[0] == 3 || b[0] == 4 || b[0] == 5 || b[0] == 11 || b[0] == 12), // RFC 792
		p == ip.ICMPv6 && b[0] < 128: // RFC 4443, Section 2.1: "error messages are identified by a zero in the high-order bit"
		return b[8:]
	}
	return nil
}

// quoted changes the addresses of a packet of which perhaps only the beginning is there.
func (r *Rewriter) quoted(b []byte) {
	if len(b) >= 20 && b[0]>>4 == 4 {
		n := int(b[0]&15) * 4
		if n < 20 || n > len(b) {
			return
		}
		src, dst := netip.AddrFrom4([4]byte(b[12:16])), netip.AddrFrom4([4]byte(b[16:20]))
		put(b, r.Addr(src), r.Addr(dst))
		adjust(ip.Protocol(b[9]), b[n:], src, dst, r.Addr(src), r.Addr(dst))
		return
	}
	if len(b) >= 40 && b[0]>>4 == 6 {
		src, dst := netip.AddrFrom16([16]byte(b[8:24])), netip.AddrFrom16([16]byte(b[24:40]))
		put(b, r.Addr(src), r.Addr(dst))
		adjust(ip.Protocol(b[6]), b[40:], src, dst, r.Addr(src), r.Addr(dst))
	}
}
