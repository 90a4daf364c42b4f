package tls

import (
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"math/big"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// Each mistake that can be made with a certificate is refused with the alert for it and a sentence that names it; the other end learns the alert and nothing else.
func TestMistakesWithCertificates(t *testing.T) {
	lab, other := newAuthority(t, "Lab CA"), newAuthority(t, "Somebody Else CA")
	selfSigned := func() KeyPair {
		key := ecKey(t)
		template := &x509.Certificate{
			SerialNumber: big.NewInt(9), Subject: pkix.Name{CommonName: "server.test"}, DNSNames: []string{"server.test"},
			NotBefore: noon().Add(-time.Hour), NotAfter: noon().Add(time.Hour),
		}
		der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
		require.NoError(t, err)
		pair, err := NewKeyPair(key, der)
		require.NoError(t, err)
		return pair
	}
	for name, c := range map[string]struct {
		pair  KeyPair
		alert Alert
		say   string
	}{
		"expired": {
			lab.issue(ecKey(t), "server.test", func(c *x509.Certificate) { c.NotAfter = noon().AddDate(0, 0, -1) }),
			AlertCertificateExpired, "the certificate of server.test expired on 2026-11-24 12:00 UTC; it is 2026-11-25 12:00 UTC now",
		},
		"not yet valid": {
			lab.issue(ecKey(t), "server.test", func(c *x509.Certificate) { c.NotBefore = noon().AddDate(0, 0, 1) }),
			AlertCertificateExpired, "the certificate of server.test is not valid before 2026-11-26 12:00 UTC",
		},
		"wrong host":        {lab.issue(ecKey(t), "other.test", nil), AlertBadCertificate, "the certificate is for other.test, 10.77.0.2, not for server.test"},
		"unknown authority": {other.issue(ecKey(t), "server.test", nil), AlertUnknownCA, "is signed by Somebody Else CA, an authority that is not trusted here"},
		"self-signed":       {selfSigned(), AlertUnknownCA, "is self-signed: nobody but its holder vouches for it"},
		"of a client": {
			lab.issue(ecKey(t), "server.test", func(c *x509.Certificate) { c.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth} }),
			AlertUnsupportedCertificate, "is not meant for this end of a TLS connection",
		},
	} {
		t.Run(name, func(t *testing.T) {
			e := connect(t, Config{Roots: lab.pool()}, Config{Certificates: []KeyPair{c.pair}}).run()
			require.ErrorContains(t, e.clientErr, c.say)
			var refused *Error
			require.ErrorAs(t, e.clientErr, &refused)
			require.Equal(t, c.alert, refused.Alert)
			require.Equal(t, &PeerAlert{c.alert}, e.serverErr)
			require.False(t, e.server.State().Done)

			// The same client without checks gets on with it.
			connect(t, Config{Insecure: true}, Config{Certificates: []KeyPair{c.pair}}).done(t).talk(t)
		})
	}
}

// A server that insists on SNI, and clients that do not name it, or name another.
func TestMistakesWithNames(t *testing.T) {
	client, server := setUp(t)
	_, err := Client(client, "", noon())
	require.ErrorContains(t, err, "no server name")

	server.RequireName = true
	client.Insecure = true
	for name, c := range map[string]struct {
		alert Alert
		say   string
	}{
		"":          {AlertMissingExtension, "the client does not say which server it wants: it sent no server_name (SNI)"},
		"10.77.0.2": {AlertMissingExtension, "it sent no server_name (SNI)"}, // an address is no name (RFC 6066)
		"b.test":    {AlertUnrecognizedName, `the client wants the server "b.test"; no certificate here is for it`},
	} {
		c2, err := Client(client, name, noon())
		require.NoError(t, err)
		e := (&ends{client: c2, server: Server(server)}).run()
		require.ErrorContains(t, e.serverErr, c.say)
		require.Equal(t, &PeerAlert{c.alert}, e.clientErr)
	}
	// An address can be checked against a certificate too.
	client, server = setUp(t)
	c2, err := Client(client, "10.77.0.2", noon())
	require.NoError(t, err)
	(&ends{client: c2, server: Server(server)}).done(t)
}

// Of several certificates the one for the name that the client gives is shown.
func TestServerChoosesByName(t *testing.T) {
	lab := newAuthority(t, "Lab CA")
	server := Config{Certificates: []KeyPair{lab.issue(ecKey(t), "a.test", nil), lab.issue(ecKey(t), "server.test", nil)}}
	e := connect(t, Config{Roots: lab.pool()}, server).done(t)
	require.Equal(t, "server.test", e.client.State().PeerCertificates[0].Subject.CommonName)
}

func TestClientCertificatesThatAreNotTrusted(t *testing.T) {
	client, server := setUp(t)
	lab, other := newAuthority(t, "Client CA"), newAuthority(t, "Other CA")
	server.Roots, server.ClientAuth = lab.pool(), RequestClientCertificate
	client.Certificates = []KeyPair{other.issue(ecKey(t), "mallory", nil)}
	e := connect(t, client, server).run()
	require.ErrorContains(t, e.serverErr, "the certificate of mallory is signed by Other CA, an authority that is not trusted here")
	require.Equal(t, &PeerAlert{AlertUnknownCA}, e.clientErr)
}

func TestNothingInCommon(t *testing.T) {
	client, server := setUp(t)
	for name, c := range map[string]struct {
		change func(client, server *Config)
		alert  Alert
		say    string
	}{
		"suite":    {func(c, s *Config) { c.Suites, s.Suites = suites()[:1], suites()[1:] }, AlertHandshakeFailure, "no cipher suite in common"},
		"group":    {func(c, s *Config) { c.Groups, s.Groups = supportedGroups()[:1], supportedGroups()[1:] }, AlertHandshakeFailure, "no group in common"},
		"protocol": {func(c, s *Config) { c.ALPN, s.ALPN = []string{"h2"}, []string{"http/1.1"} }, AlertNoApplicationProtocol, "no application protocol in common"},
		"no keys":  {func(_, s *Config) { s.Certificates = nil }, AlertHandshakeFailure, "no certificate here can sign"},
	} {
		t.Run(name, func(t *testing.T) {
			client, server := client, server
			c.change(&client, &server)
			e := connect(t, client, server).run()
			require.ErrorContains(t, e.serverErr, c.say)
			require.Equal(t, &PeerAlert{c.alert}, e.clientErr)
		})
	}
}

func TestBadConfigurations(t *testing.T) {
	for say, c := range map[string]Config{
		"Config.Suites: TLS_AES_128_CCM_SHA256 is not implemented": {Suites: []CipherSuite{AES128CCMSHA256}},
		"Config.Groups: x448 is not implemented":                   {Groups: []Group{GroupX448}},
		"Config.ALPN: a name has 1 to 255 octets":                  {ALPN: []string{""}},
		"Config.RecordSizeLimit: 64 to 16385 octets, not 63":       {RecordSizeLimit: 63},
	} {
		_, err := Client(c, "server.test", noon())
		require.ErrorContains(t, err, say)
	}
}
