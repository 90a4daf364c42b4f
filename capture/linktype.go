package capture

import "strconv"

// LinkType says with which header the packets of a capture begin. The numbers are those of
// https://www.tcpdump.org/linktypes.html.
type LinkType int

// The link types that Dissect knows.
const (
	Null     LinkType = 0   // BSD loopback: a protocol family in the byte order of the capturing machine
	Ether    LinkType = 1   // Ethernet
	RawIP    LinkType = 101 // no link header: an IP packet. What netlab makes itself
	Loop     LinkType = 108 // OpenBSD loopback: a protocol family in network byte order
	LinuxSLL LinkType = 113 // Linux "cooked" capture, of the interface "any"
	IPv4     LinkType = 228 // an IPv4 packet
	IPv6     LinkType = 229 // an IPv6 packet
	SLL2     LinkType = 276 // Linux "cooked" capture, version 2
)

// String returns the name in words: "Ethernet"; "link type 105" for those that Dissect does not know.
func (t LinkType) String() string {
	switch t {
	case Null, Loop:
		return "loopback"
	case Ether:
		return "Ethernet"
	case RawIP:
		return "raw IP"
	case LinuxSLL, SLL2:
		return "Linux cooked"
	case IPv4:
		return "raw IPv4"
	case IPv6:
		return "raw IPv6"
	}
	return "link type " + strconv.Itoa(int(t))
}
