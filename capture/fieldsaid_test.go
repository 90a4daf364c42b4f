package capture_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"netlab/capture"
	"netlab/wire"
)

// Every field has a name and a sentence, and they are those of the dissection.
func TestEveryFieldHasASentence(t *testing.T) {
	said := map[string]map[string]bool{} // by dissections
	fields := map[string]wire.Field{}
	for _, f := range capture.FileFields() {
		require.NotEmpty(t, f.Name, f.Key)
		require.NotEmpty(t, f.Doc, f.Key)
		fields[f.Key] = f
	}
	var walk func([]wire.Node)
	walk = func(nodes []wire.Node) {
		for _, n := range nodes {
			if said[n.Key] == nil {
				said[n.Key] = map[string]bool{}
			}
			said[n.Key][n.Doc] = true
			walk(n.Children)
		}
	}
	for _, name := range []string{"http.pcap", "dns.pcapng", "dns-failures.pcapng", "kernel-dig.pcap", "tls.pcapng", "kernel-tls.pcap", "mixed.pcap"} {
		records, err := readAll(file(t, name))
		require.NoError(t, err)
		for i := range records {
			walk(capture.Dissect(records[i].LinkType, records[i].Packet))
		}
	}
	compared := 0
	for key, f := range fields {
		switch key {
		case "http.response.code", "tls", "dns.resp.type": // it depends on the value
		default:
			if len(said[key]) == 1 { // else it depends on what it is part of
				require.True(t, said[key][f.Doc], "%s: %s, and not %v", key, f.Doc, said[key])
				compared++
			}
		}
	}
	require.Greater(t, compared, 180)
}
