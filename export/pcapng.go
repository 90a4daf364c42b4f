package export

import (
	"io"
	"slices"

	"netlab/capture"
)

// Pcapng writes the packets as a capture. Each has comments: why it was sent, what became of it, and what is worth pointing at.
func Pcapng(w io.Writer, r *Run) error {
	var interfaces []capture.Interface
	for i := range r.Packets {
		if of := r.Packets[i].Interface; !slices.Contains(interfaces, of) {
			interfaces = append(interfaces, of)
		}
	}
	out, err := capture.NewWriter(w, interfaces...)
	if err != nil {
		return err
	}
	for i := range r.Packets {
		p := &r.Packets[i]
		n, err := out.Interface(p.Interface)
		if err != nil {
			return err
		}
		if err := out.WriteRecord(p.Record, n, r.comments(p)...); err != nil {
			return err
		}
	}
	return out.Flush()
}

// CaptureWriter writes a capture of any size, packet by packet, with the notes of a Run as comments.
type CaptureWriter struct {
	to     io.Writer
	run    *Run
	keyLog []byte
	out    *capture.Writer // nil until the first packet, whose interface comes first
}

// NewCapture returns a CaptureWriter of the notes of r, which are there already. keyLog, if there is any, decrypts its TLS and is written too.
func NewCapture(w io.Writer, r *Run, keyLog []byte) *CaptureWriter {
	return &CaptureWriter{to: w, run: r, keyLog: keyLog}
}

// Add writes a packet, with the comments that it has and those of the notes, if it is one of those that were chosen for the Run.
func (c *CaptureWriter) Add(rec capture.Record) error {
	if !c.run.has(rec.Number) {
		return nil
	}
	of := capture.Interface{Name: "capture", Type: rec.LinkType}
	if c.out == nil {
		out, err := capture.NewWriter(c.to, of)
		if err == nil && len(c.keyLog) > 0 {
			err = out.WriteSecrets(capture.Secrets{Type: capture.TLSKeyLog, Data: c.keyLog})
		}
		if err != nil {
			return err
		}
		c.out = out
	}
	n, err := c.out.Interface(of)
	if err != nil {
		return err
	}
	comments := append([]string(nil), rec.Comments...)
	for _, note := range c.run.notes(rec.Number) {
		comments = append(comments, note.sentence())
	}
	return c.out.WriteRecord(rec, n, comments...)
}

// Flush writes what is left. Call it at the end.
func (c *CaptureWriter) Flush() error {
	if c.out == nil {
		return nil // no packet, no capture
	}
	return c.out.Flush()
}

// comments are the sentences about a packet.
func (r *Run) comments(p *Packet) (all []string) {
	for _, s := range []string{p.Why, p.Lost} {
		if s != "" {
			all = append(all, s)
		}
	}
	for _, n := range r.notes(p.Number) {
		all = append(all, n.sentence())
	}
	return all
}

// sentence is a note with its source.
func (n Note) sentence() string {
	if n.Ref == "" {
		return n.Text
	}
	return n.Text + " (" + n.Ref + ")"
}
