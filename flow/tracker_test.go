package flow

import (
	"net/netip"
	"testing"
	"unsafe"

	"github.com/stretchr/testify/require"

	"netlab/tcp"
)

const (
	isnA = 0xffff_f000 // wraps within the tests
	isnB = 5000
	ms   = 1_000_000
)

// talk is a connection between a, 10.77.0.1:40001, and b, 10.77.0.2:80, as a capture shows it.
type talk struct {
	t       *testing.T
	tracker *Tracker
	packet  int
	at      int64
	ports   uint16 // of a
	place   Place

	course *Course
	moment Moment // of the latest segment
}

func newTalk(t *testing.T) *talk {
	return &talk{t: t, tracker: NewTracker(), ports: 40001, course: NewCourse()}
}

// option changes a segment before it is added.
type option func(*Segment)

func window(n int) option { return func(s *Segment) { s.Window = n } }
func scale(n int) option  { return func(s *Segment) { s.Shift = n } }
func mss(n int) option    { return func(s *Segment) { s.MSS = n } }
func stamp(n uint32) option {
	return func(s *Segment) { s.HasTS, s.TSVal = true, n }
}

// sack reports blocks of what the other end, whose first number is isn, has sent.
func sack(isn uint32, edges ...uint32) option {
	return func(s *Segment) {
		for i := 0; i < len(edges); i += 2 {
			s.SACK[s.SACKs] = [2]uint32{isn + edges[i], isn + edges[i+1]}
			s.SACKs++
		}
	}
}

// a sends a segment of n octets after so many milliseconds; seq and ack are relative. It returns what was found.
func (k *talk) a(after float64, seq, ack int, flags string, n int, options ...option) []Finding {
	return k.send(0, after, isnA+uint32(seq), isnB+uint32(ack), flags, n, options)
}

func (k *talk) b(after float64, seq, ack int, flags string, n int, options ...option) []Finding {
	return k.send(1, after, isnB+uint32(seq), isnA+uint32(ack), flags, n, options)
}

func (k *talk) send(dir int, after float64, seq, ack uint32, flags string, n int, options []option) []Finding {
	k.packet++
	k.at += int64(after * ms)
	a := netip.AddrPortFrom(netip.MustParseAddr("10.77.0.1"), k.ports)
	b := netip.MustParseAddrPort("10.77.0.2:80")
	s := Segment{Packet: k.packet, At: k.at, Src: a, Dst: b, Seq: seq, Ack: ack, Window: 512, Len: n, MSS: -1, Shift: -1}
	if dir == 1 {
		s.Src, s.Dst = b, a
	}
	for _, f := range flags {
		s.Flags |= map[rune]tcp.Flags{'S': tcp.SYN, 'A': tcp.ACK, 'F': tcp.FIN, 'R': tcp.RST}[f]
	}
	for _, o := range options {
		o(&s)
	}
	var found []Finding
	k.place, found = k.tracker.Add(&s)
	k.moment = k.course.Add(&s)
	return found
}

// shaken is a talk after its handshake: packets 1 to 3, a round-trip time of 20 ms, windows scaled by 128.
func shaken(t *testing.T) *talk {
	k := newTalk(t)
	require.Empty(t, k.a(0, 0, -isnB, "S", 0, scale(7), mss(1460)))
	require.Empty(t, k.b(20, 0, 1, "SA", 0, scale(7), mss(1460)))
	require.Empty(t, k.a(0.1, 1, 1, "A", 0))
	return k
}

// finds holds that one thing was found, with the given sentence and packets.
func (k *talk) finds(found []Finding, kind Kind, text string, related ...int) {
	k.t.Helper()
	require.Len(k.t, found, 1)
	f := found[0]
	require.Equal(k.t, kind.String(), f.Kind.String())
	require.Equal(k.t, text, f.Text())
	require.Equal(k.t, related, f.Related)
	require.Equal(k.t, k.packet, f.Packet)
	require.False(k.t, f.Ref.IsZero())
	require.NotContains(k.t, f.Text(), "?")
}

// burst sends n segments of 1000 octets from number seq on, without a finding.
func (k *talk) burst(seq, n int) {
	k.t.Helper()
	for i := range n {
		require.Empty(k.t, k.a(0.01, seq+1000*i, 1, "A", 1000))
	}
}

func TestAConnectionThatGoesWell(t *testing.T) {
	k := shaken(t)
	k.burst(1, 2)
	require.Empty(t, k.b(20, 1, 2001, "A", 0))
	require.Empty(t, k.a(1, 2001, 1, "FA", 100))
	require.Empty(t, k.b(20, 1, 2102, "FA", 0))
	require.Empty(t, k.a(0, 2102, 2, "A", 0))
	require.Empty(t, k.tracker.End())
	s, ok := k.tracker.Summary(0)
	require.True(t, ok)
	require.Equal(t, [2]int64{2100, 0}, s.Octets)
	require.Equal(t, [2]int{6, 3}, [2]int{s.Packets[0], s.Packets[1]})
	require.Equal(t, RTT{3, 20 * ms, 20 * ms, 20 * ms}, s.RTT[0])
	require.True(t, s.Handshake)
	_, ok = k.tracker.Summary(1)
	require.False(t, ok)
}

func TestRetransmissions(t *testing.T) {
	t.Run("fast, by duplicates", func(t *testing.T) {
		k := shaken(t)
		k.burst(1, 5)
		require.Empty(t, k.b(20, 1, 1001, "A", 0))
		for i := range 3 {
			k.finds(k.b(0.1, 1, 1001, "A", 0), DuplicateACK, "10.77.0.2:80 asks for octet 1001 again: duplicate acknowledgment "+string(rune('1'+i)), 9)
		}
		k.finds(k.a(0.1, 1001, 1, "A", 1000), Fast, "10.77.0.1:40001 sends octets 1001..2001 again after 20.4 ms: acknowledgments have told that something after it has arrived", 5, 12)
	})
	t.Run("fast, by SACK", func(t *testing.T) {
		k := shaken(t)
		k.burst(1, 5)
		k.finds(k.b(20, 1, 1, "A", 0, sack(isnA, 1001, 5001), window(700)), DuplicateACK, "10.77.0.2:80 asks for octet 1 again: duplicate acknowledgment 1", 2)
		require.Equal(t, Fast, k.a(0.1, 1, 1, "A", 1000)[0].Kind)
		k.finds(k.a(0.1, 1001, 1, "A", 1000), Unnecessary, "10.77.0.1:40001 sends octets 1001..2001 again, though its peer has reported with SACK that it has arrived", 5)
	})
	t.Run("time-out", func(t *testing.T) {
		k := shaken(t)
		k.burst(1, 3)
		k.finds(k.a(400, 1, 1, "A", 1000), TimedOut, "10.77.0.1:40001 sends octets 1..1001 again: no acknowledgment within 400 ms", 4)
		require.Empty(t, k.b(20, 1, 1001, "A", 0))
		k.finds(k.a(1, 1001, 1, "A", 1000), TimedOut, "10.77.0.1:40001 sends octets 1001..2001 again: it follows what was sent again after a time-out", 5, 7)
	})
	t.Run("probe of the tail", func(t *testing.T) {
		k := shaken(t)
		k.burst(1, 3)
		k.finds(k.a(42, 2001, 1, "A", 1000), TailProbe, "10.77.0.1:40001 sends octets 2001..3001 again after 42 ms as a probe: it was the end of what had been sent, and nothing came back", 6)
		require.Equal(t, TimedOut, k.a(300, 1, 1, "A", 1000)[0].Kind)
	})
	t.Run("unnecessary", func(t *testing.T) {
		k := shaken(t)
		k.burst(1, 1)
		require.Empty(t, k.b(20, 1, 1001, "A", 0))
		k.finds(k.a(300, 1, 1, "A", 1000), Unnecessary, "10.77.0.1:40001 sends octets 1..1001 again, though its peer has acknowledged that in packet 5", 5)
		k.finds(k.b(20, 1, 1001, "A", 0, sack(isnA, 1, 1001)), Duplicate, "10.77.0.2:80 reports that octets 1..1001 have arrived twice: sending them again in packet 6 was not necessary", 6)
	})
	t.Run("of a SYN", func(t *testing.T) {
		k := newTalk(t)
		require.Empty(t, k.a(0, 0, -isnB, "S", 0))
		k.finds(k.a(1000, 0, -isnB, "S", 0), TimedOut, "10.77.0.1:40001 sends its SYN again: no acknowledgment within 1 s", 1)
		end := k.tracker.End()
		require.Len(t, end, 1)
		require.Equal(t, "10.77.0.1:40001 wants to open a connection, and nobody answers, to the end of the capture 1 s later", end[0].Text())
	})
	t.Run("into a black hole", func(t *testing.T) {
		k := shaken(t)
		require.Empty(t, k.a(1, 1, 1, "A", 100))
		require.Empty(t, k.b(20, 1, 101, "A", 0))
		require.Empty(t, k.a(1, 101, 1, "A", 1460))
		require.Len(t, k.a(1000, 101, 1, "A", 1460), 1)
		found := k.a(2000, 101, 1, "A", 1460)
		require.Len(t, found, 2)
		require.Equal(t, BlackHole, found[1].Kind)
	})
}

func TestWhatTheCaptureDoesNotHold(t *testing.T) {
	t.Run("overtaken", func(t *testing.T) {
		k := shaken(t)
		k.finds(k.a(1, 1001, 1, "A", 1000), Missing, "10.77.0.1:40001 has sent octets 1..1001 before this packet, and the capture does not hold them: they were lost on the way to the place of capture, are late, or were not captured")
		k.finds(k.a(0.05, 1, 1, "A", 1000), OutOfOrder, "10.77.0.1:40001 sent octets 1..1001 before packet 4, which overtook them by 50 µs", 4)
		require.Empty(t, k.b(20, 1, 2001, "A", 0))
	})
	t.Run("lost before, sent again", func(t *testing.T) {
		k := shaken(t)
		require.Len(t, k.a(1, 1001, 1, "A", 1000, stamp(100)), 1)
		require.Empty(t, k.a(1, 2001, 1, "A", 1000, stamp(101)))
		require.Equal(t, TimedOut, k.a(400, 1, 1, "A", 1000, stamp(500))[0].Kind)
	})
	t.Run("its sender's clock decides", func(t *testing.T) {
		k := shaken(t)
		require.Len(t, k.a(1, 1001, 1, "A", 1000, stamp(100)), 1)
		require.Equal(t, OutOfOrder, k.a(400, 1, 1, "A", 1000, stamp(99))[0].Kind)
	})
	t.Run("acknowledged", func(t *testing.T) {
		k := shaken(t)
		require.Len(t, k.a(1, 1001, 1, "A", 1000), 1)
		k.finds(k.b(20, 1, 2001, "A", 0), UnseenACK, "10.77.0.2:80 acknowledges octets 1..1001, which are missing since packet 4: they arrived, so it was the capture that missed them", 4)
		k.finds(k.b(20, 1, 3001, "A", 0), UnseenACK, "10.77.0.2:80 acknowledges octets 2001..3001, which the capture does not hold: they arrived, but were not captured, or are captured late")
		require.Equal(t, OutOfOrder, k.a(1, 2001, 1, "A", 1000)[0].Kind)
	})
	t.Run("twice", func(t *testing.T) {
		k := shaken(t)
		k.burst(1, 1)
		k.finds(k.a(0.02, 1, 1, "A", 1000), Duplicated, "10.77.0.1:40001 is seen to send octets 1..1001 a second time, 20 µs after packet 4: too soon to be a retransmission, so the packet was duplicated", 4)
	})
	t.Run("the beginning", func(t *testing.T) {
		k := newTalk(t)
		require.Empty(t, k.b(0, 700, 900, "A", 0))
		require.Empty(t, k.a(0, 1900, 700, "A", 100))
		require.Empty(t, k.a(0, 2000, 700, "A", 100))
		require.Empty(t, k.b(20, 700, 2100, "A", 0))
	})
}

func TestWindows(t *testing.T) {
	k := shaken(t)
	require.Empty(t, k.b(0, 1, 1, "A", 0, window(20)))
	require.Empty(t, k.a(1, 1, 1, "A", 1460))
	k.finds(k.a(0, 1461, 1, "A", 1100), WindowFull, "10.77.0.1:40001 fills the window of its peer: octets up to 2561 are all that 2560 octets of window allow", 4)
	k.finds(k.b(20, 1, 2561, "A", 0, window(0)), ZeroWindow, "10.77.0.2:80 closes its window: its application has not read what arrived, so its peer must wait")
	k.finds(k.a(300, 2560, 1, "A", 0), WindowProbe, "10.77.0.1:40001 probes the closed window of its peer", 7)
	k.finds(k.b(20, 1, 2561, "A", 0, window(0)), WindowProbeACK, "10.77.0.2:80 answers the window probe: its window is still closed", 8)
	k.finds(k.a(300, 2561, 1, "A", 1), WindowProbe, "10.77.0.1:40001 probes the closed window of its peer", 7)
	k.finds(k.b(20, 1, 2562, "A", 0), WindowOpen, "10.77.0.2:80 opens its window again, which packet 7 had closed, after 640 ms", 7)
	require.Empty(t, k.a(1, 2562, 1, "A", 100))
	require.Empty(t, k.b(20, 1, 2662, "A", 0))
	k.finds(k.a(60_000, 2661, 1, "A", 0), KeepAlive, "10.77.0.1:40001 sends a keep-alive: a number that its peer has acknowledged long ago, to see whether it still answers", 13)
	k.finds(k.b(20, 1, 2662, "A", 0), KeepAliveACK, "10.77.0.2:80 answers the keep-alive: the connection still stands", 14)
	k.finds(k.a(2000, 2662, 1, "A", 100), Idle, "10.77.0.1:40001 ends a silence of 2 s, in which nothing waited for an acknowledgment; the last packet before was 15", 15)
}

func TestEndings(t *testing.T) {
	t.Run("refused", func(t *testing.T) {
		k := newTalk(t)
		require.Empty(t, k.a(0, 0, -isnB, "S", 0))
		k.finds(k.b(0, -isnB, 1, "RA", 0), Refused, "10.77.0.2:80 refuses the connection: nobody listens on that port. The reset is valid, because it acknowledges the SYN of packet 1", 1)
		require.Empty(t, k.tracker.End())
	})
	t.Run("half open", func(t *testing.T) {
		k := newTalk(t)
		require.Empty(t, k.a(0, 0, -isnB, "S", 0))
		require.Empty(t, k.b(0, 0, 1, "SA", 0))
		require.Empty(t, k.tracker.End(), "the capture ends in the middle of the handshake")
		require.Equal(t, TimedOut, k.b(1000, 0, 1, "SA", 0)[0].Kind)
		end := k.tracker.End()
		require.Len(t, end, 1)
		require.Equal(t, HalfOpen, end[0].Kind)
		require.Equal(t, 1, end[0].Packet)
	})
	t.Run("reset", func(t *testing.T) {
		k := shaken(t)
		k.burst(1, 1)
		require.Empty(t, k.b(20, 1, 1001, "A", 0))
		k.finds(k.b(1, 1, 1001, "RA", 0), Reset, "10.77.0.2:80 resets the connection, because its application aborts it, or closes it without reading all that arrived. The reset is valid: its number is the next that its peer expects", 4)
		require.Empty(t, k.b(1, 1, 1, "RA", 0))
		k = shaken(t)
		k.burst(1, 1)
		require.Contains(t, k.b(1, 1, 1, "RA", 0)[0].Text(), "not yet acknowledged")
	})
	t.Run("reset beside the window", func(t *testing.T) {
		k := shaken(t)
		require.Contains(t, k.b(1, 100, 1, "R", 0)[0].Text(), "challenge ACK")
		k = shaken(t)
		require.Contains(t, k.b(1, 1<<20, 1, "R", 0)[0].Text(), "must ignore it")
	})
	t.Run("ports used again", func(t *testing.T) {
		k := newTalk(t)
		require.Empty(t, k.a(0, 0, -isnB, "S", 0))
		require.Empty(t, k.a(1, 5, -isnB, "R", 0)[1:])
		k.finds(k.a(1, 99, -isnB, "S", 0), PortReuse, "10.77.0.1:40001 begins a new connection between the ports of connection 0, which had ended")
		require.Equal(t, Place{1, 0, 1}, k.place)
		require.Equal(t, 2, k.tracker.Streams())
	})
}

func TestSlowStart(t *testing.T) {
	k := shaken(t)
	next, acked, flight := 1, 1, 2
	for range 4 {
		k.burst(next, flight)
		next += 1000 * flight
		acked = next
		require.Empty(t, k.b(20, 1, acked, "A", 0))
		flight *= 2
	}
	k.burst(next, 17)
	next += 17000
	k.finds(k.b(20, 1, next, "A", 0), SlowStart, "10.77.0.1:40001 has been in slow start since packet 4: in 3 round trips what it had in flight grew from 2000 to 17000 octets; now it grows no more so fast", 4)
}

func TestOffload(t *testing.T) {
	k := shaken(t)
	k.finds(k.a(0, 1, 1, "A", 4000), Offloaded, "10.77.0.1:40001 sends 4000 octets in one segment, though its peer takes 1460: the packet was captured before the sender's network card cut it up, or after the receiver's put several together")
	require.Empty(t, k.a(0, 4001, 1, "A", 4000), "it is told once")
}

func TestAnEndIsSmall(t *testing.T) {
	require.LessOrEqual(t, unsafe.Sizeof(end{}), uintptr(200))
}

// A connection that goes well costs no memory for each segment.
func TestSegmentsAllocateNothing(t *testing.T) {
	k := shaken(t)
	k.burst(1, 100)
	next := 100_001
	seq, at := isnA+uint32(next), k.at
	a, b := netip.MustParseAddrPort("10.77.0.1:40001"), netip.MustParseAddrPort("10.77.0.2:80")
	require.Zero(t, testing.AllocsPerRun(1000, func() {
		at += ms
		k.tracker.Add(&Segment{Packet: 5, At: at, Src: a, Dst: b, Seq: seq, Ack: isnB + 1, Flags: tcp.ACK, Window: 512, Len: 1000, MSS: -1, Shift: -1})
		seq += 1000
		k.tracker.Add(&Segment{Packet: 6, At: at + 1, Src: b, Dst: a, Seq: isnB + 1, Ack: seq - 20_000, Flags: tcp.ACK, Window: 512, MSS: -1, Shift: -1})
	}))
}

func TestDurations(t *testing.T) {
	for ns, want := range map[int64]string{
		0: "0 µs", 800: "0.8 µs", 80_000: "80 µs", 1_234_000: "1.23 ms", 20_400_000: "20.4 ms", 203_000_000: "203 ms", 1_000_000_000: "1 s", -61_000_000_000: "-61 s",
	} {
		require.Equal(t, want, Duration(ns))
	}
}

// An acknowledgment without data tells how far its sender has sent: what was not seen of that is missing, and sent again when it comes.
func TestAcknowledgmentsTellWhatIsMissing(t *testing.T) {
	k := shaken(t)
	require.Empty(t, k.b(1, 1, 1, "A", 100))
	require.Empty(t, k.a(1, 1, 101, "A", 50))
	found := k.b(20, 301, 51, "A", 0)
	require.Len(t, found, 1)
	require.Equal(t, Missing, found[0].Kind)
	require.Equal(t, [2]int64{101, 301}, [2]int64(found[0].Args[:2]))
	require.Empty(t, k.b(1, 301, 51, "A", 0), "it is told once")
	found = k.b(450, 101, 51, "A", 200)
	require.Len(t, found, 1)
	require.Equal(t, TimedOut, found[0].Kind)
	require.Empty(t, k.a(1, 51, 301, "A", 0))
	require.Empty(t, k.b(1, 301, 51, "A", 100))
}
