package tls

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"io"
	"math/big"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// sent is what one end wrote in one go.
type sent struct {
	dir  int
	data []byte
}

// tap is what both ends write, in order.
type tap struct {
	mu  sync.Mutex
	all []sent
}

// tapped is a net.Conn that notes what is written to it.
type tapped struct {
	net.Conn
	dir int
	tap *tap
}

func (c *tapped) Write(p []byte) (int, error) {
	c.tap.mu.Lock()
	c.tap.all = append(c.tap.all, sent{c.dir, bytes.Clone(p)})
	c.tap.mu.Unlock()
	return c.Conn.Write(p)
}

// peers lets crypto/tls talk with itself: the client asks with question, the server answers with answer. It returns what went over the wire, and the key log.
func peers(t testing.TB, configure func(client, server *tls.Config), question, answer []byte) ([]sent, []byte) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "h1"}, DNSNames: []string{"h1"}, NotBefore: time.Unix(0, 0), NotAfter: time.Unix(1<<32, 0)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	require.NoError(t, err)
	var log bytes.Buffer
	clientConfig := &tls.Config{InsecureSkipVerify: true, ServerName: "h1", KeyLogWriter: &log}
	serverConfig := &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}}
	configure(clientConfig, serverConfig)

	var tap tap
	a, b := loopback(t)
	client, server := tls.Client(&tapped{a, 0, &tap}, clientConfig), tls.Server(&tapped{b, 1, &tap}, serverConfig)
	done := make(chan error, 2)
	go func() {
		_, err := io.ReadFull(server, make([]byte, len(question)))
		if err == nil {
			_, err = server.Write(answer)
		}
		done <- err
	}()
	require.NoError(t, client.Handshake())
	go func() { // while the client writes, the server may have a ticket for it
		_, err := io.ReadFull(client, make([]byte, len(answer)))
		done <- err
	}()
	_, err = client.Write(question)
	require.NoError(t, err)
	require.NoError(t, <-done)
	require.NoError(t, <-done)
	return tap.all, log.Bytes()
}

// loopback returns both ends of a TCP connection: net.Pipe keeps nothing on its way, so that two ends that write at once wait for ever.
func loopback(t testing.TB) (a, b net.Conn) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer l.Close()
	a, err = net.Dial("tcp", l.Addr().String())
	require.NoError(t, err)
	b, err = l.Accept()
	require.NoError(t, err)
	t.Cleanup(func() { a.Close(); b.Close() })
	return a, b
}

// decrypted feeds a Decrypter in pieces of at most n octets and returns what each direction's application said, with all records.
func decrypted(t testing.TB, d *Decrypter, all []sent, n int) (said [2][]byte, records []Plain) {
	t.Helper()
	for _, s := range all {
		for data := s.data; len(data) > 0; {
			piece := data[:min(n, len(data))]
			data = data[len(piece):]
			records = append(records, d.Receive(s.dir, piece)...)
		}
	}
	for _, r := range records {
		if r.Type == ContentApplicationData {
			said[r.Dir] = append(said[r.Dir], r.Content...)
		}
	}
	return said, records
}

func logOf(t testing.TB, text []byte) *KeyLog {
	t.Helper()
	log := &KeyLog{}
	require.NoError(t, log.Add(text))
	return log
}

// messagesOf names the handshake messages of records.
func messagesOf(records []Plain) string {
	var words []string
	for _, r := range records {
		if r.Type == ContentHandshake {
			words = append(words, MessageWords(r.Content)...)
		}
	}
	return strings.Join(words, ", ")
}

func TestDecrypterReadsWhatCryptoTLSSays(t *testing.T) {
	question, answer := bytes.Repeat([]byte("question "), 20), bytes.Repeat([]byte("answer "), 9000)
	for name, c := range map[string]struct {
		version uint16
		suite   uint16 // of TLS 1.2
		groups  []tls.CurveID
	}{
		"1.3":               {version: tls.VersionTLS13},
		"1.3, retried":      {version: tls.VersionTLS13, groups: []tls.CurveID{tls.CurveP521}},
		"1.2, AES-128":      {version: tls.VersionTLS12, suite: tls.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256},
		"1.2, AES-256":      {version: tls.VersionTLS12, suite: tls.TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384},
		"1.2, ChaCha20":     {version: tls.VersionTLS12, suite: tls.TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256},
		"1.2, CBC, SHA-1":   {version: tls.VersionTLS12, suite: tls.TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA},
		"1.2, CBC, SHA-256": {version: tls.VersionTLS12, suite: tls.TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA256},
	} {
		all, text := peers(t, func(client, server *tls.Config) {
			client.MinVersion, client.MaxVersion = c.version, c.version
			client.CipherSuites, server.CipherSuites = []uint16{c.suite}, []uint16{c.suite}
			server.CurvePreferences = c.groups
		}, question, answer)
		for _, n := range []int{1, 700, 1 << 20} {
			d := NewDecrypter(logOf(t, text))
			said, records := decrypted(t, d, all, n)
			require.Equal(t, string(question), string(said[0]), name)
			require.Equal(t, string(answer), string(said[1]), name)
			require.Equal(t, Version(c.version), d.Version())
			at := [2]int64{}
			for _, r := range records {
				require.Empty(t, r.Problem, name)
				require.Equal(t, at[r.Dir], r.Offset)
				at[r.Dir] += int64(r.Len)
			}
			switch name {
			case "1.3":
				require.Equal(t, "ClientHello h1, ServerHello, EncryptedExtensions, Certificate, CertificateVerify, Finished, Finished", messagesOf(records))
			case "1.3, retried":
				require.Contains(t, messagesOf(records), "ClientHello h1, HelloRetryRequest, ClientHello h1, ServerHello, EncryptedExtensions")
			default:
				require.Contains(t, messagesOf(records), "ServerHelloDone, ClientKeyExchange, Finished, Finished")
			}
		}
	}
}

// What crypto/tls says is parsed and written to the same octets, and taken apart without a complaint.
func TestMessagesOfCryptoTLS(t *testing.T) {
	all, text := peers(t, func(client, server *tls.Config) {
		client.NextProtos, server.NextProtos = []string{"h2", "http/1.1"}, []string{"http/1.1"}
		client.MinVersion, client.ClientSessionCache = tls.VersionTLS13, tls.NewLRUClientSessionCache(1)
		server.ClientAuth = tls.RequestClientCert
		server.Certificates[0].OCSPStaple = []byte("stapled")
	}, []byte("q"), []byte("a"))
	_, records := decrypted(t, NewDecrypter(logOf(t, text)), all, 1<<20)
	seen := 0
	for _, r := range records {
		if r.Type != ContentHandshake {
			continue
		}
		nodes := DissectContent(VersionTLS13, ContentHandshake, r.Content, 0)
		for i := range nodes {
			covers(t, &nodes[i])
			require.NotContains(t, tree(&nodes[i], 0), " ! ")
			from, to := nodes[i].Octets()
			again, err := rewrite(r.Content[from:to])
			require.NoError(t, err, nodes[i].Name)
			require.Equal(t, r.Content[from:to], again)
			seen++
			if nodes[i].Name == "Certificate" && r.Dir == 1 {
				m, err := parseCertificate(r.Content[from+4 : to])
				require.NoError(t, err)
				require.Equal(t, "stapled", string(m.Entries[0].OCSP))
			}
		}
	}
	require.Equal(t, 10, seen, messagesOf(records)+": with the server's ticket")
}

func TestWithoutTheRightSecrets(t *testing.T) {
	all, text := peers(t, func(client, _ *tls.Config) { client.MinVersion = tls.VersionTLS13 }, []byte("q"), []byte("a"))
	other, otherText := peers(t, func(client, _ *tls.Config) { client.MaxVersion = tls.VersionTLS12 }, []byte("q"), []byte("a"))
	said, records := decrypted(t, NewDecrypter(nil), all, 1<<20)
	require.Empty(t, said[0])
	require.Contains(t, records[len(records)-1].Problem, "the key log has no SERVER_TRAFFIC_SECRET_0 for the client random")
	_, records = decrypted(t, NewDecrypter(logOf(t, text)), other, 1<<20)
	require.Contains(t, records[len(records)-1].Problem, "the key log has no CLIENT_RANDOM for")
	_, records = decrypted(t, NewDecrypter(logOf(t, otherText)), other[1:], 1<<20)
	require.Equal(t, "the ClientHello is not in the capture", records[len(records)-1].Problem)
	wrong := strings.ReplaceAll(string(text), "SERVER_TRAFFIC_SECRET_0", "CLIENT_TRAFFIC_SECRET_0")
	wrong = strings.Replace(wrong, "CLIENT_TRAFFIC_SECRET_0", "SERVER_TRAFFIC_SECRET_0", 1)
	_, records = decrypted(t, NewDecrypter(logOf(t, []byte(wrong))), all, 1<<20)
	require.Contains(t, records[len(records)-1].Problem, "key log")
	_, records = decrypted(t, NewDecrypter(logOf(t, text)), []sent{{0, []byte("GET / HTTP/1.1\r\n\r\n")}, {0, all[0].data}}, 100)
	require.Empty(t, records, "not TLS")
}

// The traces of RFC 8448 with the secrets that it gives, as a key log. That of Section 4 has early data.
func TestDecrypterReadsTheTracesOfRFC8448(t *testing.T) {
	for name, want := range map[string]string{
		"3": "ClientHello server, ServerHello, EncryptedExtensions, Certificate, CertificateVerify, Finished, Finished, NewSessionTicket",
		"4": "ClientHello server, ServerHello, EncryptedExtensions, Finished, EndOfEarlyData, Finished",
		"5": "ClientHello server, HelloRetryRequest, ClientHello server, ServerHello, EncryptedExtensions, Certificate, CertificateVerify, Finished, Finished",
		"7": "ClientHello server, ServerHello, EncryptedExtensions, Certificate, CertificateVerify, Finished, Finished",
	} {
		section := traces8448(t)[name]
		var text, random []byte
		for _, r := range section.records {
			if random == nil && r.client {
				random = r.octets[11:43]
			}
		}
		for value, label := range map[string]string{
			"c e traffic": LabelClientEarly, "c hs traffic": LabelClientHandshake, "s hs traffic": LabelServerHandshake, "c ap traffic": LabelClientTraffic, "s ap traffic": LabelServerTraffic,
		} {
			if secret := section.values[value]; secret != nil {
				text = AppendKeyLogLine(text, label, random, secret)
			}
		}
		var all []sent
		for _, r := range section.records {
			all = append(all, sent{map[bool]int{true: 0, false: 1}[r.client], r.octets})
		}
		_, records := decrypted(t, NewDecrypter(logOf(t, text)), all, 1<<20)
		for _, r := range records {
			require.Empty(t, r.Problem, name)
		}
		require.Equal(t, want, messagesOf(records), name)
		if name == "4" {
			require.Equal(t, "early", records[1].Keys)
			require.Equal(t, "ABCDEF", string(records[1].Content))
		}
	}
}

// talk13 is a connection of TLS 1.3 made of nothing but keys: hellos, then what a test makes it say.
type talk13 struct {
	keys [2]*protection
	d    *Decrypter
}

func newTalk13(t testing.TB) *talk13 {
	t.Helper()
	k := &talk13{}
	ch, sh := hello(), ServerHello{LegacyVersion: VersionTLS12, CipherSuite: ChaCha20Poly1305SHA256, Version: VersionTLS13}
	var text []byte
	for i, label := range []string{LabelClientTraffic, LabelServerTraffic} {
		secret := bytes.Repeat([]byte{byte(i + 1)}, 32)
		k.keys[i] = newProtection(TrafficSecret{privateSecret(ChaCha20Poly1305SHA256, secret)})
		text = AppendKeyLogLine(text, label, ch.Random[:], secret)
	}
	k.d = NewDecrypter(logOf(t, text))
	require.Len(t, k.d.Receive(0, record(ContentHandshake, VersionTLS10, ch.append(nil))), 1)
	require.Len(t, k.d.Receive(1, record(ContentHandshake, VersionTLS12, sh.append(nil))), 1)
	return k
}

func (k *talk13) say(dir int, t ContentType, content []byte) []byte {
	return k.keys[dir].seal(nil, t, content, 3)
}

func TestDecrypterFollowsKeyUpdates(t *testing.T) {
	k := newTalk13(t)
	for i, keys := range []string{"application", "application, updated 1 time", "application, updated 2 times"} {
		out := k.d.Receive(1, k.say(1, ContentApplicationData, []byte("data")))
		require.Equal(t, "data", string(out[0].Content), i)
		require.Equal(t, keys, out[0].Keys)
		out = k.d.Receive(1, k.say(1, ContentHandshake, (&KeyUpdate{}).append(nil)))
		require.Equal(t, "KeyUpdate", messagesOf(out))
		k.keys[1] = k.keys[1].update()
	}
}

func TestRecordsThatAreMissing(t *testing.T) {
	k := newTalk13(t)
	hear := func(b []byte) string {
		var s []string
		for _, p := range k.d.Receive(0, b) {
			s = append(s, string(p.Content)+p.Problem)
		}
		return strings.Join(s, "|")
	}
	require.Equal(t, "one", hear(k.say(0, ContentApplicationData, []byte("one"))))

	// A piece within a record: the record is lost, the next one is not.
	two := k.say(0, ContentApplicationData, bytes.Repeat([]byte("two"), 100))
	require.Empty(t, hear(two[:50]))
	k.d.Lost(0, 100)
	require.Equal(t, "octets of the record are missing in the capture|three", hear(append(two[150:], k.say(0, ContentApplicationData, []byte("three"))...)))

	// The end of one record, several whole ones, and the beginning of another.
	four := k.say(0, ContentApplicationData, []byte("four"))
	require.Empty(t, hear(four[:10]))
	lost := len(four) - 10
	for range 5 {
		lost += len(k.say(0, ContentApplicationData, []byte("lost")))
	}
	five := k.say(0, ContentApplicationData, bytes.Repeat([]byte{23, 3, 3, 0, 30}, 100))
	k.d.Lost(0, int64(lost+3))
	require.Equal(t, "six", hear(append(five[3:], k.say(0, ContentApplicationData, []byte("six"))...)))
	at := k.d.half[0].at
	require.Equal(t, "seven", hear(k.say(0, ContentApplicationData, []byte("seven"))))
	require.Equal(t, at+int64(len(k.say(0, ContentApplicationData, []byte("seven")))), k.d.half[0].at)
}

func TestWhatIsKeptOfAConnectionIsBounded(t *testing.T) {
	k := newTalk13(t)
	k.d.Lost(0, 1<<40)
	for range 100 {
		k.d.Receive(0, bytes.Repeat([]byte{23, 3, 3, 64, 200}, 1000))
		require.LessOrEqual(t, len(k.d.half[0].buf), 3*maxRecord)
	}
	require.True(t, k.d.half[0].ended)
	for range 500 {
		k.d.Receive(1, record(ContentApplicationData, VersionTLS12, make([]byte, 100)))
	}
	require.Equal(t, maxTries, k.d.half[1].tries)
	require.Equal(t, maxMissed, k.d.half[1].missed)
}

func TestKeyLog(t *testing.T) {
	random, secret := strings.Repeat("ab", 32), strings.Repeat("12", 48)
	log := &KeyLog{}
	require.NoError(t, log.Add([]byte("# a comment\n\nCLIENT_RANDOM "+random+" "+secret+"\r\nSOMETHING_NEW x\nSERVER_TRAFFIC_SECRET_0 "+random+" "+secret[:64])))
	require.Equal(t, 2, log.Len())
	require.Len(t, log.Secret(LabelMaster, [32]byte(bytes.Repeat([]byte{0xab}, 32))), 48)
	require.Nil(t, log.Secret(LabelExporter, [32]byte{}))
	for line, want := range map[string]string{
		"CLIENT_RANDOM": "tls: key log, line 2: CLIENT_RANDOM is followed by a client random and a secret, in hex",
		"CLIENT_RANDOM " + random[2:] + " " + secret:   "is not 64 hex digits",
		"CLIENT_RANDOM " + random + "ab " + secret:     "is not 64 hex digits",
		"CLIENT_RANDOM " + random + " " + secret[:64]:  "the secret is not 48 or 48 octets in hex",
		"EXPORTER_SECRET " + random + " " + secret[2:]: "the secret is not 32 or 48 octets in hex",
		"EXPORTER_SECRET " + random + " zz":            "the secret is not 32 or 48 octets in hex",
	} {
		err := log.Add([]byte("\n" + line + "\nEXPORTER_SECRET " + random + " " + secret))
		require.ErrorContains(t, err, want)
		require.NotNil(t, log.Secret(LabelExporter, [32]byte(bytes.Repeat([]byte{0xab}, 32))), "what follows is read")
	}
	again := logOf(t, AppendKeyLogLine(nil, LabelMaster, make([]byte, 32), make([]byte, 48)))
	require.Equal(t, 1, again.Len())
}

func FuzzKeyLog(f *testing.F) {
	f.Add([]byte("# x\nCLIENT_RANDOM " + strings.Repeat("ab", 32) + " " + strings.Repeat("12", 48)))
	f.Add([]byte("EXPORTER_SECRET x y"))
	f.Fuzz(func(t *testing.T, b []byte) {
		log := &KeyLog{}
		_ = log.Add(b)
		require.LessOrEqual(t, log.Len(), bytes.Count(b, []byte("\n"))+1)
	})
}

func FuzzDecrypter(f *testing.F) {
	for _, m := range samples() {
		f.Add(record(ContentHandshake, VersionTLS12, m), 3)
	}
	k := newTalk13(f)
	f.Add(append(k.say(0, ContentApplicationData, []byte("x")), 23, 3, 3, 0, 17), 1)
	f.Fuzz(func(t *testing.T, b []byte, cut int) {
		k := newTalk13(t)
		at := len(b)
		if cut >= 0 && cut < at {
			at = cut
		}
		records := k.d.Receive(0, b[:at])
		k.d.Lost(0, int64(cut))
		records = append(records, k.d.Receive(0, b[at:])...)
		records = append(records, k.d.Receive(1, b)...)
		for _, r := range records {
			require.GreaterOrEqual(t, r.Len, recordHeaderLen)
			require.True(t, (r.Content == nil) == (r.Problem != ""), "%+v", r)
		}
	})
}
