package export

import (
	"net/netip"
	"slices"
	"strings"
	"time"

	"netlab/capture"
	"netlab/narrate"
	"netlab/timeline"
	"netlab/trace"
)

// Timeline takes a run from its timeline, whole. names are those of the hosts, by their addresses; other hosts go by their addresses.
func Timeline(title string, v timeline.View, names map[netip.Addr]string) *Run {
	run := &Run{Title: title}
	if e, ok := v.Event(v.First()); ok {
		run.Begin = e.At
	}
	sum := capture.NewSummarizer()
	for i := range v.Packets() {
		p, ok := v.Packet(i)
		if !ok {
			continue // forgotten
		}
		run.Packets = append(run.Packets, run.packet(v, p, sum, names))
	}
	for id := v.First(); id <= v.Last(); id++ {
		e, ok := v.Event(id)
		if !ok {
			continue
		}
		run.event(v, e)
	}
	return run
}

func (r *Run) packet(v timeline.View, p timeline.Packet, sum *capture.Summarizer, names map[netip.Addr]string) Packet {
	e := p.First
	s := sum.Add(narrate.LinkType(e), e.Octets)
	out := Packet{
		Number: p.Number, At: e.At.Sub(r.Begin), Proto: s.Proto, What: s.What, Again: p.Replaces != 0, Stream: s.Stream,
		From: named(s.Src, names), To: named(s.Dst, names),
		Interface: capture.Interface{Name: e.Host, Type: narrate.LinkType(e)},
		Record:    capture.Record{Number: p.Number, At: e.At, LinkType: narrate.LinkType(e), Packet: slices.Clone(e.Octets), Length: len(e.Octets)},
	}
	if out.From == "" || e.Kind == trace.Sent && s.Proto == "ARP" {
		out.From = e.Host
	}
	if text := e.Text(); text != "" {
		out.Why = strings.TrimSpace(e.Host + " " + text)
		if !e.Ref.IsZero() {
			out.Why += " (" + e.Ref.String() + ")"
		}
	}
	switch {
	case p.Received != nil:
		out.Arrived = p.Received.At.Sub(r.Begin)
	case p.Lost != nil:
		out.Lost = "lost on " + strings.ReplaceAll(p.Lost.Link, ">", "→")
	case p.Discarded != nil:
		out.Lost = "discarded by " + p.Discarded.Host
	}
	r.host(out.From)
	r.host(out.To)
	return out
}

func named(end string, names map[netip.Addr]string) string {
	end = address(end)
	if a, err := netip.ParseAddr(end); err == nil && names[a] != "" {
		return names[a]
	}
	return end
}

// event adds an event; those worth stopping at are pointed at.
func (r *Run) event(v timeline.View, e *trace.Event) {
	out := Event{At: e.At.Sub(r.Begin), Kind: e.Kind.String(), Host: e.Host, Text: e.Text()}
	if out.Host == "" {
		out.Host = e.Link
	}
	if !e.Flow.IsZero() {
		out.Flow = e.Flow.Local.String() + " " + e.Flow.Remote.String()
	}
	if !e.Ref.IsZero() {
		out.Ref = e.Ref.String()
	}
	for _, c := range e.Changes {
		out.Changes = append(out.Changes, [3]string{c.Name, c.Old, c.New})
	}
	if p, ok := v.PacketOf(e.ID); ok {
		out.Packet = p.Number
	}
	r.Events = append(r.Events, out)
	if e.Milestone() && !e.Kind.OfPacket() {
		r.Notes = append(r.Notes, Note{Packet: r.before(out.At), Kind: out.Kind, Text: strings.TrimSpace(out.Host + " " + out.Text), Ref: out.Ref, Fine: e.Kind == trace.StateChanged})
	}
}

// before returns the number of the last packet that was sent by a time: beside that one the ladder tells of it.
func (r *Run) before(at time.Duration) int {
	i, _ := slices.BinarySearchFunc(r.Packets, at+1, func(p Packet, at time.Duration) int { return int(p.At - at) })
	if i == 0 {
		return 0
	}
	return r.Packets[i-1].Number
}
