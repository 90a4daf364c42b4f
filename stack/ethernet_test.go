package stack

import (
	"bytes"
	"context"
	"net"
	"net/netip"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"netlab/ether"
	"netlab/link"
	"netlab/tcp"
)

// wired returns two hosts on one Ethernet cable: 10.0.0.1 and fd00::1, 10.0.0.2 and fd00::2.
func wired(t *testing.T) (a, b *Host) {
	t.Helper()
	const frame = 1500 + ether.HeaderLen + ether.TagLen
	ends := [2]*link.Cable{}
	ends[0], ends[1] = link.Memory(frame)
	hosts := [2]*Host{}
	for i, cable := range ends {
		hosts[i] = New(Config{Name: []string{"h1", "h2"}[i], Seed: uint64(i + 1)})
		last := byte(i + 1)
		hosts[i].AttachEthernet("eth0", Ethernet{MAC: ether.MAC{2, 0, 0, 0, 0, last}}, []netip.Prefix{
			netip.PrefixFrom(netip.AddrFrom4([4]byte{10, 0, 0, last}), 24),
			netip.PrefixFrom(netip.AddrFrom16([16]byte{0: 0xfd, 15: last}), 64),
		}, cable)
		t.Cleanup(func() { hosts[i].Close() })
	}
	return hosts[0], hosts[1]
}

func neighborStates(h *Host) map[string]string {
	states := map[string]string{}
	for _, n := range h.Neighbors() {
		states[n.Addr.String()] = n.Interface + " " + n.MAC.String() + " " + n.State.String()
	}
	return states
}

// Connections of both families over frames; the neighbour is asked for once, and what TCP hears from it confirms it
// (RFC 4861, Section 7.3.1).
func TestTCPOverEthernet(t *testing.T) {
	for _, to := range []string{"10.0.0.2", "fd00::2"} {
		synctest.Test(t, func(t *testing.T) {
			a, b := wired(t)
			l, err := b.Listen("tcp", ":7")
			require.NoError(t, err)
			got := make(chan []byte)
			go func() {
				c, err := l.Accept()
				require.NoError(t, err)
				got <- readAll(t, c)
			}()
			c, err := a.Dial(context.Background(), "tcp", net.JoinHostPort(to, "7"))
			require.NoError(t, err)
			require.Equal(t, "eth0 02:00:00:00:00:02 REACHABLE", neighborStates(a)[to])
			data := bytes.Repeat([]byte("netlab"), 20000)
			for range 4 {
				time.Sleep(time.Minute)
				_, err := c.Write(data)
				require.NoError(t, err)
			}
			synctest.Wait()
			require.NoError(t, c.Close())
			require.Len(t, <-got, 4*len(data))
			time.Sleep(10 * time.Second)
			require.Equal(t, "eth0 02:00:00:00:00:02 REACHABLE", neighborStates(a)[to])
			counters := map[string]uint64{}
			a.EachCounter(func(name string, n uint64) { counters[name] = n })
			require.Equal(t, uint64(1), counters["questions for neighbours sent"])
			require.Equal(t, uint64(1), counters["packets that waited for a neighbour"])
		})
	}
}

// The error of a neighbour that does not answer reaches Dial, connected sockets and ping.
func TestNobodyThere(t *testing.T) {
	for _, to := range []string{"10.0.0.9", "fd00::9"} {
		synctest.Test(t, func(t *testing.T) {
			a, _ := wired(t)
			start := time.Now()
			_, err := a.Dial(context.Background(), "tcp", net.JoinHostPort(to, "7"))
			require.ErrorIs(t, err, tcp.ErrUnreachable)
			require.Equal(t, 3*time.Second, time.Since(start))
			var cause *ICMPError
			require.ErrorAs(t, err, &cause)
			require.True(t, cause.Local)
			require.Equal(t, HostUnreachable, cause.Meaning())
			require.EqualError(t, cause, "stack: nobody on the link answers for "+to)

			u, err := a.Dial(context.Background(), "udp", net.JoinHostPort(to, "7"))
			require.NoError(t, err)
			_, err = u.Write([]byte("hello"))
			require.NoError(t, err)
			_, err = u.Read(make([]byte, 10))
			require.ErrorIs(t, err, ErrUnreachable)

			_, err = a.Echo(context.Background(), netip.MustParseAddr(to), EchoRequest{Timeout: 10 * time.Second})
			require.ErrorAs(t, err, &cause)
		})
	}
}

func TestCheckAddress(t *testing.T) {
	for _, c := range []struct {
		taken, free string
		after       time.Duration // at least, and at most 4 s more
	}{
		{"10.0.0.2/24", "10.0.0.7/24", 4 * time.Second},
		{"fd00::2/64", "fd00::7/64", time.Second},
	} {
		synctest.Test(t, func(t *testing.T) {
			a, b := wired(t)
			require.ErrorIs(t, a.CheckAddress("eth0", netip.MustParsePrefix(c.taken)), ErrAddressInUse)
			start := time.Now()
			free := netip.MustParsePrefix(c.free)
			require.NoError(t, a.CheckAddress("eth0", free))
			require.InDelta(t, (c.after + 2*time.Second).Seconds(), time.Since(start).Seconds(), 2)
			require.Contains(t, a.Interfaces()[0].Addrs, free)
			_, err := b.Echo(context.Background(), free.Addr(), EchoRequest{Timeout: time.Second})
			require.NoError(t, err)
			require.Error(t, a.CheckAddress("eth0", free), "it has it")

			waits := make(chan error)
			go func() { waits <- a.CheckAddress("eth0", netip.MustParsePrefix("10.0.0.8/24")) }()
			synctest.Wait()
			a.Close()
			require.ErrorIs(t, <-waits, net.ErrClosed)
			require.ErrorIs(t, a.CheckAddress("eth0", free), net.ErrClosed)
		})
	}
}

func TestSetNeighbor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a, _ := wired(t)
		mac, err := a.HardwareAddr("eth0")
		require.NoError(t, err)
		require.Equal(t, "02:00:00:00:00:01", mac.String())
		nine := netip.MustParseAddr("10.0.0.9")
		require.NoError(t, a.SetNeighbor("eth0", nine, net.HardwareAddr{2, 0, 0, 0, 0, 9}))
		require.Equal(t, "eth0 02:00:00:00:00:09 REACHABLE", neighborStates(a)["10.0.0.9"])
		require.Error(t, a.SetNeighbor("eth0", nine, net.HardwareAddr{2}))
		require.Error(t, a.SetNeighbor("eth1", nine, mac))
		require.NoError(t, a.SetNeighbor("eth0", nine, nil))
		require.Empty(t, a.Neighbors())

		plain := New(Config{Seed: 3})
		plain.AddInterface("tun0", nil, 1500, func([]link.Packet) {})
		_, err = plain.HardwareAddr("tun0")
		require.Error(t, err)
		require.NoError(t, plain.Close())
	})
}
