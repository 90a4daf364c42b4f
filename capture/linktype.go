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
	CHDLC    LinkType = 104 // Cisco HDLC, of serial lines

	// Raw IP as some systems number it in files that should hold 101.
	rawBSD     LinkType = 12
	rawOpenBSD LinkType = 14

	// What nobody knows any more, because the description of the interface is damaged.
	lostLink LinkType = 0xffff
)

// The link types that gopacket reads.
const (
	PPP      LinkType = 9
	FDDI     LinkType = 10
	WiFi     LinkType = 105 // IEEE 802.11 frames
	PFLog    LinkType = 117 // OpenBSD's packet filter
	Prism    LinkType = 119 // 802.11 behind a Prism header
	Radiotap LinkType = 127 // 802.11 behind a radiotap header
	USB      LinkType = 220 // Linux usbmon

	PPPSerial LinkType = 50  // PPP in HDLC framing, or Cisco HDLC
	PPPoE     LinkType = 51  // PPP over Ethernet, from its own header on
	PPPD      LinkType = 166 // PPP with the direction in place of the first octet
)

// String returns the name in words: "Ethernet"; "link type 999" for those that nobody knows.
func (t LinkType) String() string {
	switch t {
	case Null, Loop:
		return "loopback"
	case Ether:
		return "Ethernet"
	case RawIP, rawBSD, rawOpenBSD:
		return "raw IP"
	case LinuxSLL, SLL2:
		return "Linux cooked"
	case IPv4:
		return "raw IPv4"
	case IPv6:
		return "raw IPv6"
	case CHDLC:
		return "Cisco HDLC"
	case PPP, PPPSerial, PPPD:
		return "PPP"
	case PPPoE:
		return "PPPoE"
	case FDDI:
		return "FDDI"
	case WiFi:
		return "802.11"
	case PFLog:
		return "PF log"
	case Prism:
		return "802.11 with Prism header"
	case Radiotap:
		return "802.11 with radiotap"
	case USB:
		return "USB"
	case lostLink:
		return "a link type that is lost with its interface's damaged description"
	}
	number := "link type " + strconv.Itoa(int(t))
	if name := t.otherName(); name != "" {
		return name + " (" + number + ")"
	}
	return number
}

// otherName names link types that are met and not read, so that one knows what the file is.
func (t LinkType) otherName() string {
	switch t {
	case 3:
		return "AX.25"
	case 6:
		return "Token Ring"
	case 8:
		return "SLIP"
	case 100, 123:
		return "ATM"
	case 107:
		return "Frame Relay"
	case 122, 224, 225:
		return "Fibre Channel"
	case 138:
		return "IP over FireWire"
	case 140, 141, 142:
		return "SS7"
	case 143:
		return "DOCSIS"
	case 147, 148, 149, 150, 151, 152, 153, 154, 155, 156, 157, 158, 159, 160, 161, 162:
		return "private use: only who made the file knows what it holds"
	case 163:
		return "802.11 with AVS header"
	case 187, 201:
		return "Bluetooth"
	case 189, 249:
		return "USB of another kind"
	case 190, 227:
		return "CAN bus"
	case 192:
		return "per-packet information"
	case 195, 215, 230, 283:
		return "802.15.4"
	case 231:
		return "D-Bus"
	case 239:
		return "Linux netfilter log"
	case 247:
		return "InfiniBand"
	case 251, 256, 272:
		return "Bluetooth Low Energy"
	case 252:
		return "Wireshark's exported PDUs"
	case 253:
		return "Linux netlink"
	case 258:
		return "macOS PKTAP"
	case 271:
		return "Linux vsock"
	}
	return ""
}
