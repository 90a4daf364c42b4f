package tui

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// Esc closes what is open and shows all packets again; it never leaves, which q does.
func TestEscapeNeverLeaves(t *testing.T) {
	r := opensCapture(t, uploadCapture(t), 120, 36)
	r.press(t, "/")
	r.press(t, letters("tcp.len > 0")...)
	r.press(t, "enter")
	require.True(t, r.shown.active)
	r.press(t, "esc")
	require.False(t, r.shown.active)
	r.press(t, "esc")
	require.Equal(t, "q goes back", r.notice)
	r.press(t, "q")
	require.Equal(t, back, r.done)
}

// A number goes to its packet; one that is not shown is said to be so, and what is no number too.
func TestGoToANumber(t *testing.T) {
	r := opensCapture(t, uploadCapture(t), 120, 36)
	goTo := func(what string) string {
		r.press(t, ":")
		r.press(t, letters("go "+what)...)
		r.press(t, "enter")
		return r.notice
	}
	require.Empty(t, goTo("7"))
	require.Equal(t, 7, r.selected)
	require.Equal(t, "packet 9999 is not in the list: this is the one nearest to it", goTo("9999"))
	require.Equal(t, r.packets, r.selected)
	require.Equal(t, "! go abc: want a number of the list", goTo("abc"))
	r.press(t, "/")
	r.press(t, letters("tcp.flags.syn")...)
	r.press(t, "enter")
	require.Contains(t, goTo("9"), "packet 9 is not in the list")
}
