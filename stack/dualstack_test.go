package stack

import (
	"bytes"
	"context"
	"fmt"
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
	"netlab/tcp"
)

func prefixes(all ...string) (list []netip.Prefix) {
	for _, p := range all {
		list = append(list, netip.MustParsePrefix(p))
	}
	return list
}

// narrow is a router between a (10.0.1.10, fd00:0:0:1::10) and b (10.0.2.10, fd00:0:0:2::10), whose link to b has a small MTU.
func narrow(t testing.TB, mtu int) (p pair, router *Host) {
	la, ra := link.Memory(1500)
	rb, lb := link.Memory(mtu)
	p, router = pair{New(Config{Name: "a"}), New(Config{Name: "b"})}, New(Config{Name: "r", Forward: true})
	p.a.Attach("eth0", prefixes("10.0.1.10/24", "fd00:0:0:1::10/64"), la)
	p.b.Attach("eth0", prefixes("10.0.2.10/24", "fd00:0:0:2::10/64"), lb)
	router.Attach("eth0", prefixes("10.0.1.1/24", "fd00:0:0:1::1/64"), ra)
	router.Attach("eth1", prefixes("10.0.2.1/24", "fd00:0:0:2::1/64"), rb)
	for h, via := range map[*Host][2]string{p.a: {"10.0.1.1", "fd00:0:0:1::1"}, p.b: {"10.0.2.1", "fd00:0:0:2::1"}} {
		require.NoError(t, h.AddRoute(netip.MustParsePrefix("0.0.0.0/0"), netip.MustParseAddr(via[0])))
		require.NoError(t, h.AddRoute(netip.MustParsePrefix("::/0"), netip.MustParseAddr(via[1])))
	}
	t.Cleanup(func() {
		p.a.Close()
		p.b.Close()
		router.Close()
	})
	return p, router
}

// A listener on "tcp" takes connections of both families, one on "tcp4" or "tcp6" those of its own.
func TestListenersAndFamilies(t *testing.T) {
	for _, c := range []struct {
		network   string
		four, six bool
	}{{"tcp", true, true}, {"tcp4", true, false}, {"tcp6", false, true}} {
		t.Run(c.network, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				p := newPair(t, Config{}, Config{})
				l, err := p.b.Listen(c.network, ":80")
				require.NoError(t, err)
				for address, answers := range map[string]bool{"10.0.0.2:80": c.four, "[fd00::2]:80": c.six} {
					conn, err := p.a.Dial(context.Background(), "tcp", address)
					if !answers {
						require.ErrorIs(t, err, tcp.ErrRefused)
						continue
					}
					require.NoError(t, err)
					s, err := l.Accept()
					require.NoError(t, err)
					require.Equal(t, address, s.LocalAddr().String())
					require.NoError(t, conn.Close())
				}
				_, err = p.b.Listen("tcp", ":80")
				require.ErrorIs(t, err, syscall.EADDRINUSE, "a part of the addresses is taken")
				if c.four && c.six {
					for _, part := range []string{"tcp4", "tcp6"} {
						_, err = p.b.Listen(part, ":80")
						require.ErrorIs(t, err, syscall.EADDRINUSE, part)
					}
				}
				if !c.six {
					_, err = p.b.Listen("tcp6", ":80")
					require.NoError(t, err)
				}
			})
		})
	}
}

func TestTheNetworkSaysTheFamily(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		names := map[string][]netip.Addr{"b": addrs("10.0.0.2", "fd00::2"), "four": addrs("10.0.0.2")}
		p := newPair(t, Config{Hosts: names}, Config{})
		_, err := p.b.Listen("tcp", ":80")
		require.NoError(t, err)
		for network, want := range map[string]string{"tcp": "[fd00::2]:80", "tcp4": "10.0.0.2:80", "tcp6": "[fd00::2]:80", "udp": "[fd00::2]:80", "udp4": "10.0.0.2:80"} {
			conn, err := p.a.Dial(context.Background(), network, "b:80")
			require.NoError(t, err)
			require.Equal(t, want, conn.RemoteAddr().String(), network)
			require.NoError(t, conn.Close())
		}
		_, err = p.a.Dial(context.Background(), "tcp6", "four:80")
		var no *net.AddrError
		require.ErrorAs(t, err, &no)
	})
}

// RFC 9293, Section 3.7.1: the MSS is the MTU less the fixed headers, which are 60 octets in IPv6. RFC 8200, Section 5.
func TestSegmentsOverIPv6FitTheLink(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPair(t, Config{}, Config{})
		l, err := p.b.Listen("tcp", ":80")
		require.NoError(t, err)
		for address, mss := range map[string]int{"10.0.0.2:80": 1460, "[fd00::2]:80": 1440} {
			c, err := p.a.Dial(context.Background(), "tcp", address)
			require.NoError(t, err)
			s, err := l.Accept()
			require.NoError(t, err)
			for _, end := range []*Conn{c.(*Conn), s.(*Conn)} {
				require.Equal(t, mss-12, end.Snapshot().SndMSS, "less the timestamps")
			}
			data := make([]byte, 1<<20)
			sent := send(c, data)
			require.True(t, bytes.Equal(data, readAll(t, s)))
			require.NoError(t, <-sent)
		}
	})
}

// RFC 1191, RFC 8201: a narrow link behind a router makes the segments of a connection smaller, in both families.
func TestConnectionsFindThePathMTU(t *testing.T) {
	for _, address := range []string{"10.0.2.10:80", "[fd00:0:0:2::10]:80"} {
		t.Run(address, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				p, router := narrow(t, 1300)
				// The receiver lets its whole MTU be used, as one does that does not know of the narrow link.
				p.b.ifaces[0].mtu = 1500
				l, err := p.b.Listen("tcp", ":80")
				require.NoError(t, err)
				c, err := p.a.Dial(context.Background(), "tcp", address)
				require.NoError(t, err)
				s, err := l.Accept()
				require.NoError(t, err)
				data := make([]byte, 1<<20)
				start := time.Now()
				sent := send(c, data)
				require.True(t, bytes.Equal(data, readAll(t, s)))
				require.NoError(t, <-sent)
				require.Less(t, time.Since(start), time.Second, "what was too big is sent again at once, not after a time-out")
				require.NotZero(t, counter(router, "discarded: too big for the next link"))
				require.LessOrEqual(t, c.(*Conn).Snapshot().SndMSS, 1300-headerLen(c.(*Conn).Flow().Remote.Addr())-20)
			})
		})
	}
}

func TestDatagramsOverIPv6(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPair(t, Config{}, Config{})
		server := socket(t, p.b, ":53")
		conn, err := p.a.Dial(context.Background(), "udp", "[fd00::2]:53")
		require.NoError(t, err)
		for _, size := range []int{0, 1, 1452, 1453, 5000, 65527} { // the last three in fragments
			_, err := conn.Write(bytes.Repeat([]byte{7}, size))
			require.NoError(t, err)
			b := make([]byte, 70_000)
			n, m, err := server.ReadMsg(b)
			require.NoError(t, err)
			require.Equal(t, size, n)
			require.Equal(t, netip.MustParseAddr("fd00::2"), m.To)
		}
		_, err = conn.Write(make([]byte, 65528))
		require.ErrorIs(t, err, ErrTooLong)

		nobody, err := p.a.Dial(context.Background(), "udp", "[fd00::2]:99")
		require.NoError(t, err)
		_, err = nobody.Write([]byte("x"))
		require.NoError(t, err)
		_, err = nobody.Read(nil)
		var icmp *ICMPError
		require.ErrorAs(t, err, &icmp)
		require.Equal(t, ip.Unreachable6, icmp.Type)
		require.Equal(t, PortUnreachable, icmp.Meaning())
	})
}

// A socket on "udp" hears both families, one of a family only its own; the answer goes from the address that was asked.
func TestSocketsAndFamilies(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPair(t, Config{}, Config{})
		both := socket(t, p.b, ":53")
		four, err := p.b.ListenPacket("udp4", ":54")
		require.NoError(t, err)
		client := socket(t, p.a, ":0")
		for _, to := range []string{"10.0.0.2", "fd00::2"} {
			_, err := client.WriteToUDPAddrPort([]byte(to), netip.MustParseAddrPort(net.JoinHostPort(to, "53")))
			require.NoError(t, err)
			text, m := heard(t, both)
			require.Equal(t, to, text)
			_, err = both.WriteFrom([]byte("answer"), m.To, m.From)
			require.NoError(t, err)
			text, m = heard(t, client)
			require.Equal(t, "answer", text)
			require.Equal(t, netip.MustParseAddr(to), m.From.Addr())
		}
		_, err = client.WriteToUDPAddrPort([]byte("x"), netip.MustParseAddrPort("[fd00::2]:54"))
		require.NoError(t, err)
		require.NoError(t, four.SetReadDeadline(time.Now().Add(time.Second)))
		_, _, err = four.ReadFrom(nil)
		require.ErrorIs(t, err, os.ErrDeadlineExceeded)
	})
}

func TestEchoOverIPv6(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p, _ := narrow(t, 1300)
		ask := func(r EchoRequest) (EchoReply, error) {
			r.Timeout = time.Second
			return p.a.Echo(context.Background(), netip.MustParseAddr("fd00:0:0:2::10"), r)
		}
		reply, err := ask(EchoRequest{ID: 1, Seq: 1, Data: make([]byte, 56)})
		require.NoError(t, err)
		require.Equal(t, EchoReply{From: netip.MustParseAddr("fd00:0:0:2::10"), TTL: 63, Size: 56}, reply)
		var icmp *ICMPError
		_, err = ask(EchoRequest{ID: 1, Seq: 2, TTL: 1})
		require.ErrorAs(t, err, &icmp)
		require.Equal(t, HopLimitExceeded, icmp.Meaning())
		require.Equal(t, netip.MustParseAddr("fd00:0:0:1::1"), icmp.From)
		_, err = ask(EchoRequest{ID: 1, Seq: 3, Data: make([]byte, 1400)})
		require.ErrorAs(t, err, &icmp)
		require.Equal(t, PacketTooBig, icmp.Meaning())
		require.Equal(t, 1300, icmp.MTU)
		_, err = p.a.Echo(context.Background(), netip.MustParseAddr("fd00:0:0:9::1"), EchoRequest{Timeout: time.Second})
		require.ErrorAs(t, err, &icmp)
		require.Equal(t, NetUnreachable, icmp.Meaning())
	})
}

// Addresses come and go while a host runs.
func TestAddressesOfBothFamiliesComeAndGo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPair(t, Config{}, Config{})
		ask := func(to string) error {
			_, err := p.a.Echo(context.Background(), netip.MustParseAddr(to), EchoRequest{Timeout: time.Second})
			return err
		}
		for i, to := range []string{"10.0.0.7", "fd00::7"} {
			require.ErrorIs(t, ask(to), os.ErrDeadlineExceeded)
			prefix := netip.PrefixFrom(netip.MustParseAddr(to), []int{24, 64}[i])
			require.NoError(t, p.b.AddAddress("eth0", prefix))
			require.ErrorIs(t, p.b.AddAddress("eth0", prefix), syscall.EADDRINUSE)
			require.NoError(t, ask(to))
			l, err := p.b.Listen("tcp", net.JoinHostPort(to, "80"))
			require.NoError(t, err)
			require.NoError(t, l.Close())
			require.NoError(t, p.b.RemoveAddress("eth0", prefix.Addr()))
			require.ErrorIs(t, p.b.RemoveAddress("eth0", prefix.Addr()), syscall.EADDRNOTAVAIL)
			require.ErrorIs(t, ask(to), os.ErrDeadlineExceeded)
			require.NoError(t, ask([]string{"10.0.0.2", "fd00::2"}[i]), "the other address on the network, and the route, stay")
		}
		require.Error(t, p.b.AddAddress("eth9", prefixes("10.9.0.1/24")[0]))
		require.Error(t, p.b.RemoveAddress("eth9", addrs("10.9.0.1")[0]))
		require.Equal(t, "[{eth0 [10.0.0.2/24 fd00::2/64] 1500}]", fmt.Sprint(p.b.Interfaces()))
	})
}
