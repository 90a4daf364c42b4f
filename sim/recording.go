package sim

import (
	"slices"
	"strings"
	"time"

	"netlab/link"
	"netlab/trace"
)

// RecordedPacket is a packet of a capture that is sent once more, over the links of a simulation.
type RecordedPacket struct {
	At       time.Duration // when it leaves its host, since the start of the run
	From, To string        // hosts of role Recorded
	Number   int           // in the capture
	Octets   []byte        // from its first IP octet on
}

// recorder is a host of role Recorded. It sends what the capture says, hands on what goes to another one, and answers nothing: whatever it says
// was said long ago.
type recorder struct {
	network *Network
	name    string
	ways    []recorderWay
}

// recorderWay is a link of a recorder, seen from there.
type recorderWay struct {
	link string // "h1-tap"
	to   string // the host at its other end
	out  *direction
}

// plug connects the end of a link, and returns what takes the packets that arrive there.
func (r *recorder) plug(link string, out *direction) func([]link.Packet) {
	_, to, _ := strings.Cut(out.name, ">")
	r.ways = append(r.ways, recorderWay{link, to, out})
	return r.arrive(link)
}

// playRecording sends packet i of the recording when its time comes, and those after it.
func (n *Network) playRecording(i int) {
	if i == len(n.topology.Recording) {
		return
	}
	p := &n.topology.Recording[i]
	n.sched.at(p.At, func() {
		n.recorders[p.From].send(p)
		n.playRecording(i + 1)
	})
}

// send sends a packet of the recording. A recorder that is not in the middle has one link.
func (r *recorder) send(p *RecordedPacket) {
	way := &r.ways[0]
	id := r.network.emit(trace.Event{
		At: r.network.sched.Now(), Kind: trace.Sent, Host: r.name, Link: way.link, Octets: p.Octets,
		Say: "sends packet %d of the capture", Args: [4]int64{int64(p.Number)},
	})
	r.network.recorded = append(r.network.recorded, id)
	way.out.offer(&link.Packet{Octets: p.Octets, Packet: id, Cause: id})
}

// arrive takes packets from a link, and hands on those that go to another host.
func (r *recorder) arrive(from string) func([]link.Packet) {
	n := r.network
	return func(packets []link.Packet) {
		for i := range packets {
			p := &packets[i]
			p.Cause = n.emit(trace.Event{
				At: n.sched.Now(), Kind: trace.Received, Host: r.name, Link: from, Packet: p.Packet, Cause: p.Cause, Octets: p.Octets,
				Say: "takes a packet of %d octets; a recording answers nothing", Args: [4]int64{int64(len(p.Octets))},
			})
			which, ok := slices.BinarySearch(n.recorded, p.Packet)
			if !ok {
				continue
			}
			to := n.topology.Recording[which].To
			j := slices.IndexFunc(r.ways, func(w recorderWay) bool { return w.to == to })
			if to == r.name || j < 0 {
				continue
			}
			p.Cause = n.emit(trace.Event{
				At: n.sched.Now(), Kind: trace.Forwarded, Host: r.name, Link: r.ways[j].link, Packet: p.Packet, Cause: p.Cause, Octets: p.Octets,
				Say: "hands it on: here it was captured",
			})
			r.ways[j].out.offer(p)
		}
	}
}
