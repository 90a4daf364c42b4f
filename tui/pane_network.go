package tui

import (
	"slices"
	"strings"

	"netlab/link"
	"netlab/sim"
)

// networkPane is the map: hosts and links, and the packets that are on them.
type networkPane struct {
	head
	look     *look
	hosts    []Host
	links    []sim.LinkState
	selected int
	flights  []flight
	packet   int // number of the selected packet
}

// View draws the map. Hosts that form a chain are drawn in a line, with the packets on the links between them, and hosts that hang
// on a switch of the chain below it. Any other network is a list of links. A click on a link means its index, counted from 1.
func (p networkPane) View(width, height int) string { return p.paint(width, height).String() }

func (p networkPane) paint(width, height int) *canvas {
	c := newCanvas(width, height, p.look)
	p.draw(c)
	order, ok := chain(p.hosts, p.links)
	if !ok || width < 12*len(p.hosts) {
		if !p.tree(c) {
			p.list(c, 1)
		}
		return c
	}
	top := 1
	if height > 6 {
		top += (height - 6) / 2
	}
	p.chain(c, order, top)
	return c
}

// place is where a link is drawn.
type place struct {
	from, to int    // columns: the first, and the one after the last
	row      int    // the line
	left     string // the host at its left end
}

// chain draws hosts in a line. Row y above it takes the packets that have no room on their link.
func (p networkPane) chain(c *canvas, order []Host, y int) {
	row := y + 1
	places, at := p.places(order, c.width, row)
	for i, h := range order {
		x := at[i]
		c.put(x, row, bold, "["+h.Name+"]")
		p.caption(c, h, i, len(order), x, y+2)
	}
	for i, l := range p.links {
		rule, st := '─', dim
		if i == p.selected {
			rule, st = '━', plain
		}
		c.fill(places[i].from, places[i].to, row, st, rule)
		for below := range 4 { // its name and faults too
			c.spot(places[i].from, places[i].to, row+below, i+1)
		}
		p.label(c, l, places[i], beside(places[i], order, at), i == p.selected, y+2)
	}
	p.overlay(c, places, y)
}

// places returns where each link and each host of a chain is drawn in a line. Links share the room evenly.
func (p networkPane) places(order []Host, width, row int) (places []place, at []int) {
	const margin = 2
	names := 0
	for _, h := range order {
		names += textWidth(h.Name) + 2
	}
	room := width - 2*margin - names
	places = make([]place, len(p.links))
	x := margin
	for i, h := range order {
		at = append(at, x)
		x += textWidth(h.Name) + 2
		if i+1 == len(order) {
			break
		}
		w := room / (len(order) - 1)
		if i < room%(len(order)-1) {
			w++
		}
		for j, l := range p.links {
			if joins(l, h.Name, order[i+1].Name) {
				places[j] = place{x, x + w, row, h.Name}
			}
		}
		x += w
	}
	return places, at
}

// caption writes role and address under the hosts at both ends; routers have no room for theirs.
func (p networkPane) caption(c *canvas, h Host, i, n, x, y int) {
	if i > 0 && i < n-1 {
		return
	}
	addr := ""
	if len(h.Addrs) > 0 {
		addr = h.Addrs[0].String()
	}
	if i == 0 {
		c.put(x, y, plain, h.Role)
		c.put(x, y+1, dim, addr)
		return
	}
	end := x + textWidth(h.Name) + 2
	c.right(end, y, plain, h.Role)
	c.right(end, y+1, dim, addr)
}

// beside is the part of a link's place that the captions of both ends leave free.
func beside(link place, order []Host, at []int) place {
	wide := func(h Host) int {
		n := textWidth(h.Role)
		if len(h.Addrs) > 0 {
			n = max(n, textWidth(h.Addrs[0].String()))
		}
		return n + 1
	}
	first, last := order[0], order[len(order)-1]
	link.from = max(link.from, at[0]+wide(first))
	link.to = min(link.to, at[len(at)-1]+textWidth(last.Name)+2-wide(last))
	return link
}

// label writes the name of a link under its middle, and what is wrong with it under that, beside the captions or else below them.
func (p networkPane) label(c *canvas, l sim.LinkState, at, free place, selected bool, y int) {
	st, name := dim, dim
	if selected {
		st, name = plain, bold
	}
	words := faultWords(l.Up)
	if l.Up != l.Down {
		words = append(oneWay("→", l.Up), oneWay("←", l.Down)...)
	}
	room := free.to - free.from
	c.centre(at, free, y, name, cut(l.Name, room))
	// As much as fits on the next line, the rest on the one after it.
	n := len(words)
	for n > 0 && textWidth(strings.Join(words[:n], " · ")) > room {
		n--
	}
	c.centre(at, free, y+1, st, strings.Join(words[:n], " · "))
	c.centre(at, at, y+2, st, cut(strings.Join(words[n:], " · "), at.to-at.from))
}

// oneWay is what is wrong in one direction of a link, with its arrow.
func oneWay(arrow string, f link.Faults) []string {
	words := faultWords(f)
	if len(words) == 0 {
		return []string{arrow}
	}
	words[0] = arrow + " " + words[0]
	return words
}

// centre writes s in the middle of a place, or as near to it as what is free there allows.
func (c *canvas) centre(at, free place, y int, st style, s string) {
	x := at.from + (at.to-at.from-textWidth(s))/2
	c.put(max(free.from, min(x, free.to-textWidth(s))), y, st, s)
}

// list draws one link a line, for networks that are no chain.
func (p networkPane) list(c *canvas, y int) {
	first := max(0, min(p.selected-(c.height-y)/2, len(p.links)-(c.height-y)))
	for i := first; i < len(p.links) && y < c.height; i++ {
		l := p.links[i]
		st, sign := plain, "  "
		if i == p.selected {
			st, sign = bold, "▶ "
		}
		x := c.put(1, y, st, sign+l.A+" ── "+l.B)
		x = c.put(x+2, y, dim, strings.Join(faultWords(l.Up), " · "))
		for _, s := range p.onLink(l) {
			to, st := l.A, toClient
			if s.right {
				to, st = l.B, toServer
			}
			switch {
			case s.lost:
				x = c.put(x+2, y, lost, s.numbers()+"✗")
			case s.again:
				x = c.put(x+2, y, again, s.numbers()+"▸"+to+"↻")
			default:
				x = c.put(x+2, y, st, s.numbers()+"▸"+to)
			}
		}
		c.spot(0, c.width, y, i+1)
		y++
	}
}

// onLink returns the packets on a link, those that go the same way together.
func (p networkPane) onLink(l sim.LinkState) []swarm {
	var swarms []swarm
	for _, f := range p.flights {
		if joins(l, f.from, f.to) {
			swarms = join(swarms, swarm{right: f.to == l.B, first: f.number, last: f.number, n: 1, lost: f.lost, again: f.again})
		}
	}
	return swarms
}

func joins(l sim.LinkState, a, b string) bool { return l.A == a && l.B == b || l.A == b && l.B == a }

// chain orders hosts along their links if they form a line: each has one or two links, and all hang together.
// The end that is listed first comes first.
func chain(hosts []Host, links []sim.LinkState) (order []Host, ok bool) {
	if len(links) != len(hosts)-1 || len(hosts) < 2 {
		return nil, false
	}
	next := func(h Host, before string) (Host, int) {
		found, n := Host{}, 0
		for _, other := range hosts {
			for _, l := range links {
				if joins(l, h.Name, other.Name) {
					n++
					if other.Name != before {
						found = other
					}
				}
			}
		}
		return found, n
	}
	end := slices.IndexFunc(hosts, func(h Host) bool { _, n := next(h, ""); return n == 1 })
	if end < 0 {
		return nil, false
	}
	order = []Host{hosts[end]}
	for before := ""; len(order) < len(hosts); {
		h := order[len(order)-1]
		following, n := next(h, before)
		if n > 2 || following.Name == "" || slices.ContainsFunc(order, func(o Host) bool { return o.Name == following.Name }) {
			return nil, false
		}
		before = h.Name
		order = append(order, following)
	}
	return order, true
}

// networkLine is the map in one line, for small screens.
type networkLine struct{ networkPane }

// View draws the chain, and after it what is wrong with the selected link.
func (p networkLine) View(width, height int) string { return p.paint(width, height).String() }

func (p networkLine) paint(width, height int) *canvas {
	c := newCanvas(width, height, p.look)
	order, ok := chain(p.hosts, p.links)
	about := ""
	if p.selected >= 0 && p.selected < len(p.links) {
		l := p.links[p.selected]
		about = l.Name + ": " + strings.Join(faultWords(l.Up), " · ")
		if len(faultWords(l.Up)) == 0 {
			about = l.Name + ": perfect"
		}
	}
	if !ok || width < 12*len(p.hosts) {
		c.put(1, 0, plain, about)
		return c
	}
	room := min(textWidth(about)+3, width*2/5)
	places, at := p.places(order, width-room, 0)
	for i := range p.links {
		rule, st := '─', dim
		if i == p.selected {
			rule, st = '━', plain
		}
		c.fill(places[i].from, places[i].to, 0, st, rule)
		c.spot(places[i].from, places[i].to, 0, i+1)
	}
	p.overlay(c, places, 0)
	for i, h := range order {
		c.put(at[i], 0, bold, "["+h.Name+"]")
	}
	c.putIn(width-room+1, 0, room-2, plain, about)
	if p.focused {
		c.put(0, 0, bold, "▶")
	}
	return c
}
