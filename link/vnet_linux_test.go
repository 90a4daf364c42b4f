package link_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"netlab/link"
	"netlab/netns"
)

func openBackend(t testing.TB, backend netns.Backend) *link.TUN {
	openTUN(t) // skips where there are none
	n, err := netns.Start(netns.Options{Backend: backend})
	require.NoError(t, err)
	t.Cleanup(func() { _ = n.Close() })
	return n.TUN()
}

// The descriptor tells how the device was opened.
func TestBackends(t *testing.T) {
	require.Zero(t, openBackend(t, netns.BackendWater).Offload())
	require.Equal(t, 65535, openBackend(t, netns.BackendVNet).Offload())
	require.Equal(t, 65535, openBackend(t, netns.BackendAuto).Offload())
}

// A SYN whose checksum the kernel is to fill in is answered; with the same octets as they are, it is not.
func TestTheKernelSumsSegments(t *testing.T) {
	tun := openBackend(t, netns.BackendVNet)
	syn := []byte{
		0x45, 0, 0, 40, 0, 1, 0, 0, 64, 6, 0x66, 0x33, 10, 77, 0, 2, 10, 77, 0, 1,
		0x1b, 0x58, 0x1b, 0x59, 0, 0, 0, 1, 0, 0, 0, 0, 0x50, 2, 0x20, 0, 0x14, 0xb7, 0, 0, // the sum of the pseudo-header
	}
	require.NoError(t, tun.Write([]link.Packet{{Octets: syn}}))
	echo := icmpEcho()
	require.NoError(t, tun.Write([]link.Packet{{Octets: echo}, {Octets: syn, Offload: link.Offload{Unsummed: true}}}))
	var protocols []byte
	for len(protocols) < 2 {
		packets, err := tun.Read()
		require.NoError(t, err)
		for _, p := range packets {
			protocols = append(protocols, p.Octets[9])
			if p.Octets[9] == 6 {
				require.Equal(t, byte(0x14), p.Octets[20+13], "RST, ACK: nobody listens")
			}
		}
	}
	require.Equal(t, []byte{1, 6}, protocols)
}

func TestVNetAllocatesNothing(t *testing.T) {
	tun := openBackend(t, netns.BackendVNet)
	packets := []link.Packet{{Octets: icmpEcho()}}
	require.Zero(t, testing.AllocsPerRun(100, func() {
		_ = tun.Write(packets)
		_, _ = tun.Read()
	}))
}
