package tls

import (
	"bytes"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// watcher sees what both ends of a connection of ours send, cut anywhere.
type watcher struct {
	*ends
	d       *Decrypter
	rng     *rand.Rand
	records []Plain
}

// watch carries octets until neither end has more to say, and shows them to the Decrypter.
func (w *watcher) watch(t testing.TB) *watcher {
	t.Helper()
	for {
		up, down := bytes.Clone(w.client.Next()), bytes.Clone(w.server.Next())
		if up == nil && down == nil {
			return w
		}
		w.see(0, up)
		require.NoError(t, w.server.Receive(noon(), up))
		w.see(1, down)
		require.NoError(t, w.client.Receive(noon(), down))
	}
}

func (w *watcher) see(dir int, b []byte) {
	for len(b) > 0 {
		n := min(len(b), 1+w.rng.IntN(2000))
		w.records = append(w.records, w.d.Receive(dir, b[:n])...)
		b = b[n:]
	}
}

func (w *watcher) say(t testing.TB, from *Conn, what string) {
	t.Helper()
	_, err := from.Write([]byte(what))
	require.NoError(t, err)
	w.watch(t)
}

// Whatever our own client and server do, their key log opens every record of it, and their messages are taken apart without complaint.
func TestDecrypterReadsOurOwnConnections(t *testing.T) {
	for name, c := range map[string]struct {
		change func(client, server *Config) // of a second connection; nil: there is only one
		early  bool
		want   string
	}{
		"full":               {want: "ClientHello server.test, ServerHello, EncryptedExtensions, Certificate, CertificateVerify, Finished, Finished, NewSessionTicket, NewSessionTicket"},
		"client certificate": {change: func(_, s *Config) { s.ClientAuth = RequestClientCertificate; s.Sessions = &Sessions{} }, want: "CertificateRequest, Certificate, CertificateVerify, Finished, Certificate"},
		"resumed":            {change: func(c, _ *Config) { c.EarlyData = 0 }, want: "ServerHello, EncryptedExtensions, Finished, Finished"},
		"early data":         {change: func(*Config, *Config) {}, early: true, want: "EndOfEarlyData, Finished"},
		"early data for another suite": {
			change: func(_, s *Config) { s.Suites = []CipherSuite{AES256GCMSHA384} }, early: true, want: "ServerHello, EncryptedExtensions, Certificate",
		},
		"early data, retried": {change: func(_, s *Config) { s.Groups = []Group{GroupSecp384r1} }, early: true, want: "HelloRetryRequest, ClientHello server.test, ServerHello"},
		"cookie":              {change: func(_, s *Config) { s.Cookie = true }, want: "HelloRetryRequest, ClientHello server.test, ServerHello"},
		"padding, small records": {
			change: func(c, s *Config) {
				c.RecordSizeLimit, s.RecordSizeLimit, c.Padding = 64, 100, func(n int) int { return n % 7 }
			},
			want: "ServerHello, EncryptedExtensions",
		},
		"ChaCha20": {change: func(_, s *Config) { s.Suites, s.Sessions = []CipherSuite{ChaCha20Poly1305SHA256}, &Sessions{} }, want: "CertificateVerify, Finished, Finished"},
	} {
		t.Run(name, func(t *testing.T) {
			client, server := setUp(t)
			client.Sessions, server.Sessions, client.EarlyData, server.EarlyData = &Sessions{}, &Sessions{}, 1000, 1000
			log := &KeyLog{}
			client.KeyLog = func(label string, random, secret []byte) {
				require.NoError(t, log.Add(AppendKeyLogLine(nil, label, random, secret)))
			}
			server.KeyLog = client.KeyLog
			if c.change != nil {
				connect(t, client, server).done(t)
				c.change(&client, &server)
			}
			w := &watcher{ends: connect(t, client, server), d: NewDecrypter(log), rng: rand.New(rand.NewPCG(1, 2))}
			if c.early {
				_, err := w.client.WriteEarly([]byte("early"))
				require.NoError(t, err)
			}
			w.watch(t)
			w.say(t, w.client, "question")
			require.NoError(t, w.client.KeyUpdate(true))
			w.say(t, w.server, strings.Repeat("answer", 500))
			require.NoError(t, w.server.KeyUpdate(false))
			w.say(t, w.client, "more")
			w.say(t, w.server, "and more")
			w.client.Close()
			w.server.Close()
			w.watch(t)
			w.opened(t, c.early)
			words := w.messages(t)
			require.Contains(t, words, c.want)
			require.Equal(t, 3, strings.Count(words, "KeyUpdate"))
		})
	}
}

// opened checks that all records were.
func (w *watcher) opened(t testing.TB, early bool) {
	t.Helper()
	var said [2]string
	closed := 0
	for _, r := range w.records {
		require.Empty(t, r.Problem, "%+v", r)
		switch {
		case r.Type == ContentApplicationData && r.Keys == "early":
			require.True(t, early)
			require.Equal(t, "early", string(r.Content))
		case r.Type == ContentApplicationData:
			said[r.Dir] += string(r.Content)
		case r.Type == ContentAlert:
			require.Equal(t, []byte{byte(LevelWarning), byte(AlertCloseNotify)}, r.Content)
			closed++
		}
	}
	require.Equal(t, "questionmore", said[0])
	require.Equal(t, strings.Repeat("answer", 500)+"and more", said[1])
	require.Equal(t, 2, closed)
}

// messages puts the handshake messages together, which may lie in several records, holds codec and dissector against them, and names them.
func (w *watcher) messages(t testing.TB) string {
	t.Helper()
	var words []string
	var pending [2][]byte
	for _, r := range w.records {
		if r.Type != ContentHandshake {
			continue
		}
		b := append(pending[r.Dir], r.Content...)
		for len(b) >= messageHeaderLen {
			n := messageHeaderLen + int(b[1])<<16 + int(b[2])<<8 + int(b[3])
			if n > len(b) {
				break
			}
			words = append(words, MessageWords(b[:n])...)
			nodes := DissectContent(VersionTLS13, ContentHandshake, b[:n], 0)
			require.Len(t, nodes, 1)
			covers(t, &nodes[0])
			require.NotContains(t, tree(&nodes[0], 0), " ! ")
			again, err := rewrite(b[:n])
			require.NoError(t, err)
			require.Equal(t, b[:n], again)
			b = b[n:]
		}
		pending[r.Dir] = b
	}
	require.Empty(t, pending[0])
	require.Empty(t, pending[1])
	return strings.Join(words, ", ")
}
