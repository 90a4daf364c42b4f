package narrate

import (
	"io"

	"netlab/capture"
	"netlab/flow"
)

type jsonFinding struct {
	Kind    string  `json:"kind"` // "finding"
	Finding string  `json:"finding"`
	Packet  int     `json:"packet"`
	T       decimal `json:"t"`
	Stream  *int    `json:"stream,omitempty"`
	Who     string  `json:"who,omitempty"`
	Text    string  `json:"text"`
	Related []int   `json:"related,omitempty"`
	Ref     string  `json:"ref,omitempty"`
	Note    bool    `json:"note,omitempty"`
}

type jsonConnection struct {
	Kind   string      `json:"kind"` // "connection"
	Stream int         `json:"stream"`
	First  int         `json:"first"`
	Last   int         `json:"last"`
	T      decimal     `json:"t"`
	Lasts  decimal     `json:"lasts"`
	Ends   [2]jsonSide `json:"ends"`
}

type jsonSide struct {
	Address string   `json:"address"`
	Packets int      `json:"packets"`
	Octets  int64    `json:"octets"`
	RTT     *jsonRTT `json:"rtt,omitempty"`
}

type jsonRTT struct {
	Samples int     `json:"samples"`
	Min     decimal `json:"min"`
	Median  decimal `json:"median"`
	Max     decimal `json:"max"`
}

type jsonFindingsEnd struct {
	Kind     string  `json:"kind"` // "end"
	T        decimal `json:"t"`
	Packets  int     `json:"packets"`
	Findings int     `json:"findings"`
}

// FindingsJSON writes what is worth a sentence in a capture as JSON, one object each, then one for each TCP connection, between one of kind "start"
// and one of kind "end". An error of the capture comes back after everything before it has been told.
func FindingsJSON(w io.Writer, name string, r *capture.Reader, o Options) error {
	j := NewJSON(w, o)
	s := newReplay(o)
	finder := capture.NewFinder()
	total := 0
	failed := j.write(jsonHeader{Kind: "start", Title: name}, nil)
	err := s.find(r, finder, func(f *flow.Finding) {
		total++
		if failed == nil {
			failed = j.write(s.findingObject(f), nil)
		}
	})
	for i := range finder.Tracker().Streams() {
		if sum, ok := finder.Tracker().Summary(i); ok && failed == nil && s.pickedStream(streamName{"TCP", i}) {
			failed = j.write(s.connectionObject(&sum), nil)
		}
	}
	switch {
	case failed != nil:
		return failed
	case err != nil:
		_ = j.damage(s.skips(r))
		j.out.Flush()
		return err
	}
	return j.write(jsonFindingsEnd{"end", decimal(s.last.Sub(s.start)), s.packets, total}, j.out.Flush)
}

func (s *replay) findingObject(f *flow.Finding) jsonFinding {
	o := jsonFinding{
		Kind: "finding", Finding: f.Kind.String(), Packet: f.Packet, T: decimal(f.At - s.start.UnixNano()),
		Text: f.Sentence(), Related: f.Related, Ref: f.Ref.String(), Note: f.Kind.Note(),
	}
	if f.Stream >= 0 {
		o.Stream = &f.Stream
	}
	switch {
	case f.Who.IsValid() && f.Who.Port() == 0:
		o.Who = s.name(f.Who.Addr().String())
	case f.Who.IsValid():
		o.Who = s.name(f.Who.String())
	}
	return o
}

func (s *replay) connectionObject(c *flow.Summary) jsonConnection {
	o := jsonConnection{Kind: "connection", Stream: c.Number, First: c.First, Last: c.Last, T: decimal(c.Begin - s.start.UnixNano()), Lasts: decimal(c.End - c.Begin)}
	for i := range o.Ends {
		o.Ends[i] = jsonSide{Address: s.name(c.Ends[i].String()), Packets: c.Packets[i], Octets: c.Octets[i]}
		if rtt := c.RTT[i]; rtt.Samples > 0 {
			o.Ends[i].RTT = &jsonRTT{rtt.Samples, decimal(rtt.Min), decimal(rtt.Median), decimal(rtt.Max)}
		}
	}
	return o
}
