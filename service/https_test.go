package service

import (
	"bytes"
	"context"
	"crypto/x509"
	"encoding/json"
	"errors"
	"io"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"netlab/labca"
	"netlab/stack"
	"netlab/tls"
)

// withTLS runs f with a server of HTTPS whose certificate is as make has it, and whom the client trusts.
func withTLS(t *testing.T, change func(cfg *tls.Config), request labca.Request, f func(t *testing.T, client *stack.Host, roots *x509.CertPool)) {
	now := time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC) // where synctest begins
	random := rand.NewChaCha8([32]byte{1})
	authority, err := labca.New(random, now, labca.Limits{})
	require.NoError(t, err)
	leaf, err := authority.Issue(random, now, request)
	require.NoError(t, err)
	pair, err := tls.NewKeyPair(leaf.Key, leaf.Chain...)
	require.NoError(t, err)
	cfg := tls.Config{Certificates: []tls.KeyPair{pair}}
	if change != nil {
		change(&cfg)
	}
	hosts(t, Options{TLS: func() (tls.Config, error) { return cfg, nil }}, func(t *testing.T, client, _ *stack.Host) {
		f(t, client, authority.Pool())
	})
}

func TestHTTPS(t *testing.T) {
	withTLS(t, nil, labca.Request{Names: []string{"h2"}}, func(t *testing.T, client *stack.Host, roots *x509.CertPool) {
		var out bytes.Buffer
		var secrets []string
		o := FetchOptions{Out: &out, TLS: tls.Config{Roots: roots, KeyLog: func(label string, _, _ []byte) { secrets = append(secrets, label) }}}
		r, err := Fetch(context.Background(), client, "https://h2/", o)
		require.NoError(t, err)
		require.Equal(t, "h2", r.TLS.ServerName)
		require.Equal(t, "http/1.1", r.TLS.ALPN)
		require.Contains(t, out.String(), "What the handshake of TLS agreed on")
		require.Contains(t, out.String(), "TLS_AES_128_GCM_SHA256")
		require.Contains(t, secrets, "CLIENT_TRAFFIC_SECRET_0")

		out.Reset()
		_, err = Fetch(context.Background(), client, "https://h2/bytes/300000", o)
		require.NoError(t, err)
		_, plain := ask(t, "GET", "/bytes/300000", "*/*", "")
		require.Equal(t, plain, out.String())

		// A wiretap sees a handshake and records, and neither request nor answer.
		out.Reset()
		_, err = Fetch(context.Background(), client, "https://h2/trace?format=json", o)
		require.NoError(t, err)
		var got traced
		require.NoError(t, json.Unmarshal(out.Bytes(), &got))
		var words strings.Builder
		for _, s := range got.Segments {
			words.WriteString(s.Proto + " " + s.What + "\n")
		}
		require.Contains(t, words.String(), "TLS ClientHello")
		require.Contains(t, words.String(), "TLS ServerHello")
		require.NotContains(t, words.String(), "GET")

		// Content that is sent while the answer comes.
		out.Reset()
		upload := o
		upload.Body, upload.Length = NewPattern(300000), 300000
		_, err = Fetch(context.Background(), client, "https://h2/echo", upload)
		require.NoError(t, err)
		require.Equal(t, plain, out.String())
	})
}

// Each mistake that can be made with a certificate is refused in a sentence that names it.
func TestHTTPSRefuses(t *testing.T) {
	now := time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)
	good := labca.Request{Names: []string{"h2"}}
	other, err := labca.New(rand.NewChaCha8([32]byte{2}), now, labca.Limits{})
	require.NoError(t, err)
	for _, c := range []struct {
		name, url string
		request   labca.Request
		change    func(cfg *tls.Config)
		roots     *x509.CertPool // nil: the right ones
		want      string
	}{
		{"expired", "https://h2/", labca.Request{Names: []string{"h2"}, From: now.AddDate(0, -2, 0), Until: now.AddDate(0, -1, 0)}, nil, nil, "the certificate of h2 expired on 1999-12-01 00:00 UTC; it is 2000-01-01 00:00 UTC now"},
		{"not yet valid", "https://h2/", labca.Request{Names: []string{"h2"}, From: now.AddDate(0, 1, 0)}, nil, nil, "is not valid before 2000-02-01"},
		{"another host", "https://h2/", labca.Request{Names: []string{"h3", "www.h3"}}, nil, nil, "the certificate is for h3, www.h3, not for h2"},
		{"a name, and the client asked by address", "https://10.0.0.2/", good, nil, nil, "the certificate is for h2, not for 10.0.0.2"},
		{"unknown authority", "https://h2/", good, nil, other.Pool(), "an authority that is not trusted here"},
		{"no server name", "https://10.0.0.2/", good, func(cfg *tls.Config) { cfg.RequireName = true }, nil, "it was sent no server name (SNI)"},
		{"self-signed", "https://h2/", good, func(cfg *tls.Config) {
			leaf, err := labca.SelfSigned(rand.NewChaCha8([32]byte{3}), now, good)
			require.NoError(t, err)
			cfg.Certificates[0], err = tls.NewKeyPair(leaf.Key, leaf.Chain...)
			require.NoError(t, err)
		}, nil, "the certificate of h2 is self-signed"},
	} {
		t.Run(c.name, func(t *testing.T) {
			withTLS(t, c.change, c.request, func(t *testing.T, client *stack.Host, roots *x509.CertPool) {
				if c.roots != nil {
					roots = c.roots
				}
				r, err := Fetch(context.Background(), client, c.url, FetchOptions{TLS: tls.Config{Roots: roots}})
				require.ErrorContains(t, err, c.want)
				require.Zero(t, r.Status)
				require.Nil(t, r.TLS)
			})
		})
	}
}

// A client that sends an octet of its ClientHello now and then is not waited for.
func TestHTTPSOfASlowClient(t *testing.T) {
	withTLS(t, nil, labca.Request{Names: []string{"h2"}}, func(t *testing.T, client *stack.Host, _ *x509.CertPool) {
		conn := dial(t, client, "tcp", "h2:443")
		defer conn.Close()
		start := client.Now()
		for _, octet := range []byte{22, 3, 1, 0} {
			_, err := conn.Write([]byte{octet})
			require.NoError(t, err)
			if client.Sleep(25*time.Second) != nil {
				return
			}
			conn.SetReadDeadline(client.Now().Add(time.Millisecond))
			if _, err := conn.Read(make([]byte, 1)); errors.Is(err, io.EOF) {
				require.Equal(t, 75*time.Second, client.Now().Sub(start).Round(time.Second), "a minute, and when we looked")
				return
			}
		}
		t.Fatal("the server still waits")
	})
}

// A WebSocket over TLS: what the page of /ws does when it came over HTTPS.
func TestWebSocketOverTLS(t *testing.T) {
	withTLS(t, nil, labca.Request{Names: []string{"h2"}}, func(t *testing.T, client *stack.Host, roots *x509.CertPool) {
		o := WebSocketOptions{Messages: []string{"Hello", strings.Repeat("x", 50_000)}, Random: rand.NewChaCha8([32]byte{}), TLS: tls.Config{Roots: roots}}
		answers, err := AskWebSocket(context.Background(), client, "https://h2/ws", o)
		require.NoError(t, err)
		require.Equal(t, o.Messages, answers)
	})
}
