package ip

import (
	"fmt"
	"net/netip"

	"netlab/wire"
)

// dissect6 is Dissect for IPv6. Extension headers become children of the header's node.
func dissect6(b []byte, bit int) (n wire.Node, h Header, payload []byte, ok bool) {
	n = HeaderLayout6().Dissect(b, bit)
	if len(b) < header6 {
		return n, Header{}, nil, false
	}
	h.read6(b)
	end := min(h.TotalLength, len(b))
	if plen := n.Find("ipv6.plen"); h.TotalLength == header6 && len(b) > header6 {
		plen.Note, end = "zero: the packet was captured before the network card filled it in", len(b)
	} else if missing := h.TotalLength - len(b); missing > 0 {
		plen.Note = fmt.Sprintf("%d octets of the packet are not there", missing)
	}
	at := header6
	for range maxExtensions {
		if !h.Protocol.extension() || at == end || h.Protocol == HopByHopOptions && at > header6 {
			break
		}
		child, next, length, whole := dissectExtension(h.Protocol, b[at:end], bit+8*at)
		n.Children = append(n.Children, child)
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

// dissectExtension returns the extension header that b begins with, what follows it, and its length. whole is false if not
// all of it is there.
func dissectExtension(p Protocol, b []byte, bit int) (n wire.Node, next Protocol, length int, whole bool) {
	l := ExtensionLayout(p)
	n = l.Dissect(b, bit)
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
		f := n.Find("ipv6.fraghdr.offset")
		f.Value = fmt.Sprintf("%d (octet %d)", f.Uint, 8*f.Uint)
	case HopByHopOptions, DestinationOptions:
		n.Children = append(n.Children, dissectOptions6(b[2:length], bit+16)...)
	default:
		if at := l.Len(); at < length {
			n.Children = append(n.Children, optionData(b[at:length], bit+8*at, l.Ref))
		}
	}
	return n, next, length, whole
}

// dissectOptions6 returns the options in b.
func dissectOptions6(b []byte, bit int) []wire.Node {
	var nodes []wire.Node
	for at := 0; at < len(b); {
		l := OptionLayout6(b[at])
		o := l.Dissect(b[at:], bit+8*at)
		length := 1
		if b[at] != 0 && at+1 < len(b) {
			length = 2 + int(b[at+1])
		}
		if at+length > len(b) || b[at] != 0 && at+1 == len(b) {
			o.Note, length = "longer than the header that holds it", len(b)-at
		}
		o.Width = 8 * length
		if length > 2 {
			o.Children = append(o.Children, optionData(b[at+2:at+length], bit+8*(at+2), l.Ref))
		}
		nodes = append(nodes, o)
		at += length
	}
	return nodes
}

// DissectICMPv6 is DissectICMP for ICMPv6, whose checksum covers the addresses too: src and dst are those of the packet,
// invalid if the checksum is not to be looked at. The messages of neighbor discovery show their options.
func DissectICMPv6(b []byte, bit int, src, dst netip.Addr) (n wire.Node, quote Quote, at int, ok bool) {
	var m Message
	if len(b) >= 2 {
		m.Type, m.Code = version6+MessageType(b[0]), b[1]
	}
	l := MessageLayout(m.Type, m.Code)
	n = l.Dissect(b, bit)
	if len(b) < l.Len() {
		return n, Quote{}, 0, false
	}
	if src.IsValid() && wire.Sum(icmpPseudo(src, dst, len(b)), b) != 0xffff {
		want := ^wire.Sum(wire.Sum(icmpPseudo(src, dst, len(b)), b[:2]), b[4:])
		n.Find("icmpv6.checksum").Note = fmt.Sprintf("wrong: should be 0x%04x", want)
	}
	n.Width = 8 * len(b)
	rest := b[l.Len():]
	at = bit + 8*l.Len()
	switch {
	case len(rest) == 0:
	case m.Type >= RouterSolicitation && m.Type <= Redirect6:
		n.Children = append(n.Children, dissectNDPOptions(rest, at)...)
	default:
		return dissectRest(n, m, rest, at)
	}
	return n, Quote{}, 0, false
}

// dissectRest adds to the node of a message what follows its fixed octets: the packet that an error quotes, or data.
func dissectRest(n wire.Node, m Message, rest []byte, at int) (wire.Node, Quote, int, bool) {
	m.Data = rest
	if quote, ok := m.Quoted(); ok {
		header, _, payload, _ := Dissect(rest, at)
		header.Name = "Quoted packet: " + header.Name
		for _, key := range []string{"ip.len", "ipv6.plen"} {
			if f := header.Find(key); f != nil {
				f.Note = "" // an error quotes only the beginning of the packet
			}
		}
		n.Children = append(n.Children, header)
		return n, quote, at + 8*(len(rest)-len(payload)), true
	}
	n.Children = append(n.Children, wire.Node{
		Name: "Data", Key: "data.data", Bit: at, Width: 8 * len(rest), Value: fmt.Sprintf("%d octets", len(rest)),
		Doc: "What the message carries; an echo reply carries what the request did.", Ref: n.Ref,
	})
	return n, Quote{}, 0, false
}
