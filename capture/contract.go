package capture

import "netlab/wire"

// Dissect returns the layers of a packet, lowest first, each a tree of fields with octet offsets from the packet's start.
func Dissect(t LinkType, packet []byte) []wire.Node { return nil }

// Summarizer turns packets into rows of a packet list, in plain words with relative sequence numbers ("data 5841..7301", "GET /blob",
// "ack 5841  dup 2"). It follows streams, so packets are given in order.
type Summarizer struct{ contract int }

func NewSummarizer() *Summarizer { return nil }

// Summary of one packet.
type Summary struct {
	Src, Dst string // addresses; with ports if there are any: "10.0.1.10:40001"
	Proto    string // "TCP", "HTTP", "ICMP"
	What     string // "SYN", "data 1461..2921", "echo request id 1 seq 3"
	Stream   int    // -1: none
	Problem  string // malformed or wrong checksum, in words
}

func (s *Summarizer) Add(t LinkType, packet []byte) Summary { return Summary{} }
