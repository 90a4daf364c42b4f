package tui

import (
	"net/netip"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"netlab/ip"
	"netlab/link"
	"netlab/sim"
	"netlab/tcp"
	"netlab/timeline"
	"netlab/trace"
	"netlab/wire"
)

// story is a Source made by hand: an upload from h1 to h2 through two routers, in which a segment is lost and
// sent again.
type story struct {
	store   *timeline.Store
	live    bool
	gen     int
	links   []sim.LinkState
	changes []Change
	at      time.Duration
	closed  bool
}

func (s *story) Title() string                  { return "Lossy upload   seed 7" }
func (s *story) Live() bool                     { return s.live }
func (s *story) View() timeline.View            { return s.store.View() }
func (s *story) Generation() int                { return s.gen }
func (s *story) Start() time.Time               { return epoch() }
func (s *story) Ended() bool                    { return !s.live }
func (s *story) Links(trace.ID) []sim.LinkState { return s.links }
func (s *story) KeyLog() []byte                 { return nil }
func (s *story) Extend(trace.ID)                {}
func (s *story) Futures() (seen, kept int)      { return 0, 1 }
func (s *story) NextFuture() (trace.ID, error)  { return 0, errOneFuture }
func (s *story) Close()                         { s.closed = true }
func (s *story) Hosts() []Host {
	return []Host{
		{"h1", "client", []netip.Addr{netip.MustParseAddr("10.0.1.10")}},
		{"r1", "router", []netip.Addr{netip.MustParseAddr("10.0.1.1"), netip.MustParseAddr("10.0.12.1")}},
		{"r2", "router", []netip.Addr{netip.MustParseAddr("10.0.12.2"), netip.MustParseAddr("10.0.2.1")}},
		{"h2", "server", []netip.Addr{netip.MustParseAddr("10.0.2.20")}},
	}
}

func (s *story) Change(after trace.ID, c Change) (string, error) {
	s.changes = append(s.changes, c)
	for i := range s.links {
		if s.links[i].Name == c.Link && c.Cycle != NoFault {
			s.links[i].Up = cycle(s.links[i].Up, c.Cycle)
			s.links[i].Down = s.links[i].Up
		}
	}
	return "changed " + c.Link, nil
}

func epoch() time.Time { return time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC) }

func (s *story) event(e trace.Event) trace.ID {
	e.At = epoch().Add(s.at)
	return s.store.Append(e)
}

const (
	clientISN = 0x3a7f1000
	serverISN = 0x91c4a000
)

// segment is a TCP segment of the story: relative numbers, from the client if up.
type segment struct {
	up       bool
	flags    tcp.Flags
	seq, ack uint32
	data     string
	say      string
	replaces trace.ID
	lostOn   string // "r1>r2": lost there
}

// send sends a segment over all three links, or up to where it is lost, and returns its identity.
func (s *story) send(seg segment) trace.ID {
	src, dst := netip.MustParseAddr("10.0.1.10"), netip.MustParseAddr("10.0.2.20")
	wireSegment := tcp.Segment{SrcPort: 40001, DstPort: 80, Seq: tcp.Seq(clientISN + seg.seq), Ack: tcp.Seq(serverISN + seg.ack), Flags: seg.flags, Window: 64240, Payload: []byte(seg.data)}
	hosts := []string{"h1", "r1", "r2", "h2"}
	if !seg.up {
		src, dst = dst, src
		wireSegment.SrcPort, wireSegment.DstPort = 80, 40001
		wireSegment.Seq, wireSegment.Ack = tcp.Seq(serverISN+seg.seq), tcp.Seq(clientISN+seg.ack)
		hosts = []string{"h2", "r2", "r1", "h1"}
	}
	if seg.flags&tcp.ACK == 0 {
		wireSegment.Ack = 0
	}
	if seg.flags&tcp.SYN != 0 {
		wireSegment.Options = tcp.Options{MSS: 1460, WindowScale: 8}
	}
	length := 20 + wireSegment.HeaderLen() + len(seg.data)
	packet := make([]byte, length)
	wireSegment.Put(packet[20:], src, dst)
	h := ip.Header{TotalLength: length, ID: uint32(s.store.View().Last()), TTL: 64, Protocol: ip.TCP, Src: src, Dst: dst, DontFragment: true}

	var id trace.ID
	for hop := range 3 {
		h.TTL = uint8(64 - hop)
		h.Put(packet)
		name := linkBetween(hosts[hop], hosts[hop+1])
		if hop == 0 {
			id = s.event(trace.Event{Kind: trace.Sent, Host: hosts[0], Link: name, Say: seg.say, Replaces: seg.replaces, Octets: packet, Ref: wire.RFC("9293", "3.10.1")})
		} else {
			s.event(trace.Event{Kind: trace.Forwarded, Host: hosts[hop], Link: name, Packet: id, Say: "forwards it: the TTL goes down by 1", Octets: packet})
		}
		if way := hosts[hop] + ">" + hosts[hop+1]; way == seg.lostOn {
			s.event(trace.Event{Kind: trace.Lost, Link: way, Packet: id, Say: "loss 10%%"})
			return id
		}
		s.at += []time.Duration{5, 20, 5}[hop] * time.Millisecond
		s.event(trace.Event{Kind: trace.Received, Host: hosts[hop+1], Link: name, Packet: id, Say: "receives a packet of %d octets", Args: [4]int64{int64(length)}, Octets: packet})
	}
	return id
}

func linkBetween(a, b string) string {
	switch a + b {
	case "h1r1", "r1h1":
		return "h1-r1"
	case "r1r2", "r2r1":
		return "r1-r2"
	}
	return "r2-h2"
}

// upload tells the story.
func upload() *story {
	ms := time.Millisecond
	s := &story{store: timeline.New(0), links: []sim.LinkState{
		{Name: "h1-r1", A: "h1", B: "r1", Up: link.Faults{Delay: 5 * ms}, Down: link.Faults{Delay: 5 * ms}},
		{Name: "r1-r2", A: "r1", B: "r2", Up: link.Faults{Delay: 20 * ms, Loss: 0.1, Rate: 100_000_000}, Down: link.Faults{Delay: 20 * ms, Loss: 0.1, Rate: 100_000_000}},
		{Name: "r2-h2", A: "r2", B: "h2", Up: link.Faults{Delay: 5 * ms}, Down: link.Faults{Delay: 5 * ms}},
	}}
	flow := trace.Flow{Local: netip.MustParseAddrPort("10.0.1.10:40001"), Remote: netip.MustParseAddrPort("10.0.2.20:80")}
	data := func(n int) string {
		b := make([]byte, n)
		for i := range b {
			b[i] = "the quick brown fox "[i%20]
		}
		return string(b)
	}
	s.event(trace.Event{Kind: trace.Call, Host: "h1", Say: "connects to 10.0.2.20:80", Flow: flow, Ref: wire.RFC("9293", "3.9.1")})
	s.event(trace.Event{Kind: trace.StateChanged, Host: "h1", Say: "opens actively: CLOSED becomes SYN-SENT", Flow: flow, Ref: wire.RFC("9293", "3.10.1")})
	s.send(segment{up: true, flags: tcp.SYN, say: "sends SYN to open the connection"})
	s.send(segment{flags: tcp.SYN | tcp.ACK, ack: 1, say: "answers SYN with SYN-ACK"})
	s.event(trace.Event{Kind: trace.StateChanged, Host: "h1", Say: "SYN-SENT becomes ESTABLISHED", Flow: flow, Ref: wire.RFC("9293", "3.10.7.3")})
	s.send(segment{up: true, flags: tcp.ACK, seq: 1, ack: 1, say: "acknowledges the SYN of the other side"})
	request := "POST /blob HTTP/1.1\r\nHost: h2\r\nContent-Length: 5840\r\n\r\n"
	s.send(segment{up: true, flags: tcp.ACK | tcp.PSH, seq: 1, ack: 1, data: request + data(1460-len(request)), say: "sends octets 1..1461: the window has room"})
	first := s.send(segment{up: true, flags: tcp.ACK, seq: 1461, ack: 1, data: data(1460), say: "sends octets 1461..2921: the window has room", lostOn: "r1>r2"})
	for i := range uint32(3) {
		s.send(segment{up: true, flags: tcp.ACK, seq: 2921 + 1460*i, ack: 1, data: data(1460), say: "sends more: the window has room"})
		s.send(segment{flags: tcp.ACK, seq: 1, ack: 1461, say: "asks again for 1461: something after it arrived"})
		s.event(trace.Event{Kind: trace.DuplicateACK, Host: "h1", Say: "counts duplicate ACK %d", Args: [4]int64{int64(i) + 1}, Flow: flow, Ref: wire.RFC("5681", "2")})
	}
	s.event(trace.Event{
		Kind: trace.Congestion, Host: "h1", Say: "enters fast recovery", Flow: flow, Ref: wire.RFC("5681", "3.2"),
		Changes: []trace.Change{{Name: "ssthresh", Old: "65535", New: "2920"}, {Name: "cwnd", Old: "14600", New: "7300"}},
	})
	s.send(segment{up: true, flags: tcp.ACK, seq: 1461, ack: 1, data: data(1460), replaces: first, say: "sends octets 1461..2921 again: three duplicate ACKs asked for 1461"})
	s.send(segment{flags: tcp.ACK, seq: 1, ack: 7301, say: "acknowledges everything"})
	return s
}

// show returns a paused screen of the story in a size, without colours.
func show(t *testing.T, src Source, width, height int) *screen {
	t.Helper()
	s := newScreen(src, Options{Theme: themeNone, Paused: true})
	resize(s, width, height)
	return s
}

// press sends keys to a screen and does the jobs that follow, as the program would; ticks are left out.
func press(t *testing.T, s *screen, keys ...string) {
	t.Helper()
	for _, k := range keys {
		s.Update(keyPress(k))
		for n := 0; len(s.jobs) > 0; n++ {
			require.Less(t, n, 100, "jobs do not end")
			notice, err := s.jobs[0].run(s.cursor)
			s.Update(jobDone{notice, err})
		}
	}
}
