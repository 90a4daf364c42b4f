package ether

import (
	"fmt"
	"net/netip"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"netlab/ip"
)

// six takes the frames that are to go out, in words: "1>ff:00:02 fd00::1>ff02::1:ff00:2 who has fd00::2 (02:…:01)".
func (b *bench) six() []string {
	b.t.Helper()
	var lines []string
	for out, ok := b.s.Next(); ok; out, ok = b.s.Next() {
		eth, payload, err := Parse(out.Frame)
		require.NoError(b.t, err)
		require.Equal(b.t, TypeIPv6, eth.Type)
		h, data, err := ip.Parse(payload)
		require.NoError(b.t, err)
		line := fmt.Sprintf("%v %v>%v", eth.Dst, h.Src, h.Dst)
		if h.Protocol != ip.ICMPv6 {
			lines = append(lines, line+" packet")
			continue
		}
		m, err := ip.ParseICMP(h.Src, h.Dst, data)
		require.NoError(b.t, err)
		n, err := ip.ParseNeighbor(&h, &m)
		require.NoError(b.t, err, "what we send is valid: RFC 4861, Section 7.1")
		if m.Type == ip.NeighborSolicitation {
			lines = append(lines, fmt.Sprintf("%s who has %v, link %v", line, n.Target, n.HasLink))
		} else {
			lines = append(lines, fmt.Sprintf("%s %v is at %v, solicited %v, override %v, router %v", line, n.Target, MAC(n.Link), n.Solicited, n.Override, n.Router))
		}
	}
	return lines
}

func (b *bench) sendSix(to string) {
	h := ip.Header{Src: addr("fd00::1"), Dst: addr(to), Protocol: ip.UDP, TTL: 64, TotalLength: 48}
	p := make([]byte, 48)
	h.Put(p)
	b.s.Send(b.now, Packet{Octets: p, NextHop: addr(to)})
}

// neighbor lets a message of neighbor discovery arrive.
func (b *bench) neighbor(src, dst string, m ip.Message) {
	b.s.ReceiveNeighbor(b.now, &ip.Header{Src: addr(src), Dst: addr(dst), TTL: 255, Protocol: ip.ICMPv6}, &m, 0, 0)
}

func advert(target string, from int, flags string) ip.Message {
	n := ip.Neighbor{Target: addr(target)}
	if from > 0 {
		n.Link, n.HasLink = card(from), true
	}
	for _, f := range flags {
		switch f {
		case 'S':
			n.Solicited = true
		case 'O':
			n.Override = true
		}
	}
	return n.Advertisement()
}

// RFC 4861, Section 7.2.2: the question goes to the solicited-node group, the answer releases what waits.
func TestResolveIPv6(t *testing.T) {
	b := newBench(t, Config{}, "fd00::1/64")
	b.sendSix("fd00::2")
	require.Equal(t, []string{"33:33:ff:00:00:02 fd00::1>ff02::1:ff00:2 who has fd00::2, link true"}, b.six())
	b.neighbor("fd00::2", "fd00::1", advert("fd00::2", 2, "SO"))
	require.Equal(t, []string{"02:00:00:00:00:02 fd00::1>fd00::2 packet"}, b.six())
	require.Equal(t, "REACHABLE", b.state("fd00::2"))

	b.now = b.now.Add(time.Minute)
	b.sendSix("fd00::2")
	b.six()
	b.now = b.now.Add(delayFirstProbe)
	b.s.Advance(b.now)
	require.Equal(t, []string{"02:00:00:00:00:02 fd00::1>fd00::2 who has fd00::2, link true"}, b.six(), "a probe goes to the neighbour itself")
	require.Equal(t, "PROBE", b.state("fd00::2"))

	b.sendSix("fd00::9")
	b.six()
	for range 3 {
		b.now = b.now.Add(retransmit)
		b.s.Advance(b.now)
	}
	_, ok := b.s.NextFailure()
	require.True(t, ok)
}

// RFC 4861, Section 7.2.5 and Appendix C: what each advertisement makes of each state.
func TestAdvertisements(t *testing.T) {
	for _, c := range []struct {
		before, flags string
		from          int // whose hardware address it brings; 0: none
		state         string
		mac           int
	}{
		{"none", "SO", 3, "none", 0},
		{"INCOMPLETE", "SO", 3, "REACHABLE", 3},
		{"INCOMPLETE", "O", 3, "DELAY", 3}, // STALE, and what waited is sent
		{"INCOMPLETE", "SO", 0, "INCOMPLETE", 0},
		{"REACHABLE", "", 3, "STALE", 2}, // not sure: the old address is kept, but not trusted
		{"REACHABLE", "S", 3, "STALE", 2},
		{"REACHABLE", "O", 3, "STALE", 3},
		{"REACHABLE", "SO", 3, "REACHABLE", 3},
		{"REACHABLE", "", 2, "REACHABLE", 2},
		{"STALE", "", 3, "STALE", 2},
		{"STALE", "S", 2, "REACHABLE", 2},
		{"STALE", "S", 0, "REACHABLE", 2},
		{"STALE", "O", 3, "STALE", 3},
		{"STALE", "O", 2, "STALE", 2},
		{"PROBE", "S", 2, "REACHABLE", 2},
		{"PROBE", "S", 3, "PROBE", 2},
	} {
		t.Run(fmt.Sprintf("%s %s %d", c.before, c.flags, c.from), func(t *testing.T) {
			b := newBench(t, Config{}, "fd00::1/64")
			if c.before != "none" {
				b.sendSix("fd00::2")
			}
			if c.before != "none" && c.before != "INCOMPLETE" {
				b.neighbor("fd00::2", "fd00::1", advert("fd00::2", 2, "SO"))
			}
			if c.before == "STALE" || c.before == "PROBE" {
				b.now = b.now.Add(time.Minute)
			}
			if c.before == "PROBE" {
				b.sendSix("fd00::2")
				b.now = b.now.Add(delayFirstProbe)
				b.s.Advance(b.now)
			}
			require.Equal(t, c.before, b.state("fd00::2"))
			dst := "fd00::1"
			if c.flags == "" || c.flags == "O" {
				dst = "ff02::1"
			}
			b.neighbor("fd00::2", dst, advert("fd00::2", c.from, c.flags))
			require.Equal(t, c.state, b.state("fd00::2"))
			for _, n := range b.s.Neighbors(b.now) {
				want := MAC{}
				if c.mac > 0 {
					want = card(c.mac)
				}
				require.Equal(t, want, n.MAC)
			}
		})
	}
}

// RFC 4861, Sections 7.2.3 and 7.2.4.
func TestSolicitations(t *testing.T) {
	ask := func(target string, from int) ip.Message {
		n := ip.Neighbor{Target: addr(target)}
		if from > 0 {
			n.Link, n.HasLink = card(from), true
		}
		return n.Solicitation()
	}
	b := newBench(t, Config{Router: true}, "fd00::1/64")
	b.neighbor("fd00::2", "ff02::1:ff00:1", ask("fd00::1", 2))
	require.Equal(t, []string{"02:00:00:00:00:02 fd00::1>fd00::2 fd00::1 is at 02:00:00:00:00:01, solicited true, override true, router true"}, b.six())
	require.Equal(t, "STALE", b.state("fd00::2"))
	b.neighbor("fd00::2", "ff02::1:ff00:1", ask("fd00::1", 3))
	require.Len(t, b.six(), 1)
	require.Equal(t, card(3), b.s.Neighbors(b.now)[0].MAC)
	b.neighbor("fd00::2", "ff02::1:ff00:7", ask("fd00::7", 2))
	require.Empty(t, b.six(), "not ours")
	b.neighbor("fd00::5", "fd00::1", ask("fd00::1", 0))
	require.Empty(t, b.six(), "where to answer is not known")
	b.neighbor("::", "ff02::1:ff00:1", ask("fd00::1", 0))
	require.Equal(t, []string{"33:33:00:00:00:01 fd00::1>ff02::1 fd00::1 is at 02:00:00:00:00:01, solicited false, override true, router true"}, b.six(),
		"who checks the address is told that it is taken")
	m := ask("fd00::1", 2)
	b.s.ReceiveNeighbor(b.now, &ip.Header{Src: addr("fd00::2"), Dst: addr("fd00::1"), TTL: 254}, &m, 0, 0)
	require.Equal(t, uint64(1), b.s.Counters().BadARP, "a hop limit below 255 comes from another link")
	b.s.SetNeighbor(b.now, addr("fd00::4"), card(4))
	b.neighbor("fd00::4", "ff02::1:ff00:1", ask("fd00::1", 6))
	b.neighbor("fd00::4", "fd00::1", advert("fd00::4", 6, "SO"))
	for _, n := range b.s.Neighbors(b.now) {
		require.NotEqual(t, card(6), n.MAC, "what was entered by hand stays")
	}
}

// RFC 4862, Section 5.4: one question from nowhere; an answer, or the same question of another, means that it is taken.
func TestDuplicateAddressDetection(t *testing.T) {
	check := func() *bench {
		b := newBench(t, Config{})
		b.s.Check(b.now, netip.MustParsePrefix("fd00::1/64"))
		b.now = b.now.Add(probeWait)
		b.s.Advance(b.now)
		require.Equal(t, []string{"33:33:ff:00:00:01 ::>ff02::1:ff00:1 who has fd00::1, link false"}, b.six())
		return b
	}
	outcome := func(b *bench) bool {
		o, ok := b.s.NextOutcome()
		require.True(t, ok)
		require.Empty(t, b.six())
		return o.InUse
	}
	b := check()
	b.now = b.now.Add(retransmit)
	b.s.Advance(b.now)
	require.False(t, outcome(b))

	b = check()
	b.neighbor("fd00::1", "ff02::1", advert("fd00::1", 2, "O"))
	require.True(t, outcome(b))
	require.True(t, b.s.Deadline().IsZero())

	b = check()
	other := ip.Neighbor{Target: addr("fd00::1")}
	b.neighbor("::", "ff02::1:ff00:1", other.Solicitation())
	require.True(t, outcome(b))

	b = check()
	other = ip.Neighbor{Target: addr("fd00::1"), Link: card(2), HasLink: true}
	b.neighbor("fd00::2", "ff02::1:ff00:1", other.Solicitation())
	require.Empty(t, b.six(), "a tentative address answers nobody")
	require.Equal(t, "none", b.state("fd00::2"))
}

func FuzzNeighborDiscovery(f *testing.F) {
	f.Add(uint8(136), uint32(3<<29), append(make([]byte, 16), 2, 1, 2, 0, 0, 0, 0, 9))
	f.Add(uint8(135), uint32(0), append(make([]byte, 16), 1, 1, 2, 0, 0, 0, 0, 9))
	f.Fuzz(func(t *testing.T, kind uint8, rest uint32, data []byte) {
		b := newBench(t, Config{Neighbors: 4}, "fd00::1/64")
		b.sendSix("fd00::2")
		if len(data) >= 16 && data[0]%2 == 0 {
			target := addr("fd00::2").As16()
			copy(data, target[:])
		}
		m := ip.Message{Type: ip.NeighborSolicitation + ip.MessageType(kind%2), Rest: rest, Data: data}
		b.neighbor("fd00::2", "fd00::1", m)
		b.six()
		require.LessOrEqual(t, len(b.s.cache), 4)
	})
}
