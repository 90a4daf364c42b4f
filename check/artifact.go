package check

import (
	"fmt"
	"io"

	"netlab/capture"
)

// WriteCapture writes the packets of a run as pcapng. Each has a comment that says which line it belongs to; that of the
// packet that failed says what was expected.
func (p *Played) WriteCapture(w io.Writer) error {
	c, err := capture.NewWriter(w, capture.Raw(p.Script.Name)...)
	if err != nil {
		return err
	}
	for i, r := range p.Records {
		if r.Octets == nil {
			continue
		}
		step := &p.Script.Steps[r.Step]
		comment := fmt.Sprintf("step %d, line %d: %s", r.Step+1, step.Line, step.Text)
		if f := p.Failure; f != nil && i == len(p.Records)-1 {
			comment = fmt.Sprintf("%s\n%s\nexpected  %s\nactual    %s", comment, f.What, f.Want, f.Got)
			for _, d := range f.Differences {
				comment += fmt.Sprintf("\n%s: expected %s, actual %s", d.What, d.Want, d.Got)
			}
		}
		if err := c.Write(epoch().Add(r.At), 0, r.Octets, comment); err != nil {
			return err
		}
	}
	return c.Flush()
}
