package stack

import (
	"net"
	"net/netip"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"netlab/link"
)

func socket(t *testing.T, h *Host, address string) *PacketConn {
	t.Helper()
	c, err := h.ListenPacket("udp", address)
	require.NoError(t, err)
	return c.(*PacketConn)
}

// heard returns what a socket reads within a second, and how it came.
func heard(t *testing.T, c *PacketConn) (string, Message) {
	t.Helper()
	require.NoError(t, c.SetReadDeadline(time.Now().Add(time.Second)))
	b := make([]byte, 100)
	n, m, err := c.ReadMsg(b)
	if err != nil {
		return "", m
	}
	return string(b[:n]), m
}

func TestMulticast(t *testing.T) {
	for group, source := range map[string]string{"224.0.0.251": "10.0.0.1", "ff02::fb": "fd00::1"} {
		t.Run(group, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) { testMulticast(t, netip.MustParseAddr(group), netip.MustParseAddr(source)) })
		})
	}
}

func testMulticast(t *testing.T, group, source netip.Addr) {
	p := newPair(t, Config{}, Config{})
	to := netip.AddrPortFrom(group, 5353)
	mdns := to.String()
	first, second, wild := socket(t, p.b, mdns), socket(t, p.b, mdns), socket(t, p.b, ":5353")
	sender, alone := socket(t, p.a, mdns), socket(t, p.a, mdns)
	require.NoError(t, first.JoinGroup("eth0", group))
	require.NoError(t, second.JoinGroup("eth0", group))
	require.NoError(t, sender.JoinGroup("eth0", group))
	require.Error(t, first.JoinGroup("eth0", group))
	require.Error(t, first.JoinGroup("eth9", group))
	require.Error(t, first.JoinGroup("eth0", netip.MustParseAddr("10.0.0.2")))

	_, err := sender.WriteToUDPAddrPort([]byte("who is h2?"), to)
	require.NoError(t, err)
	for _, c := range []*PacketConn{first, second} {
		text, m := heard(t, c)
		require.Equal(t, "who is h2?", text)
		require.Equal(t, Message{From: netip.AddrPortFrom(source, 5353), To: group, Interface: "eth0", TTL: 1}, m)
	}
	text, _ := heard(t, wild)
	require.Empty(t, text, "it has not joined")
	text, _ = heard(t, sender)
	require.Equal(t, "who is h2?", text, "RFC 1112, Section 6.1: it is a member itself")
	text, _ = heard(t, alone)
	require.Empty(t, text)

	require.NoError(t, second.LeaveGroup("eth0", group))
	require.Error(t, second.LeaveGroup("eth0", group))
	require.NoError(t, sender.SetTTL(255))
	require.NoError(t, sender.SetMulticastLoopback(false))
	_, err = sender.WriteToUDPAddrPort([]byte("again"), to)
	require.NoError(t, err)
	text, m := heard(t, first)
	require.Equal(t, "again", text)
	require.EqualValues(t, 255, m.TTL)
	for _, c := range []*PacketConn{second, sender} {
		text, _ = heard(t, c)
		require.Empty(t, text)
	}
	require.NoError(t, first.Close())
	require.False(t, p.b.node.Member(0, group), "who closes leaves")
}

func TestBroadcast(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPair(t, Config{}, Config{})
		sender, receiver := socket(t, p.a, ":1000"), socket(t, p.b, ":67")
		for _, to := range []string{"255.255.255.255:67", "10.0.0.255:67"} {
			_, err := sender.WriteToUDPAddrPort([]byte("anyone?"), netip.MustParseAddrPort(to))
			require.NoError(t, err)
			text, m := heard(t, receiver)
			require.Equal(t, "anyone?", text)
			require.Equal(t, netip.MustParseAddrPort("10.0.0.1:1000"), m.From)
			require.Equal(t, netip.MustParseAddrPort(to).Addr(), m.To)
		}
		_, err := sender.WriteToUDPAddrPort([]byte("x"), netip.MustParseAddrPort("255.255.255.255:99"))
		require.NoError(t, err)
		text, _ := heard(t, sender)
		require.Empty(t, text, "RFC 1122, Section 3.2.2: no ICMP error about a broadcast")
	})
}

// A host without an address asks everybody from 0.0.0.0, as DHCP does, on the interface that its socket is bound to.
func TestAnInterfaceWithoutAddress(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		la, lb := link.Memory(1500)
		client, server := New(Config{}), New(Config{})
		defer client.Close()
		defer server.Close()
		client.AddInterface("eth0", []netip.Prefix{netip.MustParsePrefix("10.9.0.1/24")}, 1500, func([]link.Packet) { t.Error("the wrong interface") })
		client.Attach("eth1", nil, la)
		server.Attach("eth0", []netip.Prefix{netip.MustParsePrefix("10.0.0.2/24")}, lb)
		c, s := socket(t, client, ":68"), socket(t, server, ":67")
		require.NoError(t, c.BindInterface("eth1"))
		require.Error(t, c.SetMulticastInterface("eth5"))
		_, err := c.WriteToUDPAddrPort([]byte("discover"), netip.MustParseAddrPort("255.255.255.255:67"))
		require.NoError(t, err)
		text, m := heard(t, s)
		require.Equal(t, "discover", text)
		require.Equal(t, netip.MustParseAddrPort("0.0.0.0:68"), m.From)
		_, err = s.WriteTo([]byte("offer"), &net.UDPAddr{IP: net.IPv4bcast, Port: 68})
		require.NoError(t, err)
		text, m = heard(t, c)
		require.Equal(t, "offer", text)
		require.Equal(t, "eth1", m.Interface)
	})
}
