package check

import (
	"fmt"
	"io"
	"strings"
)

// Story tells of a failed run what held, what did not, what the standard says, and how to look closer. It returns nothing
// if the script held.
func (p *Played) Story() string {
	if p.Failure == nil {
		return ""
	}
	f, step := p.Failure, &p.Script.Steps[p.Failure.Step]
	var b strings.Builder
	fmt.Fprintf(&b, "%s, line %d: %s\n\n", p.Script.Name, step.Line, f.What)
	for i := range p.Held {
		if i == f.Step {
			break
		}
		s := &p.Script.Steps[i]
		fmt.Fprintf(&b, "  %3d ok  line %-3d %s\n", i+1, s.Line, s.Text)
	}
	fmt.Fprintf(&b, "  %3d NO  line %-3d %s\n\n", f.Step+1, step.Line, step.Text)
	fmt.Fprintf(&b, "expected  %s\nactual    %s   at %s s\n", f.Want, f.Got, at(f.At))
	for _, d := range f.Differences {
		fmt.Fprintf(&b, "  %-22s expected %s, actual %s\n", d.What+":", d.Want, d.Got)
	}
	if f.WantOctets != nil && len(f.Differences) > 0 && !onlyTime(f.Differences) {
		b.WriteString("\n")
		octets(&b, f.WantOctets, f.GotOctets)
	}
	if rfc := p.Script.source.commentBefore(step.Line); rfc != "" {
		b.WriteString("\n")
		for _, line := range strings.Split(rfc, "\n") {
			fmt.Fprintf(&b, "  | %s\n", line)
		}
	}
	fmt.Fprintf(&b, "\nlook closer: netlab check %s --show %d\n", p.Script.Name, f.Step+1)
	return b.String()
}

func onlyTime(all []Difference) bool { return len(all) == 1 && all[0].What == "time" }

// octets writes the two headers in rows of 16 octets, wherever they differ, with marks under what differs. The checksum
// differs whenever anything does, so it is not marked.
func octets(w io.Writer, want, got []byte) {
	length := max(len(want), len(got))
	if len(want) != len(got) && len(want) >= 20 && len(got) >= 20 { // where the data is longer, its octets say nothing
		length = max(int(want[12]>>4), int(got[12]>>4)) * 4
	}
	shown := 0
	for row := 0; row < length && shown < 6; row += 16 {
		var a, b, marks strings.Builder
		differ := false
		for i := row; i < row+16; i++ {
			x, y := octet(want, i), octet(got, i)
			a.WriteString(x + " ")
			b.WriteString(y + " ")
			switch {
			case x != y && i != 16 && i != 17:
				marks.WriteString("^^ ")
				differ = true
			default:
				marks.WriteString("   ")
			}
		}
		if !differ {
			continue
		}
		shown++
		fmt.Fprintf(w, "  octets %d to %d of the segment\n", row, min(row+16, length)-1)
		for _, line := range []string{"    expected  " + a.String(), "    actual    " + b.String(), "              " + marks.String()} {
			fmt.Fprintln(w, strings.TrimRight(line, " "))
		}
	}
}

func octet(b []byte, i int) string {
	if i >= len(b) {
		return "  "
	}
	return fmt.Sprintf("%02x", b[i])
}
