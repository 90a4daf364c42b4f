package tui

import (
	"strings"
	"testing"
	"time"

	"github.com/charmbracelet/x/ansi"
	"github.com/stretchr/testify/require"

	"netlab/flow"
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
		{"zero-window.pcapng", 17, "The other end had no room"},
		{"zero-window.pcapng", 18, "Has no room for more"},
		{"keep-alive.pcapng", 10, "Asks an end that has been silent"},
	} {
		r := opensCapture(t, testCapture(at.file), 120, 60)
		r.selectPacket(at.packet)
		r.press(t, "5")
		o := r.openPacket()
		what, ref := purpose(o.layers, r.line(at.packet), r.before(), r.isFound)
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

// Findings that would fill the time line stand where most of them are; elsewhere a dot says that there are some.
func TestReplayTimeLineOfManyFindings(t *testing.T) {
	r := opensCapture(t, testCapture("lossy.pcapng"), 120, 36)
	from, to, _ := r.timeScale()
	begin, _ := r.file.Span()
	many := func(step int, more int) string {
		r.findings = nil
		for x := from; x < to; x += step {
			n := 1
			if x == from+50 {
				n += more
			}
			for range n {
				r.findings = append(r.findings, flow.Finding{Kind: flow.Fast, Packet: 1, At: begin.UnixNano() + int64(x)})
			}
		}
		c := newCanvas(r.width, 1, r.look)
		r.trouble(c, from, to, func(at time.Time) int { return int(at.Sub(begin)) })
		return ansi.Strip(c.String())
	}
	require.Equal(t, (to-from+9)/10, strings.Count(many(10, 0), "↻"))
	dense := many(1, 5)
	require.Equal(t, 1, strings.Count(dense, "↻"))
	require.Equal(t, to-from-1, strings.Count(dense, "·"))
	require.Equal(t, to-from, strings.Count(many(1, 0), "↻")+strings.Count(many(1, 0), "·"))
}
