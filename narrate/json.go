package narrate

import (
	"bufio"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"time"

	"netlab/capture"
	"netlab/stream"
	"netlab/timeline"
	"netlab/trace"
)

// JSON writes a run as JSON, one object a line, as docs/json.md describes.
type JSON struct {
	story
	out *bufio.Writer
	enc *json.Encoder
}

// NewJSON returns a narration that writes to w. Each of its methods hands all its lines to w before it returns.
func NewJSON(w io.Writer, o Options) *JSON {
	out := bufio.NewWriter(w)
	enc := json.NewEncoder(out)
	enc.SetEscapeHTML(false)
	return &JSON{story: newStory(o), out: out, enc: enc}
}

// decimal is a time in seconds, written with all nine places.
type decimal time.Duration

func (d decimal) MarshalJSON() ([]byte, error) {
	sign := ""
	if d < 0 {
		sign, d = "-", -d
	}
	return fmt.Appendf(nil, "%s%d.%09d", sign, int64(d)/1e9, int64(d)%1e9), nil
}

type jsonHeader struct {
	Kind  string   `json:"kind"` // "start"
	Title string   `json:"title,omitempty"`
	Seed  uint64   `json:"seed,omitempty"`
	About []string `json:"about,omitempty"`
}

type jsonEvent struct {
	ID       trace.ID     `json:"id"`
	T        decimal      `json:"t"`
	Kind     string       `json:"kind"`
	Host     string       `json:"host,omitempty"`
	Link     string       `json:"link,omitempty"`
	Flow     *jsonFlow    `json:"flow,omitempty"`
	Cause    trace.ID     `json:"cause,omitempty"`
	Packet   trace.ID     `json:"packet,omitempty"`
	Number   int          `json:"number,omitempty"`
	Replaces trace.ID     `json:"replaces,omitempty"`
	Text     string       `json:"text,omitempty"`
	Ref      string       `json:"ref,omitempty"`
	Changes  []jsonChange `json:"changes,omitempty"`
	LinkType int          `json:"linktype,omitempty"`
	Octets   string       `json:"octets,omitempty"`
	Summary  *jsonSummary `json:"summary,omitempty"`
}

type jsonFlow struct {
	Local  string `json:"local"`
	Remote string `json:"remote"`
}

type jsonChange struct {
	Name string `json:"name"`
	Old  string `json:"old"`
	New  string `json:"new"`
}

type jsonSummary struct {
	Src     string `json:"src,omitempty"`
	Dst     string `json:"dst,omitempty"`
	Proto   string `json:"proto"`
	What    string `json:"what"`
	Stream  *int   `json:"stream,omitempty"`
	Again   bool   `json:"again,omitempty"`
	Late    bool   `json:"late,omitempty"`
	Problem string `json:"problem,omitempty"`

	Decrypted string `json:"decrypted,omitempty"`
}

type jsonEnd struct {
	Kind      string  `json:"kind"` // "end"
	T         decimal `json:"t"`
	Packets   int     `json:"packets"`
	Lost      int     `json:"lost"`
	Discarded int     `json:"discarded"`
	Again     int     `json:"again"`
	Delivered int64   `json:"delivered"`
	Forgotten uint64  `json:"forgotten,omitempty"`
}

// Begin writes the object of kind "start".
func (j *JSON) Begin(h Header) error {
	return j.write(jsonHeader{"start", h.Title, h.Seed, h.About}, j.out.Flush)
}

// Events writes what happened from event from on, and returns the event to go on with.
func (j *JSON) Events(v timeline.View, from trace.ID) (next trace.ID, err error) {
	next = j.each(v, from, func(s scene) {
		if err == nil {
			err = j.write(j.event(s), nil)
		}
	})
	if err == nil {
		err = j.write(nil, j.out.Flush)
	}
	return next, err
}

// End writes the object of kind "end".
func (j *JSON) End() error {
	t := j.totals
	return j.write(jsonEnd{"end", decimal(t.Duration), t.Packets, t.Lost, t.Discarded, t.Again, t.Delivered, t.Forgotten}, j.out.Flush)
}

// write writes one object, if there is one, and flushes, if it is to.
func (j *JSON) write(object any, flush func() error) error {
	var err error
	if object != nil {
		err = j.enc.Encode(object)
	}
	if flush != nil && err == nil {
		err = flush()
	}
	if err != nil {
		return fmt.Errorf("narrate: %w", err)
	}
	return nil
}

func (j *JSON) event(s scene) jsonEvent {
	e := jsonEvent{
		ID: s.ID, T: decimal(s.At.Sub(j.Start)), Kind: s.Kind.String(), Host: s.Host, Link: s.Link,
		Cause: s.Cause, Packet: s.Packet, Replaces: s.Replaces, Text: s.Text(), Ref: s.Ref.String(),
	}
	if !s.Flow.IsZero() {
		e.Flow = &jsonFlow{s.Flow.Local.String(), s.Flow.Remote.String()}
	}
	for _, c := range s.Changes {
		e.Changes = append(e.Changes, jsonChange(c))
	}
	if s.about != nil {
		e.Number = s.about.number
	}
	if s.first {
		e.Summary = summaryObject(s.about.summary)
	}
	if s.Frame {
		e.LinkType = int(capture.Ether)
	}
	if j.Octets && s.Kind.OfPacket() {
		e.Octets = hex.EncodeToString(s.Octets)
	}
	return e
}

func summaryObject(s capture.Summary) *jsonSummary {
	o := &jsonSummary{Src: s.Src, Dst: s.Dst, Proto: s.Proto, What: s.What, Again: s.Again, Late: s.Late, Problem: s.Problem}
	if s.Stream >= 0 {
		o.Stream = &s.Stream
	}
	return o
}

type jsonPacket struct {
	Number   int          `json:"number"`
	T        decimal      `json:"t"`
	Time     string       `json:"time"`
	Kind     string       `json:"kind"` // "packet"
	LinkType int          `json:"linktype"`
	Length   int          `json:"length"`
	Captured int          `json:"captured"`
	Comments []string     `json:"comments,omitempty"`
	Octets   string       `json:"octets,omitempty"`
	Summary  *jsonSummary `json:"summary"`

	Layers []jsonNode          `json:"layers,omitempty"`
	Fields map[string][]string `json:"fields,omitempty"`
}

// ReplayJSON writes the packets of a capture as JSON, one object each, between one of kind "start" and one of kind
// "end". An error of the capture comes back after everything before it has been told.
func ReplayJSON(w io.Writer, name string, r *capture.Reader, o Options) error {
	j := NewJSON(w, o)
	s := newReplay(o)
	err := j.write(jsonHeader{Kind: "start", Title: name}, nil)
	if !o.Live {
		r.ReadAhead(nil)
	}
	for err == nil {
		var rec capture.Record
		var sum capture.Summary
		rec, sum, err = s.next(r)
		failed := j.damage(s.skips(r))
		if failed == nil {
			failed = j.names(s.hosts.take(r))
		}
		if failed != nil {
			return failed
		}
		if err != nil {
			break
		}
		opened := s.reveal(r, &rec, &sum)
		if !s.chosen(&rec, &sum) {
			continue
		}
		if o.Before != nil {
			if err := j.out.Flush(); err != nil {
				return err
			}
			if err := o.Before(&rec); err != nil {
				return err
			}
		}
		p := jsonPacket{
			Number: rec.Number, T: decimal(rec.At.Sub(s.start)), Time: rec.At.Format(time.RFC3339Nano), Kind: "packet",
			LinkType: int(rec.LinkType), Length: rec.Length, Captured: len(rec.Packet), Comments: rec.Comments, Summary: summaryObject(sum),
		}
		if len(opened) > 0 {
			p.Summary.Decrypted = stream.WordsOf(opened)
		}
		if o.Octets {
			p.Octets = hex.EncodeToString(rec.Packet)
		}
		if o.Detail.Layers {
			octets, layers := layersOf(&rec, &sum, opened)
			p.Octets, p.Layers = hex.EncodeToString(octets), nodeObjects(layers)
		}
		if len(o.Detail.Fields) > 0 {
			p.Fields = o.Detail.fieldObjects(o.Detail.values(&rec, &sum, opened, s.start))
		}
		err = j.write(p, nil)
	}
	if err == io.EOF {
		return j.write(s.end(), j.out.Flush)
	}
	j.out.Flush()
	return err
}

func (s *replay) end() jsonReplayEnd {
	end := jsonReplayEnd{Kind: "end", T: decimal(s.last.Sub(s.start)), Packets: s.packets, Again: s.again, Late: s.late, Problems: s.odd}
	if s.Filter.String() != "" {
		end.Chosen = &s.shown
	}
	return end
}

type jsonReplayEnd struct {
	Kind     string  `json:"kind"`
	T        decimal `json:"t"`
	Packets  int     `json:"packets"`
	Again    int     `json:"again"`
	Late     int     `json:"late"`
	Problems int     `json:"problems"`
	Chosen   *int    `json:"chosen,omitempty"`
}
