package stack

import (
	"bytes"
	"context"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"netlab/link"
	"netlab/trace"
)

// card is a link that cuts large segments up, or says so: the other end takes them whole.
type card struct {
	*link.Cable
	asked atomic.Bool
	large atomic.Int64 // packets above the MTU that were written
}

func (c *card) MTU() int { return 1500 }

func (c *card) Offload() int {
	c.asked.Store(true)
	return c.Cable.MTU()
}

func (c *card) Write(packets []link.Packet) error {
	for _, p := range packets {
		if p.Offload.Segment > 0 {
			c.large.Add(1)
		}
	}
	return c.Cable.Write(packets)
}

func TestOffload(t *testing.T) {
	la, lb := link.Memory(65535)
	a, b := &card{Cable: la}, &card{Cable: lb}
	p := pair{New(Config{}), New(Config{})}
	p.a.Attach("eth0", prefixes("10.0.0.1/24"), a)
	p.b.Attach("eth0", prefixes("10.0.0.2/24"), b)
	defer p.a.Close()
	defer p.b.Close()
	within(t, func() {
		client, server := p.connect(t)
		data := bytes.Repeat([]byte("abcdefg"), 300_000)
		sent := send(client, data)
		require.Equal(t, data, readAll(t, server))
		require.NoError(t, <-sent)
		require.Equal(t, 1448, server.Snapshot().SndMSS)
	})
	require.Positive(t, a.large.Load())
	require.Zero(t, b.large.Load())
}

// A router hands packets on, and who traces wants to see what goes over the wire.
func TestNoOffload(t *testing.T) {
	for name, cfg := range map[string]Config{
		"router": {Forward: true},
		"traced": {Trace: trace.New("a", func(trace.Event) trace.ID { return 1 })},
	} {
		la, _ := link.Memory(65535)
		c := &card{Cable: la}
		h := New(cfg)
		h.Attach("eth0", prefixes("10.0.0.1/24"), c)
		require.False(t, c.asked.Load(), name)
		h.Close()
	}
}

// A segment whose checksum was left out is taken as it is only where the link said so.
func TestChecksumLeftOut(t *testing.T) {
	la, lb := link.Memory(1500)
	p := pair{New(Config{}), New(Config{})}
	p.a.Attach("eth0", prefixes("10.0.0.1/24"), &card{Cable: la})
	p.b.Attach("eth0", prefixes("10.0.0.2/24"), unaware{lb})
	defer p.a.Close()
	defer p.b.Close()
	ctx, cancel := context.WithCancel(context.Background())
	cancelled := p.b.discards.checksum.Load
	go func() {
		for cancelled() == 0 {
			p.b.Sleep(1e6)
		}
		cancel()
	}()
	_, err := p.a.Dial(ctx, "tcp", "10.0.0.2:80")
	require.ErrorIs(t, err, context.Canceled)
}

// unaware forgets what was left to the link.
type unaware struct{ *link.Cable }

func (u unaware) Read() ([]link.Packet, error) {
	packets, err := u.Cable.Read()
	for i := range packets {
		packets[i].Offload = link.Offload{}
	}
	return packets, err
}

// A run of segments is short by what they stand for on the wire, not by how many packets hold them.
func TestShortRuns(t *testing.T) {
	c, other := &Conn{}, &Conn{}
	arrivals := func(count, octets int) (all []arrival) {
		for range count {
			all = append(all, arrival{conn: c, octets: make([]byte, octets)})
		}
		return all
	}
	require.True(t, short(arrivals(stretchACK, 1480)))
	require.False(t, short(arrivals(stretchACK+1, 1480)))
	require.False(t, short(arrivals(1, 60_000)))
	require.True(t, short(append(append(arrivals(2, 1480), arrival{conn: other}), arrivals(60, 1480)...)))
}

// What is sent through such a link lies in two places until then; a listener that records remembers the beginning of both together.
func TestRecordWithOffload(t *testing.T) {
	la, lb := link.Memory(65535)
	p := pair{New(Config{}), New(Config{})}
	p.a.Attach("eth0", prefixes("10.0.0.1/24"), &card{Cable: la})
	p.b.Attach("eth0", prefixes("10.0.0.2/24"), &card{Cable: lb})
	defer p.a.Close()
	defer p.b.Close()
	within(t, func() {
		l, err := p.b.Listen("tcp", ":80")
		require.NoError(t, err)
		l.(*Listener).Record(8)
		mine, err := p.a.Dial(context.Background(), "tcp", "10.0.0.2:80")
		require.NoError(t, err)
		server, err := l.Accept()
		require.NoError(t, err)
		data := bytes.Repeat([]byte("a"), 1000)
		sent := send(server, data)
		require.Equal(t, data, readAll(t, mine))
		require.NoError(t, <-sent)
		first, _ := server.(*Conn).Recorded()
		require.Equal(t, 1032, first[3].Length)
		require.Equal(t, data[:recorded-32], first[3].Octets[32:])
	})
}
