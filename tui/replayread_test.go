package tui

import (
	"context"
	"testing"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"
	"github.com/stretchr/testify/require"

	"netlab/capture"
)

// Neither Update nor View reads the file: until a command has, a placeholder stands for each packet.
func TestReplayReadsInCommandsOnly(t *testing.T) {
	f, err := capture.Open(uploadCapture(t))
	require.NoError(t, err)
	defer f.Close()
	require.NoError(t, f.Load(context.Background(), nil))
	r := newReplay(f, "upload.pcapng", Options{Theme: themeNone})
	_, cmd := r.Update(tea.WindowSizeMsg{Width: 120, Height: 36})
	require.NotContains(t, r.text(), "SYN")
	require.Contains(t, r.text(), waitingWords)
	exact(t, 120, 36, r.text())
	_, second := r.Update(keyPress("j"))
	require.Nil(t, second, "one command at a time reads")

	r.does(t, cmd)
	require.Contains(t, r.text(), "SYN-ACK")

	// What was read is shown without the file, and so is what comes next.
	require.NoError(t, f.Close())
	before := r.selected
	_, _ = r.Update(keyPress("j"))
	require.Equal(t, before+1, r.selected)
	text := ansi.Strip(r.text())
	require.False(t, r.openPacket().waiting)
	require.NotContains(t, text, "closed")
	require.Contains(t, text, r.sentence())
}

// What was read while the file was still being read is read anew at its end, when more is known of it, and stays on the screen until then.
func TestReplayReadsAnewWhenAllIsKnown(t *testing.T) {
	r := opensCapture(t, uploadCapture(t), 120, 36)
	old := r.line(1)
	r.pages.lines[1] = capture.Summary{What: "told too early", Stream: -1}
	r.pages.lines[1<<20] = old // far away
	r.stop = func() {}
	_, cmd := r.Update(did((*replay).onLoaded))
	require.Equal(t, "told too early", r.line(1).What)
	r.does(t, cmd)
	require.Equal(t, old, r.line(1))
	require.NotContains(t, r.pages.lines, 1<<20)
}
