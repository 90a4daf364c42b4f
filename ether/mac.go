package ether

import (
	"encoding/hex"
	"fmt"
	"net/netip"
	"strings"
)

// MAC is the hardware address of a station, or of many: 48 bits (IEEE 802.3, Section 3.2.3). The zero MAC is nobody's.
type MAC [6]byte

// Broadcast returns the address of every station on the link.
func Broadcast() MAC { return MAC{0xff, 0xff, 0xff, 0xff, 0xff, 0xff} }

// ParseMAC reads an address such as 02:00:00:00:00:0a.
func ParseMAC(s string) (MAC, error) {
	var m MAC
	if b, err := hex.DecodeString(strings.ReplaceAll(s, ":", "")); err == nil && len(b) == len(m) {
		m = MAC(b)
	}
	if !strings.EqualFold(m.String(), s) {
		return MAC{}, fmt.Errorf("ether: %q is no hardware address: write it as 02:00:00:00:00:0a", s)
	}
	return m, nil
}

// String returns the address as six octets in hex: 02:00:00:00:00:0a.
func (m MAC) String() string {
	return fmt.Sprintf("%02x:%02x:%02x:%02x:%02x:%02x", m[0], m[1], m[2], m[3], m[4], m[5])
}

// ToMany reports whether the address is one of many stations: of a group, or of all. The first bit on the wire says so,
// which is the lowest of the first octet (IEEE 802.3, Section 3.2.3).
func (m MAC) ToMany() bool { return m[0]&1 != 0 }

// IsZero reports whether the address is nobody's.
func (m MAC) IsZero() bool { return m == MAC{} }

// Group returns the hardware address of an IP multicast group: 01:00:5e and the group's low 23 bits (RFC 1112, Section 6.4),
// or 33:33 and the last four octets of an IPv6 group (RFC 2464).
func Group(group netip.Addr) MAC {
	if group.Is4() {
		b := group.As4()
		return MAC{0x01, 0x00, 0x5e, b[1] & 0x7f, b[2], b[3]}
	}
	b := group.As16()
	return MAC{0x33, 0x33, b[12], b[13], b[14], b[15]}
}
