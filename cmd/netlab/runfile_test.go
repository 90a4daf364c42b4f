package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// A run that is stored and repeated has the same events and the same octets, whichever way it is stored.
func TestARunIsStoredAndRepeated(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	at := func(name string) string { return filepath.Join(dir, name) }
	read := func(name string) string {
		octets, err := os.ReadFile(at(name))
		require.NoError(t, err)
		return string(octets)
	}
	how := []string{"--seed", "7", "--fault", "r1>r2:loss=10%,delay=20ms", "--drop", "tcp.len > 0 #3"}
	r := netlab(t, append(how, "export", "lossy-upload", "--to", at("run.netlab"), "--to", at("a.pcapng"))...)
	require.Zero(t, r.code, r.err)
	require.Contains(t, r.out, "run.netlab: lab lossy-upload, seed 7, 2 inputs: netlab lab ")

	r = netlab(t, "export", at("run.netlab"), "--to", at("again.netlab"), "--to", at("b.pcapng"))
	require.Zero(t, r.code, r.err)
	require.Equal(t, read("run.netlab"), read("again.netlab"))
	require.Equal(t, read("a.pcapng"), read("b.pcapng"))

	first := netlab(t, append(how, "lab", "lossy-upload", "--plain", "--save", at("told.netlab"))...)
	require.Zero(t, first.code, first.err)
	require.Equal(t, read("run.netlab"), read("told.netlab"))
	second := netlab(t, "lab", at("told.netlab"), "--plain")
	require.Equal(t, first, second)

	// An input in the middle of the run, as the screen makes it, is repeated too.
	require.NoError(t, os.WriteFile(at("middle.netlab"), []byte(strings.Replace(read("run.netlab"), "---\n", "  - {after: 40, link: \"r1-r2\", drop: 2}\n---\n", 1)), 0o600))
	third := netlab(t, "lab", at("middle.netlab"), "--plain")
	require.Zero(t, third.code, third.err)
	require.Contains(t, third.out, "will lose the next 2 packets")
	require.Equal(t, third, netlab(t, "lab", at("middle.netlab"), "--plain"))
}

func TestWrongRunFiles(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	at := func(name string) string { return filepath.Join(dir, name) }
	write := func(name, text string) string {
		require.NoError(t, os.WriteFile(at(name), []byte(text), 0o600))
		return at(name)
	}
	lab := "name: x\ntitle: X\nhosts: {a: {role: client}, b: {role: server}}\nlinks: {a-b: {}}\n"
	good := write("good.netlab", "netlab: 1\nseed: 3\n---\n"+lab)
	require.Zero(t, netlab(t, "lab", good, "--check").code)
	for _, c := range []struct {
		wrong string
		args  []string
	}{
		{"not a stored run", []string{"lab", write("text.netlab", "hello\n")}},
		{"version.netlab:1:9: ", []string{"lab", write("version.netlab", "netlab: 2\n---\n"+lab)}},
		{"did you mean \"a-b\"", []string{"lab", "--check", write("link.netlab", "netlab: 1\ninputs:\n  - {link: \"a-c\", drop: 1}\n---\n"+lab)}},
		{"no field is called tcp.flgs", []string{"export", write("filter.netlab", "netlab: 1\ninputs:\n  - {drop: 1, filter: \"tcp.flgs\"}\n---\n"+lab), "--to", at("x.svg")}},
		{"no such file", []string{"export", at("nothing.netlab"), "--to", at("x.svg")}},
		{"leave --seed", []string{"lab", good, "--seed", "4"}},
		{"leave --seed", []string{"lab", good, "--drop", "tcp"}},
		{"ends in .netlab", []string{"lab", "hello", "--plain", "--save", at("x.run")}},
		{"has a way out", []string{"lab", "tap", "--plain", "--save", at("x.netlab")}},
		{"leave --until out", []string{"export", "hello", "--until", "1s", "--to", at("x.netlab")}},
		{"only the run of a lab", []string{"export", httpCapture, "--to", at("x.netlab")}},
	} {
		r := netlab(t, c.args...)
		require.Equal(t, exitUsage, r.code, "%v: %s", c.args, r.err)
		require.Contains(t, r.err, c.wrong)
		require.NoFileExists(t, at("x.svg"))
		require.NoFileExists(t, at("x.netlab"))
	}
}
