package ip

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"netlab/trace"
)

func newRand(seed uint64) *rand.Rand { return rand.New(rand.NewPCG(seed, seed)) }

// cut returns the fragments that a router with the rig's small link makes of a packet.
func cut(t *testing.T, h Header, data []byte) [][]byte {
	r := newRouter(t)
	r.give(0, packet(h, data))
	var pieces [][]byte
	for out, ok := r.Next(); ok; out, ok = r.Next() {
		require.LessOrEqual(t, len(out.Octets), 1000)
		require.True(t, out.Forwarded)
		pieces = append(pieces, append([]byte(nil), out.Octets...))
	}
	require.Equal(t, uint64(len(pieces)), r.Counters().FragmentsSent)
	return pieces
}

// RFC 791, Section 3.2; RFC 1812, Section 4.2.2.7.
func TestFragmentsArePutTogetherInAnyOrder(t *testing.T) {
	rng := newRand(1)
	for _, size := range []int{981, 984, 985, 1480, 1960, 1961, 5000, 65515} {
		data := randomBytes(rng, size)
		pieces := cut(t, Header{TTL: 9, ID: 0xabcd, Protocol: TCP, Src: client, Dst: server}, data)
		require.Len(t, pieces, max(2, (size-980+975)/976+1), "as few as possible")
		rng.Shuffle(len(pieces), func(i, j int) { pieces[i], pieces[j] = pieces[j], pieces[i] })
		h := newHost(t)
		for i, b := range pieces {
			d, ok := h.give(0, b)
			require.Equal(t, i == len(pieces)-1, ok)
			if ok {
				require.Equal(t, string(data), string(d.Payload))
				require.False(t, d.Header.IsFragment())
				got, _, err := Parse(d.Packet)
				require.NoError(t, err)
				require.Equal(t, d.Header, got)
				require.Equal(t, uint8(8), got.TTL)
			}
			if i == 0 {
				_, ok = h.give(0, b)
				require.False(t, ok, "a second copy changes nothing")
			}
		}
		require.Equal(t, uint64(1), h.Counters().Reassembled)
		require.Len(t, h.events, 1)
		require.Equal(t, fmt.Sprintf("has all fragments of the packet now and puts them together: %d octets of payload", len(data)), h.events[0].Text())
		require.Equal(t, []trace.ID{7, 3}, []trace.ID{h.events[0].Cause, h.events[0].Packet})
		require.Zero(t, h.Deadline())
	}
}

func TestFragmentsOfAFragment(t *testing.T) {
	data := randomBytes(newRand(2), 3000)
	h := Header{TTL: 9, ID: 1, Protocol: TCP, Src: client, Dst: server}
	first, second := h, h
	first.MoreFragments, second.FragmentOffset = true, 1480
	pieces := append(cut(t, second, data[1480:]), cut(t, first, data[:1480])...)
	require.Len(t, pieces, 4)
	host := newHost(t)
	var d Delivery
	var ok bool
	for _, b := range pieces {
		d, ok = host.give(0, b)
	}
	require.True(t, ok)
	require.Equal(t, string(data), string(d.Payload))
}

// RFC 791, Section 3.1: an option with the copied flag goes into every fragment, another only into the first.
func TestOptionsOfFragments(t *testing.T) {
	pieces := cut(t, Header{TTL: 9, Protocol: TCP, Src: client, Dst: server, Options: unhex(t, "94040000 070b04 00000000 00000000 00")}, make([]byte, 1400))
	require.Len(t, pieces, 2)
	first, _, err := Parse(pieces[0])
	require.NoError(t, err)
	require.Equal(t, unhex(t, "94040000 070b08 0a000201 00000000 00"), first.Options)
	second, _, err := Parse(pieces[1])
	require.NoError(t, err)
	require.Equal(t, unhex(t, "94040000"), second.Options)
}

func TestOwnPacketsAreFragmented(t *testing.T) {
	h := newHost(t)
	require.NoError(t, h.Send(start, Header{Protocol: UDP, Dst: client}, make([]byte, 3000), trace.Reason{}))
	for _, size := range []int{1500, 1500, 60} {
		out, header, _ := h.sent()
		require.Len(t, out.Octets, size)
		require.Equal(t, uint32(500), header.ID)
	}
	h.silent()
}

func TestFragmentsThatDoNotFit(t *testing.T) {
	base := Header{TTL: 9, ID: 5, Protocol: TCP, Src: client, Dst: server}
	piece := func(offset int, more bool, data string) []byte {
		h := base
		h.FragmentOffset, h.MoreFragments = offset, more
		return packet(h, []byte(data))
	}
	for name, c := range map[string]struct {
		pieces [][]byte
		says   string
	}{
		"not a multiple of 8":  {[][]byte{piece(0, true, "1234567")}, "discards a fragment that cannot be part of any packet"},
		"empty":                {[][]byte{piece(8, false, "")}, "discards a fragment that cannot be part of any packet"},
		"beyond 65535":         {[][]byte{piece(65528, false, "12345678")}, "discards a fragment that cannot be part of any packet"},
		"overlap":              {[][]byte{piece(0, true, "1234567812345678"), piece(8, true, "abcdefgh")}, "discards all fragments of a packet: they contradict each other"},
		"two ends":             {[][]byte{piece(16, false, "12345678"), piece(24, false, "12345678")}, "discards all fragments of a packet: they contradict each other"},
		"end before data":      {[][]byte{piece(16, true, "12345678"), piece(8, false, "12345678")}, "discards all fragments of a packet: they contradict each other"},
		"holes without number": {holes(piece), "discards all fragments of a packet: they leave more gaps than it keeps account of"},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHost(t)
			for _, b := range c.pieces {
				_, ok := h.give(0, b)
				require.False(t, ok)
			}
			h.discarded(c.says)
			require.Empty(t, h.fragments.parts)
			h.silent()
		})
	}
}

func holes(piece func(int, bool, string) []byte) (b [][]byte) {
	for i := range maxHoles {
		b = append(b, piece(16*i+8, true, "12345678"))
	}
	return b
}

// RFC 1122, Section 3.3.2.
func TestFragmentsThatDoNotAllCome(t *testing.T) {
	base := Header{TTL: 9, ID: 5, Protocol: TCP, Src: client, Dst: server, MoreFragments: true}
	first := packet(base, make([]byte, 16))
	base.ID, base.FragmentOffset = 6, 16
	second := packet(base, make([]byte, 16))
	h := newHost(t)
	h.give(0, first)
	h.give(0, second)
	require.Equal(t, start.Add(time.Minute), h.Deadline())
	h.Advance(h.Deadline().Add(-1))
	require.Empty(t, h.events)
	h.Advance(h.Deadline())
	require.Zero(t, h.Deadline())
	require.Len(t, h.events, 2)
	require.Equal(t, "gives up on a packet whose fragments did not all come in time", h.events[0].Text())
	_, header, m := h.sentError()
	require.Equal(t, client, header.Dst)
	require.Equal(t, TimeExceeded, m.Type)
	require.Equal(t, ReassemblyExceeded, m.Code)
	require.Equal(t, first, m.Data)
	h.silent() // "if fragment zero has been received"
}

// What fragments can make a host keep is bounded.
func TestReassemblyIsBounded(t *testing.T) {
	h := newHost(t)
	for id := range 100 {
		h.give(0, packet(Header{TTL: 9, ID: uint32(id), Protocol: TCP, Src: client, Dst: server, MoreFragments: true}, make([]byte, 8)))
	}
	require.Len(t, h.fragments.parts, maxReassemblies)
	require.Equal(t, uint32(84), h.fragments.parts[0].id)
	require.Equal(t, uint64(84), h.Counters().FragmentsDiscarded)
}
