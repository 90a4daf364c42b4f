package tui

import (
	"testing"

	"github.com/charmbracelet/x/ansi"
	"github.com/stretchr/testify/require"

	tea "charm.land/bubbletea/v2"
)

// In a lab the list shows the packets that a filter chooses of those sent so far, with the names of hosts and links.
func TestLabFilter(t *testing.T) {
	s := show(t, upload(), 120, 36)
	filterBy := func(expr string) {
		press(t, s, append([]string{"/", "ctrl+u"}, append(letters(expr), "enter")...)...)
	}
	press(t, s, ">")
	all := s.now().Packets()
	lost := 0
	for i := range all {
		if p, ok := s.now().Packet(i); ok && p.Lost != nil && p.Received == nil {
			lost++
		}
	}
	require.NotZero(t, lost)
	filterBy("lost")
	require.Len(t, s.chosen(), lost)
	require.Contains(t, ansi.Strip(s.text()), "lost on")
	require.NotContains(t, ansi.Strip(s.text()), "SYN-ACK")
	press(t, s, "up", "up", "down")
	require.Contains(t, s.chosen(), s.packet)

	for expr, least := range map[string]int{"host h1": all, "retx": 1, "link r1-r2": 1, "link r1>r2 and tcp.len > 0": 1, "seq 1461..2921": 1, "tcp.flags.syn #1": 1} {
		filterBy(expr)
		require.Nil(t, s.typing, expr)
		require.GreaterOrEqual(t, len(s.chosen()), least, expr)
	}
	before := s.sieved.filter.String()
	filterBy("link r1-r9")
	require.Contains(t, ansi.Strip(s.text()), "^ no link is called r1-r9: did you mean r1-r2?")
	require.Equal(t, before, s.sieved.filter.String(), "the list stays as it was")
	press(t, s, "esc", "esc")
	require.False(t, s.sieved.active)
	require.Equal(t, stays, s.done)

	// As the run goes on, so does the filter; back at its beginning nothing is lost yet.
	filterBy("lost")
	press(t, s, "<")
	require.Empty(t, s.chosen())
	require.Contains(t, ansi.Strip(s.text()), "nothing has been sent yet")
	press(t, s, append([]string{"/", "ctrl+u"}, letters("host h")...)...)
	for _, size := range [][2]int{{120, 36}, {80, 24}, {60, 20}, {40, 12}, {20, 5}, {1, 1}} {
		s.Update(tea.WindowSizeMsg{Width: size[0], Height: size[1]})
		exact(t, size[0], size[1], s.text())
		press(t, s, "tab")
		exact(t, size[0], size[1], s.text())
	}
}
