package stream

import (
	"net/netip"
	"time"

	"netlab/capture"
)

// Stream is a TCP connection or a UDP flow of a capture.
type Stream struct {
	Number    int    // from 0, counted per transport
	Transport string // "TCP" or "UDP"
	Ends      [2]End // the one that was seen sending first, and the other
	First     int    // number of the first packet
	Start     time.Time
	Last      time.Time // of the last packet

	SYN     bool // its beginning was captured
	Both    bool // both ends opened at the same time (RFC 9293, Section 3.5)
	Reset   int  // the end that reset it, counted from 1; 0: nobody
	Replied bool // both ends sent something

	sinceAcked [2]int // packets of the stream since the other end acknowledged what is missing of this one
}

// End is one end of a stream and what it sent.
type End struct {
	Addr    netip.AddrPort
	Packets int
	Octets  int64 // of data, each counted once; those that are missing too

	Again      int   // segments with nothing but what had been sent before
	KeepAlives int   // of these, keep-alives
	Overlaps   int   // segments that hold old octets and new ones
	Conflicts  int   // octets that came again and were not the same
	Missing    int64 // octets that the capture does not hold
	Gaps       int   // in so many places
	Strays     int   // segments far away from what was expected, left out
	Finished   bool  // it sent a FIN, and everything before it is there or was given up

	half half
}

// Chunk is the next octets of one direction of a stream.
type Chunk struct {
	Stream  *Stream
	Dir     int // index in Stream.Ends of the end that sent them
	At      time.Time
	Packet  int    // number of the packet that carried them
	Offset  int64  // of the first octet, or of the first that is missing
	Missing int64  // octets that are missing before these
	Octets  []byte // valid during the call; none where only something is missing
	UDP     bool   // one datagram
	Secure  bool   // what the end meant to say, before TLS encrypted it
}

// Config says what is wanted. The zero value of a bound is its default.
type Config struct {
	Data  func(Chunk)   // gets the octets of all streams in order
	Ended func(*Stream) // gets each stream once, by number for each transport, when nothing more of it comes

	MaxStreams int // streams held at a time; 0: 65,536. The oldest is ended early
	MaxWaiting int // octets of one direction that wait behind a gap; 0: 1 MiB
	MaxTotal   int // of all directions together; 0: 64 MiB
}

func (c Config) withDefaults() Config {
	set := func(v *int, def int) {
		if *v <= 0 {
			*v = def
		}
	}
	set(&c.MaxStreams, 1<<16)
	set(&c.MaxWaiting, 1<<20)
	set(&c.MaxTotal, 1<<26)
	if c.Data == nil {
		c.Data = func(Chunk) {}
	}
	if c.Ended == nil {
		c.Ended = func(*Stream) {}
	}
	return c
}

// Packet is what an Assembler wants to know of a packet of a capture.
type Packet struct {
	Number   int
	At       time.Time
	LinkType capture.LinkType
	Octets   []byte
}

// PacketOf returns a record of a capture as a Packet.
func PacketOf(r *capture.Record) Packet {
	return Packet{Number: r.Number, At: r.At, LinkType: r.LinkType, Octets: r.Packet}
}
