package tui

import (
	"testing"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"
	"github.com/stretchr/testify/require"
)

// The palette has every key and every command, and runs what is chosen.
func TestPalette(t *testing.T) {
	r := opensCapture(t, uploadCapture(t), 120, 36)
	r.press(t, ":")
	require.Len(t, r.over.found(), len(filterCommands())+len(replayKeys())-1)
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

// The list of the home screen starts what it names.
func TestHomePalette(t *testing.T) {
	h := chooses(t)
	h.press(t, "esc", ":")
	for _, size := range [][2]int{{120, 36}, {80, 24}, {3, 2}} {
		resize(h, size[0], size[1])
		exact(t, size[0], size[1], h.text())
	}
	resize(h, 80, 24)
	h.press(t, append(letters("mouse off"), "enter")...)
	require.Equal(t, tea.MouseModeNone, h.View().MouseMode)
	h.press(t, append(letters(":theme light"), "enter")...)
	require.Equal(t, themeLight, h.look.name)
	h.press(t, append(letters(":capture file"), "enter")...)
	require.NotNil(t, h.choosing)
	h.press(t, "enter")
	require.NotNil(t, h.open)
	require.Equal(t, tea.MouseModeNone, h.View().MouseMode)
	h.press(t, "q", "/")
	h.clickOn(t, ":quit")
	require.Equal(t, back, h.done)
}
