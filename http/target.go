package http

import (
	"net/netip"
	"strings"

	"netlab/wire"
)

// checkTarget holds the request target against the four forms of RFC 9112, Section 3.2.
//
// Characters that a URI may not have but browsers send unencoded, such as | and {, are let through.
func checkTarget(method, target string) *Error {
	switch {
	case method == MethodConnect:
		return checkAuthorityForm(target)
	case target == "*":
		// The asterisk-form of request-target is only used for a server-wide OPTIONS request. RFC 9112, Section 3.2.4
		if method != MethodOptions {
			return bad("the target * is for OPTIONS alone", wire.RFC("9112", "3.2.4"))
		}
	case strings.IndexByte(target, '#') >= 0:
		return bad("the request target has a fragment, which is not for the server", wire.RFC("9112", "3.2"))
	case target[0] != '/':
		return checkAbsoluteForm(target)
	}
	return nil
}

// checkAuthorityForm: "host:port", for CONNECT alone.
//
// A server MUST reject a CONNECT request that targets an empty or invalid port number, typically by responding with a 400 (Bad Request) status code. RFC 9110, Section 9.3.6
func checkAuthorityForm(target string) *Error {
	host, port, ok := cutPort(target)
	if !ok || host == "" || !isHost(host) || !isPort(port) || port == "" {
		return bad("the target of CONNECT is not a host and a port", wire.RFC("9112", "3.2.3"))
	}
	return nil
}

// checkAbsoluteForm: "http://host/path".
func checkAbsoluteForm(target string) *Error {
	scheme, authority, _ := splitTarget(target)
	if scheme == "" {
		return bad("the request target is neither a path nor a URI", wire.RFC("9112", "3.2"))
	}
	// A recipient SHOULD parse for userinfo and treat its presence as an error; it is likely being used to obscure the authority for the sake of phishing attacks.
	// RFC 9110, Section 4.2.4, shortened
	if authority == "" || !isAuthority(authority) {
		return bad("the URI of the request target has no host, or one that is none", wire.RFC("9110", "4.2.1"))
	}
	return nil
}

// checkHost: A server MUST respond with a 400 (Bad Request) status code to any HTTP/1.1 request message that lacks a Host header field and to any request message that
// contains more than one Host header field line or a Host header field with an invalid field value. RFC 9112, Section 3.2
func checkHost(h *Head) *Error {
	found, value := 0, ""
	for i := range h.Header {
		if strings.EqualFold(h.Header[i].Name, "Host") {
			found++
			value = h.Header[i].Value
		}
	}
	switch {
	case found > 1:
		return bad("the request has more than one Host field", wire.RFC("9112", "3.2"))
	case found == 0 && h.Version.AtLeast11():
		return bad("the request has no Host field", wire.RFC("9112", "3.2"))
	case !isAuthority(value):
		return bad("the Host field is not a host and a port", wire.RFC("9112", "3.2"))
	}
	return nil
}

// splitTarget splits "http://host:80/path?query" into scheme, authority and the rest; a target in another form is all rest.
func splitTarget(target string) (scheme, authority, rest string) {
	if target == "" || target[0] == '/' {
		return "", "", target
	}
	scheme, authority, ok := strings.Cut(target, "://")
	if !ok || !isScheme(scheme) {
		return "", "", target
	}
	if i := strings.IndexAny(authority, "/?"); i >= 0 {
		authority, rest = authority[:i], authority[i:]
	}
	if !strings.HasPrefix(rest, "/") {
		rest = "/" + rest
	}
	return scheme, authority, rest
}

// isAuthority reports whether s is uri-host [ ":" port ] (RFC 9110, Section 7.2). The host may be empty.
func isAuthority(s string) bool {
	host, port, _ := cutPort(s)
	return isHost(host) && isPort(port)
}

// cutPort cuts "host:port" at the colon that is not part of an IPv6 address.
func cutPort(s string) (host, port string, ok bool) {
	i := strings.LastIndexByte(s, ':')
	if i < 0 || strings.IndexByte(s[i:], ']') >= 0 {
		return s, "", false
	}
	return s[:i], s[i+1:], true
}

func isPort(s string) bool {
	n := 0
	for i := range len(s) {
		if !isDigit(s[i]) {
			return false
		}
		if n = 10*n + int(s[i]-'0'); n > 65535 {
			return false
		}
	}
	return true
}

// isHost reports whether s is a name or address as a URI has it (RFC 3986, Section 3.2.2). A comma, which the grammar would allow in a name, is
// what a recipient that joins two Host fields makes, and is refused.
func isHost(s string) bool {
	if literal, ok := strings.CutPrefix(s, "["); ok {
		literal, ok = strings.CutSuffix(literal, "]")
		address, err := netip.ParseAddr(literal)
		return ok && err == nil && address.Is6() && address.Zone() == ""
	}
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', isDigit(c), strings.IndexByte("-._~!$&'()*+;=", c) >= 0:
		case c == '%' && i+2 < len(s) && isHex(s[i+1]) && isHex(s[i+2]):
			i += 2
		default:
			return false
		}
	}
	return true
}

func isScheme(s string) bool {
	for i := range len(s) {
		c := s[i]
		letter := 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z'
		if !letter && (i == 0 || !isDigit(c) && c != '+' && c != '-' && c != '.') {
			return false
		}
	}
	return s != ""
}
