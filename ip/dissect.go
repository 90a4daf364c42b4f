package ip

import (
	"fmt"
	"net/netip"
	"strconv"

	"netlab/wire"
)

// Dissect returns the header of the packet in b as a tree, with its options, and what the header says. bit is
// the offset of b in the captured packet. It is as lenient as it can be where Parse is strict: what is wrong is
// told in notes, and the payload is what there is of it. ok is false if b does not begin with the fixed 20
// octets of an IPv4 header or the 40 of an IPv6 header; the node then shows what there is.
func Dissect(b []byte, bit int) (n wire.Node, h Header, payload []byte, ok bool) {
	return NewDissector("").Header(b, bit)
}

// Header is Dissect, for what is asked for.
func (d *Dissector) Header(b []byte, bit int) (n wire.Node, h Header, payload []byte, ok bool) {
	if len(b) > 0 && b[0]>>4 == 6 {
		return d.header6(b, bit)
	}
	n = d.asked.Dissect(d.layout(layoutOf{what: 4}), b, bit)
	if len(b) < minHeader {
		return n, Header{}, nil, false
	}
	if b[0]>>4 != 4 {
		n.Note = "malformed: neither version 4 nor 6"
		return n, Header{}, nil, false
	}
	length := int(b[0]&15) * 4
	n.With("ip.hdr_len", func(words *wire.Node) {
		words.Value = fmt.Sprintf("%d (%d octets)", words.Uint, length)
	})
	switch {
	case length < minHeader:
		note(&n, "ip.hdr_len", "a header has at least 5 words")
		n.Note = "malformed: header length too small"
		length = minHeader
	case length > len(b):
		n.Note = fmt.Sprintf("cut short: %d of %d octets of header", len(b), length)
		length = len(b)
	default:
		n.With("ip.checksum", func(sum *wire.Node) {
			if want := headerChecksum(b[:length]); uint64(want) != sum.Uint {
				sum.Note = fmt.Sprintf("wrong: should be 0x%04x", want)
			}
		})
	}
	h.read4(b, length)
	n.Width = 8 * length
	if h.FragmentOffset != 0 {
		n.With("ip.frag_offset", func(offset *wire.Node) {
			offset.Value = fmt.Sprintf("%d (octet %d)", offset.Uint, h.FragmentOffset)
		})
	}
	if length > minHeader {
		options, problem := d.options(b[minHeader:length], bit+8*minHeader)
		n.Children = d.asked.Join(n.Children, options)
		if n.Note == "" {
			n.Note = problem
		}
	}
	return n, h, dissectLength(&n, &h, b[length:], length), true
}

// note notes what is wrong with a field.
func note(n *wire.Node, key, problem string) {
	n.With(key, func(field *wire.Node) { field.Note = problem })
}

// dissectLength cuts what follows the header to the total length, and notes where that cannot be right.
// A total length of 0 is that of a packet which the network card was still to cut up.
func dissectLength(n *wire.Node, h *Header, payload []byte, length int) []byte {
	total := h.TotalLength
	switch {
	case total == 0:
		note(n, "ip.len", "zero: the packet was captured before the network card filled it in")
	case total < length:
		note(n, "ip.len", "below the header length")
		return payload[:0]
	case total > length+len(payload):
		note(n, "ip.len", notThere(total-length-len(payload)))
	default:
		payload = payload[:total-length]
	}
	return payload
}

func notThere(octets int) string { return strconv.Itoa(octets) + " octets of the packet are not there" }

// headerChecksum returns what the checksum field of the header b should hold.
func headerChecksum(b []byte) uint16 {
	return ^wire.Sum(wire.Sum(0, b[:10]), b[12:])
}

// options returns the options in b as one node with a child for each, and what is wrong if they are malformed.
func (d *Dissector) options(b []byte, bit int) (n wire.Node, problem string) {
	n = wire.Node{
		Name: "Options", Key: "ip.options", Bit: bit, Width: 8 * len(b), Value: fmt.Sprintf("%d octets", len(b)),
		Doc: "What goes beyond the 20 octets that every header has.", Ref: wire.RFC("791", "3.1"),
	}
	for rest := b; len(rest) > 0; {
		at := bit + 8*(len(b)-len(rest))
		o, next, err := NextOption(rest)
		child := d.option(o, at)
		if err != nil {
			child.Note, problem = "illegal length", "malformed: an option has an illegal length"
		}
		n.Children = d.asked.Join(n.Children, child)
		if o.Kind == OptionEnd && len(next) > 0 {
			n.Children = d.asked.Join(n.Children, wire.Node{
				Name: "Padding", Bit: at + 8, Width: 8 * len(next), Value: fmt.Sprintf("%d octets", len(next)),
				Doc: "Zeros that fill the header up to a multiple of 4 octets.", Ref: wire.RFC("791", "3.1"),
			})
			break
		}
		rest = next
	}
	return n, problem
}

// option returns one option: its fixed fields, then the addresses and timestamps of its data.
func (d *Dissector) option(o Option, bit int) wire.Node {
	l := d.layout(layoutOf{what: ofOption, number: uint16(o.Kind)})
	n := d.asked.Dissect(l, o.Octets, bit)
	if len(o.Octets) <= l.Len() {
		return n
	}
	n.Width = 8 * len(o.Octets)
	address := func(at int) wire.Node {
		a, _ := netip.AddrFromSlice(o.Octets[at : at+4])
		return wire.Node{Name: "Address", Key: "ip.rec_rt", Bit: bit + 8*at, Width: 32, Value: a.String(), Uint: wire.Bits(o.Octets, 8*at, 32), Doc: "A router on the way, or space for one.", Ref: l.Ref}
	}
	at := l.Len()
	for ; at+4 <= len(o.Octets); at += 4 {
		switch {
		case o.Kind == OptionRecordRoute || o.sourceRoute():
			n.Children = d.asked.Join(n.Children, address(at))
		case o.Kind == OptionTimestamp && o.Octets[3]&15 != 0 && (at-l.Len())%8 == 0:
			n.Children = d.asked.Join(n.Children, address(at))
		case o.Kind == OptionTimestamp:
			v := wire.Bits(o.Octets, 8*at, 32)
			n.Children = d.asked.Join(n.Children, wire.Node{Name: "Timestamp", Key: "ip.opt.time_stamp", Bit: bit + 8*at, Width: 32, Value: fmt.Sprint(v), Uint: v, Doc: "Milliseconds since midnight UT, or space for them.", Ref: l.Ref})
		default:
			n.Children = d.asked.Join(n.Children, optionData(o.Octets[at:], bit+8*at, l.Ref))
			return n
		}
	}
	if at < len(o.Octets) {
		n.Children = d.asked.Join(n.Children, optionData(o.Octets[at:], bit+8*at, l.Ref))
	}
	return n
}

func optionData(b []byte, bit int, ref wire.Ref) wire.Node {
	return wire.Node{Name: "Data", Bit: bit, Width: 8 * len(b), Value: fmt.Sprintf("%x", b), Doc: "The option's own octets.", Ref: ref}
}

// DissectICMP returns the ICMP message in b, which ends where the packet ends, as a tree. The last child of an
// error is the header of the packet that it quotes; quote is that packet, whose payload begins at offset at: who
// knows its protocol can dissect that further. ok is false if nothing is quoted.
func DissectICMP(b []byte, bit int) (n wire.Node, quote Quote, at int, ok bool) {
	return NewDissector("").ICMP(b, bit)
}

// ICMP is DissectICMP, for what is asked for.
func (d *Dissector) ICMP(b []byte, bit int) (n wire.Node, quote Quote, at int, ok bool) {
	var m Message
	if len(b) >= 2 {
		m.Type, m.Code = MessageType(b[0]), b[1]
	}
	n = d.asked.Dissect(d.message(m), b, bit)
	if len(b) < icmpHeader {
		return n, Quote{}, 0, false
	}
	n.With("icmp.checksum", func(sum *wire.Node) {
		if want := ^wire.Sum(wire.Sum(0, b[:2]), b[4:]); uint64(want) != sum.Uint {
			sum.Note = fmt.Sprintf("wrong: should be 0x%04x", want)
		}
	})
	n.Width = 8 * len(b)
	if len(b) == icmpHeader {
		return n, Quote{}, 0, false
	}
	return d.rest(n, m, b[icmpHeader:], bit+8*icmpHeader)
}
