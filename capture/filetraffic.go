package capture

import (
	"cmp"
	"net/netip"
	"slices"

	"netlab/ip"
)

// Traffic is what went between two hosts. Of each array the first is of the host that was seen sending first.
type Traffic struct {
	Hosts   [2]netip.Addr
	Packets [2]int
	Octets  [2]int64 // on the wire, as far as the capture says
	First   int      // number of the first packet
	Flows   []Flow   // those with the most octets
	More    int      // flows that are not among them
}

// Flow is a TCP connection, a UDP flow, or all that two hosts send each other by another protocol.
type Flow struct {
	Protocol ip.Protocol
	Number   int // of the connection or flow; -1: neither
	Ports    [2]uint16
	Packets  [2]int
	Octets   [2]int64
	First    int // number of the first packet
}

// mostFlows is how many flows are told of each two hosts.
const mostFlows = 64

// Traffic returns what went between each two hosts, that with the most octets first, and how many packets travel between none. It looks at all that
// is indexed so far, which takes a while; progress is called now and then, and ends it early by returning false.
func (f *File) Traffic(progress func(done, all int) bool) (traffic []Traffic, others int) {
	flows, hosts, others := f.flows(progress)
	at := map[[2]netip.Addr]int{}
	for i := range flows {
		h := hosts[i]
		dir := 0
		n, ok := at[h]
		if !ok {
			if n, ok = at[[2]netip.Addr{h[1], h[0]}]; ok && h[0] != h[1] {
				dir = 1
			}
		}
		if !ok {
			n = len(traffic)
			at[h] = n
			traffic = append(traffic, Traffic{Hosts: h, First: flows[i].First})
		}
		traffic[n].add(flows[i], dir)
	}
	for i := range traffic {
		traffic[i].cut()
	}
	slices.SortStableFunc(traffic, func(a, b Traffic) int { return cmp.Compare(b.Octets[0]+b.Octets[1], a.Octets[0]+a.Octets[1]) })
	return traffic, others
}

// add adds a flow; dir says which of the two hosts was seen sending first in it.
func (t *Traffic) add(flow Flow, dir int) {
	if dir == 1 {
		flow.Ports[0], flow.Ports[1] = flow.Ports[1], flow.Ports[0]
		flow.Packets[0], flow.Packets[1] = flow.Packets[1], flow.Packets[0]
		flow.Octets[0], flow.Octets[1] = flow.Octets[1], flow.Octets[0]
	}
	for i := range t.Packets {
		t.Packets[i] += flow.Packets[i]
		t.Octets[i] += flow.Octets[i]
	}
	t.First = min(t.First, flow.First)
	if t.Flows = append(t.Flows, flow); len(t.Flows) >= 4*mostFlows {
		t.cut()
	}
}

// cut leaves the flows with the most octets.
func (t *Traffic) cut() {
	slices.SortStableFunc(t.Flows, func(a, b Flow) int { return cmp.Compare(b.Octets[0]+b.Octets[1], a.Octets[0]+a.Octets[1]) })
	if n := len(t.Flows) - mostFlows; n > 0 {
		t.More += n
		t.Flows = t.Flows[:mostFlows]
	}
}

// flows counts the packets of each pair of ends, in the order of their first packets.
func (f *File) flows(progress func(done, all int) bool) (flows []Flow, hosts [][2]netip.Addr, others int) {
	index := map[int32]int{}
	for from, more := 0, true; more; from += rowsInPart {
		// A part at a time, so that Load is not held up.
		f.mu.RLock()
		end := min(from+rowsInPart, f.packets)
		all := f.packets
		for i := from; i < end; i++ {
			r := f.rowAt(i)
			if r.pair < 0 {
				others++
				continue
			}
			n, ok := index[r.pair]
			if !ok {
				n = len(flows)
				index[r.pair] = n
				of := &f.sorter.pairs.list[r.pair]
				ends := of.ends()
				flows = append(flows, Flow{Protocol: of.protocol, Number: int(of.number), Ports: [2]uint16{ends[0].Port(), ends[1].Port()}, First: i + 1})
				hosts = append(hosts, [2]netip.Addr{ends[0].Addr(), ends[1].Addr()})
			}
			flows[n].Packets[r.dir()]++
			flows[n].Octets[r.dir()] += int64(r.length)
		}
		f.mu.RUnlock()
		more = end == from+rowsInPart && progress(end, all)
	}
	return flows, hosts, others
}

// Names returns what the file itself calls hosts (name resolution blocks), as far as it was read.
func (f *File) Names() []HostName {
	f.mu.RLock()
	defer f.mu.RUnlock()
	return f.scanner.Extra().Names
}
