package dhcp

import (
	"encoding/binary"
	"math/rand/v2"
	"net"
	"net/netip"
	"testing"
	"time"

	"github.com/gopacket/gopacket"
	"github.com/gopacket/gopacket/layers"
	"github.com/stretchr/testify/require"

	"netlab/wire"
)

func addr(s string) netip.Addr { return netip.MustParseAddr(s) }

// random returns a message with random fields.
func random(r *rand.Rand) Message {
	a := func() netip.Addr { return netip.AddrFrom4([4]byte{10, byte(r.Uint32()), byte(r.Uint32()), 1}) }
	m := Message{
		Reply: r.IntN(2) == 0, Type: MessageType(1 + r.IntN(8)), ID: r.Uint32(), Secs: uint16(r.Uint32()), Broadcast: r.IntN(2) == 0,
		Client: a(), Your: a(), Relay: a(), Hardware: HardwareAddr{2, 0, 0, byte(r.Uint32()), 5, 6},
	}
	if r.IntN(2) == 0 {
		m.Requested, m.ServerID, m.Lease = a(), a(), time.Duration(1+r.IntN(1<<31))*time.Second
		m.Renewal, m.Rebinding, m.Mask = 30*time.Second, 50*time.Second, 1+r.IntN(32)
		m.Routers, m.DNS = []netip.Addr{a()}, []netip.Addr{a(), a()}
	}
	if r.IntN(2) == 0 {
		m.Domain, m.HostName, m.Text = "lab", "h1", "no"
		m.Parameters, m.ClientID = []Option{OptionMask, OptionRouter}, []byte{1, 2, 3}
	}
	return m
}

func TestRoundTrip(t *testing.T) {
	r := rand.New(rand.NewPCG(67, 68))
	for range 500 {
		m := random(r)
		b := m.Append(nil)
		require.GreaterOrEqual(t, len(b), minLen)
		back, err := Parse(b)
		require.NoError(t, err)
		require.Equal(t, m, back)
	}
}

// The codec and the layout declare the same fields.
func TestTheCodecAgreesWithTheLayout(t *testing.T) {
	require.Equal(t, headerLen, HeaderLayout().Len())
	r := rand.New(rand.NewPCG(1, 2))
	for range 200 {
		m := random(r)
		b := m.Append(nil)
		get := func(key string) uint64 {
			v, ok := HeaderLayout().Get(b, key)
			require.True(t, ok, key)
			return v
		}
		num := func(a netip.Addr) uint64 { return uint64(binary.BigEndian.Uint32(a.AsSlice())) }
		require.Equal(t, uint64(m.ID), get("dhcp.id"))
		require.Equal(t, uint64(m.Secs), get("dhcp.secs"))
		require.Equal(t, m.Broadcast, get("dhcp.flags.bc") == 1)
		require.Equal(t, m.Reply, get("dhcp.type") == 2)
		require.Equal(t, num(m.Client), get("dhcp.ip.client"))
		require.Equal(t, num(m.Your), get("dhcp.ip.your"))
		require.Equal(t, num(m.Relay), get("dhcp.ip.relay"))
		require.Equal(t, uint64(cookie), get("dhcp.cookie"))
		require.Equal(t, uint64(m.Hardware[3])<<16|5<<8|6|2<<40, get("dhcp.hw.mac_addr"))
	}
}

func TestDissectAgreesWithGopacket(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	for range 300 {
		m := random(r)
		b := m.Append(nil)
		var theirs layers.DHCPv4
		require.NoError(t, theirs.DecodeFromBytes(b, gopacket.NilDecodeFeedback))
		n := Dissect(b, 0)
		require.Empty(t, notes(&n))
		require.Equal(t, uint64(theirs.Xid), n.Find("dhcp.id").Uint)
		require.Equal(t, theirs.YourClientIP.String(), n.Find("dhcp.ip.your").Value)
		require.Equal(t, theirs.ClientHWAddr.String(), n.Find("dhcp.hw.mac_addr").Value)
		var options []*wire.Node
		for i := range n.Children {
			if o := &n.Children[i]; o.Key == "dhcp.option" && o.Name != "Option: Pad" && o.Name != "Option: End" {
				options = append(options, o)
			}
		}
		var known []layers.DHCPOption
		for _, o := range theirs.Options {
			if o.Type != layers.DHCPOptPad && o.Type != layers.DHCPOptEnd {
				known = append(known, o)
			}
		}
		require.Len(t, options, len(known))
		for i, o := range known {
			require.Equal(t, uint64(o.Type), options[i].Find("dhcp.option.type").Uint)
			if o.Type == layers.DHCPOptDNS {
				require.Equal(t, net.IP(o.Data[4:8]).String(), options[i].Children[3].Value)
			}
		}
	}
}

func notes(n *wire.Node) string {
	s := n.Note
	for i := range n.Children {
		s += notes(&n.Children[i])
	}
	return s
}

func walk(t testing.TB, n *wire.Node, size int) {
	from, to := n.Octets()
	require.True(t, from >= 0 && from <= to && to <= size, "%s %d..%d of %d", n.Name, from, to, size)
	for i := range n.Children {
		walk(t, &n.Children[i], size)
	}
}

func TestDissect(t *testing.T) {
	m := Message{
		Reply: true, Type: ACK, ID: 0x1234, Your: addr("10.0.0.100"), Hardware: HardwareAddr{2, 0, 0, 0, 0, 1}, Lease: 2 * time.Minute, Mask: 24,
		DNS: []netip.Addr{addr("10.0.0.53")}, Domain: "lab\n", Parameters: []Option{OptionMask, 200},
	}
	b := m.Append(nil)
	n := Dissect(b, 0)
	for key, want := range map[string]string{
		"dhcp.option.dhcp": "ACK (5)", "dhcp.option.ip_address_lease_time": "120 s", "dhcp.option.subnet_mask": "255.255.255.0",
		"dhcp.option.domain_name_server": "10.0.0.53", "dhcp.option.domain_name": `lab\n`, "dhcp.option.request_list_item": "Subnet Mask (1)",
		"dhcp.cookie": "DHCP (0x63825363)", "dhcp.ip.your": "10.0.0.100", "dhcp.hw.mac_addr": "02:00:00:00:00:01",
	} {
		found := n.Find(key)
		require.NotNil(t, found, key)
		require.Equal(t, want, found.Value, key)
	}
	require.Equal(t, "ACK: 10.0.0.100 is that of 02:00:00:00:00:01 for 2m0s", n.Value)
	for i := range b {
		n := Dissect(b[:i:i], 0)
		walk(t, &n, i)
		Summary(b[:i:i])
	}
	known := map[string]bool{}
	for _, k := range Keys() {
		known[k] = true
	}
	n.Leaves(func(leaf *wire.Node) { require.True(t, leaf.Key == "" || known[leaf.Key], leaf.Key) })
}

func TestMalformed(t *testing.T) {
	good := (&Message{Type: Discover, Hardware: HardwareAddr{2}}).Append(nil)
	change := func(f func(b []byte) []byte) error {
		_, err := Parse(f(append([]byte(nil), good...)))
		return err
	}
	require.ErrorIs(t, change(func(b []byte) []byte { return b[:239] }), ErrTruncated)
	for name, f := range map[string]func(b []byte) []byte{
		"op":              func(b []byte) []byte { b[0] = 3; return b },
		"hardware":        func(b []byte) []byte { b[2] = 16; return b },
		"cookie":          func(b []byte) []byte { b[236] = 0; return b },
		"no end":          func(b []byte) []byte { return b[:243] },
		"an option cut":   func(b []byte) []byte { return b[:242] },
		"no type":         func(b []byte) []byte { return append(b[:240], 255) },
		"a short lease":   func(b []byte) []byte { return append(b[:243], 51, 2, 0, 0, 255) },
		"odd addresses":   func(b []byte) []byte { return append(b[:243], 6, 5, 1, 2, 3, 4, 5, 255) },
		"a broken mask":   func(b []byte) []byte { return append(b[:243], 1, 4, 255, 0, 255, 0, 255) },
		"a type too long": func(b []byte) []byte { return append(b[:240], 53, 2, 1, 1, 255) },
	} {
		require.ErrorIs(t, change(f), ErrMalformed, name)
	}
}

// RFC 2131, Section 4.1: options go on in the fields for names, and an option that occurs twice is one.
func TestOverload(t *testing.T) {
	b := (&Message{Type: Offer, Reply: true, Hardware: HardwareAddr{2}}).Append(nil)
	b = append(b[:243], 52, 1, 3, 15, 2, 'l', 'a', 255)
	copy(b[108:], []byte{15, 1, 'b', 255})     // file
	copy(b[44:], []byte{12, 2, 'h', '1', 255}) // sname
	m, err := Parse(b)
	require.NoError(t, err)
	require.Equal(t, "lab", m.Domain)
	require.Equal(t, "h1", m.HostName)
}

func FuzzMessage(f *testing.F) {
	r := rand.New(rand.NewPCG(5, 6))
	for range 4 {
		m := random(r)
		f.Add(m.Append(nil))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		n := Dissect(b, 0)
		walk(t, &n, len(b))
		Summary(b)
		if m, err := Parse(b); err == nil {
			once := m.Append(nil)
			again, err := Parse(once)
			require.NoError(t, err)
			require.Equal(t, once, again.Append(nil), "what is written is read as it was meant")
		}
	})
}
