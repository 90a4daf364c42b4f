package tui

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"
	"github.com/stretchr/testify/require"

	"netlab/capture"
	"netlab/trace"
)

// uploadCapture writes the packets of the story to a file, as captured at the client, and a ping that nobody answers.
func uploadCapture(t testing.TB) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "upload.pcapng")
	out, err := os.Create(name)
	require.NoError(t, err)
	defer out.Close()
	w, err := capture.NewWriter(out)
	require.NoError(t, err)
	view := upload().View()
	for id := view.First(); id <= view.Last(); id++ {
		e, ok := view.Event(id)
		if !ok || !(e.Kind == trace.Sent && e.Host == "h1" || e.Kind == trace.Received && e.Host == "h1") {
			continue
		}
		require.NoError(t, w.Write(e.At, 0, e.Octets, e.Text()))
	}
	require.NoError(t, w.Flush())
	return name
}

// opensCapture returns the screen of a capture that has been read, in a size, without colours.
func opensCapture(t testing.TB, name string, width, height int) *replay {
	t.Helper()
	f, err := capture.Open(name)
	require.NoError(t, err)
	t.Cleanup(func() { f.Close() })
	_ = f.Load(context.Background(), nil)
	r := newReplay(f, filepath.Base(name), Options{Theme: themeNone})
	r.does(t, r.Init())
	_, cmd := r.Update(tea.WindowSizeMsg{Width: width, Height: height})
	r.does(t, cmd)
	return r
}

// does carries out a command, and what follows from it, as the program would.
func (r *replay) does(t testing.TB, cmd tea.Cmd) {
	t.Helper()
	if cmd == nil {
		return
	}
	switch msg := cmd().(type) {
	case tea.BatchMsg:
		for _, c := range msg {
			r.does(t, c)
		}
	case did:
		_, next := r.Update(msg)
		r.does(t, next)
	}
}

// gets gives the screen a message.
func (r *replay) gets(t testing.TB, msg tea.Msg) {
	t.Helper()
	_, cmd := r.Update(msg)
	r.does(t, cmd)
}

func (r *replay) press(t testing.TB, keys ...string) {
	t.Helper()
	for _, k := range keys {
		r.gets(t, keyPress(k))
	}
}

func letters(s string) []string { return strings.Split(s, "") }

func TestReplayGoldens(t *testing.T) {
	name := uploadCapture(t)
	for _, size := range [][2]int{{120, 36}, {80, 24}, {40, 12}, {20, 5}} {
		for _, at := range []struct {
			name string
			keys []string
		}{
			{"start", nil},
			{"finding", []string{"}"}},
			{"layers", []string{"}", "6", "7", ")", ")"}},
			{"stream", []string{"s", "3"}},
			{"ladder", []string{"}", "4"}},
			{"filtered", append(append([]string{"/"}, letters("tcp.len > 0 and ip.src == 10.0.1.10")...), "enter")},
			{"mistake", append(append([]string{"/"}, letters("tcp.flgs")...), "enter")},
		} {
			picture := fmt.Sprintf("replay-%s-%dx%d", at.name, size[0], size[1])
			t.Run(picture, func(t *testing.T) {
				r := opensCapture(t, name, size[0], size[1])
				r.press(t, at.keys...)
				exact(t, size[0], size[1], r.text())
				golden(t, picture, ansi.Strip(r.text()))
			})
		}
	}
}

// A terminal puts every character where the screen thinks it is.
func TestReplayEmulated(t *testing.T) {
	name := uploadCapture(t)
	for _, size := range [][2]int{{120, 36}, {80, 24}} {
		r := opensCapture(t, name, size[0], size[1])
		r.press(t, "}", "6")
		e := emulate(t, size[0], size[1], r.text())
		for y, line := range strings.Split(ansi.Strip(r.text()), "\n") {
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

// No key at no size makes the screen panic, or draw a line of another width.
func TestReplayEverySize(t *testing.T) {
	r := opensCapture(t, uploadCapture(t), 80, 24)
	random := rand.New(rand.NewPCG(5, 6))
	keys := replayKeys()
	for width := 1; width <= 200; width += 1 + width/20 {
		for height := 1; height <= 60; height += 1 + height/12 {
			b := keys[random.IntN(len(keys))]
			switch b.do {
			case goBack, interrupt, copyPacket, exportShown, saveStream, escape:
			default:
				r.press(t, b.keys[0])
			}
			if r.typing != nil {
				r.press(t, string(rune('a'+random.IntN(26))), []string{"enter", "esc", "tab", "backspace"}[random.IntN(4)])
			}
			_, cmd := r.Update(tea.WindowSizeMsg{Width: width, Height: height})
			r.does(t, cmd)
			exact(t, width, height, r.text())
			r.drawsAnew(t)
			if r.over != nil && random.IntN(2) == 0 {
				r.press(t, "esc")
			}
		}
	}
}

// drawsAnew checks that what is remembered of the panes is what they would draw now.
func (r *replay) drawsAnew(t testing.TB) {
	t.Helper()
	remembered := r.text()
	clear(r.drawn)
	require.Equal(t, r.text(), remembered)
}

// A frame in which nothing changes draws no pane.
func TestReplayPanesAreRemembered(t *testing.T) {
	r := opensCapture(t, uploadCapture(t), 120, 36)
	r.text()
	before := map[pane]any{}
	for p, m := range r.drawn {
		before[p] = m.version
		m.text = strings.Replace(m.text, " ", "_", 1) // a mark that goes when it is drawn again
	}
	require.Len(t, before, 5)
	r.press(t, "/", "t", "c", "p")
	text := r.text()
	for p, m := range r.drawn {
		require.Contains(t, m.text, "_", paneTitle(p))
	}
	require.Contains(t, text, "_")
	r.press(t, "esc", "j")
	r.text()
	for p, m := range r.drawn {
		require.NotEqual(t, before[p], m.version, paneTitle(p))
	}
}

func TestReplayEmptyAndDamaged(t *testing.T) {
	whole, err := os.ReadFile(uploadCapture(t))
	require.NoError(t, err)
	for n := 0; n < len(whole); n += 97 {
		name := filepath.Join(t.TempDir(), "cut.pcapng")
		require.NoError(t, os.WriteFile(name, whole[:n], 0o600))
		f, err := capture.Open(name)
		if err != nil {
			continue
		}
		require.NoError(t, f.Close())
		r := opensCapture(t, name, 120, 36)
		r.press(t, "}", "s", "4", "j", "6", ")", "7", "j", ">", "<", "m", "'", "s")
		exact(t, 120, 36, r.text())
		if r.damage != nil {
			require.True(t, errors.Is(r.damage, capture.ErrCutOff))
			r.notice = ""
			require.Contains(t, r.text(), "cut off")
		}
	}
}

// What is found is reached by one key, and said with the packet, on the line of the packet, and in words.
func TestReplayFindsTheLoss(t *testing.T) {
	r := opensCapture(t, uploadCapture(t), 120, 36)
	r.press(t, "}")
	require.NotZero(t, r.selected)
	require.False(t, r.findings[r.finding()].Kind.Note())
	require.Contains(t, r.text(), "again")
	seen := map[int]bool{}
	for range 100 {
		seen[r.selected] = true
		if r.press(t, "}"); r.notice != "" {
			break
		}
	}
	require.Contains(t, r.notice, "no finding after")
	for range 100 {
		if r.press(t, "{"); r.notice != "" {
			break
		}
		require.True(t, seen[r.selected])
	}
	require.Contains(t, r.notice, "no finding before")
}

func TestReplayFilterAndStream(t *testing.T) {
	r := opensCapture(t, uploadCapture(t), 120, 36)
	all := r.count()
	r.press(t, append(append([]string{"/"}, letters("tcp.flags.sy")...), "tab", "enter")...)
	require.Equal(t, "tcp.flags.syn", r.shown.filter.String())
	require.Equal(t, 2, r.count())
	before := r.shown
	r.press(t, append([]string{"/", "ctrl+u"}, append(letters("tcp.flgs"), "enter")...)...)
	require.Contains(t, ansi.Strip(r.text()), "did you mean tcp.flags?")
	require.Equal(t, before, r.shown, "the list stays as it was")
	r.press(t, "esc", "esc")
	require.Equal(t, all, r.count())
	r.press(t, "s")
	require.Equal(t, "tcp.stream == 0", r.shown.filter.String())
	require.Contains(t, ansi.Strip(r.text()), "> POST /blob HTTP/1.1")
	r.press(t, "s")
	require.False(t, r.shown.active)
	r.press(t, append(append([]string{"/"}, letters("retx and tcp.stream == 0")...), "enter")...)
	require.Equal(t, 1, r.count())
	require.True(t, r.line(r.selected).Again)
	r.press(t, "esc")
	r.press(t, append(append([]string{"/"}, letters("tcp #3")...), "enter")...)
	require.Equal(t, 1, r.count())
	require.Equal(t, 3, r.selected)
}

func TestReplayMarkCopyExport(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	r := opensCapture(t, uploadCapture(t), 120, 36)
	t.Chdir(t.TempDir())
	r.press(t, "j", "m", "j", "j")
	require.Contains(t, r.title(), "after packet 2")
	r.press(t, "'")
	require.Equal(t, 2, r.selected)
	r.press(t, "y")
	copied := r.notice[strings.LastIndexByte(r.notice, ' ')+1:]
	text, err := os.ReadFile(copied)
	require.NoError(t, err)
	require.Contains(t, string(text), "Sequence Number")
	require.Contains(t, string(text), "0000  45 00")

	r.press(t, "e", "enter")
	require.Contains(t, r.notice, "upload-shown.pcapng: 13 packets")
	f, err := capture.Open("upload-shown.pcapng")
	require.NoError(t, err)
	defer f.Close()
	require.NoError(t, f.Load(context.Background(), nil))
	require.Equal(t, r.packets, f.Len())
	found := 0
	for n := 1; n <= f.Len(); n++ {
		rec, err := f.Packet(n)
		require.NoError(t, err)
		if len(rec.Comments) > 0 && strings.Contains(rec.Comments[0], "again") {
			found++
		}
	}
	require.NotZero(t, found, "findings are comments")
}

// While a file is read its packets are there already; Esc stops, r goes on.
func TestReplayWhileLoading(t *testing.T) {
	f, err := capture.Open(uploadCapture(t))
	require.NoError(t, err)
	defer f.Close()
	r := newReplay(f, "upload.pcapng", Options{Theme: themeNone})
	resize(r, 120, 36)
	require.NotNil(t, r.load())
	require.Contains(t, r.text(), "Esc stops")
	require.Contains(t, r.text(), "no packets yet")
	exact(t, 120, 36, r.text())
	r.press(t, "esc")
	require.Contains(t, r.notice, "stopping")
	r.does(t, func() tea.Msg { return did((*replay).onLoaded) }) // what the stopped pass sends
	require.Contains(t, r.text(), "r reads on")
	require.NoError(t, f.Load(context.Background(), nil))
	r.Update(tickMsg(epoch()))
	require.True(t, r.loaded)
	require.Equal(t, f.Len(), r.count())
	require.Equal(t, 1, r.selected)
}

func TestReplayASCII(t *testing.T) {
	f, err := capture.Open(uploadCapture(t))
	require.NoError(t, err)
	defer f.Close()
	require.NoError(t, f.Load(context.Background(), nil))
	r := newReplay(f, "upload.pcapng", Options{Theme: themeNone, ASCII: true})
	resize(r, 120, 36)
	for _, keys := range [][]string{nil, {"}"}, {"6", "7"}, {"s"}} {
		r.press(t, keys...)
		for _, c := range r.text() {
			require.Less(t, c, rune(0x80))
		}
		require.NotContains(t, strings.ReplaceAll(ansi.Strip(r.text()), "? help", ""), "?")
	}
}

// BenchmarkReplayFrame is a key and the frame after it: the budget is 16 ms.
func BenchmarkReplayFrame(b *testing.B) {
	r := opensCapture(b, uploadCapture(b), 120, 36)
	for b.Loop() {
		r.do(moveDown)
		if r.selected == r.packets {
			r.do(toStart)
		}
		if r.text() == "" {
			b.Fatal("nothing drawn")
		}
	}
}
