package tui

import "fmt"

// mapPane draws the hosts of a capture: each below which there are others has them on branches, with what went each way on them.
type mapPane struct {
	head
	look *look
	*traffic
	at int // the pair that is looked at; -1: none
}

// View draws the branches around the pair that is looked at.
func (p mapPane) View(width, height int) string { return p.paint(width, height).String() }

func (p mapPane) paint(width, height int) *canvas {
	c := newCanvas(width, height, p.look)
	p.draw(c)
	rows := p.rows
	at := 0
	for i, r := range rows {
		if r == p.at {
			at = i
		}
	}
	visible := max(0, height-1)
	first := max(0, min(at-visible/2, len(rows)-visible))
	for i := first; i < len(rows) && i-first < visible; i++ {
		y, pair := 1+i-first, rows[i]
		if pair < 0 { // a hub
			next := -pair - 1
			c.put(2, y, bold, "["+p.hubs[next].String()+"]")
			c.put(textWidth(p.hubs[next].String())+5, y, plain, p.names[p.hubs[next]])
			continue
		}
		corner := "└"
		if i+1 < len(rows) && rows[i+1] >= 0 {
			corner = "├"
		}
		p.branch(c, y, pair, corner)
	}
	return c
}

// branch draws a pair: what its hub sends to the right, and what the other host sends.
func (p mapPane) branch(c *canvas, y, i int, corner string) {
	t := &p.pairs[i]
	away, back := 0, 1 // indexes of what goes away from the hub, and comes back
	if t.Hosts[0] != p.hubs[i] {
		away, back = 1, 0
	}
	other := t.Hosts[back]
	rule := "─"
	if i == p.at {
		rule = "━"
		c.put(0, y, bold, "▶")
	}
	c.spot(0, c.width, y, i+1)
	c.put(4, y, dim, corner)
	x := c.put(5, y, dim, rule)
	amount := func(packets int, octets int64) string {
		switch {
		case packets == 0:
			return "none"
		case c.width < 60:
			return decimal(packets)
		}
		return fmt.Sprintf("%d · %s", packets, octetsShort(octets))
	}
	wide := 6
	if c.width >= 60 {
		wide = 17
	}
	c.put(x, y, toServer, rule+"▶ "+amount(t.Packets[away], t.Octets[away]))
	x += 3 + wide
	c.put(x, y, toClient, "◀ "+amount(t.Packets[back], t.Octets[back]))
	x += 2 + wide
	x = c.put(x, y, dim, rule+rule+" ")
	st := bold
	if i == p.at {
		st |= reverse
	}
	x = c.put(x, y, st, "["+other.String()+"]")
	c.putIn(x+1, y, c.width-x-2, plain, p.names[other])
}

// trafficPane lists who talked with whom.
type trafficPane struct {
	head
	look *look
	*traffic
	at int
}

// View draws the pairs around the one that is looked at.
func (p trafficPane) View(width, height int) string { return p.paint(width, height).String() }

func (p trafficPane) paint(width, height int) *canvas {
	c := newCanvas(width, height, p.look)
	p.draw(c)
	visible := max(0, height-2)
	first := max(0, min(p.at-visible/2, len(p.pairs)-visible))
	numbers := 34
	if width < 70 {
		numbers = 16
	}
	host := max(4, (width-numbers-6)/2)
	c.put(2, 1, dim, "one host")
	c.put(3+host, 1, dim, "the other")
	c.right(width-1, 1, dim, "packets → ←")
	if numbers > 16 {
		c.right(width-18, 1, dim, "octets → ←")
	}
	for i := first; i < len(p.pairs) && i-first < visible; i++ {
		t, y := &p.pairs[i], 2+i-first
		c.spot(0, width, y, i+1)
		c.put(2, y, toServer, cutLeft(t.Hosts[0].String(), host-1))
		c.put(3+host, y, toClient, cutLeft(t.Hosts[1].String(), host-1))
		c.right(width-9, y, plain, decimal(t.Packets[0]))
		c.right(width-1, y, plain, decimal(t.Packets[1]))
		if numbers > 16 {
			c.right(width-27, y, plain, octetsShort(t.Octets[0]))
			c.right(width-18, y, plain, octetsShort(t.Octets[1]))
		}
		if i == p.at {
			c.put(0, y, bold, "▶")
			c.restyle(2, width-1, y, bold|reverse)
		}
	}
	return c
}
