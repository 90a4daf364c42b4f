package tui

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"time"

	tea "charm.land/bubbletea/v2"
)

// work is a file being written, off the Update goroutine.
type work struct {
	name string
	stop context.CancelFunc
	done *atomic.Int64 // steps
	all  int64         // of so many; 0: nobody knows
	over chan struct{} // closed when nothing is written any more
}

type workTick struct{}

// write has a file written. Nothing is written over; what could not be written to its end is taken away. all is how many times fill calls
// its last argument.
func (r *replay) write(name string, all int, fill func(ctx context.Context, w io.Writer, step func()) (said string, err error)) (wrong string, cmd tea.Cmd) {
	if r.work != nil {
		return r.work.name + " is still being written: Esc stops that", nil
	}
	ctx, stop := context.WithCancel(context.Background())
	w := &work{name: name, stop: stop, done: &atomic.Int64{}, all: int64(all), over: make(chan struct{})}
	r.work = w
	return "", tea.Batch(workTicks(), func() tea.Msg {
		defer close(w.over)
		defer stop()
		said, err := createNew(name, func(out io.Writer) (string, error) { return fill(ctx, out, func() { w.done.Add(1) }) })
		return did(func(r *replay) tea.Cmd {
			r.work, r.notice = nil, said
			switch {
			case errors.Is(err, context.Canceled):
				r.notice = "stopped: " + name + " was not written"
			case err != nil:
				r.notice = "! " + err.Error()
			}
			return nil
		})
	})
}

// abandon stops the writing when the screen is left, and waits until what was begun is taken away.
func (w *work) abandon() {
	if w == nil {
		return
	}
	w.stop()
	select {
	case <-w.over:
	case <-time.After(time.Second):
	}
}

func workTicks() tea.Cmd {
	return tea.Tick(100*time.Millisecond, func(time.Time) tea.Msg { return workTick{} })
}

// words say how far the writing is.
func (w *work) words() string {
	share := ""
	if done := w.done.Load(); w.all > 0 {
		share = fmt.Sprintf("  %d %%", 100*min(done, w.all)/w.all)
	}
	return "writing " + w.name + share + "  Esc stops"
}

// createNew makes a file that was not there before, whole or not at all.
func createNew(name string, fill func(io.Writer) (string, error)) (said string, err error) {
	out, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o666)
	if errors.Is(err, fs.ErrExist) {
		return "", fmt.Errorf("%s is there already, and is left as it is: choose another name", name)
	}
	if err != nil {
		return "", fmt.Errorf("%s cannot be written: %w", name, cause(err))
	}
	said, err = fill(out)
	if closed := out.Close(); err == nil {
		err = closed
	}
	if err != nil {
		_ = os.Remove(name)
		if !errors.Is(err, context.Canceled) {
			err = fmt.Errorf("%s cannot be written: %w", name, cause(err))
		}
	}
	return said, err
}

// cause is what the system says, without the operation and the name.
func cause(err error) error {
	var path *fs.PathError
	if errors.As(err, &path) {
		return path.Err
	}
	return err
}

// baseName is the name of the capture without its ending: what is made of it is named after it.
func (r *replay) baseName() string { return strings.TrimSuffix(r.name, filepath.Ext(r.name)) }
