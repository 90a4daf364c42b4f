package tui

import (
	"strings"
	"testing"

	"github.com/charmbracelet/x/ansi"
	"github.com/stretchr/testify/require"
)

// The explanation says of packets of every kind what they are for, and where that is written.
func TestReplaySaysWhatPacketsAreFor(t *testing.T) {
	for _, at := range []struct {
		file   string
		packet int
		words  string
	}{
		{"tls.pcapng", 1, "Asks for a connection"},
		{"tls.pcapng", 2, "Accepts the connection"},
		{"tls.pcapng", 3, "Completes the handshake"},
		{"tls.pcapng", 4, "The client says which versions"},
		{"tls.pcapng", 6, "The server chooses version"},
		{"tls.pcapng", 7, "Acknowledges all octets before"},
		{"tls.pcapng", 8, "Proves that this end has the same keys"},
		{"tls.pcapng", 11, "Records of TLS"},
		{"tls.pcapng", 16, "This end has sent all"},
		{"http.pcap", 4, "The client's question begins"},
		{"http.pcap", 6, "The server's answer begins"},
		{"kernel-dig.pcap", 1, "Asks what is known of a name"},
		{"dns.pcapng", 2, "Answers the question of the same id"},
		{"ping.pcap", 1, "Asks for an echo"},
	} {
		r := opensCapture(t, testCapture(at.file), 120, 60)
		r.selectPacket(at.packet)
		r.press(t, "5")
		o := r.openPacket()
		what, ref := purpose(o.layers, r.line(at.packet), r.before())
		require.True(t, strings.HasPrefix(what, at.words), "%s %d: %s", at.file, at.packet, what)
		require.False(t, ref.IsZero(), at.file)
		require.Contains(t, strings.Join(strings.Fields(ansi.Strip(r.text())), " "), ref.Short()[strings.LastIndexByte(ref.Short(), ' ')+1:])
	}
}

// What was found about a packet stands in the list and in the ladder.
func TestReplayShowsFindingsInListAndLadder(t *testing.T) {
	for file, signs := range map[string][]string{
		"fast.pcapng": {"dup ACK 1", "dup ACK 2", "again: fast"}, "zero-window.pcapng": {"window 0", "window opens", "window full"}, "keep-alive.pcapng": {"keep-alive"},
	} {
		r := opensCapture(t, testCapture(file), 120, 36)
		list, ladder := "", ""
		for n := 1; n <= r.packets; n += 8 {
			r.selectPacket(n)
			r.press(t, "4")
			for _, line := range strings.Split(ansi.Strip(r.text()), "\n") {
				left, right, _ := strings.Cut(line, "│")
				list, ladder = list+left+"\n", ladder+right+"\n"
			}
		}
		for _, sign := range signs {
			require.Contains(t, list, sign, file)
			require.Contains(t, ladder, strings.TrimPrefix(sign, "again: "), file)
		}
	}
}
