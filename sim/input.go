package sim

import (
	"fmt"
	"slices"
	"strings"

	"netlab/link"
	"netlab/trace"
)

// Input is a change by the user. With topology and seed, the inputs are all that a run depends on.
type Input struct {
	After  trace.ID     // applied right after this event; 0: before the first
	Link   string       // "r1-r2" for both directions, "r1>r2" for one; a drop also takes "": any link
	Faults *link.Faults // the new faults; nil: leave them
	Drop   int          // drop so many packets
	Filter string       // only packets that match; empty: any
}

// Input applies a change now: in.After is set to the newest event. In a run that was given inputs for
// later, those are dropped: the events that they follow will not be the same.
func (n *Network) Input(in Input) error {
	in.After = n.last
	if err := n.check(in); err != nil {
		return err
	}
	n.inputs = append(n.inputs[:n.applied:n.applied], in)
	n.applyInputs()
	return nil
}

// Inputs returns the inputs of the run. New with the same topology and seed and these gives the same run.
func (n *Network) Inputs() []Input { return slices.Clone(n.inputs) }

// Branch runs the network again from the start to event at, with the inputs up to there and in as one
// more. n stays as it is. The new network has stored the event of the input, at+1, and may have stored a few
// more: what happened in one step with event at.
func (n *Network) Branch(at trace.ID, in Input) (*Network, error) {
	if n.outside {
		return nil, fmt.Errorf("sim: a network with applications from outside its topology cannot be run again")
	}
	in.After = at
	inputs := slices.DeleteFunc(n.Inputs(), func(in Input) bool { return in.After > at })
	b, err := New(n.topology, Options{Seed: n.seed, Inputs: append(inputs, in), Matcher: n.matcher})
	if err != nil {
		return nil, err
	}
	for b.last < at && b.Step() {
	}
	if b.last < at {
		b.Close()
		return nil, fmt.Errorf("sim: the run ends at event %d, before event %d", b.last, at)
	}
	b.applyInputs()
	return b, nil
}

// applyInputs applies the inputs whose event has happened. It is called before each event and after each
// step of the scheduler, so that an input given between two steps comes at the same place in every run.
func (n *Network) applyInputs() {
	for n.applied < len(n.inputs) && n.inputs[n.applied].After <= n.last && !n.closed {
		in := n.inputs[n.applied]
		n.applied++
		n.apply(in)
	}
}

// apply changes the network. The event's time is that of the event it follows: the clock may have moved
// on since, and in another run with the same input it will not have.
func (n *Network) apply(in Input) {
	if in.Faults != nil {
		for _, d := range n.directions(in.Link) {
			d.impairment.Set(*in.Faults)
		}
		n.record(in)
		n.append(trace.Event{At: n.lastAt, Kind: trace.Fault, Link: in.Link, Say: "now has these faults: " + literal(in.Faults.String())})
	}
	if in.Drop > 0 {
		n.drops = append(n.drops, n.order(in))
		n.append(trace.Event{At: n.lastAt, Kind: trace.Fault, Link: in.Link, Say: in.dropText()})
	}
}

// order is an order to drop packets. Several directions may share it: the first packets that match count,
// wherever they are.
type order struct {
	ways       []*direction
	match      func(way string, frame bool, octets []byte) bool // nil: any
	skip, left int
}

func (n *Network) order(in Input) *order {
	o := &order{ways: n.directions(in.Link), left: in.Drop}
	if in.Filter != "" {
		match, nth, _ := n.matcher(in.Filter) // check saw to it that there is no error
		o.match = match
		if nth > 0 {
			o.skip, o.left = nth-1, 1
		}
	}
	return o
}

// dropped shows a packet to every order to drop. Each counts it, and the first whose turn it is takes it.
func (n *Network) dropped(d *direction, octets []byte) bool {
	taken := false
	for _, o := range n.drops {
		switch {
		case !slices.Contains(o.ways, d) || o.match != nil && !o.match(d.name, d.frames, octets):
		case o.skip > 0:
			o.skip--
		case !taken:
			taken = true
			o.left--
		}
	}
	if taken {
		n.drops = slices.DeleteFunc(n.drops, func(o *order) bool { return o.left == 0 })
	}
	return taken
}

func (in Input) dropText() string {
	what := "the next packet"
	if in.Drop > 1 {
		what = fmt.Sprintf("the next %d packets", in.Drop)
	}
	if in.Filter != "" {
		what += " that matches " + in.Filter
	}
	if in.Link == "" {
		return literal("will lose " + what + ", on any link")
	}
	return literal("will lose " + what)
}

// check returns what is wrong with an input.
func (n *Network) check(in Input) error {
	switch {
	case in.Faults == nil && in.Drop <= 0:
		return fmt.Errorf("sim: an input that changes nothing")
	case in.Drop < 0:
		return fmt.Errorf("sim: %d packets cannot be dropped", in.Drop)
	case in.Filter != "" && n.matcher == nil:
		return fmt.Errorf("sim: filter %q: this network knows no filters", in.Filter)
	case in.Link == "" && in.Faults != nil, in.Link != "" && n.directions(in.Link) == nil:
		return fmt.Errorf("sim: there is no link %q%s", in.Link, suggest(in.Link, n.linkNames()))
	}
	if in.Filter != "" {
		if _, _, err := n.matcher(in.Filter); err != nil {
			return err
		}
	}
	return nil
}

// directions returns the directions that a name stands for: one for "r1>r2", both for "r1-r2" or
// "r2-r1", all for "". nil: there is no such link.
func (n *Network) directions(name string) []*direction {
	var found []*direction
	for _, l := range n.links {
		a, b := l.spec.A, l.spec.B
		for i, way := range []string{a + ">" + b, b + ">" + a} {
			if name == "" || name == way || name == a+"-"+b || name == b+"-"+a {
				found = append(found, &l.ways[i])
			}
		}
	}
	return found
}

func (n *Network) linkNames() []string {
	var names []string
	for _, l := range n.links {
		names = append(names, l.spec.Name())
	}
	return names
}

// faultInputs turns faults as the command line writes them into inputs before the first event.
func (n *Network) faultInputs(texts []string) ([]Input, error) {
	var inputs []Input
	now := map[string]link.Faults{} // of each direction, with the inputs so far
	for _, text := range texts {
		name, change, err := link.ParseFault(text)
		if err != nil {
			return nil, err
		}
		ways := n.directions(name)
		if ways == nil {
			return nil, fmt.Errorf("sim: --fault %q: there is no link %q%s", text, name, suggest(name, n.linkNames()))
		}
		for _, d := range ways {
			faults, changed := now[d.name]
			if !changed {
				faults = d.impairment.Faults()
			}
			if faults, err = faults.Apply(change); err != nil {
				return nil, err
			}
			now[d.name] = faults
			inputs = append(inputs, Input{Link: d.name, Faults: &faults})
		}
		inputs = joinWays(inputs, name)
	}
	return inputs, nil
}

// joinWays makes one input of the last two if they set both directions of a link to the same faults.
func joinWays(inputs []Input, name string) []Input {
	n := len(inputs)
	if strings.Contains(name, ">") || *inputs[n-2].Faults != *inputs[n-1].Faults {
		return inputs
	}
	inputs[n-2].Link = name
	return inputs[:n-1]
}
