package tui

import (
	"strings"

	"netlab/wire"
)

// layersPane shows the seven layers of the selected packet as boxes, each inside the one that carries it:
// what stands further down stands later in the packet.
type layersPane struct {
	head
	look     *look
	layers   []wire.Node
	octets   []byte
	selected *wire.Node
	numbers  numbers
	raw      bool
	link     string // layer 2 in words
	physical string // layer 1 in words
}

// box is a layer that has octets of its own.
type box struct {
	title string // "3 Network · IPv4"
	size  string // "20 octets"
	chips []chip
	lines []string // of content
	notes []string // layers that are not there, between this box and the next
	held  bool     // holds the selected field
}

// chip is a field in few characters.
type chip struct {
	text   string
	marked bool // it is the selected field, or holds it
	wrong  bool
}

// density says how much is left out so that the boxes fit.
type density struct {
	joined  bool // layers 1 and 2 on one line, and 5 and 6
	closing bool // one line closes all boxes
	chips   int  // lines of fields in each box; 0: in the title
	lines   int  // lines of content
}

// View draws the boxes as richly as they fit.
func (p layersPane) View(width, height int) string {
	c := newCanvas(width, height, p.look)
	p.draw(c)
	if len(p.layers) == 0 {
		c.put(2, 1, plain, cut("no packet is selected", width-2))
		return c.String()
	}
	boxes := p.boxes()
	levels := []density{
		{false, false, 4, 8}, {false, false, 4, 4}, {false, false, 4, 2}, {false, false, 4, 1}, {true, false, 4, 1}, {true, true, 4, 1},
		{true, true, 3, 1}, {true, true, 2, 1}, {true, true, 1, 1}, {true, true, 1, 0}, {true, true, 0, 0},
	}
	for i, d := range levels {
		if i == len(levels)-1 || p.height(boxes, d, width) < height {
			p.stack(c, boxes, d)
			break
		}
	}
	return c.String()
}

// height counts the lines that the boxes take.
func (p layersPane) height(boxes []box, d density, width int) int {
	c := newCanvas(width, 0, p.look)
	return p.stack(c, boxes, d) - 1
}

// stack draws layers 1 and 2, the boxes, and returns the line after them.
func (p layersPane) stack(c *canvas, boxes []box, d density) int {
	y := 1
	if d.joined {
		x := c.put(1, y, dim, "1 Physical ")
		x = c.put(x, y, plain, p.physical)
		x = c.put(x+3, y, dim, "2 Link ")
		c.put(x, y, plain, p.link)
		y++
	} else {
		c.put(1, y, dim, "1 Physical")
		c.put(14, y, plain, p.physical)
		c.put(1, y+1, dim, "2 Link")
		c.put(14, y+1, plain, p.link)
		y += 2
	}
	return p.nest(c, boxes, 1, c.width-1, y, d)
}

// nest draws a box between two columns, the others inside it, and returns the line after them.
func (p layersPane) nest(c *canvas, boxes []box, left, right, y int, d density) int {
	b := boxes[0]
	first := y
	p.top(c, b, left, right, y, d)
	y++
	if d.chips > 0 {
		y = p.chips(c, b.chips, left+2, right-2, y, d.chips)
	}
	for i := range min(d.lines, len(b.lines)) {
		c.putIn(left+2, y, right-left-4, plain, b.lines[i])
		y++
	}
	if len(b.notes) > 0 && d.chips > 0 {
		if d.joined {
			c.putIn(left+2, y, right-left-4, dim, strings.Join(b.notes, "   "))
			y++
		} else {
			for _, note := range b.notes {
				c.putIn(left+2, y, right-left-4, dim, note)
				y++
			}
		}
	}
	inner := y
	if len(boxes) > 1 {
		y = p.nest(c, boxes[1:], left+1, right-1, y, d)
	}
	last := y // the line that closes the box
	if d.closing && len(boxes) > 1 {
		last = y - 1
	}
	frame := b.frame()
	for i := first + 1; i < last; i++ {
		c.put(left, i, frame, "│")
		c.put(right-1, i, frame, "│")
	}
	corner, fill := "└", '─'
	c.put(left, last, frame, corner)
	if len(boxes) == 1 || !d.closing {
		c.fill(left+1, right-1, last, frame, fill)
	} else if inner <= last {
		c.put(left+1, last, frame, "┴")
		c.put(right-2, last, frame, "┴")
	}
	c.put(right-1, last, frame, "┘")
	return last + 1
}

func (b box) frame() style {
	if b.held {
		return plain | bold
	}
	return dim
}

// top draws the upper edge of a box with its title, and with its fields if they have no line of their own.
func (p layersPane) top(c *canvas, b box, left, right, y int, d density) {
	c.put(left, y, b.frame(), "┌")
	c.fill(left+1, right-1, y, b.frame(), '─')
	c.put(right-1, y, b.frame(), "┐")
	end := right - 2
	if room := right - left - textWidth(b.title) - 6; textWidth(b.size)+2 < room {
		end -= textWidth(b.size) + 2
		c.put(end, y, dim, " "+b.size+" ")
	}
	x := c.putIn(left+2, y, min(textWidth(b.title), right-left-4)+1, bold, " "+b.title) + 1
	if d.chips == 0 {
		for _, chip := range b.chips {
			if x+textWidth(chip.text)+1 > end {
				break
			}
			x = c.put(x, y, chip.style(), chip.text)
			x = c.put(x, y, plain, " ")
		}
	}
}

func (ch chip) style() style {
	st := plain
	if ch.wrong {
		st = lost
	}
	if ch.marked {
		st |= bold | reverse
	}
	return st
}

// chips draws fields between two columns on at most so many lines and returns the line after them.
func (p layersPane) chips(c *canvas, chips []chip, left, right, y, lines int) int {
	x := left
	for _, chip := range chips {
		w := textWidth(chip.text)
		if x > left && x+w > right {
			if lines--; lines == 0 {
				break
			}
			x = left
			y++
		}
		c.putIn(x, y, right-x, chip.style(), chip.text)
		x += w + 2
	}
	return y + 1
}

// boxes returns the layers from the network up that have octets, and what is to be said of the others.
func (p layersPane) boxes() []box {
	var boxes []box
	top := 0 // the highest layer so far
	for i := range p.layers {
		n := &p.layers[i]
		number, name := layerOf(n.Key)
		if number < 3 || n.Width == 0 && number == 7 {
			continue
		}
		b := box{title: name, size: count(n.Width/8, "octet")}
		b.chips = p.fields(n)
		b.held = p.selected != nil && contains(n, p.selected)
		if number == 7 {
			b.lines = content(p.octets, n)
		}
		boxes = append(boxes, b)
		top = max(top, number)
	}
	if len(boxes) == 0 {
		return []box{{title: "not a packet that is known here"}}
	}
	last := len(boxes) - 1
	switch {
	case top == 7 && last > 0:
		boxes[last-1].notes = []string{"5 Session       none in TCP/IP", "6 Presentation  none: no TLS here"}
	case top == 4:
		boxes[last].notes = []string{"5 Session       none in TCP/IP", "6 Presentation  none", "7 Application   no data in this one"}
	case top == 3:
		boxes[last].notes = []string{"4 to 7          none: this is between hosts"}
	}
	return boxes
}

// layerOf returns the layer that a protocol belongs to, and the title of its box.
func layerOf(key string) (number int, title string) {
	switch key {
	case "ip":
		return 3, "3 Network · IPv4"
	case "ipv6":
		return 3, "3 Network · IPv6"
	case "icmp":
		return 3, "3 Network · ICMP"
	case "tcp":
		return 4, "4 Transport · TCP"
	case "udp":
		return 4, "4 Transport · UDP"
	case "http":
		return 7, "7 Application · HTTP"
	case "eth", "sll", "null":
		return 2, "2 Link"
	}
	return 7, "7 Application · data"
}

func contains(n, inner *wire.Node) bool {
	return n.Bit <= inner.Bit && inner.Bit+inner.Width <= n.Bit+n.Width
}

// fields returns the fields of a layer that tell most, and the selected one.
func (p layersPane) fields(n *wire.Node) []chip {
	var chips []chip
	shown := false
	for _, key := range mainFields(n.Key) {
		f := n.Find(key)
		if f == nil {
			continue
		}
		text := p.chip(f)
		if text == "" {
			continue
		}
		marked := p.selected != nil && contains(f, p.selected)
		shown = shown || marked
		chips = append(chips, chip{text, marked, f.Note != ""})
	}
	if n.Note != "" {
		chips = append(chips, chip{text: "! " + n.Note, wrong: true})
	}
	if p.selected != nil && !shown && contains(n, p.selected) && layerNumber(n.Key) < 7 {
		chips = append(chips, chip{strings.ToLower(p.selected.Name) + " " + p.selected.Value, true, p.selected.Note != ""})
	}
	return chips
}

func layerNumber(key string) int {
	n, _ := layerOf(key)
	return n
}

func mainFields(layer string) []string {
	switch layer {
	case "ip":
		return []string{"ip.src", "ip.dst", "ip.ttl", "ip.flags.df", "ip.flags.mf", "ip.frag_offset", "ip.id", "ip.len", "ip.checksum"}
	case "tcp":
		return []string{"tcp.srcport", "tcp.dstport", "tcp.flags", "tcp.seq_raw", "tcp.ack_raw", "tcp.window_size_value", "tcp.checksum", "tcp.options"}
	case "udp":
		return []string{"udp.srcport", "udp.dstport", "udp.length", "udp.checksum"}
	case "icmp":
		return []string{"icmp.type", "icmp.code", "icmp.ident", "icmp.seq", "icmp.checksum"}
	}
	return nil
}

// chip writes a field in few characters; empty if it is not worth any.
func (p layersPane) chip(f *wire.Node) string {
	switch f.Key {
	case "ip.src", "tcp.srcport", "udp.srcport":
		return f.Value
	case "ip.dst", "tcp.dstport", "udp.dstport":
		return "→ " + f.Value
	case "tcp.flags", "icmp.type":
		return f.Value
	case "ip.flags.df", "ip.flags.mf":
		if f.Uint == 0 {
			return ""
		}
		return strings.ToUpper(f.Key[len(f.Key)-2:])
	case "ip.frag_offset":
		if f.Uint == 0 {
			return ""
		}
		return "offset " + f.Value
	case "ip.checksum", "tcp.checksum", "udp.checksum", "icmp.checksum":
		if f.Note != "" {
			return "! checksum " + f.Note
		}
		return "checksum ok"
	case "tcp.seq_raw", "tcp.ack_raw":
		text, _ := p.numbers.number(f, p.raw)
		return f.Key[4:7] + " " + text
	case "tcp.options":
		return optionWords(f)
	}
	return fieldLabel(f.Key) + " " + f.Value
}

func fieldLabel(key string) string {
	switch key {
	case "tcp.window_size_value":
		return "window"
	case "ip.len":
		return "total"
	case "icmp.ident":
		return "id"
	}
	return key[strings.LastIndexByte(key, '.')+1:]
}

// optionWords names the options of a TCP header: "mss 1460, wscale 7, sack ok".
func optionWords(options *wire.Node) string {
	var words []string
	for i := range options.Children {
		o := &options.Children[i]
		switch {
		case o.Find("tcp.options.mss_val") != nil:
			words = append(words, "mss "+o.Find("tcp.options.mss_val").Value)
		case o.Find("tcp.options.wscale.shift") != nil:
			words = append(words, "scale "+o.Find("tcp.options.wscale.shift").Value)
		case o.Find("tcp.options.sack_le") != nil:
			words = append(words, "sack")
		case strings.Contains(o.Key, "sack_perm"):
			words = append(words, "sack ok")
		case o.Find("tcp.options.timestamp.tsval") != nil:
			words = append(words, "time stamps")
		}
	}
	if len(words) == 0 {
		return ""
	}
	return strings.Join(words, ", ")
}

// content returns what a layer carries as lines of text.
func content(octets []byte, n *wire.Node) []string {
	from, to := n.Octets()
	if from >= len(octets) || from >= to {
		return nil
	}
	text := string(octets[from:min(to, len(octets))])
	if len(text) > 1024 {
		text = text[:1024]
	}
	var lines []string
	for _, line := range strings.Split(text, "\r\n") {
		lines = append(lines, printable(line))
	}
	for len(lines) > 1 && lines[len(lines)-1] == "" {
		lines = lines[:len(lines)-1]
	}
	return lines
}

// printable replaces what is no printable ASCII by dots, as the octets pane does.
func printable(s string) string {
	b := []byte(s)
	for i, o := range b {
		if o < ' ' || o > '~' {
			b[i] = '.'
		}
	}
	return string(b)
}

func count(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return decimal(n) + " " + what + "s"
}
