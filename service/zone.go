package service

import (
	"fmt"
	"net/netip"
	"strings"

	codec "github.com/miekg/dns"

	"netlab/dns"
)

// TestDomain is the name of the zone that `netlab up` serves. The top-level domain test is for such uses (RFC 6761).
const TestDomain = "netlab.test"

// bigAddresses is how many addresses big.netlab.test has: more than fit into any datagram that clients ask for.
const bigAddresses = 300

// TestZones returns the zone netlab.test for a host with the addresses own, behind a TUN whose other side, the kernel, has the addresses kernel; and the
// zones in which the names of these addresses are found.
func TestZones(own, kernel []netip.Addr) ([]*dns.Zone, error) {
	var s strings.Builder
	s.WriteString(`$TTL 60
@ SOA @ hostmaster 1 7200 900 1209600 60
@ NS @
@ MX 10 mail
@ TXT "This answer came from a name server on a userspace TCP/IP stack."
www CNAME @
api CNAME www
`)
	hosts := []struct {
		name  string
		addrs []netip.Addr
	}{{"@", own}, {"mail", own}, {"*.any", own}, {"kernel", kernel}}
	for _, h := range hosts {
		for _, a := range h.addrs {
			fmt.Fprintf(&s, "%s %s %s\n", h.name, addressType(a), a)
		}
	}
	for n := range bigAddresses {
		fmt.Fprintf(&s, "big A 10.77.%d.%d\n", 1+n/250, 1+n%250)
	}
	texts := map[string]string{}
	order := []string{TestDomain}
	texts[TestDomain] = s.String()
	for i, addrs := range [][]netip.Addr{own, kernel} {
		name := []string{TestDomain + ".", "kernel." + TestDomain + "."}[i]
		for _, a := range addrs {
			label, zone, err := reverse(a)
			if err != nil {
				return nil, fmt.Errorf("service: %w", err)
			}
			if texts[zone] == "" {
				order = append(order, zone)
				texts[zone] = "$TTL 60\n@ SOA netlab.test. hostmaster.netlab.test. 1 7200 900 1209600 60\n@ NS netlab.test.\n"
			}
			texts[zone] += fmt.Sprintf("%s PTR %s\n", label, name)
		}
	}
	var zones []*dns.Zone
	for _, name := range order {
		zone, err := dns.ParseZone(name, name, texts[name])
		if err != nil {
			return nil, fmt.Errorf("service: %w", err)
		}
		zones = append(zones, zone)
	}
	return zones, nil
}

func addressType(a netip.Addr) string {
	if a.Is4() {
		return "A"
	}
	return "AAAA"
}

// reverse returns the name under which the name of an address is found, as its first label and what is above that.
func reverse(a netip.Addr) (label, zone string, err error) {
	name, err := codec.ReverseAddr(a.String())
	label, zone, _ = strings.Cut(name, ".")
	return label, zone, err
}
