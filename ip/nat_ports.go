package ip

import "net/netip"

// maxPortTries bounds the search for a free port. As few as they are, all are taken only by chance as long as most ports are
// free.
const maxPortTries = 256

// choosePort returns a port of the outside address for an endpoint inside. It is the endpoint's own port if nobody else has that
// ("port preservation", RFC 4787, Section 4.2.1). Else it is one on the same side of 1024 and, because RTP and RTCP use an even
// port and the odd one behind it, of the same parity (RFC 4787, Section 4.2.2).
func (t *nat) choosePort(f flow, outside netip.Addr) (uint16, bool) {
	wanted := f.src.Port()
	if t.free(f, outside, wanted) {
		return wanted, true
	}
	first, count := uint32(1024), uint32(65536-1024)
	if f.protocol == ICMP {
		first, count = 0, 65536
	} else if wanted < 1024 {
		first, count = 2, 1022 // port 0 is none
	}
	first += uint32(wanted & 1)
	start := t.cfg.Random() % (count / 2)
	for i := range uint32(maxPortTries) {
		port := uint16(first + 2*((start+i)%(count/2)))
		if t.free(f, outside, port) {
			return port, true
		}
	}
	return 0, false
}

// free reports whether a port is nobody's: of no mapping, and not used by the router itself towards the same remote
// endpoint.
func (t *nat) free(f flow, outside netip.Addr, port uint16) bool {
	if port == 0 && f.protocol != ICMP || t.outside[natPort{f.protocol, port}] != nil {
		return false
	}
	return t.cfg.Local == nil || !t.cfg.Local(f.protocol, netip.AddrPortFrom(outside, port), f.dst)
}
