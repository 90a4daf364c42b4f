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
