package capture_test

import (
	"maps"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"netlab/capture"
)

// sources are packets of all kinds, by where they come from: HTTP, DNS, TLS, TCP with its options and losses, ICMP of both kinds, fragments, ARP, VLANs,
// IPv6 with extension headers.
func sources(t testing.TB) (all [][]capture.Record) {
	t.Helper()
	for _, name := range []string{"http.pcap", "dns.pcapng", "tls.pcapng", "mixed.pcap", "ping.pcap", "kernel-curl.pcap", "kernel-tls.pcap", "kernel-dig.pcap"} {
		records, err := readAll(file(t, name))
		require.NoError(t, err)
		all = append(all, records)
	}
	var tagged, six []capture.Record
	for _, rec := range all[1] { // again, in a VLAN
		rec.Packet = slices.Concat(rec.Packet[:12], []byte{0x81, 0, 0, 7}, rec.Packet[12:])
		tagged = append(tagged, rec)
	}
	packets := sixes()
	for _, what := range slices.Sorted(maps.Keys(packets)) {
		six = append(six, capture.Record{LinkType: capture.RawIP, Packet: packets[what]})
	}
	return append(all, tagged, six)
}

// mix makes a capture of n packets, in equal parts from all sources.
func mix(t testing.TB, n int) *capture.File {
	t.Helper()
	all := sources(t)
	records := make([]capture.Record, n)
	for i := range records {
		source := all[i%len(all)]
		records[i] = source[i/len(all)%len(source)]
	}
	return load(t, write(t, records))
}

// write writes packets into a capture, a millisecond apart, and returns its name.
func write(t testing.TB, records []capture.Record) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "mix.pcapng")
	out, err := os.Create(name)
	require.NoError(t, err)
	defer out.Close()
	w, err := capture.NewWriter(out, capture.Interface{Name: "a", Type: capture.Ether}, capture.Interface{Name: "b", Type: capture.RawIP}, capture.Interface{Name: "c", Type: capture.SLL2})
	require.NoError(t, err)
	interfaces := map[capture.LinkType]int{capture.Ether: 0, capture.RawIP: 1, capture.SLL2: 2}
	at := time.Unix(1_800_000_000, 0)
	for i, rec := range records {
		require.NoError(t, w.Write(at.Add(time.Duration(i)*time.Millisecond), interfaces[rec.LinkType], rec.Packet, ""))
	}
	require.NoError(t, w.Flush())
	return name
}

// expressions asks for each field whether it is there, for its number and for its words.
func expressions(seen map[string][]string) (all []string) {
	for _, key := range capture.FileKeys() {
		number, words := sample(seen[key])
		all = append(all, key, key+" == "+number, key+" == "+words, key+" contains "+`"a"`)
	}
	return all
}
