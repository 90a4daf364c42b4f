package tls

import (
	"io"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestHandshake(t *testing.T) {
	client, server := setUp(t)
	client.ALPN, server.ALPN = []string{"h2", "http/1.1"}, []string{"http/1.1"}
	server.Certificates[0].OCSP = []byte("a staple")
	e := connect(t, client, server).done(t).talk(t)
	s := e.client.State()
	require.Equal(t, "CONNECTED", s.Phase)
	require.Equal(t, VersionTLS13, s.Version)
	require.Equal(t, AES128GCMSHA256, s.Suite)
	require.Equal(t, GroupX25519MLKEM768, s.Group)
	require.Equal(t, ECDSASecp256r1SHA256, s.Signature)
	require.Equal(t, "http/1.1", s.ALPN)
	require.Equal(t, "a staple", string(s.OCSP))
	require.Equal(t, "server.test", s.PeerCertificates[0].Subject.CommonName)
	require.Equal(t, "server.test", e.server.State().ServerName)
	require.Equal(t, "http/1.1", e.server.State().ALPN)
	require.Nil(t, e.client.hs, "what the handshake needed is forgotten")
	require.Nil(t, e.server.hs)

	a, err := e.client.Export("EXPORTER-test", []byte("context"), 40)
	require.NoError(t, err)
	b, err := e.server.Export("EXPORTER-test", []byte("context"), 40)
	require.NoError(t, err)
	require.Equal(t, a, b)
	e.says(t, e.client, e.server, strings.Repeat("much ", 300_000))
	e.says(t, e.server, e.client, strings.Repeat("more ", 300_000))
}

// The same seeds and times give the same octets.
func TestARunIsTheSameEachTime(t *testing.T) {
	client, server := setUp(t)
	octets := func() string {
		client.Random, server.Random = seeded(1), seeded(2)
		e := connect(t, client, server)
		var all strings.Builder
		for range 5 {
			up := e.client.Next()
			all.Write(up)
			require.NoError(t, e.server.Receive(noon(), up))
			down := e.server.Next()
			all.Write(down)
			require.NoError(t, e.client.Receive(noon(), down))
		}
		require.True(t, e.client.State().Done)
		return all.String()
	}
	require.Equal(t, octets(), octets())
}

func TestClosing(t *testing.T) {
	client, server := setUp(t)
	e := connect(t, client, server).done(t)
	e.client.Close()
	e.run()
	_, err := e.server.Read(make([]byte, 1))
	require.Equal(t, io.EOF, err)
	_, err = e.client.Write([]byte("x"))
	require.Equal(t, ErrClosed, err)
	// The other direction goes on (RFC 8446, Section 6.1).
	e.says(t, e.server, e.client, "still here")
	e.server.Close()
	e.run()
	_, err = e.client.Read(make([]byte, 1))
	require.Equal(t, io.EOF, err)
	require.NoError(t, e.clientErr)
	require.Equal(t, ErrClosed, e.client.EOF())

	// Without close_notify it is a truncation.
	e = connect(t, client, server).done(t)
	e.says(t, e.server, e.client, "all?")
	require.Equal(t, ErrTruncated, e.client.EOF())
	_, err = e.client.Read(make([]byte, 1))
	require.Equal(t, ErrTruncated, err)
}

func TestKeyUpdates(t *testing.T) {
	client, server := setUp(t)
	e := connect(t, client, server).done(t)
	require.NoError(t, e.client.KeyUpdate(false))
	e.talk(t)
	require.Equal(t, [2]int{1, 0}, e.client.State().Updates)
	require.Equal(t, [2]int{0, 1}, e.server.State().Updates)
	require.NoError(t, e.server.KeyUpdate(true))
	e.run()
	e.talk(t)
	require.Equal(t, [2]int{2, 1}, e.client.State().Updates)
	require.Equal(t, [2]int{1, 2}, e.server.State().Updates)

	// Keys that have protected as many records as they may are left behind by themselves.
	e.client.out.seq, e.server.in.seq = AES128GCMSHA256.maxRecords(), AES128GCMSHA256.maxRecords()
	e.talk(t)
	require.Equal(t, 3, e.client.State().Updates[0])
}

func TestResumption(t *testing.T) {
	client, server := setUp(t)
	client.Sessions, server.Sessions = &Sessions{}, &Sessions{}
	e := connect(t, client, server).done(t).talk(t)
	require.False(t, e.client.State().Resumed)
	require.Equal(t, 2, client.Sessions.(*Sessions).Len())
	e = connect(t, client, server).done(t).talk(t)
	require.True(t, e.client.State().Resumed)
	require.True(t, e.server.State().Resumed)
	require.Equal(t, "server.test", e.client.State().PeerCertificates[0].Subject.CommonName, "who the server is, is remembered")
	require.Zero(t, e.client.State().Signature)

	// Too old.
	for range 10 {
		client.Sessions.Take("server.test")
	}
	connect(t, client, server).done(t)
	later := noon().Add(3 * time.Hour)
	c, err := Client(client, "server.test", later)
	require.NoError(t, err)
	require.Nil(t, c.hs.session)
}

func TestEarlyData(t *testing.T) {
	client, server := setUp(t)
	client.Sessions, server.Sessions = &Sessions{}, &Sessions{}
	client.EarlyData, server.EarlyData = 1000, 1000
	connect(t, client, server).done(t)
	e := connect(t, client, server)
	require.Equal(t, 1000, e.client.EarlyData())
	n, err := e.client.WriteEarly([]byte("early"))
	require.NoError(t, err)
	require.Equal(t, 5, n)
	first := append([]byte{}, e.client.Next()...)
	require.NoError(t, e.server.Receive(noon(), first))
	got := make([]byte, 10)
	n, err = e.server.Read(got)
	require.NoError(t, err)
	require.Equal(t, "early", string(got[:n]), "before the handshake is done")
	require.Equal(t, 5, e.server.State().EarlyReceived)
	e.done(t).talk(t)
	require.True(t, e.client.State().EarlyDataAccepted)
	_, err = e.client.WriteEarly([]byte("late"))
	require.Equal(t, ErrEarly, err)

	// The same first flight again: the ticket is used up, so it is a handshake like any other, without early data.
	replay := Server(server)
	require.NoError(t, replay.Receive(noon(), first))
	require.False(t, replay.State().Resumed)
	require.True(t, replay.State().EarlyDataOffered)
	require.False(t, replay.State().EarlyDataAccepted)
	require.Zero(t, replay.Buffered())
}

// A server that does not take early data reads over it, and the handshake goes on.
func TestEarlyDataThatIsNotTaken(t *testing.T) {
	for name, change := range map[string]func(server *Config){
		"switched off":     func(s *Config) { s.EarlyData = 0 },
		"sessions lost":    func(s *Config) { s.Sessions = &Sessions{} },
		"another suite":    func(s *Config) { s.Suites = []CipherSuite{ChaCha20Poly1305SHA256} },
		"another hash":     func(s *Config) { s.Suites = []CipherSuite{AES256GCMSHA384} },
		"another protocol": func(s *Config) { s.ALPN = []string{"b"} },
		"retry":            func(s *Config) { s.Groups = []Group{GroupSecp384r1} },
		"cookie":           func(s *Config) { s.Cookie = true },
	} {
		t.Run(name, func(t *testing.T) {
			client, server := setUp(t)
			client.Sessions, server.Sessions = &Sessions{}, &Sessions{}
			client.EarlyData, server.EarlyData = 1000, 1000
			client.ALPN, server.ALPN = []string{"a", "b"}, []string{"a"}
			connect(t, client, server).done(t)
			change(&server)
			e := connect(t, client, server)
			_, err := e.client.WriteEarly([]byte(strings.Repeat("early", 100)))
			require.NoError(t, err)
			e.done(t)
			require.True(t, e.client.State().EarlyDataOffered)
			require.False(t, e.client.State().EarlyDataAccepted)
			require.Zero(t, e.server.Buffered())
			e.talk(t)
		})
	}
}

func TestEveryCombination(t *testing.T) {
	lab := newAuthority(t, "Lab CA")
	for name, key := range keysByName(t) {
		for _, suite := range suites() {
			for _, group := range supportedGroups() {
				for _, retry := range []bool{false, true} {
					client := Config{Roots: lab.pool(), Suites: []CipherSuite{suite}}
					server := Config{Certificates: []KeyPair{lab.issue(key, "server.test", nil)}, Groups: []Group{group}}
					if !retry {
						client.Groups = []Group{group}
					}
					e := connect(t, client, server).done(t).talk(t)
					require.Equal(t, suite, e.client.State().Suite, name)
					require.Equal(t, group, e.server.State().Group)
					require.Equal(t, e.client.State().Retried, e.server.State().Retried)
				}
			}
		}
	}
}

func TestClientCertificates(t *testing.T) {
	client, server := setUp(t)
	lab := newAuthority(t, "Client CA")
	server.Roots = lab.pool()
	for name, key := range keysByName(t) {
		for _, auth := range []ClientAuth{RequestClientCertificate, RequireClientCertificate} {
			client.Certificates = []KeyPair{lab.issue(key, "alice", nil)}
			server.ClientAuth = auth
			e := connect(t, client, server).done(t).talk(t)
			require.Equal(t, "alice", e.server.State().PeerCertificates[0].Subject.CommonName, name)
		}
	}
	client.Certificates, server.ClientAuth = nil, RequestClientCertificate
	require.Empty(t, connect(t, client, server).done(t).server.State().PeerCertificates)
	server.ClientAuth = RequireClientCertificate
	e := connect(t, client, server).run()
	require.ErrorContains(t, e.serverErr, "shows no certificate")
	var peer *PeerAlert
	require.ErrorAs(t, e.clientErr, &peer)
	require.Equal(t, AlertCertificateRequired, peer.Alert)
}

func TestRecordSizeLimitsAndPadding(t *testing.T) {
	client, server := setUp(t)
	client.RecordSizeLimit, server.RecordSizeLimit = 64, 200
	client.Padding = func(int) int { return 1 << 20 }
	server.Padding = func(n int) int { return 7 - n%7 }
	e := connect(t, client, server).done(t)
	e.says(t, e.client, e.server, strings.Repeat("x", 1000))
	e.says(t, e.server, e.client, strings.Repeat("y", 1000))

	_, err := e.client.Write([]byte("z"))
	require.NoError(t, err)
	require.Len(t, e.client.Next(), recordHeaderLen+200+tagLen, "padded up to the server's limit")
	_, err = e.server.Write([]byte(strings.Repeat("z", 1000)))
	require.NoError(t, err)
	require.Equal(t, byte(64+tagLen), e.server.Next()[4])
}
