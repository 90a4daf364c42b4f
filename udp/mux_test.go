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
	return NewMux(func() uint32 { n += 1000; return n }, Limits{})
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

// give puts a datagram into m and returns the socket that got it.
func give(m *Mux, src, dst, data string) (*Socket, error) {
	got, err := giveOn(m, 0, src, dst, data)
	if len(got) == 1 {
		return got[0], err
	}
	return nil, err
}

// giveOn puts a datagram that arrived on an interface into m and returns the sockets that got it.
func giveOn(m *Mux, iface int, src, dst, data string) (got []*Socket, err error) {
	from, to := netip.MustParseAddrPort(src), netip.MustParseAddrPort(dst)
	b := make([]byte, Len(len(data)))
	Put(b, from, to, []byte(data))
	many := to.Addr().IsMulticast() || to.Addr().As16()[15] == 255
	err = m.Receive(Arrival{Src: from.Addr(), Dst: to.Addr(), Interface: iface, TTL: 9, TOS: 4, ToMany: many}, b, func(s *Socket) { got = append(got, s) })
	return got, err
}

// receive gives m the octets of a datagram from client to server.
func receive(m *Mux, b []byte) error {
	return m.Receive(Arrival{Src: client.Addr(), Dst: server.Addr()}, b, func(*Socket) {})
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
		n, info, err := s.Read(p)
		require.NoError(t, err)
		require.Equal(t, c.src, string(p[:n]))
		require.Equal(t, c.src, info.From.String())
		require.Equal(t, netip.MustParseAddrPort(c.dst).Addr(), info.To, "RFC 1122, Section 4.1.3.5")
		require.EqualValues(t, 9, info.TTL)
		require.EqualValues(t, 4, info.TOS)
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
	require.ErrorIs(t, receive(m, b), ErrChecksum)
	require.ErrorIs(t, receive(m, b[:7]), ErrTruncated)
	b[4], b[5] = 0, 7
	require.ErrorIs(t, receive(m, b), ErrLength)
	require.Equal(t, Counters{BadChecksum: 1, Truncated: 1, BadLength: 1}, m.Counters())
	require.False(t, s.Readable())
	_, _, err := s.Read(nil)
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
			n, _, err := s.Read(p)
			require.NoError(t, err)
			require.Equal(t, fmt.Sprint(read), string(p[:n]))
			read++
		}
	}
	for range DefaultQueuedDatagrams - (next - read) {
		_, err := give(m, "10.0.1.10:1", "10.0.2.20:7", "x")
		require.NoError(t, err)
	}
	_, err := give(m, "10.0.1.10:1", "10.0.2.20:7", "too many")
	require.ErrorIs(t, err, ErrFull)
	require.Equal(t, uint64(1), s.Counters().Dropped)
	require.Equal(t, uint64(1), m.Counters().Full)

	big := open(t, m, "10.0.2.20:8", "")
	data := string(make([]byte, 60000))
	for range DefaultQueuedOctets / 60000 {
		_, err := give(m, "10.0.1.10:1", "10.0.2.20:8", data)
		require.NoError(t, err)
	}
	_, err = give(m, "10.0.1.10:1", "10.0.2.20:8", data)
	require.ErrorIs(t, err, ErrFull)
	n, _, err := big.Read(p)
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
	require.Nil(t, m.Unreachable(netip.MustParseAddrPort("10.0.2.20:8"), client, 0, refused))
	require.Same(t, s, m.Unreachable(s.Local(), s.Remote(), 0, refused))
	_, err := give(m, "10.0.1.10:40000", "10.0.2.20:7", "after all")
	require.NoError(t, err)
	require.True(t, s.Readable())
	p := make([]byte, 20)
	_, _, err = s.Read(p)
	require.ErrorIs(t, err, refused)
	n, _, err := s.Read(p)
	require.NoError(t, err, "told once")
	require.Equal(t, "after all", string(p[:n]))
}

func TestOpen(t *testing.T) {
	m := newMux()
	open(t, m, "10.0.2.20:7", "")
	_, err := m.Open(netip.MustParseAddrPort("10.0.2.20:7"), netip.AddrPort{})
	require.ErrorIs(t, err, ErrInUse)
	open(t, m, "0.0.0.0:9", "")
	everywhere := netip.AddrPortFrom(netip.Addr{}, 9)
	_, err = m.Open(everywhere, netip.AddrPort{})
	require.ErrorIs(t, err, ErrInUse, "all addresses of IPv4 are taken")
	open(t, m, "[::]:9", "")
	_, err = m.Open(netip.AddrPortFrom(netip.Addr{}, 10), netip.AddrPort{})
	require.NoError(t, err)
	_, err = m.Open(netip.MustParseAddrPort("[::]:10"), netip.AddrPort{})
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
	got := func(*Socket) {}
	f := func() {
		m.Receive(Arrival{Src: client.Addr(), Dst: server.Addr()}, b, got)
		s.Read(p)
	}
	for range 10 {
		f()
	}
	require.Zero(t, testing.AllocsPerRun(100, f))
}

// Sockets for one family and for both: a datagram goes to the most specific one.
func TestSocketsOfBothFamilies(t *testing.T) {
	m := newMux()
	four := open(t, m, "0.0.0.0:7", "")
	six := open(t, m, "[::]:7", "")
	both, err := m.Open(netip.AddrPortFrom(netip.Addr{}, 8), netip.AddrPort{})
	require.NoError(t, err)
	for _, c := range []struct {
		src, dst string
		want     *Socket
	}{
		{"10.0.1.10:1", "10.0.2.20:7", four},
		{"[fd00::1]:1", "[fd00::2]:7", six},
		{"10.0.1.10:1", "10.0.2.20:8", both},
		{"[fd00::1]:1", "[fd00::2]:8", both},
	} {
		s, err := give(m, c.src, c.dst, "x")
		require.NoError(t, err)
		require.Same(t, c.want, s, c.dst)
	}
}

func TestSocketsBoundToInterfaces(t *testing.T) {
	m := newMux()
	eth0 := open(t, m, "0.0.0.0:68", "")
	require.NoError(t, m.Bind(eth0, 0))
	eth1 := open(t, m, "0.0.0.0:68", "")
	require.ErrorIs(t, m.Bind(eth1, 0), ErrInUse)
	require.NoError(t, m.Bind(eth1, 1))
	require.NoError(t, m.Bind(eth1, 1))
	for iface, want := range []*Socket{eth0, eth1} {
		for _, to := range []string{"10.0.0.2:68", "10.0.0.255:68"} {
			got, err := giveOn(m, iface, "10.0.0.1:67", to, "x")
			require.NoError(t, err)
			require.Equal(t, []*Socket{want}, got)
		}
	}
	_, err := giveOn(m, 2, "10.0.0.1:67", "10.0.0.2:68", "x")
	require.ErrorIs(t, err, ErrNoPort)
	require.NoError(t, m.Bind(eth1, AnyInterface))
	got, err := giveOn(m, 2, "10.0.0.1:67", "10.0.0.2:68", "x")
	require.NoError(t, err)
	require.Equal(t, []*Socket{eth1}, got)
	m.Close(eth0)
	m.Close(eth1)
	require.Equal(t, Counters{Received: 5, NoPort: 1}, m.Counters())
	require.Zero(t, m.bound)
}

// Each member of a group gets a copy; who has not joined gets none.
func TestMulticastGoesToEachMember(t *testing.T) {
	m := newMux()
	const mdns = "224.0.0.251:5353"
	all := netip.MustParseAddr("224.0.0.251")
	first, second := open(t, m, mdns, ""), open(t, m, mdns, "")
	wild := open(t, m, "0.0.0.0:5353", "")
	_, err := giveOn(m, 0, "10.0.0.1:5353", mdns, "x")
	require.ErrorIs(t, err, ErrNoPort, "nobody has joined")
	for _, s := range []*Socket{first, second, wild} {
		require.True(t, s.Join(all, 0))
	}
	require.False(t, first.Join(all, 0))
	got, err := giveOn(m, 0, "10.0.0.1:5353", mdns, "x")
	require.NoError(t, err)
	require.Equal(t, []*Socket{first, second, wild}, got)
	_, err = giveOn(m, 1, "10.0.0.1:5353", mdns, "x")
	require.ErrorIs(t, err, ErrNoPort, "membership is of an interface")

	second.SetLimits(Limits{Datagrams: 1})
	require.True(t, wild.Leave(all, 0))
	require.False(t, wild.Leave(all, 0))
	got, err = giveOn(m, 0, "10.0.0.1:5353", mdns, "y")
	require.NoError(t, err)
	require.Equal(t, []*Socket{first}, got, "one is full, one has left")
	require.EqualValues(t, 1, second.Counters().Dropped)

	connected := open(t, m, "224.0.0.9:520", "10.0.0.1:520")
	require.True(t, connected.Join(netip.MustParseAddr("224.0.0.9"), 0))
	_, err = giveOn(m, 0, "10.0.0.2:520", "224.0.0.9:520", "x")
	require.ErrorIs(t, err, ErrNoPort, "not from its peer")
	connected.EachGroup(func(a netip.Addr, iface int) { require.Equal(t, "224.0.0.9", a.String()) })
	unicast := open(t, m, "10.0.0.2:5353", "")
	require.True(t, unicast.Join(all, 0))
	got, _ = giveOn(m, 0, "10.0.0.1:5353", mdns, "z")
	require.NotContains(t, got, unicast, "it is bound to another address")
}

func TestLimitsAreSettable(t *testing.T) {
	m := NewMux(func() uint32 { return 0 }, Limits{Octets: 10, Datagrams: 3})
	s := open(t, m, "10.0.2.20:7", "")
	require.Equal(t, Limits{10, 3}, s.Limits())
	_, err := give(m, "10.0.1.10:1", "10.0.2.20:7", "a long datagram, but the first")
	require.NoError(t, err)
	_, err = give(m, "10.0.1.10:1", "10.0.2.20:7", "x")
	require.ErrorIs(t, err, ErrFull)
	s.SetLimits(Limits{})
	for range 20 {
		_, err = give(m, "10.0.1.10:1", "10.0.2.20:7", "x")
		require.NoError(t, err)
	}
}

// What a socket keeps of buffers for later datagrams is bounded like the datagrams themselves.
func TestBuffersOfReadDatagramsAreBounded(t *testing.T) {
	m := newMux()
	s := open(t, m, "10.0.2.20:7", "")
	for _, size := range []int{60000, 100, 200} {
		for range DefaultQueuedDatagrams {
			if _, err := give(m, "10.0.1.10:1", "10.0.2.20:7", string(make([]byte, size))); err != nil {
				break
			}
		}
		for s.Readable() {
			_, _, err := s.Read(nil)
			require.NoError(t, err)
		}
		held := 0
		for i := range s.queue {
			held += cap(s.queue[i].data)
		}
		require.Equal(t, held, s.held)
		require.LessOrEqual(t, held, DefaultQueuedOctets)
	}
}

// RFC 1122, Section 4.1.3.3: an application that talks to anyone can ask for errors too.
func TestErrorsReachSocketsThatAskForThem(t *testing.T) {
	m := newMux()
	s := open(t, m, "0.0.0.0:7", "")
	s.Report(true)
	refused := errors.New("refused")
	require.Same(t, s, m.Unreachable(netip.MustParseAddrPort("10.0.2.20:7"), client, 0, refused))
	_, _, err := s.Read(nil)
	require.ErrorIs(t, err, refused)
	require.Nil(t, m.Unreachable(netip.MustParseAddrPort("10.0.2.20:8"), client, 0, refused))
}

// RFC 1122, Section 4.1.3.2: UDP passes the options that it gets to the application.
func TestOptionsArePassedOn(t *testing.T) {
	m := newMux()
	s := open(t, m, "10.0.2.20:7", "")
	b := make([]byte, Len(2))
	Put(b, client, server, []byte("hi"))
	options := []byte{148, 4, 0, 0}
	require.NoError(t, m.Receive(Arrival{Src: client.Addr(), Dst: server.Addr(), Options: options}, b, func(*Socket) {}))
	options[0] = 0 // the packet's octets do not stay
	_, info, err := s.Read(nil)
	require.NoError(t, err)
	require.Equal(t, []byte{148, 4, 0, 0}, info.Options)
}
