package netns

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"
)

const tunDevice = "/dev/net/tun"

// Check tries what Start needs, for netlab doctor and for tests that need it.
func Check() []Finding {
	device := Finding{What: "TUN device"}
	if f, err := os.OpenFile(tunDevice, os.O_RDWR, 0); err != nil {
		device.Problem = tunProblem(errnoOf(err), err)
	} else {
		_ = f.Close()
	}

	namespace := Finding{What: "network namespace without root"}
	cmd := holderCommand(false)
	cmd.Stderr = nil // it has no parent to talk to, and says so
	if err := cmd.Start(); err != nil {
		namespace.Problem = problemOf(namespaceProblem(err, false))
	} else {
		_ = cmd.Wait()
	}

	both := Finding{What: "TUN in a namespace"}
	if device.Problem != nil || namespace.Problem != nil {
		return []Finding{device, namespace}
	}
	n, err := Start(Options{})
	if err != nil {
		both.Problem = problemOf(err)
	} else {
		_ = n.Close()
	}
	return []Finding{device, namespace, both}
}

func problemOf(err error) *Problem {
	var p *Problem
	if errors.As(err, &p) {
		return p
	}
	return &Problem{What: err.Error(), Fix: "see netlab doctor", Fallback: simulated, Err: err}
}

func errnoOf(err error) syscall.Errno {
	var errno syscall.Errno
	errors.As(err, &errno)
	return errno
}

// setupProblem is what it means that the holder could not make its network.
func setupProblem(done setupDone, hostNet bool) error {
	if done.Error == "" {
		return errors.New("netns: the holder sent no TUN")
	}
	err := errors.New(strings.TrimPrefix(done.Error, "netns: "))
	if done.Errno != 0 {
		err = fmt.Errorf("%w (%w)", err, done.Errno)
	}
	if done.Errno == unix.EPERM && !hostNet {
		return restricted(err)
	}
	if done.Step == "tun" {
		return tunProblem(done.Errno, err)
	}
	return &Problem{
		What:     "the namespace's network could not be set up: " + done.Error,
		Fix:      "check the address and the MTU that were asked for",
		Fallback: simulated,
		Err:      err,
	}
}

// tunProblem is what an error of opening the TUN device means.
func tunProblem(errno syscall.Errno, err error) *Problem {
	p := &Problem{Fallback: rootFallback, Err: err}
	switch errno {
	case unix.EACCES:
		mode := "its mode is unknown"
		if info, statErr := os.Stat(tunDevice); statErr == nil {
			mode = fmt.Sprintf("its mode is %04o", info.Mode().Perm())
		}
		p.What = tunDevice + " may not be opened by this user (" + mode + ")"
		p.Fix = "sudo chmod 0666 " + tunDevice + ", as most systems have it: the device alone gives no right over the machine's network"
	case unix.ENOENT, unix.ENODEV, unix.ENXIO:
		p.What = "there is no " + tunDevice
		p.Fix = "sudo modprobe tun; " + containerHint
		p.Fallback = simulated
	case unix.EPERM:
		p.What = "this user may not make a TUN device"
		p.Fix = "run it as root; " + containerHint
		p.Fallback = simulated
	default:
		p.What = "a TUN device could not be made: " + err.Error()
		p.Fix = "sudo modprobe tun"
		p.Fallback = simulated
	}
	return p
}

// namespaceProblem is what it means that the holder could not be started in its namespaces.
func namespaceProblem(err error, hostNet bool) error {
	switch errno := errnoOf(err); {
	case errno == unix.EPERM && hostNet:
		return &Problem{
			What:     "--host-net needs root",
			Fix:      "sudo netlab up --host-net",
			Fallback: "netlab up without --host-net, which uses a namespace of its own, or " + simulated,
			Err:      err,
		}
	case errno == unix.EPERM || errno == unix.EACCES:
		return restricted(err)
	case errno == unix.ENOSPC || errno == unix.EUSERS:
		return &Problem{
			What:     "no more user namespaces may be made here (user.max_user_namespaces)",
			Fix:      "sudo sysctl user.max_user_namespaces=10000",
			Fallback: rootFallback,
			Err:      err,
		}
	case errno == unix.EINVAL || errno == unix.ENOSYS:
		return &Problem{
			What:     "this kernel has no user, network or PID namespaces",
			Fix:      "a kernel with CONFIG_USER_NS, CONFIG_NET_NS and CONFIG_PID_NS",
			Fallback: "sudo netlab up --host-net, or " + simulated,
			Err:      err,
		}
	}
	return fmt.Errorf("netns: starting the holder: %w", err)
}

// restricted is the problem of a system on which ordinary users get no namespaces, or none with rights in them.
func restricted(err error) *Problem {
	p := &Problem{
		What:     "ordinary users may not make network namespaces here",
		Fix:      containerHint,
		Fallback: rootFallback,
		Err:      err,
	}
	switch {
	case sysctl("kernel/apparmor_restrict_unprivileged_userns") == "1": // Ubuntu since 23.10
		p.Fix = "sudo sysctl kernel.apparmor_restrict_unprivileged_userns=0"
	case sysctl("kernel/unprivileged_userns_clone") == "0": // Debian
		p.Fix = "sudo sysctl kernel.unprivileged_userns_clone=1"
	}
	return p
}

func sysctl(name string) string {
	b, err := os.ReadFile("/proc/sys/" + name)
	if err != nil {
		return ""
	}
	return strings.TrimSpace(string(b))
}
