package quic

import (
	"encoding/hex"
	"strconv"

	"netlab/wire"
)

// parts makes nodes of octets, from the first to the last. What is cut short is shown as far as it goes, and nothing behind it.
type parts struct {
	b      []byte
	bit    int // of the first octet that is left, in the packet
	nodes  []wire.Node
	fields map[string]wire.Field
	cut    bool
	pieces []piece // of the handshake, in frames
}

func newParts(b []byte, bit int) *parts {
	p := &parts{b: b, bit: bit, fields: map[string]wire.Field{}}
	for _, f := range Fields() {
		p.fields[f.Key] = f
	}
	return p
}

// of returns parts of other octets, with the same fields.
func (p *parts) of(b []byte, bit int) *parts { return &parts{b: b, bit: bit, fields: p.fields} }

// take shows the next n octets as a field, and returns them. show gives its words and its number; nil: it is octets in hex.
func (p *parts) take(n int, key string, show func([]byte) (string, uint64)) []byte {
	if p.cut || n == 0 {
		return nil
	}
	f := p.fields[key]
	node := wire.Node{Name: f.Name, Key: key, Bit: p.bit, Doc: f.Doc, Ref: f.Ref}
	if n > len(p.b) {
		p.cut = true
		if n = len(p.b); n == 0 {
			return nil
		}
		node.Note = "cut short"
	}
	taken := p.b[:n]
	p.b, p.bit, node.Width = p.b[n:], p.bit+8*n, 8*n
	if show == nil || p.cut {
		node.Value = hexOf(taken)
	} else {
		node.Value, node.Uint = show(taken)
	}
	p.nodes = append(p.nodes, node)
	return taken
}

// number shows the next n octets as a number, and returns it.
func (p *parts) number(n int, key string) uint64 {
	b := p.take(n, key, func(b []byte) (string, uint64) { v := bigEndian(b); return strconv.FormatUint(v, 10), v })
	return bigEndian(b)
}

// varint shows an integer of variable length, and returns it.
func (p *parts) varint(key string) uint64 {
	n := 1
	if len(p.b) > 0 {
		n = 1 << (p.b[0] >> 6)
	}
	var v uint64
	p.take(n, key, func(b []byte) (string, uint64) { v = varint(wire.NewCursor(b)); return strconv.FormatUint(v, 10), v })
	return v
}

// length is varint for a number of octets that follow.
func (p *parts) length(key string) int { return int(min(p.varint(key), 1<<16)) }

// last returns the node that was shown last.
func (p *parts) last() *wire.Node { return &p.nodes[len(p.nodes)-1] }

func bigEndian(b []byte) (v uint64) {
	for _, o := range b {
		v = v<<8 | uint64(o)
	}
	return v
}

func counted(b []byte) (string, uint64) {
	if len(b) == 1 {
		return "1 octet", 0
	}
	return strconv.Itoa(len(b)) + " octets", 0
}

func quoted(b []byte) (string, uint64) { return strconv.QuoteToASCII(string(b)), 0 }

// hexOf returns octets in hex; of many, the first.
func hexOf(b []byte) string {
	const most = 32
	if len(b) > most {
		return hex.EncodeToString(b[:most]) + "…"
	}
	return hex.EncodeToString(b)
}
