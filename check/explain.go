package check

import (
	"fmt"
	"io"
	"strings"

	"netlab/tcp"
	"netlab/trace"
	"netlab/wire"
)

// Explain runs a script against netlab's TCP and tells everything that happens up to a step, from 1 on, with the reasons:
// what the host decided, and the packets field by field at that step.
func Explain(w io.Writer, script *Script, step int) *Played {
	core := NewCore(script.Config, true)
	part := *script
	if step > 0 && step < len(part.Steps) {
		part.Steps = part.Steps[:step]
		part.partial = true
	}
	played := Play(&part, Virtual(core))
	events, told := core.Events(), 0
	for i, r := range played.Records {
		for ; told < r.events; told++ {
			explainEvent(w, &events[told])
		}
		sign := ""
		if r.Step >= 0 {
			sign = fmt.Sprintf("step %d", r.Step+1)
		}
		fmt.Fprintf(w, "%s  %-8s %s\n", at(r.At), sign, r.Text)
		if last := i == len(played.Records)-1; last && r.Octets != nil {
			explainPacket(w, r.Octets)
		}
	}
	for ; told < len(events); told++ {
		explainEvent(w, &events[told])
	}
	return played
}

func explainPacket(w io.Writer, octets []byte) {
	s := look(octets)
	if s.header.Dst.IsValid() && len(s.payload) >= 20 {
		node := tcp.Dissect(s.payload, 0, s.header.Src, s.header.Dst)
		explainNode(w, &node, 0)
	}
}

func explainNode(w io.Writer, n *wire.Node, depth int) {
	note := ""
	if n.Note != "" {
		note = "   (" + n.Note + ")"
	}
	fmt.Fprintf(w, "           %s%-24s %s%s\n", strings.Repeat("  ", depth), n.Name, n.Value, note)
	for i := range n.Children {
		explainNode(w, &n.Children[i], depth+1)
	}
}

// explainEvent writes what the host decided. That a segment arrived stands there already.
func explainEvent(w io.Writer, e *trace.Event) {
	text := e.Text()
	if e.Kind == trace.Received || text == "" {
		return
	}
	ref := ""
	if !e.Ref.IsZero() {
		ref = " (" + e.Ref.String() + ")"
	}
	fmt.Fprintf(w, "%s           the host %s%s\n", at(e.At.Sub(epoch())), text, ref)
	for _, c := range e.Changes {
		fmt.Fprintf(w, "                      %s: %s -> %s\n", c.Name, c.Old, c.New)
	}
}
