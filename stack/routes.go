package stack

import (
	"fmt"
	"net/netip"
	"slices"

	"netlab/ip"
)

// Route is a route of a host.
type Route struct {
	Prefix    netip.Prefix
	Via       netip.Addr // the router on the way; invalid if the network is the interface's own
	Interface string
	Metric    uint32 // of several routes to a network those with the smallest are used
}

// Interface is an interface of a host.
type Interface struct {
	Name  string
	Addrs []netip.Prefix // each with the network it is on
	MTU   int
}

// AddRoute adds a route to a network through a router that one of the interfaces reaches directly. Packets to a network with
// several routes share them.
func (h *Host) AddRoute(prefix netip.Prefix, via netip.Addr) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	direct, ok := h.node.Route(via)
	if !ok || direct.Via.IsValid() {
		return fmt.Errorf("stack: route to %v via %v: the router is on none of the host's networks", prefix, via)
	}
	return h.addRoute(ip.Route{Prefix: prefix, Via: via, Interface: direct.Interface, Metric: ip.MetricStatic})
}

// InstallRoute adds a route as a routing protocol learns it, while the host runs. It replaces the one to the same
// network through the same neighbour.
func (h *Host) InstallRoute(r Route) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	i, err := h.interfaceNamed(r.Interface)
	if err != nil {
		return err
	}
	return h.addRoute(ip.Route{Prefix: r.Prefix, Via: r.Via, Interface: i.index, Metric: r.Metric})
}

// addRoute adds a route. h.mu is held.
func (h *Host) addRoute(r ip.Route) error {
	if !h.node.AddRoute(r) {
		return fmt.Errorf("stack: there are %d routes to %v already", ip.MaxPaths, r.Prefix)
	}
	return nil
}

// RemoveRoute removes the route to a network through a neighbour, and reports whether there was one.
func (h *Host) RemoveRoute(r Route) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	i, err := h.interfaceNamed(r.Interface)
	return err == nil && h.node.RemoveRoute(ip.Route{Prefix: r.Prefix, Via: r.Via, Interface: i.index})
}

// Routes returns the routes in the order of their networks, those to one network with the best first.
func (h *Host) Routes() []Route {
	h.mu.Lock()
	defer h.mu.Unlock()
	var routes []Route
	for r := range h.node.Routes() {
		routes = append(routes, Route{r.Prefix, r.Via, h.ifaces[r.Interface].name, r.Metric})
	}
	return routes
}

// Interfaces returns the interfaces to links, in the order in which they were added.
func (h *Host) Interfaces() []Interface {
	h.mu.Lock()
	defer h.mu.Unlock()
	var all []Interface
	for _, i := range h.ifaces {
		if h.lo != nil && i.index == h.lo.index {
			continue // no neighbour is there
		}
		all = append(all, Interface{i.name, slices.Clone(h.node.Addresses(i.index)), i.mtu})
	}
	return all
}
