package ether

import (
	"fmt"
	"math/rand/v2"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"netlab/trace"
)

// bench is one station with its addresses, in virtual time. The test plays the other stations.
type bench struct {
	t    *testing.T
	s    *Station
	now  time.Time
	said []string
}

func addr(s string) netip.Addr { return netip.MustParseAddr(s) }

func newBench(t *testing.T, cfg Config, addrs ...string) *bench {
	b := &bench{t: t, now: time.Unix(1000, 0)}
	cfg.MAC, cfg.Seed = card(1), 1
	b.s = NewStation(cfg, trace.New("h1", func(e trace.Event) trace.ID {
		b.said = append(b.said, e.Text())
		return trace.ID(len(b.said))
	}))
	for _, a := range addrs {
		b.s.AddAddress(netip.MustParsePrefix(a))
	}
	return b
}

// packet is an IPv4 packet from 10.0.1.1, with a number to tell it by.
func packet(dst string, number byte) []byte {
	b := make([]byte, 24)
	b[0], b[3] = 0x45, 24
	copy(b[12:], addr("10.0.1.1").AsSlice())
	copy(b[16:], addr(dst).AsSlice())
	b[20] = number
	return b
}

func (b *bench) send(to string, number byte) {
	b.s.Send(b.now, Packet{Octets: packet(to, number), NextHop: addr(to)})
}

// out takes the frames that are to go out, in words: "1>* who has 10.0.1.2? tell 10.0.1.1", "1>2 packet 7".
func (b *bench) out() []string {
	b.t.Helper()
	name := func(m MAC) string {
		if m == Broadcast() {
			return "*"
		}
		return fmt.Sprint(m[5])
	}
	var lines []string
	for out, ok := b.s.Next(); ok; out, ok = b.s.Next() {
		require.GreaterOrEqual(b.t, len(out.Frame), MinLen)
		h, payload, err := Parse(out.Frame)
		require.NoError(b.t, err)
		line := name(h.Src) + ">" + name(h.Dst)
		if h.Type == TypeIPv4 {
			lines = append(lines, fmt.Sprintf("%s packet %d", line, payload[20]))
			continue
		}
		m, err := ParseARP(payload)
		require.NoError(b.t, err)
		if m.Operation == Request {
			lines = append(lines, fmt.Sprintf("%s who has %v? tell %v", line, m.Target, m.Sender))
		} else {
			lines = append(lines, fmt.Sprintf("%s %v is at %s", line, m.Sender, name(m.SenderMAC)))
		}
	}
	return lines
}

// arp lets a message of another station arrive. dst is a number, or 0 for everybody.
func (b *bench) arp(op Operation, from int, sender string, to int, target string) {
	m := Message{Operation: op, SenderMAC: card(from), Sender: addr(sender), Target: addr(target)}
	h := Header{Src: card(from), Dst: Broadcast(), Type: TypeARP}
	if to != 0 {
		h.Dst, m.TargetMAC = card(to), card(to)
	}
	_, ok := b.s.Receive(b.now, h.Append(nil, m.Append(nil)), 0, 0)
	require.False(b.t, ok)
}

// pass lets time pass, and takes what goes out while it does: "+1s 1>* who has …".
func (b *bench) pass(d time.Duration) []string {
	b.t.Helper()
	var lines []string
	start, end := b.now, b.now.Add(d)
	for at := b.s.Deadline(); !at.IsZero() && !at.After(end); at = b.s.Deadline() {
		b.now = at
		b.s.Advance(b.now)
		for _, line := range b.out() {
			lines = append(lines, fmt.Sprintf("+%v %s", b.now.Sub(start), line))
		}
	}
	b.now = end
	return lines
}

func (b *bench) state(a string) string {
	for _, n := range b.s.Neighbors(b.now) {
		if n.Addr == addr(a) {
			return n.State.String()
		}
	}
	return "none"
}

// RFC 826; RFC 1122, Section 2.3.2.2: packets wait for the answer, and are sent then, in order.
func TestResolve(t *testing.T) {
	b := newBench(t, Config{}, "10.0.1.1/24")
	b.send("10.0.1.2", 1)
	b.send("10.0.1.2", 2)
	require.Equal(t, []string{"1>* who has 10.0.1.2? tell 10.0.1.1"}, b.out(), "one question for both")
	require.Equal(t, "INCOMPLETE", b.state("10.0.1.2"))
	b.arp(Reply, 2, "10.0.1.2", 1, "10.0.1.1")
	require.Equal(t, []string{"1>2 packet 1", "1>2 packet 2"}, b.out())
	require.Equal(t, "REACHABLE", b.state("10.0.1.2"))
	b.send("10.0.1.2", 3)
	require.Equal(t, []string{"1>2 packet 3"}, b.out())
	require.True(t, b.s.Deadline().IsZero(), "nothing more is due")
	require.Contains(t, b.said, "learns that 10.0.1.2 is at 02:00:00:00:00:02")
}

// RFC 1122, Section 2.3.2.1: once a second at most; RFC 4861, Section 7.2.2: three questions, then the packets come back.
func TestNobodyAnswers(t *testing.T) {
	b := newBench(t, Config{}, "10.0.1.1/24")
	b.send("10.0.1.9", 1)
	require.Equal(t, []string{"1>* who has 10.0.1.9? tell 10.0.1.1"}, b.out())
	b.send("10.0.1.9", 2)
	require.Equal(t, []string{
		"+1s 1>* who has 10.0.1.9? tell 10.0.1.1",
		"+2s 1>* who has 10.0.1.9? tell 10.0.1.1",
	}, b.pass(time.Minute))
	for _, number := range []byte{1, 2} {
		f, ok := b.s.NextFailure()
		require.True(t, ok)
		require.Equal(t, packet("10.0.1.9", number), f.Octets)
		require.NotZero(t, f.Cause)
	}
	_, ok := b.s.NextFailure()
	require.False(t, ok)
	require.Equal(t, "none", b.state("10.0.1.9"))
	require.Equal(t, uint64(2), b.s.Counters().Unreachable)
	require.Contains(t, b.said, "gives up on 10.0.1.9: it has not answered 3 questions")
	b.send("10.0.1.9", 3)
	require.Equal(t, []string{"1>* who has 10.0.1.9? tell 10.0.1.1"}, b.out(), "the next packet begins anew")
}

// RFC 4861, Section 7.3.3: REACHABLE, STALE, DELAY, PROBE, and what leads from each to the next.
func TestNeighborUnreachabilityDetection(t *testing.T) {
	known := func() *bench {
		b := newBench(t, Config{}, "10.0.1.1/24")
		b.send("10.0.1.2", 1)
		b.arp(Reply, 2, "10.0.1.2", 1, "10.0.1.1")
		b.out()
		b.now = b.now.Add(14 * time.Second)
		require.Equal(t, "REACHABLE", b.state("10.0.1.2"), "at least half of 30 s")
		b.now = b.now.Add(31 * time.Second)
		require.Equal(t, "STALE", b.state("10.0.1.2"), "at most half more than 30 s")
		b.send("10.0.1.2", 2)
		require.Equal(t, []string{"1>2 packet 2"}, b.out(), "a packet need not wait")
		require.Equal(t, "DELAY", b.state("10.0.1.2"))
		return b
	}
	t.Run("the neighbour is there", func(t *testing.T) {
		b := known()
		require.Equal(t, []string{"+5s 1>2 who has 10.0.1.2? tell 10.0.1.1"}, b.pass(5*time.Second))
		require.Equal(t, "PROBE", b.state("10.0.1.2"))
		b.arp(Reply, 2, "10.0.1.2", 1, "10.0.1.1")
		require.Equal(t, "REACHABLE", b.state("10.0.1.2"))
		require.Empty(t, b.pass(time.Hour))
	})
	t.Run("a layer above has heard from it", func(t *testing.T) {
		b := known()
		b.s.Confirm(b.now, addr("10.0.1.2"))
		require.Equal(t, "REACHABLE", b.state("10.0.1.2"))
		require.Empty(t, b.pass(10*time.Second))
		b.s.Confirm(b.now, addr("10.0.1.3"))
		require.Equal(t, "none", b.state("10.0.1.3"), "no entry comes of that")
	})
	t.Run("the neighbour has gone", func(t *testing.T) {
		b := known()
		require.Equal(t, []string{
			"+5s 1>2 who has 10.0.1.2? tell 10.0.1.1", "+6s 1>2 who has 10.0.1.2? tell 10.0.1.1", "+7s 1>2 who has 10.0.1.2? tell 10.0.1.1",
		}, b.pass(time.Minute))
		require.Equal(t, "none", b.state("10.0.1.2"))
		b.send("10.0.1.2", 3)
		require.Equal(t, []string{"1>* who has 10.0.1.2? tell 10.0.1.1"}, b.out())
	})
	t.Run("the neighbour has another card", func(t *testing.T) {
		b := known()
		b.arp(Request, 3, "10.0.1.2", 0, "10.0.1.1")
		require.Equal(t, []string{"1>3 10.0.1.1 is at 1"}, b.out())
		require.Equal(t, "STALE", b.state("10.0.1.2"))
		b.send("10.0.1.2", 3)
		require.Equal(t, []string{"1>3 packet 3"}, b.out())
	})
}

// RFC 826, Packet Reception: the question is answered, and whoever asked is remembered.
func TestAnswer(t *testing.T) {
	b := newBench(t, Config{}, "10.0.1.1/24")
	b.arp(Request, 2, "10.0.1.2", 0, "10.0.1.1")
	require.Equal(t, []string{"1>2 10.0.1.1 is at 1"}, b.out())
	require.Equal(t, "STALE", b.state("10.0.1.2"), "it has shown that it is there, but not that packets reach it")
	b.arp(Request, 2, "10.0.1.2", 0, "10.0.1.3")
	b.arp(Request, 3, "0.0.0.0", 0, "10.0.1.1") // a probe: RFC 5227, Section 2.1.1
	require.Equal(t, []string{"1>3 10.0.1.1 is at 1"}, b.out())
	require.Equal(t, "none", b.state("0.0.0.0"))
}

// Nobody gets into the cache by telling, and nobody takes over an address that has just answered.
func TestWhatIsNotBelieved(t *testing.T) {
	b := newBench(t, Config{}, "10.0.1.1/24")
	b.arp(Reply, 6, "10.0.1.2", 1, "10.0.1.1")
	b.arp(Request, 6, "10.0.1.2", 0, "10.0.1.2")
	b.arp(Request, 6, "10.0.1.2", 0, "10.0.1.77")
	require.Equal(t, "none", b.state("10.0.1.2"), "neither an answer without a question, nor an announcement, nor a question to others")

	b.send("10.0.1.2", 1)
	b.arp(Reply, 2, "10.0.1.2", 1, "10.0.1.1")
	b.arp(Reply, 6, "10.0.1.2", 1, "10.0.1.1")
	b.send("10.0.1.2", 2)
	require.Equal(t, []string{"1>* who has 10.0.1.2? tell 10.0.1.1", "1>2 packet 1", "1>2 packet 2"}, b.out())
	require.Contains(t, strings.Join(b.said, "\n"), "Two stations have this address")

	b.now = b.now.Add(time.Minute)
	b.arp(Request, 6, "10.0.1.2", 0, "10.0.1.2") // RFC 5227, Section 2.3: an announcement later updates what is there
	b.send("10.0.1.2", 3)
	require.Equal(t, []string{"1>6 packet 3"}, b.out())

	b.s.SetNeighbor(b.now, addr("10.0.1.3"), card(3))
	b.arp(Request, 6, "10.0.1.3", 0, "10.0.1.1")
	b.out()
	b.send("10.0.1.3", 4)
	b.now = b.now.Add(time.Hour)
	b.send("10.0.1.3", 5)
	require.Equal(t, []string{"1>3 packet 4", "1>3 packet 5"}, b.out(), "what was entered by hand stays")
	b.s.SetNeighbor(b.now, addr("10.0.1.3"), MAC{})
	require.Equal(t, "none", b.state("10.0.1.3"))
}

func TestFramesForMany(t *testing.T) {
	b := newBench(t, Config{}, "10.0.1.1/24")
	b.send("255.255.255.255", 1)
	b.send("10.0.1.255", 2)
	require.Equal(t, []string{"1>* packet 1", "1>* packet 2"}, b.out())
	b.send("224.0.0.9", 3)
	out, ok := b.s.Next()
	require.True(t, ok)
	require.Equal(t, Group(addr("224.0.0.9")), MAC(out.Frame[:6]))
	require.Equal(t, uint64(0), b.s.Counters().Requests)
}

func TestFramesThatAreNotForUs(t *testing.T) {
	b := newBench(t, Config{}, "10.0.1.1/24")
	receive := func(h Header, payload []byte) bool {
		frame := h.Append(nil, payload)
		if !b.s.Takes(b.now, frame, 0) {
			return false
		}
		_, ok := b.s.Receive(b.now, frame, 0, 0)
		return ok
	}
	ip4 := packet("10.0.1.1", 1)
	require.True(t, receive(Header{Dst: card(1), Src: card(2), Type: TypeIPv4}, ip4))
	require.True(t, receive(Header{Dst: card(1), Src: card(2), Type: TypeIPv4, Tagged: true, Tag: 5 << 13}, ip4), "a priority alone is no virtual network")
	require.True(t, receive(Header{Dst: Broadcast(), Src: card(2), Type: TypeIPv4}, packet("10.0.1.255", 1)))
	require.False(t, receive(Header{Dst: card(3), Src: card(2), Type: TypeIPv4}, ip4))
	require.False(t, receive(Header{Dst: card(1), Src: Broadcast(), Type: TypeIPv4}, ip4))
	require.False(t, receive(Header{Dst: card(1), Src: card(2), Type: TypeIPv4, Tagged: true, Tag: 7}, ip4))
	require.False(t, receive(Header{Dst: card(1), Src: card(2), Type: 0x88cc}, ip4))
	require.False(t, receive(Header{Dst: Broadcast(), Src: card(2), Type: TypeIPv4}, ip4), "RFC 1122, Section 3.3.6")
	require.False(t, receive(Header{Dst: card(1), Src: card(2), Type: TypeARP}, []byte("no ARP message at all, really")))
	require.True(t, b.s.Takes(b.now, make([]byte, 13), 0))
	_, ok := b.s.Receive(b.now, make([]byte, 13), 0, 0)
	require.False(t, ok)
	require.Equal(t, Counters{Received: 9, Malformed: 2, NotOurs: 1, WrongType: 1, Tagged: 1, BroadcastIP: 1, BadARP: 1}, b.s.Counters())
	n := 0
	c := b.s.Counters()
	c.Each(func(string, uint64) { n++ })
	require.Equal(t, 17, n)
}

// Every bound is reached, and what goes beyond it is counted.
func TestBounds(t *testing.T) {
	b := newBench(t, Config{Queue: 3, Neighbors: 8}, "10.0.1.1/16")
	b.s.SetNeighbor(b.now, addr("10.0.0.77"), card(77))
	for i := range byte(10) {
		b.send("10.0.1.2", i)
	}
	require.Equal(t, uint64(7), b.s.Counters().QueueDrops)
	b.out()
	b.arp(Reply, 2, "10.0.1.2", 1, "10.0.1.1")
	require.Equal(t, []string{"1>2 packet 7", "1>2 packet 8", "1>2 packet 9"}, b.out(), "RFC 4861, Section 7.2.2: the oldest goes")

	for i := range 100 {
		b.send(fmt.Sprintf("10.0.2.%d", i), 0)
	}
	b.out()
	require.Len(t, b.s.Neighbors(b.now), 8)
	require.Equal(t, uint64(94), b.s.Counters().Evicted)
	require.Equal(t, "REACHABLE", b.state("10.0.0.77"), "what was entered by hand is not forgotten")
	require.Len(t, b.pass(time.Minute), 2*7)
	require.Len(t, b.s.Neighbors(b.now), 1)
}

// RFC 5227, Section 2.1.1: three probes, one or two seconds apart; then two announcements.
func TestCheckOfAFreeAddress(t *testing.T) {
	b := newBench(t, Config{})
	b.s.Check(b.now, netip.MustParsePrefix("10.0.1.1/24"))
	b.arp(Request, 2, "10.0.1.2", 0, "10.0.1.1")
	require.Empty(t, b.out(), "a tentative address is not used")
	lines := b.pass(time.Minute)
	require.Len(t, lines, 5)
	for i, line := range lines {
		want := "1>* who has 10.0.1.1? tell 0.0.0.0"
		if i >= 3 {
			want = "1>* who has 10.0.1.1? tell 10.0.1.1"
		}
		_, words, _ := strings.Cut(line, " ")
		require.Equal(t, want, words)
	}
	o, ok := b.s.NextOutcome()
	require.True(t, ok)
	require.False(t, o.InUse)
	require.Equal(t, "10.0.1.1/24", o.Prefix.String())
	b.arp(Request, 2, "10.0.1.2", 0, "10.0.1.1")
	require.Equal(t, []string{"1>2 10.0.1.1 is at 1"}, b.out())
}

func TestCheckOfAnAddressThatIsTaken(t *testing.T) {
	for name, clash := range map[string]func(*bench){
		"its owner answers":             func(b *bench) { b.arp(Reply, 2, "10.0.1.1", 1, "0.0.0.0") },
		"its owner asks something else": func(b *bench) { b.arp(Request, 2, "10.0.1.1", 0, "10.0.1.9") },
		"another checks it too":         func(b *bench) { b.arp(Request, 2, "0.0.0.0", 0, "10.0.1.1") },
	} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t, Config{})
			b.s.Check(b.now, netip.MustParsePrefix("10.0.1.1/24"))
			b.pass(time.Second)
			clash(b)
			require.Contains(t, b.said[len(b.said)-1], "does not use 10.0.1.1: 02:00:00:00:00:02 has it already")
			require.Empty(t, b.pass(time.Minute))
			o, ok := b.s.NextOutcome()
			require.True(t, ok)
			require.True(t, o.InUse)
			b.arp(Request, 2, "10.0.1.2", 0, "10.0.1.1")
			require.Empty(t, b.out(), "the address is not used")
		})
	}
}

// RFC 5227, Section 2.4: an address is defended, but not more often than every ten seconds.
func TestDefence(t *testing.T) {
	b := newBench(t, Config{}, "10.0.1.1/24")
	clash := func() []string {
		b.arp(Request, 2, "10.0.1.1", 0, "10.0.1.1")
		return b.out()
	}
	require.Equal(t, []string{"1>* who has 10.0.1.1? tell 10.0.1.1"}, clash())
	b.now = b.now.Add(defendInterval - 1)
	require.Empty(t, clash())
	b.now = b.now.Add(1)
	require.Len(t, clash(), 1)
	require.Equal(t, uint64(3), b.s.Counters().Conflicts)
	require.Contains(t, b.said, "sees that 02:00:00:00:00:02 has its address 10.0.1.1 too")
	b.s.Announce(b.now, addr("10.0.1.1"))
	require.Len(t, b.out(), 1)
	require.Len(t, b.pass(time.Minute), 1)
}

// The same frames at the same times give the same frames.
func TestDeterminism(t *testing.T) {
	run := func() string {
		b := newBench(t, Config{Neighbors: 16}, "10.0.0.1/16")
		r := rand.New(rand.NewPCG(5, 6))
		var all []string
		for range 3000 {
			other := 2 + r.IntN(40)
			name := fmt.Sprintf("10.0.1.%d", other)
			switch r.IntN(5) {
			case 0, 1:
				b.send(name, byte(other))
			case 2:
				b.arp(Reply, other, name, 1, "10.0.0.1")
			case 3:
				b.arp(Request, other, name, 0, "10.0.0.1")
			case 4:
				all = append(all, b.pass(time.Duration(r.IntN(4000))*time.Millisecond)...)
			}
			all = append(all, b.out()...)
			require.LessOrEqual(t, len(b.s.cache), 16)
			require.Equal(t, len(b.s.cache), b.s.order.Len())
		}
		return strings.Join(append(all, b.said...), "\n")
	}
	require.Equal(t, run(), run())
}

func FuzzStation(f *testing.F) {
	m := Message{Operation: Reply, SenderMAC: card(2), Sender: addr("10.0.1.2"), Target: addr("10.0.1.1")}
	h := Header{Dst: card(1), Src: card(2), Type: TypeARP}
	f.Add(h.Append(nil, m.Append(nil)), uint16(100))
	f.Fuzz(func(t *testing.T, frame []byte, ms uint16) {
		b := newBench(t, Config{Neighbors: 4, Queue: 2}, "10.0.1.1/24")
		b.send("10.0.1.2", 1)
		for range 3 {
			b.s.Receive(b.now, frame, 0, 0)
			b.now = b.now.Add(time.Duration(ms) * time.Millisecond)
			b.s.Advance(b.now)
			b.send("10.0.1.2", 2)
		}
		for out, ok := b.s.Next(); ok; out, ok = b.s.Next() {
			_, _, err := Parse(out.Frame)
			require.NoError(t, err)
		}
		require.LessOrEqual(t, len(b.s.cache), 4)
	})
}
