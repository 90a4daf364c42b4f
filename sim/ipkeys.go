package sim

import "netlab/ip"

// ipKeys are the switches of a host's network layer: `ip: {path-mtu: off}`.
func ipKeys() []key[ip.Config] {
	onOff := []string{"on", "off"}
	with := func(name, doc string, field func(*ip.Config) *bool) key[ip.Config] {
		return key[ip.Config]{name, doc, optional, oneOfSchema(onOff...), func(c *ip.Config, e entry) { *field(c) = e.oneOf(onOff) == 0 }}
	}
	number := func(name, doc string, least, most int, field func(*ip.Config) *int) key[ip.Config] {
		return key[ip.Config]{name, doc, optional, wholeSchema(least, most), func(c *ip.Config, e entry) { *field(c) = e.number(least, most) }}
	}
	return []key[ip.Config]{
		{
			"path-mtu", "`off`: routers may cut up all packets of IPv4, those of TCP too, and what they say of too large packets is ignored (RFC 1191); `on` if left out", optional,
			oneOfSchema(onOff...), func(c *ip.Config, e entry) { c.NoPathMTU = e.oneOf(onOff) == 1 },
		},
		with("reverse-path", "packets whose source is not reached where they came from are discarded (RFC 1812)", func(c *ip.Config) *bool { return &c.ReversePath }),
		with("source-routes", "packets of IPv4 may choose their own way (RFC 791), which is else refused", func(c *ip.Config) *bool { return &c.SourceRoutes }),
		number("error-rate", "ICMP errors sent a second at the most; 1000", 1, 1_000_000, func(c *ip.Config) *int { return &c.ErrorRate }),
		number("error-burst", "ICMP errors sent at once at the most; 50", 1, 1_000_000, func(c *ip.Config) *int { return &c.ErrorBurst }),
		number("reassembly-memory", "octets kept of packets of which fragments are missing; 4194304", 1, 1<<30, func(c *ip.Config) *int { return &c.ReassemblyMemory }),
	}
}
