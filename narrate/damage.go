package narrate

import (
	"fmt"

	"netlab/capture"
)

// mostSkipped is how many places are told of.
const mostSkipped = 20

// skips returns the places of the capture that were skipped since the last call.
func (s *replay) skips(r *capture.Reader) []capture.Damage {
	all := r.Damage()
	since := all[s.skipped:]
	s.skipped = len(all)
	return since
}

// broken writes what is told of a capture that is damaged or cut off: all of it up to there, or what could be read behind it too.
func (p *paper) broken(s *replay) {
	if s.skipped > 0 {
		p.line(fmt.Sprintf("Told around the damage: %s.", s))
		return
	}
	p.line(fmt.Sprintf("Told before the capture breaks off: %s.", s))
}

// skipped writes which places were skipped.
func (p *paper) skipped(places []capture.Damage) {
	for _, d := range places[:min(mostSkipped, len(places))] {
		p.line(fmt.Sprintf("%12s! %s", "", d))
	}
	if n := len(places) - mostSkipped; n > 0 {
		p.line(fmt.Sprintf("%12s! and %d more places", "", n))
	}
}

type jsonDamage struct {
	Kind   string `json:"kind"` // "damage"
	From   int64  `json:"from"`
	To     int64  `json:"to"`
	After  int    `json:"after"`
	Within bool   `json:"within,omitempty"`
}

// damage writes which places were skipped, an object for each.
func (j *JSON) damage(places []capture.Damage) error {
	for _, d := range places {
		if err := j.write(jsonDamage{"damage", d.From, d.To, d.After, d.Within}, nil); err != nil {
			return err
		}
	}
	return nil
}
