package capture

import (
	"encoding/binary"

	"netlab/ether"
)

// The headers between an IP packet and the one that it carries. Each function returns at which octet of b that begins; ok is false if there is none.

// behindGRE is about GRE (RFC 2784 and RFC 2890), and its version 1 with PPP (RFC 2637).
func behindGRE(b []byte) (at int, ok bool) {
	if len(b) < 4 {
		return 0, false
	}
	const checksum, routing, key, sequence, acknowledgment = 0x8000, 0x4000, 0x2000, 0x1000, 0x0080
	flags, next := binary.BigEndian.Uint16(b), ether.Type(binary.BigEndian.Uint16(b[2:]))
	present := []uint16{checksum, key, sequence}
	if flags&7 == 1 {
		present = []uint16{key, sequence, acknowledgment}
	}
	at = 4
	for _, bit := range present {
		if flags&bit != 0 {
			at += 4
		}
	}
	switch {
	case flags&7 == 1 && next == typePPP:
		return behindPPP(b, at)
	case flags&(7|routing) != 0:
		return 0, false
	case isIP(next):
		return at, true
	case next == typeBridged:
		return behindFrame(b, at)
	case next == typeERSPAN && at == 4: // version I: without a number and a header
		return behindFrame(b, at)
	case next == typeERSPAN: // version II, with a header
		return behindFrame(b, at+8)
	}
	return 0, false
}

// What GRE and Geneve may carry besides IP, by EtherType.
const (
	typeBridged ether.Type = 0x6558 // a frame of Ethernet
	typePPP     ether.Type = 0x880b
	typeERSPAN  ether.Type = 0x88be // draft-foschiano-erspan
)

// behindPPP is about PPP in the framing of HDLC, of which the first two octets and the first of the protocol may be left out (RFC 1661, Section 6.5 and 6.6).
func behindPPP(b []byte, at int) (int, bool) {
	if len(b) >= at+2 && b[at] == 0xff && b[at+1] == 3 {
		at += 2
	}
	if len(b) < at+2 {
		return 0, false
	}
	protocol, n := binary.BigEndian.Uint16(b[at:]), 2
	if b[at]&1 != 0 {
		protocol, n = uint16(b[at]), 1
	}
	return at + n, protocol == 0x0021 || protocol == 0x0057 // IPv4 (RFC 1332), IPv6 (RFC 5072)
}

// behindFrame is about a frame of Ethernet at octet at of b.
func behindFrame(b []byte, at int) (int, bool) {
	if at > len(b) {
		return 0, false
	}
	next, n, ok := ether.Payload(b[at:])
	return at + n, ok && isIP(next)
}

// behindDatagram is about the tunnels over UDP. h is of a packet with a whole UDP header, from whose first octet on is counted.
func (h *header) behindDatagram() (at int, ok bool) {
	b := h.payload
	if len(b) <= 8 || usesNames(h) {
		return 0, false
	}
	src, dst := binary.BigEndian.Uint16(b), binary.BigEndian.Uint16(b[2:])
	switch {
	case dst == portVXLAN || dst == portVXLANLinux:
		at, ok = behindVXLAN(b[8:])
	case dst == portGeneve:
		at, ok = behindGeneve(b[8:])
	case dst == portGTP:
		at, ok = behindGTP(b[8:])
	case dst == portTeredo || src == portTeredo:
		at, ok = behindTeredo(b[8:])
	}
	return 8 + at, ok
}

// behindVXLAN is about VXLAN: "the I flag MUST be set to 1 for a valid VXLAN Network ID (VNI)" (RFC 7348, Section 5).
func behindVXLAN(b []byte) (int, bool) {
	if b[0]&0x08 == 0 {
		return 0, false
	}
	return behindFrame(b, 8)
}

// behindGeneve is about Geneve (RFC 8926, Section 3.4): "Opt Len (6 bits): The length of the option fields, expressed in 4-byte multiples".
func behindGeneve(b []byte) (int, bool) {
	if len(b) < 8 || b[0]>>6 != 0 {
		return 0, false
	}
	at, next := 8+4*int(b[0]&0x3f), ether.Type(binary.BigEndian.Uint16(b[2:]))
	if next == typeBridged {
		return behindFrame(b, at)
	}
	return at, isIP(next)
}

// behindGTP is about the packets of users in GTP, version 1 (3GPP TS 29.281, Section 5.1): if one of the flags E, S and PN is set, four octets more are there,
// the last of which is the type of an extension header, and each extension header ends in that of the next one.
func behindGTP(b []byte) (int, bool) {
	const version, packet = 0x30, 255
	if len(b) < 12 || b[0]&0xf0 != version || b[1] != packet {
		return 0, false
	}
	at := 8
	if b[0]&7 == 0 {
		return at, true
	}
	at += 4
	for b[0]&4 != 0 && b[at-1] != 0 {
		if at >= len(b) || b[at] == 0 || at+4*int(b[at]) > len(b) {
			return 0, false
		}
		at += 4 * int(b[at])
	}
	return at, true
}

// behindTeredo is about IPv6 in UDP (RFC 4380): before the packet there may be an authentication header, and an origin indication.
func behindTeredo(b []byte) (at int, ok bool) {
	const authentication, origin = 1, 0
	if len(b) >= 4 && binary.BigEndian.Uint16(b) == authentication {
		at = 13 + int(b[2]) + int(b[3])
	}
	if len(b) >= at+8 && binary.BigEndian.Uint16(b[at:]) == origin {
		at += 8
	}
	return at, at < len(b) && b[at]>>4 == 6
}
