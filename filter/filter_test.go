package filter_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"netlab/filter"
	"netlab/wire"
)

func known() []string {
	return []string{"ip", "ip.src", "ip.dst", "ip.ttl", "ip.proto", "tcp", "tcp.srcport", "tcp.dstport", "tcp.flags", "tcp.flags.syn", "tcp.flags.ack", "tcp.len", "icmp", "http.host"}
}

// syn is a SYN from 10.0.1.10:40001 to 10.0.2.20:80.
func syn() []wire.Node {
	return []wire.Node{
		{Key: "ip", Width: 160, Children: []wire.Node{
			{Key: "ip.src", Bit: 96, Width: 32, Value: "10.0.1.10", Uint: 0x0a00010a},
			{Key: "ip.dst", Bit: 128, Width: 32, Value: "10.0.2.20", Uint: 0x0a000214},
			{Key: "ip.ttl", Bit: 64, Width: 8, Value: "64", Uint: 64},
			{Key: "ip.proto", Bit: 72, Width: 8, Value: "TCP (6)", Uint: 6},
		}},
		{Key: "tcp", Bit: 160, Width: 32, Children: []wire.Node{
			{Key: "tcp.srcport", Width: 16, Uint: 40001, Value: "40001"},
			{Key: "tcp.dstport", Width: 16, Uint: 80, Value: "80"},
			{Key: "tcp.flags", Width: 8, Uint: 2, Value: "SYN", Children: []wire.Node{
				{Key: "tcp.flags.syn", Width: 1, Uint: 1, Value: "set"},
				{Key: "tcp.flags.ack", Width: 1, Value: "not set"},
			}},
			{Key: "tcp.len", Uint: 0, Value: "0"},
		}},
	}
}

// synOctets are what its headers lie in, up to the ports and a bit more.
func synOctets() []byte {
	return append(append(make([]byte, 12), 10, 0, 1, 10, 10, 0, 2, 20), 0x9c, 0x41, 0x00, 0x50, 'P', 0x40, 0x80)
}

func TestMatch(t *testing.T) {
	for expr, want := range map[string]bool{
		"":                                true,
		"tcp":                             true,
		"icmp":                            false,
		"tcp.flags.syn":                   true,
		"tcp.flags.ack":                   false,
		"tcp.flags.syn and tcp.flags.ack": false,
		"tcp.flags.syn && !tcp.flags.ack": true,
		"tcp.port == 80":                  true,
		"tcp.port == 81":                  false,
		"tcp.srcport == 0x9c41":           true,
		"ip.addr == 10.0.2.20":            true,
		"ip.addr == 10.0.2.0/24":          true,
		"ip.addr == 10.0.3.0/24":          false,
		"ip.addr != 10.0.2.20":            false, // one of the two is equal
		"ip.addr != 10.9.9.9":             true,
		"icmp == 1":                       false,
		"icmp != 1":                       false, // there is none to compare
		"ip.ttl >= 64 and ip.ttl <= 64":   true,
		"ip.ttl > 64 or ip.ttl < 64":      false,
		"tcp.len > 0":                     false,
		"not (icmp or tcp.len > 0)":       true,
		"icmp or tcp and ip.ttl == 63":    false, // and binds closer than or
		"tcp or icmp and ip.ttl == 63":    true,
		"tcp.flags == syn":                true,
		`tcp.flags == "SYN"`:              true,
		`tcp.flags contains "Y"`:          true,
		"tcp.flags.syn == true":           true,
		"tcp.flags.syn == 1 #3":           true,
		"((((tcp))))":                     true,
		"tcp.flags.ack == false and NOT ip.ttl == 1": true,

		"tcp.port eq 80 and ip.ttl ge 64 and ip.ttl le 64": true,
		"ip.ttl gt 64 or ip.ttl lt 64 or ip.ttl ne 64":     false,
		"tcp.port in {22, 80}":                             true,
		"tcp.port in {22 80}":                              true,
		"tcp.port in {81..90, 22}":                         false,
		"tcp.port in { 79 .. 81 }":                         true,
		"tcp.port not in {80}":                             false,
		"tcp.port not in {22}":                             true,
		"ip.src in {10.0.1.0/24, 10.9.9.9}":                true,
		"ip.src in {10.0.1.9..10.0.1.10}":                  true,
		"ip.src in {10.0.1.11..10.0.1.12}":                 false,
		`tcp.flags in {"ACK", "SYN"}`:                      true,
		"tcp.port === 80":                                  false,
		"ip.ttl === 64":                                    true,
		"tcp.port !== 80":                                  true, // one of the two is another
		"ip.ttl !== 64":                                    false,
		"all tcp.port > 79":                                true,
		"all tcp.port > 80":                                false,
		"any tcp.port != 80":                               true,
		"all icmp == 1":                                    false,
		`tcp.flags matches "^s.n$"`:                        true, // capitals or not
		`tcp.flags ~ "^y"`:                                 false,
		`ip.src matches "\.10$"`:                           true,
		`ip.src matches r"\.10$"`:                          true,
		`ip.src matches "\\.10$"`:                          true,
		`lower(tcp.flags) contains "syn"`:                  true,
		`upper(tcp.flags) contains "syn"`:                  false,
		`string(ip.ttl) matches "^6"`:                      true,
		"len(ip.src) == 4":                                 true,
		"len(tcp.flags) > 1":                               false,
		"count(ip.addr) == 2":                              true,
		"count(ip.addr) != 2":                              false,
		"count(icmp) == 0":                                 false, // there is none to count
		"tcp.flags & 0x12":                                 true,
		"tcp.flags & 0x10":                                 false,
		"tcp.flags & 0x12 == 2":                            true,
		"ip.src == ip.dst":                                 false,
		"tcp.srcport > tcp.dstport":                        true,
		"ip.ttl == ip.ttl":                                 true,
		"tcp.len < http.host":                              false,
		"tcp[2:2] == 00:50":                                true,
		"tcp[2-3] == 0050":                                 true,
		"tcp[3] == 50":                                     true, // octets are hex
		"tcp[3] == 0x50":                                   true,
		"tcp[:2,3] == 9c:41:50":                            true,
		"tcp[-1:] == 80":                                   true,
		"tcp[-2:2] == 40:80":                               true,
		"tcp[99] == 00":                                    false,
		"tcp[3]":                                           true,
		"tcp[4]":                                           true,
		"tcp[40]":                                          false,
		"tcp[3] & 0x10":                                    true,
		"ip.src[0:2] == 0a:00":                             true,
		"ip.src[0:2] > 0a:01":                              false,
		`ip.dst[3] in {13, 14}`:                            true,
		`ip.dst[3] != 14`:                                  false,
		`ip contains "P"`:                                  true,
		`tcp matches "^\x9c"`:                              true,
		`tcp contains 9c:41`:                               true,
		`tcp contains 41:9c`:                               false,
		"ip.proto == 6 or ip.proto == tcp":                 true, // the name of a number is enough
		"ip.proto == udp":                                  false,
		"ip.proto == 6 and ip.proto == \"TCP (6)\"":        true,
	} {
		f, err := filter.Parse(expr, known())
		require.NoError(t, err, expr)
		require.Equal(t, want, f.Match(syn(), synOctets()), expr)
		require.Equal(t, expr, f.String())
	}
}

// As in Wireshark, ip.addr is of IPv4 and ipv6.addr of IPv6; a prefix means all addresses in it.
func TestAddressesOfIPv6(t *testing.T) {
	packet := []wire.Node{{Key: "ipv6", Children: []wire.Node{
		{Key: "ipv6.src", Width: 128, Value: "2001:db8:1::10"},
		{Key: "ipv6.dst", Width: 128, Value: "ff02::1"},
		{Key: "ipv6.hlim", Width: 8, Value: "255", Uint: 255},
	}}}
	for expr, want := range map[string]bool{
		"ipv6":                          true,
		"ip":                            false,
		"ipv6.addr == ff02::1":          true,
		"ipv6.addr == 2001:db8:1:0::10": true,
		"ipv6.src == 2001:db8::/32":     true,
		"ipv6.dst == 2001:db8::/32":     false,
		"ipv6.addr != ff02::1":          false,
		"ip.addr == ff02::1":            false,
		"ipv6.addr != fe80::":           true,
		"ipv6.hlim == 255":              true,
	} {
		f, err := filter.Parse(expr, append(known(), "ipv6", "ipv6.src", "ipv6.dst", "ipv6.hlim"))
		require.NoError(t, err, expr)
		require.Equal(t, want, f.Match(packet, nil), expr)
	}
}

func TestNth(t *testing.T) {
	f, err := filter.Parse("tcp.len > 0 #3", known())
	require.NoError(t, err)
	require.Equal(t, 3, f.Nth())
	f, err = filter.Parse("#2", known())
	require.NoError(t, err)
	require.Equal(t, 2, f.Nth())
	require.True(t, f.Match(nil, nil))
}

func TestErrorsNameThePlaceAndTheFix(t *testing.T) {
	for expr, want := range map[string]string{
		"tcp.flgs":               "tcp.flgs\n^ no field is called tcp.flgs: did you mean tcp.flags?",
		"tcp and ip.adr":         "tcp and ip.adr\n        ^ no field is called ip.adr: did you mean ip.addr?",
		"zzzzzzzzzz":             "zzzzzzzzzz\n^ no field is called zzzzzzzzzz",
		"tcp and":                "tcp and\n       ^ expected the name of a field, such as tcp.port",
		"(tcp":                   "(tcp\n    ^ expected )",
		"tcp tcp":                "tcp tcp\n    ^ expected and, or, or the end",
		"ip.ttl > many":          "ip.ttl > many\n         ^ > compares numbers",
		"ip.ttl ==":              "ip.ttl ==\n         ^ expected a number, an address or a text in quotes",
		"tcp #0":                 "tcp #0\n     ^ after # a number from 1 up says which of the matching packets is meant",
		`http.host == "a`:        `http.host == "a` + "\n             ^ the quote is not closed",
		"tcp = ip":               "tcp = ip\n    ^ equal is written ==",
		"ip.addr == 10.0.0.300":  "ip.addr == 10.0.0.300\n           ^ this is no address: 10.77.0.1 has four numbers up to 255, and 10.77.0.0/16 at most /32; a text stands in quotes",
		"ip.addr == 10.0.0.0/33": "ip.addr == 10.0.0.0/33\n           ^ this is no address: 10.77.0.1 has four numbers up to 255, and 10.77.0.0/16 at most /32; a text stands in quotes",
		"tcp.port in 80":         "tcp.port in 80\n            ^ in wants a set: {80, 443, 8000..8080}",
		"tcp.port in {}":         "tcp.port in {}\n              ^ a set has at least one value: {80, 443, 8000..8080}",
		"tcp.port in {80":        "tcp.port in {80\n               ^ expected , or } in a set such as {80, 443, 8000..8080}",
		"tcp.port in {9..8}":     "tcp.port in {9..8}\n                ^ a range goes from a number or an address to a larger one",
		`tcp.flags matches "(a"`: `tcp.flags matches "(a"` + "\n                  ^ this is no regular expression: missing closing ): `(a`",
		"tcp[a] == 00":           "tcp[a] == 00\n    ^ octets are named as [4], [0:4] for four of them from 0 on, [0-3], [4:], [:4] or [-4:]",
		"tcp[0:2] == xy":         "tcp[0:2] == xy\n            ^ octets are compared with octets in hex, as 00:11:22, or with a text in quotes",
		"tcp[0:2":                "tcp[0:2\n       ^ expected ]",
		"len(tcp.flags)":         "len(tcp.flags)\n              ^ expected a comparison, such as ==",
		"len(tcp.flags) == x":    "len(tcp.flags) == x\n                  ^ this is compared with a number",
		"lower(len(tcp)) == 1":   "lower(len(tcp)) == 1\n              ^ len gives a number: nothing more can be made of that",
		"tcp.flags & x":          "tcp.flags & x\n            ^ after & a number says which bits are meant, as in tcp.flags & 0x12",
		"ip.src contains ip.dst": "ip.src contains ip.dst\n                ^ a field is compared with another by == and the like, each as a whole; a text stands in quotes",
		"retx":                   "retx\n^ retx means nothing here",
		"link r1-r2":             "link r1-r2\n^ link means nothing here",
		"host h1":                "host h1\n     ^ no host has a name here: give its address",
		"tcp ? ip":               "tcp ? ip\n    ^ this character has no meaning in a filter",
		"tcp.port == 80 )":       "tcp.port == 80 )\n               ^ expected and, or, or the end",
	} {
		_, err := filter.Parse(expr, known())
		require.ErrorIs(t, err, filter.ErrSyntax, expr)
		var e *filter.Error
		require.ErrorAs(t, err, &e)
		require.Equal(t, want, e.Caret(), expr)
		require.NotContains(t, err.Error(), "\n")
	}
}

func FuzzParse(f *testing.F) {
	f.Add("tcp.port == 80 and not (ip.addr == 10.0.0.0/8 || tcp.flags.syn) #3")
	f.Add(`((((!!!!tcp.flags contains "x`)
	f.Add(`all lower(tcp[0:2,-1]) matches "\\(" or tcp.port not in {80 .. 90, "a"} and tcp.flags & 2 and host 10.0.0.1`)
	f.Fuzz(func(t *testing.T, expr string) {
		parsed, err := filter.Parse(expr, known())
		if err != nil {
			var e *filter.Error
			require.ErrorAs(t, err, &e)
			require.True(t, e.Pos >= 0 && e.Pos <= len(expr))
			return
		}
		parsed.Match(syn(), synOctets())
	})
}
