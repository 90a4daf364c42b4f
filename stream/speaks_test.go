package stream

import (
	"testing"

	"github.com/stretchr/testify/require"

	"netlab/http2"
)

func TestSpeaksHTTP(t *testing.T) {
	for _, begins := range []string{"GET / HTTP/1.1\r\n", "HTTP/1.1 200 OK\r\n", "POST /a HTTP/1.0\r\nHost: a\r\n\r\nb", http2.Preface} {
		require.True(t, SpeaksHTTP([]byte(begins)), begins)
	}
	for _, begins := range []string{"", "SSH-2.0-OpenSSH_9.2\r\n", "\x16\x03\x01\x00\x05\x01\x00\x00\x01\x03", "GETTING / nowhere", "220 mail.example ESMTP\r\n"} {
		require.False(t, SpeaksHTTP([]byte(begins)), begins)
	}
}
