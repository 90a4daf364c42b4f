package sim

import (
	"bytes"
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"

	"netlab/link"
	"netlab/trace"
)

// runSeparator ends the head of a run file. What follows is the lab file, octet for octet.
const runSeparator = "\n---\n"

// Save writes the run as a .netlab file: seed and inputs, then the lab file. Load reads it.
//
//	netlab: 1
//	seed: 7
//	inputs:
//	  - {after: 131, link: "r1>r2", drop: 1}
//	---
//	name: lossy-upload
//	…
func (n *Network) Save() ([]byte, error) {
	if n.topology.Source == "" || n.outside {
		return nil, errors.New("sim: a network that is not all in its lab file cannot be saved")
	}
	var b bytes.Buffer
	fmt.Fprintf(&b, "netlab: 1\nseed: %d", n.seed)
	if len(n.inputs) > 0 {
		b.WriteString("\ninputs:")
	}
	for _, in := range n.inputs {
		fmt.Fprintf(&b, "\n  - {after: %d, link: %q", in.After, in.Link)
		if in.Faults != nil {
			fmt.Fprintf(&b, ", faults: %q", in.Faults.String())
		}
		if in.Drop > 0 {
			fmt.Fprintf(&b, ", drop: %d", in.Drop)
		}
		if in.Filter != "" {
			fmt.Fprintf(&b, ", filter: %q", in.Filter)
		}
		b.WriteByte('}')
	}
	b.WriteString(runSeparator)
	b.WriteString(n.topology.Source)
	return b.Bytes(), nil
}

// Load reads a .netlab file. name is for error messages, as in Parse.
func Load(name string, b []byte) (t *Topology, o Options, err error) {
	head, lab, ok := bytes.Cut(b, []byte(runSeparator))
	if !ok {
		return nil, Options{}, &ParseError{
			File: name, Line: 1, Col: 1, Text: firstLine(b),
			Wrong: "not a stored run: expected seed and inputs, a line ---, and the lab",
		}
	}
	if mistakes := readDocument(name, head, func(root value) { readKeys(root, root, "a stored run", headKeys(), &o) }); len(mistakes) > 0 {
		return nil, Options{}, mistakes[0]
	}
	// The lab is read behind empty lines, so that errors name the right line of the run file.
	lines := bytes.Count(head, []byte("\n")) + 2
	t, err = Parse(name, append(bytes.Repeat([]byte("\n"), lines), lab...))
	if err != nil {
		return nil, Options{}, err
	}
	t.Source = string(lab)
	return t, o, nil
}

func firstLine(b []byte) string {
	line, _, _ := strings.Cut(string(b), "\n")
	return strings.ToValidUTF8(strings.TrimRight(line, "\r"), "?")
}

// headKeys are the keys of the head of a stored run.
func headKeys() []key[Options] {
	return []key[Options]{
		{"netlab", "the version of the format, 1", required, nil, func(_ *Options, e entry) {
			if e.text() != "1" {
				e.fail("%q is a version of the format that this netlab does not know: it knows 1", e.text())
			}
		}},
		{"seed", "of the run", optional, nil, func(o *Options, e entry) { o.Seed = e.uint64() }},
		{"inputs", "what the user did", optional, nil, func(o *Options, e entry) {
			for _, v := range e.items("inputs") {
				var in Input
				readKeys(v, v, "an input", inputKeys(), &in)
				o.Inputs = append(o.Inputs, in)
			}
		}},
	}
}

func inputKeys() []key[Input] {
	return []key[Input]{
		{"after", "the event that it follows", optional, nil, func(in *Input, e entry) { in.After = trace.ID(e.uint64()) }},
		{"link", "r1-r2, or r1>r2 for one direction", optional, nil, func(in *Input, e entry) { in.Link = e.text() }},
		{"faults", "the new faults", optional, nil, func(in *Input, e entry) {
			f, err := link.ParseFaults(e.text())
			if err != nil {
				e.fail("%s", strings.TrimPrefix(err.Error(), "link: "))
			}
			in.Faults = &f
		}},
		{"drop", "how many packets are dropped", optional, nil, func(in *Input, e entry) { in.Drop = e.number(1, math.MaxInt32) }},
		{"filter", "which packets", optional, nil, func(in *Input, e entry) { in.Filter = e.text() }},
	}
}

func (v value) uint64() uint64 {
	n, err := strconv.ParseUint(v.text(), 10, 64)
	if err != nil {
		v.fail("%q is not a whole number from 0 up", v.text())
	}
	return n
}
