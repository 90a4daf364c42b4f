package check

import (
	"slices"

	"netlab/ip"
)

// messages are the ICMP errors by the names that scripts use: type and code, for IPv4. message6 has those of ICMPv6.
func messages() map[string][2]int {
	return map[string][2]int{
		"net_unreachable": {3, 0}, "host_unreachable": {3, 1}, "protocol_unreachable": {3, 2}, "port_unreachable": {3, 3},
		"frag_needed": {3, 4}, "source_route_failed": {3, 5}, "net_prohibited": {3, 9}, "host_prohibited": {3, 10},
		"packet_filtered": {3, 13}, "admin_prohibited": {3, 13},
		"source_quench": {4, 0}, "ttl_exceeded": {11, 0}, "exc_ttl": {11, 0}, "reassembly_exceeded": {11, 1},
		"bad_header": {12, 0}, "packet_too_big": {2, 0}, "no_route": {1, 0}, "address_unreachable": {1, 3},
	}
}

// message reads an ICMP error: [class] name [mtu N] [1:1001(1000)], the quoted segment's numbers in brackets.
func (p *parser) message() (m Message) {
	for _, class := range []string{"unreachable", "time_exceeded", "parameter_problem", "dst_unreachable"} {
		p.acceptWord(class) // packetdrill says the type, then the code
	}
	p.space()
	at := p.at
	name := p.word("the name of an ICMP message")
	code, known := messages()[name]
	if !known {
		var names []string
		for n := range messages() {
			names = append(names, n)
		}
		slices.Sort(names)
		p.wantOneOf(at, "ICMP message", name, names)
		return m
	}
	m.Type, m.Code = ip.MessageType(code[0]), uint8(code[1])
	if name == "packet_too_big" || name == "no_route" || name == "address_unreachable" {
		m.Type += ip.Unreachable6 - 1
	}
	if p.script.Config.IPv6 && m.Type == ip.Unreachable && m.Code == ip.PortUnreachable {
		m.Type, m.Code = ip.Unreachable6, ip.PortUnreachable6
	}
	if p.acceptWord("mtu") {
		m.MTU = int(p.uint("an MTU", 16))
	}
	m.Short = p.acceptWord("short")
	p.expect("[")
	if m.UDP = p.acceptWord("udp"); m.UDP {
		p.expect("(")
		m.Len = int(p.uint("the octets of data", 16))
		p.expect(")")
	} else {
		var s Segment
		p.numbers(&s)
		m.Seq, m.Len = s.Seq, s.Length
	}
	p.expect("]")
	return m
}
