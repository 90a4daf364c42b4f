package tcp

import (
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"
)

// The ring is a queue whichever way it is used: what is appended, placed ahead and discarded lies over its end and beginning.
func TestBufferAgreesWithASlice(t *testing.T) {
	r := rand.New(rand.NewPCG(4, 4))
	var q buffer
	var queue []byte
	next := func(most int) []byte {
		p := make([]byte, 1+r.IntN(most))
		for i := range p {
			p[i] = byte(r.Uint32())
		}
		return p
	}
	for range 5000 {
		switch p := next(700); r.IntN(4) {
		case 0:
			q.append(p)
			queue = append(queue, p...)
		case 1: // out of order: first what comes second, then what was missing
			missing := next(300)
			q.place(len(missing), p)
			require.Equal(t, len(queue)+len(missing)+len(p), q.reach)
			q.place(0, missing)
			q.extend(len(missing) + len(p))
			queue = append(append(queue, missing...), p...)
		default:
			n := r.IntN(min(len(queue), 1500) + 1)
			q.discard(n)
			queue = queue[n:]
		}
		require.Equal(t, len(queue), q.len())
		if len(queue) > 0 {
			from := r.IntN(len(queue))
			to := from + r.IntN(len(queue)-from+1)
			require.Equal(t, queue[from:to], q.bytes(from, to))
			p := make([]byte, len(queue)-from)
			q.read(from, p)
			require.Equal(t, queue[from:], p)
		}
	}
	require.Greater(t, len(q.ring), smallestBuffer, "it has grown")
	q.discard(q.len())
	q.release()
	require.Nil(t, q.ring)
}
