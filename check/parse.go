package check

import (
	"strconv"
	"strings"
	"time"

	"netlab/ip"
)

// Parse reads a script. name stands in errors, which are *Error.
func Parse(name, text string) (*Script, error) {
	src := newSource(name, text)
	p := &parser{script: &Script{Name: name, source: src, Config: defaultConfig(), Requirements: requirements(src)}}
	statements := src.statements()
	p.script.Classic = classic(src, statements)
	if p.script.Classic {
		p.script.Config.linux()
	}
	for _, st := range statements {
		p.scanner = scanner{src: src, at: st.from, end: st.to}
		p.statement(st)
		if p.err == nil && !p.done() {
			p.want("nothing more")
		}
		if p.err != nil {
			return nil, p.err
		}
	}
	if len(p.script.Steps) == 0 {
		return nil, &Error{File: name, Line: 1, Column: 1, What: "the script has no steps"}
	}
	return p.script, nil
}

// parser reads statements into a script.
type parser struct {
	scanner
	script *Script
}

func (p *parser) statement(st statement) {
	switch {
	case strings.HasPrefix(p.rest(), "--"):
		p.flag()
		return
	case p.acceptWord("config"):
		p.script.Config.parse(&p.scanner)
		return
	case p.accept("`"):
		p.shell()
		return
	}
	when := p.when()
	line, _, _ := p.src.place(st.from)
	step := Step{Line: line, When: when, Text: strings.Join(strings.Fields(p.src.code[st.from:st.to]), " ")}
	switch {
	case p.accept("<"):
		step.Do = p.arrive()
	case p.accept(">"):
		step.Do = &Expect{p.packet(false)}
	case p.accept("="):
		step.Do = p.assert()
	case p.accept("%{"):
		step.Do = p.block()
	case p.accept("`"):
		p.shell()
		return
	default:
		at := p.at
		word := p.peekWord()
		r := p.rest()
		if len(r) > len(word) && r[len(word)] == '(' {
			step.Do = p.classicCall()
			break
		}
		p.word("<, >, =, or a call")
		step.Do = p.command(at, word)
	}
	if step.Do != nil {
		p.script.Steps = append(p.script.Steps, step)
	}
}

// when reads the time of a step; none is +0.
func (p *parser) when() (w When) {
	p.space()
	r := p.rest()
	switch {
	case p.accept("*"):
		return When{Kind: Any}
	case p.accept("+"):
		w.From = p.seconds()
	case r != "" && (r[0] >= '0' && r[0] <= '9' || r[0] == '.' && len(r) > 1 && r[1] >= '0' && r[1] <= '9'):
		w.Kind = Absolute
		w.From = p.seconds()
	default:
		return w
	}
	w.To = w.From
	if p.accept("...") { // a call that blocks: when it begins, and when it returns
		w.Blocks = true
		p.accept("+")
		p.space()
		at := p.at
		if w.To = p.seconds(); w.To < w.From {
			p.fail(at, "the call returns before it begins")
		}
	} else if p.accept("~") {
		if p.accept("+") != (w.Kind == Relative) {
			p.fail(p.at, "both ends of a range of times are relative, with +, or both absolute")
		}
		p.space()
		at := p.at
		if w.To = p.seconds(); w.To < w.From {
			p.fail(at, "the range of times ends before it begins")
		}
	}
	return w
}

// command reads what begins with a word of ours.
func (p *parser) command(at int, word string) Action {
	switch word {
	case "quiet":
		return &Quiet{}
	case "flood":
		return &Flood{int(p.uint("how many SYNs", 16))}
	}
	return p.ownCall(at, word)
}

func commands() []string {
	return []string{
		"accept", "abort", "close", "connect", "flood", "listen", "quiet", "read", "set", "shutdown", "urgent", "write",
	}
}

// flag reads a line of packetdrill's options: --tolerance_usecs=5000.
func (p *parser) flag() {
	for p.accept("--") {
		at := p.at
		name := p.word("an option")
		value := ""
		if p.accept("=") || !p.done() && !strings.HasPrefix(p.rest(), "-") {
			value = p.value()
		}
		n, err := strconv.Atoi(value)
		switch {
		case name == "tolerance_usecs" && err == nil && n >= 0:
			p.script.Config.Tolerance = time.Duration(n) * time.Microsecond
		case name == "mss" && err == nil && n > 0 && n <= 65535:
			p.script.Config.TCP.MSS = n
		case name == "mtu" && err == nil && n >= 68 && n <= 65535:
			p.script.Config.MTU = n
			p.script.Config.TCP.MSS = n - 40
		case name == "ip_version" && (value == "ipv4" || value == "ipv6"):
			p.script.Config.IPv6 = value == "ipv6"
		case name == "bind_port" || name == "connect_port" || name == "local_ip" || name == "remote_ip" || name == "netmask_ip" ||
			name == "gateway_ip" || name == "speed" || name == "verbose" || name == "v" || name == "non_fatal" || name == "tcp_ts_tick_usecs":
			// the addresses are netlab's own, and its clocks are exact
		default:
			p.wantOneOf(at, "option", name, []string{"tolerance_usecs", "mss", "mtu", "ip_version"})
		}
	}
}

func (p *parser) value() string {
	p.space()
	r := p.rest()
	n := 0
	for n < len(r) && !isSpace(r[n]) {
		n++
	}
	p.at += n
	return r[:n]
}

// arrive is a packet that arrives: all that cannot be left open must be written.
func (p *parser) arrive() Action {
	at := p.at
	a := &Arrive{p.packet(true)}
	if a.Packet.Proto == ip.TCP && !a.Packet.Segment.HasSeq {
		p.fail(at, "a segment that arrives needs its sequence numbers: S 0:0(0)")
	}
	return a
}

// packet reads what follows < or >.
func (p *parser) packet(arrives bool) (k Packet) {
	k = Packet{Conn: 1, Proto: ip.TCP, ECN: -1, DF: -1}
	if r := p.rest(); r != "" && r[0] >= '1' && r[0] <= '9' {
		k.Conn = int(p.uint("the number of a connection", 12))
	}
	if p.accept("[") {
		p.ipFields(&k)
	}
	switch {
	case p.acceptWord("udp"):
		k.Proto = ip.UDP
		p.expect("(")
		k.Length = int(p.uint("the octets of data", 16))
		p.expect(")")
	case p.acceptWord("icmp") || p.acceptWord("icmpv6"):
		k.Proto = ip.ICMP
		k.ICMP = p.message()
	default:
		k.Segment = p.segment(arrives)
	}
	return k
}

// ipFields reads the fields of the IP header that a script says, in brackets: [ect0], [ce, ttl 5].
func (p *parser) ipFields(k *Packet) {
	known := []string{"noecn", "ect0", "ect1", "ce", "ttl", "df", "nodf", "badsum", "tos"}
	for p.err == nil {
		at := p.at
		switch word := p.word("a field of the IP header"); word {
		case "noecn", "nonect":
			k.ECN = 0
		case "ect1":
			k.ECN = 1
		case "ect0":
			k.ECN = 2
		case "ce":
			k.ECN = 3
		case "df":
			k.DF = 1
		case "nodf":
			k.DF = 0
		case "badsum":
			k.BadSum = true
		case "ttl":
			k.TTL = int(p.uint("a time to live", 8))
		case "tos":
			k.ECN = int(p.uint("a traffic class", 8)) & 3
		default:
			p.wantOneOf(at, "field of the IP header", word, known)
		}
		if p.accept("]") {
			return
		}
		p.accept(",")
	}
}
