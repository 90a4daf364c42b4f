package tui

import (
	"bytes"
	"fmt"
	"image/color"
	"io"
	"math"
	"os"
	"os/signal"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"

	tea "charm.land/bubbletea/v2"
	"charm.land/lipgloss/v2"
	"github.com/charmbracelet/x/ansi"
	"github.com/charmbracelet/x/vt"
	"github.com/stretchr/testify/require"
)

// emulate shows a picture on a terminal emulator.
func emulate(t *testing.T, width, height int, text string) *vt.Emulator {
	t.Helper()
	e := vt.NewEmulator(width, height)
	_, err := e.Write([]byte(strings.ReplaceAll(text, "\n", "\r\n")))
	require.NoError(t, err)
	return e
}

// TestEmulator shows that a terminal puts every character where the screen thinks it is.
func TestEmulator(t *testing.T) {
	for _, size := range [][2]int{{120, 36}, {80, 24}, {40, 12}} {
		s := show(t, upload(), size[0], size[1])
		press(t, s, "}", "}", "}", "}", "}")
		e := emulate(t, size[0], size[1], s.text())
		for y, line := range strings.Split(ansi.Strip(s.text()), "\n") {
			var got strings.Builder
			for x := range size[0] {
				if c := e.CellAt(x, y); c != nil && c.Content != "" {
					got.WriteString(c.Content)
				} else {
					got.WriteByte(' ')
				}
			}
			require.Equal(t, line, got.String())
		}
	}
}

func TestWideCharacters(t *testing.T) {
	c := newCanvas(6, 2, newLook(themeNone, false))
	c.put(0, 0, plain, "日本語日")
	c.put(1, 1, plain, "日本")
	c.put(2, 1, plain, "x") // over the second half of a wide character
	require.Equal(t, "日本語\n  x本 ", c.String())
	require.Equal(t, "日…", cut("日本語", 4))
	require.Equal(t, []string{"日本", "語 ab", "cdefg", "h"}, wrap("日本語 ab cdefgh", 5))
}

// TestContrast computes the contrast of every cell in both themes against the usual backgrounds.
func TestContrast(t *testing.T) {
	for theme, backgrounds := range map[string][]string{themeDark: {"#111111", "#1e1e1e"}, themeLight: {"#ffffff", "#fdf6e3"}} {
		s := newScreen(upload(), Options{Theme: theme, Paused: true})
		resize(s, 120, 36)
		press(t, s, "}", "}", "}", "}", "}")
		e := emulate(t, 120, 36, s.text())
		seen := map[color.Color]bool{}
		for y := range 36 {
			for x := range 120 {
				cell := e.CellAt(x, y)
				if cell == nil || cell.Style.Fg == nil {
					continue
				}
				seen[cell.Style.Fg] = true
				for _, b := range backgrounds {
					require.GreaterOrEqual(t, contrast(cell.Style.Fg, lipgloss.Color(b)), 4.5, "%q at %d,%d on %s", cell.Content, x, y, b)
				}
			}
		}
		require.GreaterOrEqual(t, len(seen), 5, "the picture has the colours of the theme")
		for role, c := range colours(theme) {
			for _, b := range backgrounds {
				require.True(t, c == nil || contrast(c, lipgloss.Color(b)) >= 4.5, "role %d of %s on %s", role, theme, b)
			}
		}
	}
}

// contrast is the ratio of WCAG 2, Section 1.4.3.
func contrast(a, b color.Color) float64 {
	la, lb := luminance(a), luminance(b)
	return (max(la, lb) + 0.05) / (min(la, lb) + 0.05)
}

func luminance(c color.Color) float64 {
	r, g, b, _ := c.RGBA()
	linear := func(v uint32) float64 {
		s := float64(v) / 0xffff
		if s <= 0.04045 {
			return s / 12.92
		}
		return math.Pow((s+0.055)/1.055, 2.4)
	}
	return 0.2126*linear(r) + 0.7152*linear(g) + 0.0722*linear(b)
}

func env(pairs ...string) func(string) string {
	return func(name string) string {
		for i := 0; i < len(pairs); i += 2 {
			if pairs[i] == name {
				return pairs[i+1]
			}
		}
		return ""
	}
}

// TestNoColour: nothing but bold, underline and reverse; and what matters can still be told apart.
func TestNoColour(t *testing.T) {
	o := Options{Paused: true}.detect(env("NO_COLOR", "1", "LANG", "C.UTF-8"))
	s := newScreen(upload(), o)
	resize(s, 120, 36)
	press(t, s, "}", "}", "}", "}", "}")
	text := s.text()
	sequences := regexp.MustCompile("\x1b\\[([0-9;]*)m").FindAllStringSubmatch(text, -1)
	require.NotEmpty(t, sequences)
	for _, m := range sequences {
		require.Regexp(t, "^([147](;[147])*)?$", m[1])
	}
	require.Contains(t, text, "✗ lost on r1→r2")
	require.Contains(t, text, "↻ replaces 5")
	require.Contains(t, ansi.Strip(text), "▶  12")
}

// TestASCII: every octet below 0x80, and no character that was lost on the way.
func TestASCII(t *testing.T) {
	o := Options{Paused: true, Theme: themeNone}.detect(env("LANG", "C"))
	require.True(t, o.ASCII)
	for _, keys := range [][]string{nil, {"}", "}", "}"}, {"}", "}", "}", "}", "}"}, {">"}, {"?"}} {
		s, u := newScreen(upload(), o), show(t, upload(), 120, 36)
		resize(s, 120, 36)
		press(t, s, keys...)
		press(t, u, keys...)
		exact(t, 120, 36, s.text())
		for _, r := range s.text() {
			require.Less(t, r, rune(0x80))
		}
		require.Equal(t, strings.Count(u.text(), "?"), strings.Count(s.text(), "?"))
	}
}

func TestLocale(t *testing.T) {
	require.True(t, unicodeLocale(env("LANG", "en_GB.UTF-8")))
	require.True(t, unicodeLocale(env()))
	require.False(t, unicodeLocale(env("LANG", "en_GB.UTF-8", "LC_ALL", "C")))
	require.False(t, unicodeLocale(env("LC_CTYPE", "de_DE.ISO-8859-1", "LANG", "en_GB.UTF-8")))
}

// terminal is what a program writes to; it tells when something has been written.
type terminal struct {
	mu     sync.Mutex
	text   bytes.Buffer
	wanted string
	seen   chan struct{}
}

func (w *terminal) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.text.Write(p)
	if w.wanted != "" && strings.Contains(w.text.String(), w.wanted) {
		w.wanted = ""
		close(w.seen)
	}
	return len(p), nil
}

// panicking panics when x is pressed, or when it is to do something.
type panicking struct{ *screen }

func (p panicking) Update(msg tea.Msg) (tea.Model, tea.Cmd) {
	if key, ok := msg.(tea.KeyPressMsg); ok && key.String() == "x" {
		panic("a test")
	}
	_, cmd := p.screen.Update(msg)
	return p, cmd
}

// signalSelf sends this process a signal.
func signalSelf(s os.Signal) {
	if self, err := os.FindProcess(os.Getpid()); err == nil {
		_ = self.Signal(s)
	}
}

// TestTerminalIsRestored leaves the program in every way there is, and looks at what it wrote last.
func TestTerminalIsRestored(t *testing.T) {
	leave := map[string]struct {
		act  func(in io.Writer)
		want error
	}{
		"q":       {func(in io.Writer) { fmt.Fprint(in, "q") }, nil},
		"ctrl-c":  {func(in io.Writer) { fmt.Fprint(in, "\x03") }, nil},
		"sigterm": {func(io.Writer) { signalSelf(syscall.SIGTERM) }, nil},
		"sighup":  {func(io.Writer) { signalSelf(syscall.SIGHUP) }, nil}, // the terminal is closed
		"panic":   {func(in io.Writer) { fmt.Fprint(in, "x") }, tea.ErrProgramPanic},
	}
	for name, way := range leave {
		t.Run(name, func(t *testing.T) {
			if name == "sighup" && signal.Ignored(syscall.SIGHUP) {
				t.Skip("run under nohup")
			}
			s := newScreen(upload(), Options{Theme: themeDark, Paused: true})
			in, keys := io.Pipe()
			out := &terminal{wanted: "Nothing has happened", seen: make(chan struct{})}
			result := make(chan error)
			go func() {
				result <- run(panicking{s}, in, out, tea.WithWindowSize(80, 24), tea.WithEnvironment([]string{"TERM=xterm-256color"}))
			}()
			<-out.seen
			go way.act(keys)
			err := <-result
			require.ErrorIs(t, err, way.want)
			text := out.text.String()
			require.Contains(t, text, "\x1b[?1049h")
			require.Greater(t, strings.LastIndex(text, "\x1b[?1049l"), strings.LastIndex(text, "\x1b[?1049h"), "leaves the alternate screen")
			require.Greater(t, strings.LastIndex(text, "\x1b[?25h"), strings.LastIndex(text, "\x1b[?25l"), "shows the cursor")
			if name == "ctrl-c" {
				require.ErrorIs(t, s.done.err(), ErrInterrupted)
			}
		})
	}
}

// BenchmarkFrame is a step and the frame after it: the budget is 16 ms.
func BenchmarkFrame(b *testing.B) {
	s := newScreen(upload(), Options{Theme: themeDark, Paused: true})
	resize(s, 120, 36)
	for b.Loop() {
		if s.cursor == s.all.Last() {
			s.do(toStart)
		}
		s.do(stepForward)
		if s.text() == "" {
			b.Fatal("nothing drawn")
		}
	}
}
