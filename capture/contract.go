package capture

import (
	"io"
	"time"

	"netlab/wire"
)

// LinkType of a packet: RawIP for everything netlab makes itself.
type LinkType int

const (
	RawIP LinkType = 101
	Ether LinkType = 1
)

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

// Writer writes pcapng (raw IP), each packet with a comment. Deterministic: nothing of the machine in it.
type Writer struct{ contract int }

func NewWriter(w io.Writer, interfaces ...string) (*Writer, error)                   { return nil, nil }
func (w *Writer) Write(at time.Time, iface int, packet []byte, comment string) error { return nil }
func (w *Writer) Flush() error                                                       { return nil }

// Record is a packet read from a capture file.
type Record struct {
	Number   int
	At       time.Time
	LinkType LinkType
	Packet   []byte
	Length   int // on the wire; more than len(Packet) if the snap length cut it
	Comments []string
}

// Reader reads pcap and pcapng. Next returns io.EOF at the end, or an error that says what is wrong and at which octet.
type Reader struct{ contract int }

func NewReader(name string, r io.Reader) (*Reader, error) { return nil, nil }
func (r *Reader) Next() (Record, error)                   { return Record{}, nil }
