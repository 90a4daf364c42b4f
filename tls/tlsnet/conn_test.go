package tlsnet

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	stdtls "crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"io"
	"math/big"
	"net"
	"os"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/net/nettest"

	"netlab/tls"
)

// configs returns configurations of a client and a server that get on, for the machine's time.
func configs(t testing.TB) (client, server tls.Config) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "server.test"}, DNSNames: []string{"server.test"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	require.NoError(t, err)
	pair, err := tls.NewKeyPair(key, der)
	require.NoError(t, err)
	roots := x509.NewCertPool()
	roots.AddCert(pair.Leaf)
	return tls.Config{Roots: roots}, tls.Config{Certificates: []tls.KeyPair{pair}}
}

// loopback returns the two ends of a TCP connection of the machine.
func loopback(t testing.TB) (a, b net.Conn) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer l.Close()
	a, err = net.Dial("tcp", l.Addr().String())
	require.NoError(t, err)
	b, err = l.Accept()
	require.NoError(t, err)
	return a, b
}

func TestConnConforms(t *testing.T) {
	clientConfig, serverConfig := configs(t)
	nettest.TestConn(t, func() (net.Conn, net.Conn, func(), error) {
		a, b := loopback(t)
		client, err := Client(a, clientConfig, "server.test")
		if err != nil {
			return nil, nil, nil, err
		}
		server := Server(b, serverConfig)
		done := make(chan error, 1)
		go func() { done <- server.Handshake(context.Background()) }()
		if err := errors.Join(client.Handshake(context.Background()), <-done); err != nil {
			return nil, nil, nil, err
		}
		return client, server, func() {
			client.Close()
			server.Close()
		}, nil
	})
}

// A net.Pipe has no buffer: what one side writes, the other has to read at once, tickets and close_notify too.
func TestOverAPipe(t *testing.T) {
	clientConfig, serverConfig := configs(t)
	serverConfig.Sessions = Share(&tls.Sessions{})
	a, b := net.Pipe()
	client, err := Client(a, clientConfig, "server.test")
	require.NoError(t, err)
	go func() {
		server := Server(b, serverConfig)
		io.Copy(server, server)
		server.Close()
	}()
	sent := make([]byte, 100_000)
	go client.Write(sent)
	got := make([]byte, len(sent))
	_, err = io.ReadFull(client, got)
	require.NoError(t, err)
	require.NoError(t, client.CloseWrite())
	_, err = client.Read(got)
	require.Equal(t, io.EOF, err)
	client.Close()
	_, err = client.Read(got)
	require.ErrorIs(t, err, net.ErrClosed)
}

func TestHandshakeEndsWithItsContext(t *testing.T) {
	clientConfig, _ := configs(t)
	a, b := loopback(t)
	defer b.Close()
	client, err := Client(a, clientConfig, "server.test")
	require.NoError(t, err)
	ctx, cancel := context.WithCancel(context.Background())
	go func() {
		io.ReadFull(b, make([]byte, 5)) // the ClientHello is there: the client waits
		cancel()
	}()
	require.ErrorIs(t, client.Handshake(ctx), context.Canceled)
	client.Close()
}

// slow is a connection whose next Write takes a few octets and then finds its deadline passed.
type slow struct {
	net.Conn
	armed bool
}

func (s *slow) Write(p []byte) (int, error) {
	if !s.armed {
		return s.Conn.Write(p)
	}
	s.armed = false
	n, err := s.Conn.Write(p[:7])
	return n, errors.Join(err, os.ErrDeadlineExceeded)
}

// What was counted as written when a deadline passed arrives with what is written later.
func TestAfterAWriteDeadline(t *testing.T) {
	clientConfig, serverConfig := configs(t)
	a, b := loopback(t)
	below := &slow{Conn: a}
	client, err := Client(below, clientConfig, "server.test")
	require.NoError(t, err)
	server := Server(b, serverConfig)
	go server.Handshake(context.Background())
	require.NoError(t, client.Handshake(context.Background()))
	below.armed = true
	n, err := client.Write([]byte("first "))
	require.True(t, timedOut(err))
	require.Equal(t, 6, n)
	require.NoError(t, client.SetWriteDeadline(time.Unix(1, 0)))
	n, err = client.Write([]byte("not at all"))
	require.True(t, timedOut(err))
	require.Zero(t, n)
	require.NoError(t, client.SetWriteDeadline(time.Time{}))
	_, err = client.Write([]byte("second"))
	require.NoError(t, err)
	require.NoError(t, client.Close())
	all, err := io.ReadAll(server)
	require.NoError(t, err)
	require.Equal(t, "first second", string(all))
}

func TestTruncation(t *testing.T) {
	clientConfig, serverConfig := configs(t)
	a, b := loopback(t)
	client, err := Client(a, clientConfig, "server.test")
	require.NoError(t, err)
	go func() {
		server := Server(b, serverConfig)
		server.Write([]byte("half of"))
		b.Close()
	}()
	got, err := io.ReadAll(client)
	require.Equal(t, "half of", string(got))
	require.ErrorIs(t, err, tls.ErrTruncated)
}

// The standard library's client and server on the other side of a listener.
func TestListenerForOthers(t *testing.T) {
	clientConfig, serverConfig := configs(t)
	raw, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	l := NewListener(raw, serverConfig)
	defer l.Close()
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				io.Copy(c, c)
				c.Close()
			}()
		}
	}()
	c, err := stdtls.Dial("tcp", l.Addr().String(), &stdtls.Config{RootCAs: clientConfig.Roots, ServerName: "server.test"})
	require.NoError(t, err)
	_, err = c.Write([]byte("echo"))
	require.NoError(t, err)
	require.NoError(t, c.CloseWrite())
	got, err := io.ReadAll(c)
	require.NoError(t, err)
	require.Equal(t, "echo", string(got))
}
