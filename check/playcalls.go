package check

import (
	"fmt"
	"net/netip"
	"time"
)

func addrPort(a netip.AddrPort, port uint16) netip.AddrPort {
	return netip.AddrPortFrom(a.Addr(), port)
}

// invoke makes a call and compares what it returns.
func (p *player) invoke(step *Step, v *Invoke, until time.Duration) *Failure {
	call := v.Call
	f := p.flowOfCall(v)
	call.Socket = f.socket
	call.Local, call.Remote, call.Config = f.local, f.peer, p.script.Config
	if v.Conn < 0 || p.script.Classic {
		if done := p.classicSocket(v, &call, &f); done {
			return nil
		}
	}
	switch call.Op {
	case "accept":
		call.Socket = p.listen
	case "close":
		if call.Socket == 0 {
			call.Socket = p.listen
		}
	case "write", "urgent":
		call.Data = make([]byte, call.N)
		pattern(call.Data, f.written)
	}
	p.record(Record{Text: step.Text})
	r := p.world.Call(call)
	if r.Blocked && (v.Want.Blocks || step.When.Blocks) {
		p.calls = append(p.calls, &ongoing{step: p.step, invoke: v, call: call, begun: p.world.Now()})
		if !step.When.Blocks {
			return nil
		}
		o := p.calls[len(p.calls)-1]
		o.begun = until // when it has to return
		return nil
	}
	if step.When.Blocks || v.Want.Blocks {
		return &Failure{At: p.world.Now(), What: "the call did not block", Want: step.Text, Got: resultText(r)}
	}
	return p.result(step, v, call, r)
}

// flowOfCall returns the connection that a call names. Classic scripts name sockets, and have one connection.
func (p *player) flowOfCall(v *Invoke) *flow {
	if p.script.Classic || v.Conn < 1 {
		return p.flow(1)
	}
	return p.flow(v.Conn)
}

// classicSocket translates the socket number of a packetdrill call. It returns true if the call is done with that.
func (p *player) classicSocket(v *Invoke, call *Call, f **flow) bool {
	fd := v.Conn
	switch call.Op {
	case "socket", "bind":
		return true
	}
	call.Socket = p.fds[fd]
	for _, other := range p.flows {
		if call.Socket != 0 && other.socket == call.Socket {
			*f = other
		}
	}
	call.Local, call.Remote = (*f).local, (*f).peer
	return call.Op == "set" && call.Socket == 0 // before there is a connection; the defaults are set by then
}

// result compares what a call returned, and remembers what it made.
func (p *player) result(step *Step, v *Invoke, call Call, r Result) *Failure {
	if r.Err == Unsupported {
		p.played.Skipped = fmt.Sprintf("line %d: this target has no call %s", step.Line, call.Op)
		return nil
	}
	f := p.flowOfCall(v)
	if p.script.Classic {
		for _, other := range p.flows {
			if call.Socket != 0 && other.socket == call.Socket {
				f = other
			}
		}
	}
	if r.Err == "" && !r.Blocked {
		switch call.Op {
		case "listen":
			p.listen = r.N
			p.fds[v.Conn] = r.N
			r.N = 0
		case "connect":
			f.socket, p.fds[v.Conn] = r.N, r.N
			f.again = f.knowISS
			r.N = 0
		case "accept":
			if n := int(r.Remote.Port()) - peerPort + 1; n >= 1 && n < 4096 {
				f = p.flow(n)
			}
			f.socket, p.fds[v.Sets] = r.N, r.N
			r.N = 0
		case "write", "urgent":
			f.written += int64(r.N)
		case "read":
			if i := misplaced(r.Data, f.read); i >= 0 {
				return &Failure{
					At: p.world.Now(), What: "the application read something else than the peer sent", Want: fmt.Sprintf("the peer's octet %d", f.read+int64(i)+1),
					Got: "something else",
				}
			}
			f.read += int64(len(r.Data))
		}
	}
	p.collect()
	want, got := v.Want, resultText(r)
	fine := want.Any || want.Err == r.Err && !r.Blocked && (!want.HasN || want.N == r.N)
	switch want.Err {
	case "EAGAIN", "EINPROGRESS", "EALREADY":
		fine = r.Blocked || call.Op == "connect" && r.Err == ""
	}
	if call.Op == "error" && want.N == 0 && want.Err == "" {
		fine = true // the option's value is not compared
	}
	if call.Op == "accept" && !r.Blocked && r.Err == "" && want.Err == "" || call.Op == "poll" && r.Err == "" {
		fine = true
	}
	if fine {
		return nil
	}
	return &Failure{At: p.world.Now(), What: "the call returned something else", Want: step.Text + wanted(want), Got: got}
}

func wanted(o Outcome) string {
	if o.Err != "" || o.Any {
		return ""
	}
	return fmt.Sprintf("   (returns %d)", o.N)
}

func resultText(r Result) string {
	switch {
	case r.Blocked:
		return "it would block: EAGAIN"
	case r.Err != "":
		return "-1 " + r.Err
	}
	return fmt.Sprint(r.N)
}

// returned looks at the calls that blocked and have returned, or should have by now.
func (p *player) returned(step *Step, now time.Duration) *Failure {
	for i := 0; i < len(p.calls); i++ {
		c := p.calls[i]
		s := &p.script.Steps[c.step]
		if !c.done {
			if s.When.Blocks && c.begun+p.slack < now {
				return &Failure{At: now, What: "a call has not returned", Want: s.Text, Got: "it still blocks"}
			}
			continue
		}
		p.calls = append(p.calls[:i], p.calls[i+1:]...)
		i--
		if s.When.Blocks && (c.at < c.begun-p.script.Config.Tolerance || c.at > c.begun+p.slack) {
			return &Failure{At: c.at, What: "a call returned at another time", Want: s.Text, Got: "it returned at " + at(c.at)}
		}
		if f := p.result(s, c.invoke, c.call, c.result); f != nil {
			f.At = c.at
			return f
		}
	}
	return nil
}

// assert compares variables.
func (p *player) assert(a *Assert) *Failure {
	socket := p.flow(max(1, a.Conn)).socket
	if a.Conn < 0 {
		for fd, s := range p.fds {
			if s != p.listen && fd > 0 {
				socket = max(socket, s)
			}
		}
	}
	for i := range a.Checks {
		c := &a.Checks[i]
		value, known := p.world.Variable(socket, c.Variable)
		if !known {
			p.played.Unseen++
			continue
		}
		p.record(Record{Text: "= " + c.Text})
		fine, err := c.holds(value)
		if err == nil && fine {
			continue
		}
		return &Failure{At: p.world.Now(), What: "a variable has another value", Want: c.Text, Got: c.Variable + " " + shownValue(c, value)}
	}
	return nil
}

// shownValue writes a time as a time where the script did.
func shownValue(c *Comparison, value string) string {
	if len(c.Text) > 1 && c.Text[len(c.Text)-1] == 's' && c.Value != value {
		if d, err := time.ParseDuration(value + "ns"); err == nil {
			return d.String()
		}
	}
	return value
}
