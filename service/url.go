package service

import (
	"fmt"
	"net"
	"net/url"
	"strconv"
	"strings"
)

// URL is where to fetch from: an http URL taken apart.
type URL struct {
	Host   string // name or address: "10.77.0.2", "fd77::2"
	Port   uint16
	Target string // path and query as the request line has them: "/bytes/100?x"
}

// Address returns host and port for Dial.
func (u URL) Address() string { return net.JoinHostPort(u.Host, strconv.Itoa(int(u.Port))) }

// Authority returns host and port for the Host field, the port only if it is not 80 (RFC 9110, Section 4.2.1).
func (u URL) Authority() string {
	if u.Port == 80 {
		return strings.TrimSuffix(u.Address(), ":80")
	}
	return u.Address()
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
	switch scheme := strings.ToLower(u.Scheme); {
	case scheme == "https":
		return URL{}, fmt.Errorf("service: URL %q needs TLS, which netlab does not speak yet (it comes with TLS): use http://", s)
	case scheme != "http":
		return URL{}, fmt.Errorf("service: URL %q has the scheme %s: use http://", s, scheme)
	case u.Hostname() == "":
		return URL{}, fmt.Errorf("service: URL %q has no host: write it as http://10.77.0.2/path", s)
	case u.User != nil:
		return URL{}, fmt.Errorf("service: URL %q has a user name in it, which is not sent: leave it out", s)
	}
	port := uint64(80)
	if u.Port() != "" {
		if port, err = strconv.ParseUint(u.Port(), 10, 16); err != nil || port == 0 {
			return URL{}, fmt.Errorf("service: URL %q has the port %s: a port is a number from 1 to 65535", s, u.Port())
		}
	}
	return URL{u.Hostname(), uint16(port), u.RequestURI()}, nil
}
