package tls

import (
	"net/netip"
	"strings"

	"netlab/wire"
)

// serverName reads the name of the server that a client wants.
//
// "Currently, the only server names supported are DNS hostnames" RFC 6066, Section 3. The structure of other types is
// not known, so they cannot be skipped either.
func (r *reader) serverName() string {
	name := ""
	r.each(r.vector16("server_name_list", 1), func(r *reader) {
		if t := r.uint8("name_type"); t != 0 {
			r.fail(undecodable("server_name: a name of an unknown type"))
		}
		if name != "" {
			// "The ServerNameList MUST NOT contain more than one name of the same name_type."
			r.fail(badName("server_name: more than one name"))
		}
		name = string(r.vector16("host_name", 1))
	})
	if r.err == nil && !isHostName(name) {
		r.fail(badName("server_name: not a host name"))
	}
	return name
}

func badName(say string) *Error { return &Error{AlertIllegalParameter, say, wire.RFC("6066", "3")} }

// isHostName tells whether s may stand in server_name.
//
// "The hostname is represented as a byte string using ASCII encoding without a trailing dot. […] Literal IPv4 and IPv6 addresses are not
// permitted in "HostName"." RFC 6066, Section 3
func isHostName(s string) bool {
	for _, c := range []byte(s) {
		if c <= ' ' || c > '~' {
			return false
		}
	}
	_, err := netip.ParseAddr(s)
	return s != "" && err != nil && !strings.HasSuffix(s, ".")
}

func (w *writer) serverName(name string) {
	w.vector(2, func() {
		w.uint8(0)
		w.vector16([]byte(name))
	})
}

// ServerName returns the name of the server that a client wants, from its ClientHello with the message's header, of which b holds at least the beginning.
// Empty: it names none, or not in b. What follows in the message is not looked at.
func ServerName(b []byte) string {
	c := wire.NewCursor(b)
	if HandshakeType(c.Uint8()) != TypeClientHello {
		return ""
	}
	c.Bytes(3 + 2 + 32)      // length, legacy version, random
	c.Bytes(int(c.Uint8()))  // legacy session ID
	c.Bytes(int(c.Uint16())) // cipher suites
	c.Bytes(int(c.Uint8()))  // compression methods
	c.Uint16()               // length of the extensions
	for c.Err() == nil {
		t, length := ExtensionType(c.Uint16()), int(c.Uint16())
		extension := c.Bytes(length)
		if t != ExtServerName || c.Err() != nil {
			continue
		}
		names := wire.NewCursor(extension)
		names.Bytes(2) // their length
		if kind, name := names.Uint8(), names.Bytes(int(names.Uint16())); kind == 0 && isHostName(string(name)) {
			return string(name)
		}
		return ""
	}
	return ""
}
