package link_test

import (
	"bytes"
	"fmt"
	"io"
	"net"
	"net/netip"
	"runtime"
	"testing"

	"github.com/stretchr/testify/require"

	"netlab/link"
)

// tunnelEnd is an end of a tunnel on the loopback interface, and what it was told.
type tunnelEnd struct {
	*link.Tunnel
	told chan link.TunnelEvent
}

func openTunnel(t *testing.T, o link.TunnelOptions) tunnelEnd {
	t.Helper()
	told := make(chan link.TunnelEvent, 100)
	o.Tell = func(e link.TunnelEvent) { told <- e }
	if !o.Listen.IsValid() {
		o.Listen = netip.MustParseAddrPort("127.0.0.1:0")
	}
	tunnel, err := link.OpenTunnel(o)
	require.NoError(t, err)
	t.Cleanup(func() { _ = tunnel.Close() })
	return tunnelEnd{tunnel, told}
}

// await waits until the end is told that the peer is there, or is not.
func (e tunnelEnd) await(there bool) link.TunnelEvent {
	for event := range e.told {
		if event.There == there {
			return event
		}
	}
	return link.TunnelEvent{}
}

// joined returns two ends that have found each other.
func joined(t *testing.T, key []byte, change ...func(o *link.TunnelOptions)) (a, b tunnelEnd) {
	t.Helper()
	// Whoever has no key needs the other's port before it is open: a socket finds a free one, and gives it back.
	free, err := net.ListenUDP("udp", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	require.NoError(t, err)
	port := free.LocalAddr().(*net.UDPAddr).AddrPort()
	require.NoError(t, free.Close())
	o := link.TunnelOptions{Peer: port, Key: key, Greeting: "a"}
	for _, c := range change {
		c(&o)
	}
	a = openTunnel(t, o)
	o.Listen, o.Peer, o.Greeting = port, a.Addr(), "b"
	b = openTunnel(t, o)
	require.Equal(t, "b", a.await(true).Greeting)
	require.Equal(t, "a", b.await(true).Greeting)
	return a, b
}

func TestTunnelOnTheLoopbackInterface(t *testing.T) {
	for _, key := range [][]byte{nil, []byte("a secret key")} {
		a, b := joined(t, key)
		packet := bytes.Repeat([]byte("x"), 1400)
		require.NoError(t, a.Write([]link.Packet{{Octets: []byte("first")}, {Octets: packet}, {Octets: append(packet, 'y')}, {Octets: []byte("last")}}))
		var got [][]byte
		for len(got) < 3 {
			packets, err := b.Read()
			require.NoError(t, err)
			for _, p := range packets {
				got = append(got, bytes.Clone(p.Octets))
			}
		}
		require.Equal(t, [][]byte{[]byte("first"), packet, []byte("last")}, got)
		lost, _ := a.Counts()
		require.Equal(t, uint64(1), lost, "the packet above the MTU")

		require.NoError(t, a.Close())
		require.Contains(t, b.await(false).Say, "has left")
		require.ErrorIs(t, a.Write([]link.Packet{{Octets: packet}}), link.ErrClosed)
		_, err := a.Read()
		require.ErrorIs(t, err, io.EOF)
		require.NoError(t, b.Write([]link.Packet{{Octets: packet}}), "as into a cable that somebody has pulled out")
	}
}

// A sender who has no key, or another address, gets no answer, and what he sends costs no memory.
func TestTunnelHoldsOutAgainstHostileSenders(t *testing.T) {
	for _, key := range [][]byte{nil, []byte("a secret key")} {
		a, b := joined(t, key)
		hostile, err := net.DialUDP("udp", nil, net.UDPAddrFromAddrPort(a.Addr()))
		require.NoError(t, err)
		defer hostile.Close()
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		noise := make([]byte, 1472)
		copy(noise, "nltn\x01\x01\x01\x00")
		const most = 5000
		sent := 0
		for ; sent < most; sent++ {
			noise[9] = byte(sent)
			if _, err := hostile.Write(noise[:1+sent%len(noise)]); err != nil {
				break
			}
		}
		runtime.ReadMemStats(&after)
		require.Less(t, int64(after.HeapAlloc)-int64(before.HeapAlloc), int64(64<<20))

		// Among all that, what the peer sends comes through. Loopback loses nothing but what does not fit into buffers:
		// so the peer repeats itself until it is heard.
		heard := make(chan error, 1)
		go func() {
			packets, err := a.Read()
			if err == nil && string(packets[0].Octets) != "a word" {
				err = fmt.Errorf("read %q", packets[0].Octets)
			}
			heard <- err
		}()
		for done := false; !done; {
			require.NoError(t, b.Write([]link.Packet{{Octets: []byte("a word")}}))
			select {
			case err := <-heard:
				require.NoError(t, err)
				done = true
			default:
				runtime.Gosched()
			}
		}
		_, thrown := a.Counts()
		require.NotZero(t, thrown)
		require.Contains(t, (<-a.told).Say, "thrown away")

		answered := make(chan struct{})
		go func() {
			defer close(answered)
			if n, err := hostile.Read(make([]byte, 100)); err == nil {
				t.Errorf("%d octets came back", n)
			}
		}()
		require.NoError(t, a.Close()) // whatever it had to say it has said
		require.NoError(t, hostile.Close())
		<-answered
	}
}

// A peer that sends faster than anybody reads fills a queue of fixed size.
func TestTunnelQueueIsBounded(t *testing.T) {
	a, b := joined(t, nil, func(o *link.TunnelOptions) { o.MTU = 60000 })
	packet := make([]byte, 60000)
	for thrown := uint64(0); thrown == 0; _, thrown = b.Counts() {
		require.NoError(t, a.Write([]link.Packet{{Octets: packet}}))
	}
	require.Contains(t, (<-b.told).Say, "more than could be read in time")
	packets, err := b.Read()
	require.NoError(t, err)
	total := 0
	for _, p := range packets {
		total += len(p.Octets)
	}
	require.LessOrEqual(t, total, 1<<20)
	require.Greater(t, total, 1<<19)
}

func TestTunnelOptionsThatCannotBe(t *testing.T) {
	peer := netip.MustParseAddrPort("127.0.0.1:9")
	local := netip.MustParseAddrPort("127.0.0.1:0")
	for _, c := range []struct {
		o    link.TunnelOptions
		want string
	}{
		{link.TunnelOptions{Listen: local}, "needs its peer's address"},
		{link.TunnelOptions{Listen: local, Peer: peer, Key: []byte("short")}, "at least 8 octets"},
		{link.TunnelOptions{Listen: local, Peer: peer, MTU: 65500}, "68 to 65467 octets, not 65500"},
		{link.TunnelOptions{Listen: local, Peer: peer, Greeting: string(make([]byte, 200))}, "at most 128 octets"},
		{link.TunnelOptions{Listen: netip.MustParseAddrPort("192.0.2.1:7001"), Peer: peer}, "192.0.2.1:7001"},
	} {
		_, err := link.OpenTunnel(c.o)
		require.ErrorContains(t, err, c.want)
	}
}
