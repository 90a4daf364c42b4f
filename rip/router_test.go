package rip

import (
	"fmt"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// RFC 2453, Section 3.8: updates every 30 seconds, give or take 5.
func TestRegularUpdates(t *testing.T) {
	n := newNetwork()
	r := n.add(Config{}, "r1", "h1-r1 10.0.1.1/24", "r1-r2 10.0.12.1/24")
	n.start()
	last, different := n.now, map[time.Duration]bool{}
	for range 100 {
		next := r.Deadline()
		gap := next.Sub(last)
		require.GreaterOrEqual(t, gap, 25*time.Second)
		require.LessOrEqual(t, gap, 35*time.Second)
		different[gap] = true
		n.now, last = next, next
		r.Advance(n.now)
		out, ok := r.Next()
		require.True(t, ok)
		m, err := Parse(out.Octets)
		require.NoError(t, err)
		require.Equal(t, Response, m.Command)
		require.Equal(t, netip.AddrPortFrom(netip.MustParseAddr("224.0.0.9"), 520), out.To, "RFC 2453, Section 4.5")
		n.settle()
	}
	require.Greater(t, len(different), 90, "RFC 2453, Section 3.8: so that routers do not fall into step")
}

// RFC 2453, Section 3.4.3: a neighbour is told that what was learnt from it cannot be reached this way.
func TestPoisonedReverse(t *testing.T) {
	for _, c := range []struct {
		horizon Horizon
		metric  uint32 // 0: not told of
	}{{PoisonedReverse, 16}, {SplitHorizon, 0}, {NoHorizon, 3}} {
		r, n := lone(Config{Horizon: c.horizon})
		r.Receive(n.now, 1, neighbour, unhex(t, header+"0002 0000 0a000900 ffffff00 00000000 00000002"), 0)
		told := updates(t, r)
		require.Equal(t, c.metric, told[1]["10.0.9.0/24"], c.horizon)
		require.Equal(t, uint32(3), told[0]["10.0.9.0/24"])
	}
}

var neighbour = netip.MustParseAddrPort("10.0.12.2:520")

// lone returns a started router on two networks, of which neighbour is on the second, with nothing to send.
func lone(cfg Config) (*node, *network) {
	n := newNetwork()
	r := n.add(cfg, "r1", "h1-r1 10.0.1.1/24", "r1-r2 10.0.12.1/24")
	n.start()
	n.now = n.now.Add(10 * time.Second) // triggered updates may go at once
	n.events = nil
	return r, n
}

// updates returns the metrics of what the router sends, by interface and network.
func updates(t *testing.T, r *node) map[int]map[string]uint32 {
	told := map[int]map[string]uint32{0: {}, 1: {}}
	for out, ok := r.Next(); ok; out, ok = r.Next() {
		m, err := Parse(out.Octets)
		require.NoError(t, err)
		for _, e := range m.Entries {
			told[out.Interface][e.Prefix.String()] = e.Metric
		}
	}
	return told
}

// RFC 2453, Section 3.9.2: what is checked before a response is believed.
func TestResponsesThatAreIgnored(t *testing.T) {
	good := header + "0002 0000 0a000900 ffffff00 00000000 00000002"
	for _, c := range []struct {
		name, from, hex string
		say             string
	}{
		{"from another port", "10.0.12.2:1024", good, "r1 ignores routes from port 1024 of 10.0.12.2: routers speak from port 520"},
		{"not from a neighbour", "10.0.77.2:520", good, "r1 ignores a message from 10.0.77.2, which is no neighbour on r1-r2"},
		{"its own", "10.0.12.1:520", good, "r1 ignores a message of its own"},
		{"malformed", "10.0.12.2:520", good + "00", "r1 ignores a message from 10.0.12.2: message does not end with an entry"},
		{"version 1", "10.0.12.2:520", strings.Replace(good, "02 02", "02 01", 1), "r1 ignores a message from 10.0.12.2: not version 2"},
		{"metric 0", "10.0.12.2:520", header + "0002 0000 0a000900 ffffff00 00000000 00000000", "r1 ignores what 10.0.12.2 says of a network: its metric is 0"},
		{"metric 17", "10.0.12.2:520", header + "0002 0000 0a000900 ffffff00 00000000 00000011", "r1 ignores what 10.0.12.2 says of a network: its metric is 17"},
		{"loopback", "10.0.12.2:520", header + "0002 0000 7f000000 ff000000 00000000 00000001", "r1 ignores what 10.0.12.2 says of a network: 127.0.0.0/8 is a network of no hosts"},
		{"multicast", "10.0.12.2:520", header + "0002 0000 e0000000 ff000000 00000000 00000001", "r1 ignores what 10.0.12.2 says of a network: 224.0.0.0/8 is a network of no hosts"},
		{"mask", "10.0.12.2:520", header + "0002 0000 0a000900 ff00ff00 00000000 00000001", "r1 ignores what 10.0.12.2 says of a network: its mask does not fit its address"},
		{"family", "10.0.12.2:520", header + "0003 0000 0a000900 ffffff00 00000000 00000001", "r1 ignores what 10.0.12.2 says of a network: its address is of family 3"},
		{"unreachable and unknown", "10.0.12.2:520", header + "0002 0000 0a000900 ffffff00 00000000 00000010", ""},
		{"its own network", "10.0.12.2:520", header + "0002 0000 0a000100 ffffff00 00000000 00000001", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			r, n := lone(Config{})
			r.Receive(n.now, 1, netip.MustParseAddrPort(c.from), unhex(t, c.hex), 0)
			require.Len(t, r.Routes(), 2)
			_, changed := r.NextChange()
			require.False(t, changed)
			require.Equal(t, c.say, strings.Join(n.events, "\n"))
			counters := r.Counters()
			require.Equal(t, c.say != "", counters.BadMessages+counters.BadEntries == 1)
		})
	}
}

// RFC 2453, Section 4.1.
func TestPassword(t *testing.T) {
	open := unhex(t, header+"0002 0000 0a000900 ffffff00 00000000 00000002")
	closed := unhex(t, header+secret+"0002 0000 0a000900 ffffff00 00000000 00000002")
	for _, c := range []struct {
		password string
		message  []byte
		learns   bool
	}{{"", open, true}, {"", closed, false}, {"opensesame", closed, true}, {"opensesame", open, false}, {"opensesam", closed, false}} {
		r, n := lone(Config{Password: c.password})
		r.Receive(n.now, 1, neighbour, c.message, 0)
		require.Equal(t, c.learns, len(r.Routes()) == 3, c.password)
	}
	r, n := lone(Config{Password: "opensesame"})
	r.Receive(n.now, 1, neighbour, closed, 0)
	out, _ := r.Next()
	m, err := Parse(out.Octets)
	require.NoError(t, err)
	require.Equal(t, "opensesame", m.Password)
}

// RFC 2453, Section 4.4: packets go to the next hop that is named if it is on the link.
func TestNextHop(t *testing.T) {
	for hop, want := range map[string]string{"0a000c09": "10.0.12.9", "0a004d09": "10.0.12.2", "00000000": "10.0.12.2", "0a000c01": "10.0.12.2"} {
		r, n := lone(Config{})
		r.Receive(n.now, 1, neighbour, unhex(t, header+"0002 0000 0a000900 ffffff00 "+hop+" 00000002"), 0)
		c, ok := r.NextChange()
		require.True(t, ok)
		require.Equal(t, Change{Prefix: prefix("10.0.9.0/24"), Via: netip.MustParseAddr(want), Interface: 1, Metric: 3}, c)
	}
}

// RFC 2453, Section 4.2: a tag is handed on.
func TestRouteTag(t *testing.T) {
	r, n := lone(Config{})
	r.Receive(n.now, 1, neighbour, unhex(t, header+route1), 0)
	out, _ := r.Next()
	m, _ := Parse(out.Octets)
	require.Equal(t, uint16(7), m.Entries[0].Tag)
}

// RFC 2453, Section 3.9.1.
func TestRequests(t *testing.T) {
	r, n := lone(Config{})
	r.Receive(n.now, 1, neighbour, unhex(t, header+route1), 0)
	updates(t, r)
	monitor := netip.MustParseAddrPort("10.0.12.7:5555")

	r.Receive(n.now, 1, neighbour, unhex(t, wantAll), 0)
	out, ok := r.Next()
	require.True(t, ok)
	require.Equal(t, neighbour, out.To)
	m, _ := Parse(out.Octets)
	require.Len(t, m.Entries, 2)
	require.Equal(t, uint32(Infinity), m.Entries[1].Metric, "with split horizon")

	// Single networks are told without split horizon, unknown ones as unreachable, to whatever port.
	r.Receive(n.now, 1, monitor, unhex(t, "01 02 0000"+route1+route2), 0)
	out, ok = r.Next()
	require.True(t, ok)
	require.Equal(t, monitor, out.To)
	m, _ = Parse(out.Octets)
	require.Equal(t, uint32(4), m.Entries[0].Metric)
	require.Equal(t, uint32(Infinity), m.Entries[1].Metric)

	r.Receive(n.now, 1, neighbour, unhex(t, "01 02 0000"), 0)
	_, ok = r.Next()
	require.False(t, ok, "there is nothing to say to a request for nothing")
}

// RFC 2453, Section 3.10.1: the first change is told at once, those of the next 1 to 5 seconds together.
func TestTriggeredUpdates(t *testing.T) {
	r, n := lone(Config{})
	tell := func(third, metric byte) {
		b := unhex(t, header+"0002 0000 0a000900 ffffff00 00000000 00000002")
		b[10], b[23] = third, metric
		r.Receive(n.now, 1, neighbour, b, 0)
	}
	tell(9, 2)
	require.Equal(t, map[string]uint32{"10.0.9.0/24": 3}, updates(t, r)[0], "only what has changed")
	tell(10, 2)
	tell(11, 2)
	require.Empty(t, updates(t, r)[0])
	wait := r.Deadline().Sub(n.now)
	require.GreaterOrEqual(t, wait, time.Second)
	require.LessOrEqual(t, wait, 5*time.Second)
	n.now = r.Deadline()
	r.Advance(n.now)
	require.Equal(t, map[string]uint32{"10.0.10.0/24": 3, "10.0.11.0/24": 3}, updates(t, r)[0])

	// What a neighbour has lost is told of as unreachable, and forgotten after 120 seconds (RFC 2453, Section 3.8).
	n.now = n.now.Add(8 * time.Second)
	tell(9, 16)
	require.Equal(t, map[string]uint32{"10.0.9.0/24": 16}, updates(t, r)[0])
	require.Len(t, r.Routes(), 5)
	for range 3 {
		r.NextChange()
	}
	c, _ := r.NextChange()
	require.True(t, c.Removed)
	for _, again := range []byte{10, 11} {
		tell(again, 2)
	}
	for end := n.now.Add(121 * time.Second); r.Deadline().Before(end); {
		n.now = r.Deadline()
		r.Advance(n.now)
	}
	require.Len(t, r.Routes(), 4)
}

func TestRoutesAreBounded(t *testing.T) {
	r, n := lone(Config{MaxRoutes: 4})
	for i := range 10 {
		b := unhex(t, header+"0002 0000 0a000900 ffffff00 00000000 00000002")
		b[10] = byte(100 + i)
		r.Receive(n.now, 1, neighbour, b, 0)
	}
	require.Len(t, r.Routes(), 4)
	require.Equal(t, uint64(8), r.Counters().TooMany)
}

// A table that does not fit one message goes into several of at most 25 entries.
func TestLongTables(t *testing.T) {
	r, n := lone(Config{Password: "x"})
	for i := range 60 {
		m := Message{Command: Response, Password: "x", Entries: []Entry{{Family: 2, Prefix: prefix(fmt.Sprintf("10.9.%d.0/24", i)), Metric: 1}}}
		r.Receive(n.now, 1, neighbour, m.Append(nil), 0)
	}
	updates(t, r)
	r.Receive(n.now, 0, netip.MustParseAddrPort("10.0.1.9:520"), (&Message{Command: Request, Password: "x", Entries: []Entry{all()}}).Append(nil), 0)
	var sizes []int
	for out, ok := r.Next(); ok; out, ok = r.Next() {
		require.LessOrEqual(t, len(out.Octets), 504)
		m, _ := Parse(out.Octets)
		sizes = append(sizes, len(m.Entries))
	}
	require.Equal(t, []int{24, 24, 13}, sizes)
}

// A neighbour that has been silent for half the time is replaced by one that is as near.
func TestSwitchesToAnEqualThatSpeaks(t *testing.T) {
	r, n := lone(Config{})
	tells := unhex(t, header+"0002 0000 0a000900 ffffff00 00000000 00000002")
	r.Receive(n.now, 1, neighbour, tells, 0)
	other := netip.MustParseAddrPort("10.0.12.3:520")
	r.Receive(n.now, 1, other, tells, 0)
	require.Equal(t, neighbour.Addr(), r.Routes()[1].Via)
	n.now = n.now.Add(91 * time.Second)
	r.Receive(n.now, 1, other, tells, 0)
	require.Equal(t, other.Addr(), r.Routes()[1].Via)
}

func FuzzRouter(f *testing.F) {
	f.Add(unhex(f, header+route1+route2), uint16(520), uint8(5))
	f.Add(unhex(f, wantAll), uint16(9), uint8(200))
	f.Fuzz(func(t *testing.T, b []byte, port uint16, seconds uint8) {
		r, n := lone(Config{MaxRoutes: 10})
		for range 3 {
			r.Receive(n.now, 1, netip.AddrPortFrom(neighbour.Addr(), port), b, 0)
			n.now = n.now.Add(time.Duration(seconds) * time.Second)
			r.Advance(n.now)
			require.True(t, r.Deadline().After(n.now))
		}
		require.LessOrEqual(t, len(r.Routes()), 10)
		for out, ok := r.Next(); ok; out, ok = r.Next() {
			_, err := Parse(out.Octets)
			require.NoError(t, err)
		}
		for _, rt := range r.Routes() {
			require.True(t, rt.Metric >= 1 && rt.Metric <= Infinity)
		}
	})
}
