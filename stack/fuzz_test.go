package stack

import (
	"net/netip"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"netlab/ip"
	"netlab/link"
	"netlab/tcp"
	"netlab/wire"
)

// still is a runtime whose clock stands still until a test moves it, and whose waits never wait: a host
// on it runs on the test's goroutine alone.
type still struct {
	now    time.Time
	alarms []*stillAlarm
}

type stillAlarm struct {
	at time.Time
	f  func()
}

func (s *stillAlarm) Set(t time.Time) { s.at = t }

func newStill() *still { return &still{now: time.Unix(1_000_000_000, 0)} }

func (s *still) Now() time.Time { return s.now }
func (s *still) Go(func())      { panic("this test starts no goroutine") }

func (s *still) NewAlarm(f func()) Alarm {
	a := &stillAlarm{f: f}
	s.alarms = append(s.alarms, a)
	return a
}

// pass moves the clock and lets the alarms go off that are due.
func (s *still) pass(d time.Duration) {
	s.now = s.now.Add(d)
	for _, a := range s.alarms {
		if !a.at.IsZero() && !a.at.After(s.now) {
			a.at = time.Time{}
			a.f()
		}
	}
}

// NewCond returns a condition that nobody may wait for.
func (s *still) NewCond(sync.Locker) Cond { return noCond{} }

type noCond struct{}

func (noCond) Wait(time.Time) { panic("this test has nobody who could wake it") }
func (noCond) Broadcast()     {}

// FuzzDeliver throws packets at a host that listens and answers. The input is cut into packets by a length
// octet; with repair they get valid checksums, so that they come further.
func FuzzDeliver(f *testing.F) {
	f.Add([]byte{}, false)
	f.Add([]byte("\x14\x45\x00\x00\x14\x00\x00\x00\x00\x40\x06\x00\x00\x0a\x00\x00\x01\x0a\x00\x00\x02"), true)
	syn := packetTo80(tcp.Segment{SrcPort: 5000, DstPort: 80, Seq: 1000, Flags: tcp.SYN, Window: 1000})
	ack := packetTo80(tcp.Segment{SrcPort: 5000, DstPort: 80, Seq: 1001, Ack: 1, Flags: tcp.ACK, Window: 1000, Payload: []byte("hello")})
	datagram := []byte("E\x00\x00\x20\x00\x00\x00\x00\x40\x11\x00\x00\x0a\x00\x00\x01\x0a\x00\x00\x02\x10\x00\x00\x35\x00\x0c\x00\x00abcd")
	var all []byte
	for _, packet := range [][]byte{syn, syn, ack, datagram} {
		all = append(append(all, byte(len(packet))), packet...)
	}
	f.Add(all, true)
	f.Add(all, false)
	all = nil
	for _, packet := range [][]byte{
		packet6(ip.TCP, append(make([]byte, 2), "\x00\x50\x00\x00\x00\x01\x00\x00\x00\x00\x50\x02\x10\x00\x00\x00\x00\x00"...)), // a SYN
		packet6(ip.UDP, []byte("\x10\x00\x00\x35\x00\x0c\x00\x00abcd")),
		packet6(ip.ICMPv6, []byte("\x80\x00\x00\x00\x00\x01\x00\x01")),
		packet6(ip.FragmentHeader, []byte("\x11\x00\x00\x01\x00\x00\x00\x07\x10\x00\x00\x35\x00\x10\x00\x00")),
		packet6(ip.FragmentHeader, []byte("\x11\x00\x00\x08\x00\x00\x00\x07abcdefgh")),
		packet6(ip.HopByHopOptions, []byte("\x11\x00\xc2\x04\x00\x01\x00\x00\x10\x00\x00\x35\x00\x0c\x00\x00abcd")),
	} {
		all = append(append(all, byte(len(packet))), packet...)
	}
	f.Add(all, true)
	f.Add(all, false)
	f.Fuzz(deliverAll)
}

func deliverAll(t *testing.T, input []byte, repair bool) {
	runtime := newStill()
	h := New(Config{Seed: 1, Runtime: runtime})
	i := h.AddInterface("eth0", prefixes("10.0.0.2/24", "fd00::2/64"), 1500, func([]link.Packet) {})
	_, err := h.Listen("tcp", ":80")
	require.NoError(t, err)
	_, err = h.ListenPacket("udp", ":53")
	require.NoError(t, err)
	for len(input) > 0 {
		n := min(int(input[0]), len(input)-1)
		packet := append([]byte(nil), input[1:1+n]...)
		input = input[1+n:]
		if repair {
			repairChecksums(packet)
		}
		h.Deliver(i, []link.Packet{{Octets: packet}, {Octets: packet}})
		runtime.pass(100 * time.Millisecond)
	}
	h.Connections()
	require.NoError(t, h.Close())
	require.Empty(t, h.Connections())
}

// packetTo80 is an IP packet from 10.0.0.1 to 10.0.0.2 with a segment in it.
func packetTo80(seg tcp.Segment) []byte {
	src, dst := netip.MustParseAddr("10.0.0.1"), netip.MustParseAddr("10.0.0.2")
	h := ip.Header{TTL: 64, Protocol: ip.TCP, Src: src, Dst: dst}
	b := make([]byte, ipHeader+seg.HeaderLen()+len(seg.Payload))
	h.TotalLength = len(b)
	h.Put(b)
	seg.Put(b[ipHeader:], src, dst)
	return b
}

// packet6 is an IPv6 packet from fd00::1 to fd00::2.
func packet6(next ip.Protocol, payload []byte) []byte {
	h := ip.Header{TTL: 64, Protocol: next, Src: netip.MustParseAddr("fd00::1"), Dst: netip.MustParseAddr("fd00::2"), TotalLength: ipHeader6 + len(payload)}
	b := make([]byte, ipHeader6, h.TotalLength)
	h.Put(b)
	return append(b, payload...)
}

// repairChecksums makes the checksums of IP and of what it carries right, if there is room for them.
func repairChecksums(b []byte) {
	put := func(at int, sum uint16) { b[at], b[at+1] = byte(sum>>8), byte(sum) }
	if len(b) >= ipHeader6 && b[0]>>4 == 6 {
		place := map[byte]int{58: 2, 6: 16, 17: 6}[b[6]]
		if place > 0 && len(b) >= ipHeader6+place+2 {
			src, dst := netip.AddrFrom16([16]byte(b[8:24])), netip.AddrFrom16([16]byte(b[24:40]))
			put(ipHeader6+place, 0)
			put(ipHeader6+place, ^wire.Sum(wire.PseudoSum(src, dst, b[6], len(b)-ipHeader6), b[ipHeader6:]))
		}
		return
	}
	if len(b) < ipHeader || b[0] != 0x45 {
		return
	}
	put(10, 0)
	put(10, wire.Checksum(b[:ipHeader]))
	place := map[byte]int{1: 2, 6: 16, 17: 6}[b[9]]
	if place == 0 || len(b) < ipHeader+place+2 {
		return
	}
	pseudo := append(append([]byte(nil), b[12:20]...), 0, b[9], byte((len(b)-ipHeader)>>8), byte(len(b)-ipHeader))
	if b[9] == 1 {
		pseudo = nil
	}
	put(ipHeader+place, 0)
	put(ipHeader+place, ^wire.Sum(wire.Sum(0, pseudo), b[ipHeader:]))
}
