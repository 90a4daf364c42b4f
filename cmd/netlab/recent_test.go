package main

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// The home screen has the captures that were looked at, the latest first, as long as they are there.
func TestRecent(t *testing.T) {
	t.Setenv("XDG_STATE_HOME", t.TempDir())
	require.Empty(t, recentEntries(time.Now()))
	dir := t.TempDir()
	text, err := os.ReadFile("../../testdata/captures/ping.pcap")
	require.NoError(t, err)
	t.Chdir(dir)
	var names []string
	for i := range mostRecent + 2 {
		name := string(rune('a'+i)) + ".pcap"
		require.NoError(t, os.WriteFile(name, text, 0o600))
		rememberCapture(name, i)
		names = append([]string{name}, names...)
	}
	rememberCapture("c.pcap", 7)
	entries := recentEntries(time.Now())
	require.Len(t, entries, mostRecent)
	require.Equal(t, "c.pcap", entries[0].Name)
	require.Equal(t, names[0], entries[1].Name)
	require.Equal(t, "today   replay   7 packets", entries[0].Title)
	require.Contains(t, entries[0].About, filepath.Join(dir, "c.pcap"))
	f, err := entries[0].Capture()
	require.NoError(t, err)
	require.NoError(t, f.Close())
	require.NoError(t, os.Remove("c.pcap"))
	require.Equal(t, names[0], recentEntries(time.Now())[0].Name)

	path, err := recentFile()
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(path, []byte("{"), 0o600))
	require.Empty(t, recentEntries(time.Now()), "what is broken is as if there were none")
	rememberCapture("d.pcap", 1)
	require.Len(t, recentEntries(time.Now()), 1)
}

func TestDaysAgo(t *testing.T) {
	now := time.Date(2026, 3, 1, 0, 5, 0, 0, time.Local)
	require.Equal(t, "today", daysAgo(now, now))
	require.Equal(t, "yesterday", daysAgo(now.Add(-10*time.Minute), now))
	require.Equal(t, "28 days ago", daysAgo(now.AddDate(0, -1, 0), now))
}
