package tui

import (
	"testing"

	"github.com/charmbracelet/x/ansi"
	"github.com/stretchr/testify/require"
)

// The palette has every key and every command, and runs what is chosen.
func TestPalette(t *testing.T) {
	r := opensCapture(t, uploadCapture(t), 120, 36)
	r.press(t, ":")
	require.Len(t, r.over.found(), len(replayCommands())+len(replayKeys())-1)
	r.press(t, letters("next finding")...)
	require.Len(t, r.over.found(), 1)
	r.press(t, "enter")
	require.Nil(t, r.over)
	require.Equal(t, 12, r.selected)

	r.press(t, ":", "5", "enter")
	require.Equal(t, 5, r.selected)
	r.press(t, append(letters(":go"), "enter")...)
	require.Equal(t, "go ", r.over.query, "it wants a number")
	r.press(t, "7", "enter")
	require.Equal(t, 7, r.selected)
	r.press(t, append(letters(":go x"), "enter")...)
	require.Contains(t, r.notice, "x")
	r.press(t, append(letters(":filter tcp.flgs"), "enter")...)
	require.Contains(t, ansi.Strip(r.text()), "did you mean tcp.flags?")
	r.press(t, "esc")
	r.press(t, append(letters(":theme light"), "enter")...)
	require.Equal(t, themeLight, r.look.name)
	r.press(t, append(letters(":theme pink"), "enter")...)
	require.Contains(t, r.notice, "pink")
	r.press(t, ":", ":")
	require.Nil(t, r.over)

	s := show(t, upload(), 120, 36)
	press(t, s, append(letters(":go 12"), "enter")...)
	require.EqualValues(t, 12, s.cursor)
	press(t, s, append(letters(":speed 2x"), "enter")...)
	require.Equal(t, 2.0, s.speed)
	press(t, s, append(letters(":drop next"), "enter")...)
	require.Equal(t, []Change{{Link: "r1-r2", Drop: true}}, s.src.(*story).changes)
}
