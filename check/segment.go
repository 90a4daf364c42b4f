package check

import "netlab/tcp"

// segment reads a segment: flags, numbers, and what else the script says.
func (p *parser) segment(arrives bool) (s Segment) {
	s = Segment{Window: -1, Urgent: -1}
	p.flags(&s, arrives)
	p.space()
	if r := p.rest(); r != "" && (r[0] >= '0' && r[0] <= '9' || r[0] == '-') {
		p.numbers(&s)
	}
	for p.err == nil && !p.done() {
		at := p.at
		if p.accept("<") {
			p.options(&s)
			continue
		}
		switch word := p.word("ack, win, urg or <options>"); word {
		case "ack":
			s.HasAck, s.Ack = true, p.number("an acknowledgment number")
		case "win":
			s.Window = int(p.uint("a window", 16))
		case "urg":
			s.Urgent = int(p.uint("an urgent pointer", 16))
		case "off":
			s.Offset = int(p.uint("a data offset", 4))
		case "reserved":
			s.Reserved = int(p.uint("the reserved bits", 4))
		default:
			p.wantOneOf(at, "part of a segment", word, []string{"ack", "win", "urg", "off", "reserved"})
		}
	}
	if arrives && s.Flags&uint8(tcp.ACK) != 0 && !s.HasAck {
		p.want("ack and a number, since the flags have a dot")
	}
	return s
}

// flags reads the control bits: the letters of tcpdump. - is none, ... is any.
func (p *parser) flags(s *Segment, arrives bool) {
	p.space()
	at := p.at
	if !arrives && p.accept("...") {
		s.FlagsAny = true
		return
	}
	if p.accept("-") {
		return
	}
	for p.at < p.end && !isSpace(p.src.code[p.at]) {
		f := flagOf(p.src.code[p.at])
		if f == 0 {
			p.fail(p.at, "want flags from F S R P . U E W, or - for none, found %q", p.upcoming())
			return
		}
		s.Flags |= uint8(f)
		p.at++
	}
	if p.at == at {
		p.want("flags from F S R P . U E W")
	}
}

func flagOf(c byte) tcp.Flags {
	switch c {
	case 'F':
		return tcp.FIN
	case 'S':
		return tcp.SYN
	case 'R':
		return tcp.RST
	case 'P':
		return tcp.PSH
	case '.':
		return tcp.ACK
	case 'U':
		return tcp.URG
	case 'E':
		return tcp.ECE
	case 'W':
		return tcp.CWR
	}
	return 0
}

// flagsText is the letters of flags, as scripts have them.
func flagsText(f uint8) string {
	text := ""
	for _, c := range []byte("FSRPUEW.") {
		if f&uint8(flagOf(c)) != 0 {
			text += string(c)
		}
	}
	if text == "" {
		return "-"
	}
	return text
}

// numbers reads 1:1001(1000).
func (p *parser) numbers(s *Segment) {
	at := p.at
	s.HasSeq, s.Seq = true, p.number("a sequence number")
	end := s.Seq
	colon := p.accept(":")
	if colon {
		end = p.number("the sequence number after the data")
	}
	p.expect("(")
	s.Length = int(p.uint("the octets of data", 16))
	p.expect(")")
	if p.err == nil && colon && end != s.Seq+int64(s.Length) {
		p.fail(at, "%d octets from %d on end at %d, not at %d", s.Length, s.Seq, s.Seq+int64(s.Length), end)
	}
}
