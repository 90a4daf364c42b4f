package sim

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"netlab/dns"
	"netlab/service"
	"netlab/stack"
)

// defaultDomain is the zone of a lab's hosts.
const defaultDomain = "lab"

// resolver is how a host finds names; nil if it asks no name server.
type resolver = *service.Resolver

// newResolver gives the host that was made last its resolver.
func (n *Network) newResolver(h HostSpec) resolver {
	server, domain, ok := n.topology.NameServer(h.Name)
	if h.DNS == "" || !ok {
		return nil
	}
	host := n.hosts[len(n.hosts)-1]
	servers := []netip.AddrPort{netip.AddrPortFrom(server, dns.Port)}
	r := service.NewResolver(host, dns.Config{ExchangeConfig: dns.ExchangeConfig{Servers: servers}}, domain)
	host.SetResolver(r.Addrs)
	return r
}

// NameServer returns the address of the name server that a host asks, and the domain in which it looks for names without a dot: what its `dns` says, or
// else the first server of the lab.
func (t *Topology) NameServer(host string) (server netip.Addr, domain string, ok bool) {
	h, _ := t.Host(host)
	name := h.DNS
	domain = defaultDomain
	for _, a := range t.Apps {
		if a.Do == "dns-server" && (name == "" || name == a.Host) {
			name = a.Host
			if d := a.Args["domain"]; d != "" {
				domain = d
			}
			break
		}
	}
	if addr, err := netip.ParseAddr(name); err == nil {
		return addr, domain, true
	}
	s, _ := t.Host(name)
	if addrs := s.Addrs(); len(addrs) > 0 {
		return addrs[0], domain, true
	}
	return netip.Addr{}, "", false
}

// usesDNS reports whether a host of the lab asks a name server.
func (t *Topology) usesDNS() bool {
	return slices.ContainsFunc(t.Hosts, func(h HostSpec) bool { return h.DNS != "" })
}

func checkDomain(text string) error {
	if !dns.IsName(text) {
		return fmt.Errorf("%q is not a name such as www.lab", text)
	}
	return nil
}

// checkTogether returns which argument is wrong beside the others, and why.
func (t *Topology) checkTogether(a AppSpec) (arg string, err error) {
	switch a.Do {
	case "dns-server":
		_, err := t.zone(a)
		return "zone", err
	case "dhcp-server":
		return t.checkPool(a)
	case "dhcp-client":
		_, err := t.interfaceOf(a)
		return "link", err
	case "dns-lookup":
		if h, _ := t.Host(a.Host); h.DNS == "" {
			return "", fmt.Errorf("host %s asks no name server: give it one under hosts, as in %s: {role: client, dns: h3}", a.Host, a.Host)
		}
	}
	return "", nil
}

// zone returns what a name server of the lab has authority over.
func (t *Topology) zone(a AppSpec) (*dns.Zone, error) {
	domain, text := a.Args["domain"], a.Args["zone"]
	if domain == "" {
		domain = defaultDomain
	}
	if text == "" || text == "hosts" {
		text = t.hostRecords()
	}
	if !strings.Contains(text, "SOA") {
		// Behind the records, so that an error names the line of the file.
		text = fmt.Sprintf("%s\n@ SOA %s hostmaster 1 7200 900 1209600 60\n@ NS %s\n", text, a.Host, a.Host)
	}
	return dns.ParseZone(domain, "zone", text)
}

// hostRecords are the addresses of the lab's hosts as in a master file.
func (t *Topology) hostRecords() string {
	var s strings.Builder
	for _, h := range t.Hosts {
		for _, a := range h.Addrs() {
			kind := "A"
			if a.Is6() {
				kind = "AAAA"
			}
			fmt.Fprintf(&s, "%s %s %s\n", h.Name, kind, a)
		}
	}
	return s.String()
}

// runner returns how an application runs that needs more of the network than its host.
func (n *Network) runner(spec AppSpec) (func(h *stack.Host, a arguments) (string, error), error) {
	if _, err := n.topology.checkTogether(spec); err != nil {
		return nil, fmt.Errorf("sim: %s: %w", spec.Do, err)
	}
	if strings.HasPrefix(spec.Do, "dhcp-") {
		return n.dhcpRunner(spec), nil
	}
	if strings.HasPrefix(spec.Do, "http") || spec.Do == "websocket" {
		return n.webRunner(spec), nil
	}
	if spec.Do == "dns-server" {
		zone, err := n.topology.zone(spec)
		return func(h *stack.Host, _ arguments) (string, error) {
			return "", service.ServeDNS(h, []*dns.Zone{zone}, serverOptions())
		}, err
	}
	i := slices.IndexFunc(n.topology.Hosts, func(h HostSpec) bool { return h.Name == spec.Host })
	names := n.names[i]
	return func(_ *stack.Host, a arguments) (string, error) { return lookUp(names, a["name"], a["type"]) }, nil
}

// lookUp asks for a name. That there is none is an answer, not a failure.
func lookUp(r resolver, name, kind string) (string, error) {
	qtype, err := dns.ParseType(kind)
	if err != nil {
		return "", err
	}
	answer, err := r.LookUp(context.Background(), name, qtype)
	switch {
	case errors.Is(err, dns.ErrNoName):
		return fmt.Sprintf("learned that there is no name %s", name), nil
	case errors.Is(err, dns.ErrNoRecord):
		return fmt.Sprintf("learned that %s has no %s record", name, kind), nil
	case err != nil:
		return "", err
	}
	where := "from the name server"
	if answer.Cached {
		where = "without asking: it remembers"
	}
	return fmt.Sprintf("got %s %s %s: %s", name, kind, where, dns.Words(answer.Records)), nil
}
