package ip

import (
	"encoding/binary"
	"net/netip"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"netlab/trace"
	"netlab/wire"
)

// natRig is a router between the networks of two hosts inside, each on an interface, and the one outside.
type natRig struct {
	*rig
	now time.Time
}

const (
	insideA = iota
	insideB
	outsideI
)

var (
	hostA  = netip.MustParseAddr("10.0.1.10")
	hostB  = netip.MustParseAddr("10.0.2.10")
	public = netip.MustParseAddr("203.0.113.1") // of the router
	remote = netip.MustParseAddr("198.51.100.7")
	other  = netip.MustParseAddr("198.51.100.8")
)

func newNATRig(t testing.TB, cfg NATConfig) *natRig {
	r := &natRig{rig: &rig{t: t}, now: start}
	r.Node = New(Config{Forward: true, ID: 500}, trace.New("r1", r.emit))
	for i, p := range []string{"10.0.1.1/24", "10.0.2.1/24", "203.0.113.1/24"} {
		r.AddInterface(Interface{Name: []string{"a", "b", "out"}[i], Prefixes: []netip.Prefix{netip.MustParsePrefix(p)}, MTU: 1500})
	}
	r.AddRoute(Route{Prefix: netip.MustParsePrefix("0.0.0.0/0"), Via: netip.MustParseAddr("203.0.113.254"), Interface: outsideI})
	cfg.Outside = outsideI
	if cfg.Local == nil {
		cfg.Local = func(_ Protocol, own, _ netip.AddrPort) bool { return own.Port() == 520 }
	}
	require.NoError(t, r.SetNAT(cfg))
	return r
}

// segment returns a packet with right checksums. flags are those of TCP.
func segment(p Protocol, src, dst netip.AddrPort, flags byte, data string) []byte {
	header := map[Protocol]int{TCP: 20, UDP: 8}[p]
	b := make([]byte, header, header+len(data))
	b = append(b, data...)
	binary.BigEndian.PutUint16(b, src.Port())
	binary.BigEndian.PutUint16(b[2:], dst.Port())
	if p == UDP {
		binary.BigEndian.PutUint16(b[4:], uint16(len(b)))
	} else {
		b[12], b[13] = 5<<4, flags
	}
	sum := ^wire.Sum(wire.PseudoSum(src.Addr(), dst.Addr(), uint8(p), len(b)), b)
	binary.BigEndian.PutUint16(b[checksumAt(p):], sum)
	return packet(Header{TTL: 64, Protocol: p, Src: src.Addr(), Dst: dst.Addr()}, b)
}

func at(a netip.Addr, port uint16) netip.AddrPort { return netip.AddrPortFrom(a, port) }

// passesTo gives the router a packet and returns where it went, and both its ends as they are now.
func (r *natRig) passesTo(iface int, b []byte) (to int, src, dst netip.AddrPort) {
	r.t.Helper()
	before := slices.Clone(b)
	_, ok := r.Receive(r.now, iface, b, 7, 3)
	require.False(r.t, ok, "it was for the router itself")
	require.Equal(r.t, before, b, "the packet that arrived is not touched")
	out, h, payload := r.sent()
	require.True(r.t, out.Forwarded, "an answer of the router's own")
	r.rightChecksums(h, payload)
	f, ok := natFlow(&h, payload)
	require.True(r.t, ok)
	return out.Interface, f.src, f.dst
}

// rightChecksums checks what a packet carries; Parse has checked the header's own.
func (r *natRig) rightChecksums(h Header, payload []byte) {
	r.t.Helper()
	switch h.Protocol {
	case TCP, UDP:
		require.Equal(r.t, uint16(0xffff), wire.Sum(wire.PseudoSum(h.Src, h.Dst, uint8(h.Protocol), len(payload)), payload))
	case ICMP:
		require.Equal(r.t, uint16(0xffff), wire.Sum(0, payload))
	}
}

// refuses gives the router a packet that it must throw away, with these words.
func (r *natRig) refuses(iface int, b []byte, say string) {
	r.t.Helper()
	_, ok := r.Receive(r.now, iface, b, 7, 3)
	require.False(r.t, ok)
	r.silent()
	require.Equal(r.t, say, r.events[len(r.events)-1].Text())
	require.Equal(r.t, trace.Discarded, r.events[len(r.events)-1].Kind)
}

const (
	sayUnsolicited = "discards the packet: nobody inside has a session that it could belong to"
	sayFiltered    = "discards the packet: the endpoint inside has never sent anything to its sender"
)

func TestNATThereAndBack(t *testing.T) {
	for _, p := range []Protocol{UDP, TCP} {
		r := newNATRig(t, NATConfig{})
		to, src, dst := r.passesTo(insideA, segment(p, at(hostA, 40000), at(remote, 80), tcpSYN, "question"))
		require.Equal(t, []any{outsideI, at(public, 40000), at(remote, 80)}, []any{to, src, dst})
		e := r.events[len(r.events)-1]
		require.Equal(t, trace.Translated, e.Kind)
		require.Equal(t, "translates the source 10.0.1.10:40000 into 203.0.113.1:40000: a new session with 198.51.100.7:80", e.Text())
		require.Equal(t, []trace.Change{{Name: "source", Old: "10.0.1.10:40000", New: "203.0.113.1:40000"}}, e.Changes)
		require.Equal(t, trace.ID(7), e.Cause)

		to, src, dst = r.passesTo(outsideI, segment(p, at(remote, 80), at(public, 40000), tcpSYN, "answer"))
		require.Equal(t, []any{insideA, at(remote, 80), at(hostA, 40000)}, []any{to, src, dst})
		require.Equal(t, "translates the destination 203.0.113.1:40000 into 10.0.1.10:40000", r.events[len(r.events)-1].Text())
		require.Equal(t, []NATSession{{p, at(hostA, 40000), at(public, 40000), at(remote, 80)}}, r.NATSessions())
		require.Equal(t, uint64(2), r.Counters().Translated)
	}
}

// What goes from one network inside to another is not translated.
func TestNATLeavesTheInsideAlone(t *testing.T) {
	r := newNATRig(t, NATConfig{})
	to, src, dst := r.passesTo(insideA, segment(UDP, at(hostA, 40000), at(hostB, 7), 0, "x"))
	require.Equal(t, []any{insideB, at(hostA, 40000), at(hostB, 7)}, []any{to, src, dst})
	require.Empty(t, r.NATSessions())
}

// RFC 4787, Section 4.1: whether an endpoint inside has one address outside or several.
func TestNATMapping(t *testing.T) {
	for kind, want := range map[Dependence]int{EndpointIndependent: 1, AddressDependent: 2, AddressAndPortDependent: 3} {
		r := newNATRig(t, NATConfig{Mapping: kind})
		ports := map[netip.AddrPort]bool{}
		for _, dst := range []netip.AddrPort{at(remote, 80), at(remote, 81), at(other, 80), at(remote, 80)} {
			_, src, _ := r.passesTo(insideA, segment(UDP, at(hostA, 40000), dst, 0, "x"))
			ports[src] = true
			to, _, back := r.passesTo(outsideI, segment(UDP, dst, src, 0, "y"))
			require.Equal(t, []any{insideA, at(hostA, 40000)}, []any{to, back})
		}
		require.Len(t, ports, want, kind)
	}
}

// RFC 4787, Section 5: who may answer.
func TestNATFiltering(t *testing.T) {
	for _, c := range []struct {
		filtering                 Dependence
		samePort, sameAddr, else_ bool
	}{
		{EndpointIndependent, true, true, true},
		{AddressDependent, true, true, false},
		{AddressAndPortDependent, true, false, false},
	} {
		r := newNATRig(t, NATConfig{Filtering: c.filtering})
		r.passesTo(insideA, segment(UDP, at(hostA, 40000), at(remote, 80), 0, "x"))
		for src, passes := range map[netip.AddrPort]bool{at(remote, 80): c.samePort, at(remote, 81): c.sameAddr, at(other, 80): c.else_} {
			b := segment(UDP, src, at(public, 40000), 0, "y")
			if !passes {
				r.refuses(outsideI, b, sayFiltered)
				continue
			}
			_, _, dst := r.passesTo(outsideI, b)
			require.Equal(t, at(hostA, 40000), dst)
		}
	}
}

func TestNATRefusesTheUnsolicited(t *testing.T) {
	r := newNATRig(t, NATConfig{})
	r.refuses(outsideI, segment(TCP, at(remote, 5555), at(public, 22), tcpSYN, ""), sayUnsolicited)
	r.refuses(outsideI, segment(UDP, at(remote, 5555), at(public, 40000), 0, "x"), sayUnsolicited)
	require.Equal(t, uint64(2), r.Counters().NATUnsolicited)
	_, ok := r.Receive(r.now, outsideI, segment(UDP, at(remote, 520), at(public, 520), 0, "x"), 7, 3)
	require.True(t, ok, "the router itself waits for it")
	_, ok = r.Receive(r.now, outsideI, packet(Header{TTL: 9, Protocol: 89, Src: remote, Dst: public}, []byte("OSPF")), 7, 3)
	require.True(t, ok, "without ports it can be for nobody else")
}

// RFC 4787, Section 4.2: ports are kept if they are free; else they are of the same parity and on the same side of 1024.
func TestNATPorts(t *testing.T) {
	r := newNATRig(t, NATConfig{Random: newRand(3).Uint32})
	for _, port := range []uint16{40000, 40001, 1023, 500} {
		_, src, _ := r.passesTo(insideA, segment(UDP, at(hostA, port), at(remote, 80), 0, "x"))
		require.Equal(t, port, src.Port())
		_, src, _ = r.passesTo(insideB, segment(UDP, at(hostB, port), at(remote, 80), 0, "x"))
		require.NotEqual(t, port, src.Port())
		require.Equal(t, port%2, src.Port()%2)
		require.Equal(t, port < 1024, src.Port() < 1024)
		require.NotZero(t, src.Port())
	}
	// A port that the router itself uses is not free.
	_, src, _ := r.passesTo(insideA, segment(UDP, at(hostA, 520), at(remote, 80), 0, "x"))
	require.NotEqual(t, uint16(520), src.Port())
}

// RFC 4787, Section 6: two hosts inside meet at their addresses outside, and see those of each other.
func TestNATHairpin(t *testing.T) {
	for _, p := range []Protocol{UDP, TCP} {
		r := newNATRig(t, NATConfig{Filtering: AddressAndPortDependent})
		r.passesTo(insideA, segment(p, at(hostA, 40000), at(remote, 80), tcpSYN, "x"))
		r.passesTo(insideB, segment(p, at(hostB, 50000), at(remote, 80), tcpSYN, "x"))
		r.refuses(insideA, segment(p, at(hostA, 40000), at(public, 50000), tcpSYN, "x"), sayFiltered)
		r.refuses(insideB, segment(p, at(hostB, 50001), at(public, 40000), tcpSYN, "x"), sayFiltered)
		to, src, dst := r.passesTo(insideB, segment(p, at(hostB, 50000), at(public, 40000), tcpSYN, "x"))
		require.Equal(t, []any{insideA, at(public, 50000), at(hostA, 40000)}, []any{to, src, dst}, "A has tried before")
		to, src, dst = r.passesTo(insideA, segment(p, at(hostA, 40000), at(public, 50000), 0, "y"))
		require.Equal(t, []any{insideB, at(public, 40000), at(hostB, 50000)}, []any{to, src, dst})
		require.Contains(t, r.events[len(r.events)-1].Text(), "translates both ends, because both are inside")
	}
	// Also if both are on one network.
	r := newNATRig(t, NATConfig{Forwards: []PortForward{{TCP, 8080, at(hostA, 80)}}})
	neighbour := hostA.Next()
	to, src, dst := r.passesTo(insideA, segment(TCP, at(neighbour, 40000), at(public, 8080), tcpSYN, "x"))
	require.Equal(t, []any{insideA, at(public, 40000), at(hostA, 80)}, []any{to, src, dst})
}

func TestNATPortForward(t *testing.T) {
	r := newNATRig(t, NATConfig{Filtering: AddressAndPortDependent, Forwards: []PortForward{{TCP, 8080, at(hostA, 80)}, {UDP, 53, at(hostB, 5353)}}})
	to, src, dst := r.passesTo(outsideI, segment(TCP, at(remote, 5555), at(public, 8080), tcpSYN, ""))
	require.Equal(t, []any{insideA, at(remote, 5555), at(hostA, 80)}, []any{to, src, dst})
	require.Contains(t, r.events[len(r.events)-1].Text(), "a new session through the forwarded port 8080")
	to, src, dst = r.passesTo(insideA, segment(TCP, at(hostA, 80), at(remote, 5555), tcpSYN, ""))
	require.Equal(t, []any{outsideI, at(public, 8080), at(remote, 5555)}, []any{to, src, dst})
	r.refuses(outsideI, segment(UDP, at(remote, 5555), at(public, 8080), 0, ""), sayUnsolicited)
	_, _, dst = r.passesTo(outsideI, segment(UDP, at(other, 9), at(public, 53), 0, "?"))
	require.Equal(t, at(hostB, 5353), dst)

	// It stays when its sessions are over, and nobody else gets the port.
	r.now = r.now.Add(24 * time.Hour)
	r.Advance(r.now)
	require.Empty(t, r.NATSessions())
	_, src, _ = r.passesTo(insideB, segment(TCP, at(hostB, 8080), at(remote, 80), tcpSYN, ""))
	require.NotEqual(t, uint16(8080), src.Port())
	r.passesTo(outsideI, segment(TCP, at(other, 5555), at(public, 8080), tcpSYN, ""))
}

// RFC 4787, Section 4.3; RFC 5382, requirement 5; RFC 5508, requirement 2.
func TestNATTimeouts(t *testing.T) {
	in, out := at(hostA, 40000), at(remote, 80)
	there := func(p Protocol, flags byte) []byte { return segment(p, in, out, flags, "x") }
	back := func(p Protocol, flags byte) []byte { return segment(p, out, at(public, 40000), flags, "x") }
	ping := func() []byte {
		m := Echo(remote, 9, 1, []byte("data"))
		b := make([]byte, m.Len())
		m.Put(b, hostA, remote)
		return packet(Header{TTL: 64, Protocol: ICMP, Src: hostA, Dst: remote}, b)
	}
	for _, c := range []struct {
		name string
		give func(r *natRig)
		want time.Duration
	}{
		{"UDP", func(r *natRig) { r.passesTo(insideA, there(UDP, 0)) }, 5 * time.Minute},
		{"UDP from outside does not count", func(r *natRig) {
			r.passesTo(insideA, there(UDP, 0))
			r.now = r.now.Add(time.Minute)
			r.passesTo(outsideI, back(UDP, 0))
		}, 4 * time.Minute},
		{"ping", func(r *natRig) { r.passesTo(insideA, ping()) }, time.Minute},
		{"TCP opening", func(r *natRig) { r.passesTo(insideA, there(TCP, tcpSYN)) }, 4 * time.Minute},
		{"TCP established", func(r *natRig) {
			r.passesTo(insideA, there(TCP, tcpSYN))
			r.passesTo(outsideI, back(TCP, tcpSYN))
		}, 124 * time.Minute},
		{"TCP half closed", func(r *natRig) {
			r.passesTo(insideA, there(TCP, tcpSYN))
			r.passesTo(outsideI, back(TCP, tcpSYN))
			r.passesTo(insideA, there(TCP, tcpFIN))
		}, 124 * time.Minute},
		{"TCP closed", func(r *natRig) {
			r.passesTo(insideA, there(TCP, tcpSYN))
			r.passesTo(outsideI, back(TCP, tcpSYN))
			r.passesTo(insideA, there(TCP, tcpFIN))
			r.passesTo(outsideI, back(TCP, tcpFIN))
		}, 4 * time.Minute},
		{"TCP reset", func(r *natRig) {
			r.passesTo(insideA, there(TCP, tcpSYN))
			r.passesTo(outsideI, back(TCP, tcpSYN))
			r.passesTo(outsideI, back(TCP, tcpRST))
		}, 4 * time.Minute},
		{"TCP again", func(r *natRig) {
			r.passesTo(insideA, there(TCP, tcpSYN))
			r.passesTo(outsideI, back(TCP, tcpRST))
			r.passesTo(insideA, there(TCP, tcpSYN))
			r.passesTo(outsideI, back(TCP, tcpSYN))
		}, 124 * time.Minute},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := newNATRig(t, NATConfig{})
			c.give(r)
			require.Equal(t, r.now.Add(c.want), r.Deadline())
			r.Advance(r.Deadline().Add(-1))
			require.Len(t, r.NATSessions(), 1)
			r.Advance(r.Deadline())
			require.Empty(t, r.NATSessions())
			require.True(t, r.Deadline().IsZero())
			require.Empty(t, r.nat.inside, "the mapping ends with its last session")
			require.Empty(t, r.nat.outside)
			require.Contains(t, r.events[len(r.events)-1].Text(), "forgets that ")
		})
	}
	r := newNATRig(t, NATConfig{UDP: time.Second})
	r.passesTo(insideA, there(UDP, 0))
	r.now = r.now.Add(time.Second)
	r.refuses(outsideI, back(UDP, 0), sayUnsolicited)
}

func TestNATIsBounded(t *testing.T) {
	r := newNATRig(t, NATConfig{MaxSessions: 3})
	for i := range uint16(3) {
		r.passesTo(insideA, segment(UDP, at(hostA, 40000), at(remote, 80+i), 0, "x"))
	}
	r.Receive(r.now, insideB, segment(UDP, at(hostB, 40000), at(remote, 80), 0, "x"), 7, 3)
	require.Equal(t, "discards the packet: it can keep no more sessions", r.events[len(r.events)-1].Text())
	_, h, m := r.sentError()
	require.Equal(t, []any{hostB, Unreachable, CommunicationProhibited}, []any{h.Dst, m.Type, m.Code}, "RFC 5508, requirement 8")
	r.refuses(outsideI, segment(UDP, at(other, 9), at(public, 40000), 0, "x"), "discards the packet: it can keep no more sessions")
	require.Equal(t, uint64(2), r.Counters().NATFull)
	r.passesTo(insideA, segment(UDP, at(hostA, 40000), at(remote, 81), 0, "x"))

	// All ports of one parity below 1024 are taken.
	r = newNATRig(t, NATConfig{})
	for i := range 256 {
		r.nat.outside[natPort{UDP, uint16(2 + 2*i)}] = &mapping{}
	}
	r.Receive(r.now, insideA, segment(UDP, at(hostA, 2), at(remote, 80), 0, "x"), 7, 3)
	require.Equal(t, uint64(1), r.Counters().NATFull)
}

// A packet that is neither TCP nor UDP nor a ping could not find back.
func TestNATRefusesWhatHasNoPorts(t *testing.T) {
	r := newNATRig(t, NATConfig{})
	r.Receive(r.now, insideA, packet(Header{TTL: 9, Protocol: 47, Src: hostA, Dst: remote}, []byte("tunnel")), 7, 3)
	require.Equal(t, uint64(1), r.Counters().NATUnknown)
	_, _, m := r.sentError()
	require.Equal(t, CommunicationProhibited, m.Code)
	require.Error(t, New(Config{}, nil).withInterface(t).SetNAT(NATConfig{}), "without an IPv4 address outside")
}

func (n *Node) withInterface(t *testing.T) *Node {
	t.Helper()
	n.AddInterface(Interface{Name: "eth0", Prefixes: []netip.Prefix{netip.MustParsePrefix("2001:db8::1/64")}, MTU: 1500})
	return n
}
