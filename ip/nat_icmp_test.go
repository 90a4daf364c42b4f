package ip

import (
	"encoding/binary"
	"net/netip"
	"testing"

	"github.com/stretchr/testify/require"

	"netlab/wire"
)

// echoPacket is a ping or the reply to one.
func echoPacket(kind MessageType, src, dst netip.Addr, id uint16) []byte {
	m := Echo(dst, id, 1, []byte("data"))
	m.Type = kind
	b := make([]byte, m.Len())
	m.Put(b, src, dst)
	return packet(Header{TTL: 64, Protocol: ICMP, Src: src, Dst: dst}, b)
}

// RFC 5508, requirement 1: a ping finds back by its identifier.
func TestNATPing(t *testing.T) {
	r := newNATRig(t, NATConfig{})
	_, src, dst := r.passesTo(insideA, echoPacket(EchoRequest, hostA, remote, 9))
	require.Equal(t, []any{at(public, 9), at(remote, 0)}, []any{src, dst})
	_, src, _ = r.passesTo(insideB, echoPacket(EchoRequest, hostB, remote, 9))
	require.NotEqual(t, uint16(9), src.Port(), "the other host's ping has the same identifier")
	_, src, _ = r.passesTo(insideA, echoPacket(EchoRequest, hostA, remote, 0))
	require.Equal(t, uint16(0), src.Port(), "0 is an identifier like others")
	_, zero, _ := r.passesTo(insideB, echoPacket(EchoRequest, hostB, remote, 0))

	to, src, dst := r.passesTo(outsideI, echoPacket(EchoReply, remote, public, 9))
	require.Equal(t, []any{insideA, at(remote, 0), at(hostA, 9)}, []any{to, src, dst})
	to, _, dst = r.passesTo(outsideI, echoPacket(EchoReply, remote, public, zero.Port()))
	require.Equal(t, []any{insideB, at(hostB, 0)}, []any{to, dst})

	// Pings of the router's address are the router's.
	r.Receive(r.now, outsideI, echoPacket(EchoRequest, remote, public, 9), 7, 3)
	_, h, m := r.sent()
	require.Equal(t, remote, h.Dst)
	require.Equal(t, byte(EchoReply), m[0])
	r.Receive(r.now, insideA, echoPacket(EchoRequest, hostA, public, 9), 7, 3)
	_, h, _ = r.sent()
	require.Equal(t, hostA, h.Dst)
	_, ok := r.Receive(r.now, outsideI, echoPacket(EchoReply, remote, public, 77), 7, 3)
	require.True(t, ok, "a reply that nobody inside waits for")
}

// icmpError is an ICMP error about a packet, of which it quotes so many octets.
func icmpError(src, dst netip.Addr, about []byte, octets int) []byte {
	m := Message{Type: Unreachable, Code: PortUnreachable, Data: about[:min(octets, len(about))]}
	b := make([]byte, m.Len())
	m.Put(b, src, dst)
	return packet(Header{TTL: 64, Protocol: ICMP, Src: src, Dst: dst}, b)
}

// RFC 3022, Section 4.3; RFC 5508, requirements 4 and 5: an ICMP error is turned inside out, so that it quotes what its
// receiver had sent.
func TestNATTranslatesICMPErrors(t *testing.T) {
	far := netip.MustParseAddr("192.0.2.99") // a router on the way
	for _, quoted := range []int{28, 40, 500} {
		for _, p := range []Protocol{UDP, TCP, ICMP} {
			r := newNATRig(t, NATConfig{})
			sent := echoPacket(EchoRequest, hostA, remote, 9)
			if p != ICMP {
				sent = segment(p, at(hostA, 40000), at(remote, 80), tcpSYN, "some data")
			}
			r.Receive(r.now, insideB, segment(UDP, at(hostB, 40000), at(remote, 9), 0, ""), 7, 3) // somebody else has the port
			r.Receive(r.now, insideB, segment(TCP, at(hostB, 40000), at(remote, 9), 0, ""), 7, 3)
			r.Receive(r.now, insideB, echoPacket(EchoRequest, hostB, remote, 9), 7, 3)
			for range 3 {
				r.sent()
			}
			r.Receive(r.now, insideA, sent, 7, 3)
			seen, _, _ := r.sent()

			r.Receive(r.now, outsideI, icmpError(far, public, seen.Octets, quoted), 7, 3)
			out, h, payload := r.sent()
			require.Equal(t, []any{insideA, far, hostA}, []any{out.Interface, h.Src, h.Dst})
			r.rightChecksums(h, payload)
			m, err := ParseICMP(h.Src, h.Dst, payload)
			require.NoError(t, err)
			q, ok := m.Quoted()
			require.True(t, ok)
			want := append([]byte(nil), sent...)
			want[8]-- // its time to live, when the router passed it on
			binary.BigEndian.PutUint16(want[10:], 0)
			binary.BigEndian.PutUint16(want[10:], wire.Checksum(want[:20]))
			require.Equal(t, want[:min(quoted, len(want))], m.Data[:20+len(q.Payload)], "%v, %d octets", p, quoted)
			require.Equal(t, "translates an ICMP error and the packet that it quotes", r.events[len(r.events)-1].Text())
		}
	}
}

// A host inside refuses a packet that came in.
func TestNATTranslatesICMPErrorsFromInside(t *testing.T) {
	r := newNATRig(t, NATConfig{})
	r.passesTo(insideA, segment(UDP, at(hostA, 40000), at(remote, 80), 0, "x"))
	arrived := segment(UDP, at(remote, 80), at(public, 40000), 0, "answer")
	r.Receive(r.now, outsideI, arrived, 7, 3)
	seen, _, _ := r.sent()
	r.Receive(r.now, insideA, icmpError(hostA, remote, seen.Octets, 100), 7, 3)
	out, h, payload := r.sent()
	require.Equal(t, []any{outsideI, public, remote}, []any{out.Interface, h.Src, h.Dst})
	r.rightChecksums(h, payload)
	m, _ := ParseICMP(h.Src, h.Dst, payload)
	q, _ := m.Quoted()
	require.Equal(t, public, q.Header.Dst)
	require.Equal(t, arrived[20:], q.Payload)
	require.Equal(t, uint16(0xffff), wire.Sum(0, m.Data[:20]))

	stray := segment(UDP, at(other, 80), at(hostA, 40000), 0, "never came")
	r.Receive(r.now, insideA, icmpError(hostA, other, stray, 100), 7, 3)
	r.silent()
	require.Equal(t, uint64(1), r.Counters().NATUnknown)
	r.Receive(r.now, outsideI, icmpError(remote, public, segment(UDP, at(public, 40000), at(other, 5), 0, "never went"), 100), 7, 3)
	r.silent()
	require.Equal(t, uint64(2), r.Counters().NATUnknown)
	_, ok := r.Receive(r.now, outsideI, icmpError(remote, public, segment(UDP, at(public, 5), at(remote, 5), 0, ""), 100), 7, 3)
	require.True(t, ok, "about a packet of the router's own")
}

// The router's own errors quote a packet as its sender knows it.
func TestNATQuotesWhatTheSenderKnows(t *testing.T) {
	r := newNATRig(t, NATConfig{})
	b := segment(UDP, at(hostA, 40000), at(remote, 80), 0, "x")
	b[8] = 1
	binary.BigEndian.PutUint16(b[10:], 0)
	binary.BigEndian.PutUint16(b[10:], wire.Checksum(b[:20]))
	r.Receive(r.now, insideA, b, 7, 3)
	_, h, m := r.sentError()
	require.Equal(t, []any{hostA, TimeExceeded}, []any{h.Dst, m.Type})
	require.Equal(t, b, m.Data)
}

// fragments cuts a packet into two.
func fragments(b []byte, at int) [][]byte {
	h, payload, _ := Parse(b)
	h.ID = 77
	first, second := h, h
	first.MoreFragments, second.FragmentOffset = true, at
	return [][]byte{packet(first, payload[:at]), packet(second, payload[at:])}
}

// RFC 4787, requirement 14: fragments arrive in any order. They are put together and sent on as far as the link takes them.
func TestNATFragments(t *testing.T) {
	long := string(make([]byte, 3000))
	for _, order := range [][]int{{0, 1}, {1, 0}} {
		r := newNATRig(t, NATConfig{})
		pieces := fragments(segment(UDP, at(hostA, 40000), at(remote, 80), 0, long), 1480)
		r.Receive(r.now, insideA, pieces[order[0]], 7, 3)
		r.silent()
		r.Receive(r.now, insideA, pieces[order[1]], 7, 3)
		whole := newHost(t)
		whole.AddAddress(0, netip.PrefixFrom(remote, 24))
		var got Delivery
		for range 3 {
			out, ok := r.Next()
			require.True(t, ok)
			require.Equal(t, outsideI, out.Interface)
			if d, ok := whole.Receive(r.now, 0, out.Octets, 0, 0); ok {
				got = d
			}
		}
		r.silent()
		require.Equal(t, public, got.Header.Src)
		require.Len(t, got.Payload, 3008)
		r.rightChecksums(got.Header, got.Payload)
	}
	r := newNATRig(t, NATConfig{})
	r.passesTo(insideA, segment(UDP, at(hostA, 40000), at(remote, 80), 0, "x"))
	pieces := fragments(segment(UDP, at(remote, 80), at(public, 40000), 0, "a longer answer"), 16)
	r.Receive(r.now, outsideI, pieces[1], 7, 3)
	r.silent()
	_, _, dst := r.passesTo(outsideI, pieces[0])
	require.Equal(t, at(hostA, 40000), dst)
}

// RFC 3022, Section 4.2; RFC 1624: the corrected checksums are those of summing anew, and a datagram without a checksum stays
// without.
func TestNATCorrectsChecksums(t *testing.T) {
	rng := newRand(12)
	for i := range 20000 {
		p := []Protocol{UDP, TCP}[i%2]
		random := func() netip.AddrPort {
			return netip.AddrPortFrom(netip.AddrFrom4([4]byte(randomBytes(rng, 4))), uint16(rng.Uint32()))
		}
		src, dst, now := random(), random(), random()
		data := string(randomBytes(rng, rng.IntN(9)))
		b := segment(p, src, dst, 0, data)
		none := p == UDP && rng.IntN(4) == 0
		if none {
			b[26], b[27] = 0, 0
		}
		w := rewrite{src: now}
		if i%4 < 2 {
			w = rewrite{dst: now}
		}
		w.apply(b)
		h, payload, err := Parse(b)
		require.NoError(t, err)
		if none {
			require.Zero(t, binary.BigEndian.Uint16(payload[6:]))
			continue
		}
		require.Equal(t, uint16(0xffff), wire.Sum(wire.PseudoSum(h.Src, h.Dst, uint8(p), len(payload)), payload))
		f, _ := natFlow(&h, payload)
		require.True(t, f.src == now || f.dst == now)
	}
}

// Among all ports there is one that makes the checksum zero.
func TestNATSendsNoZeroChecksum(t *testing.T) {
	for port := range 1 << 16 {
		b := segment(UDP, at(hostA, 40000), at(remote, 80), 0, "x")
		(&rewrite{src: at(public, uint16(port))}).apply(b)
		require.NotZero(t, binary.BigEndian.Uint16(b[26:]), "RFC 768: all ones are sent in its place")
	}
}

// Whatever arrives from either side: nothing breaks, memory is bounded, and a checksum that was right stays right.
func FuzzNAT(f *testing.F) {
	f.Add(segment(UDP, at(hostA, 40000), at(remote, 80), 0, "x"), segment(UDP, at(remote, 80), at(public, 40000), 0, "y"))
	f.Add(echoPacket(EchoRequest, hostA, remote, 9), echoPacket(EchoReply, remote, public, 9))
	f.Add(segment(TCP, at(hostA, 40000), at(remote, 80), tcpSYN, ""), icmpError(remote, public, segment(TCP, at(public, 40000), at(remote, 80), tcpSYN, ""), 28))
	f.Fuzz(func(t *testing.T, inside, outside []byte) {
		r := newNATRig(t, NATConfig{MaxSessions: 4, Forwards: []PortForward{{TCP, 8080, at(hostA, 80)}}})
		for i := range 6 {
			b, iface := inside, insideA
			if i%2 == 1 {
				b, iface = outside, outsideI
			}
			r.Receive(r.now, iface, b, 0, 0)
			for out, ok := r.Next(); ok; out, ok = r.Next() {
				_, _, err := Parse(out.Octets)
				require.NoError(t, err)
			}
			require.LessOrEqual(t, len(r.NATSessions()), 4)
		}
		r.Advance(r.now.Add(124 * 60e9))
		require.Empty(t, r.NATSessions())
	})
}
