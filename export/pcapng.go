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
