package tcp

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestSeqWrapsAround(t *testing.T) {
	const last = Seq(0xffffffff)
	require.True(t, last.Less(0))
	require.False(t, Seq(0).Less(last))
	require.True(t, last.LessEq(last))
	require.False(t, last.Less(last))
	require.Equal(t, 3, Seq(2).Sub(last))
	require.Equal(t, -3, last.Sub(2))
	require.Equal(t, Seq(1), last.Add(2))
	require.Equal(t, Seq(1), last.max(1))
	require.Equal(t, Seq(1), Seq(1).max(last))
}

func TestStateString(t *testing.T) {
	require.Equal(t, "CLOSED", Closed.String())
	require.Equal(t, "SYN-RECEIVED", SynReceived.String())
	require.Equal(t, "FIN-WAIT-1", FinWait1.String())
	require.Equal(t, "TIME-WAIT", TimeWait.String())
	require.Equal(t, "unknown", State(99).String())
}
