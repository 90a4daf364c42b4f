package ip

import (
	"fmt"
	"net/netip"

	"netlab/wire"
)

// header6 is Header for IPv6. Extension headers become children of the header's node.
func (d *Dissector) header6(b []byte, bit int) (n wire.Node, h Header, payload []byte, ok bool) {
	n = d.asked.Dissect(d.layout(layoutOf{what: 6}), b, bit)
	if len(b) < header6 {
		return n, Header{}, nil, false
	}
	h.read6(b)
	end := min(h.TotalLength, len(b))
	if h.TotalLength == header6 && len(b) > header6 {
		note(&n, "ipv6.plen", "zero: the packet was captured before the network card filled it in")
		end = len(b)
	} else if missing := h.TotalLength - len(b); missing > 0 {
		note(&n, "ipv6.plen", notThere(missing))
	}
	at := header6
	for range maxExtensions {
		if !h.Protocol.extension() || at == end || h.Protocol == HopByHopOptions && at > header6 {
			break
		}
		child, next, length, whole := d.extension(h.Protocol, b[at:end], bit+8*at)
		n.Children = d.asked.Join(n.Children, child)
		if !whole {
			n.Note = "malformed: an extension header is cut short"
			at = end
			break
		}
		if h.Protocol == FragmentHeader {
			h.readFragment(b[at:end])
		}
		h.Protocol = next
		at += length
		if h.IsFragment() {
			break
		}
	}
	n.Width = 8 * at
	return n, h, b[at:end], true
}

// extension returns the extension header that b begins with, what follows it, and its length. whole is false if not
// all of it is there.
func (d *Dissector) extension(p Protocol, b []byte, bit int) (n wire.Node, next Protocol, length int, whole bool) {
	l := d.layout(layoutOf{what: ofExtension, number: uint16(p)})
	n = d.asked.Dissect(l, b, bit)
	if len(b) < 8 {
		n.Width = 8 * len(b)
		return n, 0, 0, false
	}
	next, length = Protocol(b[0]), 8
	if p != FragmentHeader {
		length += 8 * int(b[1])
	}
	if whole = length <= len(b); !whole {
		n.Note = fmt.Sprintf("cut short: %d of %d octets", len(b), length)
		length = len(b)
	}
	n.Width = 8 * length
	switch p {
	case FragmentHeader:
		n.With("ipv6.fraghdr.offset", func(f *wire.Node) { f.Value = fmt.Sprintf("%d (octet %d)", f.Uint, 8*f.Uint) })
	case HopByHopOptions, DestinationOptions:
		n.Children = append(n.Children, d.options6(b[2:length], bit+16)...)
	default:
		if at := l.Len(); at < length {
			n.Children = d.asked.Join(n.Children, optionData(b[at:length], bit+8*at, l.Ref))
		}
	}
	return n, next, length, whole
}

// options6 returns the options in b.
func (d *Dissector) options6(b []byte, bit int) []wire.Node {
	var nodes []wire.Node
	for at := 0; at < len(b); {
		l := d.layout(layoutOf{what: ofOption6, number: uint16(b[at])})
		o := d.asked.Dissect(l, b[at:], bit+8*at)
		length := 1
		if b[at] != 0 && at+1 < len(b) {
			length = 2 + int(b[at+1])
		}
		if at+length > len(b) || b[at] != 0 && at+1 == len(b) {
			o.Note, length = "longer than the header that holds it", len(b)-at
		}
		o.Width = 8 * length
		if length > 2 {
			o.Children = d.asked.Join(o.Children, optionData(b[at+2:at+length], bit+8*(at+2), l.Ref))
		}
		nodes = d.asked.Join(nodes, o)
		at += length
	}
	return nodes
}

// DissectICMPv6 is DissectICMP for ICMPv6, whose checksum covers the addresses too: src and dst are those of the packet,
// invalid if the checksum is not to be looked at. The messages of neighbor discovery show their options.
func DissectICMPv6(b []byte, bit int, src, dst netip.Addr) (n wire.Node, quote Quote, at int, ok bool) {
	return NewDissector("").ICMPv6(b, bit, src, dst)
}

// ICMPv6 is DissectICMPv6, for what is asked for.
func (d *Dissector) ICMPv6(b []byte, bit int, src, dst netip.Addr) (n wire.Node, quote Quote, at int, ok bool) {
	var m Message
	if len(b) >= 2 {
		m.Type, m.Code = version6+MessageType(b[0]), b[1]
	}
	l := d.message(m)
	n = d.asked.Dissect(l, b, bit)
	if len(b) < l.Len() {
		return n, Quote{}, 0, false
	}
	n.With("icmpv6.checksum", func(sum *wire.Node) {
		if src.IsValid() && wire.Sum(icmpPseudo(src, dst, len(b)), b) != 0xffff {
			want := ^wire.Sum(wire.Sum(icmpPseudo(src, dst, len(b)), b[:2]), b[4:])
			sum.Note = fmt.Sprintf("wrong: should be 0x%04x", want)
		}
	})
	n.Width = 8 * len(b)
	rest := b[l.Len():]
	at = bit + 8*l.Len()
	switch {
	case len(rest) == 0:
	case m.Type >= RouterSolicitation && m.Type <= Redirect6:
		n.Children = append(n.Children, d.ndpOptions(rest, at)...)
	default:
		return d.rest(n, m, rest, at)
	}
	return n, Quote{}, 0, false
}

// rest adds to the node of a message what follows its fixed octets: the packet that an error quotes, or data.
func (d *Dissector) rest(n wire.Node, m Message, rest []byte, at int) (wire.Node, Quote, int, bool) {
	m.Data = rest
	if quote, ok := m.Quoted(); ok {
		header, _, payload, _ := d.Header(rest, at)
		header.Name = "Quoted packet: " + header.Name
		for _, key := range []string{"ip.len", "ipv6.plen"} {
			note(&header, key, "") // an error quotes only the beginning of the packet
		}
		n.Children = d.asked.Join(n.Children, header)
		return n, quote, at + 8*(len(rest)-len(payload)), true
	}
	n.Children = d.asked.Join(n.Children, wire.Node{
		Name: "Data", Key: "data.data", Bit: at, Width: 8 * len(rest), Value: fmt.Sprintf("%d octets", len(rest)),
		Doc: "What the message carries; an echo reply carries what the request did.", Ref: n.Ref,
	})
	return n, Quote{}, 0, false
}
