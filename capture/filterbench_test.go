package capture_test

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"netlab/capture"
	"netlab/filter"
)

// mix writes a capture of n packets of all kinds, in equal parts: HTTP, DNS, TLS, TCP with its options and losses, ICMP of both kinds, fragments,
// ARP, VLANs, IPv6 with extension headers.
func mix(t testing.TB, n int) *capture.File {
	t.Helper()
	name := filepath.Join(t.TempDir(), "mix.pcapng")
	out, err := os.Create(name)
	require.NoError(t, err)
	defer out.Close()
	ifaces := map[capture.LinkType]int{capture.Ether: 0, capture.RawIP: 1, capture.SLL2: 2}
	w, err := capture.NewWriter(out, capture.Interface{Name: "a", Type: capture.Ether}, capture.Interface{Name: "b", Type: capture.RawIP}, capture.Interface{Name: "c", Type: capture.SLL2})
	require.NoError(t, err)
	var sources [][]capture.Record
	for _, name := range []string{"http.pcap", "dns.pcapng", "tls.pcapng", "mixed.pcap", "ping.pcap", "kernel-curl.pcap", "kernel-tls.pcap", "kernel-dig.pcap"} {
		records, err := readAll(file(t, name))
		require.NoError(t, err)
		sources = append(sources, records)
	}
	var tagged, six []capture.Record
	for _, rec := range sources[0] {
		rec.Packet = append(append(slices.Clone(rec.Packet[:12]), 0x81, 0, 0, 7), rec.Packet[12:]...)
		tagged = append(tagged, rec)
	}
	all := sixes()
	for _, what := range slices.Sorted(mapKeys(all)) {
		six = append(six, capture.Record{LinkType: capture.RawIP, Packet: all[what]})
	}
	sources = append(sources, tagged, six)
	at := time.Unix(1_800_000_000, 0)
	for i := range n {
		source := sources[i%len(sources)]
		rec := source[i/len(sources)%len(source)]
		require.NoError(t, w.Write(at.Add(time.Duration(i)*time.Millisecond), ifaces[rec.LinkType], rec.Packet, ""))
	}
	require.NoError(t, w.Flush())
	return load(t, name)
}

func mapKeys[K comparable, V any](m map[K]V) func(func(K) bool) {
	return func(yield func(K) bool) {
		for k := range m {
			if !yield(k) {
				return
			}
		}
	}
}

// expressions asks for each field whether it is there, for its number and for its words.
func expressions(seen map[string][]string) (all []string) {
	for _, key := range capture.FileKeys() {
		number, words := "1", `"x"`
		if values := seen[key]; len(values) > 1 {
			number, words = values[0], values[1]
		}
		all = append(all, key, key+" == "+number, key+" == "+words, key+" contains "+`"a"`)
	}
	return all
}

// BenchmarkFilter is a table: each question that can be asked of each field, of 100,000 packets.
//
//	go test ./capture -run - -bench 'Filter$' -benchtime 1x
func BenchmarkFilter(b *testing.B) {
	const packets = 100_000
	f := mix(b, packets)
	seen := values(layersOf(b, f, 1000))
	for _, expr := range expressions(seen) {
		fl, err := filter.Parse(expr, capture.FileKeys())
		require.NoError(b, err, expr)
		b.Run(strings.ReplaceAll(expr, "/", "|"), func(b *testing.B) {
			var before, after syscall.Rusage
			require.NoError(b, syscall.Getrusage(syscall.RUSAGE_SELF, &before))
			chosen := 0
			for b.Loop() {
				numbers, _, err := f.Filter(context.Background(), fl, 1)
				require.NoError(b, err)
				chosen = len(numbers)
			}
			require.NoError(b, syscall.Getrusage(syscall.RUSAGE_SELF, &after))
			cpu := time.Duration(after.Utime.Nano() + after.Stime.Nano() - before.Utime.Nano() - before.Stime.Nano())
			whole, carried, err := capture.Dissections(f, fl)
			require.NoError(b, err)
			b.ReportMetric(float64(cpu.Microseconds())/1000/float64(b.N), "cpu-ms/op")
			b.ReportMetric(float64(chosen), "chosen")
			b.ReportMetric(float64(whole), "dissected")
			b.ReportMetric(float64(carried), "carried")
		})
	}
}
