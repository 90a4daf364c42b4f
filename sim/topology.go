package sim

import (
	"net/netip"
	"time"

	"netlab/ip"
	"netlab/link"
	"netlab/tcp"
)

// Topology is a parsed lab file: hosts, links with faults, scripted applications. docs/topology.md
// describes the file.
type Topology struct {
	Name, Title string
	About       string // one or two sentences: what to see, and what to press
	Hosts       []HostSpec
	Links       []LinkSpec
	Apps        []AppSpec
	Events      []EventSpec
	Recording   []RecordedPacket // what hosts of role Recorded send, in the order of At
	Ends        time.Duration    // since the start; 0: when nothing more can happen
	Source      string           // the file it was parsed from, so that a run can be stored with it
}

// HostSpec is a host, router or switch.
type HostSpec struct {
	Name          string
	Role          Role
	Interfaces    []InterfaceSpec // in the order of the links
	Outside       *OutsideSpec    // of role Outside; nil: nothing is said of it
	Routes        []RouteSpec     // to networks that it is not on itself
	RIP           *RIPSpec        // nil: it does not speak it
	NAT           *NATSpec        // nil: it does not translate
	PerPacket     bool            // packets take turns between routes that are equally good
	Silent        bool            // it sends no ICMP errors
	ReceiveBuffer int             // of its TCP connections, in octets; 0: the default
	TCP           tcp.Config      // how it speaks TCP besides
	IP            ip.Config       // what is special about its network layer
	DNS           string          // the name server that it asks, a host or an address; empty: it knows all names
}

// Role is what a host is there for. Only a router forwards packets, and only a switch frames.
type Role string

// The roles.
const (
	Client Role = "client"
	Server Role = "server"
	Router Role = "router"
	Switch Role = "switch" // joins Ethernet links to one network; it has no address

	Outside Role = "outside" // stands for what is outside the lab: not a host of it

	Recorded Role = "recorded" // sends packets of a recording, and answers nothing. A lab file has none
)

// InterfaceSpec is where a host meets a link.
type InterfaceSpec struct {
	Link  string         // "r1-r2"
	Addrs []netip.Prefix // its addresses, each with its network: 10.0.12.1/24
}

// RouteSpec says which neighbour gets the packets to a network.
type RouteSpec struct {
	To  netip.Prefix
	Via netip.Addr
}

// LinkSpec is a link between two hosts.
type LinkSpec struct {
	A, B string      // the hosts at its ends
	Up   link.Faults // from A to B
	Down link.Faults // from B to A
	MTU  int         // the largest packet, in octets

	Ethernet bool // it carries packets in Ethernet frames
}

// Name returns "r1-r2" for the link between r1 and r2.
func (l LinkSpec) Name() string { return l.A + "-" + l.B }

// AppSpec is a scripted application: where, when, what, and its arguments.
type AppSpec struct {
	Host string
	At   time.Duration // since the start of the run
	Do   string        // "http-get"; Apps lists them
	Args map[string]string
}

// Host returns the host with the given name.
func (t *Topology) Host(name string) (HostSpec, bool) {
	for _, h := range t.Hosts {
		if h.Name == name {
			return h, true
		}
	}
	return HostSpec{}, false
}

// Addrs returns the addresses by which other hosts know a host: those of its first interface.
func (h HostSpec) Addrs() []netip.Addr {
	if len(h.Interfaces) == 0 {
		return nil
	}
	var addrs []netip.Addr
	for _, a := range h.Interfaces[0].Addrs {
		addrs = append(addrs, a.Addr())
	}
	return addrs
}
