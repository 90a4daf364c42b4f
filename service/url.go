package service

import (
	"fmt"
	"net"
	"net/url"
	"strconv"
	"strings"
)

// URL is where to fetch from: an http or https URL taken apart.
type URL struct {
	Secure bool   // https: over TLS
	Host   string // name or address: "10.77.0.2", "fd77::2"
	Port   uint16
	Target string // path and query as the request line has them: "/bytes/100?x"
}

// Address returns host and port for Dial.
func (u URL) Address() string { return net.JoinHostPort(u.Host, strconv.Itoa(int(u.Port))) }

// Authority returns host and port for the Host field, the port only if it is not that of the scheme: 80, or 443 for https (RFC 9110, Sections 4.2.1 and 4.2.2).
func (u URL) Authority() string {
	if u.Port == defaultPort(u.Secure) {
		return strings.TrimSuffix(u.Address(), ":"+strconv.Itoa(int(u.Port)))
	}
	return u.Address()
}

func defaultPort(secure bool) uint16 {
	if secure {
		return 443
	}
	return 80
}

// ParseURL reads "http://host:port/path?query". Without a scheme it is http. An IPv6 address stands in brackets.
func ParseURL(s string) (URL, error) {
	full := s
	if !strings.Contains(s, "://") {
		full = "http://" + s
	}
	u, err := url.Parse(full)
	if err != nil {
		return URL{}, fmt.Errorf("service: URL %q cannot be read: write it as http://10.77.0.2/path", s)
	}
	scheme := strings.ToLower(u.Scheme)
	switch {
	case scheme != "http" && scheme != "https":
		return URL{}, fmt.Errorf("service: URL %q has the scheme %s: use http:// or https://", s, scheme)
	case u.Hostname() == "":
		return URL{}, fmt.Errorf("service: URL %q has no host: write it as http://10.77.0.2/path", s)
	case u.User != nil:
		return URL{}, fmt.Errorf("service: URL %q has a user name in it, which is not sent: leave it out", s)
	}
	port := uint64(defaultPort(scheme == "https"))
	if u.Port() != "" {
		if port, err = strconv.ParseUint(u.Port(), 10, 16); err != nil || port == 0 {
			return URL{}, fmt.Errorf("service: URL %q has the port %s: a port is a number from 1 to 65535", s, u.Port())
		}
	}
	return URL{scheme == "https", u.Hostname(), uint16(port), u.RequestURI()}, nil
}
