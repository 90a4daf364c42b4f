package service

import (
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"strings"
	"time"

	"netlab/capture"
	"netlab/http"
	"netlab/ip"
	"netlab/stack"
	"netlab/tcp"
	"netlab/trace"
)

// tracedSegments is how many segments of a connection /trace can show.
const tracedSegments = 64

// tracedSegment is one segment as /trace shows it, with the names that its JSON has.
type tracedSegment struct {
	At      float64 `json:"at"`   // milliseconds after the first
	From    string  `json:"from"` // "you" or "host"
	Proto   string  `json:"protocol"`
	What    string  `json:"what"`
	Flags   string  `json:"flags"`
	Seq     uint32  `json:"seq"`
	Ack     uint32  `json:"ack"`
	Window  int     `json:"window"`
	Length  int     `json:"length"` // octets of data
	Options string  `json:"options,omitempty"`
	Why     string  `json:"why,omitempty"`
	Octets  string  `json:"octets"` // of the segment, its first ones, in hex
}

// traced is what /trace?format=json gives.
type traced struct {
	You      string          `json:"you"`
	Host     string          `json:"host"`
	Segments []tracedSegment `json:"segments"`
	More     int             `json:"more"` // segments after those, which were not kept
}

// trace serves /trace: the segments of the connection so far. The head of the answer goes out before the list is made, so that its segment is in it.
func (s *Web) trace(conn net.Conn, w *http.ResponseWriter, r *http.Request, _ string) {
	asJSON := false
	if q, err := url.ParseQuery(r.Query()); err == nil {
		asJSON = q.Get("format") == "json"
	}
	w.Header.Set("Cache-Control", "no-store")
	if asJSON {
		w.Header.Set("Content-Type", "application/json")
	} else {
		pageHeader(w, r)
	}
	if err := w.Flush(); err != nil || r.Method == http.MethodHead {
		return
	}
	t := tracedOf(conn)
	if asJSON {
		e := json.NewEncoder(plainWriter{w})
		e.SetIndent("", "  ")
		_ = e.Encode(t)
		return
	}
	p := t.page()
	p.write(w, r)
}

// tracedOf reads what a connection has recorded.
func tracedOf(conn net.Conn) traced {
	t := traced{You: conn.RemoteAddr().String(), Host: conn.LocalAddr().String(), Segments: []tracedSegment{}}
	c, ok := inner(conn).(interface {
		Recorded() ([]stack.RecordedSegment, int)
		Flow() trace.Flow
	})
	if !ok {
		return t
	}
	var first []stack.RecordedSegment
	first, t.More = c.Recorded()
	sum := capture.NewSummarizer()
	for i := range first {
		if one, ok := tracedOne(sum, c.Flow(), &first[i], first[0].At); ok {
			t.Segments = append(t.Segments, one)
		}
	}
	return t
}

// tracedOne says of a segment what it is.
func tracedOne(sum *capture.Summarizer, flow trace.Flow, r *stack.RecordedSegment, start time.Time) (tracedSegment, bool) {
	seg, err := tcp.Parse(r.Octets)
	if err != nil {
		return tracedSegment{}, false
	}
	src, dst, from := flow.Remote.Addr(), flow.Local.Addr(), "you"
	if r.Sent {
		src, dst, from = dst, src, "host"
	}
	words := sum.Add(capture.RawIP, packetOf(src, dst, r))
	header := len(r.Octets) - len(seg.Payload)
	one := tracedSegment{
		At: float64(r.At.Sub(start).Microseconds()) / 1000, From: from, Proto: words.Proto, What: words.What,
		Flags: seg.Flags.String(), Seq: uint32(seg.Seq), Ack: uint32(seg.Ack), Window: int(seg.Window), Length: r.Length - header,
		Octets: hex.EncodeToString(r.Octets),
	}
	one.Options = optionWords(r.Octets[:header])
	if r.Why.Say != "" {
		e := trace.Event{Say: r.Why.Say, Args: r.Why.Args}
		one.Why = e.Text()
		if !r.Why.Ref.IsZero() {
			one.Why += " (" + r.Why.Ref.String() + ")"
		}
	}
	return one, true
}

// optionWords names the options of a header: "Maximum Segment Size 1460, SACK Permitted".
func optionWords(header []byte) string {
	n := tcp.Dissect(header, 0, netip.Addr{}, netip.Addr{})
	options := n.Find("tcp.options")
	if options == nil {
		return ""
	}
	var all []string
	for _, o := range options.Children {
		name := strings.TrimPrefix(o.Name, "Option: ")
		if strings.HasPrefix(name, "No-Operation") || strings.HasPrefix(name, "End") {
			continue
		}
		if k := len(o.Children); k == 3 && o.Children[2].Value != "" {
			name += " " + o.Children[2].Value
		}
		all = append(all, name)
	}
	return strings.Join(all, ", ")
}

// packetOf puts an IP header of our own before what is kept of a segment, for those who read packets.
func packetOf(src, dst netip.Addr, r *stack.RecordedSegment) []byte {
	h := ip.Header{TTL: 64, Protocol: ip.TCP, Src: src, Dst: dst}
	h.TotalLength = h.Len() + r.Length
	b := make([]byte, h.Len(), h.Len()+len(r.Octets))
	h.Put(b)
	return append(b, r.Octets...)
}

// page is the same for people.
func (t *traced) page() page {
	p := page{title: "The segments of this very request"}
	p.text(fmt.Sprintf("You are %s, this host is %s. This is what went over the connection, from your SYN to the beginning of this answer. Sequence numbers count from each side's own first number, as the summaries do; the octets are at /trace?format=json.", t.You, t.Host))
	for _, s := range t.Segments {
		name := fmt.Sprintf("%9.3f ms  you", s.At)
		if s.From == "host" {
			name = fmt.Sprintf("%9.3f ms  host", s.At)
		}
		about := fmt.Sprintf("%s: sequence number %d, acknowledgment number %d, window %d, %d octets of data", s.Flags, s.Seq, s.Ack, s.Window, s.Length)
		if s.Options != "" {
			about += "; options: " + s.Options
		}
		about += ". "
		if s.Why != "" {
			about += "This host " + s.Why + "."
		}
		p.row(name, strings.TrimSpace(s.Proto+"  "+s.What), strings.TrimSpace(about))
	}
	if len(t.Segments) == 0 {
		p.text("Nothing of this connection was recorded.")
	}
	if t.More > 0 {
		p.text(fmt.Sprintf("%d more followed, which were not kept.", t.More))
	}
	return p
}
