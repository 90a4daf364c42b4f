package dhcp

import (
	"net/netip"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// RFC 2131, Section 3.1, step 2: the server may look first.
func TestTheServerLooksFirst(t *testing.T) {
	c := config()
	c.Check = true
	w := newWorld(t, c)
	w.taken[addr("10.0.0.100")] = true
	client := w.client(1, ClientConfig{})
	w.until(0)
	require.Equal(t, "DISCOVER OFFER REQUEST ACK", w.messages())
	lease, _ := client.Lease()
	require.Equal(t, netip.MustParsePrefix("10.0.0.101/24"), lease.Address)
}

// The pool has an end, and gives nobody's address away (RFC 2131, Section 4.3.1).
func TestTheBoundOfThePool(t *testing.T) {
	w := newWorld(t, config())
	for n := range byte(4) {
		w.client(n+1, ClientConfig{})
	}
	w.until(time.Second)
	require.Equal(t, uint64(1), w.server.Counters().Exhausted)
	require.Len(t, w.server.Leases(), 3)
	w.clients[0].Release(w.now)
	w.until(30 * time.Second)
	require.Equal(t, Bound, w.clients[3].State())
	lease, _ := w.clients[3].Lease()
	require.Equal(t, netip.MustParsePrefix("10.0.0.100/24"), lease.Address)
}

// An offer is held for its client for a minute.
func TestOffersExpire(t *testing.T) {
	c := config()
	c.Last = c.First
	w := newWorld(t, c)
	w.lose = func(m Message) bool { return m.Hardware[5] == 1 && m.Type != Discover }
	w.client(1, ClientConfig{})
	w.settle()
	w.clients = nil
	second := w.client(2, ClientConfig{})
	w.until(50 * time.Second)
	require.Equal(t, Selecting, second.State())
	w.until(3 * time.Minute)
	require.Equal(t, Bound, second.State())
}

func TestReservations(t *testing.T) {
	c := config()
	c.Reserved = []Reservation{{HardwareAddr{2, 0, 0, 0, 0, 7}, addr("10.0.0.100")}, {HardwareAddr{2, 0, 0, 0, 0, 8}, addr("10.0.0.9")}}
	w := newWorld(t, c)
	for _, n := range []byte{1, 7, 8} {
		w.client(n, ClientConfig{})
	}
	w.until(0)
	var got []string
	for _, c := range w.clients {
		l, _ := c.Lease()
		got = append(got, l.Address.Addr().String())
	}
	require.Equal(t, []string{"10.0.0.101", "10.0.0.100", "10.0.0.9"}, got)
}

// RFC 2131, Section 3.1, step 4: whoever is not chosen takes its offer back.
func TestAnotherServerIsChosen(t *testing.T) {
	w := newWorld(t, config())
	w.lose = func(m Message) bool { return m.Type == Request }
	w.client(1, ClientConfig{})
	w.settle()
	require.Equal(t, "offered", w.server.Leases()[0].State)
	m := Message{Type: Request, Hardware: HardwareAddr{2, 0, 0, 0, 0, 1}, ClientID: []byte{1, 2, 0, 0, 0, 0, 1}, Requested: addr("10.0.0.200"), ServerID: addr("10.0.0.2")}
	w.server.Receive(w.now, m.Append(nil))
	require.Empty(t, w.server.Leases())
}

// RFC 2131, Section 4.3.5: an INFORM gets what there is to know, but no address.
func TestInform(t *testing.T) {
	w := newWorld(t, config())
	m := Message{Type: Inform, ID: 5, Hardware: HardwareAddr{2, 0, 0, 0, 0, 1}, Client: addr("10.0.0.50"), Parameters: []Option{OptionDNS}}
	w.server.Receive(w.now, m.Append(nil))
	p, ok := w.server.Next()
	require.True(t, ok)
	require.Equal(t, netip.MustParseAddrPort("10.0.0.50:68"), p.To)
	reply, err := Parse(p.Octets)
	require.NoError(t, err)
	require.Equal(t, ACK, reply.Type)
	require.False(t, reply.Your.IsValid())
	require.Zero(t, reply.Lease)
	require.Equal(t, []netip.Addr{addr("10.0.0.53")}, reply.DNS)
	require.Empty(t, reply.Routers, "not asked for")
}

// RFC 2131, Section 4.1: through a relay agent, the answer goes back to it.
func TestRelay(t *testing.T) {
	w := newWorld(t, config())
	m := Message{Type: Discover, ID: 5, Hardware: HardwareAddr{2, 0, 0, 0, 0, 1}, Relay: addr("10.0.0.254")}
	w.server.Receive(w.now, m.Append(nil))
	p, _ := w.server.Next()
	require.Equal(t, netip.MustParseAddrPort("10.0.0.254:67"), p.To)
}

func TestBadConfigurations(t *testing.T) {
	for want, change := range map[string]func(*ServerConfig){
		"no IPv4 address":             func(c *ServerConfig) { c.Address = netip.MustParsePrefix("fd00::1/64") },
		"not in the server's network": func(c *ServerConfig) { c.Last = addr("10.0.1.5") },
		"before it begins":            func(c *ServerConfig) { c.Last = addr("10.0.0.99") },
		"more than 65536":             func(c *ServerConfig) { c.Address, c.Last = netip.MustParsePrefix("10.0.0.1/8"), addr("10.9.0.0") },
		"a lease of":                  func(c *ServerConfig) { c.Lease = time.Millisecond },
		"cannot be reserved":          func(c *ServerConfig) { c.Reserved = []Reservation{{HardwareAddr{}, addr("10.0.0.1")}} },
	} {
		c := config()
		change(&c)
		_, err := NewServer(c, nil)
		require.ErrorIs(t, err, ErrConfig)
		require.ErrorContains(t, err, want)
	}
}

// Whatever comes, the server's memory keeps its bounds and its answers are messages.
func FuzzServer(f *testing.F) {
	m := Message{Type: Discover, Hardware: HardwareAddr{2}}
	f.Add(m.Append(nil), m.Append(nil))
	m.Type, m.Requested = Request, addr("10.0.0.100")
	f.Add(m.Append(nil), m.Append(nil))
	f.Fuzz(func(t *testing.T, a, b []byte) {
		s, err := NewServer(config(), nil)
		require.NoError(t, err)
		for range 3 {
			s.Receive(epoch(), a)
			s.Receive(epoch(), b)
		}
		require.LessOrEqual(t, len(s.pool.clients), 4)
		for p, ok := s.Next(); ok; p, ok = s.Next() {
			_, err := Parse(p.Octets)
			require.NoError(t, err)
		}
	})
}

// RFC 2131, Section 4.3.1: a client gets the address that it asks for, unless somebody else has it or it is kept for another.
func TestAskingForAnAddress(t *testing.T) {
	c := config()
	c.Reserved = []Reservation{{HardwareAddr{2, 0, 0, 0, 0, 7}, addr("10.0.0.101")}}
	w := newWorld(t, c)
	w.client(1, ClientConfig{}) // gets 10.0.0.100
	w.until(0)
	offered := func(n byte, wanted string) string {
		m := Message{Type: Discover, ID: 5, Hardware: HardwareAddr{2, 0, 0, 0, 0, n}, Requested: addr(wanted)}
		w.server.Receive(w.now, m.Append(nil))
		p, ok := w.server.Next()
		require.True(t, ok)
		reply, err := Parse(p.Octets)
		require.NoError(t, err)
		return reply.Your.String()
	}
	require.Equal(t, "10.0.0.102", offered(2, "10.0.0.100"), "leased to another")
	w.server.pool.release(w.server.pool.addrs[addr("10.0.0.102")])
	require.Equal(t, "10.0.0.102", offered(3, "10.0.0.101"), "reserved for another")
	w.server.pool.release(w.server.pool.addrs[addr("10.0.0.102")])
	require.Equal(t, "10.0.0.102", offered(4, "10.0.0.102"))
	require.Equal(t, "10.0.0.101", offered(7, "10.0.0.102"), "its own")
}
