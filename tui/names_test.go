package tui

import (
	"strings"
	"testing"

	"github.com/charmbracelet/x/ansi"
	"github.com/stretchr/testify/require"
)

// stepTo steps until the screen shows something.
func stepTo(t *testing.T, s *screen, text string) string {
	t.Helper()
	for range 200 {
		if shown := ansi.Strip(s.text()); strings.Contains(shown, text) {
			return shown
		}
		press(t, s, ".")
	}
	t.Fatalf("the screen never shows %q", text)
	return ""
}

// TestNamesAndLeases: what a message of DNS or DHCP says stands in its box and in the list.
func TestNamesAndLeases(t *testing.T) {
	s := show(t, lab(t, "dns"), 120, 40)
	shown := stepTo(t, s, "A www.lab? id")
	require.Contains(t, shown, "7 Application · DNS")
	require.Contains(t, shown, "recursion desired")
	require.NotContains(t, shown, "no error", "a question has no result")
	shown = stepTo(t, s, "www.lab CNAME h2.lab")
	require.Contains(t, shown, "no error (0)")
	require.Contains(t, shown, "Answer www.lab CNAME h2.lab")

	s = show(t, lab(t, "dhcp"), 120, 40)
	shown = stepTo(t, s, "OFFER of 10.0.1.100")
	require.Contains(t, shown, "7 Application · DHCP")
	require.Contains(t, shown, "your address 10.0.1.100")
	require.Contains(t, shown, "Option: Message Type OFFER (2)")
	require.Contains(t, shown, "?  → *")
	require.Contains(t, shown, "r1 → *")
}
