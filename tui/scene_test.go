package tui

import (
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"strings"
	"testing"
	"unicode"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"
	"github.com/stretchr/testify/require"
)

func ofTestdata(name string) string { return filepath.Join("..", "testdata", "captures", name) }

func TestSceneGoldens(t *testing.T) {
	for _, of := range []struct {
		name, capture string
		keys          []string
	}{
		{"tcp", "fast.pcapng", []string{"}", "}", "f4"}},
		{"tcp-closer", "zero-window.pcapng", []string{"v", "t", "}", "+", "+", "4"}},
		{"tls", "tls.pcapng", []string{"f5", "down", "down", "down", "down"}},
		{"tls-1.2", "kernel-tls.pcap", []string{":", "1", "9", "enter", "f5", "tab", "down"}},
		{"http", "http-errors.pcapng", []string{"f6", "down", "down"}},
		{"https", "tls.pcapng", []string{"v", "h", ">", "right", "2"}},
		{"map", "mixed.pcap", []string{"f7", "down"}},
	} {
		for _, size := range [][2]int{{120, 36}, {80, 24}, {40, 12}} {
			picture := fmt.Sprintf("scene-%s-%dx%d", of.name, size[0], size[1])
			t.Run(picture, func(t *testing.T) {
				r := opensCapture(t, ofTestdata(of.capture), size[0], size[1])
				r.press(t, of.keys...)
				exact(t, size[0], size[1], r.text())
				golden(t, picture, ansi.Strip(r.text()))
			})
		}
	}
}

// Whatever is pressed, what is remembered of panes is what they would draw now, and the last line says the keys that work.
func TestReplayRandomKeys(t *testing.T) {
	for seed, name := range []string{"mixed.pcap", "tls.pcapng", "http-errors.pcapng", "dns.pcapng"} {
		random := rand.New(rand.NewPCG(uint64(seed), 3))
		r := opensCapture(t, ofTestdata(name), 120, 36)
		keys := replayKeys()
		for i := range 120 {
			if i%20 == 0 {
				resize(r, []int{120, 80, 40, 61}[random.IntN(4)], []int{36, 24, 12, 20}[random.IntN(4)])
			}
			b := keys[random.IntN(len(keys))]
			switch b.do {
			case goBack, interrupt, copyPacket, exportShown, escape, saveStream:
				continue
			}
			r.press(t, b.keys[0])
			if r.picking {
				r.press(t, sceneKeys()[random.IntN(len(sceneKeys()))].keys[0])
			}
			if r.over != nil || r.typing != nil || r.question != nil {
				r.press(t, "esc")
			}
			exact(t, r.width, r.height, r.text())
			r.drawsAnew(t)
			require.Contains(t, r.panes(), r.focus)
			require.Contains(t, ansi.Strip(r.text()), "? help")
		}
	}
}

// Every view has every size: no panic, and a line for each line of the terminal.
func TestScenesEverySize(t *testing.T) {
	for _, name := range []string{"tls.pcapng", "lossy.pcapng"} {
		r := opensCapture(t, ofTestdata(name), 80, 24)
		r.press(t, ">", "up")
		for s := range scenes() {
			r.show(scene(s))
			r.press(t, "down")
			for width := 1; width <= 200; width += 1 + width/4 {
				for height := 1; height <= 60; height += 1 + height/3 {
					r.gets(t, tea.WindowSizeMsg{Width: width, Height: height})
					exact(t, width, height, r.text())
				}
				r.press(t, []string{"tab", "z", "+", "down"}[width%4])
			}
		}
	}
}

// Where only ASCII can be shown every sign has one of its own, and a terminal puts every character where the screen thinks it is.
func TestScenesOnTerminals(t *testing.T) {
	for _, name := range []string{"tls.pcapng", "fast.pcapng", "kernel-curl.pcap"} {
		for _, ascii := range []bool{false, true} {
			r := opensCapture(t, ofTestdata(name), 120, 36)
			r.look = newLook(themeNone, ascii)
			for s := range scenes() {
				r.show(scene(s))
				r.press(t, ">")
				text := ansi.Strip(r.text())
				if ascii {
					require.Less(t, strings.IndexFunc(text, func(c rune) bool { return c > unicode.MaxASCII }), 0, text)
					require.NotContains(t, strings.ReplaceAll(text, "? help", ""), "?", scenes()[s].name)
					continue
				}
				e := emulate(t, 120, 36, r.text())
				for y, line := range strings.Split(text, "\n") {
					x := 0
					for _, c := range line {
						if cell := e.CellAt(x, y); cell != nil && cell.Content != "" {
							require.Equal(t, string(c), cell.Content, "%d %d", x, y)
						}
						x++
					}
				}
			}
		}
	}
}
