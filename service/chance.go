package service

import (
	"encoding/binary"
	"io"

	"netlab/stack"
)

// Chance returns octets of a host's own random numbers (stack.Host.Random): in a simulation they follow from the seed.
func Chance(h *stack.Host) io.Reader { return chance{h} }

type chance struct{ host *stack.Host }

func (c chance) Read(p []byte) (int, error) {
	var word [4]byte
	for i := 0; i < len(p); i += 4 {
		binary.BigEndian.PutUint32(word[:], c.host.Random())
		copy(p[i:], word[:])
	}
	return len(p), nil
}
