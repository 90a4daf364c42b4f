package check

import (
	"fmt"
	"time"

	"netlab/ip"
	"netlab/tcp"
)

// patience is how long a packet that may come at any time is waited for, and a call that blocks.
const patience = 2 * time.Minute

// delayedAtMost is how long an ACK may be delayed (RFC 9293, Section 3.8.6.3).
const delayedAtMost = 500 * time.Millisecond

// deadlocked bounds the steps of time between two lines of a script: a target whose deadline never moves is broken.
const deadlocked = 1_000_000

// Outcomes of a run.
type Played struct {
	Script  *Script
	Failure *Failure // nil: it held
	// Skipped says why the script could not be run to its end here: the target has no such call. It is neither held nor failed.
	Skipped string
	Unseen  int // assertions on variables that the target does not tell
	Held    int // steps that held
	Records []Record
}

// Record is one thing that happened in a run: a packet, a call, an assertion.
type Record struct {
	At      time.Duration
	Step    int    // of the script, from 0 on; -1: what belongs to none
	Octets  []byte // of a packet
	Arrives bool
	Text    string // a packet as a script would write it
	events  int    // how many there were before it
}

// Failure is the first thing that is not as the script has it.
type Failure struct {
	Step        int
	At          time.Duration
	What        string // one sentence: "nothing was sent"
	Want, Got   string
	Differences []Difference
	WantOctets  []byte // of the segment
	GotOctets   []byte
}

// ongoing is a call that blocks.
type ongoing struct {
	step   int
	invoke *Invoke
	call   Call
	begun  time.Duration
	done   bool
	result Result
	at     time.Duration
}

type player struct {
	script *Script
	world  World
	flows  map[int]*flow
	fds    map[int]int // classic: the script's socket numbers and the target's
	listen int
	queue  []Sent
	calls  []*ongoing
	base   time.Duration
	played *Played
	step   int
	slack  time.Duration // how much later things may be
	free   bool          // the target may do what the standards leave open
}

// Play runs a script.
func Play(script *Script, world World) *Played {
	p := &player{
		script: script, world: world, flows: map[int]*flow{}, fds: map[int]int{}, played: &Played{Script: script},
		slack: script.Config.Tolerance,
	}
	if real, is := world.(interface{ Slack() time.Duration }); is {
		p.slack, p.free = max(p.slack, real.Slack()), true
	}
	for i := range script.Steps {
		p.step = i
		if failure := p.do(&script.Steps[i]); failure != nil || p.played.Skipped != "" {
			if failure != nil {
				failure.Step = i
				p.played.Failure = failure
			}
			return p.played
		}
		p.played.Held = i + 1
	}
	p.collect()
	if !script.Classic && !script.partial && len(p.queue) > 0 {
		p.played.Failure = p.unexpected()
		p.played.Failure.Step = len(script.Steps) - 1
	}
	return p.played
}

func (p *player) flow(n int) *flow {
	if p.flows[n] == nil {
		p.flows[n] = newFlow(n, &p.script.Config)
	}
	return p.flows[n]
}

// flowOf returns the flow that a segment which was sent belongs to; one that nobody speaks of belongs to the first.
func (p *player) flowOf(s *seen) *flow {
	if n := int(s.dst) - peerPort + 1; n >= 1 && n < 4096 && s.header.Protocol == ip.TCP {
		return p.flow(n)
	}
	return p.flow(1)
}

// collect takes what was sent, and lets calls that block try again.
func (p *player) collect() {
	for {
		for _, s := range p.world.Sent() {
			seen := look(s.Octets)
			if seen.header.Protocol == ip.TCP && seen.dst >= floodPort && seen.dst < floodPort+20000 {
				continue
			}
			p.queue = append(p.queue, s)
		}
		again := false
		for _, c := range p.calls {
			if c.done {
				continue
			}
			if r := p.world.Call(c.call); !r.Blocked {
				c.done, c.result, c.at, again = true, r, p.world.Now(), true
			}
		}
		if !again {
			return
		}
	}
}

// run lets time pass, until until or until stop holds.
func (p *player) run(until time.Duration, stop func() bool) {
	for range deadlocked {
		p.collect()
		if stop != nil && stop() {
			return
		}
		if !p.world.Step(until) {
			p.collect()
			return
		}
	}
}

func (p *player) do(step *Step) *Failure {
	from, to := step.When.From, step.When.To
	switch step.When.Kind {
	case Relative:
		from, to = p.base+from, p.base+to
	case Any:
		from, to = p.world.Now(), p.world.Now()+patience
	}
	if e, is := step.Do.(*Expect); is {
		return p.expect(step, e, from, to)
	}
	// Steps that follow each other at once belong together: only if time passes must everything have been expected.
	if from > p.world.Now()+p.script.Config.Tolerance || isQuiet(step.Do) {
		p.run(from, nil)
		if len(p.queue) > 0 && (isQuiet(step.Do) || p.queue[0].At+p.slack < from) {
			return p.unexpected()
		}
	} else {
		p.run(from, nil)
	}
	if f := p.returned(step, from); f != nil {
		return f
	}
	p.base = from
	switch do := step.Do.(type) {
	case *Arrive:
		p.deliver(do)
	case *Flood:
		p.flood(do.Count)
	case *Assert:
		return p.assert(do)
	case *Invoke:
		return p.invoke(step, do, to)
	}
	return nil
}

func isQuiet(a Action) bool {
	_, is := a.(*Quiet)
	return is
}

// deliver builds a packet and lets it arrive.
func (p *player) deliver(a *Arrive) {
	k := &a.Packet
	f := p.flow(k.Conn)
	var octets []byte
	switch k.Proto {
	case ip.ICMP:
		octets = quote(k, f)
	case ip.UDP:
		octets = header(k, f.peer.Addr(), f.local.Addr(), ip.UDP, datagram(k.Length, f.peer.Port(), f.local.Port(), f))
	default:
		octets = header(k, f.peer.Addr(), f.local.Addr(), ip.TCP, segmentOctets(k, f.arriving(&k.Segment), f.peer, f.local))
	}
	p.record(Record{Octets: octets, Arrives: true, Text: p.script.Steps[p.step].Text})
	p.world.Deliver(octets)
	p.collect()
}

func (p *player) record(r Record) {
	if r.At == 0 {
		r.At = p.world.Now()
	}
	r.Step = p.step
	if v, is := p.world.(*virtual); is {
		if core, is := v.target.(*Core); is {
			r.events = len(core.events)
		}
	}
	p.played.Records = append(p.played.Records, r)
}

// flood lets SYNs arrive from many ports.
func (p *player) flood(n int) {
	f := p.flow(1)
	k := Packet{ECN: -1, DF: -1, Segment: Segment{Flags: uint8(tcp.SYN), Window: 1024}}
	for i := range n {
		from := f.peer
		from = addrPort(from, uint16(floodPort+i%20000))
		p.world.Deliver(header(&k, from.Addr(), f.local.Addr(), ip.TCP, segmentOctets(&k, numbers{seq: uint32(i)}, from, f.local)))
	}
	p.collect()
}

// expect waits for a packet and compares it with the line.
func (p *player) expect(step *Step, e *Expect, from, to time.Duration) *Failure {
	early, late := from-p.slack, to+p.slack
	if k := &e.Packet.Segment; p.free && step.When.Kind == Relative && k.Flags == uint8(tcp.ACK) && k.Length == 0 && from-p.base < delayedAtMost {
		early, late = p.base-p.slack, p.base+delayedAtMost+p.slack // an ACK may be delayed, or not
	}
	p.run(late, func() bool { return len(p.queue) > 0 })
	if len(p.queue) == 0 {
		p.base = max(p.base, from)
		return &Failure{At: p.world.Now(), What: "nothing was sent", Want: step.Text, Got: fmt.Sprintf("nothing until %s", at(p.world.Now()))}
	}
	sent := p.queue[0]
	p.queue = p.queue[1:]
	s := look(sent.Octets)
	f := p.flow(e.Packet.Conn)
	f.learn(&s, &e.Packet.Segment)
	c := comparison{cfg: &p.script.Config, f: f, k: &e.Packet, s: &s, at: sent.At, free: p.free}
	differences := c.run()
	if step.When.Kind != Any && (sent.At < early || sent.At > late) {
		want := at(from)
		if to != from {
			want += " to " + at(to)
		}
		differences = append([]Difference{{"time", want, at(sent.At)}}, differences...)
	}
	text := s.text(p.flowOf(&s))
	p.record(Record{At: sent.At, Octets: sent.Octets, Text: "> " + text})
	switch {
	case step.When.Kind == Any || to != from:
		p.base = max(p.base, sent.At)
	default:
		p.base = from
	}
	if len(differences) == 0 {
		return nil
	}
	failure := &Failure{At: sent.At, What: "the packet is another one", Want: step.Text, Got: "> " + text, Differences: differences}
	if len(differences) == 1 && differences[0].What == "time" {
		failure.What = "the packet came at another time"
	}
	if s.header.Protocol == ip.TCP && e.Packet.Proto == ip.TCP && len(s.payload) >= 20 {
		failure.WantOctets, failure.GotOctets = c.wanted(), s.payload
	}
	return failure
}

// unexpected is the failure that a packet was sent which no line asks for.
func (p *player) unexpected() *Failure {
	sent := p.queue[0]
	s := look(sent.Octets)
	text := s.text(p.flowOf(&s))
	p.record(Record{At: sent.At, Octets: sent.Octets, Text: "> " + text})
	return &Failure{At: sent.At, What: "a packet was sent that no line expects", Want: "nothing", Got: "> " + text, GotOctets: s.payload}
}

func at(t time.Duration) string { return fmt.Sprintf("%.6f", t.Seconds()) }

// Against runs a script against netlab's TCP.
func Against(script *Script) *Played { return Play(script, Virtual(NewCore(script.Config, false))) }
