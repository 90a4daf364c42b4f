package stack

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"netlab/ip"
	"netlab/link"
	"netlab/udp"
)

// RFC 1122, Section 4.1.4: an application can set TTL, TOS and options, and is told of all that a datagram came with.
func TestWhatASocketSendsAndTells(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPair(t, Config{}, Config{})
		pc, err := p.b.ListenPacket("udp", ":53")
		require.NoError(t, err)
		server := pc.(*PacketConn)
		conn, err := p.a.Dial(context.Background(), "udp", "10.0.0.2:53")
		require.NoError(t, err)
		client := conn.(*PacketConn)
		require.NoError(t, client.SetTTL(7))
		require.NoError(t, client.SetTOS(0xb8))
		require.NoError(t, client.SetOptions([]byte{7, 7, 4, 0, 0, 0, 0})) // record route, with room for one address
		_, err = client.Write([]byte("hello"))
		require.NoError(t, err)
		b := make([]byte, 100)
		n, m, err := server.ReadMsg(b)
		require.NoError(t, err)
		require.Equal(t, "hello", string(b[:n]))
		require.Equal(t, Message{
			From: client.local, To: netip.MustParseAddr("10.0.0.2"), Interface: "eth0", TTL: 7, TOS: 0xb8,
			Options: []byte{7, 7, 4, 0, 0, 0, 0, 0},
		}, m)

		require.ErrorIs(t, client.SetOptions([]byte{7, 1}), ip.ErrOption)
		require.Error(t, client.SetOptions(make([]byte, 41)))
		_, err = client.Write(make([]byte, maxDatagram))
		require.ErrorIs(t, err, ErrTooLong, "the options take room")
		require.NoError(t, client.Close())
		require.ErrorIs(t, client.SetTTL(1), net.ErrClosed)
	})
}

// RFC 1122, Section 4.1.3.5: the application may choose the source address, of those that the host has (4.1.3.6).
func TestAnApplicationChoosesItsSource(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPair(t, Config{}, Config{})
		pc, err := p.a.ListenPacket("udp", ":53")
		require.NoError(t, err)
		c := pc.(*PacketConn)
		to := netip.MustParseAddrPort("10.0.0.2:53")
		_, err = c.WriteFrom([]byte("x"), netip.MustParseAddr("10.0.0.1"), to)
		require.NoError(t, err)
		_, err = c.WriteFrom([]byte("x"), netip.MustParseAddr("10.0.0.9"), to)
		require.ErrorIs(t, err, syscall.EADDRNOTAVAIL)
		_, err = c.WriteFrom([]byte("x"), netip.Addr{}, netip.MustParseAddrPort("10.0.0.2:0"))
		require.Error(t, err, "nobody can be at port 0")
	})
}

// RFC 1122, Section 4.1.3.3: every ICMP error reaches the application. The codes are those of RFC 792 and RFC 1812.
func TestEveryICMPErrorReachesTheSocket(t *testing.T) {
	for _, m := range []ip.Message{
		{Type: ip.Unreachable, Code: ip.NetUnreachable},
		{Type: ip.Unreachable, Code: ip.HostUnreachable},
		{Type: ip.Unreachable, Code: ip.ProtocolUnreachable},
		{Type: ip.Unreachable, Code: ip.PortUnreachable},
		{Type: ip.Unreachable, Code: ip.FragmentationNeeded, Rest: 1000},
		{Type: ip.Unreachable, Code: ip.CommunicationProhibited},
		{Type: ip.TimeExceeded, Code: ip.TTLExceeded},
		{Type: ip.TimeExceeded, Code: ip.ReassemblyExceeded},
		{Type: ip.ParameterProblem, Rest: 20 << 24},
	} {
		t.Run(fmt.Sprint(m.Type, m.Code), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				p := newPair(t, Config{}, Config{})
				conn, err := p.a.Dial(context.Background(), "udp", "10.0.0.2:53")
				require.NoError(t, err)
				pc, err := p.a.ListenPacket("udp", ":1000")
				require.NoError(t, err)
				open := pc.(*PacketConn)
				for _, local := range []netip.AddrPort{conn.(*PacketConn).local, netip.MustParseAddrPort("10.0.0.1:1000")} {
					p.a.Deliver(0, []link.Packet{{Octets: errorAbout(m, local, netip.MustParseAddrPort("10.0.0.2:53"))}})
				}
				_, err = conn.Read(nil)
				require.ErrorIs(t, err, ErrUnreachable)
				var e *ICMPError
				require.ErrorAs(t, err, &e)
				require.Equal(t, ICMPError{From: netip.MustParseAddr("10.0.0.2"), To: netip.MustParseAddr("10.0.0.2"), Type: m.Type, Code: m.Code, MTU: int(m.Rest & 0xffff)}, *e)

				require.NoError(t, open.SetReadDeadline(time.Now().Add(time.Second)))
				_, _, err = open.ReadFrom(nil)
				require.NotErrorIs(t, err, ErrUnreachable, "it has not asked")
				require.NoError(t, open.ReportErrors(true))
				p.a.Deliver(0, []link.Packet{{Octets: errorAbout(m, netip.MustParseAddrPort("10.0.0.1:1000"), netip.MustParseAddrPort("10.0.0.2:53"))}})
				require.NoError(t, open.SetReadDeadline(time.Time{}))
				_, _, err = open.ReadFrom(nil)
				require.ErrorIs(t, err, ErrUnreachable)
			})
		})
	}
}

// errorAbout returns an ICMP error of 10.0.0.2 about a datagram.
func errorAbout(m ip.Message, src, dst netip.AddrPort) []byte {
	datagram := make([]byte, 9)
	udp.Put(datagram, src, dst, []byte("x"))
	quoted := ip.Header{TotalLength: 20 + len(datagram), TTL: 3, Protocol: ip.UDP, Src: src.Addr(), Dst: dst.Addr()}
	m.Data = make([]byte, 20)
	quoted.Put(m.Data)
	m.Data = append(m.Data, datagram...)
	b := make([]byte, 20+m.Len())
	h := ip.Header{TotalLength: len(b), TTL: 64, Protocol: ip.ICMP, Src: netip.MustParseAddr("10.0.0.2"), Dst: src.Addr()}
	h.Put(b)
	m.Put(b[20:], h.Src, h.Dst)
	return b
}

func TestReadBufferOfASocket(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPair(t, Config{}, Config{UDP: udp.Limits{Datagrams: 5}})
		pc, err := p.b.ListenPacket("udp", ":53")
		require.NoError(t, err)
		conn, err := p.a.Dial(context.Background(), "udp", "10.0.0.2:53")
		require.NoError(t, err)
		send := func(want int) {
			for range 10 {
				_, err := conn.Write(make([]byte, 100))
				require.NoError(t, err)
			}
			synctest.Wait()
			require.EqualValues(t, want, counter(p.b, "discarded: receive queue full"))
		}
		send(5)
		for range 5 {
			_, _, err := pc.ReadFrom(nil)
			require.NoError(t, err)
		}
		require.NoError(t, pc.(*PacketConn).SetReadBuffer(300))
		send(5 + 7)
	})
}

func TestBindInterface(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPair(t, Config{}, Config{})
		p.b.AddInterface("eth1", []netip.Prefix{netip.MustParsePrefix("10.0.1.2/24")}, 1500, func([]link.Packet) {})
		first, err := p.b.ListenPacket("udp", ":68")
		require.NoError(t, err)
		require.NoError(t, first.(*PacketConn).BindInterface("eth1"))
		require.ErrorContains(t, first.(*PacketConn).BindInterface("eth7"), "eth7")
		second, err := p.b.ListenPacket("udp", ":68")
		require.NoError(t, err)
		require.ErrorIs(t, second.(*PacketConn).BindInterface("eth1"), udp.ErrInUse)
		require.NoError(t, second.(*PacketConn).BindInterface("eth0"))
		conn, err := p.a.Dial(context.Background(), "udp", "10.0.0.2:68")
		require.NoError(t, err)
		_, err = conn.Write([]byte("x"))
		require.NoError(t, err)
		_, _, err = second.ReadFrom(nil)
		require.NoError(t, err)
		require.NoError(t, second.(*PacketConn).BindInterface(""))
	})
}
