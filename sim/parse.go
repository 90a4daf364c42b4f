package sim

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"time"

	"netlab/link"
	"netlab/tcp"
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
// routes. name is for error messages. The error is a *ParseError for the first mistake, which shows the line with a caret;
// Check finds the others too.
func Parse(name string, b []byte) (*Topology, error) {
	p, mistakes := parseLab(name, b)
	if len(mistakes) > 0 {
		return nil, mistakes[0]
	}
	return p.Topology, nil
}

func parseLab(name string, b []byte) (*labParser, []*ParseError) {
	p := &labParser{Topology: &Topology{Source: string(b)}, tcp: labTCP(), addrs: map[netip.Addr]string{}}
	mistakes := readDocument(name, b, p.parse)
	return p, mistakes
}

// labParser is a topology while it is read.
type labParser struct {
	*Topology
	hosts, links, apps value // the parts of the file
	events             value
	hostAt, linkAt     []entry               // where each host and link is
	appAt              []value               // where each application is
	addrs              map[netip.Addr]string // which host has an address
	given              []string              // hosts whose routes the file gives
	pairs              []linkAddrs           // for each link
	tcp                tcp.Config            // of hosts that do not say otherwise
	six                bool                  // links have IPv6 too, unless they say otherwise
	ethernet           bool                  // links are Ethernet, unless they say otherwise
	servers            []value               // the name servers of hosts
	later              []func()              // checks that wait until all hosts are known
}

// parse reads the parts of the file in an order of its own, whatever the file's is: links name hosts, and
// applications name both.
func (p *labParser) parse(root value) {
	readKeys(root, root, "a lab", labKeys(), p)
	doc := root.doc
	doc.attempt(func() { each(p.hosts, "hosts", p.host) })
	for _, v := range p.servers {
		doc.attempt(func() {
			if err := p.checkTarget(v.text()); err != nil {
				v.fail("%v", err)
			}
		})
	}
	for _, check := range p.later {
		doc.attempt(check)
	}
	doc.attempt(func() { each(p.links, "links", p.link) })
	if len(doc.mistakes) == 0 {
		doc.attempt(p.joinSegments)
	}
	if len(doc.mistakes) == 0 { // or what follows from the mistakes would be told as more of them
		p.completeAddresses(p.links)
		p.completeRoutes()
		for i, e := range p.hostAt {
			doc.attempt(func() {
				if len(p.Hosts[i].Interfaces) == 0 {
					e.key.fail("host %s is at the end of no link", e.name)
				}
				if p.Hosts[i].Role == Outside && len(p.Hosts[i].Interfaces) > 1 {
					e.key.fail("%s stands for what is outside, at the end of one link: give each link one of its own", e.name)
				}
				p.checkRoutes(i, e)
				p.checkNAT(p.Hosts[i], e.key)
			})
		}
	}
	doc.attempt(func() { eachItem(p.apps, "apps", p.app) })
	doc.attempt(func() { eachItem(p.events, "events", p.event) })
	if p.Ends == 0 && slices.ContainsFunc(p.Hosts, func(h HostSpec) bool { return h.RIP != nil }) {
		p.Ends = defaultEnds // routers that speak RIP never stop
	}
}

// each reads the elements of a mapping whose keys are names that the file chooses, one after the other.
func each(v value, what string, read func(e entry)) {
	if v.node == nil {
		return
	}
	for _, e := range v.entries(what) {
		v.doc.attempt(func() { read(e) })
	}
}

// eachItem reads the elements of a list, one after the other.
func eachItem(v value, what string, read func(v value)) {
	if v.node == nil {
		return
	}
	for _, item := range v.items(what) {
		v.doc.attempt(func() { read(item) })
	}
}

func (p *labParser) host(e entry) {
	if strings.ContainsAny(e.name, notInNames) || e.name == "" {
		e.key.fail("%q is not a name for a host: use letters and digits", e.name)
	}
	// A host with a mistake in it is there all the same: who names it is right.
	i := len(p.Hosts)
	p.Hosts, p.hostAt = append(p.Hosts, HostSpec{Name: e.name}), append(p.hostAt, e)
	h := hostReading{p: p, HostSpec: HostSpec{Name: e.name, TCP: p.tcp}}
	readKeys(e.key, e.value, "host "+e.name, hostKeys(), &h)
	p.Hosts[i] = h.HostSpec
	if at := e.key; h.Role == Outside || h.Outside != nil {
		if h.out.node != nil {
			at = h.out
		}
		p.checkOutside(h.HostSpec, at)
	}
	if h.Role == Switch && (h.Routes != nil || h.DNS != "" || h.ReceiveBuffer > 0) {
		e.key.fail("%s is a switch: it has no address, and so neither routes nor names nor connections", e.name)
	}
	if h.RIP != nil && h.Role != Router && h.Role != "" {
		h.rip.fail("only a router speaks RIP")
	}
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
	must, mtu := p.needsFrames(a, b), DefaultMTU
	if !must && (p.isOutside(a) || p.isOutside(b)) {
		mtu = link.DefaultTunnelMTU
	}
	l := linkReading{p: p, LinkSpec: LinkSpec{A: a, B: b, MTU: mtu, Ethernet: p.ethernet || must}, addrs: linkAddrs{six: p.six}}
	readKeys(e.key, e.value, "link "+e.name, append(linkKeys(), directionKeys(a, b)...), &l)
	switch {
	case must && !l.Ethernet:
		e.key.fail("%s ends at a switch or a TAP device, whose links are Ethernet: leave out ethernet: false", l.Name())
	case l.six.node != nil && !l.six.yes() && l.addrs.network(ipv6).IsValid():
		l.six.fail("%s has IPv6 addresses: leave out ipv6: false, or the addresses", l.Name())
	case l.addrs.six && l.MTU < minMTU6:
		e.key.fail("%s has IPv6, which every link must carry in packets of %d octets (RFC 8200, Section 5): mtu is %d", l.Name(), minMTU6, l.MTU)
	}
	// What is said of one direction comes on top of what is said of both.
	l.Down = l.Up
	for i, faults := range []*link.Faults{&l.Up, &l.Down} {
		if way := l.ways[i]; way.node != nil {
			readKeys(way, way, "a direction", faultKeys(func(f *link.Faults) *link.Faults { return f }), faults)
		}
	}
	p.Links, p.linkAt, p.pairs = append(p.Links, l.LinkSpec), append(p.linkAt, e), append(p.pairs, l.addrs)
}

func (p *labParser) app(v value) {
	r := appReading{p: p, AppSpec: AppSpec{Args: map[string]string{}}}
	var common, args []entry
	for _, e := range v.entries("an application") {
		if slices.Contains(keyNames(appKeys()), e.name) {
			common = append(common, e)
		} else {
			args = append(args, e)
		}
	}
	readEntries(v, common, "an application", appKeys(), &r)
	if kind, ok := findApp(r.Do); ok {
		r.arguments(kind, args)
	}
	p.Apps, p.appAt = append(p.Apps, r.AppSpec), append(p.appAt, v)
}

// arguments reads the arguments of an application, those that no other kind of application has.
func (r *appReading) arguments(kind appKind, args []entry) {
	for _, e := range args {
		e.doc.attempt(func() {
			r.Args[e.name] = e.text()
			if err := kind.check(r.p.Topology, e.name, e.text()); err != nil {
				at := e.value
				if _, known := kind.arg(e.name); !known {
					at = e.key
				}
				at.fail("%v", err)
			}
		})
	}
	for _, arg := range kind.args {
		if arg.value == "" && r.Args[arg.name] == "" {
			r.do.fail("%s needs %s: %s", r.Do, arg.name, arg.doc)
		}
	}
	if len(r.do.doc.mistakes) > 0 {
		return
	}
	if name, err := r.p.checkTogether(r.AppSpec); err != nil {
		at := r.do
		for _, e := range args {
			if e.name == name {
				at = e.value
			}
		}
		at.fail("%v", err)
	}
}

// knownRunner sees to it that a host can have applications.
func (p *labParser) knownRunner(at value, name string) {
	if err := p.checkRunner(name); err != nil {
		at.fail("%v", err)
	}
}

// checkRunner returns an error unless there is a host with the given name that applications can run on.
func (t *Topology) checkRunner(name string) error {
	if err := t.checkHost(name); err != nil {
		return err
	}
	if t.isSwitch(name) {
		return fmt.Errorf("%s is a switch: it has no address, and nothing runs on it", name)
	}
	return nil
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
