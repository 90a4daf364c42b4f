package ip

import (
	"net/netip"
	"testing"

	"github.com/stretchr/testify/require"

	"netlab/trace"
)

// RFC 1112, Section 7.1: packets for a group are taken on the interfaces on which it was joined, and only for UDP.
func TestGroups(t *testing.T) {
	r := newRouter(t)
	rip := netip.MustParseAddr("224.0.0.9")
	to := packet(udpTo(rip), []byte("x"))
	_, ok := r.give(0, to)
	require.False(t, ok)
	r.discarded("discards a packet for a multicast group that it is no member of")
	r.Join(0, rip)
	r.Join(0, rip)
	d, ok := r.give(0, to)
	require.True(t, ok)
	require.Equal(t, rip, d.Header.Dst)
	_, ok = r.give(1, to)
	require.False(t, ok, "joined on the other interface")
	_, ok = r.give(0, packet(Header{TTL: 1, Protocol: TCP, Src: client, Dst: rip}, []byte("x")))
	require.False(t, ok, "RFC 1122, Section 4.2.3.10")
	r.discarded("discards a packet for many hosts, of a protocol that has no use for it")
	r.Leave(0, rip)
	require.True(t, r.Member(0, rip), "joined twice, left once")
	r.Leave(0, rip)
	require.False(t, r.Member(0, rip))
	_, ok = r.give(1, packet(udpTo(netip.MustParseAddr("224.0.0.1")), []byte("x")))
	require.True(t, ok, "RFC 1112, Section 4: all hosts")
	r.silent()
}

func TestSendOn(t *testing.T) {
	r := newRouter(t)
	rip, all := netip.MustParseAddr("224.0.0.9"), netip.MustParseAddr("255.255.255.255")
	require.NoError(t, r.SendOn(start, 1, Header{Protocol: UDP, Dst: rip}, []byte("hello"), trace.Reason{}))
	out, h, _ := r.sent()
	require.Equal(t, 1, out.Interface)
	require.Equal(t, far, h.Src)
	require.EqualValues(t, 1, h.TTL, "RFC 1112, Section 6.1")
	require.NoError(t, r.SendOn(start, 0, Header{Protocol: UDP, Dst: all}, make([]byte, 2000), trace.Reason{}))
	_, h, _ = r.sent()
	require.EqualValues(t, 64, h.TTL)
	require.True(t, h.MoreFragments)
	r.sent()
	require.ErrorIs(t, r.SendOn(start, 0, Header{Protocol: UDP, Src: client, Dst: all}, nil, trace.Reason{}), ErrSource)
}

// RFC 1122, Section 3.2.1.3, case a: a host that has no address yet sends from 0.0.0.0, to all hosts; and only so.
func TestAHostWithoutAddress(t *testing.T) {
	h := &rig{t: t}
	h.Node = New(Config{}, trace.New("new", h.emit))
	h.AddInterface(Interface{Name: "eth0", MTU: 1500})
	all := netip.MustParseAddr("255.255.255.255")
	require.NoError(t, h.SendOn(start, 0, Header{Protocol: UDP, Dst: all}, []byte("discover"), trace.Reason{}))
	out, header, _ := h.sent()
	require.Equal(t, netip.IPv4Unspecified(), header.Src)

	server := newHost(t)
	d, ok := server.give(0, out.Octets)
	require.True(t, ok)
	require.Equal(t, "discover", string(d.Payload))
	for _, bad := range []Header{
		{TTL: 64, Protocol: UDP, Src: netip.IPv4Unspecified(), Dst: server.interfaces[0].addresses[0].addr},
		{TTL: 64, Protocol: ICMP, Src: netip.IPv4Unspecified(), Dst: all},
	} {
		_, ok = server.give(0, packet(bad, []byte("x")))
		require.False(t, ok)
		server.discarded("discards a packet whose source is no address of a single other host")
	}
	d, ok = h.give(0, packet(Header{TTL: 64, Protocol: UDP, Src: client, Dst: all}, []byte("offer")))
	require.True(t, ok)
	require.Equal(t, "offer", string(d.Payload))
	_, ok = h.give(0, packet(udpTo(client), nil))
	require.False(t, ok)
	require.Error(t, h.Send(start, Header{Protocol: UDP, Dst: client}, nil, trace.Reason{}))
}
