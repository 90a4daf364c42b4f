package check

import (
	"slices"
	"strconv"
	"strings"
	"time"
)

// ownCall reads a call in our words: write 1000 = 500 on 2.
func (p *parser) ownCall(at int, word string) Action {
	v := &Invoke{Conn: 1, Call: Call{Op: word}, Want: Outcome{HasN: true}}
	switch word {
	case "listen":
		if p.acceptWord("backlog") {
			v.Call.N = int(p.uint("a backlog", 16))
		}
	case "connect", "accept", "close", "abort":
	case "shutdown":
		v.Call.Name = "write"
		if p.acceptWord("read") {
			v.Call.Name = "read"
		} else if p.acceptWord("both") {
			v.Call.Name = "both"
		}
	case "write", "urgent", "read":
		v.Call.N = int(p.uint("how many octets", 24))
		v.Want.N = v.Call.N
	case "set":
		p.setting(v)
	default:
		p.wantOneOf(at, "word", word, commands())
		return nil
	}
	if word == "connect" { // it goes on in the background, as of a socket that does not block
		v.Want = Outcome{Any: true}
	}
	for p.err == nil && !p.done() {
		switch {
		case p.acceptWord("on"):
			v.Conn = int(p.uint("the number of a connection", 12))
		case p.accept("..."):
			v.Want.Blocks = true
		case p.accept("="):
			p.outcome(&v.Want)
		default:
			p.want("= and what the call returns, ... if it blocks, or on and a connection's number")
		}
	}
	return v
}

// outcome reads what a call returns: a number, or the name of an error.
func (p *parser) outcome(o *Outcome) {
	p.space()
	if w := p.peekWord(); strings.HasPrefix(w, "E") {
		at := p.at
		p.at += len(w)
		o.Err, o.HasN = w, false
		if !slices.Contains(errorNames(), w) {
			p.wantOneOf(at, "error", w, errorNames())
		}
		return
	}
	o.Any, o.HasN, o.N = false, true, int(p.number("a number, or an error as ECONNRESET"))
}

func errorNames() []string {
	return []string{
		"EAGAIN", "ECONNABORTED", "ECONNREFUSED", "ECONNRESET", "EHOSTUNREACH", "EINPROGRESS", "EINVAL", "EISCONN", "EMSGSIZE",
		"ENETUNREACH", "ENOPROTOOPT", "ENOTCONN", "EPIPE", "EPROTO", "ETIMEDOUT", "EALREADY", "EOPNOTSUPP", "EBADF",
	}
}

// setting reads what set sets: nodelay on, keepalive 10s, usertimeout 20s.
func (p *parser) setting(v *Invoke) {
	at := p.at
	v.Want = Outcome{HasN: true}
	v.Call.Name = p.word("nodelay, keepalive or usertimeout")
	valueAt := p.at
	value := p.word("on, off or a time")
	switch v.Call.Name {
	case "nodelay", "keepalive", "usertimeout":
	default:
		p.wantOneOf(at, "setting", v.Call.Name, []string{"nodelay", "keepalive", "usertimeout"})
		return
	}
	d, err := time.ParseDuration(value)
	switch {
	case value == "on" && v.Call.Name != "usertimeout":
		v.Call.N = 1
	case value == "off":
	case err == nil && v.Call.Name != "nodelay" && d >= time.Millisecond:
		v.Call.N = int(d / time.Millisecond)
	default:
		p.fail(valueAt, "set %s takes on, off or a time with its unit, not %q", v.Call.Name, value)
	}
}

// assert reads what follows = : on 2 state ESTABLISHED, cwnd >= 10.
func (p *parser) assert() Action {
	a := &Assert{Conn: 1}
	if p.acceptWord("on") {
		a.Conn = int(p.uint("the number of a connection", 12))
	}
	for p.err == nil {
		a.Checks = append(a.Checks, p.check())
		if !p.accept(",") {
			break
		}
	}
	return a
}

func (p *parser) check() (c Comparison) {
	p.space()
	at := p.at
	c.Variable = p.word("a variable, as state or cwnd")
	if p.err == nil && !slices.Contains(variables(), c.Variable) {
		p.wantOneOf(at, "variable", c.Variable, variables())
	}
	c.Operator = "=="
	for _, op := range []string{"==", "!=", "<=", ">=", "<", ">"} {
		if p.accept(op) {
			c.Operator = op
			break
		}
	}
	p.space()
	valueAt := p.at
	word := p.word("a value")
	c.Value = word
	c.Text = strings.TrimSpace(p.src.code[at:p.at])
	if d, err := time.ParseDuration(word); err == nil && word != "0" {
		c.Value = strconv.FormatInt(int64(d), 10)
	} else if _, err := strconv.ParseInt(word, 10, 64); err != nil && c.Operator != "==" && c.Operator != "!=" {
		p.fail(valueAt, "%s wants a number or a time to compare with, not %q", c.Operator, word)
	}
	return c
}

// variables are those that can be compared. docs/scripts.md says what each is.
func variables() []string {
	return []string{
		"state", "err", "snd.una", "snd.nxt", "rcv.nxt", "snd.wnd", "rcv.wnd", "mss", "cwnd", "cwnd.octets", "ssthresh",
		"ssthresh.octets", "inflight", "dupacks", "recovering", "sacked", "lost", "wmax", "k", "congestion", "srtt", "rttvar", "rto", "minrtt", "timer",
		"unsent", "unacked", "unread", "islands", "timestamps", "sack", "ecn", "scaling", "finsent", "finreceived", "retransmissions", "timeouts",
		"recoveries", "probes", "undone", "repeated", "challenges", "withheld", "oldtimestamps", "badsacks", "reneged", "marked", "echoed",
		"pathmtu", "discarded", "urgent", "halfopen", "cookies", "dropped", "connections",
		"tcpi_state", "tcpi_ca_state", "tcpi_snd_cwnd", "tcpi_snd_ssthresh", "tcpi_snd_mss", "tcpi_unacked", "tcpi_sacked", "tcpi_lost",
		"tcpi_rto", "tcpi_rtt", "tcpi_rttvar", "tcpi_total_retrans", "tcpi_notsent_bytes", "tcpi_bytes_acked", "tcpi_backoff", "tcpi_min_rtt",
	}
}
