package sim

import (
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"slices"
	"strings"
)

// Check reads a lab file as Parse does, and finds every mistake, in the order of the file. Without a mistake it also
// returns warnings: what can be run, and probably is not what was meant.
func Check(name string, b []byte) (t *Topology, mistakes, warnings []*ParseError) {
	p, mistakes := parseLab(name, b)
	if len(mistakes) > 0 {
		byPlace(mistakes)
		return nil, mistakes, nil
	}
	c := checker{labParser: p}
	for i := range p.Hosts {
		c.routes(i)
		c.reach(i)
	}
	for i := range p.Apps {
		c.app(i)
	}
	byPlace(c.warnings)
	return p.Topology, nil, c.warnings
}

// checker looks for what is probably not meant.
type checker struct {
	*labParser
	warnings []*ParseError
}

func (c *checker) warn(at value, format string, args ...any) {
	c.warnings = append(c.warnings, at.doc.mistake(at.token(), format, args...))
}

// routes warns of routes through somebody who does not hand packets on.
func (c *checker) routes(host int) {
	h := c.Hosts[host]
	for _, r := range h.Routes {
		next, ok := c.Host(c.owner(r.Via))
		switch {
		case !ok && !c.anyLearns():
			c.warn(c.hostAt[host].key, "%s's route to %s leads nowhere: nobody has the address %s", h.Name, r.To, r.Via)
		case ok && next.Role != Router && next.Role != Outside:
			c.warn(c.hostAt[host].key, "%s's route to %s leads nowhere: %s is no router", h.Name, r.To, next.Name)
		}
	}
}

// anyLearns reports whether some host gets its address while the lab runs.
func (c *checker) anyLearns() bool {
	for _, h := range c.Hosts {
		if h.learns() {
			return true
		}
	}
	return false
}

// reach warns if a host cannot reach another.
func (c *checker) reach(host int) {
	from := c.Hosts[host]
	if !from.isHost() {
		return
	}
	var first string
	more := 0
	for i, to := range c.Hosts {
		if i == host || !to.isHost() || len(to.allAddrs()) == 0 {
			continue
		}
		why := ""
		for _, addr := range to.allAddrs() {
			if why = c.unreachable(from, addr); why == "" {
				break // one of its addresses is enough
			}
		}
		switch {
		case why == "" || c.hidden(from, to):
		case first == "":
			first = fmt.Sprintf("%s cannot reach %s: %s", from.Name, to.Name, why)
		default:
			more++
		}
	}
	if more > 0 {
		first += fmt.Sprintf(" (nor can it reach %d others)", more)
	}
	if first != "" {
		c.warn(c.hostAt[host].key, "%s", first)
	}
}

// hidden reports whether a host is behind a router that translates addresses: it can reach the other, and is not to be
// reached from there.
func (c *checker) hidden(from, to HostSpec) bool {
	if !slices.ContainsFunc(c.Hosts, func(h HostSpec) bool { return h.NAT != nil }) {
		return false
	}
	return slices.ContainsFunc(from.allAddrs(), func(a netip.Addr) bool { return c.unreachable(to, a) == "" })
}

// app warns if an application asks where nobody answers.
func (c *checker) app(i int) {
	a := c.Apps[i]
	kind, _ := findApp(a.Do)
	for _, arg := range kind.args {
		text := a.Args[arg.name]
		if arg.kind != hostArg && arg.kind != addressArg && arg.kind != urlArg || text == "" {
			continue
		}
		host, port := target(arg.kind, text)
		addr, known := c.targetAddr(host)
		if !known {
			continue // a name that is asked for when the lab runs
		}
		at := c.argAt(i, arg.name)
		owner := c.owner(addr)
		from, _ := c.Host(a.Host)
		switch h, _ := c.Host(owner); {
		case owner == "" && c.unreachable(from, addr) != "":
			c.warn(at, "nobody in the lab has the address %s", addr)
		case owner == "" || h.Role == Outside || port == "":
		case h.NAT != nil: // it may be a forwarded port, and to show that others lead nowhere is what a lab may be for
		case !c.listens(owner, protocolOf(a.Do), port):
			c.warn(at, "nothing listens on %s port %s of %s", strings.ToUpper(protocolOf(a.Do)), port, owner)
		}
	}
}

// target takes the host and port out of an argument; the port is empty where there is none.
func target(kind argKind, text string) (host, port string) {
	switch kind {
	case addressArg:
		host, port, _ = net.SplitHostPort(text)
	case urlArg:
		u, err := url.Parse(text)
		if err != nil {
			return "", ""
		}
		if host, port = u.Hostname(), u.Port(); port == "" {
			port = map[string]string{"http": "80", "https": "443"}[u.Scheme]
		}
	default:
		host = text
	}
	return host, port
}

// targetAddr returns the address that a host's name stands for, or that a text is.
func (c *checker) targetAddr(host string) (netip.Addr, bool) {
	if a, err := netip.ParseAddr(host); err == nil {
		return a, true
	}
	h, ok := c.Host(host)
	if !ok || len(h.Addrs()) == 0 {
		return netip.Addr{}, false
	}
	return h.Addrs()[0], true
}

// protocolOf returns the transport protocol of an application.
func protocolOf(do string) string {
	if strings.HasPrefix(do, "udp-") {
		return "udp"
	}
	return "tcp"
}

// listens reports whether an application of a host takes what comes to a port.
func (c *checker) listens(host, protocol, port string) bool {
	for _, a := range c.Apps {
		kind, _ := findApp(a.Do)
		arg, ok := kind.arg("port")
		if a.Host != host || !kind.server {
			continue
		}
		if a.Do == "dns-server" && port == "53" {
			return true
		}
		at := a.Args["port"]
		if at == "" {
			at = arg.value
		}
		if ok && at == port && protocolOf(a.Do) == protocol {
			return true
		}
	}
	return false
}

// argAt returns where an argument of an application is.
func (c *checker) argAt(app int, name string) value {
	for _, e := range c.appAt[app].entries("an application") {
		if e.name == name {
			return e.value
		}
	}
	return c.appAt[app]
}
