package check

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// classic reports whether a script has calls in packetdrill's form: write(4, ..., 1000) = 1000.
func classic(src *source, statements []statement) bool {
	call := regexp.MustCompile(`^[+*\d.~ ]*\s*(socket|connect|accept|bind|listen|write|read|close|fcntl|setsockopt)\(`)
	return slices.ContainsFunc(statements, func(st statement) bool { return call.MatchString(src.code[st.from:st.to]) })
}

// classicCall reads a call in packetdrill's form. Arguments that are ... are left to netlab, as there.
func (p *parser) classicCall() Action {
	at := p.at
	name := p.word("a call")
	args := p.arguments()
	if p.err != nil {
		return nil
	}
	v := &Invoke{Conn: -1, Call: Call{Op: name}, Want: Outcome{HasN: true}}
	p.expect("=")
	p.classicOutcome(v)
	if p.err != nil {
		return nil
	}
	arg := func(i int) string {
		if i < len(args) {
			return args[i]
		}
		return ""
	}
	if fd, err := strconv.Atoi(arg(0)); err == nil {
		v.Conn = fd
	}
	switch name {
	case "socket":
		v.Sets, v.Want = v.Want.N, Outcome{Any: true}
		if arg(1) != "SOCK_STREAM" {
			p.fail(at, "socket: only SOCK_STREAM is known here, not %s", arg(1))
		}
	case "bind":
	case "listen":
		v.Call.N, _ = strconv.Atoi(arg(1))
	case "accept", "accept4":
		v.Call.Op, v.Sets = "accept", v.Want.N
		if v.Want.Err == "" {
			v.Want = Outcome{Any: true}
		}
	case "connect":
	case "write", "send", "sendto":
		v.Call.Op = "write"
		v.Call.N, _ = strconv.Atoi(arg(2))
		if strings.Contains(arg(3), "MSG_OOB") {
			v.Call.Op = "urgent"
		}
	case "read", "recv", "recvfrom":
		v.Call.Op = "read"
		v.Call.N, _ = strconv.Atoi(arg(2))
	case "sendmsg", "writev":
		v.Call.Op, v.Call.N = "write", vectorLength(arg(1))
	case "recvmsg", "readv":
		v.Call.Op, v.Call.N = "read", vectorLength(arg(1))
	case "close":
	case "shutdown":
		v.Call.Name = map[string]string{"SHUT_RD": "read", "SHUT_WR": "write", "SHUT_RDWR": "both"}[arg(1)]
	case "fcntl": // sockets that do not block are what calls make of them
		return p.nothing(arg(1) == "F_GETFL" || arg(1) == "F_SETFL", at, name, arg(1))
	case "setsockopt", "getsockopt":
		return p.socketOption(at, v, name, arg(2), arg(3))
	case "poll":
		v.Want, v.Call.Name = Outcome{HasN: true, N: v.Want.N}, arg(0)
		m := regexp.MustCompile(`fd\s*=\s*(\d+)`).FindStringSubmatch(arg(0))
		if m == nil || strings.Count(arg(0), "fd") > 1 {
			p.fail(at, "poll: of one socket only")
			return nil
		}
		v.Conn, _ = strconv.Atoi(m[1])
	default:
		p.wantOneOf(at, "call", name, []string{
			"socket", "bind", "listen", "accept", "connect", "write", "send", "sendto", "read", "recv", "recvfrom", "sendmsg", "recvmsg",
			"close", "shutdown", "fcntl", "setsockopt", "getsockopt", "poll",
		})
	}
	if v.Call.N < 0 || v.Call.N >= 1<<24 {
		p.fail(at, "%s: %d is no number of octets between 0 and 16 MiB", name, v.Call.N)
	}
	return v
}

// arguments reads (a, [b, c], {d}): what stands between commas that are in no bracket.
func (p *parser) arguments() (all []string) {
	p.expect("(")
	depth, begin := 0, p.at
	for ; p.err == nil; p.at++ {
		if p.at >= p.end {
			p.want(`")" further on`)
			return nil
		}
		switch c := p.src.code[p.at]; {
		case strings.IndexByte("([{", c) >= 0:
			depth++
		case depth > 0 && strings.IndexByte(")]}", c) >= 0:
			depth--
		case c == ',' && depth == 0, c == ')' && depth == 0:
			all = append(all, strings.TrimSpace(p.src.code[begin:p.at]))
			if begin = p.at + 1; c == ')' {
				p.at++
				return all
			}
		}
	}
	return nil
}

// classicOutcome reads -1 EAGAIN (Resource temporarily unavailable), 0x2 (flags …), 1000, or ... for any.
func (p *parser) classicOutcome(v *Invoke) {
	if p.accept("...") {
		v.Want = Outcome{Any: true}
		return
	}
	v.Want.N = int(p.number("what the call returns"))
	if v.Want.N < 0 {
		v.Want.HasN = false
		p.outcome(&v.Want)
	}
	if p.accept("(") {
		p.until(")")
	}
}

// vectorLength adds up the lengths in an msghdr or iovec: [{..., 1000}, {..., 500}].
func vectorLength(arg string) (n int) {
	for _, m := range regexp.MustCompile(`\{\s*\.\.\.\s*,\s*(\d+)\s*\}`).FindAllStringSubmatch(arg, -1) {
		k, _ := strconv.Atoi(m[1])
		n += k
	}
	return n
}

// nothing is a call that has no effect here, if it may have none.
func (p *parser) nothing(fine bool, at int, name, what string) Action {
	if !fine {
		p.fail(at, "%s(%s) is not known here", name, what)
	}
	return nil
}

// socketOption is setsockopt or getsockopt, of the options that change what TCP does.
func (p *parser) socketOption(at int, v *Invoke, call, name, value string) Action {
	n, _ := strconv.Atoi(strings.Trim(value, "[] "))
	v.Call.N = n
	ours := map[string]string{
		"TCP_NODELAY": "nodelay", "SO_KEEPALIVE": "keepalive", "TCP_USER_TIMEOUT": "usertimeout", "SO_ERROR": "error",
		"TCP_KEEPIDLE": "keepidle", "SO_LINGER": "linger",
	}
	switch {
	case ours[name] != "" && (call == "setsockopt" || name == "SO_ERROR"):
		v.Call.Op, v.Call.Name = "set", ours[name]
		if name == "SO_ERROR" {
			v.Call.Op = "error"
		}
		if name == "TCP_KEEPIDLE" {
			v.Call.Name, v.Call.N = "keepalive", n*1000
		}
		return v
	case name == "TCP_CONGESTION" && (strings.Contains(value, "cubic") || strings.Contains(value, "reno")):
		p.script.Config.set("congestion", strings.Trim(value, `"[] `))
		return nil
	case name == "SO_RCVBUF" && call == "setsockopt":
		p.script.Config.TCP.ReceiveBuffer = 2 * n // as Linux, which counts what it needs itself
		return nil
	case name == "SO_SNDBUF" && call == "setsockopt":
		p.script.Config.TCP.SendBuffer = 2 * n
		return nil
	case name == "TCP_MAXSEG" && call == "setsockopt":
		p.script.Config.TCP.MSS = n
		return nil
	}
	return p.nothing(name == "SO_REUSEADDR" || name == "SO_REUSEPORT" || name == "TCP_QUICKACK" || name == "IP_RECVERR", at, call, name)
}

// block is %{ … }%: assertions that compare a variable with a value, and nothing else of Python.
func (p *parser) block() Action {
	a := &Assert{Conn: -1}
	begin := p.at
	text := p.until("}%")
	line := regexp.MustCompile(`^assert\s+(.*)$`)
	term := regexp.MustCompile(`^\(?\s*(tcpi_\w+)\s*(==|!=|<=|>=|<|>)\s*(\w+)\s*\)?$`)
	states := map[string]string{"TCP_CA_Open": "0", "TCP_CA_Disorder": "1", "TCP_CA_CWR": "2", "TCP_CA_Recovery": "3", "TCP_CA_Loss": "4"}
	for _, l := range strings.FieldsFunc(text, func(r rune) bool { return r == '\n' || r == ';' }) {
		l = strings.TrimSpace(l)
		if l == "" {
			continue
		}
		m := line.FindStringSubmatch(l)
		if m == nil {
			p.fail(begin, "Python is not run; only assert tcpi_… == VALUE is understood, not %q", l)
			return nil
		}
		condition, _, _ := strings.Cut(m[1], ",") // what follows is said when it fails
		for _, t := range strings.Split(condition, " and ") {
			c := term.FindStringSubmatch(strings.TrimSpace(t))
			if c == nil {
				p.fail(begin, "only tcpi_… == VALUE can be asserted, not %q", t)
				return nil
			}
			if !slices.Contains(variables(), c[1]) {
				p.wantOneOf(begin, "variable", c[1], variables())
				return nil
			}
			value := c[3]
			if v, is := states[value]; is {
				value = v
			}
			a.Checks = append(a.Checks, Comparison{c[1], c[2], value, strings.TrimSpace(t)})
		}
	}
	if len(a.Checks) == 0 {
		return nil
	}
	return a
}
