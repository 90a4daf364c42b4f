package stream_test

import (
	"bytes"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/gopacket/gopacket"
	"github.com/gopacket/gopacket/layers"
	"github.com/stretchr/testify/require"

	"netlab/capture"
	"netlab/stream"
)

// tape makes the packets of one connection between 10.0.0.1:1000 (end 0) and 10.0.0.2:80 (end 1) and notes what an
// Assembler makes of them.
type tape struct {
	t      testing.TB
	a      *stream.Assembler
	n      int
	isn    [2]uint32
	told   []string          // chunks in words: "0: abc", "1: -5 missing- xyz"
	octets map[string][]byte // by stream and direction
	ended  []*stream.Stream
}

func newTape(t testing.TB, cfg stream.Config) *tape {
	tp := &tape{t: t, isn: [2]uint32{1000, 5000}, octets: map[string][]byte{}}
	cfg.Data = func(c stream.Chunk) {
		word := fmt.Sprintf("%d: ", c.Dir)
		if c.Missing > 0 {
			word += fmt.Sprintf("-%d missing- ", c.Missing)
		}
		tp.told = append(tp.told, word+string(c.Octets))
		k := fmt.Sprintf("%s %d/%d", c.Stream.Transport, c.Stream.Number, c.Dir)
		tp.octets[k] = append(tp.octets[k], c.Octets...)
	}
	cfg.Ended = func(s *stream.Stream) { tp.ended = append(tp.ended, s) }
	tp.a = stream.New(cfg)
	return tp
}

// seg is a segment: which end sends it, its octets counted from the first of that end, what it acknowledges.
type seg struct {
	dir           int
	at            int64
	data          string
	syn, fin, rst bool
	noAck         bool
	ack           int64
	cut           int // octets that were not captured
}

func (tp *tape) packet(s seg) []byte {
	ends := [2]net.IP{{10, 0, 0, 1}, {10, 0, 0, 2}}
	ports := [2]layers.TCPPort{1000, 80}
	ip := &layers.IPv4{Version: 4, IHL: 5, TTL: 64, Protocol: layers.IPProtocolTCP, SrcIP: ends[s.dir], DstIP: ends[1-s.dir]}
	seq := tp.isn[s.dir] + 1 + uint32(s.at)
	if s.syn {
		seq--
	}
	t := &layers.TCP{
		SrcPort: ports[s.dir], DstPort: ports[1-s.dir], Seq: seq, SYN: s.syn, FIN: s.fin, RST: s.rst, ACK: !s.noAck, Window: 1000,
	}
	if t.ACK {
		t.Ack = tp.isn[1-s.dir] + 1 + uint32(s.ack)
	}
	require.NoError(tp.t, t.SetNetworkLayerForChecksum(ip))
	buf := gopacket.NewSerializeBuffer()
	require.NoError(tp.t, gopacket.SerializeLayers(buf, gopacket.SerializeOptions{FixLengths: true, ComputeChecksums: true}, ip, t, gopacket.Payload(s.data)))
	return buf.Bytes()[:len(buf.Bytes())-s.cut]
}

func (tp *tape) add(segs ...seg) *tape {
	for _, s := range segs {
		tp.n++
		tp.a.Add(stream.Packet{Number: tp.n, At: time.Unix(int64(tp.n), 0), LinkType: capture.RawIP, Octets: tp.packet(s)})
	}
	return tp
}

func (tp *tape) shake() *tape {
	return tp.add(seg{syn: true, noAck: true}, seg{dir: 1, syn: true}, seg{})
}

// acks are pure acknowledgements of end 1, and a way to let a capture go on.
func (tp *tape) acks(n int, ack int64) *tape {
	for range n {
		tp.add(seg{dir: 1, ack: ack})
	}
	return tp
}

func TestAConnectionFromBeginningToEnd(t *testing.T) {
	tp := newTape(t, stream.Config{}).shake()
	tp.add(seg{data: "ping"}, seg{dir: 1, data: "pong", ack: 4}, seg{at: 4, ack: 4, fin: true}, seg{dir: 1, at: 4, ack: 5, fin: true}, seg{at: 5, ack: 5})
	require.Equal(t, []string{"0: ping", "1: pong"}, tp.told)
	tp.a.Close()
	require.Len(t, tp.told, 2)
	require.Len(t, tp.ended, 1)
	s := tp.ended[0]
	require.True(t, s.SYN)
	require.True(t, s.Replied)
	require.False(t, s.Both)
	require.Equal(t, "10.0.0.1:1000", s.Ends[0].Addr.String())
	for _, e := range s.Ends {
		require.True(t, e.Finished)
		require.Equal(t, int64(4), e.Octets)
		require.Zero(t, e.Missing+int64(e.Again+e.Overlaps+e.Conflicts+e.Gaps+e.Strays+e.KeepAlives))
	}
	require.Equal(t, 5, s.Ends[0].Packets)
}

func TestWhatComesOutOfOrderOrTwice(t *testing.T) {
	for _, c := range []struct {
		name  string
		segs  []seg
		told  []string
		check func(*testing.T, *stream.Stream)
	}{
		{"out of order", []seg{{at: 3, data: "def"}, {at: 6, data: "ghi"}, {data: "abc"}}, []string{"0: abc", "0: def", "0: ghi"}, nil},
		{"twice", []seg{{data: "abc"}, {data: "abc"}}, []string{"0: abc"}, func(t *testing.T, s *stream.Stream) { require.Equal(t, 1, s.Ends[0].Again) }},
		{"twice behind a gap", []seg{{at: 3, data: "def"}, {at: 3, data: "def"}, {data: "abc"}}, []string{"0: abc", "0: def"}, func(t *testing.T, s *stream.Stream) {
			require.Equal(t, 1, s.Ends[0].Again)
			require.Zero(t, s.Ends[0].Conflicts)
		}},
		{"overlap of what was given out", []seg{{data: "abcd"}, {at: 2, data: "CDef"}}, []string{"0: abcd", "0: ef"}, func(t *testing.T, s *stream.Stream) { require.Equal(t, 1, s.Ends[0].Overlaps) }},
		{"the first octets win", []seg{{at: 3, data: "def"}, {at: 1, data: "bcDEFg"}, {data: "a"}}, []string{"0: a", "0: bc", "0: def", "0: g"}, func(t *testing.T, s *stream.Stream) {
			require.Equal(t, 3, s.Ends[0].Conflicts)
			require.Equal(t, 1, s.Ends[0].Overlaps)
		}},
		{"a piece that fills several gaps", []seg{{at: 2, data: "c"}, {at: 4, data: "e"}, {data: "ABCDEFG"}}, []string{"0: AB", "0: c", "0: D", "0: e", "0: FG"}, nil},
		{"keep-alives", []seg{{data: "abc"}, {dir: 1, ack: 3}, {at: 2}, {at: 2, data: "x"}, {at: 3, data: "def"}}, []string{"0: abc", "0: def"}, func(t *testing.T, s *stream.Stream) {
			require.Equal(t, 2, s.Ends[0].KeepAlives)
		}},
		{"snap length", []seg{{data: "abcdef", cut: 2}, {at: 6, data: "ghi"}}, []string{"0: abcd", "0: -2 missing- ", "0: ghi"}, func(t *testing.T, s *stream.Stream) {
			require.Equal(t, int64(2), s.Ends[0].Missing)
			require.Equal(t, int64(9), s.Ends[0].Octets)
		}},
		{"far away", []seg{{data: "abc"}, {at: 1<<30 + 100, data: "stray"}, {at: 3, data: "def"}}, []string{"0: abc", "0: def"}, func(t *testing.T, s *stream.Stream) { require.Equal(t, 1, s.Ends[0].Strays) }},
		{"data of a SYN", []seg{{data: "abc"}}, []string{"0: abc"}, nil},
		{"a gap to the end of the capture", []seg{{data: "abc"}, {at: 5, data: "fgh"}}, []string{"0: abc", "0: -2 missing- fgh"}, func(t *testing.T, s *stream.Stream) {
			require.Equal(t, 1, s.Ends[0].Gaps)
			require.Equal(t, int64(2), s.Ends[0].Missing)
		}},
		{"the last octets were acknowledged and not captured", []seg{{data: "abc"}, {at: 8, fin: true}, {dir: 1, ack: 9}}, []string{"0: abc", "0: -5 missing- "}, func(t *testing.T, s *stream.Stream) {
			require.True(t, s.Ends[0].Finished)
		}},
		{"a reset", []seg{{data: "abc"}, {dir: 1, rst: true, ack: 3, data: "because"}}, []string{"0: abc"}, func(t *testing.T, s *stream.Stream) { require.Equal(t, 2, s.Reset) }},
	} {
		t.Run(c.name, func(t *testing.T) {
			for _, isn := range []uint32{1000, 1<<32 - 1, 1<<32 - 3, 1<<32 - 5} { // sequence numbers wrap anywhere
				tp := newTape(t, stream.Config{})
				tp.isn[0] = isn
				tp.shake().add(c.segs...).a.Close()
				require.Equal(t, c.told, tp.told)
				require.Len(t, tp.ended, 1)
				if c.check != nil {
					c.check(t, tp.ended[0])
				}
			}
		})
	}
}

func TestAGapIsGivenUpOnceItWasAcknowledged(t *testing.T) {
	tp := newTape(t, stream.Config{}).shake().add(seg{data: "abc"}, seg{at: 6, data: "ghi"}, seg{at: 9, data: "jkl"})
	tp.acks(30, 3)
	require.Equal(t, []string{"0: abc"}, tp.told, "nothing was acknowledged: it may still come")
	tp.acks(10, 12)
	require.Equal(t, []string{"0: abc"}, tp.told, "it may be slightly out of order")
	tp.acks(10, 12)
	require.Equal(t, []string{"0: abc", "0: -3 missing- ghi", "0: jkl"}, tp.told)

	tp = newTape(t, stream.Config{}).shake().add(seg{data: "abc"}, seg{at: 6, data: "ghi"})
	tp.acks(10, 9).add(seg{at: 3, data: "def"})
	require.Equal(t, []string{"0: abc", "0: def", "0: ghi"}, tp.told)
}

func TestACaptureThatBeganLate(t *testing.T) {
	tp := newTape(t, stream.Config{})
	tp.add(seg{dir: 1, at: 100, data: "late", ack: 7}, seg{at: 7, data: "too", ack: 104})
	tp.a.Close()
	require.Equal(t, []string{"0: late", "1: too"}, tp.told)
	require.False(t, tp.ended[0].SYN)
}

func TestPortsUsedAgain(t *testing.T) {
	tp := newTape(t, stream.Config{}).shake().add(seg{data: "one"}, seg{at: 9, data: "waits"})
	tp.isn = [2]uint32{77, 88}
	tp.add(seg{syn: true, noAck: true}, seg{syn: true, noAck: true}, seg{dir: 1, syn: true}, seg{data: "two"}, seg{dir: 1, data: "too"})
	tp.a.Close()
	require.Equal(t, []string{"0: one", "0: -6 missing- waits", "0: two", "1: too"}, tp.told)
	require.Len(t, tp.ended, 2)
	require.Equal(t, 1, tp.ended[1].Number)
	require.Equal(t, "two", string(tp.octets["TCP 1/0"]))

	// The other end opens: what was end 1 is end 0 of the new one.
	tp = newTape(t, stream.Config{}).shake().add(seg{data: "one"})
	tp.isn = [2]uint32{77, 88}
	tp.add(seg{dir: 1, syn: true, noAck: true}, seg{syn: true}, seg{dir: 1, data: "two"})
	tp.a.Close()
	require.Equal(t, []string{"0: one", "0: two"}, tp.told)
	require.Equal(t, "10.0.0.2:80", tp.ended[1].Ends[0].Addr.String())
}

func TestBothEndsOpenAtOnce(t *testing.T) {
	tp := newTape(t, stream.Config{}).add(
		seg{syn: true, noAck: true}, seg{dir: 1, syn: true, noAck: true}, seg{syn: true}, seg{dir: 1, syn: true}, seg{data: "a"}, seg{dir: 1, data: "b"},
	)
	tp.a.Close()
	require.Equal(t, []string{"0: a", "1: b"}, tp.told)
	require.Len(t, tp.ended, 1)
	require.True(t, tp.ended[0].Both)
}

func TestMemoryIsBounded(t *testing.T) {
	tp := newTape(t, stream.Config{MaxWaiting: 1000}).shake()
	for i := range int64(100) {
		tp.add(seg{at: 1 + 101*i, data: string(bytes.Repeat([]byte{'x'}, 100))})
	}
	require.Positive(t, tp.a.Counters().GivenUp)
	require.Greater(t, len(tp.told), 80)
	tp.a.Close()
	require.Equal(t, int64(100), tp.ended[0].Ends[0].Missing)

	tp = newTape(t, stream.Config{MaxStreams: 3})
	for i := range uint32(10) {
		tp.isn[0] = 1000 * i
		tp.add(seg{syn: true, noAck: true}, seg{data: "x"})
	}
	require.Equal(t, 7, tp.a.Counters().Evicted)
	tp.a.Close()
	require.Len(t, tp.ended, 10)
	for i, s := range tp.ended {
		require.Equal(t, i, s.Number, "in order")
	}
}

// However the octets are cut, shuffled and sent again, they come out once and in order.
func TestAnyOrderGivesTheSameOctets(t *testing.T) {
	for seed := range uint64(200) {
		rng := rand.New(rand.NewPCG(seed, 0))
		want := make([]byte, 1+rng.IntN(3000))
		for i := range want {
			want[i] = byte('a' + rng.IntN(26))
		}
		var segs []seg
		for at := 0; at < len(want); {
			n := min(len(want)-at, 1+rng.IntN(200))
			for range 1 + rng.IntN(2) {
				from := max(0, at-rng.IntN(50))
				segs = append(segs, seg{at: int64(from), data: string(want[from : at+n])})
			}
			at += n
		}
		rng.Shuffle(len(segs), func(i, j int) { segs[i], segs[j] = segs[j], segs[i] })
		tp := newTape(t, stream.Config{})
		tp.isn[0] = -uint32(rng.IntN(3000))
		tp.shake().add(segs...).a.Close()
		require.Equal(t, string(want), string(tp.octets["TCP 0/0"]), "seed %d", seed)
		require.Zero(t, tp.ended[0].Ends[0].Conflicts+tp.ended[0].Ends[0].Gaps)
	}
}

// records reads a capture of the project.
func records(t testing.TB, b []byte) []capture.Record {
	r, err := capture.NewReader("x", bytes.NewReader(b))
	if err != nil {
		return nil
	}
	var all []capture.Record
	for {
		rec, err := r.Next()
		if err != nil {
			if t != nil && err != io.EOF {
				t.Log(err)
			}
			return all
		}
		all = append(all, rec)
	}
}

// Streams have the numbers that the words about packets give them.
func TestNumbersAreThoseOfSummaries(t *testing.T) {
	files, err := filepath.Glob("../testdata/captures/*.pcap*")
	require.NoError(t, err)
	for _, name := range files {
		b, err := os.ReadFile(name)
		require.NoError(t, err)
		sum := capture.NewSummarizer()
		packets := map[string]int{}
		a := stream.New(stream.Config{Ended: func(s *stream.Stream) {
			k := fmt.Sprint(s.Transport, s.Number)
			require.Equal(t, packets[k], s.Ends[0].Packets+s.Ends[1].Packets, "%s %s", name, k)
			delete(packets, k)
		}})
		for _, rec := range records(t, b) {
			if s := sum.Add(rec.LinkType, rec.Packet); s.Stream >= 0 {
				packets[fmt.Sprint(s.Transport, s.Stream)]++
			}
			a.Add(stream.PacketOf(&rec))
		}
		a.Close()
		require.Empty(t, packets, name)
	}
}

func FuzzAssembler(f *testing.F) {
	files, _ := filepath.Glob("../testdata/captures/*.pcap*")
	for _, name := range files {
		b, err := os.ReadFile(name)
		require.NoError(f, err)
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		next := map[string]int64{}
		a := stream.New(stream.Config{MaxWaiting: 4096, Data: func(c stream.Chunk) {
			k := fmt.Sprint(c.Stream.Transport, c.Stream.Number, c.Dir)
			require.Equal(t, next[k], c.Offset, "no octet twice, none left out")
			require.GreaterOrEqual(t, c.Missing, int64(0))
			next[k] += c.Missing + int64(len(c.Octets))
		}, Ended: func(s *stream.Stream) {
			for dir, e := range s.Ends {
				require.Equal(t, e.Octets, next[fmt.Sprint(s.Transport, s.Number, dir)])
				require.GreaterOrEqual(t, e.Octets, e.Missing)
			}
		}})
		for _, rec := range records(nil, b) {
			a.Add(stream.PacketOf(&rec))
		}
		a.Close()
	})
}

// The datagrams of a tunnel are a flow, numbered before what they carry.
func TestATunnelIsAFlow(t *testing.T) {
	tp := newTape(t, stream.Config{})
	inner := tp.packet(seg{syn: true, noAck: true})
	ip := &layers.IPv4{Version: 4, IHL: 5, TTL: 64, Protocol: layers.IPProtocolUDP, SrcIP: net.IP{192, 0, 2, 1}, DstIP: net.IP{192, 0, 2, 2}}
	geneve := []byte{0, 0, 0x08, 0, 0, 0, 1, 0}
	buf := gopacket.NewSerializeBuffer()
	require.NoError(t, gopacket.SerializeLayers(buf, gopacket.SerializeOptions{FixLengths: true, ComputeChecksums: true}, ip, gopacket.Payload(append(append([]byte{
		0xc0, 0, 6081 >> 8, 6081 & 0xff, 0, byte(16 + len(inner)), 0, 0,
	}, geneve...), inner...))))
	for range 2 {
		tp.a.Add(stream.Packet{Number: 1, LinkType: capture.RawIP, Octets: buf.Bytes()})
	}
	tp.a.Close()
	require.Len(t, tp.ended, 2)
	require.Equal(t, []string{"UDP", "TCP"}, []string{tp.ended[0].Transport, tp.ended[1].Transport})
	require.EqualValues(t, 2*(8+len(inner)), tp.ended[0].Ends[0].Octets)
	require.Equal(t, 2, tp.ended[1].Ends[0].Packets)
}
