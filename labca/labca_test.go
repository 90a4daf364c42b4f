package labca

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/tls"
	"crypto/x509"
	"io"
	"io/fs"
	"math/rand/v2"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func chance(seed byte) io.Reader { return rand.NewChaCha8([32]byte{seed}) }

func day() time.Time { return time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC) }

func limits() Limits {
	return Limits{Domains: []string{"netlab.test", "localhost"}, Networks: []netip.Prefix{netip.MustParsePrefix("10.77.0.0/24"), netip.MustParsePrefix("fd77::/64")}}
}

func names() []string {
	return []string{"netlab.test", "*.netlab.test", "localhost", "10.77.0.2", "fd77::2"}
}

func TestTheSameOctetsGiveTheSameAuthority(t *testing.T) {
	build := func(seed byte) (authority, leaf []byte) {
		r := chance(seed)
		a, err := New(r, day(), limits())
		require.NoError(t, err)
		l, err := a.Issue(r, day(), Request{Names: names()})
		require.NoError(t, err)
		return a.Certificate.Raw, l.Chain[0]
	}
	a, l := build(1)
	b, m := build(1)
	require.True(t, bytes.Equal(a, b) && bytes.Equal(l, m))
	c, n := build(2)
	require.False(t, bytes.Equal(a, c) || bytes.Equal(l, n))
}

func TestWhatClientsMakeOfIt(t *testing.T) {
	r := chance(1)
	a, err := New(r, day(), limits())
	require.NoError(t, err)
	verify := func(request Request, name string, at time.Time) error {
		l, err := a.Issue(r, day(), request)
		require.NoError(t, err)
		certificate, err := x509.ParseCertificate(l.Chain[0])
		require.NoError(t, err)
		_, err = certificate.Verify(x509.VerifyOptions{Roots: a.Pool(), DNSName: name, CurrentTime: at})
		return err
	}
	for _, name := range []string{"netlab.test", "www.netlab.test", "localhost", "10.77.0.2", "[fd77::2]"} {
		require.NoError(t, verify(Request{Names: names()}, name, day()), name)
	}
	require.ErrorContains(t, verify(Request{Names: names()}, "a.b.netlab.test", day()), "not a.b.netlab.test")
	require.ErrorContains(t, verify(Request{Names: names()}, "netlab.test", day().AddDate(0, 0, leafDays+1)), "expired")
	require.ErrorContains(t, verify(Request{Names: names(), Until: day().Add(-time.Minute)}, "netlab.test", day()), "expired")
	// It cannot vouch for what is not the lab's.
	require.ErrorContains(t, verify(Request{Names: []string{"bank.example"}}, "bank.example", day()), "not permitted")
	require.ErrorContains(t, verify(Request{Names: []string{"192.0.2.1"}}, "192.0.2.1", day()), "not permitted")
}

// crypto/tls as both ends.
func TestAHandshakeWithIt(t *testing.T) {
	r := chance(1)
	a, err := New(r, time.Now(), limits())
	require.NoError(t, err)
	leaf, err := a.Issue(r, time.Now(), Request{Names: names()})
	require.NoError(t, err)
	self, err := SelfSigned(r, time.Now(), Request{Names: names()})
	require.NoError(t, err)
	shake := func(l *Leaf) error {
		listener, err := tls.Listen("tcp", "127.0.0.1:0", &tls.Config{Certificates: []tls.Certificate{{Certificate: l.Chain, PrivateKey: l.Key}}})
		require.NoError(t, err)
		defer listener.Close()
		go func() {
			if conn, err := listener.Accept(); err == nil {
				_ = conn.(*tls.Conn).Handshake()
				conn.Close()
			}
		}()
		conn, err := tls.Dial("tcp", listener.Addr().String(), &tls.Config{RootCAs: a.Pool(), ServerName: "www.netlab.test"})
		if err == nil {
			conn.Close()
		}
		return err
	}
	require.NoError(t, shake(leaf))
	require.ErrorContains(t, shake(self), "unknown authority")
}

func TestLoad(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "state", "netlab")
	a, err := Load(dir, day(), limits())
	require.NoError(t, err)
	for _, name := range []string{keyFile, CertificateFile} {
		info, err := os.Stat(filepath.Join(dir, name))
		require.NoError(t, err)
		require.Equal(t, fs.FileMode(0o600), info.Mode().Perm(), name)
	}
	published, err := os.ReadFile(filepath.Join(dir, CertificateFile))
	require.NoError(t, err)
	require.Equal(t, a.PEM(), published)

	again, err := Load(dir, day().AddDate(1, 0, 0), limits())
	require.NoError(t, err)
	require.True(t, a.Certificate.Equal(again.Certificate) && a.key.Equal(again.key))

	renewed, err := Load(dir, day().AddDate(2, 0, -20), limits())
	require.NoError(t, err)
	require.False(t, a.Certificate.Equal(renewed.Certificate), "before it ends")
	published, err = os.ReadFile(filepath.Join(dir, CertificateFile))
	require.NoError(t, err)
	require.Equal(t, renewed.PEM(), published)

	for _, broken := range []string{"", "x", string(a.PEM()), "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"} {
		require.NoError(t, os.WriteFile(filepath.Join(dir, keyFile), []byte(broken), 0o600))
		mended, err := Load(dir, day(), limits())
		require.NoError(t, err)
		require.False(t, mended.Certificate.Equal(renewed.Certificate))
	}
	left, err := os.ReadDir(dir)
	require.NoError(t, err)
	require.Len(t, left, 2, "nothing is left beside")

	_, err = Load(filepath.Join(dir, keyFile), day(), limits())
	require.Error(t, err, "a file is where the folder should be")
}

// Several that begin at once agree in the end.
func TestLoadAtOnce(t *testing.T) {
	dir := t.TempDir()
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			if _, err := Load(dir, day(), limits()); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	a, err := Load(dir, day(), limits())
	require.NoError(t, err)
	published, err := os.ReadFile(filepath.Join(dir, CertificateFile))
	require.NoError(t, err)
	require.Equal(t, a.PEM(), published)
}

func TestDir(t *testing.T) {
	t.Setenv("XDG_STATE_HOME", "/x")
	dir, err := Dir()
	require.NoError(t, err)
	require.Equal(t, "/x/netlab", dir)
	t.Setenv("XDG_STATE_HOME", "")
	t.Setenv("HOME", "/h")
	dir, err = Dir()
	require.NoError(t, err)
	require.Equal(t, "/h/.local/state/netlab", dir)
}

// OpenSSL reads what crypto/x509 wrote, and agrees that it is valid.
func TestOpenSSLVerifies(t *testing.T) {
	openssl, err := exec.LookPath("openssl")
	if err != nil {
		t.Skip("openssl is not installed")
	}
	r, dir := chance(1), t.TempDir()
	a, err := New(r, time.Now(), limits())
	require.NoError(t, err)
	leaf, err := a.Issue(r, time.Now(), Request{Names: names()})
	require.NoError(t, err)
	var key any = leaf.Key
	require.IsType(t, (*ecdsa.PrivateKey)(nil), key)
	require.NoError(t, os.WriteFile(filepath.Join(dir, "ca.pem"), a.PEM(), 0o600))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "leaf.pem"), leaf.PEM(), 0o600))
	out, err := exec.Command(openssl, "verify", "-x509_strict", "-purpose", "sslserver", "-verify_hostname", "a.netlab.test", "-CAfile", filepath.Join(dir, "ca.pem"), filepath.Join(dir, "leaf.pem")).CombinedOutput()
	require.NoError(t, err, string(out))
	require.Contains(t, string(out), "leaf.pem: OK")
}
