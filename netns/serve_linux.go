package netns

import (
	"fmt"
	"net"
	"os"
	"os/signal"
	"sync/atomic"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// hangUpTime is how long a command whose client is gone may take to end by itself.
const hangUpTime = time.Second

// running is a command in the namespace, on behalf of a client.
type running struct {
	client *net.UnixConn
	files  []*os.File // the client's standard input, output and error
	pid    int        // also the number of its process group
	tty    int        // which of files is its terminal; -1: none

	foreground atomic.Bool // it is to be in the foreground of its terminal

	children *children
}

// serve runs one command for a client, to its end or the client's.
func serve(client *net.UnixConn, c *children) {
	defer func() { _ = client.Close() }()
	var r request
	files, err := receive(client, &r)
	if err != nil {
		return
	}
	defer func() { closeAll(files) }()
	if len(files) != 3 || r.Terminal < -1 || r.Terminal > 2 {
		_ = send(client, status{Error: "the request does not have three descriptors"})
		return
	}
	attr := &syscall.ProcAttr{Dir: r.Dir, Env: r.Env, Sys: &syscall.SysProcAttr{Setpgid: true}}
	for _, f := range files {
		fd, err := descriptor(f)
		if err != nil {
			_ = send(client, status{Error: err.Error()})
			return
		}
		attr.Files = append(attr.Files, uintptr(fd))
	}
	pid, changes, err := c.start(r.Path, r.Args, attr)
	if err != nil {
		_ = send(client, status{Error: fmt.Sprintf("%s: %v", r.Path, err)})
		return
	}
	run := &running{client: client, files: files, pid: pid, tty: r.Terminal, children: c}
	if run.tty < 0 {
		closeAll(files) // or a pipe to the next program would never end
	}
	if r.Foreground {
		run.giveTerminal()
	}
	run.wait(changes)
}

func (r *running) wait(changes <-chan syscall.WaitStatus) {
	gone := make(chan struct{})
	go r.passSignals(gone)
	var kill <-chan time.Time
	for {
		select {
		case ws := <-changes:
			if !ws.Stopped() {
				_ = send(r.client, status{Exited: true, Code: exitCode(ws)})
				return
			}
			r.stopped(ws.StopSignal())
		case <-gone:
			gone = nil
			r.signal(syscall.SIGHUP)
			r.signal(syscall.SIGCONT) // a stopped process would not notice
			kill = time.After(hangUpTime)
		case <-kill:
			r.signal(syscall.SIGKILL)
		}
	}
}

// passSignals passes the client's signals on until the client is gone.
func (r *running) passSignals(gone chan<- struct{}) {
	defer close(gone)
	for {
		var m signalMessage
		files, err := receive(r.client, &m)
		closeAll(files)
		if err != nil {
			return
		}
		if m.Foreground {
			r.giveTerminal()
		}
		r.signal(m.Signal)
	}
}

func (r *running) signal(s syscall.Signal) { _ = syscall.Kill(-r.pid, s) }

// stopped deals with a command that was stopped. One that wanted the terminal before it was its own gets
// it; of the others the client is told.
func (r *running) stopped(by syscall.Signal) {
	wanted := by == syscall.SIGTTIN || by == syscall.SIGTTOU
	if wanted && r.foreground.Load() && r.giveTerminal() {
		r.signal(syscall.SIGCONT)
		return
	}
	r.foreground.Store(false)
	_ = send(r.client, status{Stopped: true})
}

// giveTerminal makes the command's process group the foreground process group of its terminal
// (tcsetpgrp(3)), so that Ctrl-C and Ctrl-Z go to it and it may read. That is possible only if the holder
// belongs to the terminal's session, as it does when the client started it.
func (r *running) giveTerminal() bool {
	if r.tty < 0 {
		return false
	}
	r.foreground.Store(true)
	// A process in the background that calls tcsetpgrp is stopped by SIGTTOU, unless it ignores it. No
	// command may start meanwhile: it would ignore it too.
	r.children.mu.Lock()
	defer r.children.mu.Unlock()
	signal.Ignore(syscall.SIGTTOU)
	defer signal.Reset(syscall.SIGTTOU)
	fd, err := descriptor(r.files[r.tty])
	return err == nil && unix.IoctlSetPointerInt(fd, unix.TIOCSPGRP, r.pid) == nil
}

func exitCode(ws syscall.WaitStatus) int {
	if ws.Signaled() {
		return 128 + int(ws.Signal())
	}
	return ws.ExitStatus()
}
