package tlsnet

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	stdtls "crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"fmt"
	"math/big"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"netlab/tls"
)

// Go's crypto/tls is the other side, once as the client and once as the server, in every combination of what there is to choose.

type identity struct {
	ours   tls.KeyPair
	theirs stdtls.Certificate
	roots  *x509.CertPool
}

func newIdentity(t *testing.T, key crypto.Signer) identity {
	t.Helper()
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "server.test"}, DNSNames: []string{"server.test"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	require.NoError(t, err)
	pair, err := tls.NewKeyPair(key, der)
	require.NoError(t, err)
	pair.OCSP = []byte("staple")
	roots := x509.NewCertPool()
	roots.AddCert(pair.Leaf)
	return identity{pair, stdtls.Certificate{Certificate: [][]byte{der}, PrivateKey: key, OCSPStaple: []byte("staple")}, roots}
}

func identities(t *testing.T) map[string]identity {
	t.Helper()
	all := map[string]identity{}
	for name, curve := range map[string]elliptic.Curve{"P-256": elliptic.P256(), "P-384": elliptic.P384(), "P-521": elliptic.P521()} {
		key, err := ecdsa.GenerateKey(curve, rand.Reader)
		require.NoError(t, err)
		all["ECDSA "+name] = newIdentity(t, key)
	}
	_, ed, err := ed25519.GenerateKey(rand.Reader)
	require.NoError(t, err)
	all["Ed25519"] = newIdentity(t, ed)
	rsaKey, err := rsa.GenerateKey(rand.Reader, 2048)
	require.NoError(t, err)
	all["RSA"] = newIdentity(t, rsaKey)
	return all
}

func curves() map[tls.Group]stdtls.CurveID {
	return map[tls.Group]stdtls.CurveID{
		tls.GroupX25519MLKEM768: stdtls.X25519MLKEM768, tls.GroupX25519: stdtls.X25519, tls.GroupSecp256r1: stdtls.CurveP256, tls.GroupSecp384r1: stdtls.CurveP384,
	}
}

// end is either kind of connection.
type end interface {
	net.Conn
	HandshakeContext(context.Context) error
}

// handshaker gives ours the method of crypto/tls.
type handshaker struct{ *Conn }

func (h handshaker) HandshakeContext(ctx context.Context) error { return h.Handshake(ctx) }

// talk has the two ends say something to each other, and close.
func talk(t *testing.T, client, server end) {
	t.Helper()
	served := make(chan error, 1)
	go func() {
		served <- func() error {
			if err := server.HandshakeContext(context.Background()); err != nil {
				return err
			}
			b := make([]byte, 5)
			if _, err := server.Read(b); err != nil {
				return err
			}
			_, err := server.Write(append(b, b...))
			return err
		}()
	}()
	require.NoError(t, client.HandshakeContext(context.Background()))
	_, err := client.Write([]byte("hello"))
	require.NoError(t, err)
	b := make([]byte, 10)
	n, err := client.Read(b)
	require.NoError(t, err)
	require.Equal(t, "hellohello", string(b[:n]))
	require.NoError(t, <-served)
}

// withOurServer connects a client of crypto/tls with a server of ours.
func withOurServer(t *testing.T, client *stdtls.Config, server tls.Config) (stdtls.ConnectionState, tls.ConnectionState) {
	t.Helper()
	a, b := loopback(t)
	defer a.Close()
	defer b.Close()
	theirs, ours := stdtls.Client(a, client), Server(b, server)
	talk(t, theirs, handshaker{ours})
	return theirs.ConnectionState(), ours.ConnectionState()
}

// withOurClient connects a client of ours with a server of crypto/tls.
func withOurClient(t *testing.T, client tls.Config, server *stdtls.Config) (tls.ConnectionState, stdtls.ConnectionState) {
	t.Helper()
	a, b := loopback(t)
	defer a.Close()
	defer b.Close()
	ours, err := Client(a, client, "server.test")
	require.NoError(t, err)
	theirs := stdtls.Server(b, server)
	talk(t, handshaker{ours}, theirs)
	return ours.ConnectionState(), theirs.ConnectionState()
}

// Suites, groups, keys, and groups for which the client first sends no share.
func TestEveryCombinationWithCryptoTLS(t *testing.T) {
	for name, id := range identities(t) {
		for group, curve := range curves() {
			for _, suite := range []tls.CipherSuite{tls.AES128GCMSHA256, tls.AES256GCMSHA384, tls.ChaCha20Poly1305SHA256} {
				for _, retry := range []bool{false, true} {
					t.Run(fmt.Sprintf("%s, %v, %v, retry %v", name, group, suite, retry), func(t *testing.T) {
						theirs := &stdtls.Config{RootCAs: id.roots, ServerName: "server.test", NextProtos: []string{"b", "a"}, CurvePreferences: []stdtls.CurveID{curve}}
						ours := tls.Config{Certificates: []tls.KeyPair{id.ours}, ALPN: []string{"a"}, Suites: []tls.CipherSuite{suite}, Groups: []tls.Group{group}}
						if retry {
							theirs.CurvePreferences = nil
						}
						them, us := withOurServer(t, theirs, ours)
						require.Equal(t, uint16(suite), them.CipherSuite)
						require.Equal(t, curve, them.CurveID)
						require.Equal(t, "a", them.NegotiatedProtocol)
						require.Equal(t, "staple", string(them.OCSPResponse))
						require.Equal(t, "server.test", us.ServerName)
						require.Equal(t, them.HelloRetryRequest, us.Retried)

						ours = tls.Config{Roots: id.roots, ALPN: []string{"b", "a"}, Suites: []tls.CipherSuite{suite}, Groups: []tls.Group{group}}
						theirs = &stdtls.Config{Certificates: []stdtls.Certificate{id.theirs}, NextProtos: []string{"a"}, CurvePreferences: []stdtls.CurveID{curve}}
						if retry {
							ours.Groups = []tls.Group{tls.GroupX25519, tls.GroupSecp256r1, tls.GroupSecp384r1, tls.GroupX25519MLKEM768}
						}
						us, them = withOurClient(t, ours, theirs)
						require.Equal(t, suite, us.Suite)
						require.Equal(t, group, us.Group)
						require.Equal(t, "a", us.ALPN)
						require.Equal(t, "staple", string(us.OCSP))
						require.Equal(t, "server.test", them.ServerName)
						require.Equal(t, retry && group != tls.GroupX25519, us.Retried)
					})
				}
			}
		}
	}
}

func TestClientCertificatesWithCryptoTLS(t *testing.T) {
	for name, id := range identities(t) {
		t.Run(name, func(t *testing.T) {
			_, us := withOurServer(t,
				&stdtls.Config{RootCAs: id.roots, ServerName: "server.test", Certificates: []stdtls.Certificate{id.theirs}},
				tls.Config{Certificates: []tls.KeyPair{id.ours}, ClientAuth: tls.RequireClientCertificate, Roots: id.roots})
			require.Equal(t, id.ours.Leaf.Raw, us.PeerCertificates[0].Raw)
			_, them := withOurClient(t,
				tls.Config{Roots: id.roots, Certificates: []tls.KeyPair{id.ours}},
				&stdtls.Config{Certificates: []stdtls.Certificate{id.theirs}, ClientAuth: stdtls.RequireAndVerifyClientCert, ClientCAs: id.roots})
			require.Equal(t, id.ours.Leaf.Raw, them.PeerCertificates[0].Raw)
		})
	}
}

func TestResumptionWithCryptoTLS(t *testing.T) {
	for _, id := range identities(t) {
		theirs := &stdtls.Config{RootCAs: id.roots, ServerName: "server.test", ClientSessionCache: stdtls.NewLRUClientSessionCache(8)}
		ours := tls.Config{Certificates: []tls.KeyPair{id.ours}, Sessions: Share(&tls.Sessions{})}
		for i := range 3 {
			them, us := withOurServer(t, theirs, ours)
			require.Equal(t, i > 0, them.DidResume, "connection %d", i)
			require.Equal(t, i > 0, us.Resumed)
		}
		ours = tls.Config{Roots: id.roots, Sessions: Share(&tls.Sessions{})}
		theirs = &stdtls.Config{Certificates: []stdtls.Certificate{id.theirs}}
		for i := range 3 {
			us, them := withOurClient(t, ours, theirs)
			require.Equal(t, i > 0, us.Resumed, "connection %d", i)
			require.Equal(t, i > 0, them.DidResume)
		}
		return // one kind of key is enough: none takes part in a resumption
	}
}

// What others call the exporter is the same.
func TestExportersAgreeWithCryptoTLS(t *testing.T) {
	for _, id := range identities(t) {
		a, b := loopback(t)
		theirs, ours := stdtls.Client(a, &stdtls.Config{RootCAs: id.roots, ServerName: "server.test"}), Server(b, tls.Config{Certificates: []tls.KeyPair{id.ours}})
		talk(t, theirs, handshaker{ours})
		state := theirs.ConnectionState()
		want, err := state.ExportKeyingMaterial("EXPORTER-netlab", []byte("context"), 50)
		require.NoError(t, err)
		got, err := ours.Export("EXPORTER-netlab", []byte("context"), 50)
		require.NoError(t, err)
		require.Equal(t, want, got)
	}
}

// A server of TLS 1.2 alone is refused in words; one that pretends to be is found out by its random.
func TestOlderPeers(t *testing.T) {
	for _, id := range identities(t) {
		a, b := loopback(t)
		ours, err := Client(a, tls.Config{Roots: id.roots}, "server.test")
		require.NoError(t, err)
		go stdtls.Server(b, &stdtls.Config{Certificates: []stdtls.Certificate{id.theirs}, MaxVersion: stdtls.VersionTLS12}).Handshake()
		require.Error(t, ours.Handshake(context.Background()))

		a, b = loopback(t)
		theirs := stdtls.Client(a, &stdtls.Config{RootCAs: id.roots, ServerName: "server.test", MaxVersion: stdtls.VersionTLS12})
		go Server(b, tls.Config{Certificates: []tls.KeyPair{id.ours}}).Handshake(context.Background())
		require.ErrorContains(t, theirs.Handshake(), "protocol version")
		return
	}
}

// The lines of a key log are the same, whoever writes them.
func TestKeyLogsAgreeWithCryptoTLS(t *testing.T) {
	for _, id := range identities(t) {
		var theirs strings.Builder
		var ours []string
		_, us := withOurServer(t, &stdtls.Config{RootCAs: id.roots, ServerName: "server.test", KeyLogWriter: &theirs}, tls.Config{
			Certificates: []tls.KeyPair{id.ours},
			KeyLog: func(label string, clientRandom, secret []byte) {
				ours = append(ours, fmt.Sprintf("%s %x %x", label, clientRandom, secret))
			},
		})
		require.True(t, us.Done)
		for line := range strings.Lines(theirs.String()) {
			require.Contains(t, ours, strings.TrimSpace(line))
		}
		require.Len(t, ours, 5, "four traffic secrets, and the exporter's")
		return
	}
}
