package capture_test

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"netlab/capture"
)

// tool runs one of Wireshark's programs.
func tool(t testing.TB, name string, args ...string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	if err != nil {
		t.Skip(name + " is not installed")
	}
	c := exec.Command(path, args...)
	var out, errOut bytes.Buffer
	c.Stdout, c.Stderr = &out, &errOut
	require.NoError(t, c.Run(), "%s %v: %s", name, args, errOut.String())
	return out.String()
}

// Whatever format editcap writes a capture in, it is the same capture, to the resolution of that format.
func TestFormatsOfEditcap(t *testing.T) {
	want, err := readAll(file(t, "http.pcap"))
	require.NoError(t, err)
	in := filepath.Join("..", "testdata", "captures", "http.pcap")
	for _, c := range []struct {
		name string
		args []string
	}{
		{"pcap", []string{"-F", "pcap"}},
		{"nanoseconds", []string{"-F", "nsecpcap"}},
		{"patched libpcap", []string{"-F", "modpcap"}},
		{"pcapng", []string{"-F", "pcapng"}},
		{"comment on a packet", []string{"-F", "pcapng", "-a", "3:look here"}},
		{"comment on the file", []string{"-F", "pcapng", "--capture-comment", "made today"}},
		{"cut to 60 octets", []string{"-F", "pcapng", "-s", "60"}},
		{"secrets", []string{"-F", "pcapng", "--inject-secrets", "tls,keys.log"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := t.TempDir()
			keys := "CLIENT_RANDOM 00 11\n"
			require.NoError(t, os.WriteFile(filepath.Join(dir, "keys.log"), []byte(keys), 0o600))
			for i := range c.args {
				c.args[i] = strings.Replace(c.args[i], "keys.log", filepath.Join(dir, "keys.log"), 1)
			}
			out := filepath.Join(dir, "out")
			tool(t, "editcap", append(c.args, in, out)...)
			b, err := os.ReadFile(out)
			require.NoError(t, err)
			got, err := readAll(b)
			require.NoError(t, err)
			require.Len(t, got, len(want))
			for i, rec := range got {
				require.Equal(t, want[i].At, rec.At)
				require.Equal(t, want[i].Length, rec.Length)
				require.Equal(t, want[i].LinkType, rec.LinkType)
				require.Equal(t, want[i].Packet[:len(rec.Packet)], rec.Packet)
			}
			r, err := capture.NewReader("x", bytes.NewReader(b))
			require.NoError(t, err)
			for err == nil {
				_, err = r.Next()
			}
			switch c.name {
			case "comment on a packet":
				require.Equal(t, []string{"look here"}, got[2].Comments)
			case "comment on the file":
				require.Contains(t, r.Extra().Comments, "made today")
			case "cut to 60 octets":
				require.Len(t, got[5].Packet, 60)
			case "secrets":
				require.Equal(t, keys+"\n", string(r.Extra().KeyLog()))
				require.Equal(t, capture.TLSKeyLog, r.Secrets()[0].Type)
			}
		})
	}
}

// Captures of several link types and clocks, merged into one file of several interfaces, and files put one behind the
// other as sections.
func TestSeveralInterfacesAndSections(t *testing.T) {
	dir := t.TempDir()
	captures := filepath.Join("..", "testdata", "captures")
	merged := filepath.Join(dir, "merged.pcapng")
	tool(t, "mergecap", "-a", "-F", "pcapng", "-w", merged, filepath.Join(captures, "http.pcap"), filepath.Join(captures, "ping.pcap"), filepath.Join(captures, "mixed.pcap"))
	b, err := os.ReadFile(merged)
	require.NoError(t, err)
	got, err := readAll(b)
	require.NoError(t, err)
	var want []capture.Record
	for _, name := range []string{"http.pcap", "ping.pcap", "mixed.pcap"} {
		records, err := readAll(file(t, name))
		require.NoError(t, err)
		want = append(want, records...)
	}
	require.Len(t, got, len(want))
	for i := range got {
		require.Equal(t, want[i].At, got[i].At)
		require.Equal(t, want[i].LinkType, got[i].LinkType)
		require.Equal(t, want[i].Packet, got[i].Packet)
	}

	both := append(bytes.Clone(b), file(t, "dns.pcapng")...)
	r, err := capture.NewReader("x", bytes.NewReader(both))
	require.NoError(t, err)
	n := 0
	for err == nil {
		_, err = r.Next()
		n++
	}
	require.Equal(t, len(want)+4+1, n)
	require.Equal(t, 2, r.Extra().Sections)
}

// times of packets as tshark prints them.
func TestTimesAreThoseOfTshark(t *testing.T) {
	for _, name := range []string{"http.pcap", "ping.pcap", "dns.pcapng", "mixed.pcap"} {
		out := tool(t, "tshark", "-r", filepath.Join("..", "testdata", "captures", name), "-T", "fields", "-e", "frame.time_epoch")
		records, err := readAll(file(t, name))
		require.NoError(t, err)
		lines := strings.Fields(out)
		require.Len(t, lines, len(records))
		for i, rec := range records {
			seconds, err := time.ParseDuration(lines[i] + "s")
			require.NoError(t, err)
			require.Equal(t, seconds, time.Duration(rec.At.UnixNano()))
		}
	}
}
