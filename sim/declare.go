package sim

import (
	"net/netip"
	"slices"
	"strings"

	"netlab/link"
)

// maxNumber bounds the numbers of a lab file.
const maxNumber = 1 << 30

// notInNames are the characters that the name of a host cannot have, because names of links and targets of
// applications are made of them.
const notInNames = "-> :/,="

// hostPattern is what the name of a host looks like, as a regular expression.
const hostPattern = "[^" + notInNames + "]+"

// labKeys are the keys of a lab.
func labKeys() []key[labParser] {
	return []key[labParser]{
		{"name", "a short name, without spaces", optional, textSchema(), func(p *labParser, e entry) { p.Name = e.text() }},
		{"title", "one line", optional, textSchema(), func(p *labParser, e entry) { p.Title = e.text() }},
		{"about", "what to see, and what to press", optional, textSchema(), func(p *labParser, e entry) {
			p.About = strings.Join(strings.Fields(e.text()), " ")
		}},
		{"ipv6", "`true`: links have IPv6 too, beside IPv4; `false` if left out", optional, booleanSchema(), func(p *labParser, e entry) { p.six = e.yes() }},
		{"tcp", "how all hosts speak TCP, unless they say otherwise: `{sack: off, congestion: reno}`", optional, objectSchema(tcpKeys()), func(p *labParser, e entry) {
			readKeys(e.key, e.value, "tcp", tcpKeys(), &p.tcp)
		}},
		{"ethernet", "`true`: links carry Ethernet frames, and hosts ask for each other's hardware addresses; `false` if left out. Links at a switch are Ethernet anyway", optional, booleanSchema(), func(p *labParser, e entry) { p.ethernet = e.yes() }},
		{"hosts", "the hosts, routers and switches by name", required, mapSchema("^"+hostPattern+"$", objectSchema(hostKeys())), func(p *labParser, e entry) { p.hosts = e.value }},
		{"links", "the links by name", required, mapSchema("^"+hostPattern+"-"+hostPattern+"$", linkSchema()), func(p *labParser, e entry) { p.links = e.value }},
		{"apps", "what the hosts do, a list", optional, listSchema(appSchema()), func(p *labParser, e entry) { p.apps = e.value }},
		{"events", "what becomes of links in the middle of the run, a list", optional, listSchema(objectSchema(eventKeys())), func(p *labParser, e entry) { p.events = e.value }},
		{"ends", "when the run ends, `90s`. Without it a run ends when nothing more can happen; with routers that speak RIP, which never stop, after 5 minutes", optional, durationSchema(), func(p *labParser, e entry) {
			p.Ends = e.duration()
		}},
	}
}

// hostReading is a host while it is read.
type hostReading struct {
	HostSpec
	p   *labParser
	rip value
	out value // what is said of it as a way out
}

// outside returns what is said of the host as a way out; e says it.
func (h *hostReading) outside(e entry) *OutsideSpec {
	h.out = e.key
	if h.Outside == nil {
		h.Outside = &OutsideSpec{}
	}
	return h.Outside
}

// hostKeys are the keys of a host.
func hostKeys() []key[hostReading] {
	roles := []string{string(Client), string(Server), string(Router), string(Switch), string(Outside)}
	return []key[hostReading]{
		{"role", "`client`, `server`, `router` or `switch`. Only a router forwards packets. A switch joins its links, which are Ethernet then, to one network; it has no address, and nothing runs on it. " +
			"`outside` is not a host: it stands for what is outside the lab", required, oneOfSchema(roles...), func(h *hostReading, e entry) {
			if !slices.Contains(roles, e.text()) {
				e.fail("unknown role %q%s", e.text(), suggest(e.text(), roles))
			}
			h.Role = Role(e.text())
		}},
		{"routes", "a list of routes, each with `to` (a network) and `via` (the address of a neighbour, of the same family): `- {to: 10.0.2.0/24, via: 10.0.12.2}`. " +
			"Without it the host gets a route to every network, over the fewest links. `routes: []` is none", optional, listSchema(objectSchema(routeKeys())), func(h *hostReading, e entry) {
			h.Routes = []RouteSpec{}
			h.p.given = append(h.p.given, h.Name)
			for _, v := range e.items("routes") {
				var r RouteSpec
				readKeys(v, v, "a route", routeKeys(), &r)
				if r.To.IsValid() && r.Via.IsValid() && familyOf(r.To.Addr()) != familyOf(r.Via) {
					v.fail("a route to %s goes through a neighbour of the same family: %s is of the other", r.To, r.Via)
				}
				h.Routes = append(h.Routes, r)
			}
		}},
		{
			"rip", "`true`: a router that finds its routes by RIP (RFC 2453) with its neighbours. Settings instead of `true`: `{update: 5s}`, from one update to the next " +
				"(30s), which all other times follow; `horizon`: `poisoned-reverse`, `split` or `none`; `triggered: false`: changes wait for the next update; `password`",
			optional,
			schema{"anyOf": []schema{booleanSchema(), objectSchema(ripKeys())}},
			func(h *hostReading, e entry) {
				h.RIP, h.rip = e.rip(), e.value
			},
		},
		{"spread", "where several routes lead to a network, equally good: `flow`, all packets of a flow take the same; `packet`, they take turns", optional, oneOfSchema("flow", "packet"), func(h *hostReading, e entry) {
			h.PerPacket = e.oneOf([]string{"flow", "packet"}) == 1
		}},
		{"networks", "with role `outside`: the networks that are reached through it, a list", optional, listSchema(patternSchema("/[0-9]+$")), func(h *hostReading, e entry) {
			for _, v := range e.items("networks") {
				h.outside(e).Networks = append(h.outside(e).Networks, v.network())
			}
		}},
		{"tunnel", "with role `outside`: another netlab is there, behind a [tunnel](tunnel.md): `{listen: \"127.0.0.1:7001\", peer: \"127.0.0.1:7002\"}`", optional, objectSchema(tunnelKeys()), func(h *hostReading, e entry) {
			h.outside(e).Tunnel = e.tunnel()
		}},
		{"tap", "with role `outside`: the name of a TAP device: this machine's kernel is there", optional, patternSchema("^[^/ ]{1,15}$"), func(h *hostReading, e entry) {
			h.outside(e).TAP = e.text()
		}},
		{"silent", "`true`: it sends no ICMP errors, as some firewalls do: who needs them finds a black hole", optional, booleanSchema(), func(h *hostReading, e entry) { h.Silent = e.yes() }},
		{
			"nat", "a router that translates addresses (NAT): `{outside: r1-r2}` names the link to the network that sees only the router's own address; `mapping` and `filtering`: " +
				"`endpoint-independent`, `address-dependent` or `address-and-port-dependent` (RFC 4787); `forward`: ports that lead to hosts inside, `[{port: 8080, to: \"h1:80\"}]`, of " +
				"`protocol: tcp` or `udp`. Hosts outside get no routes to networks inside", optional,
			objectSchema(natKeys()), func(h *hostReading, e entry) { h.NAT = h.p.nat(e) },
		},
		{"receive-buffer", "of its TCP connections, in octets", optional, wholeSchema(1, maxNumber), func(h *hostReading, e entry) { h.ReceiveBuffer = e.number(1, maxNumber) }},
		{"tcp", "how it speaks TCP, where that differs from what the lab says of all hosts: `{timestamps: on}`", optional, objectSchema(tcpKeys()), func(h *hostReading, e entry) {
			readKeys(e.key, e.value, "tcp", tcpKeys(), &h.TCP)
		}},
		{"ip", "how its network layer differs from what is usual: `{path-mtu: off}`", optional, objectSchema(ipKeys()), func(h *hostReading, e entry) {
			readKeys(e.key, e.value, "ip", ipKeys(), &h.IP)
		}},
		{"dns", "the name server that the host asks for every name: a host of the lab, or an address. Names without a dot are looked for in the server's zone. " +
			"Without it the host knows the names of all hosts", optional, textSchema(), func(h *hostReading, e entry) {
			h.DNS = e.text()
			h.p.servers = append(h.p.servers, e.value)
		}},
	}
}

// routeKeys are the keys of a route.
func routeKeys() []key[RouteSpec] {
	return []key[RouteSpec]{
		{"to", "a network, as in 10.0.2.0/24", required, patternSchema("/[0-9]+$"), func(r *RouteSpec, e entry) {
			r.To = e.network()
		}},
		{"via", "the address of a neighbour", required, textSchema(), func(r *RouteSpec, e entry) {
			addr, err := netip.ParseAddr(e.text())
			if err != nil {
				e.fail("%q is not an address", e.text())
			}
			r.Via = addr
		}},
	}
}

// linkReading is a link while it is read.
type linkReading struct {
	LinkSpec
	p     *labParser
	addrs linkAddrs
	six   value    // where the link says whether it has IPv6
	ways  [2]value // what is said of one direction alone: from A to B, from B to A
}

// linkKeys are the keys of a link, beside those of its directions.
func linkKeys() []key[linkReading] {
	keys := []key[linkReading]{
		{
			"addresses", "of its ends, with the length of the network's prefix: `{h1: 10.0.1.10/24, r1: 10.0.1.1/24}`, or of both families: " +
				"`{h1: [10.0.1.10/24, \"fd00:0:0:1::10/64\"]}`. `none`: the end has no address until a `dhcp-client` gets one. Without it the third link, say, is 10.0.3.0/24, its ends .1 and .2. " +
				"Links that a switch joins are one network", optional,
			mapSchema("^"+hostPattern+"$", oneOrMoreSchema(patternSchema("/[0-9]+$|^none$"))), func(l *linkReading, e entry) {
				l.p.addresses(l.LinkSpec, e.value, &l.addrs)
			},
		},
		{"ipv6", "`true`: the link has IPv6 too, as it has if it has an IPv6 address; `false`: it has none although the lab says `ipv6: true`. " +
			"The third link, say, is fd00:0:0:3::/64, its ends ::1 and ::2", optional, booleanSchema(), func(l *linkReading, e entry) {
			l.addrs.six, l.six = e.yes(), e.value
		}},
		{"ethernet", "`true`: the link carries Ethernet frames; `false`: it does not although the lab says `ethernet: true`", optional, booleanSchema(), func(l *linkReading, e entry) { l.Ethernet = e.yes() }},
		{"mtu", "the largest packet, in octets; 1500. With IPv6 at least 1280", optional, wholeSchema(minMTU, 65535), func(l *linkReading, e entry) { l.MTU = e.number(minMTU, 65535) }},
	}
	return append(keys, faultKeys(func(l *linkReading) *link.Faults { return &l.Up })...)
}

// directionKeys are the keys of a link for each of its directions.
func directionKeys(a, b string) []key[linkReading] {
	faults := objectSchema(faultKeys(func(f *link.Faults) *link.Faults { return f }))
	return []key[linkReading]{
		{a + ">" + b, "faults of this direction alone, on top of those of both: `" + a + ">" + b + ": {loss: 20%}`", optional, faults, func(l *linkReading, e entry) { l.ways[0] = e.value }},
		{b + ">" + a, "faults of the other direction", optional, faults, func(l *linkReading, e entry) { l.ways[1] = e.value }},
	}
}

// faultKeys are the keys for what is wrong with a link. faults returns where they go.
func faultKeys[T any](faults func(*T) *link.Faults) []key[T] {
	read := func(t *T, e entry) {
		changed, err := faults(t).Apply(e.name + "=" + e.text())
		if err != nil {
			e.fail("%s", strings.TrimPrefix(err.Error(), "link: "))
		}
		*faults(t) = changed
	}
	return []key[T]{
		{"delay", "how long a packet travels: `20ms`", optional, durationSchema(), read},
		{"down", "`true`: it carries nothing, as if the cable were cut", optional, booleanSchema(), read},
		{"jitter", "the delay varies by up to this, either way", optional, durationSchema(), read},
		{"loss", "how many packets are lost: `10%`", optional, percentSchema(), read},
		{"reorder", "how many are held back, so that later ones overtake them", optional, percentSchema(), read},
		{"dup", "how many arrive twice", optional, percentSchema(), read},
		{"corrupt", "how many have a bit flipped", optional, percentSchema(), read},
		{"rate", "bits per second: `300bit`, `64kbit`, `10mbit`, `1gbit`", optional, rateSchema(), read},
		{"queue", "how many packets may wait for the rate; 1000", optional, wholeSchema(1, 1_000_000), read},
	}
}

// appReading is an application while it is read.
type appReading struct {
	AppSpec
	p  *labParser
	do value
}

// appKeys are the keys that every application has. What else it has depends on what it does: appKinds.
func appKeys() []key[appReading] {
	return []key[appReading]{
		{"host", "the host that does it", required, textSchema(), func(a *appReading, e entry) {
			a.p.knownRunner(e.value, e.text())
			if a.p.isOutside(e.text()) {
				e.fail("%s is outside the lab: nothing runs on it here", e.text())
			}
			a.Host = e.text()
		}},
		{"do", "what it does", required, oneOfSchema(appNames()...), func(a *appReading, e entry) {
			if _, ok := findApp(e.text()); !ok {
				e.fail("unknown application %q%s", e.text(), suggest(e.text(), appNames()))
			}
			a.Do, a.do = e.text(), e.value
		}},
		{"at", "when it starts, counted from the start of the run; 0s", optional, durationSchema(), func(a *appReading, e entry) { a.At = e.duration() }},
	}
}
