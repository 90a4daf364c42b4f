package tui

import (
	"fmt"
	"testing"

	"github.com/charmbracelet/x/ansi"
	"github.com/stretchr/testify/require"

	"netlab/trace"
)

func TestLabTCPGoldens(t *testing.T) {
	for _, size := range [][2]int{{120, 36}, {80, 24}, {40, 12}} {
		s := show(t, lab(t, "lossy-upload"), size[0], size[1])
		press(t, s, append([]string{"f4"}, letters("}}}}}}}}}}}}}}}")...)...)
		exact(t, size[0], size[1], s.text())
		golden(t, fmt.Sprintf("lab-tcp-%dx%d", size[0], size[1]), ansi.Strip(s.text()))
	}
}

// The view of TCP shows what the stacks themselves have, after the event at the cursor, and goes back in time with it.
func TestLabTCPView(t *testing.T) {
	s := show(t, lab(t, "lossy-upload"), 120, 36)
	press(t, s, "v")
	require.Contains(t, ansi.Strip(s.text()), "no TCP connection yet")
	var lost trace.ID
	for id := s.all.First(); id <= s.all.Last() && lost == 0; id++ {
		if e, ok := s.all.Event(id); ok && e.Kind == trace.Sent && e.Replaces != 0 {
			lost = id
		}
	}
	require.NotZero(t, lost)
	s.moveTo(lost)
	ends, ok := s.connection()
	require.True(t, ok)
	now, _, ok := s.now().Conn(ends[0])
	require.True(t, ok)
	text := ansi.Strip(s.text())
	require.Regexp(t, fmt.Sprintf(`cwnd .*\b%d\b`, now.Cwnd), text)
	require.Regexp(t, fmt.Sprintf(`SND.NXT .*\b%d\b`, now.SndNxtRel), text)
	require.Contains(t, text, "↻")
	press(t, s, ",")
	require.NotEqual(t, text, ansi.Strip(s.text()))
	press(t, s, ".")
	require.Equal(t, text, ansi.Strip(s.text()))
	press(t, s, "q")
	require.False(t, s.seesTCP)
	require.Equal(t, stays, s.left())
}
