package capture_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"math/big"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// hello is a handshake message in a record of version 1.2.
func hello(kind byte, body []byte) string {
	message := append([]byte{kind, 0, byte(len(body) >> 8), byte(len(body))}, body...)
	return string(append([]byte{22, 3, 3, byte(len(message) >> 8), byte(len(message))}, message...))
}

// serverHelloOf chooses a version and a cipher suite.
func serverHelloOf(version, suite uint16) string {
	body := append([]byte{byte(version >> 8), byte(version)}, make([]byte, 33)...)
	return hello(2, append(body, byte(suite>>8), byte(suite), 0))
}

// certificateOf is a certificate that signs itself, valid for a day from the given time.
func certificateOf(t testing.TB, from time.Time) []byte {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "b.test"}, DNSNames: []string{"b.test"}, NotBefore: from, NotAfter: from.Add(24 * time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	require.NoError(t, err)
	list := append([]byte{0, byte(len(der) >> 8), byte(len(der))}, der...)
	return append([]byte{0, byte(len(list) >> 8), byte(len(list))}, list...)
}

func TestTLSThatFails(t *testing.T) {
	const a, b = "10.77.0.1", "10.77.0.2"
	begin := func() *finding {
		f := newFinding(t)
		require.Empty(t, f.tcp(0, a, b, 4000, 443, 0, 0, "S", ""))
		require.Empty(t, f.tcp(1, b, a, 443, 4000, 0, 1, "SA", ""))
		require.Empty(t, f.tcp(1, a, b, 4000, 443, 1, 1, "A", hello(1, append([]byte{3, 3}, make([]byte, 40)...))))
		return f
	}
	t.Run("an old version", func(t *testing.T) {
		require.Equal(t, []string{"tls-version: 10.77.0.2:443 agrees on TLS 1.0 with TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA, which nobody should speak any more"},
			begin().tcp(1, b, a, 443, 4000, 1, 52, "A", serverHelloOf(0x0301, 0xc013)))
	})
	t.Run("an expired certificate in two segments", func(t *testing.T) {
		f := begin()
		both := serverHelloOf(0x0303, 0xc02f) + hello(11, certificateOf(t, time.Unix(500_000, 0)))
		require.Len(t, f.tcp(1, b, a, 443, 4000, 1, 52, "A", both[:200]), 1)
		require.Equal(t, []string{"certificate: 10.77.0.2:443 shows a certificate that a client should not accept, of CN=b.test: it expired on 1970-01-07; it is signed by itself"},
			f.tcp(1, b, a, 443, 4000, 201, 52, "A", both[200:]))
	})
	t.Run("clients that show a certificate, or have none", func(t *testing.T) {
		f := begin()
		require.Empty(t, f.tcp(1, a, b, 4000, 443, 52, 1, "A", hello(11, []byte{0, 0, 0})))
		f = begin()
		require.Equal(t, []string{"certificate: 10.77.0.1:4000 shows a certificate that a server should not accept, of CN=b.test: it expired on 1970-01-07; it is signed by itself"},
			f.tcp(1, a, b, 4000, 443, 52, 1, "A", hello(11, certificateOf(t, time.Unix(500_000, 0)))))
	})
	t.Run("a piece is missing", func(t *testing.T) {
		f := begin()
		both := serverHelloOf(0x0303, 0xc02f) + hello(11, certificateOf(t, time.Unix(500_000, 0)))
		require.Len(t, f.tcp(1, b, a, 443, 4000, 1, 52, "A", both[:200]), 1)
		found := f.tcp(1, b, a, 443, 4000, 301, 52, "A", both[300:])
		require.Len(t, found, 1)
		require.Contains(t, found[0], "missing: ")
	})
	t.Run("an alert", func(t *testing.T) {
		f := begin()
		require.Equal(t, []string{"tls-alert: 10.77.0.2:443 sends an alert of TLS: handshake_failure (fatal)"}, f.tcp(1, b, a, 443, 4000, 1, 52, "A", "\x15\x03\x03\x00\x02\x02\x28"))
		require.Empty(t, f.tcp(1, a, b, 4000, 443, 52, 8, "A", "\x15\x03\x03\x00\x02\x01\x00"), "who closes says so")
	})
}
