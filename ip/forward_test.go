package ip

import (
	"bytes"
	"net/netip"
	"testing"

	"github.com/stretchr/testify/require"

	"netlab/trace"
	"netlab/wire"
)

func TestForward(t *testing.T) {
	r := newRouter(t)
	b := packet(udpTo(server), []byte("datagram"))
	before := bytes.Clone(b)
	_, ok := r.give(0, b)
	require.False(t, ok)
	out, h, payload := r.sent()
	require.True(t, out.Forwarded)
	require.Equal(t, 1, out.Interface)
	require.Equal(t, uint8(63), h.TTL)
	require.Equal(t, "datagram", string(payload))
	e := trace.Event{Say: out.Why.Say, Args: out.Why.Args}
	require.Equal(t, "forwards the packet and takes one off its time to live: 63 is left", e.Text())
	require.Equal(t, trace.ID(7), out.Why.Cause)
	require.Equal(t, before, b, "the packet that arrived is not touched")
	require.Equal(t, uint64(1), r.Counters().Forwarded)
	r.silent()

	r.give(1, packet(Header{TTL: 2, Protocol: UDP, Src: server, Dst: client}, nil))
	out, h, _ = r.sent()
	require.Equal(t, 0, out.Interface)
	require.Equal(t, uint8(1), h.TTL, "RFC 1812, Section 5.3.1: discarded only at zero")
}

// RFC 1624, Section 3: the corrected checksum is that of summing anew, for every checksum and TTL.
func TestDecrementTTLCorrectsTheChecksum(t *testing.T) {
	for id := range 1 << 16 {
		h := udpTo(server)
		h.ID, h.TTL = uint32(id), uint8(id%254+2)
		b := packet(h, nil)
		decrementTTL(b)
		h.TTL--
		if !bytes.Equal(packet(h, nil), b) {
			// The two zeros of one's complement are the same number (RFC 1624, Section 3).
			require.Equal(t, uint16(0xffff), wire.Sum(0, b))
			require.Fail(t, "another checksum than that of Put", "id %#x", id)
		}
	}
}

// RFC 1812, Section 5.3.1.
func TestTimeToLiveRunsOut(t *testing.T) {
	for _, ttl := range []uint8{0, 1} {
		r := newRouter(t)
		h := udpTo(server)
		h.TTL = ttl
		b := packet(h, make([]byte, 20))
		r.give(0, b)
		r.discarded("discards the packet: its time to live has run out")
		out, header, m := r.sentError()
		require.Equal(t, 0, out.Interface)
		require.False(t, out.Forwarded)
		require.Equal(t, near, header.Src, "RFC 1812, Section 4.3.2.4: the interface that it leaves through")
		require.Equal(t, client, header.Dst)
		require.Equal(t, TimeExceeded, m.Type)
		require.Equal(t, TTLExceeded, m.Code)
		require.Equal(t, b, m.Data, "RFC 1812, Section 4.3.2.3: the packet as it was received")
		require.Equal(t, r.events[0].ID, out.Why.Cause)
		require.Equal(t, "tells the sender that the packet's time to live ran out here", out.Why.Say)
		r.silent()
	}
}

// A packet for the router itself is taken whatever its TTL is (RFC 1812, Section 4.2.2.9).
func TestTimeToLiveOfPacketsForTheRouter(t *testing.T) {
	r := newRouter(t)
	for _, own := range []netip.Addr{near, far} {
		h := udpTo(own)
		h.TTL = 1
		_, ok := r.give(0, packet(h, nil))
		require.True(t, ok)
	}
}

func TestNoWayOn(t *testing.T) {
	for name, c := range map[string]struct {
		h    Header
		code uint8
		says string
	}{
		// RFC 1812, Section 4.3.3.1
		"no route":             {udpTo(distant), NetUnreachable, "discards the packet: no route leads to its destination"},
		"back where it was":    {udpTo(netip.MustParseAddr("10.0.1.77")), HostUnreachable, "discards the packet: its destination is not on the network that it came from"},
		"too big, DF (1191 4)": {Header{TTL: 64, Protocol: TCP, Src: client, Dst: server, DontFragment: true}, FragmentationNeeded, "discards the packet: it is too big for the next link and must not be fragmented"},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRouter(t)
			r.give(0, packet(c.h, make([]byte, 981)))
			r.discarded(c.says)
			out, _, m := r.sentError()
			require.Equal(t, Unreachable, m.Type)
			require.Equal(t, c.code, m.Code)
			require.NotEmpty(t, out.Why.Say)
			if c.code == FragmentationNeeded {
				require.Equal(t, 1000, m.MTU())
			}
			r.silent()
		})
	}
	r := newRouter(t)
	h := udpTo(server)
	h.DontFragment = true
	r.give(0, packet(h, make([]byte, 980)))
	require.Equal(t, uint64(1), r.Counters().Forwarded, "exactly the MTU fits")
}

// RFC 1812, Sections 5.3.7 and 4.2.3.1; RFC 1122, Section 3.2.1.3.
func TestNotForwarded(t *testing.T) {
	for _, dst := range []string{"127.0.0.1", "0.0.0.0", "240.0.0.1", "224.0.0.9"} {
		r := newRouter(t)
		_, ok := r.give(0, packet(udpTo(netip.MustParseAddr(dst)), nil))
		require.False(t, ok, dst)
		require.Equal(t, trace.Discarded, r.events[0].Kind)
		r.silent()
	}
	// A directed broadcast to an attached network is taken by the router and not passed on.
	r := newRouter(t)
	_, ok := r.give(0, packet(udpTo(netip.MustParseAddr("10.0.2.255")), nil))
	require.True(t, ok)
	r.silent()
}

// RFC 1812, Section 5.3.13.5.
func TestForwardingUpdatesOptions(t *testing.T) {
	r := newRouter(t)
	h := udpTo(server)
	h.Options = unhex(t, "01 070704 00000000")
	r.give(0, packet(h, nil))
	_, got, _ := r.sent()
	require.Equal(t, unhex(t, "01 070708 0a000201"), got.Options)
}
