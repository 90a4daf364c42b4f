package flow_test

import (
	"bytes"
	"encoding/binary"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/gopacket/gopacket"
	"github.com/gopacket/gopacket/layers"
	"github.com/gopacket/gopacket/pcapgo"
	"github.com/stretchr/testify/require"

	"netlab/tcp"
)

// craft writes a capture of what no lab does: raw IP, packets of a, 10.77.0.1, and b, 10.77.0.2, whose ports are 40001 and 80.
type craft struct {
	t    *testing.T
	b    bytes.Buffer
	w    *pcapgo.Writer
	at   time.Time
	snap int // octets of each packet that are kept; 0: all
}

func newCraft(t *testing.T, snap int) *craft {
	c := &craft{t: t, at: time.Unix(1_000_000_000, 0), snap: snap}
	c.w = pcapgo.NewWriterNanos(&c.b)
	require.NoError(t, c.w.WriteFileHeader(65535, layers.LinkTypeRaw))
	return c
}

// packet writes a packet so many microseconds after the last.
func (c *craft) packet(us int, b []byte) {
	c.at = c.at.Add(time.Duration(us) * time.Microsecond)
	kept := b
	if c.snap > 0 {
		kept = b[:min(c.snap, len(b))]
	}
	require.NoError(c.t, c.w.WritePacket(gopacket.CaptureInfo{Timestamp: c.at, CaptureLength: len(kept), Length: len(b)}, kept))
}

// segment writes a segment of a or b and returns its packet.
func (c *craft) segment(us int, fromB bool, seq, ack uint32, flags tcp.Flags, size int) []byte {
	a, b := netip.MustParseAddr("10.77.0.1"), netip.MustParseAddr("10.77.0.2")
	s := tcp.Segment{SrcPort: 40001, DstPort: 80, Seq: tcp.Seq(seq), Ack: tcp.Seq(ack), Flags: flags, Window: 32000, Payload: []byte(strings.Repeat("netlab ", size/7+1)[:size])}
	if fromB {
		a, b, s.SrcPort, s.DstPort = b, a, s.DstPort, s.SrcPort
	}
	if flags&tcp.SYN != 0 {
		s.Options.MSS = 1460
	}
	packet := make([]byte, 20+s.HeaderLen()+size)
	s.Put(packet[20:], a, b)
	ipHeader(packet, a, b, 6)
	c.packet(us, packet)
	return packet
}

// ipHeader writes an IPv4 header without options to the start of a packet.
func ipHeader(packet []byte, src, dst netip.Addr, protocol byte) {
	packet[0], packet[8], packet[9] = 0x45, 64, protocol
	binary.BigEndian.PutUint16(packet[2:], uint16(len(packet)))
	from, to := src.As4(), dst.As4()
	copy(packet[12:], from[:])
	copy(packet[16:], to[:])
	binary.BigEndian.PutUint16(packet[10:], 0)
	sum := uint32(0)
	for i := 0; i < 20; i += 2 {
		sum += uint32(binary.BigEndian.Uint16(packet[i:]))
	}
	for sum > 0xffff {
		sum = sum>>16 + sum&0xffff
	}
	binary.BigEndian.PutUint16(packet[10:], ^uint16(sum))
}

// open is a handshake between two hosts 20 ms apart, captured at a, with initial numbers 1000 and 5000.
func (c *craft) open() {
	c.segment(0, false, 1000, 0, tcp.SYN, 0)
	c.segment(20_000, true, 5000, 1001, tcp.SYN|tcp.ACK, 0)
	c.segment(50, false, 1001, 5001, tcp.ACK, 0)
}

func crafted(t *testing.T) map[string][]byte {
	made := map[string][]byte{}
	for name, f := range map[string]func(c *craft){
		"port-reuse.pcap": func(c *craft) {
			c.open()
			c.segment(100, false, 1001, 5001, tcp.ACK|tcp.PSH, 100)
			c.segment(20_000, true, 5001, 1101, tcp.ACK, 0)
			c.segment(3_000_000, false, 900_000, 0, tcp.SYN, 0)
			c.segment(20_000, true, 600_000, 900_001, tcp.SYN|tcp.ACK, 0)
			c.segment(50, false, 900_001, 600_001, tcp.ACK, 0)
			c.segment(50, false, 900_001, 600_001, tcp.ACK|tcp.FIN, 0)
			c.segment(20_000, true, 600_001, 900_002, tcp.ACK|tcp.FIN, 0)
			c.segment(50, false, 900_002, 600_002, tcp.ACK, 0)
			c.segment(5_000_000, false, 2_000_000, 0, tcp.SYN, 0)
		},
		"resets.pcap": func(c *craft) {
			c.open()
			c.segment(100, false, 1001, 5001, tcp.ACK|tcp.PSH, 100)
			c.segment(20_000, true, 5001, 1001, tcp.RST|tcp.ACK, 0) // with octets that were not acknowledged
			c.segment(1_000_000, false, 11_000, 0, tcp.SYN, 0)
			c.segment(20_000, true, 55_000, 11_001, tcp.SYN|tcp.ACK, 0)
			c.segment(50, false, 11_001, 55_001, tcp.ACK, 0)
			c.segment(100, true, 60_000, 11_001, tcp.RST, 0) // in the window, not the next
			c.segment(100, false, 11_001, 55_001, tcp.ACK, 0)
			c.segment(1_000_000, false, 21_000, 0, tcp.SYN, 0)
			c.segment(20_000, true, 65_000, 21_001, tcp.SYN|tcp.ACK, 0)
			c.segment(50, false, 21_001, 65_001, tcp.ACK, 0)
			c.segment(100, true, 165_000, 21_001, tcp.RST, 0) // beside the window
			c.segment(1_000_000, false, 31_000, 0, tcp.SYN, 0)
			c.segment(20_000, true, 75_000, 31_001, tcp.SYN|tcp.ACK, 0)
			c.segment(50, false, 31_001, 75_001, tcp.ACK|tcp.FIN, 0)
			c.segment(20_000, true, 75_001, 31_002, tcp.ACK|tcp.PSH, 500)
			c.segment(50, false, 31_002, 75_501, tcp.RST, 0) // a has closed
		},
		"offload.pcap": func(c *craft) {
			c.open()
			for i := range uint32(3) {
				c.segment(100, false, 1001+4380*i, 5001, tcp.ACK, 4380)
				c.segment(20_000, true, 5001, 1001+4380*(i+1), tcp.ACK, 0)
			}
		},
		"snap.pcap": func(c *craft) {
			c.snap = 60
			c.open()
			for i := range uint32(4) {
				c.segment(100, false, 1001+1460*i, 5001, tcp.ACK, 1460)
			}
			c.segment(20_000, true, 5001, 1001+4*1460, tcp.ACK, 0)
		},
		"wrap.pcap": func(c *craft) {
			isn := uint32(0xffff_fc00)
			c.segment(0, false, isn, 0, tcp.SYN, 0)
			c.segment(20_000, true, 0xffff_ffff, isn+1, tcp.SYN|tcp.ACK, 0)
			c.segment(50, false, isn+1, 0, tcp.ACK, 0)
			for i := range uint32(6) {
				c.segment(10, false, isn+1+500*i, 0, tcp.ACK, 500)
			}
			c.segment(20_000, true, 0, isn+1+500*2, tcp.ACK, 0)
			for range 3 {
				c.segment(10, true, 0, isn+1+500*2, tcp.ACK, 0)
			}
			c.segment(100, false, isn+1+500*2, 0, tcp.ACK, 500)
			c.segment(20_000, true, 0, isn+1+500*6, tcp.ACK, 0)
		},
		"malformed.pcap": func(c *craft) {
			c.open()
			packet := bytes.Clone(c.segment(100, false, 1001, 5001, tcp.ACK, 100))
			packet[32] = 0xf0 // a data offset beyond the end
			packet = packet[:40]
			ipHeader(packet, netip.MustParseAddr("10.77.0.1"), netip.MustParseAddr("10.77.0.2"), 6)
			c.packet(100, packet)
			datagram := make([]byte, 32)
			binary.BigEndian.PutUint16(datagram[20:], 5000)
			binary.BigEndian.PutUint16(datagram[22:], 7)
			binary.BigEndian.PutUint16(datagram[24:], 200)
			ipHeader(datagram, netip.MustParseAddr("10.77.0.1"), netip.MustParseAddr("10.77.0.2"), 17)
			c.packet(100, datagram)
			c.packet(100, []byte{0x4f, 0, 0, 20})
		},
		"simultaneous-open.pcap": func(c *craft) {
			c.segment(0, false, 1000, 0, tcp.SYN, 0)
			c.segment(5_000, true, 5000, 0, tcp.SYN, 0)
			c.segment(50, false, 1000, 5001, tcp.SYN|tcp.ACK, 0)
			c.segment(5_000, true, 5000, 1001, tcp.SYN|tcp.ACK, 0)
			c.segment(5_000, false, 1001, 5001, tcp.ACK, 50)
			c.segment(20_000, true, 5001, 1051, tcp.ACK, 0)
		},
		"early-ack.pcap": func(c *craft) { // two interfaces in one capture: an acknowledgment comes before what it acknowledges
			c.open()
			c.segment(20_000, true, 5001, 1501, tcp.ACK, 0)
			c.segment(20, false, 1001, 5001, tcp.ACK, 500)
			c.segment(100, false, 1501, 5001, tcp.ACK, 500)
			c.segment(20_000, true, 5001, 2001, tcp.ACK, 0)
		},
	} {
		c := newCraft(t, 0)
		f(c)
		made[name] = c.b.Bytes()
	}
	return made
}
