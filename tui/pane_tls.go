package tui

import (
	"fmt"
	"strings"

	"netlab/stream"
	"netlab/tls"
	"netlab/wire"
)

// messagesPane lists what was said with TLS: handshake messages one by one, other records as they are.
type messagesPane struct {
	head
	look *look
	all  []tlsMessage
	at   int
}

// roomForOctets is how wide the list is, at least, in which sizes leave enough for the names.
const roomForOctets = 46

// View draws the messages around the one that is looked at.
func (p messagesPane) View(width, height int) string { return p.paint(width, height).String() }

func (p messagesPane) paint(width, height int) *canvas {
	c := newCanvas(width, height, p.look)
	p.draw(c)
	y := 1
	if height > 4 {
		c.right(7, 1, dim, "packet")
		c.put(8, 1, dim, "way")
		c.put(12, 1, dim, "message")
		if width >= roomForOctets {
			c.right(width-13, 1, dim, "octets")
		}
		c.put(width-12, 1, dim, "keys")
		y++
	}
	visible := max(0, height-y)
	first := max(0, min(p.at-visible/2, len(p.all)-visible))
	for i := first; i < len(p.all) && i-first < visible; i++ {
		p.row(c, y+i-first, i)
	}
	return c
}

func (p messagesPane) row(c *canvas, y, i int) {
	m := &p.all[i]
	c.spot(0, c.width, y, i+1)
	c.right(7, y, dim, decimal(m.packet))
	way, st := "──▶", toServer
	if m.dir == 1 {
		way, st = "◀──", toClient
	}
	c.put(8, y, st, way)
	keys, name := m.keys, plain
	switch {
	case m.problem != "":
		keys, name = "no key", encrypted
	case m.protected:
		name = encrypted
	case keys == "":
		keys = "none"
	}
	room := c.width - 12 - 13
	if c.width >= roomForOctets {
		room -= 7
		c.right(c.width-13, y, dim, decimal(m.octets))
	}
	c.putIn(12, y, room, name, m.name)
	c.putIn(c.width-12, y, 11, dim, keys)
	if i == p.at {
		c.put(0, y, bold, "▶")
		c.restyle(2, c.width-1, y, bold|reverse)
	}
}

// fields are those of the message, each under the one that it is a part of.
func (m *tlsMessage) fields(width int) []line {
	if m.problem != "" {
		var lines []line
		writer(&lines, width)(encrypted, "{} "+m.problem)
		writer(&lines, width)(plain, "Whoever is on the way sees its length, and nothing else.")
		return lines
	}
	kind := m.kind
	var nodes []wire.Node
	if nodes = tls.DissectContent(m.version, kind, m.content, 0); kind == tls.ContentApplicationData {
		o := stream.Opened{Plain: tls.Plain{Type: kind, Version: m.version, Content: m.content}}
		nodes = o.Layers(0)
	}
	var lines []line
	var add func(nodes []wire.Node, depth int)
	add = func(nodes []wire.Node, depth int) {
		for i := range nodes {
			n := &nodes[i]
			st, text := plain, n.Name
			if n.Value != "" {
				text += ": " + n.Value
			}
			if depth == 0 {
				st = bold
			}
			if n.Note != "" {
				st, text = lost, "! "+text+"  "+n.Note
			}
			lines = append(lines, line{st, cut(strings.Repeat("  ", depth)+text, width)})
			add(n.Children, depth+1)
		}
	}
	add(nodes, 0)
	return lines
}

// octetLines are the octets of the message in the clear.
func (m *tlsMessage) octetLines(width int) []line {
	if m.problem != "" {
		return []line{{encrypted, cut(fmt.Sprintf("{} %d octets that cannot be read: %s", m.octets, m.problem), width)}}
	}
	per := 16
	if width < 6+4*per {
		per = 8
	}
	var lines []line
	for at := 0; at < len(m.content); at += per {
		b := m.content[at:min(at+per, len(m.content))]
		text := make([]byte, len(b))
		for i, o := range b {
			if text[i] = '.'; o >= 0x20 && o < 0x7f {
				text[i] = o
			}
		}
		lines = append(lines, line{plain, fmt.Sprintf("%04x  %-*s %s", at, 3*per, fmt.Sprintf("% x", b), text)})
	}
	return lines
}
