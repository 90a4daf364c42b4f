package stack

import (
	"net/netip"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/require"

	"netlab/ip"
	"netlab/link"
	"netlab/tcp"
	"netlab/trace"
	"netlab/udp"
)

// Whatever arrives and is not taken, answered or kept is told of as discarded: nothing vanishes without a word.
func TestNothingVanishesWithoutAWord(t *testing.T) {
	peer, host := netip.MustParseAddr("10.0.0.9"), netip.MustParseAddr("10.0.0.2")
	stranger := netip.MustParseAddr("192.0.2.7") // no route leads there
	packet := func(src netip.Addr, p ip.Protocol, payload []byte) []byte {
		h := ip.Header{TTL: 64, Protocol: p, Src: src, Dst: host, TotalLength: 20 + len(payload)}
		b := make([]byte, h.TotalLength)
		h.Put(b)
		copy(b[20:], payload)
		return b
	}
	segment := func(src netip.Addr, port uint16, flags tcp.Flags) []byte {
		s := tcp.Segment{SrcPort: 999, DstPort: port, Seq: 1, Flags: flags}
		b := make([]byte, s.HeaderLen())
		s.Put(b, src, host)
		return packet(src, ip.TCP, b)
	}
	datagram := func(src netip.Addr, change func(b []byte)) []byte {
		b := make([]byte, udp.Len(4))
		udp.Put(b, netip.AddrPortFrom(src, 999), netip.AddrPortFrom(host, 999), []byte("data"))
		change(b)
		return packet(src, ip.UDP, b)
	}
	message := func(m ip.Message) []byte {
		b := make([]byte, m.Len())
		m.Put(b, peer, host)
		return packet(peer, ip.ICMP, b)
	}
	quote := func(p ip.Protocol) []byte {
		h := ip.Header{TTL: 64, Protocol: p, Src: host, Dst: peer, TotalLength: 28}
		b := make([]byte, 28)
		h.Put(b)
		return b
	}
	for name, c := range map[string]struct {
		packet []byte
		says   string
	}{
		"RST to a closed port (RFC 9293, Section 3.10.7.1)": {segment(peer, 81, tcp.RST), "discards an RST: there is no connection that it could reset"},
		"RST to a listener (RFC 9293, Section 3.10.7.2)":    {segment(peer, 80, tcp.RST), "discards an RST: the port listens, and there is no connection yet that it could reset"},
		"FIN to a listener (RFC 9293, Section 3.10.7.2)":    {segment(peer, 80, tcp.FIN), "discards a segment without SYN: nothing else opens a connection"},
		"SYN to a closed port, no way back":                 {segment(stranger, 81, tcp.SYN), "discards a segment: no route leads back to its sender"},
		"SYN to a listener, no way back":                    {segment(stranger, 80, tcp.SYN), "discards a segment: no route leads back to its sender"},
		"wrong UDP checksum (RFC 1122, Section 4.1.3.4)":    {datagram(peer, func(b []byte) { b[6] ^= 1 }), "discards a datagram whose checksum is wrong"},
		"UDP length 7 (RFC 768)":                            {datagram(peer, func(b []byte) { b[5] = 7 }), "discards a datagram whose length is below 8 octets, its header's"},
		"UDP length beyond the packet (RFC 768)":            {datagram(peer, func(b []byte) { b[5] = 13 }), "discards a datagram that is cut short"},
		"closed UDP port, no way back":                      {datagram(stranger, func([]byte) {}), "discards a packet that nobody here wants, and does not say so: no route leads back to its sender"},
		"echo reply (RFC 1122, Section 3.2.2.6)":            {message(ip.Message{Type: ip.EchoReply}), "discards an echo reply that nobody waits for"},
		"error about a segment of no connection":            {message(ip.Message{Type: ip.Unreachable, Data: quote(ip.TCP)}), "discards an ICMP error that no connection, connected socket or ping of this host can use"},
		"error about a datagram of no socket":               {message(ip.Message{Type: ip.Unreachable, Data: quote(ip.UDP)}), "discards an ICMP error that no connection, connected socket or ping of this host can use"},
		"error about an echo request of no ping":            {message(ip.Message{Type: ip.Unreachable, Data: quote(ip.ICMP)}), "discards an ICMP error that no connection, connected socket or ping of this host can use"},
		"error about another protocol":                      {message(ip.Message{Type: ip.Unreachable, Data: quote(89)}), "discards an ICMP error that no connection, connected socket or ping of this host can use"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var r recorder
				h := New(r.config("h"))
				defer h.Close()
				ours, _ := link.Memory(1500)
				h.Attach("eth0", []netip.Prefix{netip.PrefixFrom(host, 24)}, ours)
				_, err := h.Listen("tcp", ":80")
				require.NoError(t, err)

				h.Deliver(0, []link.Packet{{Octets: c.packet}})
				require.Len(t, r.events, 2)
				arrived, discarded := r.events[0], r.events[1]
				require.Equal(t, trace.Received, arrived.Kind)
				require.Equal(t, trace.Discarded, discarded.Kind)
				require.Equal(t, c.says, discarded.Text())
				require.Equal(t, []trace.ID{arrived.ID, arrived.ID}, []trace.ID{discarded.Cause, discarded.Packet})
				require.False(t, discarded.Ref.IsZero())
			})
		})
	}
}
