package stack

import (
	"encoding/binary"
	"net/netip"
)

// flowLabel returns the IPv6 flow label of what goes from one end to the other; 0 for IPv4, which has none. The packets of a
// flow have the same, so that routers which share load over several links keep them together; those of different flows have
// labels that look random and cannot be guessed from outside (RFC 6437, Section 3).
//
// It is FNV-1a over the host's secret and both ends, with SplitMix64's last step to spread the bits.
func (h *Host) flowLabel(from, to netip.AddrPort) uint32 {
	if !to.Addr().Is6() {
		return 0
	}
	k := keyOf(from, to)
	hash := uint64(14695981039346656037)
	mix := func(b []byte) {
		for _, c := range b {
			hash = (hash ^ uint64(c)) * 1099511628211
		}
	}
	mix(h.cfg.TCP.Secret[:])
	mix(k.local[:])
	mix(k.remote[:])
	mix(binary.BigEndian.AppendUint32(nil, uint32(k.localPort)<<16|uint32(k.remotePort)))
	hash = (hash ^ hash>>30) * 0xbf58476d1ce4e5b9
	hash = (hash ^ hash>>27) * 0x94d049bb133111eb
	hash ^= hash >> 31
	return max(1, uint32(hash)&0xfffff) // 0 means that a packet has none
}
