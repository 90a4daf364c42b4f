package tui

import (
	"testing"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"
	"github.com/stretchr/testify/require"

	"netlab/capture"
)

// What was opened lately stands at the end of the menu, and is opened from there; a capture that was read is told of.
func TestHomeRecent(t *testing.T) {
	told := map[string]int{}
	name := ofTestdata("ping.pcap")
	o := Options{Theme: themeNone, Opened: func(name string, packets int) { told[name] = packets }, Recent: func() []Entry {
		return []Entry{{Section: "Recent", Name: "ping.pcap", Title: "yesterday", Capture: func() (*capture.File, error) { return capture.Open(name) }}}
	}}
	h := newHome([]Entry{{Section: "This machine", Name: "doctor", Report: func() string { return "" }}}, o)
	h.does(t, h.Init())
	resize(h, 80, 24)
	require.Contains(t, ansi.Strip(h.text()), "ping.pcap")
	h.onRecent(o.Recent())
	require.Len(t, h.entries, 2, "they are not there twice")
	h.press(t, "end", "enter")
	require.NotNil(t, h.open)
	require.Equal(t, map[string]int{name: 7}, told)
	h.press(t, "q")
	require.Nil(t, h.open)
	require.Len(t, h.entries, 2)
	h.onRecent(nil)
	require.Equal(t, 0, h.selected)
}

// A sample is gone when it is closed: it is not told of.
func TestSamplesAreNotTold(t *testing.T) {
	name := ofTestdata("ping.pcap")
	samples := []Sample{{Name: "a.pcapng", Open: func() (*capture.File, error) { return capture.Open(name) }}}
	h := newHome([]Entry{{Name: "replay", Replay: true, Samples: samples}}, Options{Theme: themeNone, Opened: func(string, int) { t.Fatal("told") }})
	resize(h, 80, 24)
	h.press(t, "enter")
	require.NotNil(t, h.choosing)
	h.press(t, append(letters("a.pcapng"), "enter")...)
	require.NotNil(t, h.open)
	require.Equal(t, 7, h.open.(*replay).packets)
	h.Update(tea.WindowSizeMsg{})
}
