package main

import (
	"bufio"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestCheckRunsScripts(t *testing.T) {
	oneThread(t)
	r := netlab(t, "check", "../../testdata/tcp")
	require.Zero(t, r.code, r.out+r.err)
	require.Regexp(t, `^\d{3} scripts, \d{3} held, 0 failed`, r.out)

	r = netlab(t, "check", "-v", "../../testdata/tcp/rto/doubles.pkt")
	require.Zero(t, r.code)
	require.Contains(t, r.out, "ok   ../../testdata/tcp/rto/doubles.pkt, 11 steps")

	r = netlab(t, "check", "../../testdata/tcp/rto/doubles.pkt", "--show", "9")
	require.Zero(t, r.code, r.err)
	require.Contains(t, r.out, "the timeout is now 4000 ms (RFC 6298, Section 5)")
}

func TestCheckTellsOfAScriptThatFails(t *testing.T) {
	oneThread(t)
	dir := t.TempDir()
	write := func(name, text string) string {
		path := filepath.Join(dir, name)
		require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
		return path
	}
	wrong := write("wrong.pkt", "# RFC 6298, Section 2.1\nconnect\n> S 0:0(0) <...>\n+2 > S 0:0(0) <...>\n")
	right := write("right.pkt", "connect\n> S 0:0(0) <...>\n")

	r := netlab(t, "check", right, wrong, "--artifacts", filepath.Join(dir, "out"))
	require.Equal(t, exitNo, r.code)
	require.Empty(t, r.err)
	require.Contains(t, r.out, "expected 2.000000, actual 1.000000")
	require.Contains(t, r.out, "  | RFC 6298, Section 2.1")
	require.Contains(t, r.out, "2 scripts, 1 held, 1 failed")

	// What the story offers is a command that exists.
	_, command, found := strings.Cut(r.out, "look closer: netlab ")
	require.True(t, found)
	command, _, _ = strings.Cut(command, "\n")
	r = netlab(t, strings.Fields(command)...)
	require.Equal(t, exitNo, r.code, "it fails there too")
	require.Contains(t, r.out, "no acknowledgment within 1000 ms")

	captures, err := filepath.Glob(filepath.Join(dir, "out", "*wrong.pcapng"))
	require.NoError(t, err)
	require.Len(t, captures, 1)
	require.Contains(t, netlab(t, "replay", "--packets", captures[0]).out, "SYN")

	r = netlab(t, "check", "--json", right, wrong)
	require.Equal(t, exitNo, r.code)
	lines := strings.Split(strings.TrimSpace(r.out), "\n")
	require.Len(t, lines, 2)
	var got struct {
		Script, What string
		OK           bool
		Line, Held   int
	}
	require.NoError(t, json.Unmarshal([]byte(lines[1]), &got))
	require.False(t, got.OK)
	require.Equal(t, 4, got.Line)
	require.Equal(t, "the packet came at another time", got.What)
}

func TestCheckOfWhatIsNoScript(t *testing.T) {
	bad := filepath.Join(t.TempDir(), "bad.pkt")
	require.NoError(t, os.WriteFile(bad, []byte("+0 conect\n"), 0o600))
	r := netlab(t, "check", "../../testdata/tcp/rto", bad)
	require.Equal(t, exitUsage, r.code)
	require.Empty(t, r.out, "nothing is run")
	require.Contains(t, r.err, "bad.pkt:1:4: unknown word \"conect\": did you mean connect?\n  +0 conect\n     ^\n")

	for _, args := range [][]string{{"check"}, {"check", "no-such-file"}, {"check", t.TempDir()}, {"check", "../../testdata/tcp/rto/first.pkt", "--show", "99"}, {"check", "../../testdata/tcp/rto/first.pkt", "--target", "127.0.0.1:99999"}} {
		r := netlab(t, args...)
		require.Equal(t, exitUsage, r.code, "%v", args)
		require.NotEmpty(t, r.err)
	}
}

// One program serves its TCP, another runs scripts against it.
func TestCheckAgainstAnotherProgram(t *testing.T) {
	t.Parallel()
	server := netlabCommand(t, "check", "--serve", "127.0.0.1:0")
	out, err := server.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, server.Start())
	line, err := bufio.NewReader(out).ReadString('\n')
	require.NoError(t, err)
	_, address, found := strings.Cut(strings.TrimSuffix(line, " SCRIPT…\n"), "--target ")
	require.True(t, found, line)

	r := netlab(t, "check", "-v", "--target", address, "../../testdata/tcp/close/passive.pkt", "../../testdata/tcp/reset/abort.pkt")
	require.Zero(t, r.code, r.out+r.err)
	require.Contains(t, r.out, "2 scripts, 2 held")

	wrong := filepath.Join(t.TempDir(), "wrong.pkt")
	require.NoError(t, os.WriteFile(wrong, []byte("+0 listen\n+0 < S 0:0(0) win 1000\n+0 > R. 0:0(0) ack 1\n"), 0o600))
	r = netlab(t, "check", "--target", address, wrong)
	require.Equal(t, exitNo, r.code, r.out+r.err)
	require.Contains(t, r.out, "FAIL")

	require.NoError(t, server.Process.Signal(os.Interrupt))
	require.Error(t, server.Wait())
	require.Equal(t, exitInterrupted, server.ProcessState.ExitCode())

	r = netlab(t, "check", "--target", address, wrong)
	require.Equal(t, exitUsage, r.code, r.out)
	require.Contains(t, r.err, "nobody answers there")
	require.Equal(t, exitUsage, netlab(t, "check", "--target", "127.0.0.1:port", wrong).code)
	require.Equal(t, exitUsage, netlab(t, "check", "--serve", "127.0.0.1:0", wrong).code)
}
