package capture

import (
	"net/netip"

	"netlab/dns"
	"netlab/ip"
)

// Answered returns the name for which a packet of DNS over UDP gives addresses, and these; nothing if it is no such packet.
func Answered(rec *Record) (name string, addresses []netip.Addr) {
	c, ok := rec.Carried()
	if !ok {
		c, ok = CarriedBy(rec.LinkType, rec.Packet)
	}
	if !ok || c.Protocol != ip.UDP {
		return "", nil
	}
	return dns.Addresses(c.Octets[8:])
}
