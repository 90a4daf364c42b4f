package ip

import "net/netip"

// choose returns the route to dst of a packet that is passed on. If several are equally good, all packets of a flow take the same:
// else they would overtake each other, and TCP would take that for loss. With Config.PerPacket they take turns, to show just
// that.
func (n *Node) choose(dst netip.Addr, h *Header, payload []byte) (Route, bool) {
	e, root := n.table.find(dst)
	if e == nil {
		return Route{}, false
	}
	set := &n.table.sets.sets[e.value]
	switch {
	case set.best == 1:
		return e.route(root, &set.paths[0]), true
	case n.cfg.PerPacket:
		n.turn++
		return e.route(root, &set.paths[n.turn%uint32(set.best)]), true
	}
	return e.route(root, set.choose(n.flowHash(h, payload))), true
}

// flowHash returns a number that all packets of a flow have in common, and is otherwise as good as random: addresses,
// protocol and ports are mixed with a seed of the router's own, so that not all routers on a way choose alike. Of fragments the
// ports are left out, because all but the first lack them.
func (n *Node) flowHash(h *Header, payload []byte) uint32 {
	var b [37]byte
	src, dst := h.Src.As16(), h.Dst.As16()
	copy(b[:], src[:])
	copy(b[16:], dst[:])
	b[32] = byte(h.Protocol)
	if (h.Protocol == TCP || h.Protocol == UDP) && !h.IsFragment() && len(payload) >= 4 {
		copy(b[33:], payload[:4])
	}
	sum := uint64(14695981039346656037) ^ uint64(n.cfg.Seed) // FNV-1a, and the last step of SplitMix64 to spread the bits
	for _, c := range b {
		sum = (sum ^ uint64(c)) * 1099511628211
	}
	sum = (sum ^ sum>>30) * 0xbf58476d1ce4e5b9
	sum = (sum ^ sum>>27) * 0x94d049bb133111eb
	return uint32(sum >> 32)
}
