package tui

import (
	"bufio"
	"context"
	"os"
	"path/filepath"

	tea "charm.land/bubbletea/v2"

	"netlab/capture"
	"netlab/narrate"
	"netlab/timeline"
	"netlab/trace"
)

// openCapture shows what happened so far as a capture, in one of its views: what TLS said, what HTTP, who talked with whom. It is a screen inside this one,
// which stands still meanwhile.
func (s *screen) openCapture(a action) tea.Cmd {
	src, view := s.src, s.now()
	if view.Packets() == 0 {
		s.notice = "nothing was sent yet"
		return nil
	}
	var f *capture.File
	return s.enqueue(job{
		run: func(trace.ID) (notice string, err error) {
			f, err = captureOf(view, src.KeyLog())
			return "", err
		},
		after: func(s *screen) {
			if f == nil {
				return
			}
			o := s.opts
			o.Theme, o.ASCII, o.mouseOff, o.Opened = s.look.name, s.look.ascii, s.mouseOff, nil
			s.playing = s.playing && s.src.Live()
			s.inner = newReplay(f, "run", o)
			s.inner.inside = true
			if oldest, ok := view.Packet(0); ok && s.packet > 0 {
				s.inner.selected = min(max(1, s.packet-oldest.Number+1), s.inner.packets)
			}
			to, _ := sceneFor(a)
			s.inner.show(to)
		},
	})
}

// captureOf makes a capture of a run. Its file is gone from the folder when this returns, where the system allows that.
func captureOf(view timeline.View, keyLog []byte) (*capture.File, error) {
	dir, err := os.MkdirTemp("", "netlab-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	out, err := os.Create(filepath.Join(dir, "run.pcapng"))
	if err != nil {
		return nil, err
	}
	defer out.Close()
	w := bufio.NewWriter(out)
	if err := narrate.Pcapng(view, w, narrate.PcapngOptions{KeyLog: keyLog}); err != nil {
		return nil, err
	}
	if err := w.Flush(); err != nil {
		return nil, err
	}
	f, err := capture.Open(out.Name())
	if err != nil {
		return nil, err
	}
	if err := f.Load(context.Background(), nil); err != nil {
		f.Close()
		return nil, err
	}
	return f, nil
}

// startInner has the screen inside begin, when there is a new one.
func (s *screen) startInner() tea.Cmd {
	if s.inner == nil || s.inner.width > 0 {
		return nil
	}
	return tea.Batch(tagged(s.inner, s.inner.Init()), s.within(tea.WindowSizeMsg{Width: s.width, Height: s.height}))
}

// within hands a message to the screen inside, and comes back when that is left.
func (s *screen) within(msg tea.Msg) tea.Cmd {
	inner := s.inner
	_, cmd := inner.Update(msg)
	if inner.left() == stays {
		return tagged(inner, cmd)
	}
	s.inner = nil
	inner.close()
	if inner.left() == quit {
		s.done = quit
		return tea.Quit
	}
	return tea.Batch(s.tick(), s.record())
}
