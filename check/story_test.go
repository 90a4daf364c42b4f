package check_test

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"netlab/capture"
	"netlab/check"
	"netlab/netns"
)

// serveCalls makes the test binary the helper that makes calls inside a namespace.
const serveCalls = "NETLAB_TEST_SERVE_CALLS"

func TestMain(m *testing.M) {
	netns.Hold()
	if os.Getenv(serveCalls) != "" {
		if err := check.ServeCalls(os.Stdin, os.Stdout); err != nil {
			os.Exit(1)
		}
		os.Exit(0)
	}
	flag.Bool("update", false, "write the golden stories anew")
	flag.Parse()
	os.Exit(m.Run())
}

// updating reports whether -update is given.
func updating() bool { return flag.Lookup("update").Value.String() == "true" }

// golden compares text with a file in testdata, or writes it.
func golden(t *testing.T, name, text string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if updating() {
		require.NoError(t, os.WriteFile(path, []byte(text), 0o644))
		return
	}
	want, err := os.ReadFile(path)
	require.NoError(t, err)
	require.Equal(t, string(want), text)
}

func wrong() map[string]string {
	const begin = "# RFC 9293, Section 3.5: the handshake.\nlisten\n< S 0:0(0) win 65535 <mss 1000>\n> S. 0:0(0) ack 1 <mss 1460>\n+.1 < . 1:1(0) ack 1 win 65535\naccept\n\n"
	return map[string]string{
		"another-packet": begin + "# RFC 9293, Section 3.9.1.2: the last segment of what is queued has PSH.\n# This script is wrong on purpose.\nwrite 2000\n> . 1:1001(1000) ack 1\n> . 1001:2001(1000) ack 2 win 1000\n",
		"another-time":   begin + "# RFC 6298, Section 2.1.\nwrite 400\n+0 > P. 1:401(400) ack 1\n+3 > P. 1:401(400) ack 1\n",
		"nothing":        begin + "+.2 > . 1:1(0) ack 1\n",
		"unexpected":     begin + "write 400\n+.5 quiet\n",
		"options":        "connect\n> S 0:0(0) <mss 1400,sackOK,TS val 1 ecr 0>\n",
		"call":           begin + "read 100 = 50\n",
		"variable":       begin + "= cwnd 10, rto 3s\n",
	}
}

func TestGoldenStories(t *testing.T) {
	for name, text := range wrong() {
		script, err := check.Parse(name+".pkt", text)
		require.NoError(t, err)
		golden(t, name+".txt", check.Against(script).Story())
	}
}

// The run that a story offers to open tells everything up to the step, and why.
func TestGoldenExplanation(t *testing.T) {
	script, err := check.Parse("another-time.pkt", wrong()["another-time"])
	require.NoError(t, err)
	var b bytes.Buffer
	played := check.Explain(&b, script, 8)
	require.NotNil(t, played.Failure)
	golden(t, "explained.txt", b.String())
}

// The capture of a failed run says at the packet what was expected.
func TestCaptureOfAFailedRun(t *testing.T) {
	script, err := check.Parse("another-packet.pkt", wrong()["another-packet"])
	require.NoError(t, err)
	var b bytes.Buffer
	require.NoError(t, check.Against(script).WriteCapture(&b))
	r, err := capture.NewReader("x", &b)
	require.NoError(t, err)
	var comments []string
	for {
		p, err := r.Next()
		if err != nil {
			break
		}
		comments = append(comments, p.Comments...)
	}
	require.Len(t, comments, 5)
	require.Equal(t, "step 2, line 3: < S 0:0(0) win 65535 <mss 1000>", comments[0])
	require.Contains(t, comments[4], "acknowledgment number: expected 2, actual 1")
}
