package tui

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/charmbracelet/x/ansi"
	"github.com/stretchr/testify/require"
)

var update = flag.Bool("update", false, "write the goldens anew")

// golden compares a picture with the one that was kept.
func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name+".txt")
	got += "\n"
	if *update {
		require.NoError(t, os.MkdirAll("testdata", 0o755))
		require.NoError(t, os.WriteFile(path, []byte(got), 0o644))
	}
	want, err := os.ReadFile(path)
	require.NoError(t, err)
	require.Equal(t, string(want), got)
}

func TestGoldens(t *testing.T) {
	for _, size := range [][2]int{{120, 36}, {80, 24}, {60, 20}, {40, 12}, {20, 5}} {
		for _, at := range []struct {
			name string
			keys []string
		}{
			{"start", nil},
			{"handshake", []string{".", ".", ".", "."}},
			{"lost", []string{"}", "}", "}"}},
			{"again", []string{"}", "}", "}", "}", "}"}},
			{"end", []string{">"}},
			{"help", []string{"?", "l", "o", "s"}},
		} {
			name := fmt.Sprintf("%s-%dx%d", at.name, size[0], size[1])
			t.Run(name, func(t *testing.T) {
				s := show(t, upload(), size[0], size[1])
				press(t, s, at.keys...)
				exact(t, size[0], size[1], s.text())
				golden(t, name, ansi.Strip(s.text()))
			})
		}
	}
}

func TestHomeGoldens(t *testing.T) {
	entries := []Entry{
		{Section: "Labs", Name: "hello", Title: "Two hosts and a cable", About: "h1 asks h2 whether it is there (ping), then opens a TCP connection and fetches a page over it."},
		{Section: "Labs", Name: "lossy-upload", Title: "An upload over a lossy link", About: "h1 sends the body of a POST to h2, and the link between the routers loses one packet in ten."},
		{Section: "Real traffic", Key: "t", Name: "up", Title: "A host for your own curl", About: "A host behind a TUN device."},
	}
	for _, size := range [][2]int{{120, 36}, {80, 24}, {40, 12}} {
		h := newHome(entries, Options{Theme: themeNone, Version: "v0.1"})
		resize(h, size[0], size[1])
		h.Update(keyPress("down"))
		golden(t, fmt.Sprintf("home-%dx%d", size[0], size[1]), ansi.Strip(h.text()))
	}
}
