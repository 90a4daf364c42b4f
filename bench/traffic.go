package main

import (
	"encoding/binary"
	"fmt"
	"io"
	"math/rand/v2"
	"net/netip"

	"netlab/ip"
	"netlab/tcp"
)

// traffic writes the pcap file that captures are measured with: 200 connections at a time, each with a handshake, requests, answers
// of up to 60 kB in full segments, an acknowledgment of every second one, and FINs. The same octets every time.
type traffic struct {
	w      io.Writer
	r      *rand.Rand
	micros int64
	frame  []byte
	body   []byte
	id     uint32
	wrote  int
}

// talker is one of its connections.
type talker struct {
	client, server netip.AddrPort
	cseq, sseq     tcp.Seq
	state          int
	left, unacked  int
	requests       int
}

func writeTraffic(w io.Writer, packets int) {
	t := &traffic{w: w, r: rand.New(rand.NewPCG(7, 7)), micros: 1_700_000_000_000_000, body: make([]byte, 1<<16)}
	for i := range t.body {
		t.body[i] = "abcdefghijklmnopqrstuvwxyz 0123456789\n"[t.r.IntN(38)]
	}
	var h [24]byte
	binary.LittleEndian.PutUint32(h[:], 0xa1b2c3d4)
	binary.LittleEndian.PutUint16(h[4:], 2)
	binary.LittleEndian.PutUint16(h[6:], 4)
	binary.LittleEndian.PutUint32(h[16:], 262144)
	binary.LittleEndian.PutUint32(h[20:], 1)
	w.Write(h[:])
	talkers := make([]*talker, 200)
	for i := range talkers {
		talkers[i] = t.talker()
	}
	for t.wrote < packets {
		i := t.r.IntN(len(talkers))
		if t.step(talkers[i], packets); talkers[i].state > 8 {
			talkers[i] = t.talker()
		}
	}
}

func (t *traffic) talker() *talker {
	r := t.r
	return &talker{
		client: netip.AddrPortFrom(netip.AddrFrom4([4]byte{10, byte(r.IntN(4)), byte(r.IntN(256)), byte(1 + r.IntN(254))}), uint16(10000+r.IntN(50000))),
		server: netip.AddrPortFrom(netip.AddrFrom4([4]byte{192, 168, 0, byte(1 + r.IntN(20))}), 80),
		cseq:   tcp.Seq(r.Uint32()), sseq: tcp.Seq(r.Uint32()), requests: 1 + r.IntN(4),
	}
}

// step lets a connection send its next packets.
func (t *traffic) step(c *talker, most int) {
	switch c.state {
	case 0:
		t.send(c, true, tcp.SYN, nil)
	case 1:
		t.send(c, false, tcp.SYN|tcp.ACK, nil)
	case 2, 8:
		t.send(c, true, tcp.ACK, nil)
	case 3:
		t.send(c, true, tcp.ACK|tcp.PSH, fmt.Appendf(nil, "GET /file%d.html HTTP/1.1\r\nHost: www%d.example.test\r\nUser-Agent: bench\r\nAccept: */*\r\n\r\n", t.r.IntN(1000), t.r.IntN(50)))
		c.left = 500 + t.r.IntN(60000)
	case 4:
		head := fmt.Appendf(nil, "HTTP/1.1 200 OK\r\nServer: bench\r\nContent-Type: text/plain\r\nContent-Length: %d\r\n\r\n", c.left)
		n := min(1448-len(head), c.left)
		c.left -= n
		t.send(c, false, tcp.ACK|tcp.PSH, append(head, t.body[:n]...))
	case 5:
		t.burst(c, most)
		return
	case 6:
		t.send(c, true, tcp.ACK|tcp.FIN, nil)
	case 7:
		t.send(c, false, tcp.ACK|tcp.FIN, nil)
	}
	c.state++
}

// burst sends up to eight segments of an answer, with their acknowledgments.
func (t *traffic) burst(c *talker, most int) {
	for range 8 {
		if c.left == 0 {
			t.send(c, true, tcp.ACK, nil)
			c.unacked, c.state = 0, 3
			if c.requests--; c.requests == 0 {
				c.state = 6
			}
			return
		}
		if t.wrote >= most {
			return
		}
		n := min(1448, c.left)
		at := t.r.IntN(len(t.body) - n)
		t.send(c, false, tcp.ACK, t.body[at:at+n])
		c.left -= n
		if c.unacked++; c.unacked == 2 {
			t.send(c, true, tcp.ACK, nil)
			c.unacked = 0
		}
	}
}

// send writes a segment in its packet and frame. One in a thousand comes a second time.
func (t *traffic) send(c *talker, up bool, flags tcp.Flags, data []byte) {
	src, dst, seq, ack, next := c.client, c.server, c.cseq, c.sseq, &c.cseq
	if !up {
		src, dst, seq, ack, next = dst, src, ack, seq, &c.sseq
	}
	seg := tcp.Segment{SrcPort: src.Port(), DstPort: dst.Port(), Seq: seq, Flags: flags, Window: 64000, Payload: data}
	if flags&tcp.ACK != 0 {
		seg.Ack = ack
	}
	if flags&tcp.SYN != 0 {
		seg.Options = tcp.Options{MSS: 1460, WindowScale: 8, SACKPermitted: true}
	} else {
		seg.Options = tcp.Options{Timestamps: true, TSVal: uint32(t.micros / 1000), TSEcr: uint32(t.micros / 1000)}
	}
	length := 20 + seg.HeaderLen() + len(data)
	t.frame = append(t.frame[:0], 2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1, 8, 0)
	t.frame = append(t.frame, make([]byte, length)...)
	seg.Put(t.frame[34:], src.Addr(), dst.Addr())
	t.id++
	h := ip.Header{TotalLength: length, ID: t.id & 0xffff, TTL: 64, Protocol: ip.TCP, Src: src.Addr(), Dst: dst.Addr(), DontFragment: true}
	h.Put(t.frame[14:])
	t.write()
	if len(data) > 0 && t.r.IntN(1000) == 0 {
		t.micros += 200_000
		t.write()
	}
	*next += tcp.Seq(seg.Len())
}

// write writes the frame.
func (t *traffic) write() {
	t.micros += int64(1 + t.r.IntN(20))
	var h [16]byte
	binary.LittleEndian.PutUint32(h[:], uint32(t.micros/1_000_000))
	binary.LittleEndian.PutUint32(h[4:], uint32(t.micros%1_000_000))
	binary.LittleEndian.PutUint32(h[8:], uint32(len(t.frame)))
	binary.LittleEndian.PutUint32(h[12:], uint32(len(t.frame)))
	t.w.Write(h[:])
	t.w.Write(t.frame)
	t.wrote++
}
