package stack

import (
	"net"
	"net/netip"
	"os"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"netlab/ip"
	"netlab/link"
	"netlab/udp"
)

// udpBench is a host at 10.0.0.2 whose every packet is seen, with a socket on port 53.
type udpBench struct {
	*testing.T
	host   *Host
	socket *PacketConn
	sent   []ip.Header
	octets [][]byte // the payloads
}

func newUDPBench(t *testing.T) *udpBench {
	u := &udpBench{T: t, host: New(Config{Seed: 1})}
	t.Cleanup(func() { u.host.Close() })
	u.host.AddInterface("eth0", prefixes("10.0.0.2/24"), 1500, func(packets []link.Packet) {
		for _, p := range packets {
			h, payload, err := ip.Parse(append([]byte(nil), p.Octets...))
			require.NoError(t, err)
			u.sent, u.octets = append(u.sent, h), append(u.octets, payload)
		}
	})
	u.socket = socket(t, u.host, ":53")
	return u
}

// arrive delivers a datagram from port 999 of src.
func (u *udpBench) arrive(src, dst string, port uint16, change func(h *ip.Header, datagram []byte)) {
	from, to := netip.AddrPortFrom(netip.MustParseAddr(src), 999), netip.AddrPortFrom(netip.MustParseAddr(dst), port)
	datagram := make([]byte, udp.Len(2))
	udp.Put(datagram, from, to, []byte("hi"))
	h := ip.Header{TTL: 64, Protocol: ip.UDP, Src: from.Addr(), Dst: to.Addr()}
	if change != nil {
		change(&h, datagram)
	}
	h.TotalLength = h.Len() + len(datagram)
	b := make([]byte, h.TotalLength)
	h.Put(b)
	copy(b[h.Len():], datagram)
	u.host.Deliver(0, []link.Packet{{Octets: b}})
}

// silent checks that nothing is waiting to be read, and that nothing was sent.
func (u *udpBench) silent() {
	require.NoError(u, u.socket.SetReadDeadline(time.Now().Add(time.Second)))
	_, _, err := u.socket.ReadFrom(make([]byte, 10))
	require.ErrorIs(u, err, os.ErrDeadlineExceeded)
	require.Empty(u, u.sent)
}

func (u *udpBench) send(to string) {
	_, err := u.socket.WriteToUDPAddrPort([]byte("hello"), netip.MustParseAddrPort(to))
	require.NoError(u, err)
}

// The requirements on UDP in the order of their summary: RFC 1122, Section 4.1.5.
func TestRequirementsOnUDP(t *testing.T) {
	const peer = "10.0.0.9"
	for _, r := range []struct {
		section, level, requirement string
		test                        func(u *udpBench)
	}{
		{"4.1.3.1", "SHOULD", "UDP send Port Unreachable", func(u *udpBench) {
			u.arrive(peer, "10.0.0.2", 99, nil)
			m, err := ip.ParseICMP(u.sent[0].Src, u.sent[0].Dst, u.octets[0])
			require.NoError(u, err)
			require.Equal(u, ip.Unreachable, m.Type)
			require.Equal(u, ip.PortUnreachable, m.Code)
		}},
		{"4.1.3.2", "MUST", "Pass received IP options to the application layer", func(u *udpBench) {
			u.arrive(peer, "10.0.0.2", 53, func(h *ip.Header, _ []byte) { h.Options = []byte{148, 4, 0, 0} })
			_, m, err := u.socket.ReadMsg(make([]byte, 10))
			require.NoError(u, err)
			require.Equal(u, []byte{148, 4, 0, 0}, m.Options)
		}},
		{"4.1.3.2", "MUST", "The application can specify IP options in Send, and UDP passes them down", func(u *udpBench) {
			require.NoError(u, u.socket.SetOptions([]byte{148, 4, 0, 0}))
			u.send(peer + ":1")
			require.Equal(u, []byte{148, 4, 0, 0}, u.sent[0].Options)
		}},
		{"4.1.3.3", "MUST", "Pass ICMP messages up to the application layer", func(u *udpBench) {
			require.NoError(u, u.socket.ReportErrors(true))
			b := errorAbout(ip.Message{Type: ip.TimeExceeded}, netip.MustParseAddrPort("10.0.0.2:53"), netip.MustParseAddrPort(peer+":1"))
			h, payload, err := ip.Parse(b)
			require.NoError(u, err)
			h.Src = netip.MustParseAddr(peer)
			h.Put(b[:20])
			copy(b[20:], payload)
			u.host.Deliver(0, []link.Packet{{Octets: b}})
			_, _, err = u.socket.ReadMsg(nil)
			var icmp *ICMPError
			require.ErrorAs(u, err, &icmp)
			require.Equal(u, HopLimitExceeded, icmp.Meaning())
		}},
		{"4.1.3.4", "MUST", "Able to generate and check the checksum; default is to checksum", func(u *udpBench) {
			u.send(peer + ":1")
			_, _, err := udp.Parse(u.sent[0].Src, u.sent[0].Dst, u.octets[0])
			require.NoError(u, err)
			require.False(u, u.octets[0][6] == 0 && u.octets[0][7] == 0, "zero would say that there is none")
		}},
		{"4.1.3.4", "MUST", "Silently discard bad checksum", func(u *udpBench) {
			u.arrive(peer, "10.0.0.2", 53, func(_ *ip.Header, datagram []byte) { datagram[6] ^= 1 })
			u.silent()
		}},
		{"4.1.3.5", "MUST", "Pass specific-destination address to the application", func(u *udpBench) {
			u.arrive(peer, "10.0.0.255", 53, nil)
			_, m, err := u.socket.ReadMsg(make([]byte, 10))
			require.NoError(u, err)
			require.Equal(u, netip.MustParseAddr("10.0.0.255"), m.To)
		}},
		{"4.1.3.5", "MUST", "The application can specify the local IP address, or a wild one", func(u *udpBench) {
			require.NoError(u, u.host.AddAddress("eth0", prefixes("10.0.0.3/24")[0]))
			_, err := u.socket.WriteFrom([]byte("x"), netip.MustParseAddr("10.0.0.3"), netip.MustParseAddrPort(peer+":1"))
			require.NoError(u, err)
			u.send(peer + ":1")
			bound := socket(u.T, u.host, "10.0.0.3:54")
			_, err = bound.WriteToUDPAddrPort([]byte("x"), netip.MustParseAddrPort(peer+":1"))
			require.NoError(u, err)
			require.Equal(u, "[10.0.0.3 10.0.0.2 10.0.0.3]", sources(u.sent))
		}},
		{"4.1.3.5", "SHOULD", "The application is notified of the local IP address used", func(u *udpBench) {
			conn, err := u.host.Dial(u.Context(), "udp", peer+":1")
			require.NoError(u, err)
			require.Equal(u, "10.0.0.2", conn.LocalAddr().(*net.UDPAddr).IP.String())
		}},
		{"4.1.3.6", "MUST", "Bad IP source address silently discarded", func(u *udpBench) {
			for _, bad := range []string{"10.0.0.255", "255.255.255.255", "224.0.0.1", "127.0.0.1", "0.0.0.0", "10.0.0.2"} {
				u.arrive(bad, "10.0.0.2", 53, nil)
			}
			u.silent()
		}},
		{"4.1.3.6", "MUST", "Only send a valid IP source address", func(u *udpBench) {
			_, err := u.socket.WriteFrom([]byte("x"), netip.MustParseAddr("10.0.0.77"), netip.MustParseAddrPort(peer+":1"))
			require.ErrorIs(u, err, syscall.EADDRNOTAVAIL)
			require.Empty(u, u.sent)
		}},
		{"4.1.4", "MUST", "Able to specify TTL and TOS when sending; TOS is passed up", func(u *udpBench) {
			require.NoError(u, u.socket.SetTTL(9))
			require.NoError(u, u.socket.SetTOS(0x28))
			u.send(peer + ":1")
			require.EqualValues(u, 9, u.sent[0].TTL)
			require.EqualValues(u, 0x28, u.sent[0].TOS)
			u.arrive(peer, "10.0.0.2", 53, func(h *ip.Header, _ []byte) { h.TOS = 0x48 })
			_, m, err := u.socket.ReadMsg(make([]byte, 10))
			require.NoError(u, err)
			require.EqualValues(u, 0x48, m.TOS)
		}},
	} {
		t.Run("RFC 1122, Section "+r.section+" "+r.level+" "+r.requirement, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) { r.test(newUDPBench(t)) })
		})
	}
}

func sources(sent []ip.Header) string {
	text := "["
	for i, h := range sent {
		if i > 0 {
			text += " "
		}
		text += h.Src.String()
	}
	return text + "]"
}
