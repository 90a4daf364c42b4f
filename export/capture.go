package export

import (
	"cmp"
	"errors"
	"io"
	"net"
	"slices"

	"netlab/capture"
	"netlab/flow"
)

// Capture reads a capture file. What there is to point at are the findings of package capture. The error is that of a file that is damaged or cut
// off, and the Run holds all before that place.
func Capture(name string, r *capture.Reader) (*Run, error) {
	run := &Run{Title: name}
	sum, finder := capture.NewSummarizer(), capture.NewFinder()
	var failed error
	for {
		rec, err := r.Next()
		if err != nil {
			if !errors.Is(err, io.EOF) {
				failed = err
			}
			break
		}
		run.find(finder.Add(&rec))
		s := sum.Add(rec.LinkType, rec.Packet)
		if len(run.Packets) == MaxPackets {
			run.More++
			continue
		}
		if len(run.Packets) == 0 {
			run.Begin = rec.At
		}
		rec.Packet = slices.Clone(rec.Packet)
		p := Packet{
			Number: rec.Number, At: rec.At.Sub(run.Begin), From: address(s.Src), To: address(s.Dst), Proto: s.Proto, What: s.What,
			Again: s.Again, Stream: s.Stream, Interface: capture.Interface{Name: "", Type: rec.LinkType}, Record: rec,
		}
		for _, c := range rec.Comments {
			p.Why = c
		}
		run.host(p.From)
		run.host(p.To)
		run.Packets = append(run.Packets, p)
	}
	run.find(finder.End())
	slices.SortStableFunc(run.Notes, func(a, b Note) int { return cmp.Compare(a.Packet, b.Packet) })
	return run, failed
}

// address leaves out the port.
func address(s string) string {
	if host, _, err := net.SplitHostPort(s); err == nil {
		return host
	}
	return s
}

func (r *Run) find(findings []flow.Finding) {
	for i := range findings {
		f := &findings[i]
		n := Note{Packet: f.Packet, Kind: f.Kind.String(), Text: f.Text(), Fine: f.Kind.Note()}
		if !f.Ref.IsZero() {
			n.Ref = f.Ref.String()
		}
		r.Notes = append(r.Notes, n)
	}
}
