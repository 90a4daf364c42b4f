package link

import (
	"bytes"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// pair is two ends of a tunnel on a clock of their own, and the wire between them.
type pair struct {
	t    *testing.T
	now  time.Time
	a, b *tunnelPeer
	told []string // what both were told
	lose func(octets []byte) bool
	seen [][]byte // every datagram that was on the wire
}

func newPair(t *testing.T, key string, change ...func(a, b *tunnelPeer)) *pair {
	p := &pair{t: t, now: time.Unix(1_700_000_000, 0)}
	addrs := [2]netip.AddrPort{netip.MustParseAddrPort("192.0.2.1:7001"), netip.MustParseAddrPort("192.0.2.2:7002")}
	end := func(peer netip.AddrPort) *tunnelPeer {
		e := &tunnelPeer{carries: IPPackets, mtu: 1400, addr: peer, fixed: true}
		if key != "" {
			e.key, e.fixed = []byte(key), false
		}
		return e
	}
	p.a, p.b = end(addrs[1]), end(addrs[0])
	p.a.salt, p.b.salt = 1, 2
	for _, c := range change {
		c(p.a, p.b)
	}
	p.a.begin(p.now)
	p.b.begin(p.now.Add(time.Millisecond))
	return p
}

func (p *pair) addr(e *tunnelPeer) netip.AddrPort {
	if e == p.a {
		return netip.MustParseAddrPort("192.0.2.1:7001")
	}
	return netip.MustParseAddrPort("192.0.2.2:7002")
}

// carry carries datagrams until there are no more, and returns the packets that arrived.
func (p *pair) carry() (packets []string) {
	for len(p.a.out)+len(p.b.out) > 0 {
		for _, e := range []*tunnelPeer{p.a, p.b} {
			out, other := e.out, p.b
			if e == p.b {
				other = p.a
			}
			e.out = nil
			for _, d := range out {
				p.seen = append(p.seen, d.octets)
				if p.lose != nil && p.lose(d.octets) || d.to != p.addr(other) {
					continue
				}
				if packet := other.receive(p.now, p.addr(e), bytes.Clone(d.octets)); packet != nil {
					packets = append(packets, string(packet))
				}
			}
		}
	}
	for _, e := range []*tunnelPeer{p.a, p.b} {
		for _, event := range e.events {
			p.told = append(p.told, event.Say)
		}
		e.events = nil
	}
	return packets
}

// pass lets time pass.
func (p *pair) pass(d time.Duration) {
	for end := p.now.Add(d); p.now.Before(end); {
		p.now = p.now.Add(250 * time.Millisecond)
		p.a.advance(p.now)
		p.b.advance(p.now)
		p.carry()
	}
}

func (p *pair) send(e *tunnelPeer, packet string) []string {
	e.send(p.now, e.addr, tunnelData, []byte(packet))
	return p.carry()
}

func TestTunnelCarriesPackets(t *testing.T) {
	for _, key := range []string{"", "a secret key"} {
		p := newPair(t, key)
		p.carry()
		require.Equal(t, []string{"the peer 192.0.2.2:7002 is there", "the peer 192.0.2.1:7001 is there"}, p.told)
		require.Equal(t, []string{"to b"}, p.send(p.a, "to b"))
		require.Equal(t, []string{"to a"}, p.send(p.b, "to a"))
		p.told = nil
		p.pass(time.Hour)
		require.Empty(t, p.told, "signs of life keep it up")
	}
}

func TestTunnelPeerStartsLater(t *testing.T) {
	p := newPair(t, "")
	p.lose = func([]byte) bool { return true }
	p.pass(30 * time.Second)
	require.Empty(t, p.told)
	p.lose = nil
	p.pass(2 * time.Second)
	require.Len(t, p.told, 2)
}

// Whichever datagrams of the handshake are lost, both sides agree soon.
func TestTunnelAgreesWhateverIsLost(t *testing.T) {
	for lost := range 1 << 6 {
		p := newPair(t, "")
		n := 0
		p.lose = func([]byte) bool { n++; return n <= 6 && lost>>(n-1)&1 == 1 }
		p.pass(10 * time.Second)
		require.Len(t, p.told, 2, "lost: %b", lost)
		require.Equal(t, []string{"x"}, p.send(p.a, "x"))
		require.Equal(t, []string{"y"}, p.send(p.b, "y"))
	}
}

func TestTunnelPeerStartsAnewOrVanishes(t *testing.T) {
	p := newPair(t, "a secret key")
	p.carry()
	p.told = nil
	addr, key := p.b.addr, p.b.key
	p.now = p.now.Add(time.Second)
	*p.b = tunnelPeer{carries: IPPackets, mtu: 1400, addr: addr, key: key, salt: 2}
	p.b.begin(p.now)
	p.carry()
	require.Contains(t, p.told, "the peer 192.0.2.2:7002 has started anew")
	require.Equal(t, []string{"x"}, p.send(p.a, "x"))

	p.told = nil
	p.lose = func([]byte) bool { return true }
	p.pass(15 * time.Second)
	require.Empty(t, p.told)
	p.pass(10 * time.Second)
	require.Len(t, p.told, 2)
	require.Contains(t, p.told[0], "is silent since 16 s")
	require.Empty(t, p.send(p.a, "x"))

	p.lose, p.told = nil, nil
	p.pass(2 * time.Second)
	require.Equal(t, 2, strings.Count(strings.Join(p.told, "\n"), "is there"))

	p.told = nil
	p.b.bye(p.now)
	p.carry()
	require.Contains(t, p.told, "the peer 192.0.2.2:7002 has left")
}

// What somebody has recorded is worth nothing: not in its session, not in a later one, not when the peer is gone.
func TestTunnelRefusesWhatWasThereBefore(t *testing.T) {
	p := newPair(t, "a secret key")
	p.carry()
	p.send(p.b, "an order for a pizza")
	again := func() {
		recorded := p.seen
		own, peer := p.a.own, p.a.peer
		for _, b := range recorded {
			require.Nil(t, p.a.receive(p.now, p.addr(p.b), bytes.Clone(b)))
		}
		require.Equal(t, own, p.a.own)
		require.Equal(t, peer, p.a.peer)
		p.a.out, p.b.out = nil, nil
	}
	again()
	addr, key := p.b.addr, p.b.key
	p.now = p.now.Add(time.Second)
	*p.b = tunnelPeer{carries: IPPackets, mtu: 1400, addr: addr, key: key, salt: 2}
	p.b.begin(p.now)
	p.carry()
	again()
	p.lose = func([]byte) bool { return true }
	p.pass(30 * time.Second)
	require.Zero(t, p.a.peer)
	again()
}

func TestTunnelThrowsAwayWhatIsWrong(t *testing.T) {
	key := "a secret key"
	for _, c := range []struct {
		name string
		key  string
		why  tunnelFault
		from string
		make func(p *pair) []byte
	}{
		{"noise", key, notTunnel, "", func(*pair) []byte { return []byte("GET / HTTP/1.1") }},
		{"empty", key, notTunnel, "", func(*pair) []byte { return nil }},
		{"another version", key, wrongVersion, "", func(p *pair) []byte { b := p.b.seal(nil, tunnelData, nil); b[4] = 9; return b }},
		{"another key", key, wrongTag, "", func(p *pair) []byte {
			p.b.key = []byte("a secret kez")
			return p.b.seal(nil, tunnelData, []byte("x"))
		}},
		{"no key", key, wrongTag, "", func(p *pair) []byte { p.b.key = nil; return p.b.seal(nil, tunnelData, []byte("x")) }},
		{"a bit changed", key, wrongTag, "", func(p *pair) []byte { b := p.b.seal(nil, tunnelData, []byte("x")); b[tunnelHeader] ^= 1; return b }},
		{"another address", "", wrongSource, "192.0.2.9:7002", func(p *pair) []byte { return p.b.seal(nil, tunnelData, []byte("x")) }},
		{"another port", "", wrongSource, "192.0.2.2:7003", func(p *pair) []byte { return p.b.seal(nil, tunnelData, []byte("x")) }},
		{"a kind that is not", "", malformed, "", func(p *pair) []byte { return p.b.seal(nil, 9, nil) }},
		{"a hello cut short", "", malformed, "", func(p *pair) []byte { return p.b.seal(nil, tunnelHello, make([]byte, 10)) }},
		{"a hello too long", "", malformed, "", func(p *pair) []byte { return p.b.seal(nil, tunnelHello, make([]byte, 1000)) }},
		{"a hello for packets of no octets", "", malformed, "", func(p *pair) []byte { return p.b.seal(nil, tunnelHello, make([]byte, helloFixed)) }},
		{"frames", "", wrongCarries, "", func(p *pair) []byte { p.b.carries = EthernetFrames; return p.b.seal(nil, tunnelData, nil) }},
		{"another session", "", wrongSession, "", func(p *pair) []byte { p.b.own++; return p.b.seal(nil, tunnelData, nil) }},
		{"our own", "", wrongSession, "", func(p *pair) []byte { p.b.own = p.a.own; return p.b.seal(nil, tunnelData, nil) }},
		{"the same number", "", replayed, "", func(p *pair) []byte { p.b.sequence--; return p.b.seal(nil, tunnelData, nil) }},
		{"too large", "", tooLarge, "", func(p *pair) []byte { return p.b.seal(nil, tunnelData, make([]byte, 1401)) }},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := newPair(t, c.key)
			p.carry()
			from := p.addr(p.b)
			if c.from != "" {
				from = netip.MustParseAddrPort(c.from)
			}
			b := c.make(p)
			for range 1000 {
				require.Nil(t, p.a.receive(p.now, from, bytes.Clone(b)))
			}
			require.Empty(t, p.a.out, "no answer")
			total := uint64(0)
			for _, n := range p.a.thrown {
				total += n
			}
			require.Equal(t, uint64(1000), total)
			require.NotZero(t, p.a.thrown[c.why])
			require.Len(t, p.a.events, 1, "told once")
			require.Contains(t, p.a.events[0].Say, "datagrams thrown away: 1 "+c.why.String())
			p.a.advance(p.now.Add(tellEvery))
			require.Len(t, p.a.events, 2, "and later how many more")
			require.Contains(t, p.a.events[1].Say, "999 ")
		})
	}
}

func TestTunnelAgreesOnTheSmallerMTU(t *testing.T) {
	p := newPair(t, "", func(a, b *tunnelPeer) { b.mtu = 1000; b.greeting = []byte("hello \xff") })
	p.carry()
	require.Equal(t, 1000, p.a.room())
	require.Equal(t, 1000, p.b.room())
	require.Contains(t, strings.Join(p.told, "\n"), "so that 1000 is the limit")
}

// With a key the peer may come from anywhere, and move; hellos that were signed by nobody get no answer.
func TestTunnelWithAKeyFollowsItsPeer(t *testing.T) {
	p := newPair(t, "a secret key", func(a, b *tunnelPeer) { a.addr = netip.AddrPort{} })
	require.Empty(t, p.a.out, "nobody to greet")
	p.carry()
	require.Equal(t, p.addr(p.b), p.a.addr)
	require.Equal(t, []string{"x"}, p.send(p.a, "x"))
}

func TestReplayWindow(t *testing.T) {
	var w replayWindow
	for n := uint64(1); n < 5000; n += 2 {
		require.True(t, w.see(n))
		require.False(t, w.see(n))
		if n > 9 {
			require.True(t, w.see(n-9), "late, but not seen")
			require.False(t, w.see(n-9))
		}
	}
	require.True(t, w.see(1_000_000))
	require.False(t, w.see(4999))
	require.True(t, w.see(1_000_000-900))
	require.False(t, w.see(1_000_000-960))
	require.True(t, w.see(1<<63))
	require.True(t, w.see(1<<64-1))
}

// FuzzTunnel gives datagrams to a tunnel: whatever they are, it answers none with more than one, and lets no packet
// through that is larger than it takes.
func FuzzTunnel(f *testing.F) {
	for _, key := range []string{"", "a secret key"} {
		p := newPair(&testing.T{}, key)
		p.carry()
		p.send(p.b, "x")
		for _, b := range p.seen {
			if key != "" {
				b = b[:len(b)-tunnelTag]
			}
			f.Add(b, key != "")
		}
	}
	f.Fuzz(func(t *testing.T, b []byte, keyed bool) {
		key := ""
		if keyed {
			key = "a secret key"
			b = append(b, tagOf(b, []byte(key))...) // as a peer that has the key and is hostile all the same
		}
		p := newPair(t, key)
		p.carry()
		sessions := p.a.own
		packet := p.a.receive(p.now, p.addr(p.b), b)
		require.LessOrEqual(t, len(packet), 1400)
		require.LessOrEqual(t, len(p.a.out), 1)
		require.LessOrEqual(t, len(p.a.events), 2)
		require.GreaterOrEqual(t, p.a.own, sessions)
	})
}
