package netns

import (
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"sync"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"netlab/link"
)

// holderName is what the holder is called in its first argument, by which it knows itself.
const holderName = "netlab-holder"

// Namespace is a network namespace with a TUN in it, held by a child process.
type Namespace struct {
	tun    *link.TUN
	holder *exec.Cmd
	socket *socketFile // nil: no clients
	noIPv6 bool

	sending sync.Mutex // one at a time on control
	control *net.UnixConn

	ended   chan struct{}
	closing sync.Once
}

// Start makes a namespace as o says. When the machine cannot, the error is a *Problem. The program's main
// must call Hold first thing.
func Start(o Options) (*Namespace, error) {
	if os.Args[0] == holderName {
		// The second process runs main again instead of holding: it must not start a third.
		return nil, errors.New("netns: main does not call netns.Hold")
	}
	o = o.withDefaults()
	n := &Namespace{ended: make(chan struct{})}
	var listener *os.File
	if o.Socket != "" {
		var err error
		if n.socket, listener, err = listen(o.Socket); err != nil {
			return nil, err
		}
		defer func() { _ = listener.Close() }()
	}
	if err := n.start(o, listener); err != nil {
		_ = n.Close()
		return nil, err
	}
	return n, nil
}

func (n *Namespace) start(o Options, listener *os.File) error {
	control, theirs, err := socketpair()
	if err != nil {
		return fmt.Errorf("netns: %w", err)
	}
	defer func() { _ = theirs.Close() }()
	n.control = control

	cmd := holderCommand(o.HostNet)
	cmd.ExtraFiles = []*os.File{theirs} // descriptor 3
	if listener != nil {
		cmd.ExtraFiles = append(cmd.ExtraFiles, listener) // descriptor 4
	}
	if err := cmd.Start(); err != nil {
		return namespaceProblem(err, o.HostNet)
	}
	n.holder = cmd

	if err := send(control, setup{Addrs: o.Addrs, MTU: o.MTU, TAP: o.TAP, Backend: o.Backend, Listen: listener != nil}); err != nil {
		return fmt.Errorf("netns: the holder does not answer: %w", err)
	}
	var done setupDone
	files, err := receive(control, &done)
	if err != nil {
		return fmt.Errorf("netns: the holder does not answer: %w (does main call netns.Hold?)", err)
	}
	if done.Error != "" || len(files) != 1 {
		closeAll(files)
		return setupProblem(done, o.HostNet)
	}
	n.noIPv6 = done.NoIPv6
	if o.TAP != "" {
		n.tun, err = link.TAPFromFile(files[0], o.MTU)
	} else {
		n.tun, err = link.TUNFromFile(files[0], o.MTU)
	}
	if err != nil {
		closeAll(files)
		return fmt.Errorf("netns: %w", err)
	}
	go func() {
		_, _ = receive(control, &struct{}{}) // the holder has nothing more to say: this returns when it ends
		close(n.ended)
	}()
	return nil
}

// Ended is closed when the namespace has ended: after Close, or because somebody killed its holder. The TUN is gone
// then.
func (n *Namespace) Ended() <-chan struct{} { return n.ended }

// holderCommand is this program again, in namespaces of its own. The user becomes root in them, which gives
// rights over them and over nothing else (user_namespaces(7)).
func holderCommand(hostNet bool) *exec.Cmd {
	attributes := &syscall.SysProcAttr{
		Setpgid:   true, // Ctrl-C in the terminal is not for the holder
		Pdeathsig: syscall.SIGKILL,
	}
	if hostNet {
		attributes.Cloneflags = unix.CLONE_NEWPID
	} else {
		attributes.Cloneflags = unix.CLONE_NEWUSER | unix.CLONE_NEWNET | unix.CLONE_NEWPID
		attributes.UidMappings = []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getuid(), Size: 1}}
		attributes.GidMappings = []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getgid(), Size: 1}}
		attributes.GidMappingsEnableSetgroups = false
	}
	return &exec.Cmd{
		Path:        "/proc/self/exe",
		Args:        []string{holderName},
		Stderr:      os.Stderr,
		SysProcAttr: attributes,
	}
}

// IPv6 reports whether the kernel's side has its IPv6 addresses: some kernels have no IPv6, or have it switched off.
func (n *Namespace) IPv6() bool { return !n.noIPv6 }

// TUN is the link to the kernel in the namespace: a TUN, or the TAP that Options asked for. Close closes it.
func (n *Namespace) TUN() *link.TUN { return n.tun }

// Run runs a command inside, as Client.Run does.
func (n *Namespace) Run(c Command) (exit int, err error) {
	ours, theirs, err := socketpair()
	if err != nil {
		return exitCannotRun, fmt.Errorf("netns: %w", err)
	}
	client := &Client{ours}
	defer func() { _ = client.Close() }()
	if err := n.handOver(theirs); err != nil {
		return exitCannotRun, fmt.Errorf("%w: %w", ErrEnded, err)
	}
	return client.Run(c)
}

// handOver gives the holder the other end of a connection, which then is the holder's alone: when it ends, so
// does the connection.
func (n *Namespace) handOver(theirs *os.File) error {
	defer func() { _ = theirs.Close() }()
	fd, err := descriptor(theirs)
	if err != nil {
		return err
	}
	n.sending.Lock()
	defer n.sending.Unlock()
	return send(n.control, struct{}{}, fd)
}

// Close ends the namespace and everything that runs in it, and returns when they are gone.
func (n *Namespace) Close() error {
	var err error
	n.closing.Do(func() {
		if n.tun != nil {
			err = n.tun.Close()
		}
		if n.control != nil {
			_ = n.control.Close()
		}
		if n.holder != nil {
			// The holder ends when control does. It has no reason to take long.
			kill := time.AfterFunc(2*time.Second, func() { _ = n.holder.Process.Kill() })
			var exited *exec.ExitError
			if waitErr := n.holder.Wait(); waitErr != nil && !errors.As(waitErr, &exited) {
				err = errors.Join(err, waitErr)
			}
			kill.Stop()
		}
		if n.socket != nil {
			n.socket.remove()
		}
	})
	return err
}
