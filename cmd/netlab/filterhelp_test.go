package main

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"netlab/capture"
)

// The examples of the help are filters.
func TestFilterHelp(t *testing.T) {
	n := 0
	for line := range strings.Lines(filterTopic().Long) {
		expr, ok := strings.CutPrefix(line, "    ")
		if expr, _, _ = strings.Cut(strings.TrimSpace(expr), "   "); !ok || strings.ContainsAny(expr, "'") {
			continue
		}
		if strings.HasPrefix(expr, "host") || strings.HasPrefix(expr, "link") {
			continue // their names are those of a lab
		}
		for _, one := range strings.Split(expr, ", ") {
			if strings.Contains(one, "(x)") || strings.Contains(expr, "{") && one != expr {
				continue
			}
			_, err := capture.FileWords().Parse(one)
			require.NoError(t, err)
			n++
		}
	}
	require.Greater(t, n, 12)
}
