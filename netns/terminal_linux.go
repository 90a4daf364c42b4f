package netns

import (
	"os"
	"os/signal"
	"syscall"

	"golang.org/x/sys/unix"
)

// terminal is the controlling terminal of this process, which a command uses in its place. A nil *terminal is
// none: its methods do nothing.
type terminal struct {
	fd    int
	group int           // this process's group
	modes *unix.Termios // as they were, for a command that leaves them changed
	given bool          // the command's group is in the foreground, because ours was
}

// findTerminal finds the terminal among a command's descriptors. The index is -1 if there is none.
func findTerminal(files [3]*os.File) (t *terminal, index int) {
	for i, f := range files {
		fd, err := descriptor(f)
		if err != nil {
			continue
		}
		foreground, err := unix.IoctlGetInt(fd, unix.TIOCGPGRP)
		if err != nil {
			continue
		}
		modes, err := unix.IoctlGetTermios(fd, unix.TCGETS)
		if err != nil {
			continue
		}
		group := unix.Getpgrp()
		return &terminal{fd, group, modes, foreground == group}, i
	}
	return nil, -1
}

// takeBack makes this process's group the foreground again, if the command's was in its place.
func (t *terminal) takeBack() {
	if t == nil || !t.given {
		return
	}
	t.given = false
	// A process in the background that changes its terminal is stopped by SIGTTOU, unless it ignores it.
	signal.Ignore(syscall.SIGTTOU)
	defer signal.Reset(syscall.SIGTTOU)
	_ = unix.IoctlSetPointerInt(t.fd, unix.TIOCSPGRP, t.group)
	_ = unix.IoctlSetTermios(t.fd, unix.TCSETSW, t.modes)
}

// suspend stops this process's group, as Ctrl-Z would have: the shell that started it is to see that its job
// has stopped. SIGCONT ends it.
func (t *terminal) suspend() {
	if t != nil {
		t.takeBack()
		_ = unix.Kill(0, unix.SIGSTOP)
	}
}

// resumed notes that the process goes on, and reports whether the command is to have the terminal again.
func (t *terminal) resumed() (give bool) {
	if t == nil {
		return false
	}
	foreground, err := unix.IoctlGetInt(t.fd, unix.TIOCGPGRP)
	if err == nil && foreground == t.group {
		t.given = true
	}
	return t.given
}
