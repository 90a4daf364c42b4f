//go:build !linux

package netns

import (
	"errors"

	"netlab/link"
)

// Namespace is a network namespace with a TUN in it. Only Linux has them.
type Namespace struct{}

// Client is a connection to the holder of a namespace.
type Client struct{}

// Hold does nothing here.
func Hold() {}

// Start returns a *Problem: only Linux has network namespaces.
func Start(Options) (*Namespace, error) { return nil, unsupported() }

// IPv6 reports false.
func (n *Namespace) IPv6() bool { return false }

// TUN is the link to the kernel in the namespace.
func (n *Namespace) TUN() link.Link { return nil }

// Run returns a *Problem.
func (n *Namespace) Run(Command) (exit int, err error) { return 126, unsupported() }

// Ended returns nil: nothing has begun.
func (n *Namespace) Ended() <-chan struct{} { return nil }

// Close does nothing here.
func (n *Namespace) Close() error { return nil }

// Connect returns ErrNotRunning.
func Connect(string) (*Client, error) { return nil, ErrNotRunning }

// Run returns a *Problem.
func (c *Client) Run(Command) (exit int, err error) { return 126, unsupported() }

// Close does nothing here.
func (c *Client) Close() error { return nil }

// SocketPath returns a *Problem.
func SocketPath(string) (string, error) { return "", unsupported() }

// Check finds that namespaces need Linux.
func Check() []Finding {
	return []Finding{{What: "TUN in a namespace", Problem: unsupported()}}
}

func unsupported() *Problem {
	return &Problem{
		What:     "network namespaces need Linux",
		Fix:      "run netlab on Linux, or in a Linux virtual machine",
		Fallback: simulated,
		Err:      errors.ErrUnsupported,
	}
}
