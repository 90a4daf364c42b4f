package sim

import (
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"netlab/ip"
)

// NATSpec says that a router translates addresses, and how.
type NATSpec struct {
	Outside            string // the link to the network that sees only the router's address
	Mapping, Filtering ip.Dependence
	Forwards           []ForwardSpec
}

// ForwardSpec is a port of the router's outside address that leads to a host inside.
type ForwardSpec struct {
	Protocol ip.Protocol
	Port     uint16
	To       string // host and port: "h1:80"
}

// natReading is a NAT while it is read.
type natReading struct {
	NATSpec
	p *labParser
}

// forwardReading is a forwarded port while it is read.
type forwardReading struct {
	ForwardSpec
	p *labParser
}

func natKeys() []key[natReading] {
	kinds := dependences()
	return []key[natReading]{
		{"outside", "the link to the network that sees only the router's own address", required, textSchema(), func(n *natReading, e entry) { n.Outside = e.text() }},
		{"mapping", "whether a host's port looks the same to all outside; endpoint-independent", optional, oneOfSchema(kinds...), func(n *natReading, e entry) {
			n.Mapping = ip.Dependence(e.oneOf(kinds))
		}},
		{"filtering", "whose packets are let in to a port that is in use; endpoint-independent", optional, oneOfSchema(kinds...), func(n *natReading, e entry) {
			n.Filtering = ip.Dependence(e.oneOf(kinds))
		}},
		{"forward", "ports that lead to hosts inside, a list", optional, listSchema(objectSchema(forwardKeys())), func(n *natReading, e entry) {
			for _, v := range e.items("forward") {
				f := forwardReading{p: n.p, ForwardSpec: ForwardSpec{Protocol: ip.TCP}}
				readKeys(v, v, "a forwarded port", forwardKeys(), &f)
				n.Forwards = append(n.Forwards, f.ForwardSpec)
			}
		}},
	}
}

func forwardKeys() []key[forwardReading] {
	return []key[forwardReading]{
		{"protocol", "tcp or udp; tcp", optional, oneOfSchema("tcp", "udp"), func(f *forwardReading, e entry) {
			f.Protocol = []ip.Protocol{ip.TCP, ip.UDP}[e.oneOf([]string{"tcp", "udp"})]
		}},
		{"port", "of the router", required, wholeSchema(1, 65535), func(f *forwardReading, e entry) { f.Port = uint16(e.number(1, 65535)) }},
		{"to", "host and port inside, as in h1:80", required, patternSchema(`^.+:[0-9]+$`), func(f *forwardReading, e entry) {
			f.To = e.text()
			host, port, ok := strings.Cut(f.To, ":")
			if !ok {
				e.fail("%q is not a host and a port, such as h1:80", f.To)
			}
			if err := checkPort(port); err != nil {
				e.fail("%v", err)
			}
			f.p.later = append(f.p.later, func() { f.p.knownHost(e.value, host) })
		}},
	}
}

// dependences are the names of ip's kinds of dependence, in their order.
func dependences() []string {
	return []string{ip.EndpointIndependent.String(), ip.AddressDependent.String(), ip.AddressAndPortDependent.String()}
}

// nat reads how a router translates.
func (p *labParser) nat(e entry) *NATSpec {
	n := natReading{p: p}
	readKeys(e.value, e.value, "nat", natKeys(), &n)
	return &n.NATSpec
}

// checkNAT sees to it that the link outside is one of the router's.
func (p *labParser) checkNAT(h HostSpec, at value) {
	if h.NAT == nil {
		return
	}
	if h.Role != Router {
		at.fail("only a router translates addresses")
	}
	var names []string
	for _, i := range h.Interfaces {
		names = append(names, i.Link)
	}
	if !slices.Contains(names, h.NAT.Outside) {
		at.fail("%s is not at an end of a link %q%s", h.Name, h.NAT.Outside, suggest(h.NAT.Outside, names))
	}
}

// hides reports whether a router hides what is behind it from whoever comes to this address of its own.
func (h HostSpec) hides(own netip.Addr) bool {
	return h.NAT != nil && slices.ContainsFunc(h.Interfaces, func(i InterfaceSpec) bool {
		return i.Link == h.NAT.Outside && slices.ContainsFunc(i.Addrs, func(a netip.Prefix) bool { return a.Addr() == own })
	})
}

// translate makes a router translate.
func (n *Network) translate(h HostSpec) error {
	cfg := ip.NATConfig{Mapping: h.NAT.Mapping, Filtering: h.NAT.Filtering}
	for _, f := range h.NAT.Forwards {
		name, port, _ := strings.Cut(f.To, ":")
		to, err := n.topology.addr4(name)
		if err != nil {
			return err
		}
		number, _ := strconv.ParseUint(port, 10, 16)
		cfg.Forwards = append(cfg.Forwards, ip.PortForward{Protocol: f.Protocol, Port: f.Port, To: netip.AddrPortFrom(to, uint16(number))})
	}
	return n.Host(h.Name).SetNAT(h.NAT.Outside, cfg)
}

// addr4 returns the first IPv4 address of a host.
func (t *Topology) addr4(name string) (netip.Addr, error) {
	h, _ := t.Host(name)
	for _, i := range h.Interfaces {
		for _, a := range i.Addrs {
			if a.Addr().Is4() {
				return a.Addr(), nil
			}
		}
	}
	return netip.Addr{}, fmt.Errorf("sim: %s has no IPv4 address to forward a port to", name)
}
