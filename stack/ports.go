package stack

import "errors"

// The ports that a host chooses itself: "the Dynamic Ports, also known as the Private or Ephemeral Ports, from
// 49152-65535 (never assigned)" (RFC 6335, Section 6).
const (
	firstEphemeral = 49152
	lastEphemeral  = 65535
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
