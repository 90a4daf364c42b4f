package sim_test

import (
	"fmt"
	"testing"

	"netlab/sim"
)

// BenchmarkTransfer sends 10 MB over one hop and reports what the simulation manages per second of real
// time: packets end to end, and events.
func BenchmarkTransfer(b *testing.B) {
	const octets = 10_000_000
	topology, err := sim.Parse("bench.yaml", []byte(fmt.Sprintf(`
hosts: {a: {role: client}, b: {role: server}}
links: {a-b: {delay: 1ms, rate: 1gbit}}
apps:
  - {host: b, do: tcp-sink}
  - {host: a, do: tcp-send, to: "b:9", bytes: %d}
`, octets)))
	if err != nil {
		b.Fatal(err)
	}
	packets, events := 0, 0
	for b.Loop() {
		n := run(b, topology, sim.Options{})
		packets += n.Store().View().Packets()
		events += int(n.Store().View().Last())
		n.Close()
	}
	b.ReportMetric(float64(packets)/b.Elapsed().Seconds(), "packets/s")
	b.ReportMetric(float64(events)/b.Elapsed().Seconds(), "events/s")
	b.SetBytes(octets)
}
