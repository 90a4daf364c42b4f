package tui

import (
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/charmbracelet/x/ansi"
	"github.com/stretchr/testify/require"

	"netlab/labs"
	"netlab/sim"
	"netlab/trace"
)

func lab(t *testing.T, name string) *Lab {
	t.Helper()
	b, err := labs.Open(name)
	require.NoError(t, err)
	topology, err := sim.Parse(name, b)
	require.NoError(t, err)
	l, err := NewLab(topology, sim.Options{Seed: 7})
	require.NoError(t, err)
	t.Cleanup(l.Close)
	return l
}

// TestLabThereAndBack: ten steps forward and ten back show the first screen again; and a second run shows the same.
func TestLabThereAndBack(t *testing.T) {
	var runs [2]string
	for i := range runs {
		s := show(t, lab(t, "lossy-upload"), 120, 36)
		first := s.text()
		for range 10 {
			press(t, s, ".")
			runs[i] += s.text()
		}
		require.NotEqual(t, first, s.text())
		for range 10 {
			press(t, s, ",")
		}
		require.Equal(t, first, s.text())
	}
	require.Equal(t, runs[0], runs[1])
}

// TestLabFaults: a fault counts from the cursor on, and not before.
func TestLabFaults(t *testing.T) {
	l := lab(t, "hello")
	s := show(t, l, 120, 36)
	press(t, s, ".", ".", ".", ".", "L", "L")
	require.Equal(t, 0.05, s.links()[0].Up.Loss)
	require.Equal(t, 0.05, s.links()[0].Down.Loss)
	press(t, s, ",")
	require.Equal(t, 0.01, s.links()[0].Up.Loss)
	press(t, s, ",")
	require.Zero(t, s.links()[0].Up.Loss)
	press(t, s, ">", "K")
	require.Equal(t, s.links()[0].Up, l.Links(0)[0].Up, "cleared: as the lab was made")
	press(t, s, "D", "W")
	require.Equal(t, 20*time.Millisecond, s.links()[0].Up.Delay)
	press(t, s, "K")
	require.Equal(t, l.Links(0), s.links(), "its delay too")
	for range 6 {
		press(t, s, "<", "X")
	}
	_, kept := l.Futures()
	require.Equal(t, maxFutures, kept)
	_, err := l.Change(0, Change{Link: "nowhere", Drop: true})
	require.Error(t, err)
}

// TestLabSaved: what was done on the screen is in the stored run, which shows the same again.
func TestLabSaved(t *testing.T) {
	l := lab(t, "lossy-upload")
	s := show(t, l, 120, 36)
	press(t, s, ".", ".", ".", ".", "L", "L", ">", "<")
	stored, err := l.Save()
	require.NoError(t, err)
	topology, o, err := sim.Load("run.netlab", stored)
	require.NoError(t, err)
	require.Len(t, o.Inputs, 2)
	again, err := NewLab(topology, o)
	require.NoError(t, err)
	t.Cleanup(again.Close)
	seen, repeated := l.View(), again.View()
	require.Equal(t, seen.Last(), repeated.Last())
	for id := seen.First(); id <= seen.Last(); id++ {
		one, _ := seen.Event(id)
		other, _ := repeated.Event(id)
		require.Equal(t, one, other)
	}
}

func TestParted(t *testing.T) {
	a, b := sim.Input{After: 5, Link: "x", Drop: 1}, sim.Input{After: 9, Link: "x", Drop: 1}
	require.Equal(t, trace.ID(5), parted(nil, []sim.Input{a}))
	require.Equal(t, trace.ID(9), parted([]sim.Input{a, b}, []sim.Input{a}))
	require.Equal(t, trace.ID(5), parted([]sim.Input{a}, []sim.Input{b}))
	require.Zero(t, parted([]sim.Input{a}, []sim.Input{a}))
}

// TestLabsAtEverySize plays each lab to its end on a small and on a large screen.
func TestLabsAtEverySize(t *testing.T) {
	for _, name := range labs.Names() {
		l := lab(t, name)
		for _, size := range [][2]int{{120, 36}, {80, 24}, {45, 13}} {
			s := show(t, l, size[0], size[1])
			press(t, s, "space")
			s.speed = 100
			at := epoch()
			for n := 0; s.playing; n++ {
				require.Less(t, n, 5000, name)
				at = at.Add(frame)
				s.Update(tickMsg(at))
				for len(s.jobs) > 0 {
					notice, err := s.jobs[0].run(s.cursor)
					s.Update(jobDone{notice, err})
				}
				if n%5 == 0 {
					exact(t, size[0], size[1], s.text())
				}
			}
			require.Equal(t, s.all.Last(), s.cursor)
		}
	}
}

// TestPanesAreFilled: from the first packet on there is a packet to look at after every event. After one that is about none, as a
// change of state or of the congestion window, it is the packet that led to it.
func TestPanesAreFilled(t *testing.T) {
	s := show(t, lab(t, "lossy-upload"), 120, 36)
	led := map[trace.Kind]bool{}
	for press(t, s, "."); s.cursor < s.all.Last(); press(t, s, ".") {
		if s.now().Packets() == 0 {
			continue
		}
		e, _ := s.all.Event(s.cursor)
		require.NotContains(t, s.text(), "no packet has been sent", "after event %d, %s", s.cursor, e.Kind)
		cause, ok := s.all.PacketOf(e.Cause)
		if e.Packet == 0 && ok {
			led[e.Kind] = true
			require.Equal(t, cause.Number, s.packet, "after event %d, %s", s.cursor, e.Kind)
		}
	}
	for _, k := range []trace.Kind{trace.StateChanged, trace.Congestion} {
		require.True(t, led[k], "%s was not seen", k)
	}
}

// TestFatesAreWhole: what is said of lost and repeated packets is cut at no width; those of a list stand below each other.
func TestFatesAreWhole(t *testing.T) {
	s := show(t, lab(t, "lossy-upload"), 120, 36)
	press(t, s, ">")
	fate := regexp.MustCompile(`^(✗ (lost|lost on r[12]→r[12]|dropped|discarded by h[12]|dropped by h[12])(, ↻ of \d+|, replaces \d+)?|✗|↻ (of |replaces |again, replaces )?\d+)$`)
	for width := 60; width <= 140; width++ {
		list := ansi.Strip(s.packetsPane().View(width, 40))
		columns, rows := map[int]bool{}, 0
		for _, line := range strings.Split(list, "\n") {
			if i := strings.IndexAny(line, "✗↻"); i >= 0 {
				require.Regexp(t, fate, strings.TrimRight(line[i:], " "), "width %d", width)
				columns[ansi.StringWidth(line[:i])] = true
				rows++
			}
		}
		require.Len(t, columns, 1, "width %d", width)
		require.Greater(t, rows, 5, "width %d", width)
	}
}

// TestEveryEventIsExplained: the sentence at the bottom says of every event what asks for it. Only what the lab's script does, and
// what an application has to tell, is asked for by nobody else. The reference is cut off in no window.
func TestEveryEventIsExplained(t *testing.T) {
	for _, name := range labs.Names() {
		s := show(t, lab(t, name), 120, 36)
		for press(t, s, "."); s.cursor < min(s.all.Last(), 400); press(t, s, ".") {
			e, _ := s.all.Event(s.cursor)
			if e.Kind == trace.Note || (e.Kind == trace.Call || e.Kind == trace.Failed) && e.Flow.IsZero() {
				continue
			}
			for _, width := range []int{60, 80, 120} {
				resize(s, width, 36)
				said := ansi.Strip(s.said(map[bool]int{true: 2, false: 1}[s.layout() == wide]))
				require.Regexp(t, `(RFC \d+|IEEE 802\.\w+)( §[A-Z]?[\d.]*)? *(\n *)?$`, said, "%s, event %d, %s", name, s.cursor, e.Kind)
			}
		}
	}
}

// TestCauseIsNamed: a change of the congestion window names the packet that led to it.
func TestCauseIsNamed(t *testing.T) {
	s := show(t, lab(t, "lossy-upload"), 120, 36)
	for press(t, s, "}"); ; press(t, s, "}") {
		if e, _ := s.all.Event(s.cursor); e.Kind == trace.Congestion {
			break
		}
		require.NotContains(t, s.notice, "no milestone")
	}
	require.Regexp(t, `Cause: packet \d+\s+arrived at h1\.\s+RFC 6675 §5`, ansi.Strip(s.text()))
}

// TestFragment: a fragment that begins in the middle of a packet has no layers above the network to show. An ICMP message is
// explained by its type, not by the datagram that it quotes.
func TestFragment(t *testing.T) {
	s := show(t, lab(t, "mtu"), 120, 36)
	for press(t, s, "."); s.packet < 3; press(t, s, ".") {
		require.Less(t, s.cursor, s.all.Last())
	}
	require.Contains(t, ansi.Strip(s.text()), "4 to 7 · part of a larger packet")
	require.NotContains(t, ansi.Strip(s.text()), "no TLS here")

	s = show(t, lab(t, "refused"), 120, 36)
	press(t, s, ">")
	require.Contains(t, ansi.Strip(s.text()), "octet 20: Type")
}

// TestEthernetGoldens: a lab with a switch. Layer 2 is a box like the others, ARP is told in plain words, and the map shows
// what hangs on the switch.
func TestEthernetGoldens(t *testing.T) {
	for _, size := range [][2]int{{120, 36}, {80, 24}} {
		for _, at := range []struct {
			name string
			keys string
		}{
			{"question", "......."},
			{"ping", "......................"},
		} {
			name := fmt.Sprintf("switched-%s-%dx%d", at.name, size[0], size[1])
			t.Run(name, func(t *testing.T) {
				s := show(t, lab(t, "switched"), size[0], size[1])
				press(t, s, strings.Split(at.keys, "")...)
				exact(t, size[0], size[1], s.text())
				golden(t, name, ansi.Strip(s.text()))
			})
		}
	}
}
