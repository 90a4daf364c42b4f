package stack

import (
	"testing"
	"unsafe"

	"github.com/stretchr/testify/require"
)

// With a tcp.Conn of 1,024 octets and its place in the host's tables a connection at rest takes less than 1.5 kB.
func TestIdleConnectionIsSmall(t *testing.T) {
	if unsafe.Sizeof(uintptr(0)) != 8 {
		t.Skip("sizes are those of 64-bit machines")
	}
	require.LessOrEqual(t, unsafe.Sizeof(Conn{}), uintptr(208))
}
