package export

import (
	"cmp"
	"errors"
	"io"
	"net"
	"slices"

	"netlab/capture"
	"netlab/flow"
	"netlab/stream"
	"netlab/tls"
)

// CaptureOptions say how a capture is read, and which of its packets are wanted.
type CaptureOptions struct {
	Keys   *tls.KeyLog                                  // what decrypts its TLS; nil: nothing
	Choose func(*capture.Record, *capture.Summary) bool // nil: all packets
}

// Capture reads a capture file. What there is to point at are the findings of package capture. The error is that of a file that is damaged or cut
// off, and the Run holds all before that place.
func Capture(name string, r *capture.Reader, o CaptureOptions) (*Run, error) {
	run, records := &Run{Title: name}, stream.NewRecords(o.Keys)
	if o.Choose != nil {
		run.chosen = &capture.Numbers{}
	}
	sum, finder := capture.NewSummarizer(), capture.NewFinder()
	sum.Whole = o.Choose != nil
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
		s := sum.Summarize(&rec)
		chosen := o.Choose == nil || o.Choose(&rec, &s)
		if opened := records.Add(stream.PacketOf(&rec)); len(opened) > 0 {
			s.What = stream.Reveal(s.What, opened)
		}
		if !chosen {
			continue
		}
		if run.chosen != nil {
			run.chosen.Add(rec.Number)
		}
		if len(run.Packets) < MaxPackets {
			rec.Packet = slices.Clone(rec.Packet)
		}
		run.Add(rec, s)
	}
	run.find(finder.End())
	run.Notes = slices.DeleteFunc(run.Notes, func(n Note) bool { return !run.has(n.Packet) })
	slices.SortStableFunc(run.Notes, func(a, b Note) int { return cmp.Compare(a.Packet, b.Packet) })
	return run, failed
}

// Add adds a packet of a capture with what is said of it. Of more than MaxPackets it only counts how many there are.
func (r *Run) Add(rec capture.Record, s capture.Summary) {
	if len(r.Packets) == MaxPackets {
		r.More++
		return
	}
	if len(r.Packets) == 0 {
		r.Begin = rec.At
	}
	p := Packet{
		Number: rec.Number, At: rec.At.Sub(r.Begin), From: address(s.Src), To: address(s.Dst), Proto: s.Proto, What: s.What,
		Again: s.Again, Stream: s.Stream, Interface: capture.Interface{Name: "", Type: rec.LinkType}, Record: rec,
	}
	if p.From == p.To { // as on a loopback interface: the ports tell the two ends apart
		p.From, p.To = s.Src, s.Dst
	}
	for _, c := range rec.Comments {
		p.Why = c
	}
	r.host(p.From)
	r.host(p.To)
	r.Packets = append(r.Packets, p)
}

// has reports whether a packet is one of those that were chosen.
func (r *Run) has(number int) bool { return r.chosen == nil || r.chosen.Has(number) }

// address leaves out the port.
func address(s string) string {
	if host, _, err := net.SplitHostPort(s); err == nil {
		return host
	}
	return s
}

func (r *Run) find(findings []flow.Finding) {
	for i := range findings {
		r.Find(&findings[i])
	}
}

// Find adds a finding. Those of a Run that is written are in the order of their packets.
func (r *Run) Find(f *flow.Finding) {
	n := Note{Packet: f.Packet, Kind: f.Kind.String(), Text: f.Text(), Fine: f.Kind.Note()}
	if !f.Ref.IsZero() {
		n.Ref = f.Ref.String()
	}
	r.Notes = append(r.Notes, n)
}
