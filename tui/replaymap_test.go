package tui

import (
	"testing"

	"github.com/charmbracelet/x/ansi"
	"github.com/stretchr/testify/require"
)

// The map shows who talked with whom and under which names, and leads to their packets.
func TestMapView(t *testing.T) {
	r := opensCapture(t, ofTestdata("mixed.pcap"), 120, 36)
	r.press(t, "f7", "<")
	text := ansi.Strip(r.text())
	require.Regexp(t, `▶   └━━▶ 3 · 1686 B +◀ 3 · 742 B +━━ \[10.0.1.2\]`, text)
	require.Contains(t, text, "ICMP")
	r.clickOn(t, "[fd00::2]")
	require.Contains(t, ansi.Strip(r.text()), "> fd00::2")
	r.press(t, "enter")
	require.Equal(t, asList, r.scene)
	require.Equal(t, 3, r.count())
	require.Equal(t, "ipv6.addr == fd00::2 and ipv6.addr == fd00::1", r.shown.filter.String())
	r.press(t, "v", "m", "2", ">")
	require.Equal(t, inTraffic, r.focus)
	r.clickOn(t, "10.0.1.1 ")
	r.press(t, "enter")
	require.Equal(t, 6, r.count())

	r = opensCapture(t, ofTestdata("dns.pcapng"), 120, 36)
	r.press(t, "f7")
	require.NotEmpty(t, r.traffic.got.names)
}
