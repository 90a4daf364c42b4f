package tls

import (
	"bytes"
	"testing"

	"github.com/stretchr/testify/require"
)

// The peers in this file lie: one message of a handshake is changed before it is sent, with the right keys around it. The other end has to notice, and
// to answer with the alert that the standard asks for and nothing else.

// liar carries octets between two ends and changes what it is told to.
type liar struct {
	*ends
	secrets map[string][]byte // as a key log names them
	edit    map[HandshakeType]func(raw []byte) []byte
	count   map[HandshakeType]int
	nth     int // which message of its type is changed; 0: the first
}

func newLiar(t *testing.T, client, server Config) *liar {
	t.Helper()
	l := &liar{secrets: map[string][]byte{}, count: map[HandshakeType]int{}, edit: map[HandshakeType]func([]byte) []byte{}}
	server.KeyLog = func(label string, _, secret []byte) { l.secrets[label] = bytes.Clone(secret) }
	l.ends = connect(t, client, server)
	return l
}

func (l *liar) run() {
	readers := map[string]*protection{}
	for {
		up, down := bytes.Clone(l.client.Next()), bytes.Clone(l.server.Next())
		if up == nil && down == nil {
			return
		}
		if up != nil {
			if err := l.server.Receive(noon(), l.change(readers, "CLIENT_HANDSHAKE_TRAFFIC_SECRET", up)); err != nil {
				l.serverErr = err
			}
		}
		if down != nil {
			if err := l.client.Receive(noon(), l.change(readers, "SERVER_HANDSHAKE_TRAFFIC_SECRET", down)); err != nil {
				l.clientErr = err
			}
		}
	}
}

// change goes through records, those that are protected with the handshake's keys too.
func (l *liar) change(readers map[string]*protection, label string, octets []byte) []byte {
	var out []byte
	for len(octets) > 0 {
		n := recordHeaderLen + int(octets[3])<<8 + int(octets[4])
		record := octets[:n]
		octets = octets[n:]
		switch ContentType(record[0]) {
		case ContentHandshake:
			out = appendPlaintext(out, ContentHandshake, VersionTLS12, l.messages(record[recordHeaderLen:]))
		case ContentApplicationData:
			if readers[label] == nil {
				own := secret{l.server.status.Suite, bytes.Clone(l.secrets[label])}
				readers[label], readers[label+" again"] = newProtection(TrafficSecret{own}), newProtection(TrafficSecret{own})
			}
			kind, content, refused := readers[label].open(bytes.Clone(record))
			if refused != nil || kind != ContentHandshake { // other keys: application data
				out = append(out, record...)
				continue
			}
			out = readers[label+" again"].seal(out, kind, l.messages(content), 0)
		default:
			out = append(out, record...)
		}
	}
	return out
}

func (l *liar) messages(content []byte) []byte {
	var out []byte
	for len(content) > 0 {
		n := 4 + int(content[1])<<16 + int(content[2])<<8 + int(content[3])
		raw, kind := content[:n], HandshakeType(content[0])
		content = content[n:]
		if edit := l.edit[kind]; edit != nil && l.count[kind] == l.nth {
			raw = edit(raw)
		}
		l.count[kind]++
		out = append(out, raw...)
	}
	return out
}

// The edits: a message is parsed, changed and written again.

func edited[M any](parse func([]byte) (M, error), write func(*M, []byte) []byte, change func(*M)) func([]byte) []byte {
	return func(raw []byte) []byte {
		m, err := parse(raw[4:])
		if err != nil {
			panic(err)
		}
		change(&m)
		return write(&m, nil)
	}
}

func serverHello(change func(*ServerHello)) (HandshakeType, func([]byte) []byte) {
	return TypeServerHello, edited(parseServerHello, (*ServerHello).append, change)
}

func clientHello(change func(*ClientHello)) (HandshakeType, func([]byte) []byte) {
	return TypeClientHello, edited(parseClientHello, (*ClientHello).append, change)
}

func encryptedExtensions(change func(*EncryptedExtensions)) (HandshakeType, func([]byte) []byte) {
	return TypeEncryptedExtensions, edited(parseEncryptedExtensions, (*EncryptedExtensions).append, change)
}

func certificate(change func(*Certificate)) (HandshakeType, func([]byte) []byte) {
	return TypeCertificate, edited(parseCertificate, (*Certificate).append, change)
}

func certificateVerify(change func(*CertificateVerify)) (HandshakeType, func([]byte) []byte) {
	return TypeCertificateVerify, edited(parseCertificateVerify, (*CertificateVerify).append, change)
}

func finished(change func(*Finished)) (HandshakeType, func([]byte) []byte) {
	return TypeFinished, edited(parseFinished, (*Finished).append, change)
}

// lie is one case. section is that of RFC 8446 which asks for the refusal.
type lie struct {
	name, section string
	alert         Alert
	kind          HandshakeType
	edit          func([]byte) []byte
}

func newLie(name, section string, alert Alert) func(HandshakeType, func([]byte) []byte) lie {
	return func(kind HandshakeType, edit func([]byte) []byte) lie { return lie{name, section, alert, kind, edit} }
}

func TestServersThatLie(t *testing.T) {
	zero := uint16(0)
	sentinel := func(m *ServerHello, last byte) {
		m.Version, m.KeyShare = 0, nil
		copy(m.Random[24:], "DOWNGRD\x01")
		m.Random[31] = last
	}
	for _, c := range []lie{
		newLie("another session id", "4.1.3", AlertIllegalParameter)(serverHello(func(m *ServerHello) { m.SessionID = make([]byte, 32) })),
		newLie("a suite that was not offered", "4.1.3", AlertIllegalParameter)(serverHello(func(m *ServerHello) { m.CipherSuite = AES128CCMSHA256 })),
		newLie("a compression method", "4.1.3", AlertIllegalParameter)(serverHello(func(m *ServerHello) { m.Compression = 1 })),
		newLie("a version of the future", "4.2.1", AlertIllegalParameter)(serverHello(func(m *ServerHello) { m.Version = 0x0305 })),
		newLie("TLS 1.2 in supported_versions", "4.2.1", AlertIllegalParameter)(serverHello(func(m *ServerHello) { m.Version = VersionTLS12 })),
		newLie("TLS 1.2", "D.1", AlertProtocolVersion)(serverHello(func(m *ServerHello) { m.Version, m.KeyShare = 0, nil })),
		newLie("a downgrade to TLS 1.2", "4.1.3", AlertIllegalParameter)(serverHello(func(m *ServerHello) { sentinel(m, 1) })),
		newLie("a downgrade to TLS 1.1", "4.1.3", AlertIllegalParameter)(serverHello(func(m *ServerHello) { sentinel(m, 0) })),
		newLie("no key share", "9.2", AlertMissingExtension)(serverHello(func(m *ServerHello) { m.KeyShare = nil })),
		newLie("a share of another group", "4.2.8", AlertIllegalParameter)(serverHello(func(m *ServerHello) { m.KeyShare.Group = GroupSecp384r1 })),
		newLie("a share that is cut", "4.2.8.2", AlertIllegalParameter)(serverHello(func(m *ServerHello) { m.KeyShare.Data = m.KeyShare.Data[1:] })),
		newLie("a PSK that was not offered", "4.2", AlertUnsupportedExtension)(serverHello(func(m *ServerHello) { m.PreSharedKey = &zero })),
		newLie("an extension for another message", "4.2", AlertIllegalParameter)(serverHello(func(m *ServerHello) { m.Extra = []Extension{{ExtALPN, []byte{0, 2, 1, 'a'}}} })),
		newLie("a retry for nothing", "4.1.4", AlertIllegalParameter)(serverHello(func(m *ServerHello) { m.Random, m.KeyShare = RetryRandom(), nil })),
		newLie("a retry for a group that has a share", "4.2.8", AlertIllegalParameter)(serverHello(func(m *ServerHello) { m.Random, m.KeyShare, m.RetryGroup = RetryRandom(), nil, GroupX25519 })),
		newLie("a retry for a group that was not offered", "4.2.8", AlertIllegalParameter)(serverHello(func(m *ServerHello) { m.Random, m.KeyShare, m.RetryGroup = RetryRandom(), nil, GroupSecp521r1 })),

		newLie("a protocol that was not offered", "4.2", AlertIllegalParameter)(encryptedExtensions(func(m *EncryptedExtensions) { m.ALPN = "other" })),
		newLie("early data that was not offered", "4.2", AlertUnsupportedExtension)(encryptedExtensions(func(m *EncryptedExtensions) { m.EarlyData = true })),
		newLie("a limit that was not asked for", "4.2", AlertUnsupportedExtension)(encryptedExtensions(func(m *EncryptedExtensions) { m.RecordSizeLimit = 100 })),
		newLie("a share where none belongs", "4.2", AlertIllegalParameter)(encryptedExtensions(func(m *EncryptedExtensions) { m.Extra = []Extension{{ExtKeyShare, nil}} })),

		newLie("no certificate", "4.4.2.4", AlertDecodeError)(certificate(func(m *Certificate) { m.Entries = nil })),
		newLie("a context", "4.4.2", AlertIllegalParameter)(certificate(func(m *Certificate) { m.Context = []byte{1} })),
		newLie("a certificate that is none", "4.4.2.4", AlertBadCertificate)(certificate(func(m *Certificate) { m.Entries[0].Data = []byte("none") })),
		newLie("timestamps that were not asked for", "4.4.2", AlertUnsupportedExtension)(certificate(func(m *Certificate) { m.Entries[0].Extra = []Extension{{ExtSCT, []byte{0, 0}}} })),

		newLie("a wrong signature", "4.4.3", AlertDecryptError)(certificateVerify(func(m *CertificateVerify) { m.Signature[9] ^= 1 })),
		newLie("a scheme for certificates only", "4.4.3", AlertIllegalParameter)(certificateVerify(func(m *CertificateVerify) { m.Scheme = RSAPKCS1SHA256 })),
		newLie("a scheme of another key", "4.4.3", AlertIllegalParameter)(certificateVerify(func(m *CertificateVerify) { m.Scheme = Ed25519 })),

		newLie("a wrong Finished", "4.4.4", AlertDecryptError)(finished(func(m *Finished) { m.VerifyData[0] ^= 1 })),
		newLie("a Finished of another hash", "4.4.4", AlertDecodeError)(finished(func(m *Finished) { m.VerifyData = make([]byte, 48) })),
	} {
		t.Run(c.name, func(t *testing.T) {
			client, server := setUp(t)
			client.ALPN, server.ALPN = []string{"a"}, []string{"a"}
			l := newLiar(t, client, server)
			l.edit[c.kind] = c.edit
			l.run()
			require.Equal(t, c.alert, alertOf(t, l.clientErr), "%v; RFC 8446, Section %s", l.clientErr, c.section)
			require.Equal(t, ended, l.client.state)
			require.False(t, l.server.State().Done)
		})
	}
}

func TestClientsThatLie(t *testing.T) {
	for _, c := range []lie{
		newLie("TLS 1.2", "D.2", AlertProtocolVersion)(clientHello(func(m *ClientHello) { m.SupportedVersions = nil })),
		newLie("TLS 1.2 in supported_versions", "4.2.1", AlertProtocolVersion)(clientHello(func(m *ClientHello) { m.SupportedVersions = []Version{VersionTLS12} })),
		newLie("compression", "4.1.2", AlertIllegalParameter)(clientHello(func(m *ClientHello) { m.Compression = []byte{1, 0} })),
		newLie("no groups", "9.2", AlertMissingExtension)(clientHello(func(m *ClientHello) { m.Groups = nil })),
		newLie("no shares at all", "9.2", AlertMissingExtension)(clientHello(func(m *ClientHello) { m.KeyShares = nil })),
		newLie("no signatures", "9.2", AlertMissingExtension)(clientHello(func(m *ClientHello) { m.SignatureAlgorithms = nil })),
		newLie("a share of a group that is not listed", "4.2.8", AlertIllegalParameter)(clientHello(func(m *ClientHello) { m.Groups = []Group{GroupSecp256r1} })),
		newLie("a share that is cut", "4.2.8.2", AlertIllegalParameter)(clientHello(func(m *ClientHello) { m.KeyShares[0].Data = m.KeyShares[0].Data[1:] })),
		newLie("a secret that everybody knows", "7.4.2", AlertIllegalParameter)(clientHello(func(m *ClientHello) { m.KeyShares = []KeyShareEntry{{GroupX25519, make([]byte, 32)}} })),
		newLie("suites that nobody knows", "4.1.1", AlertHandshakeFailure)(clientHello(func(m *ClientHello) { m.CipherSuites = []CipherSuite{0x1399} })),
		newLie("signatures that nobody knows", "4.1.1", AlertHandshakeFailure)(clientHello(func(m *ClientHello) { m.SignatureAlgorithms = []SignatureScheme{0x0999} })),
		newLie("early data without PSK", "4.2.10", AlertIllegalParameter)(clientHello(func(m *ClientHello) { m.EarlyData = true })),
		newLie("a PSK without modes", "4.2.9", AlertMissingExtension)(clientHello(func(m *ClientHello) {
			m.PSKModes = nil
			m.PreSharedKey = &OfferedPSKs{[]PSKIdentity{{[]byte("x"), 0}}, [][]byte{make([]byte, 32)}}
		})),
		newLie("a wrong Finished", "4.4.4", AlertDecryptError)(TypeFinished, nil),
		newLie("no certificate", "4.4.2.4", AlertCertificateRequired)(certificate(func(m *Certificate) { m.Entries = nil })),
		newLie("a context", "4.4.2", AlertIllegalParameter)(certificate(func(m *Certificate) { m.Context = []byte{1} })),
		newLie("a wrong signature", "4.4.3", AlertDecryptError)(certificateVerify(func(m *CertificateVerify) { m.Signature[9] ^= 1 })),
	} {
		t.Run(c.name, func(t *testing.T) {
			client, server := setUp(t)
			server.Sessions = &Sessions{}
			lab := newAuthority(t, "Client CA")
			server.Roots, server.ClientAuth = lab.pool(), RequireClientCertificate
			client.Certificates = []KeyPair{lab.issue(ecKey(t), "alice", nil)}
			l := newLiar(t, client, server)
			l.edit[c.kind] = c.edit
			if c.edit == nil { // the client's Finished, not the server's, which comes before
				l.nth = 1
				_, l.edit[c.kind] = finished(func(m *Finished) { m.VerifyData[0] ^= 1 })
			} else if c.kind == TypeCertificate || c.kind == TypeCertificateVerify {
				l.nth = 1
			}
			l.run()
			require.Equal(t, c.alert, alertOf(t, l.serverErr), "%v; RFC 8446, Section %s", l.serverErr, c.section)
			require.Equal(t, ended, l.server.state)
		})
	}
}

// What a client changes in its second hello beyond what it was asked for.
func TestSecondHellosThatLie(t *testing.T) {
	for name, change := range map[string]func(m *ClientHello){
		"another random":      func(m *ClientHello) { m.Random[0] ^= 1 },
		"another session id":  func(m *ClientHello) { m.SessionID[0] ^= 1 },
		"other suites":        func(m *ClientHello) { m.CipherSuites = m.CipherSuites[:1] },
		"another name":        func(m *ClientHello) { m.ServerName = "b.test" },
		"another cookie":      func(m *ClientHello) { m.Cookie[0] ^= 1 },
		"no cookie":           func(m *ClientHello) { m.Cookie = nil },
		"shares as before":    func(m *ClientHello) { m.KeyShares[0].Group = GroupX25519 },
		"no share":            func(m *ClientHello) { m.KeyShares = []KeyShareEntry{} },
		"one share too many":  func(m *ClientHello) { m.KeyShares = append(m.KeyShares, KeyShareEntry{GroupX25519, make([]byte, 32)}) },
		"another share":       func(m *ClientHello) { m.KeyShares[0].Data = m.KeyShares[0].Data[1:] },
		"another set of ALPN": func(m *ClientHello) { m.ALPN = []string{"x"} },
	} {
		client, server := setUp(t)
		server.Groups, server.Cookie = []Group{GroupSecp384r1, GroupX25519}, true
		client.Groups = []Group{GroupSecp256r1, GroupSecp384r1, GroupX25519}
		l := newLiar(t, client, server)
		kind, edit := clientHello(change)
		l.edit[kind], l.nth = edit, 1
		l.run()
		require.Equal(t, AlertIllegalParameter, alertOf(t, l.serverErr), "%s: %v", name, l.serverErr)
	}
}

// A server that asks twice.
func TestSecondRetry(t *testing.T) {
	client, server := setUp(t)
	server.Cookie = true
	l := newLiar(t, client, server)
	var kind HandshakeType
	kind, l.edit[TypeServerHello] = serverHello(func(m *ServerHello) { m.Random, m.KeyShare, m.Cookie = RetryRandom(), nil, []byte{1} })
	require.Equal(t, TypeServerHello, kind)
	l.nth = 1
	l.run()
	require.Equal(t, AlertUnexpectedMessage, alertOf(t, l.clientErr))
	require.ErrorContains(t, l.clientErr, "a second HelloRetryRequest")
}

// Who shows a ticket without its key is refused, and the ticket is still good for whom it belongs to.
func TestStolenTicket(t *testing.T) {
	client, server := setUp(t)
	client.Sessions, server.Sessions, server.Tickets = &Sessions{}, &Sessions{}, 1
	connect(t, client, server).done(t)
	session, found := client.Sessions.Take("server.test")
	require.True(t, found)

	stolen := session
	stolen.PSK = bytes.Repeat([]byte{1}, len(session.PSK))
	client.Sessions.Put("server.test", stolen)
	e := connect(t, client, server).run()
	require.Equal(t, AlertDecryptError, alertOf(t, e.serverErr))
	require.Equal(t, &PeerAlert{AlertDecryptError}, e.clientErr)

	client.Sessions.Put("server.test", session)
	require.True(t, connect(t, client, server).done(t).client.State().Resumed)
}

// 0-RTT data whose ticket has another age than the client says may be a copy that was held back (RFC 8446, Section 8.3).
func TestEarlyDataThatIsNotFresh(t *testing.T) {
	client, server := setUp(t)
	client.Sessions, server.Sessions = &Sessions{}, &Sessions{}
	client.EarlyData, server.EarlyData = 100, 100
	for name, late := range map[string]bool{"in time": false, "held back": true} {
		connect(t, client, server).done(t)
		e := connect(t, client, server)
		_, err := e.client.WriteEarly([]byte("early"))
		require.NoError(t, err)
		at := noon()
		if late {
			at = at.Add(freshness)
		}
		require.NoError(t, e.server.Receive(at, e.client.Next()))
		require.True(t, e.server.State().Resumed, name)
		require.Equal(t, !late, e.server.State().EarlyDataAccepted, name)
		e.done(t)
	}
}

// Application data on its way allocates nothing.
func TestDataAllocatesNothing(t *testing.T) {
	client, server := setUp(t)
	e := connect(t, client, server).done(t)
	p, got := make([]byte, 20_000), make([]byte, 20_000)
	once := func() {
		if n, err := e.client.Write(p); n != len(p) || err != nil {
			t.Error(n, err)
		}
		if err := e.server.Receive(noon(), e.client.Next()); err != nil {
			t.Error(err)
		}
		for n := 0; n < len(p); {
			m, err := e.server.Read(got)
			if n += m; err != nil || m == 0 {
				t.Error(m, err)
				return
			}
		}
	}
	for range 10 {
		once()
	}
	require.Zero(t, testing.AllocsPerRun(50, once))
}
