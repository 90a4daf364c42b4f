package main

import (
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

// The plain words of filters, of captures and of labs.
func TestPlainWords(t *testing.T) {
	captures := filepath.Join("..", "..", "testdata", "captures")
	lossy, names := filepath.Join(captures, "lossy.pcapng"), filepath.Join(captures, "dns.pcapng")
	for _, c := range []struct {
		args []string
		want string // in what it says
		code int
	}{
		{[]string{"replay", lossy, "--filter", "lost"}, "6 chosen of 93 packets", exitOK},
		{[]string{"replay", lossy, "--filter", "lost and seq 8577..9113"}, "2 chosen of 93 packets", exitOK},
		{[]string{"replay", names, "--filter", "host www.netlab.test"}, "0 chosen of 4 packets", exitOK},
		{[]string{"replay", names, "--filter", "tcp or host www.netlab"}, "        ^ no host is called www.netlab: ", exitUsage},
		{[]string{"replay", httpCapture, "--filter", "link eth0"}, "     ^ this capture does not tell links apart", exitUsage},
		{[]string{"lab", "lossy-upload", "--plain", "--until", "200ms", "--drop", "link r1>r2 and tcp.len > 0 #2"}, "(data 1461..2921) lost on r1>r2: dropped by hand", exitOK},
		{[]string{"lab", "lossy-upload", "--plain", "--until", "200ms", "--drop", "host h1 and seq 2921"}, "(data 2921..4381) lost on h1>r1: dropped by hand", exitOK},
		{[]string{"lab", "lossy-upload", "--plain", "--drop", "link r1-r9"}, "no link is called r1-r9: did you mean r1-r2?", exitUsage},
		{[]string{"lab", "lossy-upload", "--plain", "--drop", "lost"}, "lost means nothing here", exitUsage},
	} {
		r := netlab(t, c.args...)
		require.Equal(t, c.code, r.code, "%v: %s", c.args, r.err)
		require.Contains(t, r.out+r.err, c.want, c.args)
	}
}
