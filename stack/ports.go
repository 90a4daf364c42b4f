package stack

import "errors"

// Ephemeral ports, those a host chooses itself: the range that Linux uses.
// "ephemeral port selection algorithms should use the whole range 1024-65535" (RFC 6056, Section 3.2),
// but a student's eye finds a service's port more easily if it is not in between.
const (
	firstEphemeral = 32768
	lastEphemeral  = 60999
)

// ErrNoPorts is what Dial and Listen return if all ephemeral ports are in use.
var ErrNoPorts = errors.New("stack: no free port")

// freePort chooses an ephemeral port at random, so that it cannot be guessed from outside: Algorithm 1
// of RFC 6056, Section 3.3.1. From there on it takes the next one that is free. h.mu is held.
func (h *Host) freePort(used func(port uint16) bool) (uint16, error) {
	const count = lastEphemeral - firstEphemeral + 1
	start := h.rng.IntN(count)
	for n := range count {
		port := uint16(firstEphemeral + (start+n)%count)
		if !used(port) {
			return port, nil
		}
	}
	return 0, ErrNoPorts
}
