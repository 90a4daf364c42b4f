//go:build linux

package main

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

// A played capture is on the screen of the labs: it is stopped, gone through step by step and back, and loses a packet where one wants it.
func TestScreenPlaysACapture(t *testing.T) {
	t.Parallel()
	pcap := filepath.Join(t.TempDir(), "wire.pcapng")
	m := open(t, 120, 34, "replay", "../../testdata/captures/kernel-curl.pcap", "--play", "--speed", "0.01x", "--pcap", pcap)
	m.until("PLAYING")
	m.keys(" ")
	m.until("PAUSED")
	m.keys("<")
	first := m.until("nothing has been sent yet")
	require.Contains(t, first, "[tap]")
	m.keys(".")
	m.until("h1 sends packet 1 of the capture")
	m.keys(",")
	m.until("event 0 of")
	m.keys("X") // the next packet on h1-tap is lost
	m.until("future B of 2")
	m.keys("}")
	m.until("h1-tap: 1 lost so far")
	m.keys("q")
	m.until("ended with code 0")
	require.Contains(t, netlab(t, "replay", pcap, "--packets").out, "Lost on h1>tap")
}

// What was done to a lab on the screen is in the stored run.
func TestScreenSavesTheRun(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "run.netlab")
	m := open(t, 120, 34, "lab", "hello", "--paused", "--save", file)
	m.until("PAUSED")
	m.keys("X")
	m.until("will be dropped")
	m.keys("q")
	m.until("ended with code 0")
	stored, err := os.ReadFile(file)
	require.NoError(t, err)
	require.Contains(t, string(stored), `drop: 1}`)
	require.Contains(t, netlab(t, "lab", file, "--plain").out, "will lose the next packet")
}
