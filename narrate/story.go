package narrate

import (
	"net/netip"
	"slices"
	"strings"
	"time"

	"netlab/capture"
	"netlab/filter"
	"netlab/timeline"
	"netlab/tls"
	"netlab/trace"
)

// Options of a narration. The zero value is a good one.
type Options struct {
	ASCII  bool                  // Plain: no octet above 0x7e
	Brief  bool                  // Plain: leaves out that packets arrive or are forwarded
	Octets bool                  // JSON: each packet's octets
	Names  map[netip.Addr]string // what to call addresses: 10.0.1.10 "h1"
	Start  time.Time             // when time 0 is; zero: at the first event
	Detail Detail                // of a capture: what of each packet's layers is told besides
	Live   bool                  // of a capture: it is still being made, so each packet is told of before more are waited for
	Filter filter.Filter         // of a capture: only packets that it chooses are told of
	Picked *capture.Numbers      // of a capture: the packets that Filter describes, where its index has told that; nil: each packet is taken apart for it
	Keys   *tls.KeyLog           // of a capture: what decrypts its TLS connections, besides the secrets it carries itself
	// Before is called before each packet of a capture is told of: it may wait for the packet's time. Its error ends the telling. nil: nothing.
	Before func(*capture.Record) error
}

// Header is what is said before the first event.
type Header struct {
	Title string   // "lab lossy-upload", "netlab up"
	Seed  uint64   // of the run; 0: there is none
	About []string // further lines, for people
}

// Totals is what is said after the last event.
type Totals struct {
	Packets   int           // sent by hosts, or arrived from outside
	Lost      int           // lost by links
	Discarded int           // thrown away by hosts
	Again     int           // packets that carried again what an earlier one had carried
	Delivered int64         // octets handed to applications
	Forgotten uint64        // events that the timeline had forgotten before they could be told
	Duration  time.Duration // from time 0 to the last event
}

// story is what a narration knows: which packets it has told of, and the totals so far.
type story struct {
	Options
	summarizer *capture.Summarizer
	told       []told // in the order of their IDs
	totals     Totals
}

// told is a packet that was summarized.
type told struct {
	id      trace.ID
	number  int
	summary capture.Summary
}

// mostTold bounds how many packets can be referred to.
const mostTold = 1 << 16

func newStory(o Options) story { return story{Options: o, summarizer: capture.NewSummarizer()} }

// scene is one event with what is to be said of its packet.
type scene struct {
	*trace.Event
	about    *told // the packet it is about; nil: none, or one long past
	replaces *told // the packet that it replaces
	first    bool  // the packet is seen for the first time: sent, or arrived from outside
}

// each calls f for the events of v from from on and returns the ID after the last.
func (s *story) each(v timeline.View, from trace.ID, f func(scene)) (next trace.ID) {
	from = max(from, 1)
	if from < v.First() {
		s.totals.Forgotten += uint64(v.First() - from)
		from = v.First()
	}
	for id := from; id <= v.Last(); id++ {
		e, ok := v.Event(id)
		if !ok {
			s.totals.Forgotten++
			continue
		}
		if s.Start.IsZero() {
			s.Start = e.At
		}
		s.totals.Duration = e.At.Sub(s.Start)
		f(s.scene(v, e))
	}
	return max(from, v.Last()+1)
}

func (s *story) scene(v timeline.View, e *trace.Event) scene {
	sc := scene{Event: e}
	if e.Kind.OfPacket() && e.Packet == e.ID {
		sc.first = true
		s.tell(v, e)
	}
	sc.about, sc.replaces = s.find(e.Packet), s.find(e.Replaces)
	switch {
	case sc.first && e.Replaces != 0:
		s.totals.Again++
	case e.Kind == trace.Lost:
		s.totals.Lost++
	case e.Kind == trace.Discarded:
		s.totals.Discarded++
	case e.Kind == trace.Delivered:
		s.totals.Delivered += delivered(e)
	}
	return sc
}

// delivered returns how many octets reached an application: "hands bytes %d..%d to the application" of a
// connection, "hands a datagram of %d bytes to the application" of a UDP socket.
func delivered(e *trace.Event) int64 {
	if e.Args[1] > e.Args[0] {
		return e.Args[1] - e.Args[0]
	}
	return e.Args[0]
}

// tell summarizes a packet that is seen for the first time.
func (s *story) tell(v timeline.View, e *trace.Event) {
	s.totals.Packets++
	t := told{id: e.ID, summary: s.summarizer.Add(LinkType(e), e.Octets)}
	if p, ok := v.PacketOf(e.ID); ok {
		t.number = p.Number
	}
	t.summary.Src, t.summary.Dst = s.name(t.summary.Src), s.name(t.summary.Dst)
	if e.Kind == trace.Sent && t.summary.Proto == "ARP" {
		t.summary.Src = e.Host // whatever address it claims
	}
	if len(s.told) == mostTold {
		s.told = slices.Clone(s.told[mostTold/2:])
	}
	s.told = append(s.told, t)
}

// find returns the packet with the given ID, unless it is long past. What it returns is good until
// the next packet is told of.
func (s *story) find(id trace.ID) *told {
	i, ok := slices.BinarySearchFunc(s.told, id, func(t told, id trace.ID) int {
		switch {
		case t.id < id:
			return -1
		case t.id > id:
			return 1
		}
		return 0
	})
	if !ok {
		return nil
	}
	return &s.told[i]
}

// name replaces an address by its host's name: "10.0.1.10:40001" by "h1:40001".
func (s *story) name(address string) string {
	if len(s.Names) == 0 {
		return address
	}
	if ap, err := netip.ParseAddrPort(address); err == nil {
		if name, ok := s.Names[ap.Addr()]; ok {
			return name + address[strings.LastIndexByte(address, ':'):]
		}
		return address
	}
	if a, err := netip.ParseAddr(address); err == nil {
		if name, ok := s.Names[a]; ok {
			return name
		}
	}
	return address
}
