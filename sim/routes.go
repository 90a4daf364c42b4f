package sim

import (
	"net/netip"
	"slices"
)

// completeRoutes gives each host whose routes the file leaves out, and that does not learn them, a route to every
// network it is not on, of each family: over the fewest links, and among equals over the link that the file names first.
func (p *labParser) completeRoutes() {
	for i := range p.Hosts {
		if slices.Contains(p.given, p.Hosts[i].Name) || p.Hosts[i].Role == Outside || p.Hosts[i].Role == Switch || p.Hosts[i].getsAddress() {
			continue
		}
		for f := range families {
			if f == ipv4 && p.Hosts[i].RIP != nil {
				continue // RIP speaks of IPv4 alone
			}
			p.Hosts[i].Routes = append(p.Hosts[i].Routes, p.shortestRoutes(p.Hosts[i].Name, f)...)
		}
	}
}

// shortestRoutes searches the network breadth first from a host, over the links that carry a family. Only routers are
// searched beyond, and not from outside what they hide.
func (p *labParser) shortestRoutes(from string, f family) (routes []RouteSpec) {
	type place struct {
		host string
		via  netip.Addr // the first hop on the way there; invalid for the host itself
	}
	reached := map[string]bool{from: true}
	known := map[netip.Prefix]bool{}
	for queue := []place{{host: from}}; len(queue) > 0; queue = queue[1:] {
		here := queue[0]
		for i, l := range p.Links {
			end := slices.Index([]string{l.A, l.B}, here.host)
			if end < 0 || !p.pairs[i].has(f) {
				continue
			}
			network := p.networkOf(i, f)
			if here.via.IsValid() && !known[network] {
				routes = append(routes, RouteSpec{To: network, Via: here.via})
			}
			known[network] = true
			for _, other := range p.others(i, here.host, f) {
				next := place{other.host, here.via}
				if !next.via.IsValid() {
					next.via = other.addr
				}
				h, _ := p.Host(next.host)
				if h.Outside != nil && next.via.IsValid() {
					for _, network := range h.Outside.Networks {
						if familyOf(network.Addr()) == f && !known[network] {
							known[network] = true
							routes = append(routes, RouteSpec{To: network, Via: next.via})
						}
					}
				}
				if h.Role == Router && !reached[next.host] && next.via.IsValid() && !h.hides(other.addr) {
					reached[next.host] = true
					queue = append(queue, next)
				}
			}
		}
	}
	return routes
}

// checkRoutes sees to it that the next hop of each route is a neighbour.
func (p *labParser) checkRoutes(host int, e entry) {
	h := p.Hosts[host]
	for i, r := range h.Routes {
		if slices.ContainsFunc(h.Interfaces, func(n InterfaceSpec) bool { return n.reaches(r.Via) }) {
			continue
		}
		for _, key := range e.entries("a host") {
			if key.name == "routes" {
				key.items("routes")[i].fail("%s is not a neighbour of %s: a route goes through one", r.Via, h.Name)
			}
		}
	}
}

// reaches reports whether a is an address of another host on the interface's link.
func (n InterfaceSpec) reaches(a netip.Addr) bool {
	return slices.ContainsFunc(n.Addrs, func(own netip.Prefix) bool { return own.Masked().Contains(a) && own.Addr() != a })
}
