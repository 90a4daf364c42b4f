package tui

import (
	"time"

	tea "charm.land/bubbletea/v2"

	"netlab/timeline"
	"netlab/trace"
)

// frame is how often the screen looks at what is recorded while something changes, and idle how often
// it asks a live source whether something has.
const (
	frame = 33 * time.Millisecond
	idle  = 200 * time.Millisecond
)

// ahead is how many events are recorded beyond the cursor, so that the future is there when it is wanted.
const ahead = 5000

type tickMsg time.Time

// playback carries out the keys that move in time.
func (s *screen) playback(a action) tea.Cmd {
	switch a {
	case playPause:
		s.playing = !s.playing
		s.follow = true
		s.ticked = time.Time{}
		if s.playing && s.src.Live() {
			s.moveTo(s.all.Last())
		}
		if s.playing && s.atEnd() {
			s.playing = false
			s.notice = "the run is over: nothing more happens. < goes to the start"
		}
		return tea.Batch(s.tick(), s.record())
	case faster:
		s.shiftSpeed(1)
		return nil
	case slower:
		s.shiftSpeed(-1)
		return nil
	}
	s.playing = false
	s.follow = true
	switch a {
	case stepForward:
		s.step()
	case stepBack:
		if s.cursor > s.all.First()-1 {
			s.moveTo(s.cursor - 1)
		}
	case nextMilestone:
		if id := s.all.NextMilestone(s.cursor); id != 0 {
			s.moveTo(id)
		} else {
			s.moveTo(s.all.Last())
			s.notice = "no milestone after this; here ends what is recorded"
		}
	case prevMilestone:
		s.moveTo(max(s.all.PrevMilestone(s.cursor), s.all.First()-1))
	case toStart:
		s.moveTo(s.all.First() - 1)
	case toEnd:
		s.moveTo(s.all.Last())
	}
	return tea.Batch(s.tick(), s.record())
}

func (s *screen) step() {
	switch {
	case s.cursor < s.all.Last():
		s.moveTo(s.cursor + 1)
	case s.ended:
		s.notice = "the run is over: nothing more happens"
	case s.src.Live():
		s.notice = "nothing has happened after this yet"
	}
}

// atEnd reports whether the cursor is behind the last event that will ever be.
func (s *screen) atEnd() bool { return s.ended && s.cursor >= s.all.Last() && len(s.jobs) == 0 }

// moveTo puts the cursor right after an event and the clock to its time.
func (s *screen) moveTo(id trace.ID) {
	s.cursor = min(max(id, s.all.First()-1), s.all.Last())
	s.clock, s.scroll, s.waiting = 0, 0, false
	if e, ok := s.all.Event(s.cursor); ok {
		s.clock = e.At.Sub(s.start())
	}
	s.followCursor()
}

// followCursor selects the packet that the latest event is about. If it is about none, that is the packet that led to it:
// the one whose arrival changed a state, for example. What no packet led to, as the end of a timer, leaves the one before.
func (s *screen) followCursor() {
	now := s.now()
	if !s.follow {
		if p, ok := s.selected(); ok && p.ID <= s.cursor {
			return
		}
		s.follow = true
	}
	for id := s.cursor; id >= now.First(); id-- {
		if p, ok := packetBehind(now, id); ok {
			s.packet = p.Number
			return
		}
	}
	s.packet = 0
}

// packetBehind returns the packet that an event is about, or else the one that its cause is about, and so on.
func packetBehind(v timeline.View, id trace.ID) (timeline.Packet, bool) {
	if e, ok := behind(v, id); ok {
		return v.PacketOf(e.ID)
	}
	return timeline.Packet{}, false
}

// behind returns the first event that is about a packet of an event, its cause, the cause of that, and so on; if there is none,
// the last of them, with which all began.
func behind(v timeline.View, id trace.ID) (*trace.Event, bool) {
	e, ok := v.Event(id)
	for ok && e.Packet == 0 && e.Cause < e.ID { // causes come first
		cause, there := v.Event(e.Cause)
		if !there {
			break
		}
		e = cause
	}
	return e, ok
}

// onTick lets the time pass since the last tick, and looks at what is new.
func (s *screen) onTick(msg tickMsg) tea.Cmd {
	s.ticking = false
	passed := s.passed(time.Time(msg))
	s.refresh()
	if s.playing && len(s.jobs) == 0 {
		s.play(passed)
	}
	return tea.Batch(s.tick(), s.record())
}

// play moves the clock on by so much real time, and the cursor with it.
func (s *screen) play(passed time.Duration) {
	if s.src.Live() {
		if s.cursor != s.all.Last() {
			s.moveTo(s.all.Last())
		}
		return
	}
	next, ok := s.all.Event(s.cursor + 1)
	if !ok {
		if s.atEnd() {
			s.playing = false
			s.notice = "the run is over: nothing more happens. < goes to the start"
		}
		return
	}
	start := s.start()
	s.clock += s.player.step(passed, next.At.Sub(start)-s.clock, s.quiet(next.At), len(s.flights()) > 0)
	for ok && next.At.Sub(start) <= s.clock {
		s.cursor++
		next, ok = s.all.Event(s.cursor + 1)
	}
	if !ok && s.ended {
		if e, there := s.all.Event(s.cursor); there {
			s.clock = e.At.Sub(start)
		}
	}
	s.followCursor()
}

// quiet is how long nothing happens from the latest event to the next.
func (s *screen) quiet(next time.Time) time.Duration {
	if e, ok := s.all.Event(s.cursor); ok {
		return next.Sub(e.At)
	}
	return next.Sub(s.start())
}

const ownPace = "a live network has its own speed; space stops the view"

func (s *screen) shiftSpeed(direction int) {
	if s.src.Live() {
		s.notice = ownPace
		return
	}
	s.shift(direction)
}

// tick asks for the next tick, if there will be anything to do.
func (s *screen) tick() tea.Cmd {
	after := frame
	switch {
	case s.ticking:
		return nil
	case s.src.Live() && s.src.View().Last() == s.all.Last():
		after = idle
	case s.src.Live(), s.playing:
	default:
		s.ticked = time.Time{}
		return nil
	}
	s.ticking = true
	return tea.Tick(after, func(t time.Time) tea.Msg { return tickMsg(t) })
}
