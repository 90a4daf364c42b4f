package narrate_test

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"netlab/capture"
	"netlab/filter"
	"netlab/narrate"
	"netlab/tls"
)

// told is what narrate says of a capture.
func told(t *testing.T, name string, say func(*bytes.Buffer, *capture.Reader) error) string {
	t.Helper()
	f, err := os.Open(filepath.Join("..", "testdata", "captures", name))
	require.NoError(t, err)
	defer f.Close()
	r, err := capture.NewReader(name, f)
	require.NoError(t, err)
	var out bytes.Buffer
	require.NoError(t, say(&out, r))
	return out.String()
}

// keysIn are the secrets that a capture carries behind its packets.
func keysIn(t *testing.T, name string) *tls.KeyLog {
	t.Helper()
	log := &tls.KeyLog{}
	told(t, name, func(_ *bytes.Buffer, r *capture.Reader) error {
		var err error
		for err == nil {
			_, err = r.Next()
		}
		return log.Add(r.Extra().KeyLog())
	})
	return log
}

func chosen(t *testing.T, expr string) filter.Filter {
	t.Helper()
	f, err := filter.Parse(expr, capture.FileKeys())
	require.NoError(t, err)
	return f
}

func TestLayersInText(t *testing.T) {
	o := narrate.Options{Filter: chosen(t, "frame.number == 4"), Detail: narrate.Detail{Layers: true}}
	plain := func(out *bytes.Buffer, r *capture.Reader) error { return narrate.ReplayPlain(out, "x", r, o) }
	got := told(t, "http.pcap", plain)
	for _, line := range []string{
		"      14..33  Internet Protocol Version 4  (RFC 791 §3.1)\n",
		"          22    Time to Live: 64  (RFC 1812 §5.3.1)\n",
		"      62..65        Timestamp Echo Reply: 2376027159\n",
		"     91..112    Host: 127.0.0.1:8080  (RFC 9110 §7.2)\n",
	} {
		require.Contains(t, got, line)
	}
	require.NotContains(t, got, " | ")
	require.Equal(t, 1, strings.Count(got, "Transmission Control Protocol"))

	o.Detail.Why = true
	require.Contains(t, told(t, "http.pcap", plain), "          22    Time to Live: 64  (RFC 1812 §5.3.1)\n                  | How many more routers may pass the packet on")

	// What was encrypted stands behind the octets of the packet.
	o = narrate.Options{Filter: chosen(t, "frame.number == 11"), Keys: keysIn(t, "tls.pcapng"), Detail: narrate.Detail{Layers: true}}
	got = told(t, "tls.pcapng", plain)
	require.Contains(t, got, "     71..180      Application Data: 110 octets")
	require.Contains(t, got, "    185..194        Request Target: /hello.txt")
}

func TestLayersInJSON(t *testing.T) {
	o := narrate.Options{Filter: chosen(t, "frame.number == 11"), Keys: keysIn(t, "tls.pcapng"), Detail: narrate.Detail{Layers: true, Fields: []string{"tcp.port", "http.request.uri", "icmp"}}}
	got := told(t, "tls.pcapng", func(out *bytes.Buffer, r *capture.Reader) error { return narrate.ReplayJSON(out, "x", r, o) })
	type node struct {
		Name, Key, Value, Ref, Doc string
		Bit, Width                 int
		Children                   []node
	}
	var p struct {
		Octets string
		Layers []node
		Fields map[string][]string
	}
	require.NoError(t, json.Unmarshal([]byte(strings.Split(got, "\n")[1]), &p))
	octets, err := hex.DecodeString(p.Octets)
	require.NoError(t, err)
	require.Equal(t, map[string][]string{"tcp.port": {"33892", "8443"}, "http.request.uri": {"/hello.txt"}}, p.Fields)
	require.Len(t, p.Layers, 5)
	require.Equal(t, "Carries a packet from one network card to the next on the same link.", p.Layers[0].Doc)
	var uri *node
	var look func(nodes []node)
	look = func(nodes []node) {
		for i := range nodes {
			if nodes[i].Key == "http.request.uri" {
				uri = &nodes[i]
			}
			look(nodes[i].Children)
		}
	}
	look(p.Layers)
	require.NotNil(t, uri)
	require.Equal(t, "RFC 9112, Section 3.2", uri.Ref)
	require.Equal(t, "/hello.txt", string(octets[uri.Bit/8:(uri.Bit+uri.Width)/8]))
}

func TestFieldsForPrograms(t *testing.T) {
	o := narrate.Options{Filter: chosen(t, "frame.number < 5"), Detail: narrate.Detail{Fields: []string{"frame.number", "tcp.port", "tcp.flags.syn", "http.request.uri", "tcp.len"}}}
	fields := func(out *bytes.Buffer, r *capture.Reader) error { return narrate.FieldsPlain(out, r, o) }
	require.Equal(t, "1\t48880,8080\t1\t\t0\n2\t8080,48880\t1\t\t0\n3\t48880,8080\t0\t\t0\n4\t48880,8080\t0\t/hello.txt\t87\n", told(t, "http.pcap", fields))
	o.Filter = filter.Filter{}
	o.Detail.Fields = []string{"retx", "frame.number"}
	require.Contains(t, told(t, "lossy.pcapng", fields), "\n1\t")

	// For programs, a field that has a number is that number.
	o = narrate.Options{Filter: chosen(t, "frame.number == 2"), Detail: narrate.Detail{Fields: []string{"frame.time_epoch", "frame.time_relative", "tcp.hdr_len", "tcp.flags", "tcp.checksum", "ip.proto", "eth.type", "ip.ttl"}}}
	require.Equal(t, "1795428719.372463000\t0.000014000\t10\t0x12\t0xfe30\t6\t0x0800\t64\n", told(t, "http.pcap", fields))
}
