package netns

// Problem says why a machine cannot do something, and what to do about it.
type Problem struct {
	What     string // "/dev/net/tun may not be opened by this user (mode 0600)"
	Fix      string // a command to type, or what to change
	Fallback string // what works without the fix
	Err      error  // what the system said
}

// Error returns the problem, the fix and the fallback in one line.
func (p *Problem) Error() string {
	return "netns: " + p.What + "; fix: " + p.Fix + "; without it: " + p.Fallback
}

// Unwrap returns what the system said.
func (p *Problem) Unwrap() error { return p.Err }

const (
	simulated     = "netlab lab, a simulated network that needs nothing from the machine"
	rootFallback  = "sudo netlab up, or " + simulated
	containerHint = "in a container, start it with --device /dev/net/tun --cap-add NET_ADMIN --security-opt seccomp=unconfined"
)
