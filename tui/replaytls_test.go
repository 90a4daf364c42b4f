package tui

import (
	"strings"
	"testing"

	"github.com/charmbracelet/x/ansi"
	"github.com/stretchr/testify/require"
)

// The view of TLS reads what the key log opens, names the secrets, and marks the one that protects the message.
func TestTLSView(t *testing.T) {
	r := opensCapture(t, ofTestdata("tls.pcapng"), 120, 40)
	r.press(t, "v", "s")
	text := ansi.Strip(r.text())
	require.Contains(t, text, "TLS_AES_256_GCM_SHA384")
	require.Contains(t, text, "certificate CN=www.netlab.test ECDSA P-256")
	require.Contains(t, text, "✓ all 11 protected records decrypted")
	r.press(t, "right", "right")
	require.Equal(t, 6, r.selected)
	r.clickOn(t, "{} CertificateVer")
	require.Equal(t, "{} CertificateVerify", r.message().name)
	require.Contains(t, ansi.Strip(r.text()), "│ ▶          ├ s hs traffic")
	r.press(t, ">", "up", "up", "up")
	require.Equal(t, "{} GET /hello.txt", r.message().name)
	text = ansi.Strip(r.text())
	require.Contains(t, text, "│ ▶          ├ c ap traffic")
	require.Contains(t, text, "Method: GET")
	require.Contains(t, text, "47 45 54 20 2f 68 65 6c")
	for label, secret := range r.secrecy.got.schedule.secrets {
		require.Contains(t, strings.ToLower(string(r.file.KeyLog())), strings.ToLower(label)+" ", label)
		require.Len(t, secret, 48)
	}
	require.Len(t, r.secrecy.got.schedule.secrets, 5)

	r.press(t, ":", "2", "4", "enter") // a connection of TLS 1.2
	text = ansi.Strip(r.text())
	require.Contains(t, text, "premaster ─▶ Master Secret")
	require.Contains(t, text, "TLS 1.2")
	require.Equal(t, "ServerHello", r.message().name)

	r = opensCapture(t, ofTestdata("kernel-tls.pcap"), 120, 40)
	r.press(t, "f5")
	require.Contains(t, ansi.Strip(r.text()), "nothing was protected")
	r.press(t, ":", "2", "1", "enter")
	text = ansi.Strip(r.text())
	require.Contains(t, text, "6 protected records and no keys:")
	require.Contains(t, text, "{} application data")
	require.Contains(t, text, "not in the key log")

	r = opensCapture(t, ofTestdata("fast.pcapng"), 120, 40)
	r.press(t, "f5")
	require.Contains(t, ansi.Strip(r.text()), "speaks no TLS")
}
