package tcp

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"netlab/trace"
)

// selecting returns a connection with SACK and no timestamps; its peer takes segments of 1000 octets.
func selecting(t *testing.T, cfg Config) *script {
	return establishedWith(t, cfg, Options{MSS: 1000, SACKPermitted: true})
}

// sack delivers an acknowledgment with blocks: pairs of relative numbers.
func (s *script) sack(ack int64, edges ...int64) []out {
	seg := Segment{Seq: s.c.rcv.nxt, Ack: s.c.snd.iss + Seq(ack), Flags: ACK, Window: peerWindow}
	for i := 0; i < len(edges); i += 2 {
		seg.Options.SACK[i/2] = Block{s.c.snd.iss + Seq(edges[i]), s.c.snd.iss + Seq(edges[i+1])}
		seg.Options.SACKs++
	}
	s.receive(seg)
	return s.outs()
}

// blocks returns the SACK blocks of a segment that the connection sent, relative to the peer's numbers.
func blocks(o out) (edges []int64) {
	for _, b := range o.options.SACK[:o.options.SACKs] {
		edges = append(edges, int64(b.Left-peerISS), int64(b.Right-peerISS))
	}
	return edges
}

func seqs(all []out) (seqs []int64) {
	for _, o := range all {
		seqs = append(seqs, o.seq)
	}
	return seqs
}

// RFC 2018, Section 2: SACK is used if both SYNs permit it.
func TestSACKIsNegotiated(t *testing.T) {
	for _, test := range []struct {
		off, peer, want bool
	}{{false, true, true}, {true, true, false}, {false, false, false}} {
		s := establishedWith(t, Config{NoSACK: test.off}, Options{MSS: 1000, SACKPermitted: test.peer})
		require.Equal(t, test.want, s.c.Snapshot().SACK)
		s.in(ACK, 5, 1, "late")
		require.Equal(t, test.want, s.one().options.SACKs == 1)

		l := NewListener(Config{NoSACK: test.off}, 0, nil)
		c, _, _ := l.Receive(epoch, client, server, &Segment{Seq: 1, Flags: SYN, Window: 1000, Options: Options{SACKPermitted: test.peer}})
		var synACK Segment
		require.True(t, c.Next(epoch, &synACK))
		require.Equal(t, test.want, synACK.Options.SACKPermitted)
	}
}

// RFC 2018, Section 4: the first block has what has just arrived; then come those reported before, the latest first.
func TestSACKBlocks(t *testing.T) {
	s := selecting(t, Config{})
	arrive := func(seq int64, n int) []int64 {
		s.in(ACK, seq, 1, strings.Repeat("x", n))
		return blocks(s.one())
	}
	require.Equal(t, []int64{11, 16}, arrive(11, 5))
	require.Equal(t, []int64{21, 26, 11, 16}, arrive(21, 5))
	require.Equal(t, []int64{31, 36, 21, 26, 11, 16}, arrive(31, 5))
	require.Equal(t, []int64{11, 18, 31, 36, 21, 26}, arrive(16, 2))
	require.Equal(t, []int64{41, 46, 11, 18, 31, 36, 21, 26}, arrive(41, 5))
	require.Equal(t, []int64{51, 56, 41, 46, 11, 18, 31, 36}, arrive(51, 5), "four have room")
	require.Equal(t, []int64{21, 36, 51, 56, 41, 46, 11, 18}, arrive(26, 5), "two have become one")
	require.Equal(t, []int64{21, 36, 51, 56, 41, 46}, arrive(1, 10), "what was filled is no block any more")
	require.Equal(t, []int64{51, 56, 41, 46}, arrive(18, 3))
	require.Equal(t, []int64{41, 46}, arrive(36, 20), "all is filled: what is left to tell is that these came twice")

	s = stamped(t, Config{}) // its peer has not permitted SACK
	s.at(1, 0, ACK, 5, 1, "x")
	require.Zero(t, s.one().options.SACKs)
}

// RFC 2018, Section 3: beside timestamps three blocks have room; data leaves room for them too.
func TestSACKBlocksHaveRoom(t *testing.T) {
	s := dialling(t, Config{})
	s.receive(Segment{Seq: peerISS, Ack: s.c.snd.nxt, Flags: SYN | ACK, Window: peerWindow, Options: s.times(Options{MSS: 1000, SACKPermitted: true}, 0, 0)})
	s.one()
	for i := range int64(6) {
		s.at(1, 0, ACK, 11+10*i, 1, "x")
		require.EqualValues(t, min(i+1, 3), s.one().options.SACKs)
	}
	data := s.write(1000)
	require.Len(t, data[0].data, 988-28)
	require.Equal(t, 3, data[0].options.SACKs)
	require.LessOrEqual(t, len(data[0].data)+data[0].options.len(), 1000)
}

// RFC 2883, Section 4: the first block of the next acknowledgment, and only of that, tells what arrived twice.
func TestDSACK(t *testing.T) {
	s := selecting(t, Config{})
	arrive := func(seq int64, n int) []int64 {
		s.in(ACK, seq, 1, strings.Repeat("x", n))
		return blocks(s.one())
	}
	s.in(ACK, 1, 1, strings.Repeat("x", 1000))
	s.in(ACK, 1001, 1, strings.Repeat("x", 1000))
	s.one()
	require.Equal(t, []int64{1, 1001}, arrive(1, 1000), "Section 4.1.1: a full duplicate below RCV.NXT")
	require.Equal(t, []int64{3001, 4001}, arrive(3001, 1000), "once is enough")
	require.Equal(t, []int64{3001, 4001, 3001, 4001}, arrive(3001, 1000), "Section 4.1.3: of a segment out of order")
	require.Equal(t, []int64{3501, 4001, 3001, 4501}, arrive(3501, 1000), "only the part that was there")
	require.Equal(t, []int64{3001, 4501, 2901, 4601}, arrive(2901, 1700), "the middle of a segment")
	require.Equal(t, []int64{1501, 2001, 2901, 4601}, arrive(1501, 600), "the beginning of a segment")
	require.Equal(t, []int64{2901, 3101}, arrive(2101, 1000), "its end: and the gap is filled")
	require.EqualValues(t, 4601, s.c.rcvRel(s.c.rcv.nxt))

	s = selecting(t, Config{NoDSACK: true})
	s.in(ACK, 1, 1, strings.Repeat("x", 1000))
	s.in(ACK, 1, 1, strings.Repeat("x", 1000))
	require.Empty(t, blocks(s.one()))
}

// RFC 6675, Section 4 and Section 5, without RACK: the third segment after a loss tells of it, what is lost goes again
// and what has arrived does not.
func TestSACKRecovery(t *testing.T) {
	s := selecting(t, Config{NoRACK: true, NoPRR: true, Congestion: NewReno})
	require.Len(t, s.write(60_000), 10)
	// 1..1001 and 4001..5001 are lost
	require.Equal(t, []int64{10_001}, seqs(s.sack(1, 1001, 2001)), "limited transmit: what has arrived is not in flight")
	require.Equal(t, []int64{11_001}, seqs(s.sack(1, 1001, 3001)))
	require.Equal(t, 10_000, s.c.Snapshot().InFlight)
	again := s.sack(1, 1001, 4001)
	require.Equal(t, []int64{1}, seqs(again), "the first segment is lost, and goes whatever cwnd says: (4.3)")
	require.Equal(t, "sends bytes 1..1001 again: enough has arrived that was sent after them", text(again[0].why))
	snap := s.c.Snapshot()
	require.Equal(t, [2]int{5000, 5000}, s.cwnd(), "(4.2)")
	require.True(t, snap.Recovering)
	require.Equal(t, [...]int{9000, 3000, 0}, [...]int{snap.InFlight, snap.Sacked, snap.Lost})
	require.Empty(t, s.sack(1, 5001, 7001, 1001, 4001), "two segments after 4001 are not more than two: it is not lost yet")
	require.Zero(t, s.c.Snapshot().Lost)
	require.Empty(t, s.sack(1, 5001, 8001, 1001, 4001))
	snap = s.c.Snapshot()
	require.Equal(t, [...]int{5000, 6000, 1000}, [...]int{snap.InFlight, snap.Sacked, snap.Lost})
	require.Equal(t, [3][2]int64{{1001, 4001}, {5001, 8001}}, snap.SackedRel)
	again = s.sack(1, 5001, 9001, 1001, 4001)
	require.Equal(t, []int64{4001}, seqs(again), "5000 may be in flight, and 4000 are")
	require.EqualValues(t, 2_000_007, again[0].why.Replaces)
	s.sack(4001, 5001, 9001)
	require.True(t, s.c.Snapshot().Recovering, "a partial acknowledgment sends nothing twice")
	require.EqualValues(t, 2, s.c.Snapshot().Counters.Retransmissions)
	s.sack(12_001)
	require.False(t, s.c.Snapshot().Recovering)
	require.Equal(t, [2]int{5000, 5000}, s.cwnd())
	require.Zero(t, s.c.Snapshot().Sacked)
}

// RFC 6675, Section 4: three pieces apart tell of a loss, however small they are.
func TestSACKRecoveryByPieces(t *testing.T) {
	s := selecting(t, Config{NoRACK: true, NoDelay: true, MinRTO: 200 * time.Millisecond})
	for range 8 {
		require.Len(t, s.write(10), 1)
	}
	require.Empty(t, s.sack(1, 11, 21))
	require.Empty(t, s.sack(1, 31, 41, 11, 21))
	again := s.sack(1, 51, 61, 31, 41, 11, 21)
	require.Equal(t, []int64{1}, seqs(again))
}

// RFC 2018, Section 3 and RFC 6675, Section 3: blocks that cannot be right change nothing.
func TestBadSACKs(t *testing.T) {
	s := selecting(t, Config{NoRACK: true})
	s.write(5000)
	for _, edges := range [][]int64{
		{4001, 9001},            // beyond SND.NXT
		{3001, 2001},            // backwards
		{3001, 3001},            // empty
		{-5000, 3001},           // around SND.UNA
		{1 << 31, 1<<31 + 1000}, // anywhere
	} {
		require.Empty(t, s.sack(1, edges...))
		require.Zero(t, s.c.Snapshot().Sacked)
	}
	require.EqualValues(t, 5, s.c.Snapshot().Counters.BadSACKs)
	s.sack(1, 2501, 3501)
	require.Zero(t, s.c.Snapshot().Sacked, "no segment lies in it wholly")
	s.sack(1, 3501, 4001)
	require.Equal(t, 1000, s.c.Snapshot().Sacked, "but in both together")
	require.False(t, s.c.Snapshot().Recovering)
}

// The memory for what the peer says has arrived is bounded: more pieces than that are not noted.
func TestTooManySACKs(t *testing.T) {
	s := selecting(t, Config{NoCongestionControl: true, NoDelay: true, NoFastRetransmit: true, SendBuffer: 1 << 20})
	var seg Segment
	for range 5 * maxRanges {
		_, err := s.c.Write(s.now, []byte("x"))
		require.NoError(t, err)
		require.True(t, s.c.Next(s.now, &seg))
	}
	for i := 1; i < 4*maxRanges; i += 2 {
		left := s.c.snd.una.Add(i)
		ack := Segment{Seq: s.c.rcv.nxt, Ack: s.c.snd.una, Flags: ACK, Window: peerWindow, Options: Options{SACKs: 1, SACK: [4]Block{{left, left + 1}}}}
		s.c.Receive(s.now, &ack)
	}
	require.Len(t, s.c.rec.sack.arrived.blocks, maxRanges)
	require.Equal(t, maxRanges, s.c.Snapshot().Sacked)
	invariants(t, s.c)
	s.sack(5*maxRanges + 1)
	require.Zero(t, s.c.Snapshot().Sacked)
}

// RFC 2018, Section 8: the receiver may throw away what it has reported; then the timer sends it all again.
func TestReneging(t *testing.T) {
	s := selecting(t, Config{NoRACK: true})
	s.write(5000)
	s.sack(1, 1001, 5001)
	s.sack(1001, 2001, 5001) // it stops at what had arrived
	require.Equal(t, 4000, s.c.Snapshot().Sacked, "not yet: the acknowledgment may be an old one")
	again := s.wait(4 * time.Second)
	require.NotEmpty(t, again)
	require.EqualValues(t, 1001, again[0].seq)
	require.Zero(t, s.c.Snapshot().Sacked)
	require.EqualValues(t, 1, s.c.Snapshot().Counters.Reneged)
	require.Contains(t, s.said(trace.Note), "believes the peer's SACKs no more: it said that byte 1001 had arrived, and does not acknowledge it")
}

// RFC 6675, Section 5.1: after a timeout, what has arrived by SACK is not sent again.
func TestTimeoutKeepsSACKs(t *testing.T) {
	s := selecting(t, Config{NoFastRetransmit: true, NoTLP: true})
	require.Len(t, s.write(10_000), 10)
	s.sack(1, 2001, 9001)
	first := s.wait(time.Second)
	require.Equal(t, []int64{1}, seqs(first))
	require.Equal(t, []int64{1001, 9001}, seqs(s.sack(1001, 2001, 9001)))
}

// RFC 6937, Section 3: fast recovery sends at a steady pace, and ends with cwnd at ssthresh.
func TestPRR(t *testing.T) {
	s := selecting(t, Config{NoRACK: true, Congestion: NewReno, InitialWindow: 20})
	s.write(60_000) // 14 segments: IW is bounded
	require.Equal(t, 20_000, s.c.Snapshot().InFlight)
	out := 0
	for i := range int64(19) { // the first is lost
		for _, o := range s.sack(1, 1001, 2001+1000*i) {
			if s.c.Snapshot().Recovering {
				out += len(o.data)
			}
		}
	}
	snap := s.c.Snapshot()
	require.Equal(t, 10_000, snap.Ssthresh)
	require.InDelta(t, 10_000, snap.InFlight, 1000, "as many as ssthresh allows")
	require.InDelta(t, 9000, out, 1500, "one segment for two that arrived: half of 19 less the two of limited transmit")
	s.sack(snap.SndNxtRel)
	require.Equal(t, [2]int{10_000, 10_000}, s.cwnd())
}
