package quic

import "netlab/wire"

// Type says what a packet is for.
type Type int

// The types of packets.
const (
	Initial            Type = iota // carries the first messages of the TLS handshake
	ZeroRTT                        // data of a client that was here before
	Handshake                      // the rest of the handshake
	Retry                          // wants the client to show that it is where it says
	VersionNegotiation             // says which versions there are
	OneRTT                         // all else, with the short header
	Unknown                        // of a version that is not known here
)

func (t Type) String() string {
	return [...]string{"Initial", "0-RTT", "Handshake", "Retry", "Version Negotiation", "1-RTT", "packet of an unknown version"}[t]
}

// typeOf reads the type from the first octet of a long header. Version 2 has other numbers, so that nobody takes those of version 1 for granted (RFC 9369, Section 3.2).
func typeOf(first byte, v Version) Type {
	number := int(first>>4) & 3
	switch {
	case v == Negotiation:
		return VersionNegotiation
	case !v.known():
		return Unknown
	case v == Version2:
		number = (number + 3) & 3
	}
	return [...]Type{Initial, ZeroRTT, Handshake, Retry}[number]
}

const (
	long       = 0x80 // the bit of the first octet that says which header it is
	fixed      = 0x40 // and the one that is always set
	mostID     = 20   // octets of a connection ID, in the versions that are known
	tagLen     = 16   // of the AEAD and of the integrity of a Retry
	leastShort = 21   // octets of a packet with a short header: less protects nothing (RFC 9001, Section 5.4.2)
)

// packet is a packet with a long header. Offsets count from its first octet.
type packet struct {
	kind       Type
	version    Version
	dcid, scid []byte
	token      []byte // of an Initial
	number     int    // where the packet number begins, which is protected; 0: it has none
	end        int    // where the packet ends
}

// parse reads the packet with a long header at the start of b; false: it is none, or cut short.
func parse(b []byte) (packet, bool) {
	c := wire.NewCursor(b)
	first := c.Uint8()
	p := packet{version: Version(c.Uint32())}
	p.kind = typeOf(first, p.version)
	p.dcid = c.Bytes(int(c.Uint8()))
	p.scid = c.Bytes(int(c.Uint8()))
	p.end = len(b)
	if c.Err() != nil || first&long == 0 {
		return p, false
	}
	switch p.kind {
	case VersionNegotiation, Unknown:
		return p, true
	case Retry:
		return p, c.Len() >= tagLen
	case Initial:
		p.token = c.Bytes(int(min(varint(c), 1<<16)))
	}
	n := varint(c)
	p.number = c.Offset()
	if c.Err() != nil || n > uint64(c.Len()) {
		return p, false
	}
	p.end = p.number + int(n)
	return p, true
}

// varint reads an integer whose first two bits say how long it is.
//
// The QUIC variable-length integer encoding reserves the two most significant bits of the first byte to encode the base-2 logarithm of the integer
// encoding length in bytes. RFC 9000, Section 16
func varint(c *wire.Cursor) uint64 {
	first := c.Uint8()
	v := uint64(first & 0x3f)
	for range 1<<(first>>6) - 1 {
		v = v<<8 | uint64(c.Uint8())
	}
	return v
}

// Begins reports whether b, the data of a datagram, begins with a packet that has a long header of a version that is known, or a negotiation of versions.
func Begins(b []byte) bool {
	if len(b) < 7 || b[0]&long == 0 || int(b[5]) > mostID {
		return false
	}
	p, ok := parse(b)
	if len(p.scid) > mostID {
		return false
	}
	switch p.kind {
	case VersionNegotiation:
		versions, known := b[min(len(b), 7+len(p.dcid)+len(p.scid)):], false
		for v := versions; len(v) >= 4; v = v[4:] {
			one := versionAt(v)
			known = known || one.known() || one.reserved()
		}
		return ok && known && len(versions)%4 == 0
	case Unknown:
		return ok && p.version.reserved() && len(b) >= 1200 // a client that wants to hear which versions there are
	}
	return ok || b[0]&fixed != 0 // which some leave out so that nobody takes it for granted (RFC 9287, Section 3)
}

// BeginsShort reports whether b, the data of a datagram from or to Port, may be a packet with a short header. Only who knows the connection can tell.
func BeginsShort(b []byte) bool { return len(b) >= leastShort && b[0]&(long|fixed) == fixed }

func versionAt(b []byte) Version {
	return Version(wire.NewCursor(b).Uint32())
}
