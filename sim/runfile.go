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
	err = reading(func() { o = readHead(readDocument(name, head)) })
	if err != nil {
		return nil, Options{}, err
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

func readHead(root value) Options {
	var o Options
	version := 0
	for _, e := range root.entries("the head of a stored run") {
		switch e.name {
		case "netlab":
			version = e.number(1, 1)
		case "seed":
			o.Seed = e.uint64()
		case "inputs":
			for _, v := range e.items("inputs") {
				o.Inputs = append(o.Inputs, readInput(v))
			}
		default:
			e.unknown("netlab", "seed", "inputs")
		}
	}
	if version == 0 {
		root.fail("not a stored run: expected the line netlab: 1")
	}
	return o
}

func readInput(v value) Input {
	var in Input
	for _, e := range v.entries("an input") {
		switch e.name {
		case "after":
			in.After = trace.ID(e.uint64())
		case "link":
			in.Link = e.text()
		case "faults":
			f, err := link.ParseFaults(e.text())
			if err != nil {
				e.fail("%s", strings.TrimPrefix(err.Error(), "link: "))
			}
			in.Faults = &f
		case "drop":
			in.Drop = e.number(1, math.MaxInt32)
		case "filter":
			in.Filter = e.text()
		default:
			e.unknown("after", "link", "faults", "drop", "filter")
		}
	}
	return in
}

func (v value) uint64() uint64 {
	n, err := strconv.ParseUint(v.text(), 10, 64)
	if err != nil {
		v.fail("%q is not a whole number from 0 up", v.text())
	}
	return n
}
