package stack

import (
	"net"
	"net/netip"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/require"

	"netlab/ip"
	"netlab/link"
	"netlab/tcp"
)

// handmade is a host and, at the other end of its link, a peer whose every packet the test makes by hand.
type handmade struct {
	t    *testing.T
	host *Host
	addr netip.Addr // of the peer
	out  [][]byte   // what the host has sent and next has not given
}

func newHandmade(t *testing.T, cfg Config) *handmade {
	p := &handmade{t: t, host: New(cfg), addr: netip.MustParseAddr("10.0.0.9")}
	t.Cleanup(func() { p.host.Close() })
	p.host.AddInterface("eth0", []netip.Prefix{netip.MustParsePrefix("10.0.0.2/24")}, 1500, func(packets []link.Packet) {
		for _, packet := range packets {
			p.out = append(p.out, append([]byte(nil), packet.Octets...))
		}
	})
	return p
}

// send delivers a segment from the peer; tos is that of its IP header.
func (p *handmade) send(tos uint8, seg tcp.Segment) {
	dst := netip.MustParseAddr("10.0.0.2")
	b := make([]byte, ipHeader+seg.HeaderLen()+len(seg.Payload))
	h := ip.Header{TTL: 64, TOS: tos, Protocol: ip.TCP, Src: p.addr, Dst: dst, TotalLength: len(b)}
	h.Put(b)
	seg.Put(b[ipHeader:], p.addr, dst)
	p.host.Deliver(0, []link.Packet{{Octets: b}})
}

// next takes the next packet that the host has sent, which must be a segment.
func (p *handmade) next() (ip.Header, tcp.Segment) {
	p.t.Helper()
	require.NotEmpty(p.t, p.out, "the host has sent nothing")
	h, payload, err := ip.Parse(p.out[0])
	require.NoError(p.t, err)
	seg, err := tcp.Parse(payload)
	require.NoError(p.t, err)
	p.out = p.out[1:]
	return h, seg
}

// RFC 9293, Section 3.6.1 (MAY-2), and RFC 6191, Section 2: a newer SYN opens again a connection that is in
// TIME-WAIT, if somebody listens; an older one does not.
func TestSYNReopensTimeWait(t *testing.T) {
	p := newHandmade(t, Config{Seed: 1})
	l, err := p.host.Listen("tcp", ":80")
	require.NoError(t, err)
	syn := func(seq tcp.Seq, clock uint32) {
		p.send(0, tcp.Segment{SrcPort: 999, DstPort: 80, Seq: seq, Flags: tcp.SYN, Window: 5000, Options: tcp.Options{Timestamps: true, TSVal: clock}})
	}
	syn(1000, 50)
	_, synACK := p.next()
	ack := func(flags tcp.Flags, seq, ack tcp.Seq, clock uint32) {
		p.send(0, tcp.Segment{
			SrcPort: 999, DstPort: 80, Seq: seq, Ack: ack, Flags: tcp.ACK | flags, Window: 5000,
			Options: tcp.Options{Timestamps: true, TSVal: clock, TSEcr: synACK.Options.TSVal},
		})
	}
	ack(0, 1001, synACK.Seq+1, 51)
	c, err := l.Accept()
	require.NoError(t, err)
	require.NoError(t, c.Close())
	_, fin := p.next()
	require.Equal(t, tcp.FIN|tcp.ACK, fin.Flags)
	ack(tcp.FIN, 1001, fin.Seq+1, 52)
	p.next()
	state := func() tcp.State {
		all := p.host.Connections()
		require.Len(t, all, 1)
		return all[0].Snapshot.State
	}
	require.Equal(t, tcp.TimeWait, state())

	syn(900_000, 10)
	_, answer := p.next()
	require.Equal(t, tcp.ACK, answer.Flags, "an old one is answered as any segment that is out of order")
	require.Equal(t, tcp.TimeWait, state())

	syn(500, 60)
	_, again := p.next()
	require.Equal(t, tcp.SYN|tcp.ACK, again.Flags)
	require.Equal(t, tcp.Seq(501), again.Ack)
	require.True(t, fin.Seq.Less(again.Seq), "its numbers are later than all before")
	require.Equal(t, tcp.SynReceived, state())

	ack(tcp.RST, 501, 0, 61)
	require.Empty(t, p.host.Connections())
}

// open makes a connection between the peer and port 80, where somebody listens, and returns the host's end of it and the
// number of the host's first octet.
func (p *handmade) open(l net.Listener, o tcp.Options, flags tcp.Flags) (*Conn, tcp.Seq) {
	p.t.Helper()
	p.send(0, tcp.Segment{SrcPort: 999, DstPort: 80, Seq: 1000, Flags: tcp.SYN | flags, Window: 60000, Options: o})
	_, synACK := p.next()
	require.Equal(p.t, tcp.SYN|tcp.ACK, synACK.Flags&^tcp.ECE)
	p.ack(1001, synACK.Seq+1, "")
	c, err := l.Accept()
	require.NoError(p.t, err)
	return c.(*Conn), synACK.Seq + 1
}

// ack delivers an acknowledgment from port 999, with data.
func (p *handmade) ack(seq, ack tcp.Seq, data string) {
	p.send(0, tcp.Segment{SrcPort: 999, DstPort: 80, Seq: seq, Ack: ack, Flags: tcp.ACK, Window: 60000, Payload: []byte(data)})
}

// RFC 3168, Section 5 and Section 6.1: the ECN field of the IP header goes both ways, and leaves the Diffserv field alone
// (RFC 9293, Section 3.9.1.9, MUST-48); the TTL is as the application says (MUST-49).
// MUST-48, MUST-49, SHLD-21, SHLD-22
func TestECNAndTOS(t *testing.T) {
	p := newHandmade(t, Config{Seed: 1})
	l, err := p.host.Listen("tcp", ":80")
	require.NoError(t, err)
	c, first := p.open(l, tcp.Options{MSS: 1460}, tcp.ECE|tcp.CWR)
	require.NoError(t, c.SetTOS(0xff))
	require.NoError(t, c.SetTTL(9))
	_, err = c.Write([]byte("hello"))
	require.NoError(t, err)
	h, _ := p.next()
	require.Equal(t, uint8(0xfc|tcp.ECT0), h.TOS)
	require.Equal(t, uint8(9), h.TTL)
	require.True(t, h.DontFragment)
	require.NoError(t, c.SetTTL(0))
	p.send(tcp.CE, tcp.Segment{SrcPort: 999, DstPort: 80, Seq: 1001, Ack: first + 5, Flags: tcp.ACK, Window: 60000, Payload: make([]byte, 1460)})
	p.send(tcp.ECT0, tcp.Segment{SrcPort: 999, DstPort: 80, Seq: 2461, Ack: first + 5, Flags: tcp.ACK, Window: 60000, Payload: make([]byte, 1460)})
	h, ack := p.next()
	require.Equal(t, tcp.ACK|tcp.ECE, ack.Flags)
	require.Equal(t, uint8(0xfc), h.TOS)
	require.Equal(t, uint8(64), h.TTL)
}

// RFC 1191, Section 6.4: a router's word that a packet was too big makes the segments smaller at once.
// SHLD-6
func TestPathMTU(t *testing.T) {
	p := newHandmade(t, Config{Seed: 1})
	l, err := p.host.Listen("tcp", ":80")
	require.NoError(t, err)
	c, _ := p.open(l, tcp.Options{MSS: 1460}, 0)
	_, err = c.Write(make([]byte, 3000))
	require.NoError(t, err)
	big := p.out[0]
	p.out = nil
	quoted := ip.Message{Type: ip.Unreachable, Code: ip.FragmentationNeeded, Rest: 1000, Data: big[:28]}
	b := make([]byte, 20+quoted.Len())
	h := ip.Header{TTL: 64, Protocol: ip.ICMP, Src: netip.MustParseAddr("10.0.0.77"), Dst: netip.MustParseAddr("10.0.0.2"), TotalLength: len(b)}
	h.Put(b)
	quoted.Put(b[20:], h.Src, h.Dst)
	p.host.Deliver(0, []link.Packet{{Octets: b}})
	for range 4 {
		h, seg := p.next()
		require.LessOrEqual(t, h.TotalLength, 1000)
		require.LessOrEqual(t, len(seg.Payload), 960)
	}
	require.Equal(t, 960, c.Snapshot().SndMSS)
}

// RFC 4987, Section 3.6: while SYNs from nowhere fill the backlog, a peer that answers gets its connection at once, and the
// memory for the others is bounded.
func TestSYNFlood(t *testing.T) {
	synctest.Test(t, func(t *testing.T) { // the time that the flood takes is not to count
		p := newHandmade(t, Config{Seed: 1, Backlog: 16})
		l, err := p.host.Listen("tcp", ":80")
		require.NoError(t, err)
		for i := range 10_000 {
			p.addr = netip.AddrFrom4([4]byte{10, 0, byte(i >> 8), byte(i)})
			if p.addr == netip.MustParseAddr("10.0.0.2") {
				continue // ours
			}
			p.send(0, tcp.Segment{SrcPort: 7, DstPort: 80, Seq: 1, Flags: tcp.SYN, Window: 1000, Options: tcp.Options{MSS: 1460}})
		}
		require.Len(t, p.host.Connections(), 16)
		p.out = nil
		p.addr = netip.MustParseAddr("10.0.0.9")
		c, first := p.open(l, tcp.Options{MSS: 1460}, 0)
		p.ack(1001, first, "hello")
		b := make([]byte, 10)
		n, err := c.Read(b)
		require.NoError(t, err)
		require.Equal(t, "hello", string(b[:n]))
		_, err = c.Write([]byte("world"))
		require.NoError(t, err)
		_, seg := p.next()
		require.Equal(t, "world", string(seg.Payload))
		require.Len(t, p.host.Connections(), 17)
	})
}

// Without a listener a SYN leaves TIME-WAIT as it is.
func TestSYNDoesNotReopenWithoutListener(t *testing.T) {
	p := newHandmade(t, Config{Seed: 1})
	l, err := p.host.Listen("tcp", ":80")
	require.NoError(t, err)
	p.send(0, tcp.Segment{SrcPort: 999, DstPort: 80, Seq: 1000, Flags: tcp.SYN, Window: 5000})
	_, synACK := p.next()
	p.send(0, tcp.Segment{SrcPort: 999, DstPort: 80, Seq: 1001, Ack: synACK.Seq + 1, Flags: tcp.ACK, Window: 5000})
	c, err := l.Accept()
	require.NoError(t, err)
	require.NoError(t, l.Close())
	require.NoError(t, c.Close())
	p.next()
	p.send(0, tcp.Segment{SrcPort: 999, DstPort: 80, Seq: 1001, Ack: synACK.Seq + 2, Flags: tcp.FIN | tcp.ACK, Window: 5000})
	p.next()
	p.send(0, tcp.Segment{SrcPort: 999, DstPort: 80, Seq: 900_000, Flags: tcp.SYN, Window: 5000})
	_, answer := p.next()
	require.Equal(t, tcp.ACK, answer.Flags)
	require.Equal(t, tcp.TimeWait, p.host.Connections()[0].Snapshot.State)
}

// RFC 9293, Section 3.9.2.3 and Section 3.9.1.1: nothing is opened with many at once. MUST-46, MUST-57, MUST-63
func TestNoConnectionWithMany(t *testing.T) {
	p := newHandmade(t, Config{Seed: 1})
	_, err := p.host.Listen("tcp", ":80")
	require.NoError(t, err)
	for _, dst := range []string{"10.0.0.255", "255.255.255.255", "224.0.0.1"} {
		syn := tcp.Segment{SrcPort: 999, DstPort: 80, Seq: 1, Flags: tcp.SYN}
		b := make([]byte, ipHeader+syn.HeaderLen())
		h := ip.Header{TTL: 64, Protocol: ip.TCP, Src: p.addr, Dst: netip.MustParseAddr(dst), TotalLength: len(b)}
		h.Put(b)
		syn.Put(b[ipHeader:], h.Src, h.Dst)
		p.host.Deliver(0, []link.Packet{{Octets: b}})
		require.Empty(t, p.out, dst)
		require.Empty(t, p.host.Connections(), dst)

		_, err := p.host.Dial(t.Context(), "tcp", dst+":80")
		require.ErrorContains(t, err, "is no address of a single host")
	}
	for _, src := range []string{"10.0.0.255", "255.255.255.255", "224.0.0.1", "0.0.0.0"} {
		p.addr = netip.MustParseAddr(src)
		p.send(0, tcp.Segment{SrcPort: 999, DstPort: 80, Seq: 1, Flags: tcp.SYN})
		require.Empty(t, p.out, src)
	}
}

// RFC 9293, Section 3.9.2.2: a Source Quench is discarded, and other ICMP errors reach the connection. MUST-54, MUST-55
func TestSourceQuenchIsDiscarded(t *testing.T) {
	p := newHandmade(t, Config{Seed: 1})
	l, err := p.host.Listen("tcp", ":80")
	require.NoError(t, err)
	c, _ := p.open(l, tcp.Options{MSS: 1460}, 0)
	_, err = c.Write([]byte("hello"))
	require.NoError(t, err)
	tell := func(kind ip.MessageType, code uint8) error {
		m := ip.Message{Type: kind, Code: code, Data: p.out[0][:28]}
		b := make([]byte, 20+m.Len())
		h := ip.Header{TTL: 64, Protocol: ip.ICMP, Src: netip.MustParseAddr("10.0.0.77"), Dst: netip.MustParseAddr("10.0.0.2"), TotalLength: len(b)}
		h.Put(b)
		m.Put(b[20:], h.Src, h.Dst)
		p.host.Deliver(0, []link.Packet{{Octets: b}})
		_, soft := c.Trouble()
		return soft
	}
	require.NoError(t, tell(ip.SourceQuench, 0))
	var e *ICMPError
	require.ErrorAs(t, tell(ip.Unreachable, 0), &e)
	require.Equal(t, tcp.Established, c.Snapshot().State)
}

// RFC 9293, Section 3.9.1.1: the source address of a SYN is that of the interface that leads to the peer; of an answer, the
// address that was spoken to. MUST-44, MUST-45
func TestSourceAddressOfConnections(t *testing.T) {
	p := newHandmade(t, Config{Seed: 1})
	p.host.AddInterface("eth1", []netip.Prefix{netip.MustParsePrefix("10.9.0.2/24")}, 1500, func(packets []link.Packet) {
		for _, packet := range packets {
			p.out = append(p.out, append([]byte(nil), packet.Octets...))
		}
	})
	for _, remote := range []string{"10.0.0.9:80", "10.9.0.9:80"} {
		c, err := p.host.open(netip.MustParseAddrPort(remote))
		require.NoError(t, err)
		require.NoError(t, c.SetTTL(7)) // it sends what there is to send, too
		h, syn := p.next()
		require.Equal(t, tcp.SYN, syn.Flags&tcp.SYN)
		require.Equal(t, netip.MustParseAddrPort(remote).Addr(), h.Dst)
		require.Equal(t, h.Dst.As4()[1], h.Src.As4()[1], "of the same network")
		p.out = nil
	}
	_, err := p.host.Listen("tcp", ":80")
	require.NoError(t, err)
	p.send(0, tcp.Segment{SrcPort: 999, DstPort: 80, Seq: 1, Flags: tcp.SYN})
	h, _ := p.next()
	require.Equal(t, netip.MustParseAddr("10.0.0.2"), h.Src)
}

// RFC 9293, Section 3.9.2: options of the IP header that TCP does not understand are ignored. MUST-50
func TestIPOptionsAreIgnored(t *testing.T) {
	p := newHandmade(t, Config{Seed: 1})
	_, err := p.host.Listen("tcp", ":80")
	require.NoError(t, err)
	syn := tcp.Segment{SrcPort: 999, DstPort: 80, Seq: 1, Flags: tcp.SYN}
	options := []byte{1, 0x5e, 4, 0, 0, 0, 0, 0} // no operation, an unknown option, end, padding
	b := make([]byte, ipHeader+len(options)+syn.HeaderLen())
	h := ip.Header{TTL: 64, Protocol: ip.TCP, Src: p.addr, Dst: netip.MustParseAddr("10.0.0.2"), TotalLength: len(b), Options: options}
	h.Put(b)
	syn.Put(b[h.Len():], h.Src, h.Dst)
	p.host.Deliver(0, []link.Packet{{Octets: b}})
	_, synACK := p.next()
	require.Equal(t, tcp.SYN|tcp.ACK, synACK.Flags)
}
