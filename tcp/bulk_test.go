package tcp

import (
	"testing"
	"time"
	"unsafe"

	"github.com/stretchr/testify/require"
)

// pair is two established connections joined directly: what one sends, the other receives at once.
type pair struct {
	now    time.Time
	a, b   *Conn
	packet []byte
	segs   int
}

func newPair(t testing.TB, cfg Config) *pair {
	p := &pair{now: epoch, packet: make([]byte, 65536+maxHeader)}
	l := NewListener(cfg, 0, nil)
	p.a = Dial(p.now, cfg, client, server, nil)
	var seg Segment
	require.True(t, p.a.Next(p.now, &seg))
	p.b, _, _ = l.Receive(p.now, server, client, &seg)
	require.NotNil(t, p.b)
	p.exchange(t)
	require.Equal(t, Established, p.a.State())
	require.Equal(t, Established, p.b.State())
	return p
}

// exchange carries segments until both have nothing to send: octets, checksums and all.
func (p *pair) exchange(t testing.TB) {
	for p.carry(t, p.a, p.b) || p.carry(t, p.b, p.a) {
	}
}

func (p *pair) carry(t testing.TB, from, to *Conn) bool {
	var seg Segment
	some := false
	for from.Next(p.now, &seg) {
		some = true
		p.segs++
		n := seg.Put(p.packet, from.flow.Local.Addr(), to.flow.Local.Addr())
		if !Verify(from.flow.Local.Addr(), to.flow.Local.Addr(), p.packet[:n]) {
			t.Fatal("checksum")
		}
		arrived, err := Parse(p.packet[:n])
		if err != nil {
			t.Fatal(err)
		}
		to.Receive(p.now, &arrived)
	}
	return some
}

// bulk moves n octets from a to b, whose reader keeps up.
func (p *pair) bulk(t testing.TB, n int, chunk []byte) {
	for n > 0 {
		k, _ := p.a.Write(p.now, chunk[:min(n, len(chunk))])
		n -= k
		p.now = p.now.Add(time.Microsecond)
		p.exchange(t)
		for {
			if k, _ := p.b.Read(p.now, chunk); k == 0 {
				break
			}
		}
		p.exchange(t)
	}
}

func TestBulkAllocatesNothing(t *testing.T) {
	p := newPair(t, Config{})
	chunk := make([]byte, 64<<10)
	p.bulk(t, 8<<20, chunk) // until the buffers have their size
	before := p.segs
	allocs := testing.AllocsPerRun(10, func() { p.bulk(t, 1<<20, chunk) })
	require.Zero(t, allocs)
	require.Greater(t, p.segs-before, 7000)
}

// An idle connection gives its buffers back.
func TestIdleConnectionIsSmall(t *testing.T) {
	p := newPair(t, Config{})
	p.bulk(t, 1<<20, make([]byte, 64<<10))
	require.NotEmpty(t, p.a.out.ring)
	require.NotEmpty(t, p.b.in.ring)
	for range 5000 { // in steps of a millisecond
		p.now = p.now.Add(time.Millisecond)
		p.a.Advance(p.now)
		p.b.Advance(p.now)
		p.exchange(t)
	}
	for _, c := range []*Conn{p.a, p.b} {
		require.Zero(t, c.Deadline(), "nothing to wait for")
		require.Nil(t, c.out.ring)
		require.Nil(t, c.in.ring)
		require.Nil(t, c.sent.records)
	}
	p.bulk(t, 1000, make([]byte, 100))
}

func TestConnIsSmall(t *testing.T) {
	require.LessOrEqual(t, unsafe.Sizeof(Conn{}), uintptr(1024), "a size class of the allocator")
}

func BenchmarkBulk(b *testing.B) {
	p := newPair(b, Config{})
	chunk := make([]byte, 64<<10)
	b.SetBytes(1 << 20)
	b.ReportAllocs()
	for b.Loop() {
		p.bulk(b, 1<<20, chunk)
	}
}

func BenchmarkPingPong(b *testing.B) {
	p := newPair(b, Config{NoDelay: true})
	one := make([]byte, 1)
	b.ReportAllocs()
	for b.Loop() {
		p.a.Write(p.now, one)
		p.exchange(b)
		p.b.Read(p.now, one)
		p.b.Write(p.now, one)
		p.exchange(b)
		p.a.Read(p.now, one)
	}
}
