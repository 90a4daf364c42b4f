package capture_test

import (
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"netlab/capture"
	"netlab/filter"
	"netlab/wire"
)

// slow is what a filter chooses if every packet is dissected.
func slow(t testing.TB, f *capture.File, layers [][]wire.Node, fl filter.Filter) []int32 {
	t.Helper()
	var chosen []int32
	for i := range layers {
		rec, err := f.Packet(i + 1)
		require.NoError(t, err)
		if fl.Match(layers[i], rec.Packet) {
			chosen = append(chosen, int32(i+1))
		}
	}
	return chosen
}

// agrees checks a filter against the dissection of every packet.
func agrees(t testing.TB, f *capture.File, layers [][]wire.Node, keys []string, expr string) int {
	t.Helper()
	fl, err := filter.Parse(expr, keys)
	require.NoError(t, err, expr)
	got, next, err := f.Filter(context.Background(), fl, 1)
	require.NoError(t, err)
	require.Equal(t, f.Len()+1, next)
	require.Equal(t, slow(t, f, layers, fl), got, expr)
	return len(got)
}

func allLayers(t testing.TB, f *capture.File) [][]wire.Node { return layersOf(t, f, f.Len()) }

// layersOf returns the layers of the first n packets.
func layersOf(t testing.TB, f *capture.File, n int) [][]wire.Node {
	t.Helper()
	all := make([][]wire.Node, n)
	numbers := make([]int, n)
	for i := range numbers {
		numbers[i] = i + 1
	}
	_, err := f.Join(context.Background(), numbers)
	require.NoError(t, err)
	for i := range all {
		var err error
		_, all[i], err = f.Layers(i + 1)
		require.NoError(t, err)
	}
	return all
}

// values returns, for each key, comparisons that some packets of the capture answer differently from others.
func values(layers [][]wire.Node) map[string][]string {
	all := map[string][]string{}
	var walk func(nodes []wire.Node)
	walk = func(nodes []wire.Node) {
		for i := range nodes {
			n := &nodes[i]
			if n.Key != "" && len(all[n.Key]) < 3 {
				all[n.Key] = append(all[n.Key], fmt.Sprint(n.Uint))
				if n.Value != "" && !strings.Contains(n.Value, `"`) {
					all[n.Key] = append(all[n.Key], `"`+n.Value+`"`)
					if !strings.ContainsAny(n.Value, " ,()<>=!&|#\n?*;'@%+[]{}~^$\\`") && bytes.IndexFunc([]byte(n.Value), func(r rune) bool { return r > 126 }) < 0 {
						all[n.Key] = append(all[n.Key], n.Value)
					}
				}
			}
			walk(n.Children)
		}
	}
	for i := range layers {
		walk(layers[i])
	}
	return all
}

// sample is a number and a text of those that a field has.
func sample(seen []string) (number, words string) {
	if len(seen) < 2 {
		return "1", `"x"`
	}
	return seen[0], seen[1]
}

// random makes an expression of the keys there are and some that there are not.
func random(r *rand.Rand, keys []string, values map[string][]string, depth int) string {
	if depth > 0 && r.IntN(2) == 0 {
		a, b := random(r, keys, values, depth-1), random(r, keys, values, depth-1)
		return []string{"(" + a + ") and " + b, a + " or (" + b + ")", "not (" + a + ")"}[r.IntN(3)]
	}
	key := keys[r.IntN(len(keys))]
	switch r.IntN(8) {
	case 0, 1:
		return key
	case 2: // its octets
		piece := []string{"[0]", "[1:2]", "[-2:]", "[0,2-3]"}[r.IntN(4)]
		return key + piece + []string{"", " == 00", " > 40:00", " != 08:00", ` contains "\x00"`, ` matches "\x00|a"`}[r.IntN(6)]
	case 3: // what is made of it
		return fmt.Sprintf([]string{"len(%s) > 4", "count(%s) == 2", "%s & 6", "%s & 0x12 == 2", `upper(%s) contains "T"`, "%s == ip.src", "%s < tcp.dstport", "all %s > 80", "any %s != 80"}[r.IntN(9)], key)
	}
	value := []string{"0", "1", "80", "10.0.0.0/8", "::1", `"x"`, "true"}[r.IntN(7)]
	if seen := values[key]; len(seen) > 0 && r.IntN(6) > 0 {
		value = seen[r.IntN(len(seen))]
	}
	op := []string{"==", "!=", "contains", "<", ">=", ">", "<=", "eq", "===", "!==", "in", "not in", "matches"}[r.IntN(13)]
	if _, err := strconv.Atoi(value); err != nil && strings.ContainsAny(op, "<>") {
		op = "=="
	}
	switch op {
	case "in", "not in":
		return key + " " + op + " {" + value + ", 64 .. 80}"
	case "matches":
		return key + ` matches "^[t0-9]+$"`
	}
	return key + " " + op + " " + value
}

// Every field of the language, alone and in every kind of comparison, chooses of packets of all kinds those that a dissection of each chooses.
func TestEveryFieldAgreesWithDissection(t *testing.T) {
	f := mix(t, 120)
	layers := allLayers(t, f)
	seen := values(layers)
	keys := capture.FileKeys()
	chosen := 0
	for _, key := range keys {
		number, words := sample(seen[key])
		for _, rest := range []string{"", " == " + number, " != " + number, " > " + number, " == " + words, " != " + words, ` contains "t"`} {
			chosen += agrees(t, f, layers, keys, key+rest)
		}
	}
	require.Greater(t, chosen, 5000)
}

// A filter takes few packets apart: those that the index knows nothing of, and of the others what they carry, if it is of the protocol that is asked for.
func TestFilterTakesLittleApart(t *testing.T) {
	const packets = 200
	f := mix(t, packets)
	layers := allLayers(t, f)
	carriers := map[string]int{}
	for i := range layers {
		for _, layer := range []string{"dns", "http", "tls"} {
			if slices.ContainsFunc(layers[i], func(n wire.Node) bool { return n.Key == layer }) {
				carriers[layer]++
			}
		}
	}
	require.Len(t, carriers, 3)
	keys := capture.FileKeys()
	for _, expr := range expressions(values(layers)) {
		fl, err := filter.Parse(expr, keys)
		require.NoError(t, err, expr)
		whole, carried, err := capture.Dissections(f, fl)
		require.NoError(t, err)
		layer, _, _ := strings.Cut(strings.Fields(expr)[0], ".")
		require.LessOrEqual(t, whole, packets/6, expr)
		require.LessOrEqual(t, carried, carriers[layer], expr)
	}
}

// TestFilterByIndexAgreesWithDissection: random expressions, on every capture.
func TestFilterByIndexAgreesWithDissection(t *testing.T) {
	names := append(captures(t), odd(t))
	if testing.Short() {
		names = slices.DeleteFunc(names, func(name string) bool {
			return !slices.Contains([]string{"dns.pcapng", "odd.pcapng"}, filepath.Base(name))
		})
	}
	for _, name := range names {
		t.Run(filepath.Base(name), func(t *testing.T) {
			f, err := capture.Open(name)
			require.NoError(t, err)
			defer f.Close()
			_ = f.Load(context.Background(), nil) // damaged ones too
			layers := allLayers(t, f)
			seen := values(layers)
			keys := append(capture.FileKeys(), "ip.addr", "ipv6.addr", "tcp.port", "udp.port")
			seen["ip.addr"], seen["ipv6.addr"], seen["tcp.port"], seen["udp.port"] = seen["ip.src"], seen["ipv6.dst"], seen["tcp.dstport"], seen["udp.srcport"]
			chosen := agrees(t, f, layers, keys, "frame")
			r := rand.New(rand.NewPCG(1, 2))
			for range 150 {
				chosen += agrees(t, f, layers, keys, random(r, keys, seen, 3))
			}
			require.NotZero(t, chosen)
		})
	}
}

// odd writes a capture of packets that are cut short or damaged, each in many ways.
func odd(t testing.TB) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "odd.pcapng")
	out, err := os.Create(name)
	require.NoError(t, err)
	defer out.Close()
	w, err := capture.NewWriter(out, capture.Interface{Name: "a", Type: capture.Ether}, capture.Interface{Name: "b", Type: capture.RawIP}, capture.Interface{Name: "c", Type: capture.SLL2})
	require.NoError(t, err)
	r := rand.New(rand.NewPCG(3, 4))
	for _, from := range []string{"http.pcap", "dns.pcapng", "mixed.pcap"} {
		all, err := readAll(file(t, from))
		require.NoError(t, err)
		for i, rec := range all {
			for range 4 {
				b := bytes.Clone(rec.Packet)
				for range r.IntN(4) {
					b[r.IntN(min(len(b), 70))] = byte(r.Uint32())
				}
				if r.IntN(3) == 0 {
					b = b[:r.IntN(len(b)+1)]
				}
				iface := 0
				if r.IntN(8) == 0 {
					iface = 1 + r.IntN(2)
				}
				if iface == 1 && len(b) > 14 {
					b = b[14:]
				}
				if r.IntN(8) == 0 && len(b) > 14 { // tagged
					b = append(append(bytes.Clone(b[:12]), 0x81, 0, 0, 7), b[12:]...)
				}
				require.NoError(t, w.Write(rec.At, iface, b, fmt.Sprint("of packet ", i+1)))
			}
		}
	}
	require.NoError(t, w.Flush())
	return name
}

// A filter goes on where it was, and is cancelled.
func TestFilterGoesOn(t *testing.T) {
	f := load(t, filepath.Join("..", "testdata", "captures", "http.pcap"))
	fl, err := filter.Parse("tcp", capture.FileKeys())
	require.NoError(t, err)
	got, next, err := f.Filter(context.Background(), fl, 20)
	require.NoError(t, err)
	require.Equal(t, f.Len()+1, next)
	require.Equal(t, int32(20), got[0])
	got, next, err = f.Filter(context.Background(), fl, next)
	require.NoError(t, err)
	require.Empty(t, got)
	require.Equal(t, f.Len()+1, next)
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	_, _, err = f.Filter(ctx, fl, 1)
	require.ErrorIs(t, err, context.Canceled)
}
