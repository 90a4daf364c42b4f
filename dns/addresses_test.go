package dns

import (
	"net/netip"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestAddressesOfAnswers(t *testing.T) {
	question := "\x03www\x03lab\x00\x00\x01\x00\x01"
	alias := "\xc0\x0c\x00\x05\x00\x01\x00\x00\x00\x3c\x00\x04\x01a\xc0\x10"
	four := "\xc0\x25\x00\x01\x00\x01\x00\x00\x00\x3c\x00\x04\x0a\x00\x00\x01"
	six := "\x01b\x00\x00\x1c\x80\x01\x00\x00\x00\x3c\x00\x10\xfe\x80\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x01"
	message := func(flags, answers string) []byte {
		return []byte("\x00\x07" + flags + "\x00\x01\x00" + answers + "\x00\x00\x00\x00" + question + alias + four + six)
	}
	name, found := Addresses(message("\x84\x00", "\x03"))
	require.Equal(t, "www.lab", name, "the name that was asked for, and not its alias")
	require.Equal(t, []netip.Addr{netip.MustParseAddr("10.0.0.1"), netip.MustParseAddr("fe80::1")}, found)
	for what, b := range map[string][]byte{
		"a question": message("\x04\x00", "\x03"), "an error": message("\x84\x03", "\x03"), "truncated": message("\x86\x00", "\x03"), "no address": message("\x84\x00", "\x01"), "too short": {0, 7, 0x84},
	} {
		name, found := Addresses(b)
		require.Empty(t, name, what)
		require.Empty(t, found, what)
	}
	whole := message("\x84\x00", "\x03")
	for n := range whole {
		_, found := Addresses(whole[:n])
		require.Less(t, len(found), 2)
	}
}
