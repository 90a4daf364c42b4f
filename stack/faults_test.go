package stack

import (
	"bytes"
	"math/rand/v2"
	"net/netip"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"netlab/link"
)

// TestTransferOverBadLinks: what arrives is what was sent, whatever the link does. Time is virtual.
func TestTransferOverBadLinks(t *testing.T) {
	for _, faults := range []string{
		"loss=10%", "dup=20%", "reorder=20%", "corrupt=5%", "delay=50ms,jitter=20ms", "rate=10mbit,queue=20",
		"loss=5%,reorder=5%,dup=2%,corrupt=1%,delay=10ms",
	} {
		t.Run(faults, func(t *testing.T) {
			f, err := link.ParseFaults(faults)
			require.NoError(t, err)
			synctest.Test(t, func(t *testing.T) {
				la, lb := link.Memory(1500)
				bad := link.Impair(la, link.ImpairOptions{Ways: [2]string{"a>b", "b>a"}, Seed: 1})
				bad.SetFaults(link.Toward, f)
				bad.SetFaults(link.From, f)
				p := pair{New(Config{Seed: 1, Name: "a"}), New(Config{Seed: 1, Name: "b"})}
				p.a.Attach("eth0", []netip.Prefix{netip.MustParsePrefix("10.0.0.1/24")}, bad)
				p.b.Attach("eth0", []netip.Prefix{netip.MustParsePrefix("10.0.0.2/24")}, lb)
				defer p.a.Close()
				defer p.b.Close()

				data := make([]byte, 300_000)
				rand.NewChaCha8([32]byte{3}).Read(data)
				client, server := p.connect(t)
				start := time.Now()
				sent := send(client, data)
				require.True(t, bytes.Equal(data, readAll(t, server)))
				require.NoError(t, <-sent)
				require.Less(t, time.Since(start), 5*time.Minute)
			})
		})
	}
}
