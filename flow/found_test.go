package flow_test

import (
	"bytes"
	"os"
	"testing"

	"github.com/stretchr/testify/require"

	"netlab/capture"
	"netlab/flow"
)

// findings returns what is found in a capture.
func findings(t *testing.T, name string) (found []flow.Finding) {
	t.Helper()
	b, err := os.ReadFile(captures(name))
	require.NoError(t, err)
	r, err := capture.NewReader(name, bytes.NewReader(b))
	require.NoError(t, err)
	finder := capture.NewFinder()
	for {
		rec, err := r.Next()
		if err != nil {
			return append(found, finder.End()...)
		}
		found = append(found, finder.Add(&rec)...)
	}
}

func kinds() (all []string) {
	for _, k := range flow.Kinds() {
		all = append(all, k.String())
	}
	return all
}
