package wire

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestRef(t *testing.T) {
	for _, c := range []struct {
		ref           Ref
		string, short string
	}{
		{RFC("9293", "3.1"), "RFC 9293, Section 3.1", "RFC 9293 §3.1"},
		{RFC("768", ""), "RFC 768", "RFC 768"},
		{Ref{Doc: "IEEE 802.3", Section: "3.1.1"}, "IEEE 802.3, Section 3.1.1", "IEEE 802.3 §3.1.1"},
		{Ref{}, "", ""},
	} {
		require.Equal(t, c.string, c.ref.String())
		require.Equal(t, c.short, c.ref.Short())
	}
	require.True(t, Ref{}.IsZero())
	require.False(t, RFC("768", "").IsZero())
}
