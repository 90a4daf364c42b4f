package sim

import (
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/goccy/go-yaml/ast"

	"netlab/link"
)

// DefaultMTU is the largest packet that a link carries, unless the file says otherwise: that of Ethernet.
const DefaultMTU = 1500

// minMTU is what every link must carry: "every internet module must be able to forward a datagram of 68
// octets without further fragmentation" (RFC 791, Section 3.2).
const minMTU = 68

// minMTU6 is the same of IPv6: "IPv6 requires that every link in the Internet have an MTU of 1280 octets or greater."
// (RFC 8200, Section 5)
const minMTU6 = 1280

// defaultEnds is when a lab ends whose routers would go on for ever, if it does not say.
const defaultEnds = 5 * time.Minute

// Parse reads a lab file (YAML; docs/topology.md). It completes what the file leaves out: addresses and
// routes. name is for error messages. Errors are *ParseError, which show the line with a caret.
func Parse(name string, b []byte) (*Topology, error) {
	p := &labParser{Topology: &Topology{Source: string(b)}, addrs: map[netip.Addr]string{}}
	if err := reading(func() { p.parse(readDocument(name, b)) }); err != nil {
		return nil, err
	}
	return p.Topology, nil
}

// labParser is a topology while it is read.
type labParser struct {
	*Topology
	addrs map[netip.Addr]string // which host has an address
	given []string              // hosts whose routes the file gives
	pairs []linkAddrs           // for each link
	six   bool                  // links have IPv6 too, unless they say otherwise

	servers []value // the name servers of hosts
}

func (p *labParser) parse(root value) {
	var hosts, links, apps, events value
	for _, e := range root.entries("a lab") {
		switch e.name {
		case "name":
			p.Name = e.text()
		case "title":
			p.Title = e.text()
		case "about":
			p.About = strings.Join(strings.Fields(e.text()), " ")
		case "ipv6":
			p.six = e.yes()
		case "hosts":
			hosts = e.value
		case "links":
			links = e.value
		case "apps":
			apps = e.value
		case "events":
			events = e.value
		case "ends":
			p.Ends = e.duration()
		default:
			e.unknown("name", "title", "about", "ipv6", "hosts", "links", "apps", "events", "ends")
		}
	}
	// Links name hosts, and applications name both: so this order, whatever the file's is.
	if hosts.node == nil {
		root.fail("a lab needs hosts")
	}
	if links.node == nil {
		root.fail("a lab needs links")
	}
	entries := hosts.entries("hosts")
	for _, e := range entries {
		p.host(e)
	}
	for _, v := range p.servers {
		if err := p.checkTarget(v.text()); err != nil {
			v.fail("%v", err)
		}
	}
	for _, e := range links.entries("links") {
		p.link(e)
	}
	p.completeAddresses(links)
	p.completeRoutes()
	for i, e := range entries {
		if len(p.Hosts[i].Interfaces) == 0 {
			e.key.fail("host %s is at the end of no link", e.name)
		}
		p.checkRoutes(i, e)
	}
	if apps.node != nil {
		for _, v := range apps.items("apps") {
			p.app(v)
		}
	}
	if events.node != nil {
		for _, v := range events.items("events") {
			p.event(v)
		}
	}
	if p.Ends == 0 && slices.ContainsFunc(p.Hosts, func(h HostSpec) bool { return h.RIP != nil }) {
		p.Ends = defaultEnds // routers that speak RIP never stop
	}
}

func (p *labParser) host(e entry) {
	if strings.ContainsAny(e.name, "-> :/,=") || e.name == "" {
		e.key.fail("%q is not a name for a host: use letters and digits", e.name)
	}
	h := HostSpec{Name: e.name}
	var rip value
	for _, e := range e.entries("a host") {
		switch e.name {
		case "role":
			h.Role = Role(e.text())
			if h.Role != Client && h.Role != Server && h.Role != Router {
				e.fail("unknown role %q%s", h.Role, suggest(e.text(), []string{"client", "server", "router"}))
			}
		case "routes":
			h.Routes = []RouteSpec{}
			for _, v := range e.items("routes") {
				h.Routes = append(h.Routes, route(v))
			}
			p.given = append(p.given, h.Name)
		case "receive-buffer":
			h.ReceiveBuffer = e.number(1, 1<<30)
		case "dns":
			h.DNS = e.text()
			p.servers = append(p.servers, e.value)
		case "rip":
			h.RIP = e.rip()
			rip = e.value
		case "spread":
			h.PerPacket = e.oneOf([]string{"flow", "packet"}) == 1
		default:
			e.unknown("role", "routes", "receive-buffer", "dns", "rip", "spread")
		}
	}
	if h.RIP != nil && h.Role != Router {
		rip.fail("only a router speaks RIP")
	}
	if h.Role == "" {
		e.key.fail("host %s needs a role: client, server or router", h.Name)
	}
	p.Hosts = append(p.Hosts, h)
}

func route(v value) RouteSpec {
	var r RouteSpec
	for _, e := range v.entries("a route") {
		switch e.name {
		case "to":
			prefix, err := netip.ParsePrefix(e.text())
			if err != nil || prefix != prefix.Masked() {
				e.fail("%q is not a network: write it as 10.0.2.0/24 or fd00:0:0:2::/64", e.text())
			}
			r.To = prefix
		case "via":
			addr, err := netip.ParseAddr(e.text())
			if err != nil {
				e.fail("%q is not an address", e.text())
			}
			r.Via = addr
		default:
			e.unknown("to", "via")
		}
	}
	if !r.To.IsValid() || !r.Via.IsValid() {
		v.fail("a route needs both: to: 10.0.2.0/24 and via: the address of a neighbour")
	}
	if familyOf(r.To.Addr()) != familyOf(r.Via) {
		v.fail("a route to %s goes through a neighbour of the same family: %s is of the other", r.To, r.Via)
	}
	return r
}

func (p *labParser) link(e entry) {
	a, b, ok := strings.Cut(e.name, "-")
	if !ok {
		e.key.fail("%q is not a link: name it after its two ends, as in h1-r1", e.name)
	}
	for _, name := range []string{a, b} {
		p.knownHost(e.key, name)
	}
	if a == b {
		e.key.fail("a link from %s to itself", a)
	}
	for _, l := range p.Links {
		if l.A == b && l.B == a || l.A == a && l.B == b {
			e.key.fail("%s and %s are linked already: one link between two hosts", a, b)
		}
	}
	l := LinkSpec{A: a, B: b, MTU: DefaultMTU}
	addrs := linkAddrs{six: p.six}
	var six value // where the link says that it has IPv6
	var ways [2]value
	for _, e := range e.entries("a link") {
		switch e.name {
		case "mtu":
			l.MTU = e.number(minMTU, 65535)
		case "addresses":
			p.addresses(l, e.value, &addrs)
		case "ipv6":
			addrs.six, six = e.yes(), e.value
		case a + ">" + b:
			ways[0] = e.value
		case b + ">" + a:
			ways[1] = e.value
		default:
			e.fault(&l.Up, "mtu", "addresses", "ipv6", a+">"+b, b+">"+a)
		}
	}
	switch {
	case six.node != nil && !six.yes() && addrs.network(ipv6).IsValid():
		six.fail("%s has IPv6 addresses: leave out ipv6: false, or the addresses", l.Name())
	case addrs.six && l.MTU < minMTU6:
		e.key.fail("%s has IPv6, which every link must carry in packets of %d octets (RFC 8200, Section 5): mtu is %d", l.Name(), minMTU6, l.MTU)
	}
	// What is said of one direction comes on top of what is said of both.
	l.Down = l.Up
	for i, faults := range []*link.Faults{&l.Up, &l.Down} {
		if ways[i].node != nil {
			for _, e := range ways[i].entries("a direction") {
				e.fault(faults)
			}
		}
	}
	p.Links = append(p.Links, l)
	p.pairs = append(p.pairs, addrs)
}

// fault reads an entry such as "loss: 10%". others are the keys which may stand beside faults.
func (e entry) fault(f *link.Faults, others ...string) {
	known := []string{"delay", "down", "loss", "rate", "queue", "jitter", "reorder", "dup", "corrupt"}
	for _, k := range known {
		if e.name != k {
			continue
		}
		changed, err := f.Apply(k + "=" + e.text())
		if err != nil {
			e.fail("%s", strings.TrimPrefix(err.Error(), "link: "))
		}
		*f = changed
		return
	}
	e.unknown(append(known, others...)...)
}

func (p *labParser) app(v value) {
	var a AppSpec
	var args []entry
	var do value
	for _, e := range v.entries("an application") {
		switch e.name {
		case "host":
			a.Host = e.text()
			p.knownHost(e.value, a.Host)
		case "at":
			a.At = e.duration()
		case "do":
			a.Do, do = e.text(), e.value
		default:
			args = append(args, e)
		}
	}
	if a.Host == "" || do.node == nil {
		v.fail("an application needs a host and something to do, as in {host: h1, do: ping, to: h2}")
	}
	kind, ok := findApp(a.Do)
	if !ok {
		do.fail("unknown application %q%s", a.Do, suggest(a.Do, appNames()))
	}
	a.Args = map[string]string{}
	for _, e := range args {
		if err := kind.check(p.Topology, e.name, e.text()); err != nil {
			at := e.value
			if _, known := kind.arg(e.name); !known {
				at = e.key
			}
			at.fail("%v", err)
		}
		a.Args[e.name] = e.text()
	}
	for _, arg := range kind.args {
		if arg.value == "" && a.Args[arg.name] == "" {
			do.fail("%s needs %s: %s", a.Do, arg.name, arg.doc)
		}
	}
	if name, err := p.checkTogether(a); err != nil {
		at := do
		for _, e := range args {
			if e.name == name {
				at = e.value
			}
		}
		at.fail("%v", err)
	}
	p.Apps = append(p.Apps, a)
}

func (p *labParser) knownHost(at value, name string) {
	if err := p.checkHost(name); err != nil {
		at.fail("%v", err)
	}
}

// checkHost returns an error unless there is a host with the given name.
func (t *Topology) checkHost(name string) error {
	names := make([]string, len(t.Hosts))
	for i, h := range t.Hosts {
		if names[i] = h.Name; h.Name == name {
			return nil
		}
	}
	return fmt.Errorf("there is no host %q%s", name, suggest(name, names))
}

// number reads a whole number from least to most.
func (v value) number(least, most int) int {
	n, err := strconv.Atoi(v.text())
	if err != nil || n < least || n > most {
		v.fail("%q is not a whole number from %d to %d", v.text(), least, most)
	}
	return n
}

// duration reads a time since the start.
func (v value) duration() time.Duration {
	d, err := parseDuration(v.text())
	if err != nil {
		v.fail("%v", err)
	}
	return d
}

func parseDuration(s string) (time.Duration, error) {
	d, err := time.ParseDuration(s)
	if err != nil || d < 0 || d > 24*time.Hour {
		return 0, fmt.Errorf("%q is not a time from 0s to 24h, such as 200ms", s)
	}
	return d, nil
}

// boolean reads true or false.
func (v value) boolean() bool { return v.oneOf([]string{"true", "false"}) == 0 }

// oneOf reads one of the given words and returns which.
func (v value) oneOf(words []string) int {
	i := slices.Index(words, v.text())
	if i < 0 {
		v.fail("%q is not known here%s", v.text(), suggest(v.text(), words))
	}
	return i
}

// isScalar reports whether v is a single value.
func (v value) isScalar() bool {
	_, ok := v.node.(ast.ScalarNode)
	return ok
}
