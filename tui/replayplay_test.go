package tui

import (
	"testing"
	"time"

	"github.com/charmbracelet/x/ansi"
	"github.com/stretchr/testify/require"
)

// ticks lets so many frames pass, and returns how many packets were passed.
func (r *replay) ticks(t *testing.T, n int) int {
	t.Helper()
	before, at := r.selected, r.ticked
	for range n {
		at = at.Add(frame)
		r.Update(tickMsg(at))
		exact(t, r.width, r.height, r.text())
	}
	return r.selected - before
}

// A capture plays at its own pace: packet 2 comes 60 ms after packet 1, and the last one 365 ms after it.
func TestReplayPlays(t *testing.T) {
	r := opensCapture(t, uploadCapture(t), 120, 36)
	require.Nil(t, r.tick(), "no tick while paused")
	r.press(t, "space")
	require.True(t, r.ticking)
	require.Contains(t, ansi.Strip(r.text()), "▶ 1x  t 0.000000 s")
	require.Contains(t, ansi.Strip(r.text()), "space pause")
	require.Equal(t, 0, r.ticks(t, 1))
	require.Contains(t, ansi.Strip(r.text()), "▶ 1x  t 0.033000 s")
	require.Equal(t, 2, r.ticks(t, 1), "66 ms: the SYN-ACK, and the ACK that answers it at once")

	r.press(t, "space")
	require.Contains(t, ansi.Strip(r.text()), "‖ 1x  t 0.066000 s")
	require.Equal(t, 0, r.ticks(t, 3))
	require.False(t, r.ticking, "no tick while paused")

	r.press(t, "space")
	require.Equal(t, 1, r.ticks(t, 1), "99 ms: the request, after 90 ms")
	require.Equal(t, 9, r.ticks(t, 9))
	require.False(t, r.playing)
	require.False(t, r.ticking)
	require.Contains(t, r.notice, "the capture ends here")
	r.press(t, "space")
	require.False(t, r.playing)
}

func TestReplaySpeed(t *testing.T) {
	r := opensCapture(t, uploadCapture(t), 120, 36)
	r.press(t, "]", "]", "]", "]", "]", "]", "]")
	require.Equal(t, 100.0, r.speed)
	r.press(t, "space")
	require.Equal(t, 12, r.ticks(t, 1))
	r.press(t, append(letters(":speed 0.5"), "enter", "<", "space")...)
	require.Equal(t, 0, r.ticks(t, 3))
	require.Equal(t, 2, r.ticks(t, 1))
	r.press(t, append(letters(":speed 1000"), "enter")...)
	require.Contains(t, r.notice, "from 0.01 to 100")
	require.Equal(t, 0.5, r.speed)
	require.True(t, r.playing)
	r.press(t, ".")
	require.Equal(t, 4, r.selected)
	require.False(t, r.playing, "who steps has stopped the playing")
	r.press(t, ",", "b", "n")
	require.Equal(t, 3, r.selected)
}

// Only what is shown plays, and a long silence is cut short.
func TestReplayPlaysWhatIsShown(t *testing.T) {
	r := opensCapture(t, uploadCapture(t), 120, 36)
	r.press(t, append(letters(":filter tcp.len > 0"), "enter")...)
	require.Equal(t, 4, r.selected)
	r.press(t, append(letters(":speed 0.01"), "enter", "space")...)
	r.ticks(t, 1)
	require.True(t, r.waiting)
	require.Contains(t, ansi.Strip(r.text()), "▶▶ 0.01x")
	ticks := 1
	for ; r.selected == 4; ticks++ {
		r.ticks(t, 1)
	}
	require.Equal(t, 5, r.selected)
	require.InDelta(t, 50, ticks, 3, "30 ms at a hundredth would be 3 s, or 91 ticks")
}

// Where nothing is under way time goes faster, up to what happens next.
func TestPlayerIsPatient(t *testing.T) {
	p := player{speed: 1}
	require.Equal(t, frame, p.step(frame, 100*time.Millisecond, 100*time.Millisecond, false))
	require.Equal(t, time.Hour/10, p.step(100*time.Millisecond, time.Hour, time.Hour, false), "an hour passes in a second")
	require.True(t, p.waiting)
	require.Equal(t, 2*time.Second, p.step(100*time.Millisecond, 2*time.Second, time.Hour, false), "but not beyond its end")
	require.Equal(t, frame, p.step(frame, time.Hour, time.Hour, true), "something is under way")
}
