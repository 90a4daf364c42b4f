package tui

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	tea "charm.land/bubbletea/v2"

	"netlab/capture"
)

// copy gives the selected packet as text to the terminal's clipboard (OSC 52), and to a file for terminals that have none.
func (r *replay) copy() tea.Cmd {
	if r.selected == 0 {
		return nil
	}
	text := r.asText()
	return tea.Batch(tea.SetClipboard(text), func() tea.Msg {
		name, err := writeTemporary("netlab-packet-*.txt", text)
		return did(func(r *replay) tea.Cmd {
			r.notice = fmt.Sprintf("packet %d is on the clipboard, and in %s", r.selected, name)
			if err != nil {
				r.notice = "! " + err.Error()
			}
			return nil
		})
	})
}

func writeTemporary(pattern, text string) (name string, err error) {
	f, err := os.CreateTemp("", pattern)
	if err != nil {
		return "", err
	}
	_, err = f.WriteString(text)
	if closed := f.Close(); err == nil {
		err = closed
	}
	return f.Name(), err
}

// asText is the selected packet: its line, what was found, its fields.
func (r *replay) asText() string {
	var b strings.Builder
	o, sum := r.openPacket(), r.line(r.selected)
	fmt.Fprintf(&b, "packet %d of %s  %s  %s → %s  %s  %s\n", r.selected, r.name, o.record.At.Format("2006-01-02T15:04:05.000000000Z07:00"), sum.Src, sum.Dst, sum.Proto, sum.What)
	for _, l := range r.findingsOf(r.selected) {
		b.WriteString(l.text + "\n")
	}
	for i := range o.layers {
		fmt.Fprintf(&b, "%s\n", o.layers[i].Name)
		for _, f := range fields(o.layers[i : i+1]) {
			fmt.Fprintf(&b, "  %s: %s\n", f.Name, f.Value)
		}
	}
	for at := 0; at < len(o.record.Packet); at += 16 {
		fmt.Fprintf(&b, "%04x  % x\n", at, o.record.Packet[at:min(at+16, len(o.record.Packet))])
	}
	return b.String()
}

// export writes the packets that are shown to a pcapng file in the working directory.
func (r *replay) export() tea.Cmd {
	file, chosen, n := r.file, r.shown, r.count()
	comments := map[int]string{}
	for i := range r.findings {
		f := &r.findings[i]
		if comments[f.Packet] != "" {
			comments[f.Packet] += "; "
		}
		comments[f.Packet] += f.Text()
	}
	name := exportName(r.name)
	r.busy = "writing " + name + "…"
	numbers := &replay{packets: r.packets, shown: chosen} // the list as it is now
	return func() tea.Msg {
		err := writeShown(file, name, n, numbers.shownAt, comments)
		return did(func(r *replay) tea.Cmd {
			r.busy, r.notice = "", fmt.Sprintf("%s written to %s", count(n, "packet"), name)
			if err != nil {
				r.notice = "! " + err.Error()
			}
			return nil
		})
	}
}

// exportName is a name for what is written of a capture: one that is not taken.
func exportName(name string) string {
	base := strings.TrimSuffix(name, filepath.Ext(name))
	for i := 1; ; i++ {
		name := fmt.Sprintf("%s-shown-%d.pcapng", base, i)
		if _, err := os.Lstat(name); err != nil {
			return name
		}
	}
}

func writeShown(file *capture.File, name string, n int, at func(int) int, comments map[int]string) error {
	out, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o666)
	if err != nil {
		return err
	}
	defer out.Close()
	var w *capture.Writer
	for i := range n {
		rec, err := file.Packet(at(i))
		if err != nil {
			return err
		}
		of := capture.Interface{Name: "capture", Type: rec.LinkType}
		if w == nil {
			if w, err = capture.NewWriter(out, of); err != nil {
				return err
			}
		}
		iface, err := w.Interface(of)
		if err != nil {
			return err
		}
		comment := comments[rec.Number]
		if len(rec.Comments) > 0 {
			comment = strings.TrimPrefix(comment+"; "+strings.Join(rec.Comments, "; "), "; ")
		}
		if err := w.Write(rec.At, iface, rec.Packet, comment); err != nil {
			return err
		}
	}
	if w == nil {
		return fmt.Errorf("tui: export: there are no packets to write")
	}
	if err := w.Flush(); err != nil {
		return err
	}
	return out.Close()
}
