package tui

import (
	"math/rand/v2"
	"strings"
	"testing"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"
	"github.com/stretchr/testify/require"
)

// where returns the place on the screen where a text begins.
func where(t testing.TB, picture, text string) (x, y int) {
	t.Helper()
	for y, line := range strings.Split(ansi.Strip(picture), "\n") {
		if before, _, ok := strings.Cut(line, text); ok {
			return ansi.StringWidth(before), y
		}
	}
	t.Fatalf("%q is nowhere in\n%s", text, ansi.Strip(picture))
	return 0, 0
}

func clickAt(x, y int) tea.Msg { return tea.MouseClickMsg{X: x, Y: y, Button: tea.MouseLeft} }

// clickOn clicks on the first letter of a text.
func (s *screen) clickOn(t *testing.T, text string) {
	t.Helper()
	x, y := where(t, s.text(), text)
	s.Update(clickAt(x, y))
	for len(s.jobs) > 0 {
		notice, err := s.jobs[0].run(s.cursor)
		s.Update(jobDone{notice, err})
	}
}

func (r *replay) clickOn(t testing.TB, text string) {
	t.Helper()
	x, y := where(t, r.text(), text)
	r.gets(t, clickAt(x, y))
}

func (h *home) clickOn(t *testing.T, text string) {
	t.Helper()
	x, y := where(t, h.text(), text)
	h.Update(clickAt(x, y))
}

// What stands on the screen of a lab answers a click as its key would.
func TestLabMouse(t *testing.T) {
	src := upload()
	s := show(t, src, 120, 36)
	press(t, s, ">")
	s.clickOn(t, "data 4381..5841")
	require.Equal(t, packets, s.focus)
	require.Equal(t, 8, s.packet)
	require.False(t, s.follow)

	s.clickOn(t, "window 64240")
	require.Equal(t, layers, s.focus)
	f, _ := s.selectedField(s.dissect().layers)
	require.Equal(t, "tcp.window_size_value", f.Key)

	x, y := where(t, s.text(), "0000  45") // octet 9 is the protocol
	s.Update(clickAt(x+6+3*9, y))
	require.Equal(t, octets, s.focus)
	f, _ = s.selectedField(s.dissect().layers)
	require.Equal(t, "ip.proto", f.Key)

	s.clickOn(t, "h1-r1")
	require.Equal(t, network, s.focus)
	require.Equal(t, 0, s.link)
	s.clickOn(t, "D delay")
	require.Equal(t, []Change{{Link: "h1-r1", Cycle: Delay}}, src.changes)

	s.clickOn(t, "? help")
	s.clickOn(t, "one event forward")
	require.Nil(t, s.over)
	x, y = where(t, s.text(), "━●") // of the time line
	s.Update(clickAt(1, y))
	require.Equal(t, s.all.First()-1, s.cursor)
	s.Update(tea.MouseMotionMsg{X: x + 10, Y: 20, Button: tea.MouseLeft})
	require.Equal(t, s.all.Last(), s.cursor, "held, it goes with the pointer")
	s.Update(tea.MouseReleaseMsg{})
	s.Update(tea.MouseMotionMsg{X: 1, Y: 20, Button: tea.MouseLeft})
	require.Equal(t, s.all.Last(), s.cursor)

	resize(s, 80, 24)
	s.clickOn(t, "5 Explain")
	require.Equal(t, explain, s.focus)
	x, y = where(t, s.text(), "ack 7301")
	s.Update(tea.MouseWheelMsg{X: x, Y: y, Button: tea.MouseWheelUp})
	require.Equal(t, packets, s.focus)
	require.Equal(t, 10, s.packet)
}

// Every column of the time line is a place that the cursor is drawn in when it is gone to.
func TestTimeBarColumns(t *testing.T) {
	s := show(t, upload(), 120, 36)
	for width := 10; width < 140; width++ {
		b := timeBar{s.look, s.all, 0}
		from, to, _ := b.extent(width)
		before := s.all.First() - 1
		for x := from; x < to; x++ {
			b.cursor = b.at(x, width)
			require.GreaterOrEqual(t, b.cursor, before)
			before = b.cursor
			at := ansi.StringWidth(strings.Split(ansi.Strip(b.View(width, 1)), "●")[0])
			require.InDelta(t, x, at, float64(to-from)/float64(s.all.Last())+1)
		}
		require.Equal(t, s.all.Last(), before)
	}
}

func TestReplayMouse(t *testing.T) {
	r := opensCapture(t, uploadCapture(t), 120, 36)
	r.clickOn(t, "data 4381..5841")
	require.Equal(t, inList, r.focus)
	require.Equal(t, 8, r.selected)
	r.clickOn(t, "10.0.1.10:40001 sends octets") // a finding
	require.Equal(t, inFindings, r.focus)
	require.Equal(t, 12, r.selected)
	r.clickOn(t, "4 Ladder")
	require.Equal(t, inLadder, r.focus)
	r.clickOn(t, "═══ POST")
	require.Equal(t, 4, r.selected)

	x, _ := where(t, r.timeLine().String(), "●")
	r.gets(t, clickAt(x+40, 2)) // 226 ms
	require.Equal(t, 9, r.selected)
	r.gets(t, tea.MouseMotionMsg{X: 150, Y: 9, Button: tea.MouseLeft})
	require.Equal(t, 13, r.selected)
	r.gets(t, tea.MouseReleaseMsg{})

	r.clickOn(t, "} finding")
	require.Contains(t, r.notice, "no finding after")
	r.clickOn(t, "data 5841..7301")
	require.Empty(t, r.notice)
	r.gets(t, clickAt(119, 2))
	r.gets(t, tea.MouseWheelMsg{X: 5, Y: 10, Button: tea.MouseWheelUp})
	require.Equal(t, 10, r.selected)

	r.gets(t, tea.WindowSizeMsg{Width: 80, Height: 24})
	r.clickOn(t, "6 Layers")
	r.clickOn(t, "window 64240")
	require.Equal(t, "tcp.window_size_value", r.chosenField().Key)
	r.clickOn(t, "7 Bytes")
	r.clickOn(t, "45 ")
	require.Equal(t, "ip.version", r.chosenField().Key)
}

// The terminal gets its mouse back, to select text with.
func TestMouseOff(t *testing.T) {
	r, s := opensCapture(t, uploadCapture(t), 120, 36), show(t, upload(), 120, 36)
	require.Equal(t, tea.MouseModeCellMotion, r.View().MouseMode)
	require.Equal(t, tea.MouseModeCellMotion, s.View().MouseMode)
	r.press(t, append(letters(":mouse off"), "enter")...)
	press(t, s, append(letters(":mouse off"), "enter")...)
	require.Equal(t, tea.MouseModeNone, r.View().MouseMode)
	require.Equal(t, tea.MouseModeNone, s.View().MouseMode)
	r.press(t, append(letters(":mouse on"), "enter")...)
	require.Equal(t, tea.MouseModeCellMotion, r.View().MouseMode)
}

// randomMouse is something that a mouse may do, on the screen or next to it.
func randomMouse(r *rand.Rand, width, height int) tea.Msg {
	x, y := r.IntN(width+2)-1, r.IntN(height+2)-1
	switch r.IntN(6) {
	case 0:
		return tea.MouseWheelMsg{X: x, Y: y, Button: tea.MouseWheelUp}
	case 1:
		return tea.MouseWheelMsg{X: x, Y: y, Button: tea.MouseWheelDown}
	case 2:
		return tea.MouseMotionMsg{X: x, Y: y, Button: tea.MouseLeft}
	case 3:
		return tea.MouseReleaseMsg{X: x, Y: y}
	}
	return clickAt(x, y)
}

// Neither clicks nor keys, on any screen of any size, make it panic or draw a line of another width.
func TestRandomMouse(t *testing.T) {
	name := uploadCapture(t)
	t.Setenv("TMPDIR", t.TempDir())
	t.Chdir(t.TempDir())
	for seed := range uint64(8) {
		random := rand.New(rand.NewPCG(seed, 7))
		width, height := 1+random.IntN(160), 1+random.IntN(50)
		s, r := show(t, upload(), width, height), opensCapture(t, name, width, height)
		for range 60 {
			if random.IntN(4) == 0 {
				b := s.keys[random.IntN(len(s.keys))]
				press(t, s, b.keys[0])
				b = r.keys[random.IntN(len(r.keys))]
				r.press(t, b.keys[0])
			}
			s.Update(randomMouse(random, width, height))
			for len(s.jobs) > 0 {
				notice, err := s.jobs[0].run(s.cursor)
				s.Update(jobDone{notice, err})
			}
			_, cmd := r.Update(randomMouse(random, width, height))
			r.does(t, cmd)
			exact(t, width, height, s.text())
			exact(t, width, height, r.text())
		}
	}
}

// What shares a place with another pane is named there, and a click on its name shows it.
func TestReplayPanesThatShareAPlace(t *testing.T) {
	r := opensCapture(t, uploadCapture(t), 120, 36)
	r.clickOn(t, "6 Layers")
	require.Equal(t, inLayers, r.focus)
	r.clickOn(t, "7 Bytes")
	require.Equal(t, inBytes, r.focus)
	r.clickOn(t, "5 Explain")
	r.clickOn(t, "4 Ladder")
	require.Equal(t, inLadder, r.upper)
	require.Equal(t, inExplain, r.lower)
}

// The key \ goes through the layouts that a size has.
func TestLayouts(t *testing.T) {
	r, s := opensCapture(t, uploadCapture(t), 120, 36), show(t, upload(), 120, 36)
	for _, want := range []layout{stacked, single, wide} {
		r.press(t, `\`)
		press(t, s, `\`)
		require.Equal(t, want, r.layout())
		require.Equal(t, want, s.layout())
		exact(t, 120, 36, r.text())
		exact(t, 120, 36, s.text())
	}
	resize(r, 80, 24)
	r.press(t, `\`)
	require.Equal(t, single, r.layout())
	resize(r, 120, 36)
	require.Equal(t, stacked, r.layout(), "one step from what the size has")
	resize(r, 10, 3)
	r.press(t, `\`)
	require.Equal(t, tiny, r.layout())
}
