package tui

import (
	"errors"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"

	tea "charm.land/bubbletea/v2"
)

// ErrInterrupted is returned when the user pressed Ctrl-C.
var ErrInterrupted = errors.New("tui: interrupted")

// Run shows a run on the terminal until the user leaves it, and closes the source. The terminal is restored
// whatever happens: also after a panic, and when the process is asked to terminate.
func Run(src Source, o Options) error {
	s := newScreen(src, o.detect(os.Getenv))
	defer s.close()
	if err := run(s, os.Stdin, os.Stdout); err != nil {
		return err
	}
	return s.done.err()
}

func (o outcome) err() error {
	if o == quit {
		return ErrInterrupted
	}
	return nil
}

// run runs a model on a terminal, and ends when the terminal is closed.
func run(m tea.Model, in io.Reader, out io.Writer, more ...tea.ProgramOption) error {
	p := tea.NewProgram(m, append([]tea.ProgramOption{tea.WithInput(in), tea.WithOutput(out), tea.WithFPS(60)}, more...)...)
	closed, over := make(chan os.Signal, 1), make(chan struct{})
	defer close(over)
	if !signal.Ignored(syscall.SIGHUP) {
		signal.Notify(closed, syscall.SIGHUP)
		defer signal.Stop(closed)
	}
	go func() {
		select {
		case <-closed:
			p.Quit()
		case <-over:
		}
	}()
	_, err := p.Run()
	if errors.Is(err, tea.ErrInterrupted) {
		return ErrInterrupted
	}
	return err
}

// detect fills in what the environment says: colours (NO_COLOR) and characters (the locale).
func (o Options) detect(getenv func(string) string) Options {
	if getenv("NO_COLOR") != "" {
		o.Theme = themeNone
	}
	o.ASCII = o.ASCII || !unicodeLocale(getenv)
	return o
}

// unicodeLocale reports whether the locale's characters are encoded in UTF-8. If no variable says anything,
// they are taken to be.
func unicodeLocale(getenv func(string) string) bool {
	for _, name := range []string{"LC_ALL", "LC_CTYPE", "LANG"} {
		if v := strings.ToLower(getenv(name)); v != "" {
			return strings.Contains(v, "utf-8") || strings.Contains(v, "utf8")
		}
	}
	return true
}
