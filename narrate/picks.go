package narrate

import (
	"netlab/capture"
	"netlab/flow"
)

// picks are the packets of a capture that a filter chooses: what is found of a packet may be known only much later. Without a filter all are chosen.
type picks struct {
	packets capture.Numbers
	streams map[streamName]bool // that have one of them, and go on
}

// pick takes note of a packet that the filter chooses.
func (s *replay) pick(rec *capture.Record, sum *capture.Summary) {
	if s.Filter.String() == "" || !s.chosen(rec, sum) {
		return
	}
	s.picks.packets.Add(rec.Number)
	if sum.Stream < 0 {
		return
	}
	if s.picks.streams == nil {
		s.picks.streams = map[streamName]bool{}
	}
	s.picks.streams[streamName{sum.Transport, sum.Stream}] = true
}

// picked reports whether a finding is about a packet that is chosen.
func (s *replay) picked(f *flow.Finding) bool {
	return s.Filter.String() == "" || s.picks.packets.Has(f.Packet)
}

// pickedStream reports whether a stream has a packet that is chosen.
func (s *replay) pickedStream(k streamName) bool {
	return s.Filter.String() == "" || s.picks.streams[k]
}
