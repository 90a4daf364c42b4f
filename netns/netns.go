package netns

import (
	"errors"
	"net/netip"
	"os"
)

// Errors that callers test.
var (
	ErrNotRunning = errors.New("netns: no netlab up is running")
	ErrRunning    = errors.New("netns: a netlab up is running already: use netlab exec, or stop it first")
	ErrEnded      = errors.New("netns: the namespace has ended")
)

// Options say what namespace to make. The zero value is netlab's usual one.
type Options struct {
	Addrs []netip.Prefix // addresses of the kernel's side, each with its network; nil: 10.77.0.1/24 and fd77::1/64, empty: none
	MTU   int            // of the TUN, in octets; 0: 1500

	// Backend is how the TUN is opened; empty: BackendAuto. A TAP always is as with BackendWater.
	Backend Backend

	// TAP is the name of a TAP device, for Ethernet frames, that takes the place of the TUN; empty: a TUN.
	TAP string

	// HostNet puts the TUN into the machine's own network namespace, which needs root.
	HostNet bool

	// Socket is where Connect reaches this namespace, as from SocketPath; empty: nowhere.
	Socket string
}

func (o Options) withDefaults() Options {
	if o.Addrs == nil {
		o.Addrs = []netip.Prefix{netip.MustParsePrefix("10.77.0.1/24"), netip.MustParsePrefix("fd77::1/64")}
	}
	if o.MTU == 0 {
		o.MTU = 1500
	}
	if o.Backend == "" {
		o.Backend = BackendAuto
	}
	return o
}

// Backend is a way to open the TUN.
type Backend string

// The backends.
const (
	BackendAuto  Backend = "auto"  // BackendVNet, or BackendWater where the kernel does not know how
	BackendWater Backend = "water" // one packet a system call
	BackendVNet  Backend = "vnet"  // with virtio-net headers: large segments cross in one system call, and nobody sums them
)

// Command is a command to run inside a namespace.
type Command struct {
	Args   []string // the first is looked up in PATH
	Env    []string // nil: this process's; of a variable that is set twice, the last counts
	Dir    string   // empty: this process's
	Stdin  *os.File // nil, for each of the three: this process's
	Stdout *os.File
	Stderr *os.File
}

// Finding is one line of netlab doctor: something that was tried.
type Finding struct {
	What    string   // "TUN device", "namespace without root"
	Problem *Problem // nil: it works
}
