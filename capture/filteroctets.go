package capture

import (
	"encoding/binary"
	"strings"

	"netlab/ether"
	"netlab/filter"
	"netlab/ip"
	"netlab/tcp"
	"netlab/udp"
	"netlab/wire"
)

// termByOctets returns a test of a term by a packet's row and octets, of which it reads no more than the term asks for. It always decides: where
// nothing quicker is known, by all layers of the packet.
func termByOctets(t filter.Term) func(*look) filter.Verdict {
	byRow := termByRow(t)
	keys := t.Fields()
	layer, _, _ := strings.Cut(keys[0], ".")
	sought := newSeekers(t)
	if t.Octets() || t.Whole() {
		return func(l *look) filter.Verdict {
			v := byRow(l)
			if v == filter.Unknown && t.Octets() {
				v = l.ofOctets(t, sought[0].apart, layer, keys[0])
			}
			if v == filter.Unknown {
				return filter.VerdictOf(t.Match(sought.nodes(l), l.octets))
			}
			return v
		}
	}
	ofRegular, ofBare := termOfRegular(t, layer, keys), termOfBare(t, layer, keys)
	return func(l *look) filter.Verdict {
		v := byRow(l)
		switch {
		case v != filter.Unknown:
			return v
		case l.row.kind&regular != 0:
			v = ofRegular(l)
		case l.row.kind&bare != 0:
			v = ofBare(l)
		}
		if v == filter.Unknown {
			return filter.VerdictOf(t.Match(sought.nodes(l), nil))
		}
		return v
	}
}

// termOfRegular is the test of a term for regular packets that may have the layer.
func termOfRegular(t filter.Term, layer string, keys []string) func(*look) filter.Verdict {
	switch layer {
	case "eth", "sll", "null", tagLayer:
		return termOfLink(t, keys)
	case "ip":
		return termOfHeader(t, keys, ip.HeaderLayout(), (*look).network, termOfIPOptions(t, keys[0]))
	case "ipv6":
		return termOfHeader(t, keys, ip.HeaderLayout6(), (*look).network, none)
	case "tcp":
		if isJoined(keys[0]) {
			return termOfJoined(t)
		}
		return termOfHeader(t, keys, tcp.HeaderLayout(), (*look).transport, termOfOptions(t, keys[0]))
	case "udp":
		return termOfHeader(t, keys, udp.HeaderLayout(), (*look).transport, none)
	case "data":
		return termOfData(t, keys[0])
	}
	return termOfApplication(t, application(layer), keys[0])
}

// termOfBare is the test of a term for bare packets that may have the layer.
func termOfBare(t filter.Term, layer string, keys []string) func(*look) filter.Verdict {
	switch layer {
	case "eth", "sll", "null", tagLayer:
		return termOfLink(t, keys)
	case "ip":
		return termOfHeader(t, keys, ip.HeaderLayout(), (*look).network, termOfIPOptions(t, keys[0]))
	case "ipv6":
		return termOfHeader(t, keys, ip.HeaderLayout6(), (*look).network, none)
	case "arp":
		test := termOfHeader(t, keys, ether.ARPLayout(), (*look).network, none)
		return func(l *look) filter.Verdict {
			if len(l.network()) < ether.ARPLayout().Len() {
				return filter.Unknown
			}
			return test(l)
		}
	case "icmp":
		return termOfEcho(t, keys, ip.EchoRequest, ip.EchoReply)
	case "icmpv6":
		return termOfEcho(t, keys, ip.EchoRequest6, ip.EchoReply6)
	case "data":
		if keys[0] == "data" {
			return none
		}
		apart := newDissector(keys[0])
		return func(l *look) filter.Verdict {
			if l.row.protocol == 0 {
				return filter.No
			}
			return filter.VerdictOf(t.Match([]wire.Node{apart.icmp(l.ip(), 0)}, nil))
		}
	}
	return undecided
}

// termOfEcho is the test of a term about an ICMP echo or its reply.
func termOfEcho(t filter.Term, keys []string, request, reply ip.MessageType) func(*look) filter.Verdict {
	message := func(l *look) []byte { b := l.network(); return b[fixedLen(b):] }
	ofRequest := termOfHeader(t, keys, ip.MessageLayout(request, 0), message, none)
	ofReply := termOfHeader(t, keys, ip.MessageLayout(reply, 0), message, none)
	return func(l *look) filter.Verdict {
		switch b := message(l); {
		case b[1] != 0:
			return filter.Unknown
		case b[0] == 0 || b[0] == 129:
			return ofReply(l)
		}
		return ofRequest(l)
	}
}

func (l *look) network() []byte   { return l.octets[l.row.network:] }
func (l *look) transport() []byte { return l.octets[l.row.transport:] }

// none is what is known of fields beyond a fixed header where there cannot be any.
func none(*look) filter.Verdict { return filter.No }

func undecided(*look) filter.Verdict { return filter.Unknown }

// termOfIPOptions is the test of a term about fields beyond the fixed IPv4 header.
func termOfIPOptions(t filter.Term, key string) func(*look) filter.Verdict {
	return func(l *look) filter.Verdict {
		if fixedLen(l.network()) == ipHeader {
			return filter.No
		}
		return filter.Unknown
	}
}

// ipHeader is the length of an IPv4 header without options.
const ipHeader = 20

// termOfLink is the test of a term about the link header.
func termOfLink(t filter.Term, keys []string) func(*look) filter.Verdict {
	tests := map[uint16]func(*look) filter.Verdict{}
	apart := newDissector(keys[0])
	for _, link := range plainLinks() {
		layout, ok := linkLayout(link)
		if !ok {
			continue
		}
		tests[uint16(link)] = termOfHeader(t, keys, layout, func(l *look) []byte { return l.octets }, func(l *look) filter.Verdict {
			if keys[0] != "eth.padding" {
				return filter.VerdictOf(t.Match(apart.link(link, l.octets), nil))
			}
			if !l.padded() {
				return filter.No
			}
			return filter.Unknown
		})
	}
	return func(l *look) filter.Verdict {
		if test := tests[l.row.link]; test != nil {
			return test(l)
		}
		return filter.Unknown
	}
}

// plainLinks are the link types of regular packets: a link header, and nothing else that a filter could ask for.
func plainLinks() []LinkType { return []LinkType{Ether, RawIP, IPv4, IPv6, LinuxSLL, SLL2, Null, Loop} }

// padded reports whether something may follow the IP packet or the ARP message.
func (l *look) padded() bool {
	b := l.network()
	total := ether.ARPLayout().Len()
	switch {
	case l.row.protocol == 0:
	case b[0]>>4 == 6:
		total = fixedHeader6 + int(binary.BigEndian.Uint16(b[4:]))
	default:
		total = int(binary.BigEndian.Uint16(b[2:]))
	}
	return len(b) > total
}
