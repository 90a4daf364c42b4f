package tui

import (
	"context"
	"fmt"
	"io"
	"strings"

	tea "charm.land/bubbletea/v2"

	"netlab/capture"
	"netlab/export"
	"netlab/narrate"
)

// saveStream asks for the name of a file, and writes to it what was said in the selected packet's stream: all of it, however long it is.
func (r *replay) saveStream() {
	p, ok := r.file.Place(r.selected)
	if !ok || p.Stream < 0 {
		r.notice = "the selected packet belongs to no stream"
		return
	}
	ending := ".txt"
	if r.telling.form == narrate.AsHex {
		ending = ".hex"
	}
	side := [...]string{"", "-first", "-second"}[r.telling.side]
	name := fmt.Sprintf("%s-%s-%d%s%s", r.baseName(), strings.ToLower(p.Transport), p.Stream, side, ending)
	f := narrate.Follow{Transport: p.Transport, Number: p.Stream, Side: r.telling.side}
	number, form := r.selected, r.telling.form
	r.question = &question{
		what: "write the stream to", text: []rune(name), hint: "the ending says how: .txt lines, .hex octets in rows, any other the octets themselves; Esc leaves it",
		answer: func(name string) (string, tea.Cmd) {
			if name == "" {
				return "a file needs a name", nil
			}
			switch {
			case strings.HasSuffix(name, ".txt"):
				if f.Form = narrate.AsText; form == narrate.AsMessages {
					f.Form = form
				}
			case strings.HasSuffix(name, ".hex"):
				f.Form = narrate.AsHex
			default:
				f.Form = narrate.AsRaw
			}
			file, o := r.file, r.tellingOptions()
			begin, _ := file.Span()
			packets := p.Packets[0] + p.Packets[1]
			return r.write(name, packets, func(ctx context.Context, w io.Writer, step func()) (string, error) {
				err := f.Write(w, packetsOf(ctx, file, file.Beginning(number, file.Len()), step), begin, o)
				return fmt.Sprintf("%s %d is written to %s as %s", p.Transport, p.Stream, name, f.Form), err
			})
		},
	}
}

// findInStream asks for a text, and goes to where it is said.
func (r *replay) findInStream() {
	r.question = &question{
		what: "find in the stream", text: []rune(r.telling.find), hint: "Enter goes to the next place; empty marks nothing; Esc leaves it",
		answer: func(text string) (string, tea.Cmd) {
			r.notice = ""
			r.findSaid(text)
			return "", nil
		},
	}
}

// export asks for the name of a file, and writes to it the packets that are shown, in the form that its ending says.
func (r *replay) export() {
	if r.count() == 0 {
		r.notice = "there are no packets to write"
		return
	}
	about := "all " + count(r.packets, "packet")
	if r.shown.active {
		about = fmt.Sprintf("the %s shown", count(r.count(), "packet"))
	}
	r.question = &question{
		what: "export " + about + " to", text: []rune(r.baseName() + "-shown.pcapng"),
		hint: "the ending says how: " + strings.Join(export.Forms(), ", ") + "; Esc leaves it",
		answer: func(name string) (string, tea.Cmd) {
			form, err := export.Form(name)
			if err != nil {
				return "the name must end in one of " + strings.Join(export.Forms(), ", "), nil
			}
			return r.exportTo(name, form)
		},
	}
}

func (r *replay) exportTo(name, form string) (string, tea.Cmd) {
	n := r.count()
	list := &replay{packets: r.packets, shown: r.shown} // the list as it is now
	run := &export.Run{Title: r.name}
	if r.shown.active {
		run.Title += ": " + r.shown.filter.String()
	}
	findings := r.findings // never changed, but made anew
	file, keys := r.file, r.file.KeyLog()
	if r.opts.KeyLogGiven {
		keys = append(keys, r.opts.KeyLog...)
	}
	return r.write(name, n, func(ctx context.Context, w io.Writer, step func()) (string, error) {
		last := list.shownAt(n - 1)
		if form != ".pcapng" {
			last = list.shownAt(min(n, export.MaxPackets) - 1)
		}
		for i := range findings {
			if findings[i].Packet <= last && list.has(findings[i].Packet) {
				run.Find(&findings[i])
			}
		}
		said := fmt.Sprintf("%s: %s, %s to point at", name, count(n, "packet"), count(len(run.Notes), "thing"))
		if form == ".pcapng" {
			return said, exportCapture(ctx, w, file, run, n, list.shownAt, keys, step)
		}
		for i := range n {
			rec, sum, err := file.Summary(list.shownAt(i))
			if err == nil {
				err = ctx.Err()
			}
			if err != nil {
				return "", err
			}
			run.Add(rec, sum)
			if step(); run.More > 0 {
				run.More = n - len(run.Packets)
				said += fmt.Sprintf("; %d packets left out", run.More)
				break
			}
		}
		return said, export.Write(w, form, run)
	})
}

// exportCapture writes packets as a capture of any size, with the keys that open it.
func exportCapture(ctx context.Context, w io.Writer, file *capture.File, run *export.Run, n int, at func(int) int, keys []byte, step func()) error {
	out := export.NewCapture(w, run, keys)
	for i := range n {
		rec, err := file.Packet(at(i))
		if err == nil {
			err = ctx.Err()
		}
		if err == nil {
			err = out.Add(rec)
		}
		if err != nil {
			return err
		}
		step()
	}
	return out.Flush()
}

// has reports whether a packet is shown.
func (r *replay) has(number int) bool {
	i := r.position(number)
	return i >= 0 && i < r.count() && r.shownAt(i) == number
}
