package ip

import (
	"net/netip"
	"time"

	"netlab/trace"
	"netlab/wire"
)

// Bounds of path MTU discovery (RFC 1191, RFC 8201).
const (
	DefaultPaths        = 1024 // destinations whose path MTU is remembered
	DefaultLeastPathMTU = 552  // octets, in IPv4; as most systems have it, so that a forged message does little harm
	leastMTU4           = 68   // octets: every link takes that (RFC 791, Section 3.2)
	pathMTUAge          = 10 * time.Minute
)

// paths remembers what the ways to some destinations take, where that is less than their first link does. When all places are
// taken a new destination gets that of the one learnt longest ago.
type paths struct {
	at   map[netip.Addr]int
	all  []pathMTU
	next int // the place to be taken next, once all are taken
}

// pathMTU is what the way to a destination takes.
type pathMTU struct {
	dst         netip.Addr
	mtu         int
	until       time.Time // then it may have grown (RFC 1191, Section 6.3)
	mayFragment bool      // it takes even less than is believed, so routers must be allowed to cut packets up
}

// find returns what is known of the way to dst; nil if nothing is.
func (p *paths) find(now time.Time, dst netip.Addr) *pathMTU {
	if len(p.all) == 0 {
		return nil
	}
	i, ok := p.at[dst]
	if !ok || !now.Before(p.all[i].until) {
		return nil
	}
	return &p.all[i]
}

// set remembers a path; most is how many there can be.
func (p *paths) set(path pathMTU, most int) {
	i, ok := p.at[path.dst]
	switch {
	case ok:
	case len(p.all) < most:
		if p.at == nil {
			p.at = make(map[netip.Addr]int)
		}
		i = len(p.all)
		p.all = append(p.all, pathMTU{})
	default:
		i = p.next
		p.next = (p.next + 1) % most
		delete(p.at, p.all[i].dst)
	}
	p.all[i] = path
	p.at[path.dst] = i
}

// PathMTU returns the size in octets of the largest packet that the way to dst takes, as far as is known; 0 if no route leads
// there.
func (n *Node) PathMTU(now time.Time, dst netip.Addr) int {
	r, ok := n.Route(dst)
	if !ok {
		return 0
	}
	mtu := n.interfaces[r.Interface].mtu
	if p := n.paths.find(now, dst); p != nil {
		mtu = min(mtu, p.mtu)
	}
	return mtu
}

// saysTooBig reports whether the message says that a packet was too big for a link and may not be fragmented.
func (m *Message) saysTooBig() bool {
	return m.Type == PacketTooBig || m.Type == Unreachable && m.Code == FragmentationNeeded
}

// PathMTU returns what the error, which says that the packet q was too big, makes of the path MTU. Old routers do not say what
// the next link takes, and some say nonsense; then it is the next size below the packet's that links have (RFC 1191,
// Section 7).
func (m *Message) PathMTU(q *Quote) int {
	if mtu := m.MTU(); m.Type == PacketTooBig || mtu >= leastMTU4 {
		return mtu
	}
	for _, plateau := range [...]int{32000, 17914, 8166, 4352, 2002, 1492, 1006, 508, 296} {
		if plateau < q.Header.TotalLength {
			return plateau
		}
	}
	return leastMTU4
}

// learnPathMTU takes from an error that says so how large packets to a destination may be, if it is plausible: it quotes a packet
// that this host can have sent, which did not fit what the error says. It never makes what is known larger (RFC 1191,
// Section 3; RFC 8201, Section 4).
func (n *Node) learnPathMTU(now time.Time, d *Delivery, m *Message, q *Quote) {
	h := &q.Header
	mtu, known := m.PathMTU(q), n.PathMTU(now, h.Dst)
	ref := wire.RFC("1191", "3")
	if h.Dst.Is6() {
		ref = wire.RFC("8201", "4")
	}
	switch {
	case n.cfg.NoPathMTU || h.Dst.IsMulticast():
		return
	case h.Dst.Is4() && !h.DontFragment, mtu >= h.TotalLength, h.TotalLength > n.linkMTU(h.Dst), h.Dst.Is6() && mtu < minMTU6:
		n.counters.PathMTUIgnored++
		n.note(now, d, "does not believe it: no packet of %d octets from here can have been too big there", int64(h.TotalLength), ref)
		return
	case mtu >= known:
		return // a packet that was sent before this became known
	}
	path := pathMTU{dst: h.Dst, mtu: mtu, until: now.Add(pathMTUAge)}
	if h.Dst.Is4() && mtu < n.cfg.LeastPathMTU {
		path.mtu, path.mayFragment = n.cfg.LeastPathMTU, true
	}
	n.paths.set(path, n.cfg.Paths)
	n.counters.PathMTULearnt++
	n.note(now, d, "sends no packets of more than %d octets there for ten minutes: the way does not take them", int64(path.mtu), ref)
}

// linkMTU returns what the first link to dst takes; 0 if no route leads there.
func (n *Node) linkMTU(dst netip.Addr) int {
	r, ok := n.Route(dst)
	if !ok {
		return 0
	}
	return n.interfaces[r.Interface].mtu
}

// note tells of a decision that follows from a packet.
func (n *Node) note(now time.Time, d *Delivery, say string, arg int64, ref wire.Ref) {
	if n.trace.On() {
		n.trace.Emit(trace.Event{At: now, Kind: trace.Note, Cause: d.Cause, Packet: d.Identity, Say: say, Args: [4]int64{arg}, Ref: ref})
	}
}
