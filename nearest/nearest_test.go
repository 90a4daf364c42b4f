package nearest_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"netlab/nearest"
)

func TestWord(t *testing.T) {
	known := []string{"delay", "loss", "rate", "tcp.flags", "tcp.flags"}
	for word, want := range map[string]string{
		"dely":     "delay",
		"delay":    "delay",
		"tcp.flgs": "tcp.flags", // twice the same word is no doubt
		"lost":     "loss",
		"rats":     "rate",
		"zzz":      "",
		"":         "",
	} {
		require.Equal(t, want, nearest.Word(word, known, 2), word)
	}
	require.Empty(t, nearest.Word("hx", []string{"h1", "h2"}, 2), "two are equally near")
	require.Empty(t, nearest.Word("dely", known, 0))
}
