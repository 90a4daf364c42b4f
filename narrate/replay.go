package narrate

import (
	"fmt"
	"io"
	"strings"
	"time"

	"netlab/capture"
	"netlab/stream"
)

// ReplayPlain writes the packets of a capture as text, one line each, and a closing statement. An
// error of the capture comes back after everything before it has been told.
func ReplayPlain(w io.Writer, name string, r *capture.Reader, o Options) error {
	p := newPaper(w, o)
	s := newReplay(o)
	p.line(name)
	p.line("")
	if !o.Live {
		r.ReadAhead(nil)
	}
	for {
		rec, sum, err := s.next(r)
		p.skipped(s.skips(r))
		p.called(s.hosts.take(r))
		if err == io.EOF {
			break
		}
		if err != nil {
			p.gap(s)
			p.broken(s)
			p.flush()
			return err
		}
		opened := s.reveal(r, &rec, &sum)
		if !s.chosen(&rec, &sum) {
			continue
		}
		if o.Before != nil {
			if err := p.flush(); err != nil {
				return err
			}
			if err := o.Before(&rec); err != nil {
				return err
			}
		}
		line := fmt.Sprintf("%10.6f", rec.At.Sub(s.start).Seconds()) + p.row(rec.Number, sum)
		switch {
		case sum.Again:
			line += "  " + p.signs.again + " again"
		case sum.Late:
			line += "  out of order"
		}
		if rec.Length > len(rec.Packet) {
			line += fmt.Sprintf("  (%d of %d octets captured)", len(rec.Packet), rec.Length)
		}
		for _, comment := range rec.Comments {
			line += "  " + comment
		}
		p.line(line)
		if o.Detail.Layers {
			_, layers := layersOf(&rec, &sum, opened)
			p.layers(layers, o.Detail.Why)
			p.line("")
		}
	}
	p.gap(s)
	p.line(s.String() + ".")
	return p.flush()
}

// called writes what the capture calls addresses itself.
func (p *paper) called(all []capture.HostName) {
	for _, host := range all {
		if len(host.Names) > 0 {
			p.line(fmt.Sprintf("%16s  %s is called %s", "", host.Addr, strings.Join(host.Names, ", ")))
		}
	}
}

// gap sets the end apart from the packets, if there were any.
func (p *paper) gap(s *replay) {
	if s.shown+s.skipped > 0 && !s.Detail.Layers { // which end with an empty line
		p.line("")
	}
}

// replay summarizes the packets of a capture and counts.
type replay struct {
	story
	start   time.Time
	last    time.Time
	packets int
	octets  int64
	again   int
	late    int
	odd     int // packets with a problem
	tcps    int // TCP connections
	udps    int // UDP flows
	secrets *secrets
	records *stream.Records
	chooses func(*capture.Record, *capture.Summary) bool
	shown   int // packets told of
	skipped int // places of the file that were told of
	hosts   hosts
	picks   picks
}

func newReplay(o Options) *replay {
	s := newSecrets(o)
	r := &replay{story: newStory(o), secrets: s, records: stream.NewRecords(s.log)}
	r.summarizer.Whole = o.Filter.String() != "" && o.Picked == nil || o.Detail.Layers || len(o.Detail.Fields) > 0
	r.chooses = r.Chooser()
	return r
}

// reveal says of a packet with TLS what it holds, if there are the keys.
func (s *replay) reveal(r *capture.Reader, rec *capture.Record, sum *capture.Summary) []stream.Opened {
	s.secrets.take(r)
	opened := s.records.Add(stream.PacketOf(rec))
	if len(opened) > 0 {
		sum.What = stream.Reveal(sum.What, opened)
	}
	return opened
}

// next reads and summarizes the next packet, whose octets are valid until the next call.
func (s *replay) next(r *capture.Reader) (capture.Record, capture.Summary, error) {
	rec, err := r.Borrow()
	if err != nil {
		return rec, capture.Summary{}, err
	}
	s.count(&rec)
	sum := s.summarizer.Summarize(&rec)
	sum.Src, sum.Dst = s.name(sum.Src), s.name(sum.Dst)
	if sum.Again {
		s.again++
	}
	if sum.Late {
		s.late++
	}
	if sum.Problem != "" {
		s.odd++
	}
	switch sum.Transport {
	case "TCP":
		s.tcps = max(s.tcps, sum.Stream+1)
	case "UDP":
		s.udps = max(s.udps, sum.Stream+1)
	}
	return rec, sum, nil
}

// chosen reports whether a packet is to be told of.
func (s *replay) chosen(rec *capture.Record, sum *capture.Summary) bool {
	if !s.chooses(rec, sum) {
		return false
	}
	s.shown++
	return true
}

// Chooser returns what chooses the packets of a capture by the filter, each asked for once and in order.
func (o Options) Chooser() func(*capture.Record, *capture.Summary) bool {
	matched := 0
	return func(rec *capture.Record, sum *capture.Summary) bool {
		switch {
		case o.Filter.String() == "":
			return true
		case o.Picked != nil && !o.Picked.Has(rec.Number), o.Picked == nil && !o.Filter.Match(capture.FileLayers(rec, sum), rec.Packet):
			return false
		}
		matched++
		return o.Filter.Nth() == 0 || o.Filter.Nth() == matched
	}
}

// count counts a packet.
func (s *replay) count(rec *capture.Record) {
	if s.packets == 0 {
		s.start = rec.At
	}
	s.packets++
	s.last = rec.At
	s.octets += int64(rec.Length)
}

// String is the closing statement.
func (s *replay) String() string {
	parts := []string{count(int64(s.packets), "packet") + " of " + count(s.octets, "octet") + " in " + seconds(s.last.Sub(s.start))}
	if s.Filter.String() != "" {
		parts[0] = fmt.Sprintf("%d chosen of ", s.shown) + parts[0]
	}
	add := func(n int, one string) {
		if n > 0 {
			parts = append(parts, count(int64(n), one))
		}
	}
	add(s.tcps, "TCP connection")
	add(s.udps, "UDP flow")
	if s.again > 0 {
		parts = append(parts, fmt.Sprintf("%d sent again", s.again))
	}
	if s.late > 0 {
		parts = append(parts, fmt.Sprintf("%d out of order", s.late))
	}
	if s.odd > 0 {
		parts = append(parts, fmt.Sprintf("%d with something wrong", s.odd))
	}
	return strings.Join(parts, ", ")
}
