package ip

import (
	"encoding/binary"
	"errors"
	"fmt"
	"net/netip"
	"time"

	"netlab/wire"
)

// ErrNeighbor is what is wrong with a message of neighbor discovery that must be discarded (RFC 4861, Section 7.1).
var ErrNeighbor = errors.New("ip: not a valid message of neighbor discovery")

// Neighbor is a neighbor solicitation or advertisement (RFC 4861, Sections 4.3 and 4.4).
type Neighbor struct {
	Target netip.Addr // the address that is asked for, or told about

	// Link is the link address that comes along: in a solicitation that of who asks, in an advertisement that of the target.
	Link    [6]byte
	HasLink bool

	// Of advertisements: a router says so; in answer to a solicitation; counts more than what was known.
	Router, Solicited, Override bool
}

// Kinds of options (RFC 4861, Section 4.6).
const (
	optionSourceLink       = 1
	optionTargetLink       = 2
	optionPrefix           = 3
	optionRedirectedHeader = 4
	optionMTU              = 5
)

// ParseNeighbor reads a solicitation or advertisement that came with header h. It checks what RFC 4861, Sections 7.1.1 and
// 7.1.2 ask; the error is ErrNeighbor.
func ParseNeighbor(h *Header, m *Message) (n Neighbor, err error) {
	if h.TTL != 255 || m.Code != 0 || len(m.Data) < 16 {
		return Neighbor{}, ErrNeighbor
	}
	n.Target = netip.AddrFrom16([16]byte(m.Data))
	n.Router, n.Solicited, n.Override = m.Rest>>31&1 == 1, m.Rest>>30&1 == 1, m.Rest>>29&1 == 1
	kind := byte(optionTargetLink)
	if m.Type == NeighborSolicitation {
		kind = optionSourceLink
		n.Router, n.Solicited, n.Override = false, false, false
	}
	err = ndpOptions(m.Data[16:], func(o []byte) {
		if o[0] == kind && len(o) == 8 {
			n.Link, n.HasLink = [6]byte(o[2:]), true
		}
	})
	switch {
	case err != nil:
	case n.Target.IsMulticast():
		err = ErrNeighbor
	case m.Type == NeighborAdvertisement && h.Dst.IsMulticast() && n.Solicited:
		err = ErrNeighbor
	case m.Type == NeighborSolicitation && h.Src.IsUnspecified() && (n.HasLink || h.Dst != SolicitedNode(n.Target)):
		err = ErrNeighbor
	}
	return n, err
}

// Solicitation returns the message that asks for n.Target.
func (n *Neighbor) Solicitation() Message {
	return Message{Type: NeighborSolicitation, Data: n.data(optionSourceLink)}
}

// Advertisement returns the message that tells of n.Target.
func (n *Neighbor) Advertisement() Message {
	m := Message{Type: NeighborAdvertisement, Data: n.data(optionTargetLink)}
	for i, set := range []bool{n.Router, n.Solicited, n.Override} {
		if set {
			m.Rest |= 1 << (31 - i)
		}
	}
	return m
}

func (n *Neighbor) data(kind byte) []byte {
	target := n.Target.As16()
	if !n.HasLink {
		return target[:]
	}
	return append(append(target[:], kind, 1), n.Link[:]...)
}

// Advert is a router advertisement (RFC 4861, Section 4.2), as far as hosts here use it.
type Advert struct {
	HopLimit uint8         // that hosts should use; 0: not said
	Lifetime time.Duration // as default router; 0: it is none
	Link     [6]byte       // of the router
	HasLink  bool
	MTU      int // of the link; 0: not said
	Prefixes []AdvertPrefix
}

// AdvertPrefix is a network that a router tells of (RFC 4861, Section 4.6.2).
type AdvertPrefix struct {
	Prefix           netip.Prefix
	OnLink           bool // hosts of the network are neighbours
	Autonomous       bool // hosts may make themselves an address in it (RFC 4862)
	Valid, Preferred time.Duration
}

// ParseAdvert reads a router advertisement that came with header h. It checks what RFC 4861, Section 6.1.2 asks; the error
// is ErrNeighbor.
func ParseAdvert(h *Header, m *Message) (a Advert, err error) {
	if h.TTL != 255 || m.Code != 0 || !h.Src.IsLinkLocalUnicast() || len(m.Data) < 8 {
		return Advert{}, ErrNeighbor
	}
	a.HopLimit, a.Lifetime = uint8(m.Rest>>24), time.Duration(uint16(m.Rest))*time.Second
	err = ndpOptions(m.Data[8:], func(o []byte) {
		switch {
		case o[0] == optionSourceLink && len(o) == 8:
			a.Link, a.HasLink = [6]byte(o[2:]), true
		case o[0] == optionMTU && len(o) == 8:
			a.MTU = int(binary.BigEndian.Uint32(o[4:]))
		case o[0] == optionPrefix && len(o) == 32 && o[2] <= 128:
			a.Prefixes = append(a.Prefixes, AdvertPrefix{
				Prefix: netip.PrefixFrom(netip.AddrFrom16([16]byte(o[16:])), int(o[2])),
				OnLink: o[3]&0x80 != 0, Autonomous: o[3]&0x40 != 0,
				Valid:     time.Duration(binary.BigEndian.Uint32(o[4:])) * time.Second,
				Preferred: time.Duration(binary.BigEndian.Uint32(o[8:])) * time.Second,
			})
		}
	})
	return a, err
}

// Message returns the advertisement as a message.
func (a *Advert) Message() Message {
	m := Message{Type: RouterAdvertisement, Rest: uint32(a.HopLimit)<<24 | uint32(a.Lifetime/time.Second)&0xffff, Data: make([]byte, 8)}
	if a.HasLink {
		m.Data = append(append(m.Data, optionSourceLink, 1), a.Link[:]...)
	}
	if a.MTU > 0 {
		m.Data = binary.BigEndian.AppendUint32(append(m.Data, optionMTU, 1, 0, 0), uint32(a.MTU))
	}
	for _, p := range a.Prefixes {
		flags := byte(0)
		if p.OnLink {
			flags |= 0x80
		}
		if p.Autonomous {
			flags |= 0x40
		}
		m.Data = append(m.Data, optionPrefix, 4, byte(p.Prefix.Bits()), flags)
		m.Data = binary.BigEndian.AppendUint32(m.Data, uint32(p.Valid/time.Second))
		m.Data = binary.BigEndian.AppendUint32(m.Data, uint32(p.Preferred/time.Second))
		network := p.Prefix.Masked().Addr().As16()
		m.Data = append(append(m.Data, 0, 0, 0, 0), network[:]...)
	}
	return m
}

// ndpOptions calls each for every option in b. "Nodes MUST silently discard an ND packet that contains an option with
// length zero." (RFC 4861, Section 4.6)
func ndpOptions(b []byte, each func(o []byte)) error {
	for len(b) > 0 {
		if len(b) < 8 || b[1] == 0 || 8*int(b[1]) > len(b) {
			return ErrNeighbor
		}
		n := 8 * int(b[1])
		each(b[:n:n])
		b = b[n:]
	}
	return nil
}

// NDPOptionLayout declares an option of neighbor discovery (RFC 4861, Section 4.6).
func NDPOptionLayout(kind uint8) wire.Layout {
	ref := wire.RFC("4861", "4.6")
	l := wire.Layout{Name: "Option: unknown", Key: "icmpv6.opt", Ref: ref, Doc: "An option that this program does not know."}
	add := func(name, key string, bit, width int, f wire.Format, doc string) {
		l.Fields = append(l.Fields, wire.Field{Name: name, Key: key, Bit: bit, Width: width, Format: f, Ref: l.Ref, Doc: doc})
	}
	add("Type", "icmpv6.opt.type", 0, 8, wire.Decimal, "Which option this is.")
	add("Length", "icmpv6.opt.length", 8, 8, wire.Decimal, "Of the option, in units of 8 octets.")
	switch kind {
	case optionSourceLink, optionTargetLink:
		l.Name, l.Doc, l.Ref = "Option: Source link-layer address", "The link address of who sends this.", wire.RFC("4861", "4.6.1")
		if kind == optionTargetLink {
			l.Name, l.Doc = "Option: Target link-layer address", "The link address of the target."
		}
		add("Link-layer Address", "icmpv6.opt.linkaddr", 16, 48, wire.Hex, l.Doc)
	case optionPrefix:
		l.Name, l.Doc, l.Ref = "Option: Prefix information", "A network on this link.", wire.RFC("4861", "4.6.2")
		add("Prefix Length", "icmpv6.opt.prefix.length", 16, 8, wire.Decimal, "How many bits of the prefix count.")
		add("On-link", "icmpv6.opt.prefix.flag.l", 24, 1, wire.Flag, "Hosts with addresses of this network are neighbours.")
		add("Autonomous", "icmpv6.opt.prefix.flag.a", 25, 1, wire.Flag, "Hosts may make themselves an address in this network.")
		add("Reserved", "icmpv6.opt.prefix.reserved", 26, 6, wire.Hex, "Zero, and ignored.")
		add("Valid Lifetime", "icmpv6.opt.prefix.valid_lifetime", 32, 32, wire.Decimal, "For how many seconds the prefix is valid.")
		add("Preferred Lifetime", "icmpv6.opt.prefix.preferred_lifetime", 64, 32, wire.Decimal, "For how many seconds addresses made from it are preferred.")
		add("Reserved", "icmpv6.opt.reserved", 96, 32, wire.Hex, "Zero, and ignored.")
		add("Prefix", "icmpv6.opt.prefix", 128, 128, wire.Address, "The network.")
	case optionRedirectedHeader:
		l.Name, l.Doc, l.Ref = "Option: Redirected header", "The packet that brought about the redirect.", wire.RFC("4861", "4.6.3")
	case optionMTU:
		l.Name, l.Doc, l.Ref = "Option: MTU", "What size of packets all hosts on the link use.", wire.RFC("4861", "4.6.4")
		add("Reserved", "icmpv6.opt.reserved", 16, 16, wire.Hex, "Zero, and ignored.")
		add("MTU", "icmpv6.opt.mtu", 32, 32, wire.Decimal, "In octets.")
	}
	return l
}

// ndpOptions returns the options in b.
func (d *Dissector) ndpOptions(b []byte, bit int) []wire.Node {
	var nodes []wire.Node
	for at := 0; at < len(b); {
		l := d.layout(layoutOf{what: ofNDPOption, number: uint16(b[at])})
		o := d.asked.Dissect(l, b[at:], bit+8*at)
		length := len(b) - at
		switch {
		case length < 2 || b[at+1] == 0:
			o.Note = "malformed: an option of length zero"
		case 8*int(b[at+1]) > length:
			o.Note = "longer than the message that holds it"
		default:
			length = 8 * int(b[at+1])
		}
		o.Width = 8 * length
		if f := o.Find("icmpv6.opt.linkaddr"); f != nil && length >= 8 {
			f.Value = fmt.Sprintf("%02x:%02x:%02x:%02x:%02x:%02x", b[at+2], b[at+3], b[at+4], b[at+5], b[at+6], b[at+7])
		}
		if end := l.Len(); end < length {
			o.Children = d.asked.Join(o.Children, optionData(b[at+end:at+length], bit+8*(at+end), l.Ref))
		}
		nodes = d.asked.Join(nodes, o)
		at += length
	}
	return nodes
}
