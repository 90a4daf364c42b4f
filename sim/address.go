package sim

import (
	"net/netip"
	"slices"
)

// addresses reads the addresses that a file gives to the ends of a link: {h1: 10.0.1.10/24}.
func (p *labParser) addresses(l LinkSpec, v value) (addrs linkAddrs) {
	ends := []string{l.A, l.B}
	for _, e := range v.entries("addresses") {
		end := slices.Index(ends, e.name)
		if end < 0 {
			e.key.fail("%q is not at an end of %s%s", e.name, l.Name(), suggest(e.name, ends))
		}
		prefix, err := netip.ParsePrefix(e.text())
		if err != nil || !prefix.Addr().Is4() || prefix.Bits() < 8 || prefix.Bits() > 30 {
			e.fail("%q is not an IPv4 address with its network: write it as 10.0.1.10/24 (8 to 30 bits)", e.text())
		}
		if addr := prefix.Addr(); addr == prefix.Masked().Addr() || addr == broadcast(prefix) {
			e.fail("%s is the address of the network itself, or of all its hosts: choose one between", addr)
		}
		if !prefix.Addr().IsGlobalUnicast() {
			e.fail("%s is not an address for a host", prefix.Addr())
		}
		if owner, taken := p.addrs[prefix.Addr()]; taken {
			e.fail("%s has the address %s already", owner, prefix.Addr())
		}
		if other := addrs[1-end]; other.IsValid() && other.Masked() != prefix.Masked() {
			e.fail("%s is not in the network of the other end, %s", prefix, other.Masked())
		}
		p.addrs[prefix.Addr()] = e.name
		addrs[end] = prefix
	}
	for _, addr := range addrs {
		for i, other := range p.pairs {
			if addr.IsValid() && other.network().IsValid() && addr.Masked().Overlaps(other.network()) {
				v.fail("%s has the network %s already: each link needs one of its own", p.Links[i].Name(), other.network())
			}
		}
	}
	return addrs
}

// network returns the network of a link; invalid if it has none yet.
func (l linkAddrs) network() netip.Prefix {
	for _, addr := range l {
		if addr.IsValid() {
			return addr.Masked()
		}
	}
	return netip.Prefix{}
}

// completeAddresses gives an address to each end of a link that has none, and each host its interfaces.
// The n-th link gets the network 10.0.n.0/24, or the next one that is free; its ends get .1, .2 and so on.
func (p *labParser) completeAddresses(at value) {
	for i := range p.Links {
		network := p.pairs[i].network()
		if !network.IsValid() {
			network = p.freeNetwork(i + 1)
			if !network.IsValid() {
				at.fail("no network is left in 10.0.0.0/8 for link %s", p.Links[i].Name())
			}
		}
		for end, name := range []string{p.Links[i].A, p.Links[i].B} {
			if !p.pairs[i][end].IsValid() {
				addr := network.Addr().Next()
				for p.addrs[addr] != "" {
					addr = addr.Next()
				}
				p.addrs[addr] = name
				p.pairs[i][end] = netip.PrefixFrom(addr, network.Bits())
			}
			h := slices.IndexFunc(p.Hosts, func(h HostSpec) bool { return h.Name == name })
			p.Hosts[h].Interfaces = append(p.Hosts[h].Interfaces, InterfaceSpec{p.Links[i].Name(), []netip.Prefix{p.pairs[i][end]}})
		}
	}
}

// freeNetwork returns the n-th network 10.x.y.0/24, or the first one after it that no link has.
func (p *labParser) freeNetwork(n int) netip.Prefix {
	for ; n < 1<<16; n++ {
		network := netip.PrefixFrom(netip.AddrFrom4([4]byte{10, byte(n >> 8), byte(n), 0}), 24)
		if !slices.ContainsFunc(p.pairs, func(l linkAddrs) bool { return l.network().IsValid() && l.network().Overlaps(network) }) {
			return network
		}
	}
	return netip.Prefix{}
}

// broadcast returns the last address of a network.
func broadcast(p netip.Prefix) netip.Addr {
	a := p.Masked().Addr().As4()
	for bit := p.Bits(); bit < 32; bit++ {
		a[bit/8] |= 1 << (7 - bit%8)
	}
	return netip.AddrFrom4(a)
}
