package netns

import (
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"syscall"

	"golang.org/x/sys/unix"
)

// Exit codes of commands that did not run, as shells give them.
const (
	exitCannotRun = 126
	exitNotFound  = 127
)

// Client is a connection to the holder of a namespace, for one command.
type Client struct {
	conn *net.UnixConn
}

// Connect reaches the namespace that listens on socket. The error is ErrNotRunning when there is none.
func Connect(socket string) (*Client, error) {
	conn, err := net.DialUnix("unix", nil, &net.UnixAddr{Name: socket, Net: "unix"})
	if errors.Is(err, unix.ENOENT) || errors.Is(err, unix.ECONNREFUSED) {
		return nil, ErrNotRunning
	}
	if err != nil {
		return nil, fmt.Errorf("netns: %w", err)
	}
	return &Client{conn}, nil
}

// Close ends the connection. A command that still runs is hung up, and killed a second later.
func (c *Client) Close() error { return c.conn.Close() }

// Run runs a command in the namespace and returns its exit code; 128 + n if signal n ended it. When the command
// could not be run at all, it returns 127 (not found) or 126, as shells do, and an error. It can be called once.
//
// Until the command ends, INT, TERM, HUP, QUIT, USR1, USR2, WINCH and CONT sent to this process are passed on to
// it. If this process is in the foreground of a terminal that is one of the command's descriptors, the command
// takes its place there; when the command is stopped, this process's group stops too.
func (c *Client) Run(cmd Command) (exit int, err error) {
	r, exit, err := requestFor(cmd)
	if err != nil {
		return exit, err
	}
	files := [3]*os.File{cmd.Stdin, cmd.Stdout, cmd.Stderr}
	var fds [3]int
	for i, standard := range []*os.File{os.Stdin, os.Stdout, os.Stderr} {
		if files[i] == nil {
			files[i] = standard
		}
		if fds[i], err = descriptor(files[i]); err != nil {
			return exitCannotRun, fmt.Errorf("netns: %s: %w", files[i].Name(), err)
		}
	}
	terminal, index := findTerminal(files)
	r.Terminal, r.Foreground = index, terminal != nil && terminal.given

	signals := make(chan os.Signal, 16)
	signal.Notify(signals, syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP, syscall.SIGQUIT,
		syscall.SIGUSR1, syscall.SIGUSR2, syscall.SIGWINCH, syscall.SIGCONT)
	defer signal.Stop(signals)

	if err := send(c.conn, r, fds[:]...); err != nil {
		return exitCannotRun, fmt.Errorf("%w: %w", ErrEnded, err)
	}
	return c.wait(signals, terminal)
}

// requestFor looks the command up here, where PATH and the current directory are the user's.
func requestFor(cmd Command) (r request, exit int, err error) {
	if len(cmd.Args) == 0 {
		return r, exitCannotRun, errors.New("netns: no command to run")
	}
	like := exec.Cmd{Env: cmd.Env, Dir: cmd.Dir} // of a variable that is set twice, the last counts
	r = request{Args: cmd.Args, Env: like.Environ(), Dir: cmd.Dir}
	if r.Dir, err = filepath.Abs(r.Dir); err != nil {
		return r, exitCannotRun, fmt.Errorf("netns: %w", err)
	}
	if r.Path, err = exec.LookPath(cmd.Args[0]); err == nil {
		r.Path, err = filepath.Abs(r.Path)
	}
	switch {
	case errors.Is(err, exec.ErrNotFound) || errors.Is(err, os.ErrNotExist):
		return r, exitNotFound, fmt.Errorf("netns: %w", err)
	case err != nil:
		return r, exitCannotRun, fmt.Errorf("netns: %w", err)
	}
	return r, 0, nil
}

func (c *Client) wait(signals <-chan os.Signal, t *terminal) (exit int, err error) {
	statuses := make(chan status)
	lost := make(chan error, 1)
	go func() {
		for {
			var s status
			files, err := receive(c.conn, &s)
			closeAll(files)
			if err != nil {
				lost <- err
				return
			}
			statuses <- s
		}
	}()
	defer t.takeBack()
	for {
		select {
		case s := <-signals:
			m := signalMessage{Signal: s.(syscall.Signal)}
			m.Foreground = m.Signal == syscall.SIGCONT && t.resumed()
			_ = send(c.conn, m)
		case err := <-lost:
			if errors.Is(err, io.EOF) {
				return exitCannotRun, ErrEnded
			}
			return exitCannotRun, fmt.Errorf("%w: %w", ErrEnded, err)
		case s := <-statuses:
			switch {
			case s.Error != "":
				return exitCannotRun, fmt.Errorf("netns: %s", s.Error)
			case s.Exited:
				return s.Code, nil
			case s.Stopped:
				t.suspend()
			}
		}
	}
}
