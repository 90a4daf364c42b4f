package sim

import (
	"net/netip"
	"slices"
)

// A segment is what is one network: a link, or all the links that switches join. It is named by the index of its first link.

// joinSegments finds out which links switches join, once all links are known.
func (p *labParser) joinSegments() {
	for i := range p.pairs {
		p.pairs[i].segment = i
	}
	port := map[string]int{} // of each switch, one of its links
	for i, l := range p.Links {
		for _, name := range []string{l.A, l.B} {
			if !p.isSwitch(name) {
				continue
			}
			other, known := port[name]
			if !known {
				port[name] = i
				continue
			}
			p.join(i, p.pairs[other].segment, p.pairs[i].segment)
		}
	}
	for i := range p.pairs {
		p.checkSegment(i)
	}
}

// join makes one segment of two. Link i is what joins them.
func (p *labParser) join(i, a, b int) {
	if a == b {
		p.linkAt[i].key.fail("%s closes a ring of switches: frames for everybody would go round in it for ever", p.Links[i].Name())
	}
	for j := range p.pairs {
		if p.pairs[j].segment == max(a, b) {
			p.pairs[j].segment = min(a, b)
		}
	}
}

// checkSegment sees to it that what is said of link i suits the links before it.
func (p *labParser) checkSegment(i int) {
	mine, at := &p.pairs[i], p.linkAt[i].key
	for j := range i {
		other := &p.pairs[j]
		together := mine.segment == other.segment
		if together {
			six := mine.six || other.six
			mine.six, other.six = six, six
			if p.Links[i].MTU != p.Links[j].MTU {
				at.fail("%s and %s are one network, joined by a switch: their mtu must be the same", p.Links[j].Name(), p.Links[i].Name())
			}
		}
		for f := range families {
			a, b := mine.network(f), other.network(f)
			switch {
			case !a.IsValid() || !b.IsValid():
			case together && a != b:
				at.fail("%s is in network %s, but %s in %s: they are one network, joined by a switch", p.Links[i].Name(), a, p.Links[j].Name(), b)
			case !together && a.Overlaps(b):
				at.fail("%s has the network %s already: each link needs one of its own, unless a switch joins them", p.Links[j].Name(), b)
			}
		}
	}
}

// isSwitch reports whether a host is a switch.
func (t *Topology) isSwitch(name string) bool {
	h, _ := t.Host(name)
	return h.Role == Switch
}

// needsFrames reports whether a link between two hosts must be Ethernet, because it ends at a switch or at a TAP device.
func (t *Topology) needsFrames(a, b string) bool {
	for _, name := range []string{a, b} {
		if h, _ := t.Host(name); h.Role == Switch || h.Outside != nil && h.Outside.TAP != "" {
			return true
		}
	}
	return false
}

// networkOf returns the network of the segment of link i; invalid if it has none yet.
func (p *labParser) networkOf(i int, f family) netip.Prefix {
	for j := range p.pairs {
		if n := p.pairs[j].network(f); n.IsValid() && p.pairs[j].segment == p.pairs[i].segment {
			return n
		}
	}
	return netip.Prefix{}
}

// station is a host on a segment, and its address there.
type station struct {
	host string
	addr netip.Addr
}

// others returns the hosts that a host reaches through its link i without a router.
func (p *labParser) others(i int, host string, f family) []station {
	var all []station
	for j, l := range p.Links {
		if p.pairs[j].segment != p.pairs[i].segment {
			continue
		}
		for end, name := range []string{l.A, l.B} {
			if name != host && !p.isSwitch(name) {
				all = append(all, station{name, p.pairs[j].ends[f][end].Addr()})
			}
		}
	}
	return slices.Clip(all)
}
