package sim

import (
	"net/netip"
	"slices"
)

// family is a version of IP, as an index: ipv4, ipv6.
type family int

const (
	ipv4 family = iota
	ipv6
	families
)

func familyOf(a netip.Addr) family {
	if a.Is4() {
		return ipv4
	}
	return ipv6
}

// linkAddrs are the addresses of the two ends of a link, of each family; invalid where the file gives none.
type linkAddrs struct {
	ends [families][2]netip.Prefix
	six  bool    // the link has IPv6 too
	none [2]bool // the end has no addresses at first: it gets them at run time

	segment int // which links form one network with it (joinSegments)
}

// network returns the network of a link; invalid if it has none yet.
func (l *linkAddrs) network(f family) netip.Prefix {
	for _, addr := range l.ends[f] {
		if addr.IsValid() {
			return addr.Masked()
		}
	}
	return netip.Prefix{}
}

// has reports whether the link carries a family.
func (l *linkAddrs) has(f family) bool { return f == ipv4 || l.six }

// addresses reads the addresses that a file gives to the ends of a link: {h1: 10.0.1.10/24}, or of both families:
// {h1: [10.0.1.10/24, fd00::10/64]}.
func (p *labParser) addresses(l LinkSpec, v value, addrs *linkAddrs) {
	ends := []string{l.A, l.B}
	for _, e := range v.entries("addresses") {
		end := slices.Index(ends, e.name)
		if end < 0 {
			e.key.fail("%q is not at an end of %s%s", e.name, l.Name(), suggest(e.name, ends))
		}
		if p.isSwitch(e.name) {
			e.key.fail("%s is a switch, which has no address", e.name)
		}
		for _, one := range e.oneOrMore("addresses") {
			if one.text() == "none" {
				addrs.none[end] = true
				continue
			}
			prefix := one.interfaceAddress()
			f := familyOf(prefix.Addr())
			if owner, taken := p.addrs[prefix.Addr()]; taken {
				one.fail("%s has the address %s already", owner, prefix.Addr())
			}
			if other := addrs.ends[f][1-end]; other.IsValid() && other.Masked() != prefix.Masked() {
				one.fail("%s is not in the network of the other end, %s", prefix, other.Masked())
			}
			if addrs.ends[f][end].IsValid() {
				one.fail("%s has an address of this family on the link already, %s", e.name, addrs.ends[f][end].Addr())
			}
			p.addrs[prefix.Addr()] = e.name
			addrs.ends[f][end] = prefix
			addrs.six = addrs.six || f == ipv6
		}
	}
}

// interfaceAddress reads the address of an interface with the length of its network's prefix.
func (v value) interfaceAddress() netip.Prefix {
	prefix, err := netip.ParsePrefix(v.text())
	addr := prefix.Addr()
	switch {
	case err != nil || addr.Is4() && (prefix.Bits() < 8 || prefix.Bits() > 30) || addr.Is6() && (prefix.Bits() < 16 || prefix.Bits() > 126):
		v.fail("%q is not an address with its network: write it as 10.0.1.10/24 (8 to 30 bits) or fd00:0:0:1::10/64 (16 to 126)", v.text())
	case addr == prefix.Masked().Addr() || addr.Is4() && addr == broadcast(prefix):
		v.fail("%s is the address of the network itself, or of all its hosts: choose one between", addr)
	case !addr.IsGlobalUnicast() || addr.Is4In6():
		v.fail("%s is not an address for a host", addr)
	}
	return prefix
}

// completeAddresses gives an address of each family that a link carries to each of its ends that has none, and each host
// its interfaces. The n-th link gets the networks 10.0.n.0/24 and fd00:0:0:n::/64, or the next ones that are free; its ends
// get .1, .2 and so on.
func (p *labParser) completeAddresses(at value) {
	for i := range p.Links {
		pair := &p.pairs[i]
		for f := range families {
			if pair.has(f) && !p.complete(i, f) {
				at.fail("no network is left for link %s", p.Links[i].Name())
			}
		}
		for end, name := range []string{p.Links[i].A, p.Links[i].B} {
			n := InterfaceSpec{Link: p.Links[i].Name()}
			for f := range families {
				if pair.ends[f][end].IsValid() {
					n.Addrs = append(n.Addrs, pair.ends[f][end])
				}
			}
			h := slices.IndexFunc(p.Hosts, func(h HostSpec) bool { return h.Name == name })
			p.Hosts[h].Interfaces = append(p.Hosts[h].Interfaces, n)
		}
	}
}

// complete gives the ends of a link addresses of a family, but not to switches. It reports false if no network is left.
func (p *labParser) complete(link int, f family) bool {
	pair := &p.pairs[link]
	network := p.networkOf(link, f)
	if !network.IsValid() {
		if network = p.freeNetwork(link+1, f); !network.IsValid() {
			return false
		}
	}
	for end, name := range []string{p.Links[link].A, p.Links[link].B} {
		if pair.ends[f][end].IsValid() || pair.none[end] || p.isSwitch(name) {
			continue
		}
		addr := network.Addr().Next()
		for p.addrs[addr] != "" {
			addr = addr.Next()
		}
		p.addrs[addr] = name
		pair.ends[f][end] = netip.PrefixFrom(addr, network.Bits())
	}
	return true
}

// freeNetwork returns the n-th network 10.x.y.0/24 or fd00:0:0:n::/64, or the first one after it that no link has.
func (p *labParser) freeNetwork(n int, f family) netip.Prefix {
	for ; n < 1<<16; n++ {
		network := netip.PrefixFrom(netip.AddrFrom4([4]byte{10, byte(n >> 8), byte(n), 0}), 24)
		if f == ipv6 {
			network = netip.PrefixFrom(netip.AddrFrom16([16]byte{0: 0xfd, 6: byte(n >> 8), 7: byte(n)}), 64)
		}
		taken := func(l linkAddrs) bool { return l.network(f).IsValid() && l.network(f).Overlaps(network) }
		if !slices.ContainsFunc(p.pairs, taken) {
			return network
		}
	}
	return netip.Prefix{}
}

// broadcast returns the last address of an IPv4 network.
func broadcast(p netip.Prefix) netip.Addr {
	a := p.Masked().Addr().As4()
	for bit := p.Bits(); bit < 32; bit++ {
		a[bit/8] |= 1 << (7 - bit%8)
	}
	return netip.AddrFrom4(a)
}

// getsAddress reports whether a host has an interface without an address, which it gets at run time, and its routes with it.
func (h HostSpec) getsAddress() bool {
	return slices.ContainsFunc(h.Interfaces, func(i InterfaceSpec) bool { return len(i.Addrs) == 0 })
}
