package flow_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"netlab/capture"
	"netlab/flow"
	"netlab/tcp"
	"netlab/timeline"
	"netlab/trace"
)

// Where netlab's own stacks made a capture, what really happened is known: each packet says which one it replaces, and why it was sent.

// cause returns why a stack sent a packet again; 0: it did not.
func cause(e *trace.Event) flow.Kind {
	if e.Replaces == 0 {
		return 0
	}
	switch e.Ref.Doc + " " + e.Ref.Section {
	case "6298 5":
		return flow.TimedOut
	case "8985 7.3":
		return flow.TailProbe
	case "1191 6.4":
		return flow.TooBig
	case "5681 3.2", "5827 3.2", "6582 3.2", "6675 4", "8985 6.2":
		return flow.Fast
	}
	return 0
}

// score counts how often a kind was found where it was (right), where it was not (wrong), and not found where it was (missed).
type score struct{ right, wrong, missed int }

func (s score) precision() float64 { return float64(s.right) / float64(max(1, s.right+s.wrong)) }
func (s score) recall() float64    { return float64(s.right) / float64(max(1, s.right+s.missed)) }

// hidden is what a capture cannot show: that something was sent again of which the first copy, and all that came after it, was lost before the place of capture.
const hidden = "cannot be seen"

// judge holds what is found in a capture made at a host against what happened.
func judge(v timeline.View, host string, scores map[string]*score) {
	count := func(name string, found, was bool) {
		s := scores[name]
		if s == nil {
			s = &score{}
			scores[name] = s
		}
		switch {
		case found && was:
			s.right++
		case found:
			s.wrong++
		case was:
			s.missed++
		}
	}
	finder := capture.NewFinder()
	n := 0
	arrived, newest, next := map[trace.ID]bool{}, map[string]trace.ID{}, map[string]uint32{}
	passed(v, host, func(e *trace.Event) {
		n++
		found := map[flow.Kind]bool{}
		again := flow.Kind(0)
		for _, f := range finder.Add(&capture.Record{Number: n, At: e.At, LinkType: capture.RawIP, Packet: e.Octets, Length: len(e.Octets)}) {
			found[f.Kind] = true
			if f.Kind.Again() {
				again = f.Kind
			}
		}
		p, ok := v.PacketOf(e.ID)
		if !ok {
			return
		}
		was := cause(p.First)
		seg, err := tcp.Parse(e.Octets[20:])
		if err == nil {
			from, before := uint32(seg.Seq), next[p.First.Host]
			if end := from + uint32(seg.Len()); int32(end-before) > 0 || before == 0 {
				next[p.First.Host] = end
			}
			if was != 0 && (before == 0 || int32(from-before) >= 0) {
				count(hidden, true, true) // nothing of it or after it was ever here
				return
			}
		}
		twice := arrived[p.ID]
		arrived[p.ID] = true
		late := p.ID < newest[p.First.Host] && !twice
		newest[p.First.Host] = max(newest[p.First.Host], p.ID)
		count("sent again", again != 0, was != 0 && !twice)
		if again != flow.Unnecessary && was != 0 && !twice { // the cause of what was unnecessary is not told
			for _, k := range []flow.Kind{flow.Fast, flow.TimedOut, flow.TailProbe} {
				count(k.String(), again == k, was == k)
			}
		}
		if len(e.Octets) > 60 { // an acknowledgment alone that is late or comes twice is not told
			count("out of order", found[flow.OutOfOrder], late && was == 0)
			count("duplicated", found[flow.Duplicated], twice)
		}
	})
}

// scene is a lab with bad luck, which depends on the seed.
type scene struct{ name, lab string }

func scenes() []scene {
	const sink, send = "do: tcp-sink", `h1, do: tcp-send, to: "h2:9", bytes: 60000`
	link := func(s string) string { return direct("", "", s, sink, send) }
	return []scene{
		{"loss 2 %", link("loss: 2%")},
		{"loss 10 %", link("loss: 10%")},
		{"loss 25 %", link("loss: 25%")},
		{"loss 10 %, no SACK", direct("tcp: {sack: off}", "", "loss: 10%", sink, send)},
		{"loss 10 %, no RACK, no TLP", direct("tcp: {rack: off, tlp: off}", "", "loss: 10%", sink, send)},
		{"loss 10 %, timestamps", direct("tcp: {timestamps: on}", "tcp: {timestamps: on}", "loss: 10%", sink, send)},
		{"loss 10 %, RTO from 200 ms", direct("tcp: {min-rto: 200ms}", "", "loss: 10%", sink, send)},
		{"reordering 10 %", link("reorder: 10%")},
		{"loss 3 %, reordering 5 %", link("loss: 3%, reorder: 5%")},
		{"duplicates 10 %", link("dup: 10%")},
		{"loss 2 %, jitter 5 ms", link("jitter: 5ms, loss: 2%")},
		{"queue of 12 packets", link("rate: 2mbit, queue: 12")},
	}
}

const seeds = 20

func judged() []string {
	return []string{"sent again", flow.Fast.String(), flow.TimedOut.String(), flow.TailProbe.String(), "out of order", "duplicated", hidden}
}

// measure returns the scores of each scene at both hosts, and of all together.
func measure(t *testing.T) (of map[string]map[string]*score, all map[string]map[string]*score) {
	of, all = map[string]map[string]*score{}, map[string]map[string]*score{"h1": {}, "h2": {}}
	for _, s := range scenes() {
		for _, host := range []string{"h1", "h2"} {
			scores := map[string]*score{}
			of[s.name+host] = scores
			for seed := range uint64(seeds) {
				judge(run(t, s.lab, seed+1, 5*time.Minute), host, scores)
			}
			for k, one := range scores {
				sum := all[host][k]
				if sum == nil {
					sum = &score{}
					all[host][k] = sum
				}
				sum.right, sum.wrong, sum.missed = sum.right+one.right, sum.wrong+one.wrong, sum.missed+one.missed
			}
		}
	}
	return of, all
}

// What is found in captures of netlab's own stacks is what happened in them.
func TestFindingsAreTrue(t *testing.T) {
	_, all := measure(t)
	for _, host := range []string{"h1", "h2"} {
		for name, least := range map[string][2]float64{ // precision, recall
			"sent again": {0.99, 0.97}, flow.Fast.String(): {0.95, 0.95}, flow.TimedOut.String(): {0.9, 0.85}, flow.TailProbe.String(): {0.9, 0.85},
			"out of order": {0.95, 0.9}, "duplicated": {0.95, 0.95},
		} {
			s := all[host][name]
			if s == nil || s.right+s.wrong+s.missed < 10 {
				continue
			}
			t.Logf("%s, %s: %d right, %d wrong, %d missed", host, name, s.right, s.wrong, s.missed)
			require.GreaterOrEqual(t, s.precision(), least[0], "%s, %s: %+v", host, name, *s)
			require.GreaterOrEqual(t, s.recall(), least[1], "%s, %s: %+v", host, name, *s)
		}
	}
}
