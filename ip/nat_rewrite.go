package ip

import (
	"encoding/binary"
	"net/netip"

	"netlab/wire"
)

// rewrite says what becomes of a packet's addresses and ports; what is invalid stays. Of a ping the port is the identifier,
// of an ICMP error there is none.
type rewrite struct {
	src, dst netip.AddrPort
	quoted   *rewrite // of the packet that an ICMP error quotes
}

// apply changes the packet in b. Its checksums are corrected for what changes, not computed anew, so that a checksum that was
// wrong stays wrong (RFC 3022, Section 4.2).
func (w *rewrite) apply(b []byte) {
	n := int(b[0]&15) * 4
	header, payload := b[:n], b[n:]
	protocol := Protocol(b[9])
	w.address(header, payload, protocol, w.src, 12, 0)
	w.address(header, payload, protocol, w.dst, 16, 2)
	if w.quoted != nil {
		w.quoted.apply(payload[icmpHeader:])
		payload[2], payload[3] = 0, 0
		binary.BigEndian.PutUint16(payload[2:], wire.Checksum(payload))
	}
}

// address writes an address and a port, at octet at of the header and octet port of the payload.
func (w *rewrite) address(header, payload []byte, protocol Protocol, end netip.AddrPort, at, port int) {
	if !end.IsValid() {
		return
	}
	sum := checksumAt(protocol)
	addr := end.Addr().As4()
	if protocol != ICMP { // the checksums of TCP and UDP cover the addresses too, in the pseudo-header
		correct(payload, sum, header[at:at+4], addr[:], protocol)
	}
	correct(header, 10, header[at:at+4], addr[:], 0)
	copy(header[at:], addr[:])
	if protocol == ICMP {
		if w.quoted != nil {
			return
		}
		port = 4 // the identifier
	}
	number := []byte{byte(end.Port() >> 8), byte(end.Port())}
	correct(payload, sum, payload[port:port+2], number, protocol)
	copy(payload[port:], number)
}

// checksumAt returns at which octet of a protocol's header the checksum is.
func checksumAt(p Protocol) int {
	switch p {
	case TCP:
		return 16
	case UDP:
		return 6
	}
	return 2
}

// correct corrects the checksum at octet at of b for old octets that become new ones: HC' = ~(~HC + ~m + m') for each
// 16-bit word m (RFC 1624, Section 3, Eqn. 3). A quoted packet may end before its checksum.
func correct(b []byte, at int, old, new []byte, protocol Protocol) {
	if len(b) < at+2 {
		return
	}
	field := binary.BigEndian.Uint16(b[at:])
	if protocol == UDP && field == 0 {
		return // there was none
	}
	sum := ^field
	for i := 0; i < len(old); i += 2 {
		sum = wire.Add16(sum, ^binary.BigEndian.Uint16(old[i:]))
		sum = wire.Add16(sum, binary.BigEndian.Uint16(new[i:]))
	}
	if sum = ^sum; sum == 0 && protocol == UDP {
		sum = 0xffff // "it is transmitted as all ones" (RFC 768)
	}
	binary.BigEndian.PutUint16(b[at:], sum)
}
