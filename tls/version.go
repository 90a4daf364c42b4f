package tls

import "fmt"

// Version is a version of the protocol as it is on the wire (RFC 8446, Section 4.2.1).
type Version uint16

// The versions. What each is called has drifted away from its number: TLS 1.0 came after SSL 3.0.
const (
	VersionSSL30 Version = 0x0300
	VersionTLS10 Version = 0x0301
	VersionTLS11 Version = 0x0302
	VersionTLS12 Version = 0x0303
	VersionTLS13 Version = 0x0304
)

func (v Version) String() string {
	switch v {
	case VersionSSL30:
		return "SSL 3.0"
	case VersionTLS10, VersionTLS11, VersionTLS12, VersionTLS13:
		return fmt.Sprintf("TLS 1.%d", v&0xff-1)
	}
	return unknown16(uint16(v))
}

// unknown16 is how a value without a name is written. Some mean nothing on purpose: clients sprinkle them among their offers, so that
// servers do not forget to ignore what they do not know (GREASE, RFC 8701, Section 2).
func unknown16(v uint16) string {
	if isGrease(v) {
		return fmt.Sprintf("GREASE 0x%04x", v)
	}
	return fmt.Sprintf("0x%04x", v)
}

// isGrease reports whether v is one of 0x0a0a, 0x1a1a, … 0xfafa.
func isGrease(v uint16) bool { return v&0x0f0f == 0x0a0a && v>>8 == v&0xff }
