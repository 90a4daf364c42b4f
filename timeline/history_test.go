package timeline

import (
	"math/rand/v2"
	"testing"
	"unsafe"

	"github.com/stretchr/testify/require"

	"netlab/trace"
)

// TestHistoryIsLikeASlice compares a history with a plain slice over random additions and forgetting.
func TestHistoryIsLikeASlice(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 1))
	var h history
	var like []trace.ID
	octets := 0
	for id := trace.ID(1); id <= 5000; id++ {
		if rng.IntN(3) > 0 {
			octets += h.add(state{after: id})
			like = append(like, id)
		}
		if rng.IntN(20) == 0 {
			n := rng.IntN(min(len(like), 40) + 1)
			octets -= h.forget(n)
			like = like[n:]
		}
		require.Equal(t, len(like), h.count)
		require.Equal(t, len(h.chunks)*int(unsafe.Sizeof([chunkStates]state{})), octets)
		if len(like) == 0 {
			require.Nil(t, h.latest())
			require.Empty(t, h.chunks)
			continue
		}
		require.Equal(t, like[len(like)-1], h.latest().after)
		i := rng.IntN(len(like))
		require.Equal(t, like[i], h.at(i).after)
		require.Equal(t, i+1, h.upTo(like[i]))
		require.Equal(t, i, h.upTo(like[i]-1))
	}
}

// TestStatesAreNotMoved: what makes a run fast is that a state stays where it was put.
func TestStatesAreNotMoved(t *testing.T) {
	var h history
	h.add(state{after: 1})
	first := h.at(0)
	for id := range trace.ID(1000) {
		h.add(state{after: id + 2})
	}
	require.Same(t, first, h.at(0))
}
