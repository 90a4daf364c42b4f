package ip

import (
	"fmt"
	"math/rand/v2"
	"net/netip"
	"slices"
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
			for p := h.fragments.oldest; p != nil; p = p.newer {
				require.True(t, p.refuse)
				require.Nil(t, p.pieces)
				require.Equal(t, partialOverhead, h.fragments.octets)
			}
			h.silent()
		})
	}
}

func holes(piece func(int, bool, string) []byte) (b [][]byte) {
	for i := range DefaultReassemblyHoles {
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

// What fragments can make a host keep is bounded, whether they are small or far apart; then the oldest go.
func TestReassemblyIsBounded(t *testing.T) {
	for name, size := range map[string]int{"8 octets": 8, "1 KiB": 1024, "32 KiB": 32768} {
		t.Run(name, func(t *testing.T) {
			h := &rig{t: t}
			h.Node = New(Config{ReassemblyMemory: 200_000}, nil)
			h.AddInterface(Interface{Prefixes: []netip.Prefix{netip.PrefixFrom(server, 24)}, MTU: 1500})
			for id := range 2000 {
				h.give(0, packet(Header{TTL: 9, ID: uint32(id), Protocol: TCP, Src: client, Dst: server, MoreFragments: true, FragmentOffset: 8 * (id % 1000)}, make([]byte, size)))
				require.LessOrEqual(t, h.fragments.octets, 200_000)
			}
			kept := len(h.fragments.parts)
			require.Equal(t, uint64(2000-kept), h.Counters().FragmentsEvicted)
			require.Greater(t, kept, 200_000/(size+800)-1)
			require.Equal(t, uint32(2000-kept), h.fragments.oldest.key.id)
			octets, n := 0, 0
			for p := h.fragments.oldest; p != nil; p = p.newer {
				octets += p.octets
				n++
			}
			require.Equal(t, [2]int{kept, h.fragments.octets}, [2]int{n, octets})
			h.Advance(start.Add(time.Minute))
			require.Equal(t, [2]int{0, 0}, [2]int{len(h.fragments.parts), h.fragments.octets})
			require.Nil(t, h.fragments.newest)
		})
	}
}

// RFC 5722, Section 4: once fragments overlap, what still comes of the packet is discarded too, without an answer.
func TestFragmentsAfterAnOverlap(t *testing.T) {
	for _, src := range []netip.Addr{client, client6} {
		h := newHost6(t)
		h.AddInterface(Interface{Prefixes: []netip.Prefix{netip.PrefixFrom(server, 24)}, MTU: 1500})
		base := Header{TTL: 9, ID: 5, Protocol: 99, Src: src, Dst: server}
		if src.Is6() {
			base.Dst = server6
		}
		piece := func(offset int, more bool, n int) []byte {
			h := base
			h.FragmentOffset, h.MoreFragments = offset, more
			return packet(h, make([]byte, n))
		}
		h.give(0, piece(0, true, 16))
		h.give(0, piece(8, true, 16))
		h.discarded("discards all fragments of a packet: they contradict each other")
		require.Equal(t, uint64(1), h.Counters().FragmentsOverlapping)
		for _, b := range [][]byte{piece(0, true, 16), piece(16, true, 8), piece(24, false, 3)} {
			_, ok := h.give(0, b)
			require.False(t, ok)
			h.discarded("discards a fragment of a packet that it has discarded already")
		}
		h.Advance(h.Deadline())
		h.silent()
		require.Zero(t, h.Counters().FragmentsLate, "it was given up before")
		h.give(0, piece(0, true, 16))
		_, ok := h.give(0, piece(16, false, 4))
		require.True(t, ok, "after the time-out the number means another packet")
	}
}

// Against the simplest account there is, one bit for each octet (RFC 815 does the same with holes).
func TestReassemblyAgainstAModel(t *testing.T) {
	rng := newRand(9)
	for range 300 {
		size := 8 * (1 + rng.IntN(40))
		data := randomBytes(rng, size)
		h := newHost(t)
		there, end, dead := make([]bool, size), false, false
		for range 60 {
			from := 8 * rng.IntN(size/8)
			to := min(size, from+8*(1+rng.IntN(4)))
			more := to < size
			if from == 0 && !more {
				continue // that is no fragment
			}
			known, fresh := 0, 0
			for i := from; i < to; i++ {
				if there[i] {
					known++
				} else {
					fresh++
				}
			}
			p := h.fragments.parts[fragmentKey{client, server, TCP, 1}]
			same := p != nil && !p.refuse && len(p.pieces[from]) == to-from
			d, ok := h.give(0, packet(Header{TTL: 9, ID: 1, Protocol: TCP, Src: client, Dst: server, FragmentOffset: from, MoreFragments: more}, data[from:to]))
			switch {
			case dead:
				require.False(t, ok)
				continue
			case known > 0 && !same:
				require.False(t, ok)
				dead = true
				continue
			}
			for i := from; i < to; i++ {
				there[i] = true
			}
			end = end || !more
			whole := end && !slices.Contains(there, false)
			require.Equal(t, whole, ok)
			if whole {
				require.Equal(t, data, d.Payload)
				break
			}
		}
	}
}

// RFC 8200, Section 4.5: what is wrong with a fragment of IPv6 its sender is told, where in the packet.
func TestFragmentProblems6(t *testing.T) {
	base := Header{TTL: 9, ID: 5, Protocol: UDP, Src: client6, Dst: server6}
	piece := func(offset int, more bool, payload []byte) []byte {
		h := base
		h.FragmentOffset, h.MoreFragments = offset, more
		return packet(h, payload)
	}
	chain := base
	chain.Protocol = DestinationOptions
	chain.MoreFragments = true
	for name, c := range map[string]struct {
		b             []byte
		code, pointer int
	}{
		"length no multiple of 8":           {piece(8, true, make([]byte, 9)), 0, 4},
		"beyond 65535":                      {piece(65528, false, make([]byte, 8)), 0, 42},
		"RFC 7112: upper header cut":        {packet(Header{TTL: 9, ID: 5, Protocol: TCP, Src: client6, Dst: server6, MoreFragments: true}, make([]byte, 16)), 3, 0},
		"RFC 7112: extension header cut":    {packet(chain, []byte{17, 1, 1, 4, 0, 0, 0, 0}), 3, 0},
		"RFC 7112: nothing behind a header": {packet(chain, []byte{17, 0, 1, 4, 0, 0, 0, 0}), 3, 0},
	} {
		h := newHost6(t)
		_, ok := h.give(0, c.b)
		require.False(t, ok)
		_, m := h.sentError6()
		require.Equal(t, [3]any{ParameterProblem6, uint8(c.code), c.pointer}, [3]any{m.Type, m.Code, m.Pointer()}, name)
		require.Empty(t, h.fragments.parts)
	}
	h := newHost6(t)
	h.give(0, packet(chain, append([]byte{17, 0, 1, 4, 0, 0, 0, 0}, make([]byte, 8)...)))
	h.silent()
	require.Len(t, h.fragments.parts, 1)
	h.Advance(h.Deadline())
	_, m := h.sentError6()
	require.Equal(t, [2]any{TimeExceeded6, ReassemblyExceeded}, [2]any{m.Type, m.Code}, "RFC 4443, Section 3.3")
}

// RFC 8200, Section 4.5: of the fragments' Next Header fields only the first fragment's counts, and extension headers that were
// cut up are processed when all is there.
func TestReassembly6TakesTheFirstsHeaders(t *testing.T) {
	h := newHost6(t)
	rest := make([]byte, 16)
	first := Header{TTL: 9, ID: 5, Protocol: DestinationOptions, Src: client6, Dst: server6, MoreFragments: true, FirstExtension: HopByHopOptions, Extensions: []byte{0, 0, 1, 4, 0, 0, 0, 0}}
	second := Header{TTL: 9, ID: 5, Protocol: 99, Src: client6, Dst: server6, FragmentOffset: 16}
	_, ok := h.give(0, packet(second, rest))
	require.False(t, ok)
	d, ok := h.give(0, packet(first, append([]byte{17, 0, 1, 4, 0, 0, 0, 0}, make([]byte, 8)...)))
	require.True(t, ok)
	require.Equal(t, [3]any{UDP, 16, 24}, [3]any{d.Header.Protocol, len(d.Header.Extensions), len(d.Payload)})

	_, ok = h.give(0, packet(second, rest))
	require.False(t, ok)
	_, ok = h.give(0, packet(first, append([]byte{17, 0, 0xde, 4, 0, 0, 0, 0}, make([]byte, 8)...)))
	require.False(t, ok)
	_, m := h.sentError6()
	require.Equal(t, [2]any{UnknownOption, 50}, [2]any{m.Code, m.Pointer()}, "in the packet that was put together")
}

// RFC 3168, Section 5.3: a mark of congestion on one fragment marks the packet.
func TestReassemblyKeepsCongestionMarks(t *testing.T) {
	h := newHost(t)
	base := Header{TTL: 9, ID: 5, TOS: 2, Protocol: TCP, Src: client, Dst: server, MoreFragments: true}
	h.give(0, packet(base, make([]byte, 8)))
	base.TOS, base.FragmentOffset, base.MoreFragments = 3, 8, false
	d, ok := h.give(0, packet(base, make([]byte, 8)))
	require.True(t, ok)
	require.Equal(t, uint8(3), d.Header.TOS)
}

func BenchmarkReassembly(b *testing.B) {
	h := New(Config{}, nil)
	h.AddInterface(Interface{Prefixes: []netip.Prefix{netip.PrefixFrom(server, 24)}, MTU: 1500})
	base := Header{TTL: 9, Protocol: TCP, Src: client, Dst: server}
	for _, way := range []string{"in order", "backwards", "with holes"} {
		b.Run(way, func(b *testing.B) {
			var pieces [][]byte
			for at := 0; at < 65000; at += 1480 {
				p := base
				p.FragmentOffset, p.MoreFragments = at, at+1480 < 65000
				pieces = append(pieces, packet(p, make([]byte, min(1480, 65000-at))))
			}
			switch way {
			case "backwards":
				slices.Reverse(pieces)
			case "with holes":
				for i := 0; i+1 < len(pieces); i += 2 {
					pieces[i], pieces[len(pieces)-1-i] = pieces[len(pieces)-1-i], pieces[i]
				}
			}
			b.SetBytes(65000)
			b.ReportAllocs()
			for b.Loop() {
				whole := false
				for _, p := range pieces {
					_, whole = h.Receive(start, 0, p, 0, 0)
				}
				if !whole {
					b.Fatal("not put together")
				}
			}
		})
	}
}
