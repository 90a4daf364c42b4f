package tui

import (
	"testing"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"
	"github.com/stretchr/testify/require"
)

// works does what a command of the screen leads to, as the program would.
func (s *screen) works(t *testing.T, cmd tea.Cmd) {
	t.Helper()
	if cmd == nil {
		return
	}
	switch msg := cmd().(type) {
	case tea.BatchMsg:
		for _, c := range msg {
			s.works(t, c)
		}
	case jobDone, insideMsg, did:
		_, next := s.Update(msg)
		s.works(t, next)
	}
}

func (s *screen) presses(t *testing.T, keys ...string) {
	t.Helper()
	for _, k := range keys {
		_, cmd := s.Update(keyPress(k))
		s.works(t, cmd)
	}
}

// A run so far is looked at as a capture, decrypted, and the lab stands where it stood when that is left.
func TestLabAsCapture(t *testing.T) {
	s := show(t, lab(t, "tls-hello"), 120, 36)
	s.presses(t, "f6")
	require.Nil(t, s.inner)
	require.Contains(t, s.notice, "nothing was sent yet")
	s.presses(t, ">")
	before := s.text()
	s.presses(t, "f6")
	require.NotNil(t, s.inner)
	text := ansi.Strip(s.View().Content)
	exact(t, 120, 36, s.View().Content)
	require.Contains(t, text, "▸ HTTP ▸ run")
	require.Contains(t, text, "{} GET /")
	s.presses(t, "f5")
	require.Contains(t, ansi.Strip(s.View().Content), "✓ all")
	s.presses(t, "v", "m")
	require.Contains(t, ansi.Strip(s.View().Content), "Who with whom")
	s.Update(tea.WindowSizeMsg{Width: 80, Height: 24})
	exact(t, 80, 24, s.View().Content)
	s.Update(tea.WindowSizeMsg{Width: 120, Height: 36})
	s.presses(t, "q")
	require.Nil(t, s.inner)
	require.Equal(t, stays, s.left())
	require.Equal(t, before, s.text())
	s.presses(t, "f7", "ctrl+c")
	require.Equal(t, quit, s.left())
}
