package sim_test

import (
	"flag"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"netlab/labs"
	"netlab/link"
	"netlab/sim"
	"netlab/tcp"
)

// update is a function because a package keeps no variables.
func update() bool { return flag.Lookup("update").Value.String() == "true" }

func TestMain(m *testing.M) {
	flag.Bool("update", false, "write the golden files anew")
	flag.Parse()
	os.Exit(m.Run())
}

// golden compares got with a file in testdata.
func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if update() {
		require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o755))
		require.NoError(t, os.WriteFile(path, []byte(got), 0o644))
	}
	want, err := os.ReadFile(path)
	require.NoError(t, err)
	require.Equal(t, string(want), got, "%s; -update writes it anew", path)
}

func prefix(s string) netip.Prefix { return netip.MustParsePrefix(s) }
func addr(s string) netip.Addr     { return netip.MustParseAddr(s) }

func parse(t *testing.T, s string) *sim.Topology {
	t.Helper()
	topology, err := sim.Parse("test.yaml", []byte(s))
	require.NoError(t, err)
	return topology
}

func TestParseReadsEveryPart(t *testing.T) {
	const file = `
name: test
title: A test
about: >
  Two lines
  of words.
hosts:
  h1: {role: client, receive-buffer: 8192}
  r1:
    role: router
    routes:
      - {to: 10.9.0.0/16, via: 10.0.2.9}
  h2: {role: server}
links:
  h1-r1:
    delay: 5ms
    loss: 10%
    mtu: 576
    h1>r1: {loss: 20%, queue: 3}
    r1>h1: {delay: 7ms}
    addresses: {h1: 192.168.0.10/24}
  r1-h2:
    rate: 10mbit
    addresses: {h2: 10.0.2.9/24}
apps:
  - {host: h2, do: tcp-sink, port: 80}
  - {host: h1, at: 100ms, do: tcp-send, to: "h2:80", bytes: 5}
`
	require.Equal(t, &sim.Topology{
		Name: "test", Title: "A test", About: "Two lines of words.", Source: file,
		Hosts: []sim.HostSpec{
			{
				Name: "h1", Role: sim.Client, ReceiveBuffer: 8192, TCP: tcp.Config{NoTimestamps: true},
				Interfaces: []sim.InterfaceSpec{{Link: "h1-r1", Addrs: []netip.Prefix{prefix("192.168.0.10/24")}}},
				Routes:     []sim.RouteSpec{{To: prefix("10.0.2.0/24"), Via: addr("192.168.0.1")}},
			},
			{
				Name: "r1", Role: sim.Router, TCP: tcp.Config{NoTimestamps: true},
				Interfaces: []sim.InterfaceSpec{{Link: "h1-r1", Addrs: []netip.Prefix{prefix("192.168.0.1/24")}}, {Link: "r1-h2", Addrs: []netip.Prefix{prefix("10.0.2.1/24")}}},
				Routes:     []sim.RouteSpec{{To: prefix("10.9.0.0/16"), Via: addr("10.0.2.9")}},
			},
			{
				Name: "h2", Role: sim.Server, TCP: tcp.Config{NoTimestamps: true},
				Interfaces: []sim.InterfaceSpec{{Link: "r1-h2", Addrs: []netip.Prefix{prefix("10.0.2.9/24")}}},
				Routes:     []sim.RouteSpec{{To: prefix("192.168.0.0/24"), Via: addr("10.0.2.1")}},
			},
		},
		Links: []sim.LinkSpec{
			{
				A: "h1", B: "r1", MTU: 576,
				Up:   link.Faults{Delay: 5 * time.Millisecond, Loss: 0.2, Queue: 3},
				Down: link.Faults{Delay: 7 * time.Millisecond, Loss: 0.1},
			},
			{A: "r1", B: "h2", MTU: 1500, Up: link.Faults{Rate: 10_000_000}, Down: link.Faults{Rate: 10_000_000}},
		},
		Apps: []sim.AppSpec{
			{Host: "h2", Do: "tcp-sink", Args: map[string]string{"port": "80"}},
			{Host: "h1", At: 100 * time.Millisecond, Do: "tcp-send", Args: map[string]string{"to": "h2:80", "bytes": "5"}},
		},
	}, parse(t, file))
}

func TestAddressesAndRoutesAreCompleted(t *testing.T) {
	topology := parse(t, `
hosts:
  a: {role: client}
  b: {role: router}
  c: {role: router}
  d: {role: router}
  e: {role: server}
links:
  a-b: {}
  b-c: {addresses: {c: 10.0.1.7/24}}
  c-e: {}
  b-d: {}
  d-e: {}
`)
	var got []string
	for _, h := range topology.Hosts {
		for _, i := range h.Interfaces {
			for _, a := range i.Addrs {
				got = append(got, h.Name+" "+i.Link+" "+a.String())
			}
		}
		for _, r := range h.Routes {
			got = append(got, h.Name+" to "+r.To.String()+" via "+r.Via.String())
		}
	}
	require.Equal(t, strings.Split(strings.TrimSpace(`
a a-b 10.0.2.1/24
a to 10.0.1.0/24 via 10.0.2.2
a to 10.0.4.0/24 via 10.0.2.2
a to 10.0.3.0/24 via 10.0.2.2
a to 10.0.5.0/24 via 10.0.2.2
b a-b 10.0.2.2/24
b b-c 10.0.1.1/24
b b-d 10.0.4.1/24
b to 10.0.3.0/24 via 10.0.1.7
b to 10.0.5.0/24 via 10.0.4.2
c b-c 10.0.1.7/24
c c-e 10.0.3.1/24
c to 10.0.2.0/24 via 10.0.1.1
c to 10.0.4.0/24 via 10.0.1.1
c to 10.0.5.0/24 via 10.0.1.1
d b-d 10.0.4.2/24
d d-e 10.0.5.1/24
d to 10.0.2.0/24 via 10.0.4.1
d to 10.0.1.0/24 via 10.0.4.1
d to 10.0.3.0/24 via 10.0.4.1
e c-e 10.0.3.2/24
e d-e 10.0.5.2/24
e to 10.0.1.0/24 via 10.0.3.1
e to 10.0.4.0/24 via 10.0.5.1
e to 10.0.2.0/24 via 10.0.3.1
`), "\n"), got)
}

// TestParseErrors shows what a user sees, for one mistake of each kind.
func TestParseErrors(t *testing.T) {
	files, err := filepath.Glob("testdata/bad/*.yaml")
	require.NoError(t, err)
	require.NotEmpty(t, files)
	var all strings.Builder
	for _, path := range files {
		b, err := os.ReadFile(path)
		require.NoError(t, err)
		for i, part := range strings.Split(string(b), "=====\n") {
			topology, err := sim.Parse(filepath.Base(path), []byte(part))
			require.ErrorIs(t, err, sim.ErrTopology, "%s, part %d", path, i)
			require.Nil(t, topology)
			all.WriteString(err.Error() + "\n\n")
		}
	}
	golden(t, "parse-errors.golden", all.String())
}

func TestTheLabsParse(t *testing.T) {
	require.Subset(t, labs.Names(), []string{"hello", "routed", "lossy-upload"})
	for _, name := range labs.Names() {
		b, err := labs.Open(name)
		require.NoError(t, err)
		topology, err := sim.Parse(name+".yaml", b)
		require.NoError(t, err)
		require.Equal(t, name, topology.Name)
		require.NotEmpty(t, topology.Title)
		require.NotEmpty(t, topology.About)
		require.NotEmpty(t, topology.Apps)
	}
}

func FuzzParse(f *testing.F) {
	for _, name := range labs.Names() {
		b, err := labs.Open(name)
		require.NoError(f, err)
		f.Add(b)
	}
	f.Add([]byte("hosts: {a: {role: client}, b: {role: server}}\nlinks: {a-b: {loss: 1%}}\n"))
	f.Add([]byte("a: [b, {c: *d}]\n? - x\n: !!binary |\n  AA"))
	f.Fuzz(func(t *testing.T, b []byte) {
		topology, err := sim.Parse("fuzz.yaml", b)
		if err != nil {
			require.ErrorIs(t, err, sim.ErrTopology)
			return
		}
		again, err := sim.Parse("again.yaml", []byte(topology.Source))
		require.NoError(t, err)
		require.Equal(t, topology, again)
	})
}

// The switches of TCP: those of the lab hold for every host that does not say otherwise.
func TestSwitchesOfTCP(t *testing.T) {
	topology, err := sim.Parse("test.yaml", []byte(`
tcp: {sack: off, congestion: reno, initial-window: 2, min-rto: 200ms}
hosts:
  h1: {role: client, tcp: {timestamps: on, sack: on, hystart: on, ecn: on}}
  h2: {role: server}
links: {h1-h2: {}}
`))
	require.NoError(t, err)
	lab := tcp.Config{NoTimestamps: true, NoSACK: true, Congestion: tcp.NewReno, InitialWindow: 2, MinRTO: 200 * time.Millisecond}
	require.Equal(t, lab, topology.Hosts[1].TCP)
	lab.NoTimestamps, lab.NoSACK, lab.HyStart, lab.ECN = false, false, true, tcp.ECNAlways
	require.Equal(t, lab, topology.Hosts[0].TCP)

	_, err = sim.Parse("test.yaml", []byte("hosts: {h1: {role: client, tcp: {sack: maybe}}, h2: {role: server}}\nlinks: {h1-h2: {}}\n"))
	require.ErrorContains(t, err, `"maybe" is not known here`)
}
