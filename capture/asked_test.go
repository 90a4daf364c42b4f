package capture_test

import (
	"fmt"
	"os"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"netlab/capture"
	"netlab/wire"
)

// A dissection for one field, of packets of all kinds and damaged ones, has it as often and in the same words as that of everything.
func TestWhatIsAskedForIsThatOfTheWholeDissection(t *testing.T) {
	var records []capture.Record
	for _, source := range sources(t) {
		records = append(records, source[:min(10, len(source))]...)
	}
	written, err := os.ReadFile(odd(t))
	require.NoError(t, err)
	damaged, err := readAll(written)
	require.NoError(t, err)
	records = append(records, damaged[:80]...)
	whole := make([]map[string][]string, len(records))
	for i, rec := range records {
		whole[i] = map[string][]string{}
		collect(whole[i], capture.Dissect(rec.LinkType, rec.Packet))
	}
	for _, key := range capture.FileKeys() {
		apart := capture.DissectFor(key)
		for i, rec := range records {
			part := map[string][]string{}
			collect(part, apart(rec.LinkType, rec.Packet))
			require.Equal(t, whole[i][key], part[key], "%s of packet %d: %x", key, i, rec.Packet)
		}
	}
}

// collect tells by their keys what nodes say, in any order.
func collect(all map[string][]string, nodes []wire.Node) {
	for i := range nodes {
		n := &nodes[i]
		all[n.Key] = append(all[n.Key], fmt.Sprint(n.Width, " ", n.Uint, " ", n.Value))
		slices.Sort(all[n.Key])
		collect(all, n.Children)
	}
}
