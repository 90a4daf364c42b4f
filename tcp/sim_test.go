package tcp

import (
	"bytes"
	"container/heap"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/netip"
	"os"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"netlab/trace"
)

var (
	client = netip.MustParseAddrPort("10.0.1.10:40001")
	server = netip.MustParseAddrPort("10.0.2.20:80")
	epoch  = time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC)
)

// network joins two ends in virtual time. It delivers octets, as a link does: each segment is built, perhaps lost,
// duplicated, delayed or spoilt, and parsed again. What becomes of a packet depends on the seed and its number alone.
type network struct {
	t       testing.TB
	seed    uint64
	now     time.Time
	rand    *rand.Rand
	delay   time.Duration
	loss    float64
	dup     float64
	corrupt float64
	jitter  time.Duration // a packet is held back by up to this much, so that others overtake it
	spared  func(packet int) bool
	data    bool // nothing becomes of packets without data, and invariants are not looked at
	end     [2]*endpoint
	flying  flights
	sent    int
	spoilt  int      // packets whose checksum was found to be wrong
	faults  []int    // the packets that something became of
	log     []string // what was sent, for stories of failures
}

type endpoint struct {
	addr     netip.AddrPort
	conn     *Conn
	listener *Listener
}

type flight struct {
	at    time.Time
	order int
	to    int
	b     []byte
}

// flights is a container/heap, the next arrival at the top.
type flights []flight

func (f flights) Len() int      { return len(f) }
func (f flights) Swap(i, j int) { f[i], f[j] = f[j], f[i] }
func (f flights) Less(i, j int) bool {
	return f[i].at.Before(f[j].at) || f[i].at.Equal(f[j].at) && f[i].order < f[j].order
}
func (f *flights) Push(x any) { *f = append(*f, x.(flight)) }
func (f *flights) Pop() any {
	last := (*f)[len(*f)-1]
	*f = (*f)[:len(*f)-1]
	return last
}

func newNetwork(t testing.TB, seed uint64) *network {
	n := &network{t: t, seed: seed, now: epoch, rand: rand.New(rand.NewPCG(seed, 1)), delay: 10 * time.Millisecond}
	n.end[0], n.end[1] = &endpoint{addr: client}, &endpoint{addr: server}
	return n
}

// dial opens a connection from end 0 to a listener at end 1.
func (n *network) dial(a, b Config) {
	n.end[1].listener = NewListener(b, 0, nil)
	n.end[0].conn = Dial(n.now, a, client, server, nil)
}

// flush takes from end i what it wants to send.
func (n *network) flush(i int) {
	c := n.end[i].conn
	if c == nil {
		return
	}
	var seg Segment
	for c.Next(n.now, &seg) {
		n.transmit(i, &seg)
	}
	if d := c.Deadline(); !d.IsZero() && d.Before(n.now) {
		n.t.Fatalf("deadline in the past: %v", n.now.Sub(d))
	}
}

func (n *network) transmit(from int, seg *Segment) {
	n.sent++
	if n.sent > 2_000_000 {
		n.t.Fatalf("the two never stop sending")
	}
	b := make([]byte, seg.HeaderLen()+len(seg.Payload))
	seg.Put(b, n.end[from].addr.Addr(), n.end[1-from].addr.Addr())
	if peer := n.end[1-from].conn; peer != nil && peer.state.receives() && len(seg.Payload) > 0 {
		if over := seg.Seq.Add(len(seg.Payload)).Sub(peer.rcv.edge); over > 1 {
			n.t.Fatalf("the window is overrun by %d octets: more than a probe", over)
		}
	}
	copies, fate := n.fate(b)
	if len(n.log) < 4000 && !n.data {
		n.log = append(n.log, fmt.Sprintf("%8.3f #%d %d> %v seq %d ack %d len %d win %d%s", n.now.Sub(epoch).Seconds(), n.sent, from, seg.Flags, seg.Seq, seg.Ack, len(seg.Payload), seg.Window, fate))
	}
	for _, late := range copies {
		heap.Push(&n.flying, flight{n.now.Add(n.delay + late), n.sent, 1 - from, b})
	}
}

// fate decides what becomes of the next packet: how much later than usual each of its copies arrives, and in words. It may
// spoil a bit of b.
func (n *network) fate(b []byte) (copies []time.Duration, words string) {
	if n.loss+n.dup+n.corrupt+float64(n.jitter) == 0 || n.spared != nil && n.spared(n.sent) || n.data && len(b) < 100 {
		return []time.Duration{0}, ""
	}
	r := rand.New(rand.NewPCG(n.seed, uint64(n.sent)))
	if r.Float64() < n.loss {
		n.faults = append(n.faults, n.sent)
		return nil, " lost"
	}
	copies = make([]time.Duration, 1)
	if r.Float64() < n.dup {
		copies = make([]time.Duration, 2)
		words = " twice"
	}
	if r.Float64() < n.corrupt {
		b[r.IntN(len(b))] ^= 1 << r.IntN(8)
		words += " spoilt"
	}
	for i := range copies {
		if n.jitter > 0 {
			copies[i] = time.Duration(r.Int64N(int64(n.jitter)))
			words += fmt.Sprintf(" %v late", copies[i])
		}
	}
	if words != "" {
		n.faults = append(n.faults, n.sent)
	}
	return copies, words
}

// step moves the clock to what happens next; it reports false if nothing will.
func (n *network) step() bool {
	n.flush(0)
	n.flush(1)
	var next time.Time
	earlier := func(t time.Time) {
		if !t.IsZero() && (next.IsZero() || t.Before(next)) {
			next = t
		}
	}
	if len(n.flying) > 0 {
		earlier(n.flying[0].at)
	}
	for _, e := range n.end {
		if e.conn != nil {
			earlier(e.conn.Deadline())
		}
	}
	if next.IsZero() {
		return false
	}
	n.now = next
	if len(n.flying) > 0 && !n.flying[0].at.After(n.now) {
		f := heap.Pop(&n.flying).(flight)
		n.deliver(f.to, f.b)
		return true
	}
	for _, e := range n.end {
		if e.conn != nil && !e.conn.Deadline().After(n.now) { // with none, it does nothing
			e.conn.Advance(n.now)
		}
	}
	return true
}

func (n *network) deliver(to int, b []byte) {
	e, from := n.end[to], n.end[1-to]
	if !Verify(from.addr.Addr(), e.addr.Addr(), b) {
		require.Positive(n.t, n.corrupt)
		n.spoilt++
		return
	}
	seg, err := Parse(b)
	if err != nil {
		n.t.Fatal(err)
	}
	var reply Segment
	ok := false
	switch {
	case e.conn != nil && e.conn.State() != Closed:
		e.conn.Receive(n.now, &seg)
		if !n.data {
			invariants(n.t, e.conn)
		}
	case e.listener != nil:
		var c *Conn
		if c, reply, ok = e.listener.Receive(n.now, e.addr, from.addr, &seg); c != nil {
			e.conn = c
		}
	default:
		reply, ok = ReplyClosed(&seg)
	}
	if ok {
		n.transmit(to, &reply)
	}
}

// invariants hold at any time.
func invariants(t testing.TB, c *Conn) {
	if c.state == Closed {
		return
	}
	require.True(t, c.snd.una.LessEq(c.snd.nxt))
	require.GreaterOrEqual(t, c.inFlight(), 0)
	require.LessOrEqual(t, c.out.len(), c.cfg.SendBuffer)
	require.LessOrEqual(t, c.in.len(), c.cfg.ReceiveBuffer)
	require.GreaterOrEqual(t, c.unsent(), 0)
	seq, lost, sacked, segments := c.snd.una, 0, 0, 0
	for i := range c.sent.len() {
		rec := c.sent.at(i)
		if seq != rec.seq || rec.sacked && rec.lost {
			t.Fatalf("the scoreboard has gaps: %d, not %d", rec.seq, seq)
		}
		seq = rec.end()
		if rec.lost {
			lost += int(rec.n)
		}
		if rec.sacked {
			sacked += int(rec.n)
			segments++
		}
	}
	if r := c.rec; r != nil {
		require.Equal(t, [...]int{lost, sacked, segments}, [...]int{r.lost, r.sack.octets, r.sack.segments}, "what is kept is what can be counted")
	} else {
		require.Zero(t, lost+sacked)
	}
	require.Equal(t, c.snd.nxt, seq, "the scoreboard ends at SND.NXT")
	end := c.rcv.nxt
	for i, island := range c.late.blocks {
		if early := i == 0 && !c.state.Synchronized() && end == island.Left; !early && !end.Less(island.Left) || !island.Left.Less(island.Right) || i >= maxRanges || c.rcv.edge.Less(island.Right) {
			t.Fatalf("islands are not in order, apart and in the window: %v", c.late.blocks)
		}
		end = island.Right
	}
	require.True(t, c.cc.cwnd >= c.cc.mss)
}

// transfer sends data one way and other back, and closes both sides. It returns when both ends are CLOSED.
type transfer struct {
	*network
	data    [2][]byte // what each end sends
	written [2]int
	got     [2]bytes.Buffer
	eof     [2]bool
	slow    bool // the readers take little at a time, and sometimes nothing
}

func (x *transfer) run() {
	buf := make([]byte, 20000)
	for idle := 0; idle < 1000; { // a slow reader may have to look often
		if !x.step() {
			idle++
		}
		for i, e := range x.end {
			c := e.conn
			if c == nil {
				continue
			}
			if x.written[i] < len(x.data[i]) && c.State() != Closed {
				k, err := c.Write(x.now, x.data[i][x.written[i]:])
				require.NoError(x.t, err)
				x.written[i] += k
			}
			if x.written[i] == len(x.data[i]) && c.State() != SynSent && c.State() != Closed {
				require.NoError(x.t, c.Close(x.now))
			}
			for !x.eof[i] {
				p := buf
				if x.slow {
					if x.rand.IntN(3) > 0 {
						break
					}
					p = buf[:1+x.rand.IntN(3000)]
				}
				k, err := c.Read(x.now, p)
				x.got[i].Write(p[:k])
				if errors.Is(err, io.EOF) {
					x.eof[i] = true
				} else {
					require.NoError(x.t, err)
				}
				if k == 0 {
					break
				}
			}
		}
		if x.end[0].conn.State() == Closed && x.end[1].conn != nil && x.end[1].conn.State() == Closed && x.eof[0] && x.eof[1] {
			return
		}
		if x.now.Sub(epoch) > 24*time.Hour {
			break
		}
	}
	x.fatal("the transfer stands still")
}

func (x *transfer) fatal(what string) {
	for _, line := range x.log[max(0, len(x.log)-60):] {
		x.t.Log(line)
	}
	for i, e := range x.end {
		if e.conn != nil {
			x.t.Logf("end %d: %+v", i, e.conn.Snapshot())
		}
	}
	x.t.Fatalf("%s after %v: wrote %v, read %d and %d", what, x.now.Sub(epoch), x.written, x.got[0].Len(), x.got[1].Len())
}

func (x *transfer) check() {
	for i := range x.data {
		if !bytes.Equal(x.data[i], x.got[1-i].Bytes()) {
			x.fatal("what is read is not what was written")
		}
		require.NoError(x.t, x.end[i].conn.Err())
	}
}

func random(r *rand.Rand, n int) []byte {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(r.Uint32())
	}
	return b
}

func TestTransfer(t *testing.T) {
	x := &transfer{network: newNetwork(t, 1)}
	x.data[0], x.data[1] = random(x.rand, 300_000), random(x.rand, 100_000)
	x.dial(Config{}, Config{})
	x.run()
	x.check()
	require.Zero(t, x.end[0].conn.Snapshot().Counters.Retransmissions)
	require.Less(t, x.now.Sub(epoch), 62*time.Second, "mostly TIME-WAIT")
}

// Over a network that loses, duplicates, delays, reorders and spoils, what is read is what was written, and both ends close.
// NETLAB_SEEDS=10000 tries so many seeds; a seed that fails is shrunk to the fewest faults that make it fail.
func TestTransferOverBadNetwork(t *testing.T) {
	seeds := 300
	if testing.Short() {
		seeds = 60
	}
	if s := os.Getenv("NETLAB_SEEDS"); s != "" {
		var err error
		seeds, err = strconv.Atoi(s)
		require.NoError(t, err)
	}
	for seed := range uint64(seeds) {
		if _, story := try(t, seed, nil); story != "" {
			t.Fatalf("seed %d: %s", seed, shrink(t, seed))
		}
	}
}

// badTransfer is the transfer of one seed.
func badTransfer(t testing.TB, seed uint64) *transfer {
	x := &transfer{network: newNetwork(t, seed)}
	x.loss = x.rand.Float64() * 0.3
	x.dup = x.rand.Float64() * 0.3
	x.corrupt = x.rand.Float64() * 0.1
	x.jitter = time.Duration(1 + x.rand.IntN(30_000_000))
	x.slow = x.rand.IntN(3) == 0
	x.data[0], x.data[1] = random(x.rand, x.rand.IntN(150_000)), random(x.rand, x.rand.IntN(30_000))
	x.dial(randomConfig(x.rand), randomConfig(x.rand))
	return x
}

func randomConfig(r *rand.Rand) Config {
	yes := func() bool { return r.IntN(4) == 0 }
	cfg := Config{
		MSS: 100 + r.IntN(1400), MinRTO: 200 * time.Millisecond, UserTimeout: 3 * time.Hour,
		NoDelay: yes(), NoDelayedACK: yes(), NoWindowScale: yes(), NoSWSAvoidance: yes(), NoFastRetransmit: yes(),
		NoCongestionControl: yes(), NoChallengeACK: yes(), NoTimestamps: yes(), NoSACK: yes(), NoDSACK: yes(), NoRACK: yes(), NoTLP: yes(),
		NoPRR: yes(), NoUndo: yes(), HyStart: yes(), Congestion: Congestion(r.IntN(2)),
	}
	if yes() {
		cfg.SendBuffer = 1 + r.IntN(10_000)
	}
	if yes() {
		cfg.ReceiveBuffer = 1 + r.IntN(10_000)
	}
	return cfg
}

// tracer returns a tracer that keeps what it is told.
func tracer(events *[]trace.Event) *trace.Tracer {
	return trace.New("h", func(e trace.Event) trace.ID {
		e.ID = trace.ID(len(*events) + 1)
		*events = append(*events, e)
		return e.ID
	})
}

// Recovery without SACK takes seconds, not minutes: two megabytes over a link of 1 ms that loses 5 %, and
// delays and duplicates some.
func TestRecoveryIsQuick(t *testing.T) {
	for seed := range uint64(6) {
		x := &transfer{network: newNetwork(t, seed)}
		x.delay, x.jitter, x.loss, x.dup = time.Millisecond, time.Millisecond, 0.05, 0.02
		x.data[0] = random(x.rand, 2_000_000)
		cfg := Config{MinRTO: 200 * time.Millisecond, MSL: time.Millisecond}
		x.dial(cfg, cfg)
		x.run()
		x.check()
		require.Less(t, x.now.Sub(epoch), 20*time.Second, "seed %d", seed)
	}
}
