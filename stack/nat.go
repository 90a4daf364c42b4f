package stack

import (
	"net/netip"
	"slices"

	"netlab/ip"
)

// SetNAT makes the host, a router, translate between its other interfaces and the one of the given name, which is outside.
// What of cfg has to do with this host is filled in.
func (h *Host) SetNAT(outside string, cfg ip.NATConfig) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	i, err := h.interfaceNamed(outside)
	if err != nil {
		return err
	}
	cfg.Outside, cfg.Random = i.index, h.rng.Uint32
	cfg.Local = func(p ip.Protocol, own, remote netip.AddrPort) bool { return h.waitsFor(p, i.index, own, remote) }
	return h.node.SetNAT(cfg)
}

// waitsFor reports whether a connection, a listener, a socket or a ping of this host waits for what comes from remote. h.mu is held.
func (h *Host) waitsFor(p ip.Protocol, iface int, own, remote netip.AddrPort) bool {
	switch p {
	case ip.TCP:
		return h.conns[keyOf(own, remote)] != nil || h.listenerFor(own) != nil
	case ip.UDP:
		return h.mux.Wanted(own, remote, iface)
	case ip.ICMP:
		return slices.ContainsFunc(h.echoes, func(e *echo) bool { return e.dst == remote.Addr() && e.id == own.Port() })
	}
	return false
}

// NATSessions returns the sessions of the host's NAT.
func (h *Host) NATSessions() []ip.NATSession {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.node.NATSessions()
}
