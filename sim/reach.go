package sim

import (
	"fmt"
	"net/netip"
	"slices"
)

// learns reports whether what a host knows of the network is not all in the lab file: it speaks RIP, or gets its address from a server.
func (h HostSpec) learns() bool {
	return h.RIP != nil || h.getsAddress() && h.isHost()
}

// isHost reports whether h has a stack of its own: a switch has none, and what is outside neither.
func (h HostSpec) isHost() bool { return h.Role != Switch && h.Role != Outside }

// hop returns the neighbour that a host's routes choose for a destination: the destination itself if it is on a network of
// the host's.
func (h HostSpec) hop(to netip.Addr) (via netip.Addr, ok bool) {
	bits := -1
	for _, i := range h.Interfaces {
		for _, a := range i.Addrs {
			if a.Masked().Contains(to) && a.Bits() > bits {
				via, bits = to, a.Bits()
			}
		}
	}
	for _, r := range h.Routes {
		if r.To.Contains(to) && r.To.Bits() > bits {
			via, bits = r.Via, r.To.Bits()
		}
	}
	return via, bits >= 0
}

// unreachable returns why packets from a host do not come to an address, in words; empty if they do, as far as the lab file
// says. Faults of links do not count.
func (t *Topology) unreachable(from HostSpec, to netip.Addr) string {
	here := from
	for range len(t.Hosts) + 1 {
		if here.Role == Outside || here.learns() || slices.Contains(here.allAddrs(), to) {
			return ""
		}
		if here.Name != from.Name && here.Role != Router {
			return fmt.Sprintf("%s gets the packets to %s and is no router", here.Name, to)
		}
		via, ok := here.hop(to)
		if !ok {
			return fmt.Sprintf("%s has no route to %s", here.Name, to)
		}
		next, ok := t.Host(t.owner(via))
		if !ok {
			return fmt.Sprintf("%s sends the packets to %s, an address that nobody has", here.Name, via)
		}
		here = next
	}
	return fmt.Sprintf("the packets to %s go round in a circle, by way of %s", to, here.Name)
}

// allAddrs returns the addresses of all interfaces.
func (h HostSpec) allAddrs() (addrs []netip.Addr) {
	for _, i := range h.Interfaces {
		for _, a := range i.Addrs {
			addrs = append(addrs, a.Addr())
		}
	}
	return addrs
}
