package tui

import (
	"net/netip"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"netlab/capture"
)

// echo6 is an echo request from fe80::1 to fe80::2, put together by hand.
func echo6(extension ...byte) []byte {
	src, dst := netip.MustParseAddr("fe80::1"), netip.MustParseAddr("fe80::2")
	next := byte(58)
	if len(extension) > 0 {
		next = 44
	}
	b := []byte{0x60, 0, 0, 0, 0, byte(8 + len(extension)), next, 64}
	b = append(append(append(b, src.AsSlice()...), dst.AsSlice()...), extension...)
	return append(b, 128, 0, 0x82, 0xa8, 0, 7, 0, 9)
}

// Packets of IPv6 have a box for each layer, with the fields that tell most.
func TestBoxesOfIPv6(t *testing.T) {
	words := func(b []byte) string {
		var all []string
		for _, box := range (layersPane{layers: capture.Dissect(capture.RawIP, b), octets: b}).boxes() {
			line := box.title + ":"
			for _, c := range box.chips {
				line += " [" + c.text + "]"
			}
			all = append(all, line)
		}
		return strings.Join(all, "\n")
	}
	require.Equal(t, `3 Network · IPv6: [fe80::1] [→ fe80::2] [hlim 64] [flow 0x00000] [payload 8]
3 Network · ICMPv6: [Echo Request (128)] [code 0] [id 7] [seq 9] [checksum ok]`, words(echo6()))
	require.Equal(t, `3 Network · IPv6: [fe80::1] [→ fe80::2] [hlim 64] [more] [offset 2 (octet 16)] [id 0x00000005] [flow 0x00000] [payload 16]
4 to 7 · part of a larger packet:`, words(echo6(58, 0, 0, 17, 0, 0, 0, 5)))
}
