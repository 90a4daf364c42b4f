package udp

import (
	"errors"
	"fmt"
	"net/netip"
	"testing"

	"github.com/stretchr/testify/require"
)

func newMux() *Mux {
	n := uint32(0)
	return NewMux(func() uint32 { n += 1000; return n })
}

func open(t *testing.T, m *Mux, local, remote string) *Socket {
	t.Helper()
	var r netip.AddrPort
	if remote != "" {
		r = netip.MustParseAddrPort(remote)
	}
	s, err := m.Open(netip.MustParseAddrPort(local), r)
	require.NoError(t, err)
	return s
}

// give puts a datagram into m.
func give(m *Mux, src, dst, data string) (*Socket, error) {
	from, to := netip.MustParseAddrPort(src), netip.MustParseAddrPort(dst)
	b := make([]byte, Len(len(data)))
	Put(b, from, to, []byte(data))
	return m.Receive(from.Addr(), to.Addr(), b)
}

func TestTheMostSpecificSocketGetsTheDatagram(t *testing.T) {
	m := newMux()
	wild := open(t, m, "0.0.0.0:7", "")
	bound := open(t, m, "10.0.2.20:7", "")
	connected := open(t, m, "10.0.2.20:7", "10.0.1.10:40000")
	for _, c := range []struct {
		src, dst string
		want     *Socket
	}{
		{"10.0.1.10:40000", "10.0.2.20:7", connected},
		{"10.0.1.10:40001", "10.0.2.20:7", bound},
		{"10.0.1.11:40000", "10.0.2.20:7", bound},
		{"10.0.1.10:40000", "10.0.2.21:7", wild},
		{"10.0.1.10:40000", "10.0.2.20:8", nil},
	} {
		s, err := give(m, c.src, c.dst, c.src)
		require.Same(t, c.want, s)
		if c.want == nil {
			require.ErrorIs(t, err, ErrNoPort)
			continue
		}
		require.NoError(t, err)
		p := make([]byte, 100)
		n, from, to, err := s.Read(p)
		require.NoError(t, err)
		require.Equal(t, c.src, string(p[:n]))
		require.Equal(t, c.src, from.String())
		require.Equal(t, netip.MustParseAddrPort(c.dst).Addr(), to, "RFC 1122, Section 4.1.3.5")
		require.False(t, s.Readable())
	}
	require.Equal(t, Counters{Received: 4, NoPort: 1}, m.Counters())

	m.Close(connected)
	m.Close(connected)
	s, err := give(m, "10.0.1.10:40000", "10.0.2.20:7", "x")
	require.NoError(t, err)
	require.Same(t, bound, s)
}

// RFC 1122, Section 4.1.3.4: "silently discard".
func TestMalformedDatagramsAreCounted(t *testing.T) {
	m := newMux()
	s := open(t, m, "10.0.2.20:7", "")
	b := make([]byte, Len(5))
	Put(b, client, server, []byte("hello"))
	b[9] ^= 1
	_, err := m.Receive(client.Addr(), server.Addr(), b)
	require.ErrorIs(t, err, ErrChecksum)
	_, err = m.Receive(client.Addr(), server.Addr(), b[:7])
	require.ErrorIs(t, err, ErrTruncated)
	b[4], b[5] = 0, 7
	_, err = m.Receive(client.Addr(), server.Addr(), b)
	require.ErrorIs(t, err, ErrLength)
	require.Equal(t, Counters{BadChecksum: 1, Truncated: 1, BadLength: 1}, m.Counters())
	require.False(t, s.Readable())
	_, _, _, err = s.Read(nil)
	require.ErrorIs(t, err, ErrEmpty)
}

func TestQueueKeepsOrderAndIsBounded(t *testing.T) {
	m := newMux()
	s := open(t, m, "10.0.2.20:7", "")
	p := make([]byte, 100)
	next, read := 0, 0
	for round := range 20 { // the ring wraps and grows
		for range round + 3 {
			_, err := give(m, "10.0.1.10:1", "10.0.2.20:7", fmt.Sprint(next))
			require.NoError(t, err)
			next++
		}
		for range round + 2 {
			n, _, _, err := s.Read(p)
			require.NoError(t, err)
			require.Equal(t, fmt.Sprint(read), string(p[:n]))
			read++
		}
	}
	for range maxQueuedDatagrams - (next - read) {
		_, err := give(m, "10.0.1.10:1", "10.0.2.20:7", "x")
		require.NoError(t, err)
	}
	full, err := give(m, "10.0.1.10:1", "10.0.2.20:7", "too many")
	require.ErrorIs(t, err, ErrFull)
	require.Same(t, s, full)
	require.Equal(t, uint64(1), s.Counters().Dropped)
	require.Equal(t, uint64(1), m.Counters().Full)

	big := open(t, m, "10.0.2.20:8", "")
	data := string(make([]byte, 60000))
	for range maxQueuedOctets / 60000 {
		_, err := give(m, "10.0.1.10:1", "10.0.2.20:8", data)
		require.NoError(t, err)
	}
	_, err = give(m, "10.0.1.10:1", "10.0.2.20:8", data)
	require.ErrorIs(t, err, ErrFull)
	n, _, _, err := big.Read(p)
	require.NoError(t, err)
	require.Equal(t, 100, n, "what does not fit is cut off")
	_, err = give(m, "10.0.1.10:1", "10.0.2.20:8", data)
	require.NoError(t, err)
}

// RFC 1122, Section 4.1.3.3.
func TestErrorsReachConnectedSockets(t *testing.T) {
	m := newMux()
	s := open(t, m, "10.0.2.20:7", "10.0.1.10:40000")
	open(t, m, "10.0.2.20:8", "")
	refused := errors.New("refused")
	require.Nil(t, m.Unreachable(netip.MustParseAddrPort("10.0.2.20:8"), client, refused))
	require.Same(t, s, m.Unreachable(s.Local(), s.Remote(), refused))
	_, err := give(m, "10.0.1.10:40000", "10.0.2.20:7", "after all")
	require.NoError(t, err)
	require.True(t, s.Readable())
	p := make([]byte, 20)
	_, _, _, err = s.Read(p)
	require.ErrorIs(t, err, refused)
	n, _, _, err := s.Read(p)
	require.NoError(t, err, "told once")
	require.Equal(t, "after all", string(p[:n]))
}

func TestOpen(t *testing.T) {
	m := newMux()
	open(t, m, "10.0.2.20:7", "")
	_, err := m.Open(netip.MustParseAddrPort("10.0.2.20:7"), netip.AddrPort{})
	require.ErrorIs(t, err, ErrInUse)
	require.Equal(t, netip.AddrPortFrom(netip.Addr{}, 9), open(t, m, "0.0.0.0:9", "").Local())
	_, err = m.Open(netip.AddrPortFrom(netip.Addr{}, 9), netip.AddrPort{})
	require.ErrorIs(t, err, ErrInUse)

	// RFC 6056, Section 3.3.1.
	require.Equal(t, uint16(firstDynamic+1000), open(t, m, "10.0.2.20:0", "").Local().Port())
	open(t, m, "0.0.0.0:51152", "")
	require.Equal(t, uint16(firstDynamic+2001), open(t, m, "10.0.2.20:0", "").Local().Port(), "the next one that is free")
	for range dynamicPorts - 3 {
		s := open(t, m, "10.0.2.20:0", "")
		require.GreaterOrEqual(t, s.Local().Port(), uint16(firstDynamic))
	}
	_, err = m.Open(netip.MustParseAddrPort("10.0.2.20:0"), netip.AddrPort{})
	require.ErrorIs(t, err, ErrNoPorts)
}

func TestReceiveDoesNotAllocate(t *testing.T) {
	m := newMux()
	s := open(t, m, "10.0.2.20:7", "")
	b := make([]byte, Len(1000))
	Put(b, client, server, make([]byte, 1000))
	p := make([]byte, 2000)
	f := func() {
		m.Receive(client.Addr(), server.Addr(), b)
		s.Read(p)
	}
	for range 10 {
		f()
	}
	require.Zero(t, testing.AllocsPerRun(100, f))
}
