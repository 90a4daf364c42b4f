package tui

import (
	"fmt"

	tea "charm.land/bubbletea/v2"

	"netlab/trace"
)

// job is work that is done off the Update goroutine, and what follows it.
type job struct {
	run   func(cursor trace.ID) (notice string, err error) // cursor: where it was when the job began
	after func(*screen)
}

type jobDone struct {
	notice string
	err    error
}

// record has more of a simulated run recorded if the cursor is near the end of what is.
func (s *screen) record() tea.Cmd {
	if s.src.Live() || s.ended || len(s.jobs) > 0 || s.all.Last() >= s.cursor+ahead {
		return nil
	}
	wanted := s.cursor + ahead
	src := s.src
	return s.enqueue(job{run: func(trace.ID) (string, error) { src.Extend(wanted); return "", nil }})
}

// enqueue adds a job, and starts it if no other is under way.
func (s *screen) enqueue(j job) tea.Cmd {
	s.jobs = append(s.jobs, j)
	if len(s.jobs) > 1 {
		return nil
	}
	return s.startJob()
}

func (s *screen) startJob() tea.Cmd {
	run, cursor := s.jobs[0].run, s.cursor
	return func() tea.Msg {
		notice, err := run(cursor)
		return jobDone{notice, err}
	}
}

func (s *screen) onJobDone(msg jobDone) tea.Cmd {
	done := s.jobs[0]
	s.jobs = s.jobs[1:]
	s.jobsDone++
	s.refresh()
	if msg.notice != "" {
		s.notice = msg.notice
	}
	if msg.err != nil {
		s.notice = fmt.Sprint("! ", msg.err)
	}
	if done.after != nil {
		done.after(s)
	}
	if len(s.jobs) > 0 {
		return s.startJob()
	}
	return tea.Batch(s.tick(), s.record())
}

// change has the network changed at the cursor by one of the capital keys.
func (s *screen) change(a action) tea.Cmd {
	l, ok := s.selectedLink()
	if !ok {
		s.notice = "there is no link to change"
		return nil
	}
	c := Change{Link: l.Name}
	switch a {
	case cycleLoss:
		c.Cycle = Loss
	case cycleDelay:
		c.Cycle = Delay
	case cycleReorder:
		c.Cycle = Reorder
	case cycleDuplicate:
		c.Cycle = Duplicate
	case cycleCorrupt:
		c.Cycle = Corrupt
	case cycleBandwidth:
		c.Cycle = Bandwidth
	case pullPlug:
		c.Cycle = Down
	case dropNext:
		c.Drop = true
	case clearFaults:
		c.Clear = true
	}
	src := s.src
	return s.enqueue(job{
		run:   func(cursor trace.ID) (string, error) { return src.Change(cursor, c) },
		after: (*screen).passFault,
	})
}

// passFault moves the cursor over the event that says that the user changed the network.
func (s *screen) passFault() {
	if s.src.Live() {
		return
	}
	clock := s.clock
	if e, ok := s.all.Event(s.cursor + 1); ok && e.Kind == trace.Fault {
		s.moveTo(s.cursor + 1)
	}
	s.cursor = min(s.cursor, s.all.Last())
	s.clock = max(s.clock, clock)
	s.followCursor()
}

// otherFuture shows another future of a simulated run, from where it parts from this one.
func (s *screen) otherFuture() tea.Cmd {
	src := s.src
	var parting trace.ID
	gone := false
	return s.enqueue(job{
		run: func(trace.ID) (notice string, err error) {
			if parting, err = src.NextFuture(); err != nil {
				return "", err
			}
			gone = true
			seen, kept := src.Futures()
			return fmt.Sprintf("future %c of %d: it parts from the one before after event %d", 'A'+seen, kept, parting), nil
		},
		after: func(s *screen) {
			if gone && parting < s.cursor {
				s.follow = true
				s.moveTo(parting)
			}
		},
	})
}
