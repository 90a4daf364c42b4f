package narrate

import (
	"cmp"
	"fmt"
	"io"
	"net/netip"
	"slices"
	"strings"

	"netlab/capture"
)

// What a digest tells of at most; it says how much more there is.
const (
	maxPairs         = 10
	maxConversations = 50
	pairsHeld        = 1 << 16
)

// DigestPlain tells what a capture holds: who talked with whom, what happened in each connection, and what is worth a sentence. An error of the capture comes back
// after everything before it has been told.
func DigestPlain(w io.Writer, name string, r *capture.Reader, o Options) error {
	p := newPaper(w, o)
	s := newReplay(o)
	d := digest{pairs: map[[2]string]*pair{}, ofStreams: map[streamName]*pair{}, links: map[capture.LinkType]bool{}}
	var told []*conversation
	more := 0
	c := newConversations(o, func(v *conversation) {
		if len(told) == maxConversations {
			more++
			return
		}
		told = append(told, v)
	})
	finder, found := capture.NewFinder(), gathered{}
	r.ReadAhead(finder)
	c.packet = func(rec *capture.Record, sum *capture.Summary) {
		d.packet(rec, sum)
		each(finder.Add(rec), found.add)
	}
	err := c.read(r, s)
	each(finder.End(), found.add)
	p.about(name, r, s, &d)
	p.talkers(&d, s)
	for _, v := range told {
		p.conversation(v, s)
	}
	if more > 0 {
		p.line("")
		p.line(fmt.Sprintf("… and %s more, which --streams tells of.", count(int64(more), "stream")))
	}
	p.gathered(s, &found)
	p.closing(r, s, err)
	if flushErr := p.flush(); err == nil {
		err = flushErr
	}
	return err
}

// digest is who talked in a capture.
type digest struct {
	pairs      map[[2]string]*pair
	ofStreams  map[streamName]*pair // of late: the two ends of a stream do not change
	latest     streamName           // of the packet before, with its pair
	latestPair *pair
	links      map[capture.LinkType]bool
	link       capture.LinkType // of the packet before
	comments   []string         // on packets
	more       int              // comments beyond those
	cut        int              // packets of which only the beginning was kept
}

// pair is two hosts, and what they exchanged.
type pair struct {
	ends    [2]string
	packets int
	octets  int64
	protos  []string
}

// packet counts a packet.
func (d *digest) packet(rec *capture.Record, sum *capture.Summary) {
	if rec.LinkType != d.link || len(d.links) == 0 {
		d.link, d.links[rec.LinkType] = rec.LinkType, true
	}
	if rec.Length > len(rec.Packet) {
		d.cut++
	}
	for _, comment := range rec.Comments {
		if len(d.comments) == maxPairs {
			d.more++
			continue
		}
		d.comments = append(d.comments, fmt.Sprintf("%d: %s", rec.Number, comment))
	}
	v := d.pairOf(sum)
	v.packets++
	v.octets += int64(rec.Length)
	if !slices.Contains(v.protos, sum.Proto) && len(v.protos) < maxPairs {
		v.protos = append(v.protos, sum.Proto)
	}
}

// pairOf returns the pair that a packet counts for; those of streams mostly without reading its ends again.
func (d *digest) pairOf(sum *capture.Summary) *pair {
	if sum.Stream < 0 {
		return d.between(sum.Src, sum.Dst)
	}
	k := streamName{sum.Transport, sum.Stream}
	if k == d.latest && d.latestPair != nil {
		return d.latestPair
	}
	v := d.ofStreams[k]
	if v == nil {
		if len(d.ofStreams) == pairsHeld {
			clear(d.ofStreams)
		}
		v = d.between(sum.Src, sum.Dst)
		d.ofStreams[k] = v
	}
	d.latest, d.latestPair = k, v
	return v
}

// between returns the pair of two ends.
func (d *digest) between(src, dst string) *pair {
	ends := [2]string{hostOf(src), hostOf(dst)}
	if ends[0] == "" {
		ends = [2]string{"others", ""}
	}
	if ends[0] > ends[1] && ends[1] != "" {
		ends[0], ends[1] = ends[1], ends[0]
	}
	v := d.pairs[ends]
	if v == nil {
		if len(d.pairs) == pairsHeld {
			ends = [2]string{"others", ""}
		}
		if v = d.pairs[ends]; v == nil {
			v = &pair{ends: ends}
			d.pairs[ends] = v
		}
	}
	return v
}

// hostOf returns an end without its port.
func hostOf(end string) string {
	if a, err := netip.ParseAddrPort(end); err == nil {
		return a.Addr().String()
	}
	return end
}

// about writes what is said of the file as a whole.
func (p *paper) about(name string, r *capture.Reader, s *replay, d *digest) {
	p.line(name)
	var links []string
	for t := range d.links {
		links = append(links, t.String())
	}
	slices.Sort(links)
	if s.packets > 0 {
		p.line(fmt.Sprintf("captured from %s on: %s", s.start.UTC().Format("2006-01-02 15:04:05.000000 MST"), strings.Join(slices.Compact(links), ", ")))
	}
	x := r.Extra()
	if x.Sections > 1 {
		p.line(fmt.Sprintf("%s, %s", count(int64(x.Sections), "section"), count(int64(len(x.Interfaces)), "interface")))
	}
	for _, i := range x.Interfaces {
		if i.Dropped > 0 {
			p.line(fmt.Sprintf("! the capturing machine had no time for %d more packets of %s", i.Dropped, cmp.Or(i.Name, "its interface")))
		}
	}
	if d.cut > 0 {
		p.line(fmt.Sprintf("! of %s only the beginning was captured", count(int64(d.cut), "packet")))
	}
	for _, t := range x.Secrets {
		p.line(fmt.Sprintf("holds decryption secrets: %s, %s", t.Type, count(int64(len(t.Data)), "octet")))
	}
	if len(x.Names) > 0 {
		p.line(fmt.Sprintf("holds names of %s", count(int64(len(x.Names)), "address")))
	}
	if n := s.hosts.told(); n > 0 {
		p.line(fmt.Sprintf("answers of DNS name %s", count(n, "address")))
	}
	for _, comment := range x.Comments {
		p.line("comment: " + comment)
	}
	for _, comment := range d.comments {
		p.line("comment on packet " + comment)
	}
	if d.more > 0 {
		p.line(fmt.Sprintf("… and %s more, which --packets shows", count(int64(d.more), "comment")))
	}
}

// talkers writes who exchanged most.
func (p *paper) talkers(d *digest, s *replay) {
	if len(d.pairs) == 0 {
		return
	}
	all := make([]*pair, 0, len(d.pairs))
	for _, v := range d.pairs {
		all = append(all, v)
	}
	slices.SortFunc(all, func(a, b *pair) int {
		return cmp.Or(cmp.Compare(b.octets, a.octets), cmp.Compare(a.ends[0], b.ends[0]), cmp.Compare(a.ends[1], b.ends[1]))
	})
	p.line("")
	for _, v := range all[:min(maxPairs, len(all))] {
		ends := s.hosts.beside(v.ends[0])
		if v.ends[1] != "" {
			ends += " and " + s.hosts.beside(v.ends[1])
		}
		p.line(fmt.Sprintf("%-40s %s, %s: %s", ends, count(int64(v.packets), "packet"), count(v.octets, "octet"), strings.Join(v.protos, ", ")))
	}
	if n := len(all) - maxPairs; n > 0 {
		p.line(fmt.Sprintf("… and %d more pairs", n))
	}
}
