package ip

import (
	"net/netip"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestCheckOptions(t *testing.T) {
	for _, c := range []struct {
		name, hex   string
		pointer     int
		sourceRoute bool
		err         error
	}{
		{"no operation, end", "01 01 00 00", 0, false, nil},
		{"nothing is read after the end", "00 07 00 00", 0, false, nil},
		{"record route", "07 07 04 00000000 00", 0, false, nil},
		{"timestamp", "44 08 05 00 00000000", 0, false, nil},
		{"router alert", "94 04 00 00", 0, false, nil},
		{"unknown", "1e 04 00 00", 0, false, nil},
		{"loose source route", "01 83 07 04 0a000001", 0, true, nil},
		{"strict source route", "89 07 04 0a000001 00", 0, true, nil},
		{"length 0", "01 07 00 00", 21, false, ErrOption},
		{"length 1", "07 01 00 00", 20, false, ErrOption},
		{"length beyond the header", "07 05 04 00", 20, false, ErrOption},
		{"no length", "01 01 01 07", 23, false, ErrOption},
		{"record route without pointer", "07 02 00 00", 21, false, ErrOption},
		{"record route pointer 3", "07 07 03 00000000 00", 22, false, ErrOption},
		{"timestamp pointer 4", "44 08 04 00 00000000", 22, false, ErrOption},
		{"record route with room for 3 octets", "07 07 05 00000000 00", 22, false, ErrOption},
		{"timestamp with room for 1 octet", "44 08 08 00 00000000", 22, false, ErrOption},
		{"timestamp without room for an address", "44 08 05 01 00000000", 22, false, ErrOption},
		{"timestamp without flag", "44 03 05 00", 22, false, ErrOption},
	} {
		t.Run(c.name, func(t *testing.T) {
			pointer, sourceRoute, err := checkOptions(unhex(t, c.hex))
			require.ErrorIs(t, err, c.err)
			require.Equal(t, c.pointer, pointer)
			require.Equal(t, c.sourceRoute, sourceRoute)
		})
	}
}

// RFC 1812, Sections 5.3.13.5 and 5.3.13.6; RFC 791, Section 3.1.
func TestUpdateOptions(t *testing.T) {
	addr, other := netip.MustParseAddr("10.0.1.1"), netip.MustParseAddr("10.0.2.1")
	own := func(a netip.Addr) bool { return a == addr || a == other }
	now := time.Date(2000, 1, 1, 0, 0, 1, 0, time.UTC) // 1000 ms = 0x3e8 after midnight
	for _, c := range []struct{ name, before, after string }{
		{"record route", "01 07 07 04 00000000", "01 07 07 08 0a000101"},
		{"second entry", "07 0b 08 0a000001 00000000 00", "07 0b 0c 0a000001 0a000101 00"},
		{"record route is full", "01 07 07 08 0a000001", "01 07 07 08 0a000001"},
		{"timestamp alone", "44 08 05 00 00000000", "44 08 09 00 000003e8"},
		{"timestamp with address", "44 0c 05 01 00000000 00000000", "44 0c 0d 01 0a000101 000003e8"},
		{"timestamp at a given address", "44 0c 05 03 0a000201 00000000", "44 0c 0d 03 0a000201 000003e8"},
		{"timestamp at another's address", "44 0c 05 03 0a000909 00000000", "44 0c 05 03 0a000909 00000000"},
		{"no space: overflow", "44 08 09 00 00000001", "44 08 09 10 00000001"},
		{"overflow stays at 15", "44 08 09 f0 00000001", "44 08 09 f0 00000001"},
		{"both", "07 07 04 00000000 44 08 05 00 00000000 00", "07 07 08 0a000101 44 08 09 00 000003e8 00"},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := unhex(t, c.before)
			_, _, err := checkOptions(b)
			require.NoError(t, err)
			updateOptions(b, addr, own, now)
			require.Equal(t, unhex(t, c.after), b)
		})
	}
}

func TestDissectOptions(t *testing.T) {
	h := Header{TTL: 9, Protocol: ICMP, Src: netip.MustParseAddr("10.0.1.10"), Dst: netip.MustParseAddr("10.0.2.20")}
	h.Options = unhex(t, "07 0b 08 0a000001 00000000 01 44 0c 0d 01 0a000101 000003e8 94 04 0000 00")
	n, _, _, ok := Dissect(packet(h, nil), 0)
	require.True(t, ok)
	require.Empty(t, n.Note)
	options := n.Find("ip.options")
	require.Equal(t, "Option: Record Route", options.Children[0].Name)
	require.Equal(t, "10.0.0.1", options.Children[0].Find("ip.rec_rt").Value)
	require.Equal(t, "Option: No Operation", options.Children[1].Name)
	require.Equal(t, "1000", options.Children[2].Find("ip.opt.time_stamp").Value)
	require.Equal(t, "Option: Router Alert", options.Children[3].Name)
	require.Equal(t, "Padding", options.Children[len(options.Children)-1].Name)

	h.Options = unhex(t, "07 0c 04 00")
	n, _, _, _ = Dissect(packet(h, nil), 0)
	require.Equal(t, "malformed: an option has an illegal length", n.Note)
}
