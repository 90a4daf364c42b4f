package ip

import (
	"net/netip"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"netlab/trace"
	"netlab/wire"
)

var (
	start   = time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)
	client  = netip.MustParseAddr("10.0.1.10")
	near    = netip.MustParseAddr("10.0.1.1") // the router, on the client's side
	far     = netip.MustParseAddr("10.0.2.1") // and on the server's
	server  = netip.MustParseAddr("10.0.2.20")
	distant = netip.MustParseAddr("192.0.2.7")
)

// rig is a node with the events that it emitted.
type rig struct {
	*Node
	t      testing.TB
	events []trace.Event
}

func (r *rig) emit(e trace.Event) trace.ID {
	e.ID = trace.ID(100 + len(r.events))
	e.Octets = append([]byte(nil), e.Octets...)
	r.events = append(r.events, e)
	return e.ID
}

// newRouter has the client's network on interface 0 and the server's, with a smaller MTU, on interface 1.
func newRouter(t testing.TB) *rig {
	r := &rig{t: t}
	r.Node = New(Config{Forward: true, ID: 500}, trace.New("r1", r.emit))
	r.AddInterface(Interface{Name: "eth0", Prefixes: []netip.Prefix{netip.PrefixFrom(near, 24)}, MTU: 1500})
	r.AddInterface(Interface{Name: "eth1", Prefixes: []netip.Prefix{netip.PrefixFrom(far, 24)}, MTU: 1000})
	return r
}

// newHost is the server, with a default route to the router.
func newHost(t testing.TB) *rig {
	h := &rig{t: t}
	h.Node = New(Config{ID: 500}, trace.New("server", h.emit))
	h.AddInterface(Interface{Name: "eth0", Prefixes: []netip.Prefix{netip.PrefixFrom(server, 24)}, MTU: 1500})
	h.AddRoute(Route{Prefix: netip.MustParsePrefix("0.0.0.0/0"), Via: far})
	return h
}

// give hands the node a packet and returns the delivery.
func (r *rig) give(iface int, b []byte) (Delivery, bool) {
	return r.Receive(start, iface, b, 7, 3)
}

// sent returns the next packet that the node sends, parsed.
func (r *rig) sent() (Output, Header, []byte) {
	r.t.Helper()
	out, ok := r.Next()
	require.True(r.t, ok, "nothing was sent")
	h, payload, err := Parse(out.Octets)
	require.NoError(r.t, err)
	return out, h, payload
}

// sentError returns the ICMP error that the node sends.
func (r *rig) sentError() (Output, Header, Message) {
	r.t.Helper()
	out, h, payload := r.sent()
	m, err := ParseICMP(client, server, payload)
	require.NoError(r.t, err)
	require.True(r.t, m.IsError())
	return out, h, m
}

func (r *rig) silent() {
	r.t.Helper()
	_, ok := r.Next()
	require.False(r.t, ok, "something was sent")
}

// discarded checks that the last event tells of a packet thrown away, and that it names the packet.
func (r *rig) discarded(say string) {
	r.t.Helper()
	require.NotEmpty(r.t, r.events)
	e := r.events[len(r.events)-1]
	require.Equal(r.t, trace.Discarded, e.Kind)
	require.Equal(r.t, say, e.Text())
	require.Equal(r.t, trace.ID(7), e.Cause)
	require.Equal(r.t, trace.ID(3), e.Packet)
	require.False(r.t, e.Ref.IsZero())
}

func udpTo(dst netip.Addr) Header { return Header{TTL: 64, Protocol: UDP, Src: client, Dst: dst} }

func TestHostTakesWhatIsForIt(t *testing.T) {
	h := newHost(t)
	b := packet(Header{TTL: 64, Protocol: TCP, Src: client, Dst: server}, []byte("segment"))
	d, ok := h.give(0, append(b, "padding"...))
	require.True(t, ok)
	require.Equal(t, "segment", string(d.Payload))
	require.Equal(t, b, d.Packet)
	require.Equal(t, trace.ID(7), d.Cause)
	require.Equal(t, uint64(1), h.Counters().Delivered)
	h.silent()
}

// RFC 1122, Section 3.2.1.3: "A host MUST silently discard an incoming datagram that is not destined for the host."
func TestHostIgnoresOthersPackets(t *testing.T) {
	h := newHost(t)
	for _, dst := range []string{"10.0.2.21", "192.0.2.1", "0.0.0.0", "240.0.0.1"} {
		_, ok := h.give(0, packet(udpTo(netip.MustParseAddr(dst)), nil))
		require.False(t, ok)
		h.discarded("discards a packet that is for another host")
	}
	require.Equal(t, uint64(4), h.Counters().NotOurs)
	_, ok := h.give(0, packet(udpTo(netip.MustParseAddr("127.0.0.1")), nil))
	require.False(t, ok)
	h.discarded("discards a packet for a loopback address, which no packet on a link is for")
	h.silent()
}

// RFC 1812, Section 5.2.2: malformed packets are discarded silently, and counted.
func TestMalformedPacketsAreDiscarded(t *testing.T) {
	good := packet(udpTo(server), []byte("data"))
	change := func(at int, to byte) []byte {
		b := append([]byte(nil), good...)
		b[at] = to
		return b
	}
	fixed := func(b []byte) []byte {
		n := int(b[0]&15) * 4
		b[10], b[11] = 0, 0
		sum := wire.Checksum(b[:n])
		b[10], b[11] = byte(sum>>8), byte(sum)
		return b
	}
	for _, c := range []struct {
		b    []byte
		says string
		n    func(Counters) uint64
	}{
		{nil, "discards a packet that is cut short", func(c Counters) uint64 { return c.Truncated }},
		{good[:19], "discards a packet that is cut short", func(c Counters) uint64 { return c.Truncated }},
		{good[:23], "discards a packet that is cut short", func(c Counters) uint64 { return c.Truncated }},
		{change(0, 0x55), "discards a packet of another version of IP", func(c Counters) uint64 { return c.Version }},
		{change(0, 0x44), "discards a packet whose header contradicts itself", func(c Counters) uint64 { return c.Malformed }},
		{fixed(change(3, 19)), "discards a packet whose header contradicts itself", func(c Counters) uint64 { return c.Malformed }},
		{change(8, 63), "discards a packet whose header checksum is wrong", func(c Counters) uint64 { return c.Checksum }},
	} {
		h := newHost(t)
		_, ok := h.give(0, c.b)
		require.False(t, ok)
		h.discarded(c.says)
		require.Equal(t, uint64(1), c.n(h.Counters()))
		h.silent()
	}
}

// RFC 1122, Section 3.2.1.3; RFC 1812, Section 5.3.7.
func TestMartianSourcesAreDiscarded(t *testing.T) {
	for _, src := range []string{"0.0.0.0", "0.1.2.3", "127.0.0.1", "224.0.0.1", "240.0.0.1", "255.255.255.255", "10.0.2.255", "10.0.2.0", server.String()} {
		h := newHost(t)
		_, ok := h.give(0, packet(Header{TTL: 64, Protocol: UDP, Src: netip.MustParseAddr(src), Dst: server}, nil))
		require.False(t, ok, src)
		h.discarded("discards a packet whose source is no address of a single other host")
		h.silent()
	}
}

// RFC 1122, Section 3.2.2.6.
func TestEchoIsAnswered(t *testing.T) {
	h := newHost(t)
	request := Header{TOS: 0x20, TTL: 9, Protocol: ICMP, Src: client, Dst: server}
	_, ok := h.give(0, packet(request, message(Echo(server, 77, 3, []byte("mirror this")))))
	require.False(t, ok)
	out, reply, payload := h.sent()
	require.Equal(t, []netip.Addr{server, client}, []netip.Addr{reply.Src, reply.Dst})
	require.Equal(t, uint8(64), reply.TTL)
	require.Equal(t, uint8(0x20), reply.TOS, "RFC 1812, Section 4.3.2.5")
	require.Equal(t, uint32(500), reply.ID)
	m, err := ParseICMP(client, server, payload)
	require.NoError(t, err)
	require.Equal(t, Message{Type: EchoReply, Rest: 77<<16 | 3, Data: []byte("mirror this")}, m)
	e := trace.Event{Say: out.Why.Say, Args: out.Why.Args}
	require.Equal(t, "answers echo request 3 of ping 77 with the same data", e.Text())
	require.Equal(t, trace.ID(7), out.Why.Cause)
	h.silent()

	bad := message(Echo(server, 77, 4, []byte("mirror this")))
	bad[9] ^= 1
	h.give(0, packet(request, bad))
	h.discarded("discards an ICMP message whose checksum is wrong")
	h.silent()
}

// RFC 1122, Section 3.2.2.6: a recorded route is "for the entire round trip".
func TestEchoReplyKeepsTheRecordedRoute(t *testing.T) {
	h := newHost(t)
	options := unhex(t, "01 070b08 0a000101 00000000")
	h.give(0, packet(Header{TTL: 9, Protocol: ICMP, Src: client, Dst: server, Options: options}, message(Echo(server, 1, 1, nil))))
	_, reply, _ := h.sent()
	require.Equal(t, unhex(t, "01 070b0c 0a000101 0a000214"), reply.Options)
}

func TestWhatIsNotAnswered(t *testing.T) {
	broadcast := netip.MustParseAddr("10.0.2.255")
	echo := message(Echo(server, 1, 1, nil))
	for name, c := range map[string]struct {
		dst     netip.Addr
		payload []byte
	}{
		"echo to a broadcast":         {broadcast, echo},
		"echo to the local broadcast": {netip.MustParseAddr("255.255.255.255"), echo},
		"echo to a multicast group":   {netip.MustParseAddr("224.0.0.1"), echo},
		"timestamp request":           {server, message(Message{Type: 13})},
		"unknown type":                {server, message(Message{Type: 200})},
		"redirect":                    {server, message(Message{Type: Redirect})},
		"source quench":               {server, message(Message{Type: SourceQuench})},
		"error about nothing":         {server, message(Message{Type: Unreachable})},
		"error about another's":       {server, message(Message{Type: Unreachable, Data: packet(udpTo(server), make([]byte, 8))})},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHost(t)
			_, ok := h.give(0, packet(Header{TTL: 9, Protocol: ICMP, Src: client, Dst: c.dst}, c.payload))
			require.False(t, ok)
			require.Len(t, h.events, 1)
			require.Equal(t, trace.Discarded, h.events[0].Kind)
			h.silent()
		})
	}
}

// RFC 1122, Sections 3.2.2.1, 3.2.2.4, 3.2.2.5: errors about packets of ours go up.
func TestErrorsAboutOurPacketsGoUp(t *testing.T) {
	for _, typ := range []MessageType{Unreachable, TimeExceeded, ParameterProblem} {
		h := newHost(t)
		about := packet(Header{TTL: 1, Protocol: UDP, Src: server, Dst: client}, make([]byte, 8))
		d, ok := h.give(0, packet(Header{TTL: 9, Protocol: ICMP, Src: far, Dst: server}, message(Message{Type: typ, Data: about})))
		require.True(t, ok)
		require.Equal(t, ICMP, d.Header.Protocol)
		require.Empty(t, h.events)
	}
}

// RFC 1122, Section 4.1.3.1: nobody listens.
func TestUnreachable(t *testing.T) {
	h := newHost(t)
	b := packet(udpTo(server), make([]byte, 700))
	d, ok := h.give(0, b)
	require.True(t, ok)
	h.Unreachable(start, d, PortUnreachable, trace.Reason{Say: "because"})
	out, header, m := h.sentError()
	require.Equal(t, "because", out.Why.Say)
	require.Equal(t, server, header.Src)
	require.Equal(t, client, header.Dst)
	require.Equal(t, uint8(0xc0), header.TOS, "RFC 1812, Section 4.3.2.5: precedence 6")
	require.Equal(t, PortUnreachable, m.Code)
	require.Len(t, out.Octets, 576, "RFC 1812, Section 4.3.2.3")
	require.Equal(t, b[:576-28], m.Data)
}

// RFC 1122, Section 3.2.2; RFC 1812, Section 4.3.2.7.
func TestWhenNotToSendErrors(t *testing.T) {
	tcp := Header{TTL: 1, Protocol: TCP, Src: client, Dst: server}
	with := func(change func(h *Header)) Header {
		h := tcp
		change(&h)
		return h
	}
	about := func(m Message) []byte { return message(m) }
	for name, c := range map[string]struct {
		h       Header
		payload []byte
		allowed bool
	}{
		"segment":                {tcp, nil, true},
		"first fragment":         {with(func(h *Header) { h.MoreFragments = true }), make([]byte, 8), true},
		"later fragment":         {with(func(h *Header) { h.FragmentOffset = 8 }), make([]byte, 8), false},
		"echo request":           {with(func(h *Header) { h.Protocol = ICMP }), about(Echo(server, 1, 1, nil)), true},
		"ICMP error":             {with(func(h *Header) { h.Protocol = ICMP }), about(Message{Type: TimeExceeded}), false},
		"ICMP without a type":    {with(func(h *Header) { h.Protocol = ICMP }), nil, false},
		"to a broadcast":         {with(func(h *Header) { h.Dst = netip.MustParseAddr("10.0.2.255") }), nil, false},
		"to a multicast group":   {with(func(h *Header) { h.Dst = netip.MustParseAddr("224.0.0.5") }), nil, false},
		"from a broadcast":       {with(func(h *Header) { h.Src = netip.MustParseAddr("10.0.2.255") }), nil, false},
		"from a multicast group": {with(func(h *Header) { h.Src = netip.MustParseAddr("224.0.0.5") }), nil, false},
		"from the zero address":  {with(func(h *Header) { h.Src = netip.MustParseAddr("0.0.0.0") }), nil, false},
		"from loopback":          {with(func(h *Header) { h.Src = netip.MustParseAddr("127.0.0.1") }), nil, false},
		"from class E":           {with(func(h *Header) { h.Src = netip.MustParseAddr("250.0.0.1") }), nil, false},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHost(t)
			h.Unreachable(start, Delivery{Header: c.h, Payload: c.payload, Packet: packet(c.h, c.payload), Cause: 7, Identity: 3}, ProtocolUnreachable, trace.Reason{})
			if c.allowed {
				h.sentError()
				require.Zero(t, h.Counters().ErrorsForbidden)
				require.Empty(t, h.events)
			} else {
				require.Equal(t, uint64(1), h.Counters().ErrorsForbidden)
				h.discarded("discards a packet that nobody here wants, and does not say so: no ICMP error may be sent about it")
			}
			h.silent()
		})
	}
}

// A packet for nobody, to which no error can be sent, does not vanish without a word.
func TestErrorsWithoutARouteAreTold(t *testing.T) {
	h := &rig{t: t}
	h.Node = New(Config{}, trace.New("server", h.emit))
	h.AddInterface(Interface{Prefixes: []netip.Prefix{netip.PrefixFrom(server, 24)}, MTU: 1500})
	d, ok := h.give(0, packet(Header{TTL: 9, Protocol: UDP, Src: distant, Dst: server}, make([]byte, 8)))
	require.True(t, ok)
	h.Unreachable(start, d, PortUnreachable, trace.Reason{})
	h.discarded("discards a packet that nobody here wants, and does not say so: no route leads back to its sender")
	require.Equal(t, uint64(1), h.Counters().ErrorsUnroutable)
	h.silent()
}

// RFC 1812, Section 4.3.2.8.
func TestErrorsAreRateLimited(t *testing.T) {
	h := New(Config{ErrorRate: 10, ErrorBurst: 3}, nil)
	h.AddInterface(Interface{Prefixes: []netip.Prefix{netip.PrefixFrom(server, 8)}, MTU: 1500})
	d := Delivery{Header: udpTo(server), Packet: packet(udpTo(server), nil)}
	burst := func(at time.Duration) (n int) {
		for range 20 {
			h.Unreachable(start.Add(at), d, PortUnreachable, trace.Reason{})
		}
		for _, ok := h.Next(); ok; _, ok = h.Next() {
			n++
		}
		return n
	}
	require.Equal(t, 3, burst(0))
	require.Equal(t, 0, burst(99*time.Millisecond))
	require.Equal(t, 1, burst(100*time.Millisecond))
	require.Equal(t, 2, burst(310*time.Millisecond))
	require.Equal(t, 3, burst(time.Hour))
	require.Equal(t, uint64(100-9), h.Counters().ErrorsLimited)
}

func TestOptionsOfArrivingPackets(t *testing.T) {
	for name, options := range map[string]string{"loose source route": "01 830704 0a000101", "strict source route": "01 890704 0a000101"} {
		t.Run(name, func(t *testing.T) {
			h := newHost(t)
			_, ok := h.give(0, packet(Header{TTL: 9, Protocol: TCP, Src: client, Dst: server, Options: unhex(t, options)}, nil))
			require.False(t, ok)
			h.discarded("discards a packet that wants to choose its own way (source route)")
			h.silent()
		})
	}
	// RFC 1122, Section 3.2.2.5; RFC 1812, Section 4.3.3.5: the pointer says which octet is wrong.
	h := newHost(t)
	_, ok := h.give(0, packet(Header{TTL: 9, Protocol: TCP, Src: client, Dst: server, Options: unhex(t, "01 0700 00")}, nil))
	require.False(t, ok)
	h.discarded("discards a packet with a malformed option")
	out, _, m := h.sentError()
	require.Equal(t, ParameterProblem, m.Type)
	require.Equal(t, 21, m.Pointer())
	require.Equal(t, h.events[0].ID, out.Why.Cause)
}

func TestSend(t *testing.T) {
	h := newHost(t)
	why := trace.Reason{Say: "because"}
	require.NoError(t, h.Send(start, Header{Protocol: UDP, Dst: client}, []byte("data"), why))
	require.NoError(t, h.Send(start, Header{Protocol: UDP, Dst: client, Src: server, TTL: 3}, nil, why))
	out, header, payload := h.sent()
	require.Equal(t, why, out.Why)
	require.Equal(t, Header{TotalLength: 24, ID: 500, TTL: 64, Protocol: UDP, Src: server, Dst: client}, header)
	require.Equal(t, "data", string(payload))
	_, header, _ = h.sent()
	require.Equal(t, uint32(501), header.ID)
	require.Equal(t, uint8(3), header.TTL)
	h.silent()

	require.ErrorIs(t, h.Send(start, Header{Protocol: UDP, Dst: client, Src: client}, nil, why), ErrSource)
	require.ErrorIs(t, h.Send(start, Header{Protocol: UDP, Dst: client, DontFragment: true}, make([]byte, 1481), why), ErrTooBig)
	require.NoError(t, h.Send(start, Header{Protocol: UDP, Dst: client, DontFragment: true}, make([]byte, 1480), why))
	require.ErrorIs(t, h.Send(start, Header{Protocol: UDP, Dst: netip.MustParseAddr("2001:db8::1")}, nil, why), ErrNoRoute)
	alone := New(Config{}, nil)
	require.ErrorIs(t, alone.Send(start, Header{Protocol: UDP, Dst: client}, nil, why), ErrNoRoute)
}

// The buffers of packets handed out are used again.
func TestHotPathDoesNotAllocate(t *testing.T) {
	if raceDetector {
		t.Skip("what is allocated under the race detector says nothing of the program")
	}
	h := New(Config{}, nil)
	h.AddInterface(Interface{Prefixes: []netip.Prefix{netip.PrefixFrom(server, 24)}, MTU: 1500})
	h.AddRoute(Route{Prefix: netip.MustParsePrefix("0.0.0.0/0"), Via: far})
	b := packet(Header{TTL: 64, Protocol: TCP, Src: client, Dst: server}, make([]byte, 1000))
	echo := packet(Header{TTL: 64, Protocol: ICMP, Src: client, Dst: server}, message(Echo(server, 1, 2, make([]byte, 56))))
	r := New(Config{Forward: true}, nil)
	r.AddInterface(Interface{Prefixes: []netip.Prefix{netip.PrefixFrom(near, 24)}, MTU: 1500})
	r.AddInterface(Interface{Prefixes: []netip.Prefix{netip.PrefixFrom(far, 24)}, MTU: 1500})
	for name, f := range map[string]func(){
		"deliver": func() { h.Receive(start, 0, b, 0, 0) },
		"send": func() {
			h.Send(start, Header{Protocol: UDP, Dst: client}, b[:500], trace.Reason{})
			h.Next()
		},
		"echo":    func() { h.Receive(start, 0, echo, 0, 0); h.Next() },
		"forward": func() { r.Receive(start, 0, b, 0, 0); r.Next() },
	} {
		require.Zero(t, testing.AllocsPerRun(100, f), name)
	}
}

// Whatever arrives, the node neither panics nor sends anything that it would not take itself.
func FuzzReceive(f *testing.F) {
	f.Add(packet(udpTo(server), make([]byte, 1200)), true)
	f.Add(packet(Header{TTL: 9, Protocol: ICMP, Src: client, Dst: near, Options: []byte{7, 7, 4, 0, 0, 0, 0, 0}}, message(Echo(server, 1, 1, nil))), true)
	f.Add(packet(Header{TTL: 9, Protocol: TCP, Src: client, Dst: near, MoreFragments: true}, make([]byte, 16)), true)
	f.Add(packet(Header{TTL: 1, Protocol: TCP, Src: client, Dst: server, Options: []byte{68, 8, 5, 3, 0, 0, 0, 0}}, make([]byte, 16)), true)
	f.Add(routed(OptionLooseRoute, server, distant), true)
	f.Add(with6(near6, make([]byte, 8), UDP, HopByHopOptions, []byte{0, 0, 0xc2, 4, 0, 0, 0, 0}, RoutingHeader, []byte{0, 0, 0, 1, 0, 0, 0, 0}), false)
	f.Add(with6(server6, make([]byte, 1400), UDP, DestinationOptions, []byte{0, 0, 1, 4, 0, 0, 0, 0}), false)
	f.Add(packet(Header{TTL: 9, Protocol: TCP, Src: client6, Dst: near6, MoreFragments: true, FragmentOffset: 8}, make([]byte, 16)), false)
	f.Fuzz(func(t *testing.T, b []byte, fix bool) {
		if n, err := headerLen(b); fix && err == nil {
			b[10], b[11] = 0, 0
			sum := wire.Checksum(b[:n])
			b[10], b[11] = byte(sum>>8), byte(sum)
		}
		for _, r := range []*rig{newRouter(t), newRouter6(t, Config{SourceRoutes: true, ReversePath: true, ReassemblyMemory: 3000})} {
			for i := range 4 {
				r.give(i%2, b)
				require.LessOrEqual(t, r.fragments.octets, r.cfg.ReassemblyMemory)
				for out, ok := r.Next(); ok; out, ok = r.Next() {
					h, _, err := Parse(out.Octets)
					require.NoError(t, err)
					require.Equal(t, len(out.Octets), int(h.TotalLength))
					require.LessOrEqual(t, len(out.Octets), r.interfaces[out.Interface].mtu)
				}
			}
		}
	})
}

func BenchmarkForward(b *testing.B) {
	r := New(Config{Forward: true}, nil)
	r.AddInterface(Interface{Prefixes: []netip.Prefix{netip.PrefixFrom(near, 24)}, MTU: 1500})
	r.AddInterface(Interface{Prefixes: []netip.Prefix{netip.PrefixFrom(far, 24)}, MTU: 1500})
	p := packet(udpTo(server), make([]byte, 1400))
	b.SetBytes(int64(len(p)))
	b.ReportAllocs()
	for b.Loop() {
		r.Receive(start, 0, p, 0, 0)
		r.Next()
	}
}

func BenchmarkDeliver(b *testing.B) {
	h := New(Config{}, nil)
	h.AddInterface(Interface{Prefixes: []netip.Prefix{netip.PrefixFrom(server, 24)}, MTU: 1500})
	p := packet(Header{TTL: 64, Protocol: TCP, Src: client, Dst: server}, make([]byte, 1400))
	b.SetBytes(int64(len(p)))
	b.ReportAllocs()
	for b.Loop() {
		h.Receive(start, 0, p, 0, 0)
	}
}
