package capture_test

import (
	"context"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"netlab/capture"
)

// A file that somebody cuts off while it is read, and which is looked at in place, ends there.
func TestFileBecomesShorter(t *testing.T) {
	name := filepath.Join(t.TempDir(), "many.pcap")
	many(t, name, 30_000)
	f, err := capture.Open(name)
	require.NoError(t, err)
	defer f.Close()
	err = f.Load(context.Background(), func(int64, int64) { require.NoError(t, os.Truncate(name, 0)) })
	require.ErrorIs(t, err, capture.ErrCutOff)
	require.Positive(t, f.Len())
	require.Less(t, f.Len(), 30_000)
	require.ErrorIs(t, f.Load(context.Background(), nil), capture.ErrCutOff)
}

// What is appended to a file while it is read is read as well.
func TestFileBecomesLonger(t *testing.T) {
	name := filepath.Join(t.TempDir(), "many.pcap")
	many(t, name, 5_000)
	f, err := capture.Open(name)
	require.NoError(t, err)
	defer f.Close()
	whole, err := os.ReadFile(name)
	require.NoError(t, err)
	more, err := os.OpenFile(name, os.O_APPEND|os.O_WRONLY, 0)
	require.NoError(t, err)
	_, err = more.Write(whole)
	require.NoError(t, err)
	require.NoError(t, more.Close())
	require.NoError(t, f.Load(context.Background(), nil))
	require.Equal(t, 10_000, f.Len())
	read, _, _, err := f.Progress()
	require.NoError(t, err)
	require.EqualValues(t, 2*len(whole), read)
}
