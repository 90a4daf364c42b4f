package main

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestDigInALab(t *testing.T) {
	oneThread(t)
	r := netlab(t, "dig", "--lab", "dns", "www.lab")
	require.Zero(t, r.code, r.err)
	for _, want := range []string{
		"; netlab dig @10.0.53.53 www.lab A\n", "status: NOERROR", "flags: qr aa rd;", "udp: 1232",
		"www.lab.\t60\tIN\tCNAME\th2.lab.\nh2.lab.\t60\tIN\tA\t10.0.2.20\n", ";; Query time: 20.000 ms\n", ";; SERVER: 10.0.53.53#53 (UDP)\n", "rcvd: 69\n",
	} {
		require.Contains(t, r.out, want)
	}
	require.Equal(t, r, netlab(t, "dig", "--lab", "dns", "www.lab"), "the same every time")

	r = netlab(t, "dig", "--lab", "dns", "big.lab", "TXT", "+short")
	require.Zero(t, r.code, r.err)
	require.Equal(t, 19, strings.Count(r.out, "\n"), "all of it, over TCP")
	r = netlab(t, "dig", "--lab", "dns", "big.lab", "TXT", "+ignore", "+noedns", "+norec")
	require.Contains(t, r.out, "flags: qr aa tc;")
	require.NotContains(t, r.out, "EDNS")
	r = netlab(t, "dig", "--lab", "dns", "-t", "soa", "@ns", "lab", "+tcp", "+bufsize=4096")
	require.Contains(t, r.out, "SOA\tns.lab. hostmaster.lab. 1")
	require.Contains(t, r.out, "(TCP)")

	r = netlab(t, "dig", "--lab", "dns", "nope.lab")
	require.Zero(t, r.code, "that there is no such name is an answer")
	require.Contains(t, r.out, "NXDOMAIN")
}

func TestDigAsJSON(t *testing.T) {
	r := netlab(t, "dig", "--lab", "dns", "--json", "-x", "10.0.2.20")
	require.Zero(t, r.code, r.err)
	var line map[string]any
	require.NoError(t, json.Unmarshal([]byte(r.out), &line))
	require.Equal(t, "REFUSED", line["status"])
	require.Equal(t, "20.2.0.10.in-addr.arpa.", line["name"])
	require.Equal(t, "PTR", line["type"])
	require.Equal(t, []any{"qr", "rd"}, line["flags"])
	require.Equal(t, "10.0.53.53:53", line["server"])

	r = netlab(t, "dig", "--lab", "dns", "--json", "h2.lab")
	require.Contains(t, r.out, `"answer":[{"name":"h2.lab.","type":"A","ttl":60,"data":"10.0.2.20"}]`)
}

func TestDigWithoutAnAnswer(t *testing.T) {
	r := netlab(t, "dig", "--lab", "dns", "@h2", "www.lab")
	require.Equal(t, exitNo, r.code)
	require.Contains(t, r.err, "destination unreachable")
	r = netlab(t, "dig", "--lab", "dns", "--fault", "r1-ns:loss=100%", "+tries=2", "+time=1", "www.lab")
	require.Equal(t, exitNo, r.code)
	require.Contains(t, r.err, "10.0.53.53:53 is silent")
	for _, args := range [][]string{
		{},
		{"www.lab", "QQ"},
		{"www.lab", "+short=5x", "+bufsize=1"},
		{"www.lab", "+nothing"},
		{"-x", "h2"},
		{"a..b"},
		{"www.lab", "+tries=0"},
		{"www.lab", "-t", "QQ"},
		{"@h9.lab", "www.lab"},
	} {
		r := netlab(t, append([]string{"dig", "--lab", "dns"}, args...)...)
		require.Equal(t, exitUsage, r.code, "%v: %s", args, r.err)
		require.Equal(t, 1, strings.Count(r.err, "\n"), r.err)
	}
	r = netlab(t, "dig", "--lab", "hello", "h2.lab")
	require.Equal(t, exitUsage, r.code)
	require.Contains(t, r.err, "no name server")
}
