package netns

import (
	"os"
	"os/signal"
	"syscall"

	"golang.org/x/sys/unix"
)

// terminal is a terminal in whose foreground this process is, while a command takes its place. A nil
// *terminal is none: its methods do nothing.
type terminal struct {
	fd    int
	group int           // this process's group
	modes *unix.Termios // as they were, for a command that leaves them changed
}

// foregroundTerminal finds the terminal among a command's descriptors, if this process is in its foreground.
// The index is -1 if there is none.
func foregroundTerminal(files [3]*os.File) (t *terminal, index int) {
	for i, f := range files {
		fd, err := descriptor(f)
		if err != nil {
			continue
		}
		group, err := unix.IoctlGetInt(fd, unix.TIOCGPGRP)
		if err != nil || group != unix.Getpgrp() {
			continue
		}
		modes, err := unix.IoctlGetTermios(fd, unix.TCGETS)
		if err != nil {
			continue
		}
		return &terminal{fd, group, modes}, i
	}
	return nil, -1
}

// takeBack makes this process's group the foreground again.
func (t *terminal) takeBack() {
	if t == nil {
		return
	}
	// A process in the background that changes its terminal is stopped by SIGTTOU, unless it ignores it.
	signal.Ignore(syscall.SIGTTOU)
	defer signal.Reset(syscall.SIGTTOU)
	_ = unix.IoctlSetPointerInt(t.fd, unix.TIOCSPGRP, t.group)
	_ = unix.IoctlSetTermios(t.fd, unix.TCSETSW, t.modes)
}

// suspend stops this process's group as Ctrl-Z would have, and reports, once it goes on, whether it is in
// the foreground.
func (t *terminal) suspend() (foreground bool) {
	if t == nil {
		return false
	}
	t.takeBack()
	_ = unix.Kill(0, unix.SIGSTOP)
	group, err := unix.IoctlGetInt(t.fd, unix.TIOCGPGRP)
	return err == nil && group == t.group
}
