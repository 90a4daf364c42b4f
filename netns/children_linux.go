package netns

import (
	"os"
	"os/signal"
	"sync"
	"syscall"
)

// children starts processes and waits for them. As process 1 of its PID namespace the holder is also the
// parent of every process there that loses its own, and has to wait for those as well.
type children struct {
	mu      sync.Mutex // held while a process starts, so that its end is not seen before its start
	waiting map[int]chan syscall.WaitStatus
}

func newChildren() *children {
	c := &children{waiting: map[int]chan syscall.WaitStatus{}}
	changed := make(chan os.Signal, 1)
	signal.Notify(changed, syscall.SIGCHLD)
	go func() {
		for range changed {
			c.reap()
		}
	}()
	return c
}

// start starts a process. The channel tells each time that it stops, and at last how it ended; it has to be
// read until then.
func (c *children) start(path string, args []string, attr *syscall.ProcAttr) (pid int, changes <-chan syscall.WaitStatus, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	pid, err = syscall.ForkExec(path, args, attr)
	if err != nil {
		return 0, nil, err
	}
	ch := make(chan syscall.WaitStatus, 1)
	c.waiting[pid] = ch
	return pid, ch, nil
}

// reap collects every process that has stopped or ended.
func (c *children) reap() {
	for {
		var ws syscall.WaitStatus
		c.mu.Lock()
		pid, err := syscall.Wait4(-1, &ws, syscall.WNOHANG|syscall.WUNTRACED, nil)
		ch := c.waiting[pid]
		if err == nil && !ws.Stopped() {
			delete(c.waiting, pid)
		}
		c.mu.Unlock()
		if err == syscall.EINTR {
			continue
		}
		if err != nil || pid == 0 {
			return
		}
		if ch != nil {
			ch <- ws
		}
	}
}
