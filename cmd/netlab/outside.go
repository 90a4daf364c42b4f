package main

import (
	"bytes"
	"fmt"
	"net/netip"
	"os"
	"slices"
	"strings"

	"netlab/ether"
	"netlab/link"
	"netlab/netns"
	"netlab/sim"
)

// withOutside returns the topology with what the command line puts behind its ways out.
func withOutside(t *sim.Topology, f labFlags) (*sim.Topology, error) {
	changed := *t
	changed.Hosts = slices.Clone(t.Hosts)
	put := func(flag, text, name string, put func(o *sim.OutsideSpec)) error {
		i := slices.IndexFunc(changed.Hosts, func(h sim.HostSpec) bool { return h.Name == name && h.Role == sim.Outside })
		if i < 0 {
			return usageError("%s %q: the lab %s has no way out of this name%s", flag, text, t.Name, listOutside(t))
		}
		outside := sim.OutsideSpec{}
		if was := changed.Hosts[i].Outside; was != nil {
			outside.Networks = was.Networks
		}
		put(&outside)
		changed.Hosts[i].Outside = &outside
		return nil
	}
	for _, text := range f.tunnels {
		name, spec, err := sim.ParseTunnel(text)
		if err != nil {
			return nil, usageError("--tunnel: %w", err)
		}
		if err := put("--tunnel", text, name, func(o *sim.OutsideSpec) { o.Tunnel = &spec }); err != nil {
			return nil, err
		}
	}
	for _, text := range f.taps {
		name, device, ok := strings.Cut(text, "=")
		if !ok || device == "" || len(device) > 15 || strings.ContainsAny(device, "/ %") {
			return nil, usageError("--tap %q: write NAME=DEVICE, as in world=tap0; the device's name has at most 15 characters", text)
		}
		if err := put("--tap", text, name, func(o *sim.OutsideSpec) { o.TAP = device }); err != nil {
			return nil, err
		}
	}
	return &changed, nil
}

// listOutside says which ways out a lab has.
func listOutside(t *sim.Topology) string {
	var names []string
	for _, h := range t.Hosts {
		if h.Role == sim.Outside {
			names = append(names, h.Name)
		}
	}
	if len(names) == 0 {
		return ": give it a host with role: outside (docs/topology.md)"
	}
	return " (there are " + strings.Join(names, ", ") + ")"
}

// outside is what is behind the ways out of a lab.
type outside struct {
	live    *sim.Live
	hostNet bool
	lost    func() // the namespace has ended by itself

	namespaces []*netns.Namespace
}

// close ends the namespaces. The links themselves are the lab's.
func (o *outside) close() {
	for _, n := range o.namespaces {
		_ = n.Close()
	}
}

// open puts a tunnel or a TAP device behind a way out.
func (o *outside) open(h sim.HostSpec) error {
	if h.Outside.Tunnel != nil {
		return o.openTunnel(h.Name, h.Outside.Tunnel)
	}
	return o.openTAP(h.Name, h.Outside.TAP)
}

func (o *outside) openTunnel(name string, spec *sim.TunnelSpec) error {
	key, err := tunnelKey(spec)
	if err != nil {
		return err
	}
	l, _, _ := o.live.Topology().OutsideLink(name)
	carries, mtu := link.IPPackets, l.MTU
	if l.Ethernet {
		carries, mtu = link.EthernetFrames, l.MTU+ether.HeaderLen
	}
	tunnel, err := link.OpenTunnel(link.TunnelOptions{
		Listen: spec.Listen, Peer: spec.Peer, Key: key, Carries: carries, MTU: mtu, Greeting: o.live.Greeting(name),
		Tell: func(e link.TunnelEvent) {
			o.live.Tell(name, e.Say)
			o.live.Met(name, e.Greeting)
		},
	})
	if err != nil {
		return usageError("the tunnel of %s: %w", name, err)
	}
	o.live.Tell(name, tunnelText(tunnel, spec, key != nil))
	return o.live.Attach(name, tunnel)
}

// openTAP makes a TAP device, in a namespace that netlab exec finds, or with --host-net in the machine's own network. The kernel
// has the addresses there that the lab gives to the way out.
func (o *outside) openTAP(name, device string) error {
	l, addrs, _ := o.live.Topology().OutsideLink(name)
	if !l.Ethernet {
		return usageError("the TAP device of %s carries Ethernet frames, and link %s does not: give it ethernet: true, or a switch at its other end", name, l.Name())
	}
	options := netns.Options{Addrs: append([]netip.Prefix{}, addrs...), MTU: l.MTU, TAP: device, HostNet: o.hostNet}
	where := "in this machine's own network"
	if !o.hostNet {
		where = "in a namespace of its own: netlab exec -- COMMAND runs there"
		var err error
		if options.Socket, err = netns.SocketPath("up"); err != nil {
			return machineError(err)
		}
	}
	ns, err := netns.Start(options)
	if err != nil {
		return machineError(err)
	}
	o.namespaces = append(o.namespaces, ns)
	go func() { // somebody may kill the process that holds the namespace
		<-ns.Ended()
		o.lost()
	}()
	o.live.Tell(name, fmt.Sprintf("is this machine's kernel, behind the TAP device %s, %s", device, where))
	return o.live.Attach(name, ns.TUN())
}

// tunnelKey returns the key that a tunnel's datagrams are signed with; nil if there is none.
func tunnelKey(spec *sim.TunnelSpec) ([]byte, error) {
	switch {
	case spec.Key != "":
		return []byte(spec.Key), nil
	case spec.KeyFile == "":
		return nil, nil
	}
	key, err := os.ReadFile(spec.KeyFile)
	if err != nil {
		return nil, usageError("key file %s: %v", spec.KeyFile, reason(err))
	}
	if key = bytes.TrimSpace(key); len(key) == 0 {
		return nil, usageError("key file %s: it is empty", spec.KeyFile)
	}
	return key, nil
}

// tunnelText says what a tunnel is, and who can pretend to be the other side.
func tunnelText(t *link.Tunnel, spec *sim.TunnelSpec, keyed bool) string {
	peer := "whoever has the key"
	if spec.Peer != (netip.AddrPort{}) {
		peer = spec.Peer.String()
	}
	text := fmt.Sprintf("is a tunnel from %s to %s", t.Addr(), peer)
	if keyed {
		return text + ", signed with a key"
	}
	return text + ", without a key: whoever can forge that address can pretend to be the other side"
}
