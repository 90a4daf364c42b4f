package capture_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"netlab/capture"
)

func TestServices(t *testing.T) {
	require.Equal(t, "ssh", capture.Service("TCP", 22))
	require.Equal(t, "snmp", capture.Service("UDP", 161))
	require.Empty(t, capture.Service("TCP", 5201))
	require.Empty(t, capture.Service("TCP", 4))
}
