package tlsnet

import (
	"bufio"
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"netlab/tls"
	"netlab/trace"
)

// The tests here have other people's programs as the peer: OpenSSL's and GnuTLS's. They are skipped where a program is missing, but
// not in CI, which installs it.

func needProgram(t *testing.T, name string) {
	t.Helper()
	if _, err := exec.LookPath(name); err != nil {
		if os.Getenv("NETLAB_NEED_TUN") != "" {
			t.Fatalf("%s is missing; fix: apt-get install %s", name, map[string]string{"openssl": "openssl", "gnutls-cli": "gnutls-bin"}[name])
		}
		t.Skipf("%s is not installed", name)
	}
}

// folder has the files that the programs want: a certificate and its key.
type folder struct {
	t     *testing.T
	dir   string
	id    identity
	taken chan struct{} // a line that is a command was taken
}

func newFolder(t *testing.T) folder {
	t.Helper()
	needProgram(t, "openssl")
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	f := folder{t, t.TempDir(), newIdentity(t, key), make(chan struct{}, 1)}
	f.id.ours.OCSP = nil
	der, err := x509.MarshalPKCS8PrivateKey(key)
	require.NoError(t, err)
	f.write("key.pem", pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}))
	f.write("cert.pem", pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: f.id.ours.Chain[0]}))
	return f
}

func (f folder) path(name string) string { return filepath.Join(f.dir, name) }

func (f folder) write(name string, b []byte) {
	require.NoError(f.t, os.WriteFile(f.path(name), b, 0o600))
}

// serve starts a server of ours that answers each line with what it is told to, and returns its address.
func (f folder) serve(cfg tls.Config, answer func(c *Conn, line string) string) string {
	cfg.Certificates = []tls.KeyPair{f.id.ours}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(f.t, err)
	f.t.Cleanup(func() { l.Close() })
	go func() {
		for {
			raw, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				c := Server(raw, cfg)
				defer c.Close()
				for lines := bufio.NewScanner(c); lines.Scan(); {
					if _, err := io.WriteString(c, answer(c, lines.Text())+"\n"); err != nil {
						return
					}
				}
			}()
		}
	}()
	return l.Addr().String()
}

// client runs a client program, tells it lines one at a time, each when the one before was answered, and returns everything it said.
func (f folder) client(lines []string, name string, args ...string) string {
	f.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second) // it takes a tenth of one; this is for one that hangs
	defer cancel()
	cmd := exec.CommandContext(ctx, name, args...)
	in, err := cmd.StdinPipe()
	require.NoError(f.t, err)
	out, err := cmd.StdoutPipe()
	require.NoError(f.t, err)
	var said, errors bytes.Buffer
	cmd.Stderr = &errors
	require.NoError(f.t, cmd.Start())
	read := bufio.NewReader(out)
	for _, line := range lines {
		io.WriteString(in, line+"\n")
		if len(line) == 1 { // a command, which s_client takes only if it stands alone in what it reads
			select {
			case <-f.taken:
			case <-ctx.Done():
			}
		}
		for strings.HasPrefix(line, "say ") {
			got, err := read.ReadString('\n')
			said.WriteString(got)
			if err != nil || strings.HasPrefix(got, "answer "+strings.TrimPrefix(line, "say ")) {
				break
			}
		}
	}
	in.Close()
	io.Copy(&said, read)
	cmd.Wait()
	return said.String() + errors.String()
}

// sClient runs openssl s_client against our server.
func (f folder) sClient(address string, lines []string, args ...string) string {
	return f.client(lines, "openssl", append([]string{"s_client", "-connect", address, "-servername", "server.test", "-CAfile", f.path("cert.pem"), "-verify_return_error"}, args...)...)
}

func answerLines(c *Conn, line string) string {
	s := c.ConnectionState()
	return fmt.Sprintf("answer %s suite %v group %v resumed %v early %d updates %v", strings.TrimPrefix(line, "say "), s.Suite, s.Group, s.Resumed, s.EarlyReceived, s.Updates)
}

func TestOpenSSLClient(t *testing.T) {
	f := newFolder(t)
	address := f.serve(tls.Config{}, answerLines)
	for _, suite := range []string{"TLS_AES_128_GCM_SHA256", "TLS_AES_256_GCM_SHA384", "TLS_CHACHA20_POLY1305_SHA256"} {
		for name, group := range map[string]string{"X25519": "x25519", "P-256": "secp256r1", "P-384": "secp384r1"} {
			said := f.sClient(address, []string{"say hello"}, "-ciphersuites", suite, "-groups", name)
			require.Contains(t, said, "answer hello suite "+suite+" group "+group)
			require.Contains(t, said, "Verify return code: 0 (ok)")
		}
	}
	// A first share that the server has no use for: a HelloRetryRequest.
	said := f.sClient(address, []string{"say hello"}, "-groups", "X448:P-384")
	require.Contains(t, said, "answer hello suite TLS_AES_128_GCM_SHA256 group secp384r1")
	// Nothing in common.
	said = f.sClient(address, nil, "-groups", "X448")
	require.Contains(t, said, "handshake failure")
	said = f.sClient(address, nil, "-tls1_2")
	require.Contains(t, said, "protocol version")
}

// In the input of s_client, a line K asks both sides for new keys, and k this side alone.
func TestOpenSSLClientUpdatesKeys(t *testing.T) {
	f := newFolder(t)
	tracer := trace.New("server", func(e trace.Event) trace.ID {
		if strings.HasPrefix(e.Say, "receives KeyUpdate") {
			f.taken <- struct{}{}
		}
		return 1
	})
	address := f.serve(tls.Config{Tracer: tracer}, answerLines)
	said := f.sClient(address, []string{"say one", "k", "say two", "K", "say three"})
	require.Contains(t, said, "answer one")
	require.Contains(t, said, "answer two")
	require.Contains(t, said, "updates [1 2]")
}

func TestOpenSSLClientResumes(t *testing.T) {
	f := newFolder(t)
	address := f.serve(tls.Config{Sessions: Share(&tls.Sessions{}), EarlyData: 4096}, answerLines)
	said := f.sClient(address, []string{"say first"}, "-sess_out", f.path("session"))
	require.Contains(t, said, "resumed false")
	said = f.sClient(address, []string{"say second"}, "-sess_in", f.path("session"))
	require.Contains(t, said, "resumed true")
	require.Contains(t, said, "Reused, TLSv1.3")
	// A ticket works once.
	said = f.sClient(address, []string{"say third"}, "-sess_in", f.path("session"))
	require.Contains(t, said, "resumed false")

	f.sClient(address, []string{"say fourth"}, "-sess_out", f.path("session"))
	f.write("early", []byte("say early\n"))
	said = f.sClient(address, []string{"say fifth"}, "-sess_in", f.path("session"), "-early_data", f.path("early"))
	require.Contains(t, said, "Early data was accepted")
	require.Contains(t, said, "answer early")
	require.Contains(t, said, "early 10")
	// Again, as an attacker would: it is not taken, and the connection is as good as any.
	said = f.sClient(address, []string{"say sixth"}, "-sess_in", f.path("session"), "-early_data", f.path("early"))
	require.Contains(t, said, "Early data was rejected")
	require.Contains(t, said, "answer sixth")
	require.Contains(t, said, "early 0")
}

func TestOpenSSLClientShowsItsCertificate(t *testing.T) {
	f := newFolder(t)
	address := f.serve(tls.Config{ClientAuth: tls.RequireClientCertificate, Roots: f.id.roots}, answerLines)
	said := f.sClient(address, []string{"say hello"}, "-cert", f.path("cert.pem"), "-key", f.path("key.pem"))
	require.Contains(t, said, "answer hello")
	said = f.sClient(address, []string{"say hello"})
	require.Contains(t, said, "certificate required")
}

// sServer starts openssl s_server, which sends back each line reversed, and returns its address.
func (f folder) sServer(args ...string) string {
	f.t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(f.t, err)
	address := l.Addr().String()
	l.Close()
	if !slices.ContainsFunc(args, func(arg string) bool { return strings.HasPrefix(arg, "-tls1_") }) {
		args = append(args, "-tls1_3")
	}
	cmd := exec.Command("openssl", append([]string{"s_server", "-accept", address, "-cert", f.path("cert.pem"), "-key", f.path("key.pem")}, args...)...)
	in, err := cmd.StdinPipe() // stays open: the server ends when its input does
	require.NoError(f.t, err)
	out, err := cmd.StdoutPipe()
	require.NoError(f.t, err)
	require.NoError(f.t, cmd.Start())
	f.t.Cleanup(func() {
		in.Close()
		cmd.Process.Kill()
		cmd.Wait()
	})
	lines := bufio.NewScanner(out)
	for lines.Scan() && !strings.HasPrefix(lines.Text(), "ACCEPT") {
	}
	go io.Copy(io.Discard, out)
	return address
}

// dial connects a client of ours.
func (f folder) dial(address string, cfg tls.Config) *Conn {
	f.t.Helper()
	raw, err := net.Dial("tcp", address)
	require.NoError(f.t, err)
	cfg.Roots = f.id.roots
	c, err := Client(raw, cfg, "server.test")
	require.NoError(f.t, err)
	f.t.Cleanup(func() { c.Close() })
	return c
}

// reversed sends a line and expects it back from behind.
func reversed(t *testing.T, c *Conn, line, want string) {
	t.Helper()
	_, err := io.WriteString(c, line+"\n")
	require.NoError(t, err)
	got := make([]byte, len(line)+1)
	_, err = io.ReadFull(c, got)
	require.NoError(t, err)
	require.Equal(t, want+"\n", string(got))
}

func TestOpenSSLServer(t *testing.T) {
	f := newFolder(t)
	address := f.sServer("-rev", "-groups", "X25519:P-256:P-384")
	for _, suite := range []tls.CipherSuite{tls.AES128GCMSHA256, tls.AES256GCMSHA384, tls.ChaCha20Poly1305SHA256} {
		for _, groups := range [][]tls.Group{{tls.GroupX25519}, {tls.GroupSecp256r1}, {tls.GroupSecp384r1}, nil, {tls.GroupX25519MLKEM768, tls.GroupSecp384r1}} {
			c := f.dial(address, tls.Config{Suites: []tls.CipherSuite{suite}, Groups: groups})
			reversed(t, c, "abc", "cba")
			require.Equal(t, suite, c.ConnectionState().Suite)
			c.Close()
		}
	}
	c := f.dial(address, tls.Config{})
	require.NoError(t, c.Handshake(context.Background()))
	require.NoError(t, c.KeyUpdate(true))
	reversed(t, c, "def", "fed")
	reversed(t, c, "ghi", "ihg")
	require.Equal(t, [2]int{1, 1}, c.ConnectionState().Updates)
}

func TestOpenSSLServerResumes(t *testing.T) {
	f := newFolder(t)
	address := f.sServer("-rev")
	cfg := tls.Config{Sessions: Share(&tls.Sessions{})}
	for i := range 3 {
		c := f.dial(address, cfg)
		reversed(t, c, "abc", "cba")
		require.Equal(t, i > 0, c.ConnectionState().Resumed)
		c.Close()
	}
}

// Without -rev s_server takes early data and keeps what it reads to itself; it can only be asked whether it took it.
func TestOpenSSLServerTakesEarlyData(t *testing.T) {
	f := newFolder(t)
	address := f.sServer("-early_data", "-max_early_data", "1000", "-Verify", "1", "-verify_return_error", "-CAfile", f.path("cert.pem"))
	cfg := tls.Config{Sessions: Share(&tls.Sessions{}), EarlyData: 100, Certificates: []tls.KeyPair{f.id.ours}}
	for i := range 2 {
		c := f.dial(address, cfg)
		if i > 0 {
			_, err := c.WriteEarly([]byte("early"))
			require.NoError(t, err)
		}
		require.NoError(t, c.Handshake(context.Background()))
		require.Equal(t, i > 0, c.ConnectionState().EarlyDataAccepted)
		require.NoError(t, c.CloseWrite())
		_, err := io.ReadAll(c) // the tickets are read on the way
		require.NoError(t, err)
		c.Close()
	}
}

func TestGnuTLSClient(t *testing.T) {
	f := newFolder(t)
	needProgram(t, "gnutls-cli")
	address := f.serve(tls.Config{Sessions: Share(&tls.Sessions{}), RecordSizeLimit: 2000}, answerLines)
	host, port, err := net.SplitHostPort(address)
	require.NoError(t, err)
	for cipher, suite := range map[string]string{
		"AES-128-GCM": "TLS_AES_128_GCM_SHA256", "AES-256-GCM": "TLS_AES_256_GCM_SHA384", "CHACHA20-POLY1305": "TLS_CHACHA20_POLY1305_SHA256",
	} {
		for group, name := range map[string]string{"X25519": "x25519", "SECP256R1": "secp256r1", "SECP384R1": "secp384r1"} {
			said := f.client([]string{"say hello"}, "gnutls-cli", "--port", port, "--x509cafile", f.path("cert.pem"), "--sni-hostname", "server.test",
				"--verify-hostname", "server.test", "--priority", "NORMAL:-VERS-ALL:+VERS-TLS1.3:-CIPHER-ALL:+"+cipher+":-GROUP-ALL:+GROUP-"+group, host)
			require.Contains(t, said, "answer hello suite "+suite+" group "+name)
			require.Contains(t, said, "The certificate is trusted")
		}
	}
}
