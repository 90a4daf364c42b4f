package ip

import (
	"net/netip"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"netlab/trace"
)

// pair6 are a host behind a router, whose far link takes 1280 octets.
func pair6() (host, router *Node) {
	host, router = New(Config{}, nil), New(Config{Forward: true}, nil)
	host.AddInterface(Interface{Name: "eth0", MTU: 1500, Prefixes: []netip.Prefix{netip.MustParsePrefix("10.0.0.2/24"), netip.MustParsePrefix("2001:db8:1::2/64")}})
	router.AddInterface(Interface{Name: "eth0", MTU: 1500, Prefixes: []netip.Prefix{netip.MustParsePrefix("2001:db8:1::1/64")}})
	router.AddInterface(Interface{Name: "eth1", MTU: 1280, Prefixes: []netip.Prefix{netip.MustParsePrefix("2001:db8:2::1/64")}})
	host.AddRoute(Route{Prefix: netip.MustParsePrefix("::/0"), Via: netip.MustParseAddr("2001:db8:1::1")})
	return host, router
}

func out6(t *testing.T, n *Node) (Output, Header, []byte) {
	t.Helper()
	o, ok := n.Next()
	require.True(t, ok, "nothing is sent")
	o.Octets = append([]byte(nil), o.Octets...)
	h, payload, err := Parse(o.Octets)
	require.NoError(t, err)
	return o, h, payload
}

func sent6(t *testing.T, n *Node) (MessageType, Message, Header) {
	t.Helper()
	_, h, payload := out6(t, n)
	m, err := ParseICMP(h.Src, h.Dst, payload)
	require.NoError(t, err)
	return m.Type, m, h
}

// RFC 4443, Section 4.2: echo requests are answered, from the address that was asked.
func TestEcho6(t *testing.T) {
	host, router := pair6()
	now := time.Unix(0, 0)
	dst, src := netip.MustParseAddr("2001:db8:1::1"), netip.MustParseAddr("2001:db8:1::2")
	m := Echo(dst, 7, 3, []byte("data"))
	b := make([]byte, m.Len())
	m.Put(b, src, dst)
	require.NoError(t, host.Send(now, Header{Protocol: ICMPv6, Dst: dst}, b, trace.Reason{}))
	o, h, _ := out6(t, host)
	require.Equal(t, src, h.Src)
	require.Equal(t, dst, o.NextHop)
	_, ok := router.Receive(now, 0, o.Octets, 0, 0)
	require.False(t, ok)
	typ, reply, back := sent6(t, router)
	require.Equal(t, EchoReply6, typ)
	require.Equal(t, [3]any{uint16(7), uint16(3), "data"}, [3]any{reply.ID(), reply.Seq(), string(reply.Data)})
	require.Equal(t, dst, back.Src)
}

// RFC 8200, Section 3 (hop limit), and RFC 4443, Sections 3.1 to 3.4: what a router says of packets that it cannot pass on.
func TestRouter6(t *testing.T) {
	now := time.Unix(0, 0)
	far := netip.MustParseAddr("2001:db8:2::9")
	send := func(dst netip.Addr, ttl uint8, size int) (*Node, *Node) {
		host, router := pair6()
		require.NoError(t, host.Send(now, Header{Protocol: UDP, Dst: dst, TTL: ttl}, make([]byte, size), trace.Reason{}))
		o, _, _ := out6(t, host)
		require.Equal(t, netip.MustParseAddr("2001:db8:1::1"), o.NextHop)
		router.Receive(now, 0, o.Octets, 0, 0)
		return host, router
	}
	_, router := send(far, 9, 100)
	o, h, _ := out6(t, router)
	require.Equal(t, [3]any{1, uint8(8), far}, [3]any{o.Interface, h.TTL, o.NextHop})

	_, router = send(far, 1, 100)
	typ, m, _ := sent6(t, router)
	require.Equal(t, TimeExceeded6, typ)
	require.Len(t, m.Data, 140)

	_, router = send(netip.MustParseAddr("2001:db8:3::9"), 9, 100)
	typ, m, _ = sent6(t, router)
	require.Equal(t, [2]any{Unreachable6, NoRoute6}, [2]any{typ, m.Code})

	_, router = send(far, 9, 1400)
	typ, m, h = sent6(t, router)
	require.Equal(t, [2]any{PacketTooBig, 1280}, [2]any{typ, m.MTU()})
	require.Equal(t, 1280, h.TotalLength, "it quotes as much as fits the minimum MTU")
	q, ok := m.Quoted()
	require.True(t, ok)
	require.Equal(t, far, q.Header.Dst)

	_, router = send(netip.MustParseAddr("fe80::9"), 9, 10)
	_, ok = router.Next()
	require.False(t, ok, "link-local packets stay on their link (RFC 4291, Section 2.5.6)")
}

// RFC 4443, Section 2.4 (e): errors about these would do harm.
func TestErrorsNotSent6(t *testing.T) {
	_, router := pair6()
	src, far := netip.MustParseAddr("2001:db8:1::2"), netip.MustParseAddr("2001:db8:2::9")
	give := func(h Header, payload []byte) {
		h.TTL, h.TotalLength = 1, 40+len(payload)
		b := make([]byte, h.TotalLength)
		h.Put(b)
		copy(b[40:], payload)
		router.Receive(time.Unix(0, 0), 0, b, 0, 0)
	}
	about := Message{Type: TimeExceeded6, Data: make([]byte, 60)}
	b := make([]byte, about.Len())
	about.Put(b, src, far)
	give(Header{Protocol: ICMPv6, Src: src, Dst: far}, b)
	give(Header{Protocol: UDP, Src: src, Dst: netip.MustParseAddr("ff0e::1")}, b)
	give(Header{Protocol: UDP, Src: netip.IPv6Unspecified(), Dst: far}, b)
	_, ok := router.Next()
	require.False(t, ok)
	give(Header{Protocol: UDP, Src: src, Dst: far}, b)
	_, ok = router.Next()
	require.True(t, ok)
}

// RFC 8200, Section 4.5: the source cuts up what is too big, the destination puts it together.
func TestFragments6(t *testing.T) {
	host, router := pair6()
	now := time.Unix(0, 0)
	payload := make([]byte, 4000)
	for i := range payload {
		payload[i] = byte(i)
	}
	require.NoError(t, host.Send(now, Header{Protocol: UDP, Dst: netip.MustParseAddr("2001:db8:1::1")}, payload, trace.Reason{}))
	var d Delivery
	whole := false
	for range 3 {
		o, h, _ := out6(t, host)
		require.True(t, h.IsFragment())
		require.LessOrEqual(t, len(o.Octets), 1500)
		require.False(t, whole)
		d, whole = router.Receive(now, 0, o.Octets, 0, 0)
	}
	require.True(t, whole)
	require.Equal(t, payload, d.Payload)
	require.Equal(t, UDP, d.Header.Protocol)
	require.False(t, d.Header.IsFragment())
}

// RFC 6724, Section 5.
func TestSource6(t *testing.T) {
	n := New(Config{}, nil)
	i := n.AddInterface(Interface{MTU: 1500, Prefixes: []netip.Prefix{
		netip.MustParsePrefix("10.0.0.2/24"), netip.MustParsePrefix("fe80::2/64"), netip.MustParsePrefix("2001:db8:1::2/64"), netip.MustParsePrefix("fd00::2/64"),
	}})
	for dst, src := range map[string]string{"10.0.0.9": "10.0.0.2", "fe80::9": "fe80::2", "2001:db8:1::9": "2001:db8:1::2", "fd00::7": "fd00::2", "ff02::1": "fe80::2", "2001:db9::1": "2001:db8:1::2"} {
		require.Equal(t, src, n.SourceOn(i, netip.MustParseAddr(dst)).String(), dst)
	}
	require.True(t, n.RemoveAddress(i, netip.MustParseAddr("fe80::2")))
	require.False(t, n.Owns(netip.MustParseAddr("fe80::2")))
	_, ok := n.Route(netip.MustParseAddr("fe80::9"))
	require.False(t, ok)
}
