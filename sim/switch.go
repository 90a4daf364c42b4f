package sim

import (
	"strings"

	"netlab/ether"
	"netlab/link"
	"netlab/trace"
	"netlab/wire"
)

// simSwitch is a switch of a network: it has no address and no applications, only ports.
type simSwitch struct {
	network *Network
	name    string
	core    *ether.Switch
	ports   []port
}

// port is where a switch meets a link.
type port struct {
	name string // of the host at the other end
	link string
	out  *direction
}

// newSwitch returns a switch. The links plug themselves in, in the order of the topology.
func (n *Network) newSwitch(h HostSpec) *simSwitch {
	s := &simSwitch{network: n, name: h.Name}
	var names []string
	for _, i := range h.Interfaces {
		names = append(names, otherEnd(i.Link, h.Name))
	}
	s.core = ether.NewSwitch(ether.SwitchConfig{Ports: names}, trace.New(h.Name, n.emit))
	return s
}

// plug makes a link the switch's next port and returns what takes the frames that arrive there.
func (s *simSwitch) plug(name string, out *direction) func([]link.Packet) {
	index := len(s.ports)
	s.ports = append(s.ports, port{otherEnd(name, s.name), name, out})
	return func(packets []link.Packet) {
		for i := range packets {
			s.receive(index, &packets[i])
		}
	}
}

// otherEnd returns the other end of a link than host.
func otherEnd(link, host string) string {
	a, b, _ := strings.Cut(link, "-")
	if a == host {
		return b
	}
	return a
}

// receive takes a frame and hands it to the links where it is to go.
func (s *simSwitch) receive(index int, p *link.Packet) {
	now := s.network.sched.Now()
	arrived := s.network.emit(trace.Event{
		At: now, Kind: trace.Received, Host: s.name, Link: s.ports[index].link, Cause: p.Cause, Packet: p.Packet,
		Say: "receives a frame of %d octets", Args: [4]int64{int64(len(p.Octets))}, Ref: wire.Ref{Doc: "IEEE 802.1D", Section: "7.5"},
		Octets: p.Octets, Frame: true,
	})
	ports, why := s.core.Receive(now, index, p.Octets, arrived, p.Packet)
	for _, to := range ports {
		out := s.ports[to]
		id := s.network.emit(trace.Event{
			At: now, Kind: trace.Forwarded, Host: s.name, Link: out.link, Cause: why.Cause, Packet: p.Packet,
			Say: "forwards the frame to port " + s.ports[to].name + ": " + why.Say, Args: why.Args, Ref: why.Ref, Octets: p.Octets, Frame: true,
		})
		out.out.send([]link.Packet{{Octets: p.Octets, Packet: p.Packet, Cause: id}})
	}
}

// SwitchTable returns what a switch has learned; nil if there is no such switch.
func (n *Network) SwitchTable(name string) []ether.Row {
	if s := n.switches[name]; s != nil {
		return s.core.Table(n.sched.Now())
	}
	return nil
}

// macOf returns the hardware address of the i-th interface of a host: one that is given out locally, as the second bit of its
// first octet says, with the numbers of interface and host in the lab.
func (n *Network) macOf(host, i int) ether.MAC {
	return ether.MAC{0x02, n.world.macs[0], n.world.macs[1], byte(i), byte((host + 1) >> 8), byte(host + 1)}
}
