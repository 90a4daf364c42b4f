package dhcp

import (
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"netlab/trace"
)

func epoch() time.Time { return time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC) }

// world is clients, a server, and the network between them, which takes no time.
type world struct {
	t       *testing.T
	now     time.Time
	server  *Server
	clients []*Client
	lose    func(m Message) bool // messages that get lost
	sent    []string             // "DISCOVER", "OFFER" …
	to      []netip.AddrPort
	taken   map[netip.Addr]bool // addresses that somebody has
	actions []Action
	said    []string
	draws   uint32
}

func config() ServerConfig {
	return ServerConfig{
		Address: netip.MustParsePrefix("10.0.0.1/24"), First: addr("10.0.0.100"), Last: addr("10.0.0.102"), Lease: 10 * time.Minute,
		Routers: []netip.Addr{addr("10.0.0.1")}, DNS: []netip.Addr{addr("10.0.0.53")}, Domain: "lab",
	}
}

func newWorld(t *testing.T, c ServerConfig) *world {
	w := &world{t: t, now: epoch(), taken: map[netip.Addr]bool{}, lose: func(Message) bool { return false }}
	tracer := trace.New("", func(e trace.Event) trace.ID { w.said = append(w.said, e.Text()); return 1 })
	server, err := NewServer(c, tracer)
	require.NoError(t, err)
	w.server = server
	return w
}

func (w *world) random() uint32 { w.draws++; return w.draws * 2654435761 }

func (w *world) client(n byte, c ClientConfig) *Client {
	c.Hardware, c.AtOnce = HardwareAddr{2, 0, 0, 0, 0, n}, true
	tracer := trace.New("", func(e trace.Event) trace.ID { w.said = append(w.said, e.Text()); return 1 })
	client := NewClient(w.now, c, w.random, tracer)
	w.clients = append(w.clients, client)
	return client
}

// settle carries messages until nobody has any more.
func (w *world) settle() {
	for again := true; again; {
		again = false
		for _, c := range w.clients {
			c.Advance(w.now)
			for a, ok := c.Action(); ok; a, ok = c.Action() {
				again = true
				if a.Send != nil {
					if w.carries(*a.Send) {
						w.server.Receive(w.now, a.Send.Octets)
					}
					continue
				}
				w.actions = append(w.actions, a)
				if a.Check.IsValid() {
					c.Checked(w.now, w.taken[a.Check.Addr()])
				}
			}
		}
		w.server.Advance(w.now)
		for a, ok := w.server.Check(); ok; a, ok = w.server.Check() {
			w.server.Checked(w.now, a, w.taken[a])
		}
		for p, ok := w.server.Next(); ok; p, ok = w.server.Next() {
			again = true
			if w.carries(p) {
				for _, c := range w.clients {
					c.Receive(w.now, p.Octets)
				}
			}
		}
	}
}

func (w *world) carries(p Packet) bool {
	m, err := Parse(p.Octets)
	require.NoError(w.t, err)
	w.sent = append(w.sent, m.Type.String())
	w.to = append(w.to, p.To)
	return !w.lose(m)
}

// until lets time pass up to a moment.
func (w *world) until(d time.Duration) {
	end := epoch().Add(d)
	w.settle()
	for {
		next := end
		for _, c := range w.clients {
			if d := c.Deadline(); !d.IsZero() && d.Before(next) {
				next = d
			}
		}
		if d := w.server.Deadline(); !d.IsZero() && d.Before(next) {
			next = d
		}
		w.now = next
		w.settle()
		if next.Equal(end) {
			return
		}
	}
}

func (w *world) messages() string { return strings.Join(w.sent, " ") }

// RFC 2131, Section 3.1: DISCOVER, OFFER, REQUEST, ACK.
func TestFourMessages(t *testing.T) {
	w := newWorld(t, config())
	c := w.client(1, ClientConfig{HostName: "h1"})
	w.until(0)
	require.Equal(t, "DISCOVER OFFER REQUEST ACK", w.messages())
	lease, ok := c.Lease()
	require.True(t, ok)
	require.Equal(t, Bound, c.State())
	require.Equal(t, netip.MustParsePrefix("10.0.0.100/24"), lease.Address)
	require.Equal(t, addr("10.0.0.1"), lease.Server)
	require.Equal(t, []netip.Addr{addr("10.0.0.53")}, lease.DNS)
	require.Equal(t, []netip.Addr{addr("10.0.0.1")}, lease.Routers)
	require.Equal(t, "lab", lease.Domain)
	require.Equal(t, epoch().Add(10*time.Minute), lease.Expires)
	require.Equal(t, epoch().Add(525*time.Second), lease.T2)
	require.InDelta(t, 300, lease.T1.Sub(epoch()).Seconds(), 10, "a little sooner than half, by chance: Section 4.4.5")
	require.Equal(t, lease, *w.actions[len(w.actions)-1].Configure)
	require.Equal(t, []netip.AddrPort{netip.MustParseAddrPort("255.255.255.255:67"), netip.MustParseAddrPort("255.255.255.255:68")}, w.to[:2])
	require.Equal(t, []LeaseInfo{{addr("10.0.0.100"), HardwareAddr{2, 0, 0, 0, 0, 1}, "leased", epoch().Add(10 * time.Minute)}}, w.server.Leases())
}

// RFC 2131, Section 4.4.5: the lease is renewed by unicast at T1.
func TestRenewal(t *testing.T) {
	w := newWorld(t, config())
	c := w.client(1, ClientConfig{})
	w.until(0)
	w.sent, w.to = nil, nil
	w.until(20 * time.Minute)
	require.Equal(t, "REQUEST ACK REQUEST ACK REQUEST ACK REQUEST ACK", w.messages())
	require.Equal(t, netip.MustParseAddrPort("10.0.0.1:67"), w.to[0])
	require.Equal(t, netip.MustParseAddrPort("10.0.0.100:68"), w.to[1])
	require.Equal(t, Bound, c.State())
	require.Zero(t, w.server.Counters().Expired)
	require.Len(t, w.actions, 2, "one check, one address: renewals change nothing")
}

// RFC 2131, Section 4.4.5: no answer at T1, none at T2; when the lease is over the address goes.
func TestExpiry(t *testing.T) {
	w := newWorld(t, config())
	c := w.client(1, ClientConfig{})
	w.until(0)
	w.sent, w.to = nil, nil
	w.lose = func(Message) bool { return true }
	w.until(524 * time.Second)
	require.Equal(t, Renewing, c.State())
	require.Equal(t, "REQUEST REQUEST REQUEST", w.messages(), "at T1, half of what is left until T2, but at least a minute later, and again")
	w.until(526 * time.Second)
	require.Equal(t, Rebinding, c.State())
	require.Equal(t, netip.MustParseAddrPort("255.255.255.255:67"), w.to[len(w.to)-1])
	w.until(599 * time.Second)
	_, has := c.Lease()
	require.True(t, has)
	w.until(600 * time.Second)
	_, has = c.Lease()
	require.False(t, has)
	require.Equal(t, Selecting, c.State())
	require.Equal(t, netip.MustParsePrefix("10.0.0.100/24"), w.actions[len(w.actions)-1].Remove)
	require.Contains(t, w.said, "loses its address: the lease has expired")
	require.Contains(t, w.said, "takes 10.0.0.100 back: the lease of 02:00:00:00:00:01 has expired")
	require.Equal(t, uint64(1), w.server.Counters().Expired)

	w.lose = func(Message) bool { return false }
	w.until(700 * time.Second)
	lease, _ := c.Lease()
	require.Equal(t, netip.MustParsePrefix("10.0.0.100/24"), lease.Address, "the address that it had: Section 4.3.1")
}

// RFC 2131, Section 4.1: 4, 8, 16, 32 and then always 64 seconds, each by chance a second more or less.
func TestBackOff(t *testing.T) {
	w := newWorld(t, config())
	c := w.client(1, ClientConfig{})
	w.lose = func(Message) bool { return true }
	w.settle()
	before := w.now
	for _, want := range []float64{4, 8, 16, 32, 64, 64} {
		w.now = c.Deadline()
		require.InDelta(t, want, w.now.Sub(before).Seconds(), 1)
		before = w.now
		w.settle()
	}
	require.Equal(t, Selecting, c.State())
}

// RFC 2131, Section 3.1, step 5: when the ACK does not come, the client begins anew after about a minute.
func TestALostACK(t *testing.T) {
	w := newWorld(t, config())
	c := w.client(1, ClientConfig{})
	w.lose = func(m Message) bool { return m.Type == ACK }
	w.until(55 * time.Second)
	require.Equal(t, "DISCOVER OFFER REQUEST ACK REQUEST ACK REQUEST ACK REQUEST ACK", w.messages())
	require.Equal(t, Requesting, c.State())
	w.until(65 * time.Second)
	require.Contains(t, w.messages(), "DISCOVER OFFER REQUEST ACK REQUEST ACK REQUEST ACK REQUEST ACK DISCOVER")
	w.lose = func(Message) bool { return false }
	w.until(2 * time.Minute)
	require.Equal(t, Bound, c.State())
}

// RFC 2131, Sections 3.1 and 4.3.3: an address that somebody has is declined, and left alone.
func TestDecline(t *testing.T) {
	w := newWorld(t, config())
	w.taken[addr("10.0.0.100")] = true
	c := w.client(1, ClientConfig{})
	w.until(0)
	require.Equal(t, "DISCOVER OFFER REQUEST ACK DECLINE", w.messages())
	require.Equal(t, Init, c.State())
	w.until(9 * time.Second)
	require.Equal(t, Init, c.State(), "it waits ten seconds")
	w.until(10 * time.Second)
	lease, _ := c.Lease()
	require.Equal(t, netip.MustParsePrefix("10.0.0.101/24"), lease.Address)
	require.Equal(t, uint64(1), w.server.Counters().Declines)
	require.Equal(t, "in use by somebody else", w.server.Leases()[0].State)
	w.until(11 * time.Minute)
	require.Len(t, w.server.Leases(), 1, "later it is tried again")
}

// RFC 2131, Section 3.2: a client that had an address asks for it again.
func TestReboot(t *testing.T) {
	w := newWorld(t, config())
	first := w.client(1, ClientConfig{})
	w.until(0)
	w.clients, w.sent = nil, nil
	again := w.client(1, ClientConfig{Reboot: addr("10.0.0.100")})
	w.until(time.Second)
	require.Equal(t, "REQUEST ACK", w.messages())
	require.Equal(t, Bound, again.State())
	require.Equal(t, Bound, first.State())

	// RFC 2131, Section 4.3.2: wrong network, wrong address, unknown client.
	w.clients, w.sent = nil, nil
	w.client(1, ClientConfig{Reboot: addr("192.168.0.5")})
	w.until(2 * time.Second)
	require.Equal(t, "REQUEST NAK DISCOVER OFFER REQUEST ACK", w.messages())
	w.clients, w.sent = nil, nil
	w.client(1, ClientConfig{Reboot: addr("10.0.0.102")})
	w.until(3 * time.Second)
	require.Equal(t, "REQUEST NAK DISCOVER OFFER REQUEST ACK", w.messages())
	w.clients, w.sent = nil, nil
	unknown := w.client(9, ClientConfig{Reboot: addr("10.0.0.102")})
	w.until(4 * time.Second)
	require.Equal(t, "REQUEST", w.messages(), "the server is silent")
	w.until(2 * time.Minute)
	require.Equal(t, Bound, unknown.State(), "it gives up and begins anew")
}

// RFC 2131, Section 4.4.6.
func TestRelease(t *testing.T) {
	w := newWorld(t, config())
	c := w.client(1, ClientConfig{})
	w.until(0)
	c.Release(w.now)
	w.until(time.Second)
	require.Equal(t, Stopped, c.State())
	require.True(t, strings.HasSuffix(w.messages(), "RELEASE"))
	require.Equal(t, netip.MustParseAddrPort("10.0.0.1:67"), w.to[len(w.to)-1])
	require.Empty(t, w.server.Leases())
	require.Equal(t, netip.MustParsePrefix("10.0.0.100/24"), w.actions[len(w.actions)-1].Remove)
	require.True(t, c.Deadline().IsZero())
}

// A NAK while the lease runs takes the address at once (RFC 2131, Section 4.4.5).
func TestANAKInTheMiddle(t *testing.T) {
	w := newWorld(t, config())
	c := w.client(1, ClientConfig{})
	w.until(0)
	other := config()
	other.Address, other.First, other.Last = netip.MustParsePrefix("10.9.0.1/24"), addr("10.9.0.100"), addr("10.9.0.100")
	server, err := NewServer(other, nil)
	require.NoError(t, err)
	w.server = server
	w.until(6 * time.Minute)
	lease, _ := c.Lease()
	require.Equal(t, netip.MustParsePrefix("10.9.0.100/24"), lease.Address)
	require.Contains(t, w.said, "has to give its address up: the server says the address is not on this network")
}

func TestLeasesForEver(t *testing.T) {
	c := config()
	c.Lease = Forever
	w := newWorld(t, c)
	client := w.client(1, ClientConfig{})
	w.until(0)
	lease, ok := client.Lease()
	require.True(t, ok)
	require.True(t, lease.Expires.IsZero())
	require.True(t, client.Deadline().IsZero())
	require.True(t, w.server.Deadline().IsZero())
}

// What is not for a client is ignored: another transaction, another client's, a request, garbage.
func TestForeignMessages(t *testing.T) {
	w := newWorld(t, config())
	w.lose = func(Message) bool { return true }
	c := w.client(1, ClientConfig{})
	w.settle()
	good := Message{Reply: true, Type: Offer, ID: c.id, Hardware: c.cfg.Hardware, Your: addr("10.0.0.100"), ServerID: addr("10.0.0.1"), Lease: time.Hour}
	for _, change := range []func(m *Message){
		func(m *Message) { m.ID++ }, func(m *Message) { m.Hardware[5]++ }, func(m *Message) { m.Reply = false }, func(m *Message) { m.Type = ACK },
		func(m *Message) { m.Your = addr("127.0.0.1") }, func(m *Message) { m.Your = netip.Addr{} }, func(m *Message) { m.ServerID = netip.Addr{} },
	} {
		m := good
		change(&m)
		c.Receive(w.now, m.Append(nil))
		require.Equal(t, Selecting, c.State())
	}
	c.Receive(w.now, []byte("garbage"))
	c.Receive(w.now, good.Append(nil))
	require.Equal(t, Requesting, c.State())
}

// A server that refuses what it has offered is not asked without end.
func TestAServerThatAlwaysRefuses(t *testing.T) {
	w := newWorld(t, config())
	c := w.client(1, ClientConfig{})
	c.Advance(w.now)
	refusals := 0
	for w.now.Before(epoch().Add(10 * time.Minute)) {
		for a, ok := c.Action(); ok; a, ok = c.Action() {
			m, err := Parse(a.Send.Octets)
			require.NoError(t, err)
			reply := Message{Reply: true, Type: Offer, ID: m.ID, Hardware: m.Hardware, Your: addr("10.0.0.100"), ServerID: addr("10.0.0.1")}
			if m.Type == Request {
				reply.Type, refusals = NAK, refusals+1
			}
			c.Receive(w.now, reply.Append(nil))
		}
		w.now = c.Deadline()
		c.Advance(w.now)
	}
	require.Less(t, refusals, 20)
	require.Greater(t, refusals, 5)
}
