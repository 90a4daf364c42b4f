package capture

import (
	"context"
	"errors"
	"net/netip"
	"slices"
	"strconv"

	"netlab/filter"
	"netlab/flow"
	"netlab/ip"
	"netlab/wire"
)

// Words returns what a filter may speak of where packets are seen one after the other on their links, as in labs: the fields of Keys, and what a Watcher tells besides.
// Hosts and Links are left to whoever knows the lab.
func Words() filter.Words {
	keys := append(Keys(), "tcp.seq", "tcp.ack", retxKey, lateKey)
	slices.Sort(keys)
	return filter.Words{Fields: keys, Spans: true}
}

// FileWords returns what a filter of a capture may speak of, but for what only a certain file knows: the names of hosts and interfaces.
func FileWords() filter.Words { return filter.Words{Fields: FileKeys(), Spans: true} }

// Words returns what a filter of the file may speak of. What there is to be told of hosts and interfaces is read when it is asked for; it is that of all that is loaded.
func (f *File) Words(ctx context.Context) filter.Words {
	w := FileWords()
	w.Hosts = func() (map[string][]netip.Addr, error) { return f.Hosts(ctx) }
	w.Links = f.linkNames
	return w
}

// The plain words of filters that stand alone.
const (
	lostKey = "lost"
	retxKey = "retx"
	lateKey = "late"
)

// errNoLinks says why link means nothing.
var errNoLinks = errors.New("this capture does not tell links apart: that takes a pcapng file, which names the interfaces of its packets")

// linkNames returns the names of the interfaces, and their numbers.
func (f *File) linkNames() ([]string, error) {
	f.mu.RLock()
	defer f.mu.RUnlock()
	var names []string
	for i, name := range f.links.names {
		if name != "" && !slices.Contains(names, name) {
			names = append(names, name)
		}
		names = append(names, strconv.Itoa(i))
	}
	if len(names) == 0 {
		return nil, errNoLinks
	}
	return names, nil
}

// Lost returns the packets that were lost, as far as what is loaded tells: those whose content was sent again because of it, if the capture holds them, and those before
// which octets are missing that were lost on the way to the place of capture. What turned out to have arrived is not among them.
func (f *File) Lost() *Numbers {
	findings, _ := f.Findings()
	f.mu.RLock()
	lost, of := f.lost, f.lostOf
	f.mu.RUnlock()
	if lost == nil || of != len(findings) {
		lost = lostIn(findings)
		f.mu.Lock()
		f.lost, f.lostOf = lost, len(findings)
		f.mu.Unlock()
	}
	return lost
}

func lostIn(findings []flow.Finding) *Numbers {
	again := map[int]int{} // the packet that was taken for lost, by the one that was sent because of it
	missing := map[int]bool{}
	for i := range findings {
		one := &findings[i]
		switch {
		case one.Kind == flow.Missing:
			missing[one.Packet] = true
		case one.Kind == flow.OutOfOrder && len(one.Related) > 0: // overtaken, and not lost
			delete(missing, one.Related[0])
		case one.Lost > 0:
			again[one.Packet] = one.Lost
		case one.Kind == flow.Duplicate && len(one.Related) > 0:
			delete(again, one.Related[0])
		}
	}
	var lost Numbers
	for _, n := range again {
		lost.Add(n)
	}
	for n := range missing {
		lost.Add(n)
	}
	return &lost
}

// facts are what a filter may ask of packets that neither their rows nor their octets tell.
type facts struct {
	lost     *Numbers
	links    links
	numbered bool // relative sequence numbers are asked for
}

// factsFor returns what a filter asks for.
func (f *File) factsFor(fl filter.Filter) *facts {
	var known facts
	known.lost = f.Lost()
	known.numbered = fl.Uses(filter.SpanKey, "tcp.seq", "tcp.ack")
	f.mu.RLock()
	defer f.mu.RUnlock()
	known.links = f.links // what is there of its runs does not change
	return &known
}

// origin is what the relative sequence numbers of a connection count from, of both ends.
type origin struct {
	isn   [2]uint32
	known [2]bool
}

func (p *pair) origin() origin {
	var o origin
	for i := range p.end {
		o.isn[i], o.known[i] = uint32(p.end[i].isn), p.end[i].seen
	}
	return o
}

// numbers returns the relative numbers of the packet's segment. It asks for the packet's octets.
func (l *look) numbers() Sequence {
	p := parsed{RawPacket: RawPacket{Data: l.octets, Length: int(l.row.length), LinkType: LinkType(l.row.link)}}
	if p.parse(); !p.segmented {
		return Sequence{}
	}
	s, dir := &p.segment, l.row.dir()
	n := Sequence{Seq: s.Seq - l.from.isn[dir], Known: l.from.known[dir], Len: uint32(s.Len)}
	for _, bit := range []uint32{uint32(s.Flags) & 1, uint32(s.Flags) >> 1 & 1} { // "both FIN and SYN have a number": RFC 9293, Section 3.4
		n.Len += bit
	}
	if s.Flags&(1<<4) != 0 {
		n.Ack, n.AckKnown = s.Ack-l.from.isn[1-dir], l.from.known[1-dir]
	}
	return n
}

// nodes returns what they are in a filter.
func (n *Sequence) nodes() []wire.Node {
	var all []wire.Node
	if n.Known {
		all = append(all, numberNode("Relative Sequence Number", "tcp.seq", int(n.Seq)))
		if n.Len > 0 {
			all = append(all, filter.Span(n.Seq, n.Len))
		}
	}
	if n.AckKnown {
		all = append(all, numberNode("Relative Acknowledgment Number", "tcp.ack", int(n.Ack)))
	}
	return all
}

func numberNode(name, key string, v int) wire.Node {
	return wire.Node{Name: name, Key: key, Value: strconv.Itoa(v), Uint: uint64(v)}
}

// termOfNumbers is the test of a term about relative sequence numbers.
func termOfNumbers(t filter.Term, key string) func(*look) filter.Verdict {
	return func(l *look) filter.Verdict {
		switch {
		case t.Octets() || t.Whole():
			return filter.Unknown
		case l.pair == nil || l.pair.protocol != ip.TCP || l.pair.number < 0:
			return filter.No
		case l.octets == nil:
			return filter.Unknown
		}
		n := l.numbers()
		return filter.VerdictOf(t.Match(n.nodes(), nil))
	}
}

// termOfInterface is the test of a term about the interface on which a packet was captured.
func termOfInterface(t filter.Term, key string) func(*look) filter.Verdict {
	return func(l *look) filter.Verdict {
		number, name := l.known.links.of(l.number)
		switch {
		case t.Octets() || t.Whole():
			return filter.Unknown
		case key == filter.LinkKey:
			return filter.VerdictOf(t.Of(wire.Node{Key: key, Value: name, Uint: uint64(number)}))
		case name == "":
			return filter.No
		}
		return filter.VerdictOf(t.Of(wire.Node{Key: key, Value: name}))
	}
}
