package tls

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// The name is found as soon as its octets are there, and never in what is cut off before.
func TestServerNameOfAHello(t *testing.T) {
	hello := trace8448(t)[0]
	end := 0
	for n := range len(hello) + 1 {
		name := ServerName(hello[:n])
		if name != "" && end == 0 {
			end = n
		}
		require.Equal(t, end > 0, name != "")
		if name != "" {
			require.Equal(t, "server", name)
		}
	}
	require.Greater(t, end, 40)
	require.Less(t, end, len(hello))
	hello[0] = byte(TypeServerHello)
	require.Empty(t, ServerName(hello))
}
