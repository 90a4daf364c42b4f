package tls

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"math/big"
	"net"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// noon is when the tests take place.
func noon() time.Time { return time.Date(2026, 11, 25, 12, 0, 0, 0, time.UTC) }

// authority is a certificate authority for tests.
type authority struct {
	t    testing.TB
	key  crypto.Signer
	cert *x509.Certificate
	next int64
}

func newAuthority(t testing.TB, name string) *authority {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: name}, NotBefore: noon().AddDate(-1, 0, 0), NotAfter: noon().AddDate(1, 0, 0),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	require.NoError(t, err)
	cert, err := x509.ParseCertificate(der)
	require.NoError(t, err)
	return &authority{t, key, cert, 2}
}

func (a *authority) pool() *x509.CertPool {
	pool := x509.NewCertPool()
	pool.AddCert(a.cert)
	return pool
}

// issue makes a key pair; change may change its certificate before it is signed.
func (a *authority) issue(key crypto.Signer, host string, change func(*x509.Certificate)) KeyPair {
	a.t.Helper()
	template := &x509.Certificate{
		SerialNumber: big.NewInt(a.next), Subject: pkix.Name{CommonName: host}, DNSNames: []string{host}, IPAddresses: []net.IP{net.IPv4(10, 77, 0, 2)},
		NotBefore: noon().AddDate(0, -1, 0), NotAfter: noon().AddDate(0, 1, 0),
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth}, KeyUsage: x509.KeyUsageDigitalSignature,
	}
	a.next++
	if change != nil {
		change(template)
	}
	der, err := x509.CreateCertificate(rand.Reader, template, a.cert, key.Public(), a.key)
	require.NoError(a.t, err)
	pair, err := NewKeyPair(key, der)
	require.NoError(a.t, err)
	return pair
}

func ecKey(t testing.TB) crypto.Signer {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	return key
}

// keysByName are keys of each kind that can sign.
func keysByName(t testing.TB) map[string]crypto.Signer {
	t.Helper()
	p384, err := ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	require.NoError(t, err)
	p521, err := ecdsa.GenerateKey(elliptic.P521(), rand.Reader)
	require.NoError(t, err)
	_, ed, err := ed25519.GenerateKey(rand.Reader)
	require.NoError(t, err)
	rsaKey, err := rsa.GenerateKey(rand.Reader, 2048)
	require.NoError(t, err)
	return map[string]crypto.Signer{"ECDSA P-256": ecKey(t), "ECDSA P-384": p384, "ECDSA P-521": p521, "Ed25519": ed, "RSA": rsaKey}
}

// setUp returns configurations of a client and a server that get on.
func setUp(t testing.TB) (client, server Config) {
	t.Helper()
	lab := newAuthority(t, "Lab CA")
	return Config{Roots: lab.pool(), Random: seeded(10)}, Config{Certificates: []KeyPair{lab.issue(ecKey(t), "server.test", nil)}, Random: seeded(11)}
}

// ends are the two ends of a connection whose octets the test carries.
type ends struct {
	client, server       *Conn
	clientErr, serverErr error
}

func connect(t testing.TB, client, server Config) *ends {
	t.Helper()
	c, err := Client(client, "server.test", noon())
	require.NoError(t, err)
	return &ends{client: c, server: Server(server)}
}

// run carries octets until neither has more to say.
func (e *ends) run() *ends {
	for {
		up, down := bytes.Clone(e.client.Next()), bytes.Clone(e.server.Next())
		if up == nil && down == nil {
			return e
		}
		if up != nil {
			if err := e.server.Receive(noon(), up); err != nil {
				e.serverErr = err
			}
		}
		if down != nil {
			if err := e.client.Receive(noon(), down); err != nil {
				e.clientErr = err
			}
		}
	}
}

// done runs and expects that the handshake succeeds.
func (e *ends) done(t testing.TB) *ends {
	t.Helper()
	e.run()
	require.NoError(t, e.clientErr)
	require.NoError(t, e.serverErr)
	require.True(t, e.client.State().Done)
	require.True(t, e.server.State().Done)
	return e
}

// says sends data one way and expects it on the other side.
func (e *ends) says(t testing.TB, from, to *Conn, what string) {
	t.Helper()
	for sent := 0; sent < len(what); {
		n, err := from.Write([]byte(what[sent:]))
		require.NoError(t, err)
		require.NotZero(t, n)
		sent += n
		e.run()
	}
	got := make([]byte, len(what)+1)
	n := 0
	for n < len(what) {
		m, err := to.Read(got[n:])
		require.NoError(t, err)
		require.NotZero(t, m)
		n += m
	}
	require.Equal(t, what, string(got[:n]))
}

func (e *ends) talk(t testing.TB) *ends {
	t.Helper()
	e.says(t, e.client, e.server, "a question")
	e.says(t, e.server, e.client, "an answer")
	return e
}
