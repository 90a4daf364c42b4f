package capture

import (
	"encoding/binary"
	"net/netip"

	"netlab/ip"
	"netlab/wire"
)

// header is what a summary needs of an IP header. It is read leniently, where ip.Parse is strict:
// a captured packet may be cut short or damaged, and is to be told about all the same.
type header struct {
	src, dst netip.Addr
	protocol ip.Protocol
	ttl      uint8
	id       uint32
	offset   int  // of this fragment, in octets
	more     bool // fragments follow
	detour   bool // dst is the end of a source route, and not what the header has in its field
	len      int  // of the header, with extension headers and authentication headers
	auth     int  // of the authentication headers, which come last
	payload  []byte
	cut      int    // octets of the packet that were not captured
	problem  string // what is wrong with the header; empty if nothing is
}

// parseHeader reads the IP header at the start of b. It reports false if there are not even the fixed 20 octets of an IPv4
// header, or the 40 of an IPv6 header.
func parseHeader(b []byte) (h header, ok bool) {
	ok = h.read(b)
	return h, ok
}

// read is parseHeader into h.
func (h *header) read(b []byte) bool {
	if len(b) > 0 && b[0]>>4 == 6 {
		return h.read6(b)
	}
	if len(b) < 20 || b[0]>>4 != 4 {
		return false
	}
	fragment := binary.BigEndian.Uint16(b[6:])
	*h = header{
		src: netip.AddrFrom4([4]byte(b[12:])), dst: netip.AddrFrom4([4]byte(b[16:])),
		protocol: ip.Protocol(b[9]), ttl: b[8], id: uint32(binary.BigEndian.Uint16(b[4:])),
		offset: int(fragment&0x1fff) * 8, more: fragment&0x2000 != 0,
		len: int(b[0]&15) * 4,
	}
	total := int(binary.BigEndian.Uint16(b[2:]))
	switch {
	case h.len < 20:
		h.problem = "header length below 20"
		h.len = 20
	case h.len > len(b):
		h.problem = "header cut short"
		h.len = len(b)
	case total == 0:
		// A packet that the network card is still to cut up (segmentation offload) may not say how
		// long it is.
		total = len(b)
	case total < h.len:
		h.problem = "total length below header length"
		total = len(b)
	}
	if h.problem == "" && wire.Checksum(b[:h.len]) != 0 {
		h.problem = "wrong header checksum"
	}
	if h.len > 20 && h.problem == "" {
		h.routed(b[20:h.len])
	}
	h.cut = max(0, total-len(b))
	h.payload = b[h.len:max(h.len, min(total, len(b)))]
	h.skipAuth()
	return true
}

// routed makes the destination that of a source route which is not at its end yet: "the last address in the route data" (RFC 791, Section 3.1 has the option;
// RFC 9293, Section 3.1 and RFC 768 have the checksum over the final destination). Until then the header's own is the next router.
func (h *header) routed(options []byte) {
	for len(options) > 0 {
		o, rest, err := ip.NextOption(options)
		if err != nil {
			return
		}
		// Kind, length and pointer, which counts from 1, and the addresses.
		if end := 3 + (len(o.Octets)-3)/4*4; (o.Kind == ip.OptionLooseRoute || o.Kind == ip.OptionStrictRoute) && end > 3 && int(o.Octets[2]) <= end {
			h.dst, h.detour = netip.AddrFrom4([4]byte(o.Octets[end-4:])), true
			return
		}
		options = rest
	}
}

// read6 is read for IPv6.
func (h *header) read6(b []byte) bool {
	six, n, err := ip.Peek6(b)
	if n == 0 {
		return false
	}
	*h = header{
		src: six.Src, dst: six.Dst, protocol: six.Protocol, ttl: six.TTL, id: six.ID, offset: six.FragmentOffset, more: six.MoreFragments,
		len: n, cut: max(0, six.TotalLength-len(b)),
	}
	end := min(six.TotalLength, len(b))
	switch {
	case err == ip.ErrExtension:
		h.problem = "too many extension headers"
	case err != nil:
		h.problem = "extension header cut short"
	case six.TotalLength < n && six.TotalLength > fixedHeader6:
		h.problem = "payload length below that of the extension headers"
		end = n
	case six.TotalLength == fixedHeader6 && six.Protocol != ip.NoNextHeader:
		end = len(b) // a packet that the network card is still to cut up
	}
	h.payload = b[n:max(n, end)]
	h.skipAuth()
	return true
}

const fixedHeader6 = 40 // octets

// sumState says what a transport checksum is worth.
type sumState uint8

const (
	sumRight   sumState = iota
	sumWrong            // does not fit the octets
	sumPartial          // holds the pseudo-header's sum only: the network card is to do the rest
	sumAbsent           // UDP over IPv4 may go without
	sumUnknown          // not all octets are there
)

// checkTransport checks the checksum of a TCP segment or UDP datagram, which lies at octet at of b.
func checkTransport(src, dst netip.Addr, protocol ip.Protocol, b []byte, at int) sumState {
	if len(b) < at+2 {
		return sumUnknown
	}
	field := binary.BigEndian.Uint16(b[at:])
	pseudo := wire.PseudoSum(src, dst, uint8(protocol), len(b))
	switch {
	case field == 0 && protocol == ip.UDP:
		return sumAbsent
	case wire.Sum(pseudo, b) == 0xffff:
		return sumRight
	case field == pseudo:
		return sumPartial
	}
	return sumWrong
}
