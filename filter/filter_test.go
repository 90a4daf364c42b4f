package filter_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"netlab/filter"
	"netlab/wire"
)

func known() []string {
	return []string{"ip", "ip.src", "ip.dst", "ip.ttl", "tcp", "tcp.srcport", "tcp.dstport", "tcp.flags", "tcp.flags.syn", "tcp.flags.ack", "tcp.len", "icmp", "http.host"}
}

// syn is a SYN from 10.0.1.10:40001 to 10.0.2.20:80.
func syn() []wire.Node {
	return []wire.Node{
		{Key: "ip", Children: []wire.Node{
			{Key: "ip.src", Width: 32, Value: "10.0.1.10"},
			{Key: "ip.dst", Width: 32, Value: "10.0.2.20"},
			{Key: "ip.ttl", Width: 8, Value: "64", Uint: 64},
		}},
		{Key: "tcp", Children: []wire.Node{
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
	} {
		f, err := filter.Parse(expr, known())
		require.NoError(t, err, expr)
		require.Equal(t, want, f.Match(syn()), expr)
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
		require.Equal(t, want, f.Match(packet), expr)
	}
}

func TestNth(t *testing.T) {
	f, err := filter.Parse("tcp.len > 0 #3", known())
	require.NoError(t, err)
	require.Equal(t, 3, f.Nth())
	f, err = filter.Parse("#2", known())
	require.NoError(t, err)
	require.Equal(t, 2, f.Nth())
	require.True(t, f.Match(nil))
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
	f.Fuzz(func(t *testing.T, expr string) {
		parsed, err := filter.Parse(expr, known())
		if err != nil {
			var e *filter.Error
			require.ErrorAs(t, err, &e)
			require.True(t, e.Pos >= 0 && e.Pos <= len(expr))
			return
		}
		parsed.Match(syn())
	})
}
