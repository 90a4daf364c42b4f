package tui

import (
	"strings"
	"testing"

	"github.com/charmbracelet/x/ansi"
	"github.com/stretchr/testify/require"

	"netlab/trace"
)

// TestMilestones: } goes to the loss, and on to the segment that replaces the lost one.
func TestMilestones(t *testing.T) {
	s := show(t, upload(), 120, 36)
	at := func() trace.Kind {
		e, ok := s.all.Event(s.cursor)
		require.True(t, ok)
		return e.Kind
	}
	press(t, s, "}", "}", "}")
	require.Equal(t, trace.Lost, at())
	text := ansi.Strip(s.text())
	require.Contains(t, text, "✗ lost on r1→r2")
	require.Contains(t, text, "5✗")
	press(t, s, "}", "}")
	require.Equal(t, trace.Sent, at())
	text = ansi.Strip(s.text())
	require.Contains(t, text, "↻ replaces 5")
	require.Contains(t, text, "It replaces packet 5, lost on r1→r2.")
	require.Contains(t, text, "three duplicate ACKs asked for 1461")
	press(t, s, "}")
	require.Contains(t, ansi.Strip(s.text()), "no milestone after this")
	press(t, s, "<")
	require.Zero(t, s.cursor)
}

// TestOneFieldFourPanes: moving one field changes octets, box, explanation and RFC section together.
func TestOneFieldFourPanes(t *testing.T) {
	s := show(t, upload(), 120, 36)
	press(t, s, "}", "}", "}", ")", "(")
	text := ansi.Strip(s.text())
	require.Contains(t, text, "octets 24–27: Sequence Number")
	require.Contains(t, text, "[3a 7f 15 b5]")
	require.Contains(t, text, "octets 24–27 · RFC 9293 §3.4")
	press(t, s, ")")
	text = ansi.Strip(s.text())
	require.Contains(t, text, "octets 28–31: Acknowledgment Number")
	require.Contains(t, text, "[91 c4 a0 01]")
	require.Contains(t, text, "Acknowledgment Number: 1")
	press(t, s, "3", "up", "up")
	text = ansi.Strip(s.text())
	require.Contains(t, text, "octets 12–15: Source Address")
	require.Contains(t, text, "[0a 00 01 0a]")
	require.Contains(t, text, "5 Explain   Internet Protocol Version 4")
}

func TestRawNumbers(t *testing.T) {
	s := show(t, upload(), 120, 36)
	press(t, s, "}", "}", "}")
	require.Contains(t, ansi.Strip(s.text()), "seq 1461")
	press(t, s, "g")
	require.Contains(t, ansi.Strip(s.text()), "seq 981407157")
}

// TestLabDrop: X, and then the loss, and the retransmission that names the packet it replaces.
func TestLabDrop(t *testing.T) {
	l := lab(t, "routed")
	s := show(t, l, 120, 36)
	event := func() *trace.Event {
		e, ok := s.all.Event(s.cursor)
		require.True(t, ok)
		return e
	}
	for press(t, s, "."); !strings.Contains(ansi.Strip(s.text()), "HTTP  GET /"); press(t, s, ".") {
		require.Less(t, s.cursor, s.all.Last())
	}
	press(t, s, "X", "X") // the acknowledgement of the SYN-ACK goes before the request
	require.Equal(t, trace.Fault, event().Kind)
	require.Contains(t, ansi.Strip(s.text()), "the next packet on r1-r2 will be dropped")
	require.Contains(t, ansi.Strip(s.text()), "future C of 3")
	for press(t, s, "}"); event().Kind != trace.Lost || s.packet != 8; press(t, s, "}") {
		require.Less(t, s.cursor, s.all.Last())
	}
	dropped := s.packet
	require.Contains(t, ansi.Strip(s.text()), "✗ lost on r1→r2")
	for press(t, s, "}"); event().Replaces == 0 || s.row(t).Proto != "HTTP"; press(t, s, "}") {
		require.Less(t, s.cursor, s.all.Last())
	}
	text := ansi.Strip(s.text())
	require.Contains(t, text, "↻ replaces "+decimal(dropped))
	require.Contains(t, text, "It replaces packet "+decimal(dropped)+", lost on r1→r2.")

	press(t, s, "o", ">")
	require.NotContains(t, ansi.Strip(s.text()), "lost on", "in the other future nothing was dropped")
	require.Contains(t, ansi.Strip(s.text()), "future A of 3")
	press(t, s, "o", ">")
	require.Contains(t, ansi.Strip(s.text()), "future B of 3")
}

// row is that of the selected packet.
func (s *screen) row(t *testing.T) row {
	t.Helper()
	r, ok := s.rows.get(s.packet)
	require.True(t, ok)
	return r
}
