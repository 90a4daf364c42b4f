package narrate

import (
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"netlab/capture"
	"netlab/flow"
)

// FindingsPlain writes what is worth a sentence in a capture as text, one line each, then the TCP connections with their round-trip times. An error of
// the capture comes back after everything before it has been told.
func FindingsPlain(w io.Writer, name string, r *capture.Reader, o Options) error {
	p := newPaper(w, o)
	p.line(name)
	p.line("")
	s := newReplay(o)
	finder := capture.NewFinder()
	total := 0
	err := s.find(r, finder, func(f *flow.Finding) {
		total++
		p.line(p.finding(s, f))
	})
	if n := finder.Tracker().Streams(); n > 0 {
		p.line("")
		for i := range n {
			if sum, ok := finder.Tracker().Summary(i); ok && s.pickedStream(streamName{"TCP", i}) {
				p.line(p.connection(s, &sum))
			}
		}
	}
	p.line("")
	p.line(count(int64(total), "finding") + ".")
	p.closing(r, s, err)
	if flushErr := p.flush(); err == nil {
		err = flushErr
	}
	return err
}

// find reads a capture to its end and calls told for each finding that is about a packet which the filter chooses.
func (s *replay) find(r *capture.Reader, finder *capture.Finder, told func(*flow.Finding)) error {
	s.summarizer.Terse = true
	r.ReadAhead(finder)
	tell := func(f *flow.Finding) {
		if s.picked(f) {
			told(f)
		}
	}
	for {
		rec, sum, err := s.next(r)
		if err != nil {
			each(finder.End(), tell)
			if err == io.EOF {
				return nil
			}
			return err
		}
		s.pick(&rec, &sum)
		each(finder.Add(&rec), tell)
	}
}

func each(found []flow.Finding, tell func(*flow.Finding)) {
	for i := range found {
		tell(&found[i])
	}
}

// finding is the line of one finding: when, in which packet, and what.
func (p *paper) finding(s *replay, f *flow.Finding) string {
	sign := "!"
	if f.Kind.Note() {
		sign = " "
	}
	line := fmt.Sprintf("%10.6f  %4d  %s %s", float64(f.At-s.start.UnixNano())/1e9, f.Packet, sign, s.sentence(f))
	if rest := f.Related[min(len(f.Related), strings.Count(f.Say, "%p")):]; len(rest) > 0 {
		line += "  [" + packetList(rest) + "]"
	}
	if !f.Ref.IsZero() {
		line += "  (" + p.signs.ref(f.Ref) + ")"
	}
	return line
}

// sentence is a finding with its subject by the name it is known by.
func (s *story) sentence(f *flow.Finding) string {
	switch {
	case !f.Who.IsValid():
		return f.Text()
	case f.Who.Port() == 0:
		return s.name(f.Who.Addr().String()) + " " + f.Sentence()
	}
	return s.name(f.Who.String()) + " " + f.Sentence()
}

// packetList writes "packet 4", "packets 4, 7".
func packetList(packets []int) string {
	var b strings.Builder
	b.WriteString("packet")
	if len(packets) > 1 {
		b.WriteByte('s')
	}
	for i, n := range packets {
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteString(" " + strconv.Itoa(n))
	}
	return b.String()
}

// connection is the line of a TCP connection.
func (p *paper) connection(s *replay, c *flow.Summary) string {
	line := fmt.Sprintf("TCP %-4d %s%s%s  packets %d..%d in %s", c.Number, s.name(c.Ends[0].String()), p.signs.to, s.name(c.Ends[1].String()), c.First, c.Last, flow.Duration(c.End-c.Begin))
	for i, octets := range c.Octets {
		line += fmt.Sprintf("; from %s %s, %s", s.name(c.Ends[i].String()), count(int64(c.Packets[i]), "packet"), count(octets, "octet"))
		if rtt := c.RTT[i]; rtt.Samples > 0 {
			line += fmt.Sprintf(", round trip %s at least, %s in the middle, %s at most", flow.Duration(int64(rtt.Min)), flow.Duration(int64(rtt.Median)), flow.Duration(int64(rtt.Max)))
		}
	}
	return line
}

// gathered are the findings of a capture, those that are alike together, for a story that is not to be drowned in them.
type gathered struct {
	groups []group
	index  map[groupKey]int
	others int // of groups that there was no room for
}

type groupKey struct {
	kind   flow.Kind
	stream int
	who    string
}

type group struct {
	first flow.Finding
	more  []int // further packets
	count int
}

const (
	maxGroups = 200 // in a story
	maxNamed  = 8   // packets of a group
)

func (g *gathered) add(f *flow.Finding) {
	key := groupKey{f.Kind, f.Stream, f.Who.String()}
	i, ok := g.index[key]
	switch {
	case ok:
		one := &g.groups[i]
		if one.count++; len(one.more) < maxNamed {
			one.more = append(one.more, f.Packet)
		}
	case len(g.groups) == maxGroups:
		g.others++
	default:
		if g.index == nil {
			g.index = map[groupKey]int{}
		}
		g.index[key] = len(g.groups)
		one := *f
		one.Related = slices.Clone(f.Related)
		g.groups = append(g.groups, group{first: one, count: 1})
	}
}

// gathered writes what was found, each kind of each sender once.
func (p *paper) gathered(s *replay, g *gathered) {
	if len(g.groups) == 0 {
		return
	}
	slices.SortStableFunc(g.groups, func(a, b group) int { return a.first.Packet - b.first.Packet })
	p.line("")
	p.line("Findings (all of them: --findings):")
	for i := range g.groups {
		one := &g.groups[i]
		line := p.finding(s, &one.first)
		if one.count > 1 {
			line += "  and so " + packetList(one.more)
			if rest := one.count - 1 - len(one.more); rest > 0 {
				line += fmt.Sprintf(" and %d more", rest)
			}
		}
		p.line(line)
	}
	if g.others > 0 {
		p.line(fmt.Sprintf("            and %d more", g.others))
	}
}
