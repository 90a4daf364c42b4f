package replay

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"slices"
	"time"

	"netlab/capture"
	"netlab/ip"
	"netlab/link"
	"netlab/sim"
)

// Wire is a capture as a simulated network: a host for each address, and in the middle the place where it was captured. Each host sends what it sent
// then, so that it passes that place when it did.
type Wire struct {
	Topology *sim.Topology
	Hosts    []WireHost
	Begin    time.Time // of the run, by the clock of the capture: its first packet passes the tap as long after that as the farthest host is away

	NotIP int // packets of the capture that hold no IP packet, and are not sent
	Unfit int // of which it has too little to give them other addresses, and which are not sent either
	Cut   int // of which it has only the beginning: that is sent
	Large int // segments larger than an Ethernet frame takes, which the network card was to cut: it is done here
	Whole int // other packets that are too large, and are sent whole
	Back  int // whose time is before that of the packet before them: they are sent right after it
	More  int // beyond what is sent
}

// WireHost is a host of the wire.
type WireHost struct {
	Name string
	Addr netip.Addr    // zero: the host stands for several
	Away time.Duration // how long a packet takes from the place of capture, as its acknowledgments say; 0: they say nothing
}

// The names of the host in the middle, and of the one that stands for groups, broadcasts and what is beyond maxWireHosts.
const (
	Tap    = "tap"
	Others = "others"
)

// What is simulated at most; a map has no room for more hosts.
const (
	maxWireHosts   = 8
	maxWirePackets = 50_000
	maxWireOctets  = 64 << 20
	maxWireTime    = 100 * 365 * 24 * time.Hour // what is later has a broken time
)

// MTU is the largest packet that a wire carries, and the TUN: as much as an Ethernet frame takes.
const MTU = 1500

// WireOptions choose what is sent. The zero value sends everything as it was.
type WireOptions struct {
	Choose   func(*capture.Record, *capture.Summary) bool // nil: all
	Rewriter *Rewriter                                    // nil: the addresses stay
}

// wireEnd is an end of a packet. An address that talks with itself, as on a loopback interface, is two hosts.
type wireEnd struct {
	addr   netip.Addr // zero: everybody
	second bool
}

// wirePacket is a packet of the capture.
type wirePacket struct {
	at       time.Duration // since the first one
	from, to wireEnd
	number   int
	octets   []byte
}

// wireReader makes a Wire of packets.
type wireReader struct {
	Wire
	WireOptions
	sum       *capture.Summarizer
	packets   []wirePacket
	octets    int
	first     time.Time
	last      time.Duration
	distances distances
}

// ReadWire reads a capture. Of a damaged one it returns what is there before the damage, and the error.
func ReadWire(name string, r *capture.Reader, o WireOptions) (*Wire, error) {
	w := &wireReader{WireOptions: o, sum: capture.NewSummarizer(), distances: newDistances()}
	w.sum.Whole = o.Choose != nil
	var damaged error
	for {
		rec, err := r.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			damaged = err
			break
		}
		sum := w.sum.Summarize(&rec)
		if o.Choose == nil || o.Choose(&rec, &sum) {
			w.add(&rec)
		}
	}
	w.build(name)
	return &w.Wire, damaged
}

// add takes a packet.
func (w *wireReader) add(rec *capture.Record) {
	packet, ok := capture.IPPacket(rec.LinkType, rec.Packet)
	if !ok {
		w.NotIP++
		return
	}
	packet = trim(packet)
	cut := rec.Length > len(rec.Packet) && len(packet) < length(packet)
	if len(w.packets) >= maxWirePackets || w.octets+len(packet) > maxWireOctets {
		w.More++
		return
	}
	packet = slices.Clone(packet)
	if w.Rewriter != nil && (cut || !w.Rewriter.Packet(packet)) {
		w.Unfit++
		return
	}
	src, dst, ok := addresses(packet)
	if !ok {
		w.NotIP++
		return
	}
	if cut {
		w.Cut++
	}
	if w.first.IsZero() {
		w.first = rec.At
	}
	at := min(rec.At.Sub(w.first), maxWireTime)
	if at < w.last {
		w.Back++
		at = w.last
	}
	w.last = at
	p := wirePacket{at: at, from: wireEnd{addr: src}, to: wireEnd{addr: dst}, number: rec.Number, octets: packet}
	if isGroup(src) {
		p.from = wireEnd{}
	}
	if isGroup(dst) {
		p.to = wireEnd{}
	}
	if src == dst {
		p.from.second = fromSecond(packet)
		p.to.second = !p.from.second
	}
	w.distances.add(&p)
	w.octets += len(packet)
	pieces := [][]byte{packet}
	if len(packet) > MTU && !cut {
		pieces = Pieces(packet, MTU)
	}
	switch {
	case len(pieces) > 1:
		w.Large++
	case len(packet) > MTU:
		w.Whole++
	}
	for _, p.octets = range pieces {
		w.packets = append(w.packets, p)
	}
}

// build makes the topology.
func (w *wireReader) build(name string) {
	ends, places := w.ends()
	t := &sim.Topology{Name: name, Title: "capture " + name + " on a simulated wire"}
	middle := sim.HostSpec{Name: Tap, Role: sim.Recorded}
	var farthest time.Duration
	for _, h := range w.Hosts {
		farthest = max(farthest, h.Away)
	}
	for i, h := range w.Hosts {
		l := sim.LinkSpec{A: h.Name, B: Tap, MTU: 65535, Up: link.Faults{Delay: h.Away}, Down: link.Faults{Delay: h.Away}}
		spec := sim.HostSpec{Name: h.Name, Role: sim.Recorded, Interfaces: []sim.InterfaceSpec{{Link: l.Name()}}}
		if h.Addr.IsValid() && !slices.Contains(ends, wireEnd{h.Addr, true}) {
			spec.Interfaces[0].Addrs = []netip.Prefix{netip.PrefixFrom(h.Addr, h.Addr.BitLen())}
		}
		middle.Interfaces = append(middle.Interfaces, sim.InterfaceSpec{Link: l.Name()})
		t.Links = append(t.Links, l)
		t.Hosts = append(t.Hosts, spec)
		if i == 0 {
			t.Hosts = append(t.Hosts, sim.HostSpec{}) // the one in the middle, on the map as well
		}
	}
	if len(t.Hosts) > 0 {
		t.Hosts[1] = middle
	}
	for _, p := range w.packets {
		from, to := w.Hosts[places[p.from]], w.Hosts[places[p.to]]
		t.Recording = append(t.Recording, sim.RecordedPacket{At: farthest + p.at - from.Away, From: from.Name, To: to.Name, Number: p.number, Octets: p.octets})
	}
	w.Begin = w.first.Add(-farthest)
	slices.SortStableFunc(t.Recording, func(a, b sim.RecordedPacket) int { return cmp.Compare(a.At, b.At) })
	w.Topology = t
}

// ends chooses the ends that become hosts of their own, those with the most packets, in the order of their first; places says which host stands for
// an end.
func (w *wireReader) ends() (ends []wireEnd, places map[wireEnd]int) {
	packets := map[wireEnd]int{}
	for _, p := range w.packets {
		for _, e := range []wireEnd{p.from, p.to} {
			if packets[e] == 0 && e.addr.IsValid() {
				ends = append(ends, e)
			}
			packets[e]++
		}
	}
	if len(ends) > maxWireHosts {
		most := slices.Clone(ends)
		slices.SortStableFunc(most, func(a, b wireEnd) int { return packets[b] - packets[a] })
		ends = slices.DeleteFunc(ends, func(e wireEnd) bool { return !slices.Contains(most[:maxWireHosts], e) })
	}
	places = map[wireEnd]int{}
	for i, e := range ends {
		places[e] = i
		w.Hosts = append(w.Hosts, WireHost{Name: fmt.Sprintf("h%d", i+1), Addr: e.addr, Away: w.distances.away(e)})
	}
	if len(packets) > len(ends) {
		w.Hosts = append(w.Hosts, WireHost{Name: Others})
		for e := range packets {
			if _, ok := places[e]; !ok {
				places[e] = len(ends)
			}
		}
	}
	return ends, places
}

// length returns how long an IP packet says that it is; 0: it does not say.
func length(b []byte) int {
	switch {
	case len(b) >= 4 && b[0]>>4 == 4:
		return int(b[2])<<8 | int(b[3])
	case len(b) >= 6 && b[0]>>4 == 6:
		if n := int(b[4])<<8 | int(b[5]); n > 0 {
			return 40 + n
		}
	}
	return 0
}

// trim takes off what a frame was filled up with.
func trim(b []byte) []byte {
	if n := length(b); n > 0 && n < len(b) {
		return b[:n]
	}
	return b
}

// addresses returns those of a packet, of which perhaps only the beginning is there.
func addresses(b []byte) (src, dst netip.Addr, ok bool) {
	switch {
	case len(b) >= 20 && b[0]>>4 == 4:
		return netip.AddrFrom4([4]byte(b[12:16])), netip.AddrFrom4([4]byte(b[16:20])), true
	case len(b) >= 40 && b[0]>>4 == 6:
		return netip.AddrFrom16([16]byte(b[8:24])), netip.AddrFrom16([16]byte(b[24:40])), true
	}
	return src, dst, false
}

// isGroup reports whether an address means several hosts: a group, or all of a network as it is mostly written.
func isGroup(a netip.Addr) bool {
	return a.IsMulticast() || a.Is4() && a.As4()[3] == 255
}

// fromSecond reports whether a packet of an address to itself comes from the server's side: the lower port, or an echo reply.
func fromSecond(packet []byte) bool {
	c, ok := capture.CarriedBy(capture.RawIP, packet)
	if ok {
		return c.Src.Port() < c.Dst.Port()
	}
	h, payload, err := ip.Parse(packet)
	return err == nil && len(payload) > 0 && (h.Protocol == ip.ICMP && payload[0] == 0 || h.Protocol == ip.ICMPv6 && payload[0] == 129)
}
