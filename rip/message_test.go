package rip

import (
	"encoding/hex"
	"math/rand/v2"
	"net/netip"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func unhex(t testing.TB, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(strings.Join(strings.Fields(s), ""))
	require.NoError(t, err)
	return b
}

const (
	header  = "02 02 0000 "
	route1  = "0002 0007 0a000400 ffffff00 00000000 00000003 " // 10.0.4.0/24, tag 7, 3 hops
	route2  = "0002 0000 c0000200 ffffff80 0a000c09 00000010 " // 192.0.2.0/25 via 10.0.12.9, unreachable
	secret  = "ffff 0002 6f70656e 73657361 6d650000 00000000 " // "opensesame"
	wantAll = "01 02 0000 0000 0000 00000000 00000000 00000000 00000010"
)

func prefix(s string) netip.Prefix { return netip.MustParsePrefix(s) }

func TestParse(t *testing.T) {
	m, err := Parse(unhex(t, header+secret+route1+route2))
	require.NoError(t, err)
	require.Equal(t, Message{Command: Response, Password: "opensesame", Entries: []Entry{
		{Family: 2, Tag: 7, Prefix: prefix("10.0.4.0/24"), NextHop: netip.IPv4Unspecified(), Metric: 3},
		{Family: 2, Prefix: prefix("192.0.2.0/25"), NextHop: netip.MustParseAddr("10.0.12.9"), Metric: 16},
	}}, m)
	require.Equal(t, unhex(t, header+secret+route1+route2), m.Append(nil))

	ask := Message{Command: Request, Entries: []Entry{all()}}
	require.Equal(t, unhex(t, wantAll), ask.Append(nil), "RFC 2453, Section 3.9.1")
}

func TestParseRefuses(t *testing.T) {
	for _, c := range []struct {
		hex string
		err error
	}{
		{"", ErrTruncated},
		{"02 02 00", ErrTruncated},
		{"03 02 0000", ErrCommand},
		{"00 02 0000", ErrCommand},
		{"02 01 0000", ErrVersion}, // RFC 2453, Section 5.1: the switch stands at "RIP-2 only"
		{"02 00 0000", ErrVersion},
		{"02 02 0001", ErrZero},
		{header + route1 + "00", ErrLength},
		{header + strings.Repeat(route1, 26), ErrTooMany},
	} {
		_, err := Parse(unhex(t, c.hex))
		require.ErrorIs(t, err, c.err, c.hex)
	}
	b := unhex(t, header+strings.Repeat(route1, 25))
	_, err := Parse(b)
	require.NoError(t, err, "RFC 2453, Section 3.6: up to 25")
	for n := range b {
		_, err := Parse(b[:n])
		require.Equal(t, n >= 4 && (n-4)%20 == 0, err == nil, "%d octets", n)
	}
}

// A mask with gaps, or an address with bits behind the mask, is of no network.
func TestParseOddMasks(t *testing.T) {
	for _, mask := range []string{"ff00ff00", "00000001", "7fffffff"} {
		m, err := Parse(unhex(t, header+"0002 0000 0a000000 "+mask+" 00000000 00000001"))
		require.NoError(t, err)
		require.False(t, m.Entries[0].Prefix.IsValid(), mask)
		require.NotEmpty(t, m.Entries[0].wrong())
	}
	m, _ := Parse(unhex(t, header+"0002 0000 0a000001 ffffff00 00000000 00000001"))
	require.False(t, m.Entries[0].Prefix.IsValid(), "host bits")
}

func randomMessage(rng *rand.Rand) Message {
	m := Message{Command: Command(1 + rng.IntN(2))}
	if rng.IntN(2) == 0 {
		m.Password = "sesame"
	}
	for range 1 + rng.IntN(24) {
		var a, hop [4]byte
		for i := range a {
			a[i], hop[i] = byte(rng.Uint32()), byte(rng.Uint32())
		}
		m.Entries = append(m.Entries, Entry{
			Family: 2, Tag: uint16(rng.Uint32()), Metric: rng.Uint32N(20),
			Prefix: netip.PrefixFrom(netip.AddrFrom4(a), rng.IntN(33)).Masked(), NextHop: netip.AddrFrom4(hop),
		})
	}
	return m
}

// The codec reads what the layouts declare, and the other way round.
func TestCodecAndLayoutsAgree(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for range 500 {
		m := randomMessage(rng)
		b := m.Append(nil)
		back, err := Parse(b)
		require.NoError(t, err)
		require.Equal(t, m, back)

		at := HeaderLayout().Len()
		command, _ := HeaderLayout().Get(b, "rip.command")
		require.Equal(t, uint64(m.Command), command)
		if m.Password != "" {
			require.Equal(t, m.Password, strings.TrimRight(string(b[at+4:at+20]), "\x00"))
			at += PasswordLayout().Len()
		}
		for _, e := range m.Entries {
			get := func(key string) uint64 { v, _ := EntryLayout().Get(b[at:], key); return v }
			addr := e.Prefix.Addr().As4()
			require.Equal(t, uint64(e.Family), get("rip.family"))
			require.Equal(t, uint64(e.Tag), get("rip.route_tag"))
			require.Equal(t, uint64(addr[0])<<24|uint64(addr[1])<<16|uint64(addr[2])<<8|uint64(addr[3]), get("rip.ip"))
			require.Equal(t, uint64(0xffffffff)<<(32-e.Prefix.Bits())&0xffffffff, get("rip.netmask"))
			require.Equal(t, uint64(e.Metric), get("rip.metric"))
			at += EntryLayout().Len()
		}
		require.Len(t, b, at)
	}
}

func TestDissect(t *testing.T) {
	n := Dissect(unhex(t, header+secret+route1+route2), 0)
	require.Equal(t, "response (2)", n.Find("rip.command").Value)
	require.Equal(t, 8*(4+3*20), n.Width)
	require.Equal(t, "rip.auth", n.Children[3].Key)
	require.Equal(t, "10.0.4.0/24", n.Children[4].Value)
	require.Equal(t, "infinity: not reachable (16)", n.Children[5].Find("rip.metric").Value)
	require.Equal(t, 8*(4+20+20+16), n.Children[5].Find("rip.metric").Bit)

	n = Dissect(unhex(t, header+"0002 0000 0a000000 ff00ff00 00000000 00000011"), 0)
	require.NotEmpty(t, n.Find("rip.netmask").Note)
	require.NotEmpty(t, n.Find("rip.metric").Note)
	n = Dissect(unhex(t, "02 01 0000"), 0)
	require.NotEmpty(t, n.Find("rip.version").Note)
}

func TestSummary(t *testing.T) {
	for _, c := range []struct{ hex, want string }{
		{wantAll, "request for all routes"},
		{header + secret + route1 + route2, "response: 10.0.4.0/24 3, 192.0.2.0/25 unreachable"},
		{header, "response: no routes"},
		{header + strings.Repeat(route1, 10), "response: " + strings.Join(slices.Repeat([]string{"10.0.4.0/24 3"}, 8), ", ") + " and 2 more"},
		{"01 02 0000" + route1, "request for 1 route"},
	} {
		got, ok := Summary(unhex(t, c.hex))
		require.True(t, ok)
		require.Equal(t, c.want, got)
	}
	_, ok := Summary(unhex(t, "02 02"))
	require.False(t, ok)
}

func FuzzParse(f *testing.F) {
	f.Add(unhex(f, header+secret+route1+route2))
	f.Add(unhex(f, wantAll))
	f.Fuzz(func(t *testing.T, b []byte) {
		Dissect(b, 0)
		Summary(b)
		m, err := Parse(b)
		if err != nil {
			return
		}
		for i := range m.Entries {
			if !m.Entries[i].Prefix.IsValid() {
				return // it cannot be written as it was
			}
		}
		require.Equal(t, m, must(Parse(m.Append(nil))))
	})
}

func must(m Message, err error) Message {
	if err != nil {
		panic(err)
	}
	return m
}
