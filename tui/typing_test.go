package tui

import (
	"path/filepath"
	"strings"
	"testing"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"
	"github.com/stretchr/testify/require"
)

// While a filter is typed what it can go on with is listed with a sentence, and Tab goes through it.
func TestCompletion(t *testing.T) {
	r := opensCapture(t, filepath.Join("..", "testdata", "captures", "dns-failures.pcapng"), 120, 36)
	line := func() string {
		lines := strings.Split(ansi.Strip(r.text()), "\n")
		return strings.TrimSpace(lines[len(lines)-2])
	}
	typed := func(text string) { r.press(t, append([]string{"/", "ctrl+u"}, letters(text)...)...) }
	typed("tcp.options.mss")
	require.Contains(t, ansi.Strip(r.text()), "tcp.options.mss_val  MSS Value: Octets of data in a segment, without headers.")
	r.press(t, "tab")
	require.Equal(t, "filter: tcp.options.mss_val", line())
	r.press(t, "tab")
	require.Equal(t, "filter: tcp.options.mss", line())
	r.press(t, "shift+tab")
	require.Equal(t, "filter: tcp.options.mss_val", line())
	require.Contains(t, ansi.Strip(r.text()), "2 of 2")
	r.press(t, "esc")
	require.Equal(t, "filter: tcp.options.mss", line(), "Esc takes back what Tab has tried")
	r.press(t, "ctrl+u")
	r.press(t, letters("mss_v")...)
	r.press(t, "tab")
	require.Equal(t, "filter: tcp.options.mss_val", line(), "the middle of a name will do")

	typed("udp and host ")
	r.press(t, "tab", "tab")
	require.Equal(t, "filter: udp and host h2.lab", line())
	r.press(t, "tab")
	require.Equal(t, "filter: udp and host 10.77.0.1", line())
	r.press(t, "enter")
	require.Contains(t, r.notice, "of 7 packets")
	typed("link ")
	r.press(t, "tab", "tab", "enter")
	require.Equal(t, "7 of 7 packets", r.notice)
	typed("ip.proto == u")
	r.press(t, "tab", "enter")
	require.Equal(t, "ip.proto == UDP", r.shown.filter.String())
	require.Equal(t, "7 of 7 packets", r.notice)

	typed("host nobody.lab")
	before := r.shown.filter.String()
	r.press(t, "enter")
	require.Contains(t, ansi.Strip(r.text()), "^ no host is called nobody.lab")
	require.Equal(t, before, r.shown.filter.String(), "the list stays as it was")
	r.press(t, "esc")

	typed("tcp.")
	for _, size := range [][2]int{{120, 36}, {80, 24}, {40, 12}, {39, 11}, {10, 3}, {1, 1}} {
		r.gets(t, tea.WindowSizeMsg{Width: size[0], Height: size[1]})
		exact(t, size[0], size[1], r.text())
		r.press(t, "tab")
		exact(t, size[0], size[1], r.text())
	}
}

// A click of the list puts what stands there at the end.
func TestCompletionByMouse(t *testing.T) {
	r := opensCapture(t, uploadCapture(t), 120, 36)
	r.press(t, append([]string{"/"}, letters("tcp.options.m")...)...)
	r.click(5, 36-3)
	require.Equal(t, "tcp.options.mss_val", string(r.typing.text))
}
