package tui

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/charmbracelet/x/ansi"
	"github.com/stretchr/testify/require"

	"netlab/labs"
	"netlab/link"
	"netlab/sim"
)

// A lab in real time is shown while it runs: its time goes on, its links can be broken now, and its past can be looked at.
func TestALabInRealTimeOnTheScreen(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b, err := labs.Open("tunnel-left")
		require.NoError(t, err)
		topology, err := sim.Parse("tunnel-left", b)
		require.NoError(t, err)
		live, err := sim.NewLive(topology, sim.Options{}, 1<<24)
		require.NoError(t, err)
		a, _ := link.Memory(1400)
		require.NoError(t, live.Attach("world", a))
		ctx, stop := context.WithCancel(t.Context())
		ended := make(chan error, 1)
		go func() { ended <- live.Run(ctx) }()
		time.Sleep(2 * time.Second) // of the bubble's own time: pings leave, and nobody answers

		s := show(t, NewLiveLab(live), 120, 36)
		press(t, s, "L")
		text := ansi.Strip(s.text())
		require.Contains(t, text, "in real time")
		require.Contains(t, text, "[world]")
		require.Contains(t, text, "h1-r1: loss 1%")
		require.NotContains(t, text, "TUN")
		require.Equal(t, 0.01, live.Changes()[0].Faults.Loss)
		s.all = s.src.View() // as a tick does
		press(t, s, ">")
		require.Equal(t, 0.01, s.links()[0].Up.Loss)
		press(t, s, "K")
		require.Equal(t, link.Faults{Delay: 5 * time.Millisecond}, *live.Changes()[1].Faults, "as long as the lab made it")

		last := s.cursor
		press(t, s, ",", ",")
		require.Equal(t, last-2, s.cursor, "the past can be looked at")

		_, err = NewLiveLab(live).Change(0, Change{Link: "nowhere", Drop: true})
		require.Error(t, err)
		stop()
		require.ErrorIs(t, <-ended, context.Canceled)
		_, err = NewLiveLab(live).Change(0, Change{Link: "h1-r1", Drop: true})
		require.ErrorIs(t, err, link.ErrClosed)
	})
}
