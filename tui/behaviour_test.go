package tui

import (
	"errors"
	"net/netip"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/charmbracelet/x/ansi"
	"github.com/stretchr/testify/require"

	"netlab/link"
	"netlab/sim"
	"netlab/timeline"
	"netlab/trace"
)

func TestCycle(t *testing.T) {
	f := link.Faults{Loss: 0.1, Delay: 20 * time.Millisecond, Rate: 100_000_000}
	require.Equal(t, 0.25, cycle(f, Loss).Loss)
	require.Zero(t, cycle(link.Faults{Loss: 1}, Loss).Loss)
	require.Equal(t, 50*time.Millisecond, cycle(f, Delay).Delay)
	require.Zero(t, cycle(link.Faults{Delay: time.Hour}, Delay).Delay)
	require.Equal(t, int64(10_000_000), cycle(f, Bandwidth).Rate)
	require.Zero(t, cycle(link.Faults{Rate: 50_000}, Bandwidth).Rate)
	require.Equal(t, 0.01, cycle(f, Corrupt).Corrupt)
	require.Equal(t, 0.01, cycle(f, Duplicate).Duplicate)
	require.Equal(t, 0.01, cycle(f, Reorder).Reorder)
	require.True(t, cycle(f, Down).Down)
	require.Equal(t, f, cycle(cycle(f, Down), Down))
	require.Equal(t, f.Loss, cycle(f, Delay).Loss, "the others stay")
}

// TestFaultKeys: capitals change the selected link.
func TestFaultKeys(t *testing.T) {
	src := upload()
	s := show(t, src, 120, 36)
	press(t, s, "L", "l", "X", "K", "W", "P")
	require.Equal(t, []Change{
		{Link: "r1-r2", Cycle: Loss},
		{Link: "r2-h2", Drop: true},
		{Link: "r2-h2", Clear: true},
		{Link: "r2-h2", Cycle: Bandwidth},
		{Link: "r2-h2", Cycle: Down},
	}, src.changes)
	require.Equal(t, 0.25, src.links[1].Up.Loss)
	require.Contains(t, ansi.Strip(s.text()), "changed r2-h2")
	require.Contains(t, ansi.Strip(s.text()), "W bandwidth 100M")
}

func TestEveryBindingIsUnique(t *testing.T) {
	seen := map[string]bool{}
	for _, b := range labKeys() {
		require.NotEmpty(t, b.long)
		for _, k := range b.keys {
			require.False(t, seen[k], k)
			seen[k] = true
			changes := b.do >= cycleLoss && b.do <= clearFaults
			require.Equal(t, changes, len(k) == 1 && k[0] >= 'A' && k[0] <= 'Z', "capitals, and they alone, change the network: %s", k)
		}
	}
}

// TestHelpRunsALine: ?, some letters, Enter.
func TestHelpRunsALine(t *testing.T) {
	src := upload()
	s := show(t, src, 120, 36)
	press(t, s, "?")
	for _, r := range "duplicate" {
		press(t, s, string(r))
	}
	require.Contains(t, ansi.Strip(s.text()), "duplicate packets on the selected link")
	press(t, s, "enter")
	require.Nil(t, s.over)
	require.Equal(t, []Change{{Link: "r1-r2", Cycle: Duplicate}}, src.changes)
	press(t, s, "?", "z", "z", "z", "enter", "?", "esc")
	require.Nil(t, s.over)
	require.False(t, s.zoomed)
}

// TestPlay lets time pass: the cursor follows the run's clock, packets move along their link, and the end stops it.
func TestPlay(t *testing.T) {
	s := show(t, upload(), 120, 36)
	press(t, s, "space", "]", "[") // 0.1x
	at := epoch()
	pass := func() {
		at = at.Add(frame)
		s.Update(tickMsg(at))
	}
	pass()
	require.InDelta(t, 0.1*float64(frame), float64(s.clock), float64(time.Microsecond))
	require.Len(t, s.flights(), 1)
	f := s.flights()[0]
	require.Equal(t, "h1", f.from)
	require.Equal(t, "r1", f.to)
	require.InDelta(t, 3.3/5, f.along, 0.001)
	for n := 0; s.playing; n++ {
		require.Less(t, n, 1000)
		before := s.cursor
		pass()
		require.GreaterOrEqual(t, s.cursor, before)
	}
	require.Equal(t, s.all.Last(), s.cursor)
	require.Contains(t, ansi.Strip(s.text()), "the run is over")
	require.False(t, s.ticking, "nothing changes: no tick")
}

// TestQuietTimesAreShort: an idle hour takes about a second.
func TestQuietTimesAreShort(t *testing.T) {
	src := upload()
	src.at += time.Hour
	src.event(trace.Event{Kind: trace.TimerExpired, Host: "h1", Say: "wakes up"})
	s := show(t, src, 80, 24)
	press(t, s, ">", ",", "space")
	ticks := 0
	for at := epoch(); s.playing; ticks++ {
		require.Less(t, ticks, 100)
		at = at.Add(frame)
		s.Update(tickMsg(at))
		if s.playing {
			require.Contains(t, ansi.Strip(s.text()), "WAITING")
		}
	}
	require.Greater(t, ticks, 10)
}

func TestFlights(t *testing.T) {
	src := upload()
	all := src.View()
	first := all.NextMilestone(2) - 1 // the SYN-ACK has arrived
	require.Empty(t, inFlight(all, first, epoch().Add(60*time.Millisecond), 0))
	flights := inFlight(all, 3, epoch().Add(time.Millisecond), 0)
	require.Equal(t, []flight{{number: 1, from: "h1", to: "r1", along: 0.2}}, flights)
	var lossID trace.ID
	for _, id := range all.Milestones() {
		if e, _ := all.Event(id); e.Kind == trace.Lost {
			lossID = id
		}
	}
	e, _ := all.Event(lossID)
	require.Equal(t, []flight{{number: 5, from: "r1", to: "r2", along: 0.5, lost: true}}, inFlight(all, lossID, e.At, 0))
	require.NotContains(t, inFlight(all, lossID+2, e.At.Add(time.Second), 0), flight{number: 5, from: "r1", to: "r2", along: 0.5, lost: true})
}

// TestFollow: a packet chosen by hand stays chosen until the user goes on in time.
func TestFollow(t *testing.T) {
	s := show(t, upload(), 120, 36)
	press(t, s, ">", "up", "up")
	require.Equal(t, 11, s.packet)
	require.Contains(t, ansi.Strip(s.text()), "not following")
	press(t, s, ",")
	require.True(t, s.follow)
}

// TestForgetting: a live store that forgets its beginning does not confuse the list.
func TestForgetting(t *testing.T) {
	src := upload()
	all := src.View()
	e, _ := all.Event(3)
	store := timeline.New(1)
	l := NewLive(LiveOptions{Title: "up", Store: store, Start: epoch(), Hosts: [2]Host{src.Hosts()[0], src.Hosts()[3]}, Link: "tun"})
	s := show(t, l, 120, 36)
	press(t, s, "space")
	for i := range 2000 {
		store.Append(trace.Event{Kind: trace.Sent, Host: "h2", At: epoch().Add(time.Duration(i) * time.Millisecond), Octets: e.Octets, Say: "sends it"})
		if i%100 == 0 {
			s.Update(tickMsg(epoch()))
			exact(t, 120, 36, s.text())
		}
	}
	s.Update(tickMsg(epoch()))
	require.Equal(t, store.View().Last(), s.cursor)
	require.Equal(t, 2000, s.packet)
	require.Contains(t, ansi.Strip(s.text()), "older events forgotten")
	press(t, s, "space", "<")
	require.Equal(t, s.all.First()-1, s.cursor)
	exact(t, 120, 36, s.text())
}

func TestLiveFaults(t *testing.T) {
	var set link.Faults
	dropped := 0
	failing := errors.New("no")
	l := NewLive(LiveOptions{
		Link: "tun", Hosts: [2]Host{{Name: "you"}, {Name: "netlab"}}, Store: timeline.New(0),
		Set: func(f link.Faults) error {
			if f.Loss > 0.05 {
				return failing
			}
			set = f
			return nil
		},
		Drop: func(n int) error { dropped += n; return nil },
	})
	notice, err := l.Change(0, Change{Link: "tun", Cycle: Loss})
	require.NoError(t, err)
	require.Equal(t, "tun: loss 1%", notice)
	require.Equal(t, 0.01, set.Loss)
	require.Equal(t, set, l.Links(0)[0].Up)
	_, err = l.Change(0, Change{Link: "tun", Cycle: Loss})
	require.NoError(t, err)
	_, err = l.Change(0, Change{Link: "tun", Cycle: Loss})
	require.ErrorIs(t, err, failing)
	require.Equal(t, 0.05, l.Links(0)[0].Up.Loss, "what failed did not happen")
	_, err = l.Change(0, Change{Link: "tun", Drop: true})
	require.NoError(t, err)
	require.Equal(t, 1, dropped)
	_, err = NewLive(LiveOptions{}).Change(0, Change{Drop: true})
	require.ErrorIs(t, err, errNoFaults)
}

// TestLiveScreen: packets pass by, a fault is seen at once, and a stopped view says how much is new.
func TestLiveScreen(t *testing.T) {
	src := upload()
	first, _ := src.View().Event(3)
	store := timeline.New(0)
	ends := [2]Host{src.Hosts()[0], src.Hosts()[3]}
	l := NewLive(LiveOptions{Title: "netlab up", Store: store, Start: epoch(), Hosts: ends, Link: "tun", Set: func(link.Faults) error { return nil }})
	s := newScreen(l, Options{Theme: themeNone})
	resize(s, 120, 36)
	require.Contains(t, ansi.Strip(s.text()), "send something to this host")
	store.Append(trace.Event{Kind: trace.Received, Host: "h2", Link: "tun", At: epoch(), Octets: first.Octets, Say: "receives a packet of %d octets", Args: [4]int64{48}})
	store.Append(trace.Event{Kind: trace.Sent, Host: "h2", Link: "tun", At: epoch().Add(50 * time.Millisecond), Octets: first.Octets, Say: "answers"})
	s.Update(tickMsg(epoch()))
	require.Equal(t, []flight{{number: 2, from: "h2", to: "h1"}, {number: 1, from: "h1", to: "h2", along: 0.5}}, s.flights())
	text := ansi.Strip(s.text())
	require.Contains(t, text, "▶ LIVE  t 0.050000 s")
	require.Contains(t, text, "◂2")
	require.Contains(t, text, "1▸")
	press(t, s, "L")
	require.Contains(t, ansi.Strip(s.text()), "loss 1%")
	require.Contains(t, ansi.Strip(strings.Join(strings.Split(s.text(), "\n")[:9], "\n")), "loss 1%", "on the map too")
	press(t, s, "space")
	store.Append(trace.Event{Kind: trace.Sent, Host: "h2", Link: "tun", At: epoch().Add(time.Second), Octets: first.Octets, Say: "answers"})
	s.Update(tickMsg(epoch()))
	require.Contains(t, ansi.Strip(s.text()), "1 new")
	require.Equal(t, 2, s.packet)
	press(t, s, ".", ".")
	require.Equal(t, 3, s.packet)
	require.Contains(t, ansi.Strip(s.text()), "nothing has happened after this yet")
}

func TestHome(t *testing.T) {
	src := upload()
	entries := []Entry{
		{Section: "Labs", Name: "hello", Title: "Two hosts and a cable", About: "h1 asks h2 whether it is there, then fetches a page.", Open: func() (Source, error) { return nil, errors.New("it is broken") }},
		{Section: "Labs", Name: "lossy-upload", Title: "An upload over a lossy link", About: "One packet in ten is lost.", Open: func() (Source, error) { return src, nil }},
		{Section: "This machine", Key: "d", Name: "doctor", Title: "What this machine can do", About: "Looks.", Report: func() string { return "TUN: yes" }},
	}
	h := newHome(entries, Options{Theme: themeNone, Paused: true, Version: "v0.1"})
	for _, size := range [][2]int{{120, 36}, {80, 24}, {40, 12}, {20, 5}, {1, 1}} {
		resize(h, size[0], size[1])
		exact(t, size[0], size[1], h.text())
	}
	resize(h, 80, 24)
	h.Update(keyPress("enter"))
	h.Update(openedMsg{err: errors.New("it is broken")})
	require.Contains(t, ansi.Strip(h.text()), "! it is broken")
	h.Update(keyPress("down"))
	_, cmd := h.Update(keyPress("enter"))
	_, _ = h.Update(cmd())
	require.NotNil(t, h.open)
	require.Contains(t, ansi.Strip(h.View().Content), "event 0 of")
	_, cmd = h.Update(keyPress("q"))
	cmd()
	require.Nil(t, h.open)
	require.True(t, src.closed)
	_, cmd = h.Update(keyPress("d"))
	h.Update(cmd())
	require.Contains(t, ansi.Strip(h.text()), "TUN: yes")
	h.Update(keyPress("?"))
	require.Contains(t, ansi.Strip(h.text()), "CAPITALS")
	h.Update(keyPress("q"))
	h.clickOn(t, "lossy-upload")
	require.Equal(t, 1, h.selected)
	require.False(t, h.opening)
	h.clickOn(t, "lossy-upload")
	require.True(t, h.opening, "a click on what is selected starts it")
	h.Update(openedMsg{err: errors.New("it is broken")})
	h.clickOn(t, "? help")
	require.True(t, h.helping)
	h.Update(keyPress("q"))
	h.Update(keyPress("q"))
	require.Equal(t, back, h.done)
	require.True(t, strings.HasPrefix(ansi.Strip(h.text()), " netlab"))
}

// TestListOfLinks: a network that is no chain is drawn as a list, with the packets of each link together.
func TestListOfLinks(t *testing.T) {
	p := networkPane{
		look: newLook(themeNone, false), selected: 1, hosts: []Host{{Name: "h1"}, {Name: "h2"}, {Name: "h3"}, {Name: "r1"}},
		links: []sim.LinkState{{A: "h1", B: "r1"}, {A: "h2", B: "r1", Up: link.Faults{Delay: time.Millisecond}}, {A: "h3", B: "r1"}},
		flights: []flight{
			{number: 3, from: "h1", to: "r1"},
			{number: 4, from: "h1", to: "r1"},
			{number: 9, from: "h1", to: "r1"},
			{number: 5, from: "r1", to: "h2", again: true},
			{number: 6, from: "h3", to: "r1", lost: true},
			{number: 7, from: "h3", to: "r1", lost: true},
		},
	}
	require.Equal(t, []string{
		"   h1 ── r1    9+2▸r1",
		" ▶ h2 ── r1  1ms  5▸h2↻",
		"   h3 ── r1    6–7✗",
	}, strings.Split(regexp.MustCompile(" +(\n|$)").ReplaceAllString(ansi.Strip(p.View(60, 4)), "$1"), "\n")[1:])
}

// TestTheMapOfASwitch: hosts that hang on the line's hosts stand below it, a packet to one of them is drawn on its way there, and
// what is no such network is a list.
func TestTheMapOfASwitch(t *testing.T) {
	s := show(t, lab(t, "switched"), 120, 36)
	press(t, s, ".", ".", ".", ".", ".", ".", ".", ".") // the question is on its way to h2 and h3
	text := ansi.Strip(s.text())
	require.Regexp(t, `\[h1\]─+\[s1\]1▸━+\[h2\]`, text)
	require.Regexp(t, `└1▸─+\[h3\] client 10\.0\.1\.30`, text)

	ring := []sim.LinkState{{Name: "a-b", A: "a", B: "b"}, {Name: "b-c", A: "b", B: "c"}, {Name: "c-a", A: "c", B: "a"}}
	p := networkPane{look: s.look, hosts: []Host{{Name: "a"}, {Name: "b"}, {Name: "c"}}, links: ring}
	require.Contains(t, ansi.Strip(p.View(72, 6)), "a ── b")
	star := networkPane{look: s.look}
	for _, name := range []string{"s", "a", "b", "c", "d", "e", "f"} {
		star.hosts = append(star.hosts, Host{Name: name})
		if name != "s" {
			star.links = append(star.links, sim.LinkState{Name: "s-" + name, A: "s", B: name})
		}
	}
	require.Contains(t, ansi.Strip(star.View(72, 8)), "├────────────[c]")
	require.Contains(t, ansi.Strip(star.View(72, 8)), "└────────────[f]")
	require.Contains(t, ansi.Strip(star.View(72, 7)), "s ── f", "too low for so many branches")
}

// What is wrong with a link does not run into the captions of the hosts beside it.
func TestLinkLabelsStayBesideCaptions(t *testing.T) {
	up := link.Faults{Delay: 15590 * time.Microsecond, Loss: 0.01}
	addr := func(a string) []netip.Addr { return []netip.Addr{netip.MustParseAddr(a)} }
	p := networkPane{
		look: newLook(themeNone, false), hosts: []Host{{Name: "h1", Role: "client", Addrs: addr("192.168.100.101")}, {Name: "tap"}, {Name: "h2", Role: "server", Addrs: addr("192.168.100.102")}},
		links: []sim.LinkState{{Name: "h1-tap", A: "h1", B: "tap", Up: up, Down: up}, {Name: "tap-h2", A: "tap", B: "h2", Up: up, Down: up}},
	}
	for width := 36; width < 100; width++ {
		lines := strings.Fields(ansi.Strip(p.View(width, 7)))
		require.Contains(t, lines, "192.168.100.101", "%d\n%s", width, p.View(width, 7))
		require.Contains(t, lines, "192.168.100.102", "%d\n%s", width, p.View(width, 7))
	}
	p.links[0].Down = link.Faults{Delay: 2 * time.Millisecond}
	require.Contains(t, ansi.Strip(p.View(110, 7)), "→ 15.59ms · loss 1% · ← 2ms")
	require.Contains(t, ansi.Strip(p.View(80, 7)), "15.59ms · loss 1%")
}
