package tui

import (
	"slices"
	"strings"

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

// View draws the map. Hosts that form a chain are drawn in a line: packets that travel to the right fly above
// it, the others below. Any other network is a list of links.
func (p networkPane) View(width, height int) string {
	c := newCanvas(width, height, p.look)
	p.draw(c)
	order, ok := chain(p.hosts, p.links)
	if !ok || width < 12*len(p.hosts) {
		p.list(c, 1)
		return c.String()
	}
	top := 1
	if height > 6 {
		top += (height - 6) / 2
	}
	p.chain(c, order, top)
	return c.String()
}

// place is where a link is drawn.
type place struct{ from, to int } // columns: the first, and the one after the last

// chain draws hosts in a line, with the lane above in row y.
func (p networkPane) chain(c *canvas, order []Host, y int) {
	places, at := p.places(order, c.width)
	row := y + 1
	for i, h := range order {
		x := at[i]
		c.put(x, row, bold, "["+h.Name+"]")
		p.caption(c, h, i, len(order), x, y+3)
	}
	for i, l := range p.links {
		rule, st := '─', dim
		if i == p.selected {
			rule, st = '━', plain
		}
		c.fill(places[i].from, places[i].to, row, st, rule)
		p.label(c, l, places[i], i == p.selected, y+3)
	}
	p.fly(c, order, places, y, y+2)
}

// places returns where each link and each host of a chain is drawn. Links share the room evenly.
func (p networkPane) places(order []Host, width int) (places []place, at []int) {
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
				places[j] = place{x, x + w}
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

// label writes what is wrong with a link under its middle.
func (p networkPane) label(c *canvas, l sim.LinkState, at place, selected bool, y int) {
	st := dim
	if selected {
		st = plain
	}
	words := faultWords(l.Up)
	if l.Up != l.Down {
		words = append([]string{"→"}, words...)
		words = append(append(words, "←"), faultWords(l.Down)...)
	}
	// Delay first, the rest on the next line if one is not enough.
	first := strings.Join(words, " · ")
	room := at.to - at.from
	if textWidth(first) > room && len(words) > 1 {
		c.centre(at, y+1, st, cut(strings.Join(words[1:], " · "), room))
		first = words[0]
	}
	c.centre(at, y, st, cut(first, room))
}

// centre writes s in the middle of a place.
func (c *canvas) centre(at place, y int, st style, s string) {
	c.put(at.from+max(0, (at.to-at.from-textWidth(s))/2), y, st, s)
}

// fly draws the packets on the links: to the right in row above, to the left in row below.
func (p networkPane) fly(c *canvas, order []Host, places []place, above, below int) {
	index := func(name string) int {
		return slices.IndexFunc(order, func(h Host) bool { return h.Name == name })
	}
	// The selected packet first, then the newest: what comes later finds its place taken and is only an arrow.
	flights := slices.Clone(p.flights)
	slices.SortStableFunc(flights, func(a, b flight) int {
		if (a.number == p.packet) != (b.number == p.packet) {
			if a.number == p.packet {
				return -1
			}
			return 1
		}
		return b.number - a.number
	})
	for _, f := range flights {
		from, to := index(f.from), index(f.to)
		if from < 0 || to < 0 {
			continue
		}
		for i, l := range p.links {
			if !joins(l, f.from, f.to) {
				continue
			}
			if from < to {
				c.mark(places[i], above, f, true, f.number == p.packet)
			} else {
				c.mark(places[i], below, f, false, f.number == p.packet)
			}
		}
	}
}

// mark draws a packet on its way: "44▸", "◂45", or "✗33" for a lost one; without its number where the
// number has no room.
func (c *canvas) mark(at place, y int, f flight, right, selected bool) {
	number := decimal(f.number)
	sign, st := "▸", toServer
	if !right {
		sign, st = "◂", toClient
	}
	switch {
	case f.lost:
		sign, st = "✗", lost
	case f.again:
		st = again
	}
	if selected {
		st |= bold
	}
	along := f.along
	if !right {
		along = 1 - along
	}
	tip := at.from + int(along*float64(at.to-at.from-1)+0.5)
	text, x := number+sign, tip-textWidth(number)
	if !right {
		text, x = sign+number, tip
	}
	if f.again && !f.lost {
		text += "↻"
	}
	x = min(max(x, 0), c.width-textWidth(text))
	if c.free(x-1, x+textWidth(text)+1, y) {
		c.put(x, y, st, text)
	} else if c.free(tip, tip+1, y) {
		c.put(tip, y, st, sign)
	}
}

// free reports whether nothing is drawn from column x up to column to.
func (c *canvas) free(x, to, y int) bool {
	if y < 0 || y >= c.height {
		return false
	}
	for ; x < to; x++ {
		if x >= 0 && x < c.width && c.cells[y*c.width+x].r != 0 {
			return false
		}
	}
	return true
}

// list draws one link a line, for networks that are no chain.
func (p networkPane) list(c *canvas, y int) {
	for i, l := range p.links {
		st, sign := plain, "  "
		if i == p.selected {
			st, sign = bold, "▶ "
		}
		x := c.put(1, y+i, st, sign+l.A+" ── "+l.B)
		x = c.put(x+2, y+i, dim, strings.Join(faultWords(l.Up), " · "))
		for _, f := range p.flights {
			switch {
			case !joins(l, f.from, f.to):
			case f.lost:
				x = c.put(x+2, y+i, lost, "✗"+decimal(f.number))
			default:
				x = c.put(x+2, y+i, plain, decimal(f.number)+"▸"+f.to)
			}
		}
	}
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
func (p networkLine) View(width, height int) string {
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
		return c.String()
	}
	room := min(textWidth(about)+3, width*2/5)
	places, at := p.places(order, width-room)
	for i := range p.links {
		rule, st := '─', dim
		if i == p.selected {
			rule, st = '━', plain
		}
		c.fill(places[i].from, places[i].to, 0, st, rule)
	}
	marks := newCanvas(width, 1, p.look)
	p.fly(marks, order, places, 0, 0)
	for x, m := range marks.cells {
		if m.r != 0 {
			c.set(x, 0, m)
		}
	}
	for i, h := range order {
		c.put(at[i], 0, bold, "["+h.Name+"]")
	}
	c.putIn(width-room+1, 0, room-2, plain, about)
	return c.String()
}
