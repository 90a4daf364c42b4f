package tui

import (
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"
	"github.com/stretchr/testify/require"

	"netlab/capture"
)

// does carries out a command, and what follows from it, as the program would.
func (h *home) does(t *testing.T, cmd tea.Cmd) {
	t.Helper()
	if cmd == nil {
		return
	}
	switch msg := cmd().(type) {
	case tea.BatchMsg:
		for _, c := range msg {
			h.does(t, c)
		}
	case insideMsg:
		if _, ticks := msg.msg.(tickMsg); !ticks {
			_, next := h.Update(msg)
			h.does(t, next)
		}
	default:
		_, next := h.Update(msg)
		h.does(t, next)
	}
}

func (h *home) press(t *testing.T, keys ...string) {
	t.Helper()
	for _, k := range keys {
		_, cmd := h.Update(keyPress(k))
		h.does(t, cmd)
	}
}

// chooses is a home screen in a folder with captures, where one is to be chosen.
func chooses(t *testing.T) *home {
	t.Helper()
	name := uploadCapture(t)
	t.Chdir(t.TempDir())
	whole, err := os.ReadFile(name)
	require.NoError(t, err)
	require.NoError(t, os.MkdirAll(filepath.Join("more", "deep"), 0o700))
	for _, path := range []string{"upload.pcapng", "upload-2.pcap", "notes.txt", ".hidden.pcap", filepath.Join("more", "third.cap")} {
		require.NoError(t, os.WriteFile(path, whole, 0o600))
	}
	h := newHome([]Entry{
		{Section: "Labs", Name: "hello", Title: "Two hosts and a cable"},
		{Section: "Captures", Key: "r", Name: "replay", Title: "A capture file", Replay: true, Samples: []Sample{
			{"sample.pcapng", "an upload", func() (*capture.File, error) { return capture.Open(name) }},
		}},
	}, Options{Theme: themeNone, Version: "v0.1"})
	resize(h, 80, 24)
	h.press(t, "r")
	return h
}

func (h *home) names() (names []string) {
	for _, m := range h.choosing.matches() {
		names = append(names, m.name)
	}
	return names
}

// A capture is chosen from the list, and q goes back to the menu.
func TestHomeOpensACapture(t *testing.T) {
	h := chooses(t)
	require.Equal(t, []string{"upload-2.pcap", "upload.pcapng", "sample.pcapng", "more/"}, h.names())
	text := ansi.Strip(h.text())
	require.Contains(t, text, "comes with netlab: an upload")
	require.Contains(t, text, "tab completes")
	h.press(t, "down", "enter")
	require.Contains(t, ansi.Strip(h.View().Content), "Replay ▸ upload.pcapng   13 packets")
	r := h.open.(*replay)
	h.press(t, "down", "q")
	require.Nil(t, h.open)
	require.Contains(t, ansi.Strip(h.View().Content), "▶ r replay")
	_, err := r.file.Packet(1)
	require.ErrorIs(t, err, os.ErrClosed)

	h.press(t, "r", "down", "down", "enter")
	require.NotNil(t, h.open, "the one that comes with netlab")
}

func TestChooseByTyping(t *testing.T) {
	h := chooses(t)
	h.press(t, "u", "tab")
	require.Equal(t, "upload", string(h.choosing.typed), "as far as it is clear")
	h.press(t, ".", "tab")
	require.Equal(t, "upload.pcapng", string(h.choosing.typed))
	h.press(t, "ctrl+u", "m", "tab")
	require.Equal(t, "more/", string(h.choosing.typed))
	require.Equal(t, []string{"third.cap", "deep/"}, h.names())
	h.press(t, "enter")
	require.NotNil(t, h.open)
	h.press(t, "q", "r", "n")
	require.Equal(t, []string{"notes.txt"}, h.names(), "what has another name is found by its first letter")
	h.press(t, "ctrl+u", ".")
	require.Equal(t, []string{".hidden.pcap"}, h.names())
	h.press(t, append([]string{"ctrl+u"}, letters("/nowhere/at/all")...)...)
	require.Contains(t, ansi.Strip(h.text()), "/nowhere/at/: no such file or directory")
	h.press(t, "enter")
	require.Contains(t, ansi.Strip(h.text()), "! open /nowhere/at/all: no such file")
	h.press(t, "ctrl+u", "down", "down", "down")
	h.clickOn(t, "upload.pcapng")
	require.True(t, h.opening)
	h.opening = false
	h.press(t, "esc")
	require.Nil(t, h.choosing)
}

// What a screen that was left still has to say, no other screen is told.
func TestLateAnswers(t *testing.T) {
	h := chooses(t)
	h.press(t, "enter")
	first := h.open
	h.press(t, "q", "r", "enter")
	require.NotSame(t, first, h.open)
	h.Update(insideMsg{first, did(func(*replay) tea.Cmd { panic("of another capture") })})
}

func TestChooseEverySize(t *testing.T) {
	h := chooses(t)
	random := rand.New(rand.NewPCG(3, 4))
	keys := []string{"u", "m", "/", ".", "tab", "up", "down", "pgdown", "pgup", "backspace", "ctrl+u", "x"}
	for width := 1; width <= 200; width += 1 + width/15 {
		for height := 1; height <= 60; height += 1 + height/8 {
			h.press(t, keys[random.IntN(len(keys))])
			h.Update(randomMouse(random, width, height))
			if h.opening = false; h.choosing == nil || h.open != nil {
				h.open, h.choosing = nil, &choose{}
			}
			resize(h, width, height)
			exact(t, width, height, h.text())
		}
	}
}

func TestChooseGoldens(t *testing.T) {
	for _, size := range [][2]int{{120, 36}, {80, 24}, {40, 12}} {
		h := newHome(nil, Options{Theme: themeNone})
		resize(h, size[0], size[1])
		h.choosing = &choose{
			files:   []listed{{"lab.pcap", "2921 B   2026-01-02 10:00", nil}, {"more/", "folder", nil}, {"upload.pcapng.gz", "31 MB   2026-01-02 11:30", nil}},
			samples: []Sample{{"lossy.pcapng", "one packet in ten is lost", nil}}, selected: 1,
		}
		golden(t, "choose-"+decimal(size[0])+"x"+decimal(size[1]), ansi.Strip(h.text()))
	}
}
