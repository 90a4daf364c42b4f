package sim_test

import (
	"fmt"

	"netlab/sim"
)

// A lab is read from a file, run to its end, and looked at afterwards.
func Example() {
	topology, err := sim.Parse("two.yaml", []byte(`
hosts: {a: {role: client}, b: {role: server}}
links: {a-b: {delay: 10ms}}
apps:
  - {host: a, do: ping, to: b, count: 1}
`))
	if err != nil {
		fmt.Println(err)
		return
	}
	n, err := sim.New(topology, sim.Options{Seed: 1})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer n.Close()
	for n.Step() {
	}
	v := n.Store().View()
	for id := v.First(); id <= v.Last(); id++ {
		e, _ := v.Event(id)
		fmt.Println(e.At.Sub(sim.Epoch()), e.Host, e.Text())
	}
	// Output:
	// 0s a starts ping b
	// 0s a sends echo request 1 of ping 1: whoever has the address must answer
	// 10ms b receives a packet of 84 octets
	// 10ms b answers echo request 1 of ping 1 with the same data
	// 20ms a receives a packet of 84 octets
	// 20ms a got 1 reply to 1 echo request
}
