package sim_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"netlab/sim"
	"netlab/stack"
	"netlab/trace"
)

// TestWhatIsReadIsWhatWasWritten sends random amounts of random octets both ways over links with random
// faults: whatever is lost, doubled, damaged or overtaken, the octets arrive as they were written, and both
// sides end. TCP may give a connection up when nothing comes through for minutes (RFC 9293, Section 3.8.3);
// then what was read is the beginning of what was written.
func TestWhatIsReadIsWhatWasWritten(t *testing.T) {
	seeds := uint64(2000)
	if testing.Short() {
		seeds = 300
	}
	givenUp := uint64(0)
	for seed := uint64(1); seed <= seeds; seed++ {
		if !exchange(t, seed) {
			givenUp++
		}
	}
	require.Less(t, givenUp, seeds/20)
}

// exchange runs one network and reports whether both sides could say everything.
func exchange(t *testing.T, seed uint64) bool {
	random := rand.New(rand.NewPCG(seed, 3))
	percent := func(most int) int { return random.IntN(most + 1) }
	file := fmt.Sprintf(`
hosts: {a: {role: client, receive-buffer: %d}, b: {role: server, receive-buffer: %d}}
links: {a-b: {delay: %dms, jitter: %dms, loss: %d%%, reorder: %d%%, dup: %d%%, corrupt: %d%%}}
`, 3000+random.IntN(60000), 3000+random.IntN(60000), random.IntN(50), random.IntN(10), percent(30), percent(30), percent(30), percent(10))
	topology, err := sim.Parse("random.yaml", []byte(file))
	require.NoError(t, err)
	n, err := sim.New(topology, sim.Options{Seed: seed})
	require.NoError(t, err)
	defer n.Close()

	wrote := [2][]byte{octets(random, 40000), octets(random, 40000)}
	var read [2][]byte
	side := func(h *stack.Host, i int, c io.ReadWriter) error {
		done := false
		h.Go(func() {
			for rest := wrote[i]; len(rest) > 0; {
				k := min(len(rest), 1+int(rest[0])*40)
				if _, err := c.Write(rest[:k]); err != nil {
					return
				}
				rest = rest[k:]
			}
			c.(interface{ CloseWrite() error }).CloseWrite()
			done = true
		})
		b, err := io.ReadAll(c)
		read[1-i] = b
		for !done && err == nil {
			err = h.Sleep(10 * time.Millisecond)
		}
		return err
	}
	require.NoError(t, n.Go("b", "server", func(h *stack.Host) error {
		l, err := h.Listen("tcp", ":80")
		if err != nil {
			return err
		}
		c, err := l.Accept()
		if err != nil {
			return err
		}
		defer c.Close()
		return side(h, 1, c)
	}))
	require.NoError(t, n.Go("a", "client", func(h *stack.Host) error {
		c, err := h.Dial(context.Background(), "tcp", "b:80")
		if err != nil {
			return err
		}
		defer c.Close()
		return side(h, 0, c)
	}))
	n.RunUntil(24 * time.Hour)
	require.True(t, n.Done(), "seed %d goes on for ever: %s", seed, file)
	if count(n, trace.StateChanged, "gives the connection up") > 0 {
		for i := range 2 {
			require.True(t, bytes.HasPrefix(wrote[i], read[i]), "seed %d: %s", seed, file)
		}
		return false
	}
	require.NoError(t, n.Err(), "seed %d: %s", seed, file)
	for i, name := range []string{"a", "b"} {
		require.True(t, bytes.Equal(wrote[i], read[i]), "seed %d: %d octets written, %d read: %s", seed, len(wrote[i]), len(read[i]), file)
		require.Empty(t, n.Host(name).Connections(), "seed %d", seed)
	}
	return true
}

func octets(random *rand.Rand, most int) []byte {
	b := make([]byte, random.IntN(most))
	for i := range b {
		b[i] = byte(random.Uint32())
	}
	return b
}
