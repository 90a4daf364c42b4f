package tui

import (
	"testing"
	"time"

	"github.com/charmbracelet/x/ansi"
	"github.com/stretchr/testify/require"
)

// Requests stand beside their responses, with times and sizes; a key goes to the packet.
func TestHTTPView(t *testing.T) {
	r := opensCapture(t, ofTestdata("http-errors.pcapng"), 120, 36)
	r.press(t, "f6")
	require.Len(t, r.web.got.exchanges, 2)
	e := r.web.got.exchanges[1]
	require.Equal(t, []int{14, 16, 503, 1}, []int{e.asked, e.answered, e.status, e.stream})
	require.Equal(t, 20*time.Millisecond, time.Duration(e.first-e.at))
	require.EqualValues(t, 264, e.down)
	require.Equal(t, 0, r.exchange())
	r.clickOn(t, "GET /status/503")
	require.Equal(t, 14, r.selected)
	require.Contains(t, ansi.Strip(r.text()), "> GET /status/503 HTTP/1.1")
	r.press(t, "right")
	require.Equal(t, 16, r.selected)
	require.Equal(t, 1, r.exchange())
	r.press(t, "up")
	require.Equal(t, 4, r.selected)
	r.press(t, ">", "enter")
	require.Equal(t, asList, r.scene)
	require.Equal(t, 14, r.selected)

	r = opensCapture(t, ofTestdata("tls.pcapng"), 120, 36)
	r.press(t, "f6")
	text := ansi.Strip(r.text())
	require.Contains(t, text, "{} GET /hello.txt", "decrypted")
	require.Contains(t, text, "TCP 0, {} over TLS")
	e = r.web.got.exchanges[0]
	require.Less(t, time.Duration(e.last-e.at), time.Millisecond, "the connection ends the response, not the capture")

	r = opensCapture(t, ofTestdata("fast.pcapng"), 120, 36)
	r.press(t, "f6")
	require.Contains(t, ansi.Strip(r.text()), "no HTTP was found")
	r.press(t, "up", "down", "left", "right", "+", "enter")
	require.Equal(t, asList, r.scene)
}
