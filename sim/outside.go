package sim

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"netlab/ether"
	"netlab/link"
	"netlab/nearest"
	"netlab/trace"
	"netlab/wire"
)

// OutsideSpec says what is behind a way out of the lab: a member of its hosts that is none, but stands for another lab, or for the
// machine that netlab runs on. In a simulation there is nobody behind it; Live has a link there.
type OutsideSpec struct {
	Networks []netip.Prefix // that are reached through it
	Tunnel   *TunnelSpec    // to another lab; nil: none
	TAP      string         // the name of a TAP device; empty: none
}

// TunnelSpec is a tunnel to another lab, as a lab file or the command line has it.
type TunnelSpec struct {
	Listen, Peer netip.AddrPort
	Key          string // empty: none
	KeyFile      string // holds the key
}

// Outside returns the ways out of the lab that lead somewhere, by the names of their hosts in the order of the file.
func (t *Topology) Outside() []HostSpec {
	return slices.DeleteFunc(slices.Clone(t.Hosts), func(h HostSpec) bool {
		return h.Outside == nil || h.Outside.Tunnel == nil && h.Outside.TAP == ""
	})
}

// OutsideLink returns the link that leads to a way out, and the addresses that the way out has on it.
func (t *Topology) OutsideLink(name string) (l LinkSpec, addrs []netip.Prefix, ok bool) {
	h, _ := t.Host(name)
	if h.Role != Outside || len(h.Interfaces) != 1 {
		return LinkSpec{}, nil, false
	}
	for _, l := range t.Links {
		if l.Name() == h.Interfaces[0].Link {
			return l, h.Interfaces[0].Addrs, true
		}
	}
	return LinkSpec{}, nil, false
}

// isOutside reports whether a host is a way out.
func (t *Topology) isOutside(name string) bool {
	h, _ := t.Host(name)
	return h.Role == Outside
}

// tunnelKeys are the keys of a tunnel.
func tunnelKeys() []key[TunnelSpec] {
	return []key[TunnelSpec]{
		{"listen", "the address and port of this side's UDP socket, `127.0.0.1:7001`; `:7001` is any address of this machine", required, patternSchema(":[0-9]+$"), func(s *TunnelSpec, e entry) {
			s.Listen = e.socket(true)
		}},
		{"peer", "the address and port of the other side. With a key it may be left out: then the other side has to begin", optional, patternSchema(":[0-9]+$"), func(s *TunnelSpec, e entry) {
			s.Peer = e.socket(false)
		}},
		{"key", "a secret of at least 8 characters, the same on both sides, with which everything is signed", optional, textSchema(), func(s *TunnelSpec, e entry) { s.Key = e.text() }},
		{"key-file", "the name of a file that holds the key", optional, textSchema(), func(s *TunnelSpec, e entry) { s.KeyFile = e.text() }},
	}
}

// socket reads an address and a port.
func (v value) socket(anyAddress bool) netip.AddrPort {
	a, err := parseSocket(v.text(), anyAddress)
	if err != nil {
		v.fail("%v", err)
	}
	return a
}

func parseSocket(text string, anyAddress bool) (netip.AddrPort, error) {
	a, err := netip.ParseAddrPort(text)
	if port, isPort := strings.CutPrefix(text, ":"); isPort && anyAddress {
		a, err = netip.ParseAddrPort("[::]:" + port)
	}
	if err != nil {
		return a, fmt.Errorf("%q is not an address and a port, such as 127.0.0.1:7001", text)
	}
	return a, nil
}

// tunnel reads a tunnel.
func (e entry) tunnel() *TunnelSpec {
	spec := &TunnelSpec{}
	readKeys(e.key, e.value, "tunnel", tunnelKeys(), spec)
	switch {
	case spec.Key != "" && spec.KeyFile != "":
		e.key.fail("a key or a key-file, not both")
	case spec.Key != "" && len(spec.Key) < 8:
		e.key.fail("a key has at least 8 characters")
	case spec.Key == "" && spec.KeyFile == "" && !spec.Peer.IsValid():
		e.key.fail("without a key the tunnel needs its peer: only its address says who it is")
	}
	return spec
}

// ParseTunnel reads the form of the --tunnel flag, "world:listen=127.0.0.1:7001,peer=127.0.0.1:7002,key-file=F".
func ParseTunnel(text string) (name string, spec TunnelSpec, err error) {
	name, settings, ok := strings.Cut(text, ":")
	if !ok || name == "" || strings.Contains(name, "=") {
		return "", spec, fmt.Errorf("sim: %q names no way out: write NAME:listen=ADDR:PORT,peer=ADDR:PORT", text)
	}
	known := []string{"listen", "peer", "key-file"}
	for part := range strings.SplitSeq(settings, ",") {
		word, value, _ := strings.Cut(part, "=")
		switch word {
		case "listen":
			spec.Listen, err = parseSocket(value, true)
		case "peer":
			spec.Peer, err = parseSocket(value, false)
		case "key-file":
			spec.KeyFile = value
		default:
			near := nearest.Word(word, known, 2)
			if near != "" {
				near = fmt.Sprintf(": did you mean %q?", near)
			}
			err = fmt.Errorf("%q is not known%s (there are %s)", word, near, strings.Join(known, ", "))
		}
		if err != nil {
			return "", spec, fmt.Errorf("sim: %q: %w", text, err)
		}
	}
	switch {
	case !spec.Listen.IsValid():
		return "", spec, fmt.Errorf("sim: %q: say where to listen, as in listen=127.0.0.1:7001", text)
	case !spec.Peer.IsValid() && spec.KeyFile == "":
		return "", spec, fmt.Errorf("sim: %q: without a key the tunnel needs its peer, as in peer=127.0.0.1:7002", text)
	}
	return name, spec, nil
}

// checkOutside sees to it that what is said of a host suits its being a way out, or not.
func (p *labParser) checkOutside(h HostSpec, at value) {
	o := h.Outside
	switch {
	case h.Role == "":
	case h.Role != Outside && o != nil:
		at.fail("%s is a %s: only role outside is a way out of the lab, with tunnel, tap or networks", h.Name, h.Role)
	case h.Role == Outside && (h.Routes != nil || h.DNS != "" || h.ReceiveBuffer > 0):
		at.fail("%s is a way out, not a host: it has no routes, names and connections here", h.Name)
	case o != nil && o.Tunnel != nil && o.TAP != "":
		at.fail("%s: a tunnel or a TAP device, not both", h.Name)
	}
}

// gate is where packets leave the lab, and come in.
type gate struct {
	network *Network
	name    string // of the host that stands for the outside
	link    string // "r1-world"
	in      *direction
	carrier link.Link // nil: nobody is there
	clashes map[netip.Addr]bool
}

// leave takes packets that have crossed the link to the outside.
func (g *gate) leave(packets []link.Packet) {
	n := g.network
	for i := range packets {
		p := &packets[i]
		kind, say := trace.Received, "takes a "+g.what()+" of %d octets out of the lab"
		if g.carrier == nil {
			kind, say = trace.Discarded, "drops a "+g.what()+" of %d octets: it leads out of the lab, and in a simulation nobody is there"
		}
		n.emit(trace.Event{
			At: n.sched.Now(), Kind: kind, Host: g.name, Link: g.link, Packet: p.Packet, Cause: p.Cause, Octets: p.Octets, Frame: g.in.frames,
			Say: say, Args: [4]int64{int64(len(p.Octets))}, Ref: wire.RFC("791", "2.2"),
		})
	}
	if g.carrier != nil {
		_ = g.carrier.Write(packets) // a closed link carries nothing
	}
}

// what is what the link carries.
func (g *gate) what() string {
	if g.in.frames {
		return "frame"
	}
	return "packet"
}

// enter puts packets from outside on the link into the lab.
func (g *gate) enter(packets []link.Packet) {
	n := g.network
	for i := range packets {
		p := packets[i]
		p.Packet = n.emit(trace.Event{
			At: n.sched.Now(), Kind: trace.Sent, Host: g.name, Link: g.link, Octets: p.Octets, Frame: g.in.frames,
			Say: "brings in a " + g.what() + " of %d octets", Args: [4]int64{int64(len(p.Octets))}, Ref: wire.RFC("791", "2.2"),
		})
		p.Cause = p.Packet
		g.checkSource(&p)
		g.in.offer(&p)
	}
}

// checkSource tells if a packet from outside comes from an address that this lab has too: then the two labs cannot be
// joined as they are. Each address is told once.
func (g *gate) checkSource(p *link.Packet) {
	packet := p.Octets
	if g.in.frames {
		_, packet, _ = ether.Parse(packet)
	}
	src, ok := sourceOf(packet)
	if !ok || g.clashes[src] {
		return
	}
	owner := g.network.topology.owner(src)
	if owner == "" || owner == g.name {
		return
	}
	g.clashes[src] = true
	g.tell(p.Cause, fmt.Sprintf("brings in a packet from %s, which is %s's address here: the two labs need addresses of their own, but for the network between them", src, owner))
}

// sourceOf returns the source address of a packet, if it is long enough to have one.
func sourceOf(octets []byte) (netip.Addr, bool) {
	switch {
	case len(octets) >= 20 && octets[0]>>4 == 4:
		return netip.AddrFrom4([4]byte(octets[12:16])), true
	case len(octets) >= 40 && octets[0]>>4 == 6:
		return netip.AddrFrom16([16]byte(octets[8:24])), true
	}
	return netip.Addr{}, false
}

// tell stores an event about the way out.
func (g *gate) tell(cause trace.ID, say string) {
	g.network.emit(trace.Event{At: g.network.sched.Now(), Kind: trace.Note, Host: g.name, Link: g.link, Cause: cause, Say: literal(say)})
}
