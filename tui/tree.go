package tui

import (
	"slices"

	"netlab/sim"
)

// tree draws a network whose hosts form a line but for some that hang on a host of the line: those stand below it. It reports
// false, and draws nothing, if the network is not of this kind or does not fit.
func (p networkPane) tree(c *canvas) bool {
	const first = 4 // the line of the first branch: above it are the chain and what is said of it
	order, branches, ok := trunk(p.hosts, p.links)
	if !ok || c.width < 12*len(order) || first+len(branches) > c.height {
		return false
	}
	inChain := func(l sim.LinkState) bool {
		return slices.ContainsFunc(order, func(h Host) bool { return h.Name == l.A }) && slices.ContainsFunc(order, func(h Host) bool { return h.Name == l.B })
	}
	places, at := p.places(order, c.width, 1)
	for i, h := range order {
		c.put(at[i], 1, bold, "["+h.Name+"]")
		p.caption(c, h, i, len(order), at[i], 2)
	}
	for i, l := range p.links {
		if inChain(l) {
			p.rule(c, places[i], i == p.selected)
			c.spot(places[i].from, places[i].to, 1, i+1)
			p.label(c, l, places[i], beside(places[i], order, at), i == p.selected, 2)
		}
	}
	const long = 12 // columns of a link to a host that hangs below
	for y, b := range branches {
		hub := at[slices.IndexFunc(order, func(h Host) bool { return h.Name == b.hub })] + 1
		places[b.link] = place{hub + 1, hub + 1 + long, first + y, b.hub}
		for row := 2; row < first+y; row++ {
			if c.free(hub, hub+1, row) {
				c.put(hub, row, dim, "│")
			}
		}
		corner := "└"
		if slices.ContainsFunc(branches[y+1:], func(other branch) bool { return other.hub == b.hub }) {
			corner = "├"
		}
		c.put(hub, first+y, dim, corner)
		p.rule(c, places[b.link], b.link == p.selected)
		c.spot(hub, c.width, first+y, b.link+1)
		x := c.put(hub+1+long, first+y, bold, "["+b.host.Name+"]")
		x = c.put(x+1, first+y, plain, b.host.Role)
		if len(b.host.Addrs) > 0 {
			c.putIn(x+1, first+y, c.width-x-2, dim, b.host.Addrs[0].String())
		}
	}
	p.overlay(c, places, 1)
	return true
}

// rule draws a link.
func (p networkPane) rule(c *canvas, at place, selected bool) {
	rule, st := '─', dim
	if selected {
		rule, st = '━', plain
	}
	c.fill(at.from, at.to, at.row, st, rule)
}

// branch is a host that hangs on a host of the chain.
type branch struct {
	hub  string
	host Host
	link int
}

// trunk returns the hosts of a line through the network, and those that hang on one of them. The line is made of the hosts with
// several links and, at its ends, the first host that hangs there. It reports false if there is no such line.
func trunk(hosts []Host, links []sim.LinkState) (order []Host, branches []branch, ok bool) {
	degree := func(name string) (n int) {
		for _, l := range links {
			if l.A == name || l.B == name {
				n++
			}
		}
		return n
	}
	var inner []Host
	for _, h := range hosts {
		if degree(h.Name) > 1 {
			inner = append(inner, h)
		}
	}
	var between []sim.LinkState
	for _, l := range links {
		if degree(l.A) > 1 && degree(l.B) > 1 {
			between = append(between, l)
		}
	}
	switch {
	case len(links) != len(hosts)-1 || len(inner) == 0:
		return nil, nil, false
	case len(inner) == 1:
		order = inner
	default:
		if order, ok = chain(inner, between); !ok {
			return nil, nil, false
		}
	}
	for i, l := range links {
		for _, end := range [][2]string{{l.A, l.B}, {l.B, l.A}} {
			if degree(end[0]) > 1 && degree(end[1]) == 1 {
				at := slices.IndexFunc(hosts, func(h Host) bool { return h.Name == end[1] })
				branches = append(branches, branch{end[0], hosts[at], i})
			}
		}
	}
	return lengthen(order, branches)
}

// lengthen puts a host that hangs there at each end of the line.
func lengthen(order []Host, branches []branch) ([]Host, []branch, bool) {
	left, right := order[0].Name, order[len(order)-1].Name
	if i := slices.IndexFunc(branches, func(b branch) bool { return b.hub == left }); i >= 0 {
		order = append([]Host{branches[i].host}, order...)
		branches = slices.Delete(branches, i, i+1)
	}
	if i := slices.IndexFunc(branches, func(b branch) bool { return b.hub == right }); i >= 0 {
		order = append(order, branches[i].host)
		branches = slices.Delete(branches, i, i+1)
	}
	return order, branches, true
}
