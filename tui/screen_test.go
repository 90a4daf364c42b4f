package tui

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"
	"github.com/stretchr/testify/require"
)

func resize(m tea.Model, width, height int) {
	m.Update(tea.WindowSizeMsg{Width: width, Height: height})
}

// keyPress makes the message of a key from its name.
func keyPress(name string) tea.KeyPressMsg {
	special := map[string]rune{
		"up": tea.KeyUp, "down": tea.KeyDown, "left": tea.KeyLeft, "right": tea.KeyRight, "enter": tea.KeyEnter, "esc": tea.KeyEscape,
		"tab": tea.KeyTab, "pgup": tea.KeyPgUp, "pgdown": tea.KeyPgDown, "home": tea.KeyHome, "end": tea.KeyEnd, "backspace": tea.KeyBackspace,
		"f2": tea.KeyF2, "f4": tea.KeyF4, "f5": tea.KeyF5, "f6": tea.KeyF6, "f7": tea.KeyF7,
	}
	switch {
	case name == "space":
		return tea.KeyPressMsg{Code: tea.KeySpace, Text: " "}
	case name == "shift+tab":
		return tea.KeyPressMsg{Code: tea.KeyTab, Mod: tea.ModShift}
	case name == "ctrl+u":
		return tea.KeyPressMsg{Code: 'u', Mod: tea.ModCtrl}
	case name == "ctrl+c":
		return tea.KeyPressMsg{Code: 'c', Mod: tea.ModCtrl}
	case special[name] != 0:
		return tea.KeyPressMsg{Code: special[name]}
	}
	return tea.KeyPressMsg{Code: []rune(name)[0], Text: name}
}

// exact checks that a picture has exactly its size.
func exact(t *testing.T, width, height int, text string) {
	t.Helper()
	lines := strings.Split(text, "\n")
	require.Len(t, lines, height)
	for y, l := range lines {
		require.Equal(t, width, ansi.StringWidth(l), "line %d of %dx%d: %q", y, width, height, l)
	}
}

// ownKeys are the keys of a lab that do not open another screen: in that, keys write files.
func ownKeys() []binding {
	return slices.DeleteFunc(labKeys(), func(b binding) bool { return b.do == sceneTLS || b.do == sceneHTTP || b.do == sceneMap })
}

// TestEverySize draws the screen in every state of a random walk at sampled sizes from 1x1 to 200x60: no panic, exactly as
// many lines as the height, and no line of another width.
func TestEverySize(t *testing.T) {
	src := upload()
	r := rand.New(rand.NewPCG(1, 2))
	s := show(t, src, 80, 24)
	keys := ownKeys()
	for width := 1; width <= 200; width += 1 + width/25 {
		for height := 1; height <= 60; height += 1 + height/15 {
			b := keys[r.IntN(len(keys))]
			if b.do != goBack && b.do != interrupt {
				press(t, s, b.keys[0])
			}
			resize(s, width, height)
			exact(t, width, height, s.text())
			if s.over == nil && s.typing == nil && width >= 40 && height >= 12 {
				lines := strings.Split(ansi.Strip(s.text()), "\n")
				require.Contains(t, lines[height-1], "? help")
				require.Contains(t, lines[height-1], "q back")
			}
			if (s.over != nil || s.typing != nil) && r.IntN(2) == 0 {
				press(t, s, "esc")
			}
		}
	}
}

func TestRandomKeys(t *testing.T) {
	for seed := range uint64(20) {
		r := rand.New(rand.NewPCG(seed, 1))
		s := show(t, upload(), 1+r.IntN(160), 1+r.IntN(50))
		keys := ownKeys()
		for range 200 {
			b := keys[r.IntN(len(keys))]
			press(t, s, b.keys[r.IntN(len(b.keys))])
			s.Update(tickMsg(epoch()))
			exact(t, s.width, s.height, s.text())
			if s.over != nil && r.IntN(2) == 0 {
				press(t, s, "esc")
			}
		}
	}
}

// TestThereAndBack is the promise that stepping back shows what was seen before.
func TestThereAndBack(t *testing.T) {
	s := show(t, upload(), 120, 36)
	first := s.text()
	for range 10 {
		press(t, s, ".")
	}
	require.NotEqual(t, first, s.text())
	for range 10 {
		press(t, s, ",")
	}
	require.Equal(t, first, s.text())
}

func TestNothingMovesWhilePaused(t *testing.T) {
	s := show(t, upload(), 120, 36)
	require.Nil(t, s.tick(), "no tick while paused")
	press(t, s, "space")
	require.True(t, s.ticking)
	before := s.text()
	s.onTick(tickMsg(epoch()))
	require.NotEqual(t, before, s.text(), "playing moves")
	press(t, s, "space")
	s.onTick(tickMsg(epoch()))
	require.False(t, s.ticking)
}
