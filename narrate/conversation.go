package narrate

import (
	"fmt"
	"io"
	"strings"

	"netlab/capture"
	"netlab/stream"
)

// conversation is a stream of a capture with what was said in it.
type conversation struct {
	*stream.Stream
	proto    string // "HTTP", "DNS" … what its packets were recognised as; empty: nothing more than the transport
	messages []*stream.Message
	more     int // messages beyond those that are kept

	opened // its TLS
}

// maxMessages is how many messages of a stream are told of.
const maxMessages = 20

// conversations reads a whole capture and tells of each stream once nothing more of it comes, in the order of their first
// packets for each transport. The error is that of the capture; everything before it has been told then.
type conversations struct {
	each    func(*conversation)
	packet  func(*capture.Record, *capture.Summary) // nil: not wanted
	open    map[*stream.Stream]*conversation
	streams *stream.Assembler
	http    stream.HTTP
	secrets *secrets
}

// streamName is how a stream is chosen.
type streamName struct {
	transport string
	number    int
}

func newConversations(o Options, each func(*conversation)) *conversations {
	c := &conversations{each: each, open: map[*stream.Stream]*conversation{}, secrets: newSecrets(o)}
	c.http.Head = func(m *stream.Message) {
		v := c.of(m.Stream)
		v.proto = "HTTP"
		if m.Secure {
			v.proto = "HTTPS"
		}
		if len(v.messages) == maxMessages {
			v.more++
			return
		}
		v.messages = append(v.messages, m)
	}
	c.http.Done = func(*stream.Message) {}
	c.streams = c.secrets.assemble(c.http.Data, func(s *stream.Stream, o opened) {
		c.http.Ended(s)
		v := c.of(s)
		v.opened = o
		c.each(v)
		delete(c.open, s)
	})
	return c
}

func (c *conversations) of(s *stream.Stream) *conversation {
	v := c.open[s]
	if v == nil {
		v = &conversation{Stream: s}
		c.open[s] = v
	}
	return v
}

// read reads the capture to its end.
func (c *conversations) read(r *capture.Reader, s *replay) error {
	s.summarizer.Terse = true
	r.ReadAhead(nil)
	// What a packet was recognised as belongs to its stream, which has the number that the Summarizer gives it.
	protos := map[streamName]string{}
	each := c.each
	c.each = func(v *conversation) {
		k := streamName{v.Transport, v.Number}
		if v.proto == "" {
			v.proto = protos[k]
		}
		delete(protos, k)
		if s.pickedStream(k) {
			each(v)
		}
		delete(s.picks.streams, k)
	}
	var rec capture.Record // one for all, since packet gets its address
	var sum capture.Summary
	for {
		var err error
		rec, sum, err = s.next(r)
		if err != nil {
			s.hosts.take(r)
			c.streams.Close()
			if err == io.EOF {
				return nil
			}
			return err
		}
		if sum.Stream >= 0 && sum.Proto != sum.Transport {
			if k := (streamName{sum.Transport, sum.Stream}); protos[k] == "" {
				protos[k] = sum.Proto
			}
		}
		if sum.Proto == "DNS" {
			s.hosts.learn(&rec)
		}
		s.pick(&rec, &sum)
		if c.packet != nil {
			c.packet(&rec, &sum)
		}
		c.secrets.take(r)
		s.hosts.take(r)
		c.streams.AddRecord(&rec)
	}
}

// name is how a stream is chosen: "TCP 0".
func (v *conversation) name() string { return fmt.Sprintf("%s %d", v.Transport, v.Number) }

// course says how a stream began and ended.
func (v *conversation) course(name func(string) string) string {
	ends := [2]string{name(v.Ends[0].Addr.String()), name(v.Ends[1].Addr.String())}
	if v.Transport == "UDP" {
		if !v.Replied {
			if v.proto == "DNS" && v.Ends[1].Addr.Port() == 53 {
				return "no answer"
			}
			return "one way alone" // an answer, if it is one that wants one, may come to another address
		}
		return ""
	}
	var parts []string
	switch {
	case v.Both:
		parts = append(parts, "both opened at once")
	case !v.SYN:
		parts = append(parts, "open already")
	}
	first, second := v.Ends[0].Finished, v.Ends[1].Finished
	switch {
	case v.SYN && v.Reset == 2 && v.Ends[0].Octets+v.Ends[1].Octets == 0 && v.Ends[1].Packets == 1:
		parts = append(parts, "refused by "+ends[1])
	case v.Reset > 0:
		parts = append(parts, "reset by "+ends[v.Reset-1])
	case first && second:
		parts = append(parts, "closed by both")
	case first || second:
		who := ends[0]
		if second {
			who = ends[1]
		}
		parts = append(parts, "closed by "+who+" alone")
	case !v.Replied:
		parts = append(parts, "no answer")
	default:
		parts = append(parts, "open at the end")
	}
	return strings.Join(parts, ", ")
}

// damage says what of an end's octets is not there, or was odd.
func damage(e *stream.End) string {
	var parts []string
	add := func(n int64, one string) {
		if n > 0 {
			parts = append(parts, count(n, one))
		}
	}
	if e.Missing > 0 {
		parts = append(parts, fmt.Sprintf("%s not captured in %s", count(e.Missing, "octet"), count(int64(e.Gaps), "place")))
	}
	if e.Again > e.KeepAlives {
		parts = append(parts, fmt.Sprintf("%s sent again", count(int64(e.Again-e.KeepAlives), "segment")))
	}
	add(int64(e.KeepAlives), "keep-alive")
	add(int64(e.Overlaps), "overlap")
	if e.Conflicts > 0 {
		parts = append(parts, fmt.Sprintf("%s sent again and not the same", count(int64(e.Conflicts), "octet")))
	}
	add(int64(e.Strays), "stray segment")
	return strings.Join(parts, ", ")
}
