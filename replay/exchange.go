package replay

import (
	"errors"
	"fmt"
	"io"
	"net/netip"
	"slices"
	"strings"
	"time"
	"unicode"

	"netlab/capture"
	"netlab/ip"
	"netlab/tcp"
)

// ErrExchange says that a capture does not hold what is needed to play the server's side of a connection.
var ErrExchange = errors.New("the server's side cannot be played")

// Exchange is what the server of a captured connection sent, and when.
type Exchange struct {
	Server netip.AddrPort // in the capture
	ISS    tcp.Seq        // its initial sequence number
	SYN    tcp.Segment    // its SYN-ACK
	Steps  []Step
	Asked  []string // the line with which the client began each time it spoke; empty: that was no text
}

// Step is a segment of the server with data, a FIN or an RST.
type Step struct {
	Segment  tcp.Segment
	Turns    int           // how often the client had spoken before
	Finished bool          // the client had closed its side before
	After    time.Duration // how long after the segment before it, of either end
}

// maxSteps bounds what is kept of a connection.
const maxSteps = 100_000

// ReadExchange takes the server's side of TCP connection number out of a capture; connections are numbered as package capture does. The
// error wraps ErrExchange, or is that of the file.
func ReadExchange(r *capture.Reader, number int) (*Exchange, error) {
	x := &Exchange{}
	sum := capture.NewSummarizer()
	var last time.Time
	spoke, begun, finished := false, false, false
	turns, streams := 0, 0
	for {
		rec, err := r.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, err
		}
		s := sum.Add(rec.LinkType, rec.Packet)
		if s.Transport == "TCP" {
			streams = max(streams, s.Stream+1)
		}
		if s.Transport != "TCP" || s.Stream != number {
			continue
		}
		c, ok := capture.CarriedBy(rec.LinkType, rec.Packet)
		if !ok || c.Protocol != ip.TCP {
			continue
		}
		seg, err := tcp.Parse(c.Octets)
		if err != nil {
			continue
		}
		fromServer := c.Src == x.Server
		switch {
		case seg.Flags&(tcp.SYN|tcp.ACK) == tcp.SYN && !begun:
			x.Server = c.Dst
		case seg.Flags&(tcp.SYN|tcp.ACK) == tcp.SYN|tcp.ACK && fromServer && !begun:
			begun, x.ISS, x.SYN = true, seg.Seq, seg
			x.SYN.Payload = nil
		case !begun:
		case fromServer && (len(seg.Payload) > 0 || seg.Flags&(tcp.FIN|tcp.RST) != 0) && seg.Flags&tcp.SYN == 0:
			if c.Cut > 0 {
				return nil, fmt.Errorf("replay: packet %d: %w: the capture kept only its beginning", rec.Number, ErrExchange)
			}
			if len(x.Steps) == maxSteps {
				return nil, fmt.Errorf("replay: connection %d: %w: it has more than %d segments", number, ErrExchange, maxSteps)
			}
			if spoke {
				turns, spoke = turns+1, false
			}
			x.add(seg, turns, finished, max(0, rec.At.Sub(last)))
		case !fromServer:
			if len(seg.Payload) > 0 && !spoke {
				if len(x.Asked) == 0 && beginsTLS(seg.Payload) {
					return nil, fmt.Errorf("replay: connection %d: %w: it is TLS, and what the server said is encrypted with keys that no other client has", number, ErrExchange)
				}
				x.Asked = append(x.Asked, firstLine(seg.Payload))
			}
			spoke = spoke || len(seg.Payload) > 0
			finished = finished || seg.Flags&tcp.FIN != 0
		}
		last = rec.At
	}
	if number >= streams {
		return nil, fmt.Errorf("replay: connection %d: %w: there is none; the capture has %s", number, ErrExchange, howMany(streams))
	}
	if !begun {
		return nil, fmt.Errorf("replay: connection %d: %w: the capture does not hold its SYN and SYN-ACK (--streams lists the connections)", number, ErrExchange)
	}
	next, err := x.whole()
	if err != nil {
		return nil, err
	}
	if n := len(x.Steps); n == 0 || x.Steps[n-1].Segment.Flags&(tcp.FIN|tcp.RST) == 0 { // the capture ended before; the client is to get an end
		x.Steps = append(x.Steps, Step{tcp.Segment{Seq: next, Flags: tcp.FIN | tcp.ACK, Window: x.SYN.Window}, turns, true, 0})
	}
	return x, nil
}

// beginsTLS reports whether a client begins a TLS handshake: "struct { ContentType type; ProtocolVersion legacy_record_version; …" (RFC 8446, Section 5.1).
func beginsTLS(b []byte) bool { return len(b) >= 3 && b[0] == 22 && b[1] == 3 && b[2] <= 4 }

// longestLine is how much of a line is kept.
const longestLine = 80

// firstLine returns the line with which data begins; empty: it is no text.
func firstLine(data []byte) string {
	line, _, _ := strings.Cut(string(data[:min(len(data), longestLine)]), "\n")
	line = strings.TrimRight(line, "\r")
	if strings.ContainsFunc(line, func(r rune) bool { return !unicode.IsPrint(r) }) {
		return ""
	}
	return line
}

// largest is how much data a segment may have that is played: more than fits a packet is there if the network card was to cut it up.
const largest = 1400

// add appends a segment, in pieces if it is too large.
func (x *Exchange) add(seg tcp.Segment, turns int, finished bool, after time.Duration) {
	data, flags := slices.Clone(seg.Payload), seg.Flags
	for {
		n := len(data)
		if n > defaultMSS {
			n = largest
		}
		seg.Payload, seg.Flags = data[:n:n], flags
		if n < len(data) {
			seg.Flags &^= tcp.FIN | tcp.PSH
		}
		x.Steps = append(x.Steps, Step{seg, turns, finished, after})
		if data = data[n:]; len(data) == 0 {
			return
		}
		seg.Seq, after = seg.Seq.Add(n), 0
	}
}

// defaultMSS is what an Ethernet frame takes of data.
const defaultMSS = 1460

// whole checks that all octets of the server are there, and returns the sequence number after them.
func (x *Exchange) whole() (next tcp.Seq, err error) {
	next = x.ISS.Add(1)
	for i := range x.Steps {
		seg := &x.Steps[i].Segment
		if seg.Flags&tcp.RST != 0 {
			break
		}
		if next.Less(seg.Seq) {
			// Lost before the place of capture perhaps, and sent again later; if not, nobody can play it.
			later := slices.ContainsFunc(x.Steps[i:], func(s Step) bool {
				return s.Segment.Seq.LessEq(next) && next.Less(s.Segment.Seq.Add(s.Segment.Len()))
			})
			if !later {
				return 0, fmt.Errorf("replay: %w: %d octets are missing before octet %d of the server", ErrExchange, seg.Seq.Sub(next), seg.Seq.Sub(x.ISS))
			}
			continue
		}
		if end := seg.Seq.Add(seg.Len()); next.Less(end) {
			next = end
		}
	}
	for i := range x.Steps { // what came before its time
		if seg := &x.Steps[i].Segment; seg.Flags&tcp.RST == 0 && next.Less(seg.Seq.Add(seg.Len())) {
			next = seg.Seq.Add(seg.Len())
		}
	}
	return next, nil
}

// howMany says which connections there are.
func howMany(streams int) string {
	switch streams {
	case 0:
		return "no TCP connection"
	case 1:
		return "connection 0 alone"
	}
	return fmt.Sprintf("connections 0 to %d", streams-1)
}
