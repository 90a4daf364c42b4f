//go:build linux

package main

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// RFC 8200, Sections 4.2 to 4.7, and RFC 4443, Section 3.4, as scapy sees them, whose codec is not ours: which packets are
// answered, and where the answer points.
func TestAnswersOfIPv6(t *testing.T) {
	t.Parallel()
	needTUN(t)
	python := scapyPython(t)
	if !slices.ContainsFunc(hostsOfNetlab(), func(host string) bool { return strings.Contains(host, ":") }) {
		t.Skip("the kernel has no IPv6")
	}
	r := netlab(t, "exec", "--quiet", "--", python, filepath.Join("testdata", "answers6.py"), "netlab0")
	require.Zero(t, r.code, r.err)
	require.Equal(t, strings.TrimSpace(`
padding: echo reply
router alert: echo reply
option to skip: echo reply
option to discard: nothing
option to report: parameter problem 2 at 42
unknown next header: parameter problem 1 at 6
unknown behind options: parameter problem 1 at 40
routing header 0: parameter problem 0 at 42
routing header at its end: echo reply
no next header: nothing
atomic fragment: echo reply
fragments: echo reply
fragments backwards: echo reply
fragments that overlap: nothing
rest of those that overlap: nothing
length not of 8: parameter problem 0 at 4
beyond 65535: parameter problem 0 at 42
headers cut up: parameter problem 3 at 0
`), strings.TrimSpace(r.out))
}
