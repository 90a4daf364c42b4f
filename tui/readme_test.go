package tui

import (
	"os"
	"strings"
	"testing"

	"github.com/charmbracelet/x/ansi"
	"github.com/stretchr/testify/require"

	"netlab/trace"
)

// TestTheReadmeShowsTheScreen holds the picture in README.md to what the screen shows: the lab lossy-upload with seed 7,
// stopped where a lost segment is sent again. -update draws it anew.
func TestTheReadmeShowsTheScreen(t *testing.T) {
	s := show(t, lab(t, "lossy-upload"), 120, 36)
	for press(t, s, "."); ; press(t, s, ".") {
		if e, _ := s.all.Event(s.cursor); e.Kind == trace.Sent && e.Replaces != 0 {
			break
		}
		require.Less(t, s.cursor, s.all.Last())
	}
	var lines []string
	for _, line := range strings.Split(ansi.Strip(s.text()), "\n") {
		lines = append(lines, strings.TrimRight(line, " "))
	}
	picture := strings.TrimRight(strings.Join(lines, "\n"), "\n") + "\n"

	const path, begin, end = "../README.md", "```text\n netlab ▸", "```\n"
	b, err := os.ReadFile(path)
	require.NoError(t, err)
	before, rest, ok := strings.Cut(string(b), begin)
	require.True(t, ok)
	_, after, ok := strings.Cut(rest, end)
	require.True(t, ok)
	want := before + "```text\n" + picture + end + after
	if *update {
		require.NoError(t, os.WriteFile(path, []byte(want), 0o644))
		return
	}
	require.Equal(t, want, string(b), "-update draws it anew")
}
