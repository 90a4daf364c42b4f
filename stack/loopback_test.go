package stack

import (
	"context"
	"net/netip"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"netlab/ip"
	"netlab/link"
)

// A host speaks to itself by its own addresses and by those of loopback, over TCP, UDP and ICMP, and no packet of that gets
// out on a link.
func TestAHostSpeaksToItself(t *testing.T) {
	for _, host := range []string{"10.0.0.1", "fd00::1", "127.0.0.1", "::1"} {
		t.Run(host, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				h := New(Config{Hosts: map[string][]netip.Addr{"me": addrs(host)}})
				defer h.Close()
				h.AddInterface("eth0", prefixes("10.0.0.1/24", "fd00::1/64"), 1500, func([]link.Packet) { t.Error("a packet gets out") })
				l, err := h.Listen("tcp", ":80")
				require.NoError(t, err)
				c, err := h.Dial(context.Background(), "tcp", "me:80")
				require.NoError(t, err)
				s, err := l.Accept()
				require.NoError(t, err)
				data := make([]byte, 1<<20)
				sent := send(c, data)
				require.Len(t, readAll(t, s), len(data))
				require.NoError(t, <-sent)

				server, client := socket(t, h, ":53"), socket(t, h, ":0")
				_, err = client.WriteToUDPAddrPort([]byte("hello"), netip.AddrPortFrom(netip.MustParseAddr(host), 53))
				require.NoError(t, err)
				text, m := heard(t, server)
				require.Equal(t, "hello", text)
				require.Equal(t, netip.MustParseAddr(host), m.From.Addr())
				require.Equal(t, "lo", m.Interface)
				_, err = h.Probe(context.Background(), netip.AddrPortFrom(netip.MustParseAddr(host), 99), ProbeRequest{Timeout: time.Second})
				var icmp *ICMPError
				require.ErrorAs(t, err, &icmp, "nobody listens there")
				require.Equal(t, PortUnreachable, icmp.Meaning())
				reply, err := h.Echo(context.Background(), netip.MustParseAddr(host), EchoRequest{Data: []byte("x"), Timeout: time.Second})
				require.NoError(t, err)
				require.Equal(t, netip.MustParseAddr(host), reply.From)
				require.Len(t, h.Interfaces(), 1, "loopback is none that routing protocols should know of")
			})
		})
	}
}

// RFC 1122, Section 3.2.1.3, case g; RFC 4291, Section 2.5.3: loopback addresses do not come from outside, and an address of
// one's own is no source of a packet from a link, also when the host has a loopback interface.
func TestLoopbackAddressesDoNotComeFromALink(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPair(t, Config{}, Config{})
		_, err := p.b.Echo(context.Background(), netip.MustParseAddr("127.0.0.1"), EchoRequest{Timeout: time.Second})
		require.NoError(t, err)
		for _, ends := range [][2]string{{"10.0.0.1", "127.0.0.1"}, {"127.0.0.1", "10.0.0.2"}, {"10.0.0.2", "10.0.0.2"}, {"fd00::1", "::1"}, {"::1", "fd00::2"}, {"fd00::2", "fd00::2"}} {
			src, dst := netip.MustParseAddr(ends[0]), netip.MustParseAddr(ends[1])
			m := ip.Echo(dst, 1, 1, nil)
			h := ip.Header{Protocol: ip.ICMP, TTL: 64, Src: src, Dst: dst}
			if dst.Is6() {
				h.Protocol = ip.ICMPv6
			}
			h.TotalLength = h.Len() + m.Len()
			b := make([]byte, h.TotalLength)
			h.Put(b)
			m.Put(b[h.Len():], src, dst)
			before := counter(p.b, "echo requests answered")
			p.b.Deliver(0, []link.Packet{{Octets: b}})
			require.Equal(t, before, counter(p.b, "echo requests answered"), ends)
		}
	})
}
