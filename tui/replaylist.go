package tui

import "netlab/capture"

// listPane is the list of the packets that are shown.
type listPane struct {
	head
	*replay
}

// View draws the rows around the selected packet.
func (p listPane) View(width, height int) string { return p.paint(width, height).String() }

func (p listPane) paint(width, height int) *canvas {
	c := newCanvas(width, height, p.look)
	p.head.draw(c)
	n := p.count()
	if n == 0 {
		text := "no packets yet"
		switch {
		case p.shown.active:
			text = "no packet is chosen by this filter: / changes it, Esc shows all"
		case p.loaded:
			text = "the capture holds no packets"
		}
		c.putIn(4, 1, width-5, plain, text)
		return c
	}
	y := 1
	titles := height > 4 && width >= 60
	if titles {
		y++
	}
	visible := max(height-y, 0)
	at := min(p.position(p.selected), n-1)
	first := max(0, min(at-visible/2, n-visible))
	var sums []capture.Summary
	for i := first; i < n && i-first < visible; i++ {
		sums = append(sums, p.line(p.shownAt(i)))
	}
	cols := p.columns(width, first+len(sums), sums)
	if titles {
		p.titles(c, cols)
	}
	for i := range sums {
		p.row(c, cols, y+i, p.shownAt(first+i), sums[i])
	}
	return c
}

// listColumns are the widths of the columns.
type listColumns struct {
	number, time, end, proto int
	ports                    bool // ends are ports alone: all rows are of the same two hosts
}

func (p listPane) columns(width, last int, sums []capture.Summary) listColumns {
	c := listColumns{number: max(4, len(decimal(p.shownAt(last-1)))), time: 11, proto: 5, ports: true}
	c.time = max(c.time, textWidth(seconds(p.since(p.shownAt(last-1))))+2)
	for i := range sums {
		c.ports = c.ports && hostsOfLine(sums[i]) == hostsOfLine(sums[0])
	}
	for i := range sums {
		from, to := endsIn(sums[i], c.ports, 48)
		c.end = max(c.end, textWidth(from), textWidth(to))
	}
	for _, at := range []int{last - len(sums), last - 1} {
		c.time = max(c.time, len(seconds(p.since(p.shownAt(at))))+1)
	}
	if width < 60 {
		c.time = 0
	}
	// What the packet is needs room.
	c.end = max(4, min(c.end, (width-c.number-c.time-c.proto-10-18)/2))
	return c
}

func (p listPane) titles(c *canvas, cols listColumns) {
	x := 2 + cols.number
	c.right(x, 1, dim, "#")
	time := "time s"
	if p.mark > 0 {
		time = "after mark"
	}
	c.putIn(x+1, 1, cols.time, dim, " "+time)
	x += 2 + cols.time
	c.put(x, 1, dim, "from")
	x += cols.end + 3
	c.put(x, 1, dim, "to")
	x += cols.end + 1
	c.put(x, 1, dim, "proto")
	c.put(x+cols.proto+1, 1, dim, "what")
}

func (p listPane) row(c *canvas, cols listColumns, y, number int, sum capture.Summary) {
	selected := number == p.selected
	if selected {
		c.put(1, y, bold, "▶")
	} else if number == p.mark {
		c.put(1, y, bold, "m")
	}
	c.spot(0, c.width, y, number)
	x := 2 + cols.number
	c.right(x, y, dim, decimal(number))
	if cols.time > 0 {
		c.right(x+cols.time, y, dim, seconds(p.since(number)))
	}
	x += 2 + cols.time
	place, _ := p.file.Place(number)
	way := toServer
	if place.Dir == 1 {
		way = toClient
	}
	from, to := endsIn(sum, cols.ports, cols.end)
	x = c.putIn(x, y, cols.end, way, from)
	x = c.put(x, y, way, " → ")
	x = c.putIn(x, y, cols.end, way, to) + 1
	x = c.putIn(x, y, cols.proto, plain, sum.Proto) + 1
	end := c.width - 1
	if sign, st := p.signOf(number, place, sum); sign != "" {
		c.right(end, y, st, sign)
		end -= textWidth(sign) + 1
	}
	c.putIn(x, y, end-x, plain, sum.What)
	if selected {
		c.restyle(1, c.width-1, y, bold)
		c.restyle(3, c.width-1, y, reverse)
	}
}
