//go:build linux

package main

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// nmap looks for open ports in all the ways that it has, and for what system this is. The host neither hangs nor ends, and what nmap
// says of ports is true.
func TestScans(t *testing.T) {
	t.Parallel()
	needTUN(t, "nmap", "curl")
	for flags, says := range map[string]string{
		"-sS -O --max-os-tries 1": "7/tcp  open", "-sA": "unfiltered", "-sF": "7/tcp  open|filtered", "-sN": "7/tcp  open|filtered", "-sX": "7/tcp  open|filtered",
	} {
		r := netlab(t, "exec", "--quiet", "--", "sh", "-c", "nmap -n -Pn -p 7,81 "+flags+" 10.77.0.2 && curl -sS http://10.77.0.2/bytes/1000 | wc -c")
		require.Zero(t, r.code, "%s: %s%s", flags, r.out, r.err)
		require.Contains(t, r.out, says, flags)
		require.Contains(t, r.out, "\n1000\n", flags)
	}
}
