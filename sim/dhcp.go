package sim

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"netlab/dhcp"
	"netlab/service"
	"netlab/stack"
)

// parsePool reads "10.0.1.100-10.0.1.199".
func parsePool(text string) (first, last netip.Addr, err error) {
	from, to, ok := strings.Cut(text, "-")
	first, err = netip.ParseAddr(strings.TrimSpace(from))
	if err == nil {
		last, err = netip.ParseAddr(strings.TrimSpace(to))
	}
	if !ok || err != nil || !first.Is4() || !last.Is4() {
		return first, last, fmt.Errorf("%q is no pool of addresses such as 10.0.1.100-10.0.1.199", text)
	}
	return first, last, nil
}

func (t *Topology) checkLink(text string) error {
	if text == "first" {
		return nil
	}
	names := []string{"first"}
	for _, l := range t.Links {
		if names = append(names, l.Name()); l.Name() == text {
			return nil
		}
	}
	return fmt.Errorf("there is no link %q%s", text, suggest(text, names))
}

// interfaceOf returns the interface that an application with a `link` is about.
func (t *Topology) interfaceOf(a AppSpec) (InterfaceSpec, error) {
	h, _ := t.Host(a.Host)
	link := a.Args["link"]
	for _, i := range h.Interfaces {
		if link == "" || link == "first" || i.Link == link {
			return i, nil
		}
	}
	return InterfaceSpec{}, fmt.Errorf("host %s is at no end of link %s", a.Host, link)
}

// checkPool returns which argument of a DHCP server is wrong, and why.
func (t *Topology) checkPool(a AppSpec) (arg string, err error) {
	if _, err := t.interfaceOf(a); err != nil {
		return "link", err
	}
	c, err := t.dhcpConfig(a)
	if err == nil {
		_, err = dhcp.NewServer(c, nil)
	}
	return "pool", err
}

// dhcpConfig returns what a DHCP server of the lab gives to whom: itself as the router if it is one, the lab's name server if there is one.
func (t *Topology) dhcpConfig(a AppSpec) (c dhcp.ServerConfig, err error) {
	i, err := t.interfaceOf(a)
	if err != nil {
		return c, err
	}
	for _, p := range i.Addrs {
		if p.Addr().Is4() {
			c.Address = p
		}
	}
	if c.First, c.Last, err = parsePool(a.Args["pool"]); err != nil {
		return c, err
	}
	args := arguments{"lease": "10m"}
	if text := a.Args["lease"]; text != "" {
		args["lease"] = text
	}
	c.Lease, c.Check = args.duration("lease"), a.Args["check"] == "yes"
	if c.Lease == 0 {
		return c, fmt.Errorf("a lease of 0s ends before it begins")
	}
	if h, _ := t.Host(a.Host); h.Role == Router {
		c.Routers = []netip.Addr{c.Address.Addr()}
	}
	if slices.ContainsFunc(t.Apps, func(other AppSpec) bool { return other.Do == "dns-server" }) {
		if server, domain, ok := t.NameServer(""); ok {
			c.DNS, c.Domain = []netip.Addr{server}, domain
		}
	}
	return c, nil
}

// dhcpRunner returns how a DHCP client or server runs.
func (n *Network) dhcpRunner(spec AppSpec) func(h *stack.Host, a arguments) (string, error) {
	t := n.topology
	number := slices.IndexFunc(t.Hosts, func(h HostSpec) bool { return h.Name == spec.Host }) + 1
	return func(h *stack.Host, a arguments) (string, error) {
		i, err := t.interfaceOf(spec)
		if err != nil {
			return "", err
		}
		if spec.Do == "dhcp-server" {
			c, err := t.dhcpConfig(spec)
			if err != nil {
				return "", err
			}
			return "", service.ServeDHCP(h, i.Link, c)
		}
		// A link without Ethernet has no hardware addresses: one that nobody else has, administered locally, stands for it.
		hardware := dhcp.HardwareAddr{2, 0, 0, 0, byte(number >> 8), byte(number)}
		client := service.DHCPClient{Interface: i.Link, ClientConfig: dhcp.ClientConfig{Hardware: hardware, HostName: spec.Host, AtOnce: true}}
		if mac, err := h.HardwareAddr(i.Link); err == nil {
			client.Hardware = dhcp.HardwareAddr(mac)
			client.Taken = func(a netip.Prefix) bool { return errors.Is(h.CheckAddress(i.Link, a), stack.ErrAddressInUse) }
		}
		return "", client.Run(context.Background(), h)
	}
}
