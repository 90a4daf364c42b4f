package tui

import (
	"fmt"
	"os"
	"strings"

	tea "charm.land/bubbletea/v2"
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
	for at := o.sealed; o.sealed > 0 && at < len(o.octets); at += 16 {
		fmt.Fprintf(&b, "{} %04x  % x\n", at-o.sealed, o.octets[at:min(at+16, len(o.octets))])
	}
	return b.String()
}
