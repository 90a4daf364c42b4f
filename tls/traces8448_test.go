package tls

import (
	"crypto"
	"crypto/x509"
	"encoding/binary"
	"encoding/hex"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// trace is one section of RFC 8448.
type section8448 struct {
	values  map[string][]byte
	records []tracedRecord
}

type tracedRecord struct {
	client bool
	octets []byte
}

// traces8448 reads testdata/rfc8448.txt: sections by their number.
func traces8448(t *testing.T) map[string]section8448 {
	t.Helper()
	text, err := os.ReadFile("testdata/rfc8448.txt")
	require.NoError(t, err)
	all, section := map[string]section8448{}, ""
	for line := range strings.Lines(string(text)) {
		line = strings.TrimSpace(line)
		if line == "" || line[0] == '#' {
			continue
		}
		if line[0] == '[' {
			section = line[1:2]
			all[section] = section8448{values: map[string][]byte{}}
			continue
		}
		now := all[section]
		name, value, found := strings.Cut(line, " = ")
		if !found {
			name, value, _ = strings.Cut(line, " ")
		}
		octets, err := hex.DecodeString(value)
		require.NoError(t, err, line)
		if found {
			now.values[name] = octets
		} else {
			now.records = append(now.records, tracedRecord{name == ">", octets})
		}
		all[section] = now
	}
	return all
}

// tracer8448 goes through a trace as an observer who knows the private keys, and holds every value against the RFC.
type tracer8448 struct {
	*testing.T
	section8448
	transcript transcript
	early      EarlySecret
	handshake  HandshakeSecret
	master     MasterSecret
	read       map[bool]*protection // by direction: the client's, the server's
	reads      map[bool]TrafficSecret
	seen       map[string]bool
	next       map[bool]TrafficSecret
	content    [][]byte
	retried    bool
	public     map[bool]crypto.PublicKey
}

func (t *tracer8448) is(name string, octets []byte) {
	t.Helper()
	if want, has := t.values[name]; has {
		require.Equal(t, want, octets, name)
		t.seen[name] = true
	}
}

func TestTracesOfRFC8448(t *testing.T) {
	for section, trace := range traces8448(t) {
		t.Run("section "+section, func(t *testing.T) {
			w := &tracer8448{
				T: t, section8448: trace, read: map[bool]*protection{}, reads: map[bool]TrafficSecret{}, next: map[bool]TrafficSecret{},
				public: map[bool]crypto.PublicKey{},
				seen:   map[string]bool{"client private key": true, "server private key": true},
			}
			w.early = AES128GCMSHA256.Early(trace.values["ticket psk"])
			if section != "4" {
				w.early = AES128GCMSHA256.Early(nil)
			}
			w.is("early secret", w.early.Octets())
			w.is("derived for handshake", w.early.derive("derived", AES128GCMSHA256.empty()).octets)
			for _, r := range trace.records {
				w.record(r)
			}
			for name := range trace.values {
				require.True(t, w.seen[name], "%s was never compared", name)
			}
			require.Equal(t, []byte{1, 0}, w.content[len(w.content)-1], "close_notify")
		})
	}
}

// record takes the protection off a record, puts it on again, which must give the same octets, and goes through the messages in it.
func (t *tracer8448) record(r tracedRecord) {
	kind, content := ContentType(r.octets[0]), r.octets[recordHeaderLen:]
	if kind == ContentApplicationData {
		p := t.read[r.client]
		again := newProtection(p.secret)
		again.seq = p.seq
		var refused *Error
		kind, content, refused = p.open(append([]byte{}, r.octets...))
		require.Nil(t, refused)
		require.Equal(t, r.octets, again.seal(nil, kind, content, len(r.octets)-recordHeaderLen-tagLen-1-len(content)))
	}
	if kind != ContentHandshake {
		t.content = append(t.content, content)
		return
	}
	for len(content) > 0 {
		n := 4 + int(content[1])<<16 + int(content[2])<<8 + int(content[3])
		t.message(r.client, content[:n])
		content = content[n:]
	}
}

// isRetry tells a HelloRetryRequest by its random (RFC 8446, Section 4.1.3).
func isRetry(m []byte) bool { return m[6] == 0xcf && m[7] == 0x21 && m[8] == 0xad && m[9] == 0x74 }

func (t *tracer8448) message(client bool, m []byte) {
	switch HandshakeType(m[0]) {
	case TypeClientHello:
		t.clientHello(m)
	case TypeServerHello:
		t.transcript.choose8448(AES128GCMSHA256)
		if isRetry(m) {
			t.retried = true
			t.transcript.retry()
			t.transcript.add(m)
			return
		}
		t.transcript.add(m)
		t.serverHello(m)
	case TypeFinished:
		require.Equal(t, t.reads[client].Finished(t.transcript.sum()), m[4:], "verify_data")
		t.transcript.add(m)
		if !client {
			t.serverFinished()
			return
		}
		t.is("res master", t.master.Resumption(t.transcript.sum()).Octets())
		t.switchTo(true, t.next[true])
	case TypeNewSessionTicket:
		resumption := t.master.Resumption(t.transcript.sum())
		nonce := m[4+9 : 4+9+int(m[4+8])]
		t.is("ticket psk", resumption.PSK(nonce))
	case TypeEndOfEarlyData:
		t.transcript.add(m)
		t.switchTo(true, t.reads[true])
	case TypeCertificate:
		der := m[4+1+int(m[4])+3+3:]
		der = der[:4+int(der[2])<<8+int(der[3])] // a SEQUENCE with two octets of length
		certificate, err := x509.ParseCertificate(der)
		require.NoError(t, err)
		t.public[client] = certificate.PublicKey
		t.transcript.add(m)
	case TypeCertificateVerify:
		context := map[bool]string{true: clientSigns, false: serverSigns}[client]
		scheme := SignatureScheme(binary.BigEndian.Uint16(m[4:]))
		require.Nil(t, verify(t.public[client], scheme, signedContent(context, t.transcript.sum()), m[8:]))
		t.transcript.add(m)
	default:
		t.transcript.add(m)
	}
}

// choose8448 chooses the suite the first time.
func (t *transcript) choose8448(s CipherSuite) {
	if t.hash == nil {
		t.choose(s)
	}
}

func (t *tracer8448) clientHello(m []byte) {
	if binder := t.values["binder"]; binder != nil {
		hash := t.transcript.sumWith(AES128GCMSHA256, m[:len(m)-3-len(binder)])
		t.is("hash of truncated ClientHello", hash)
		key := t.early.ResumptionBinder()
		t.is("res binder", key.Octets())
		t.is("finished key of binder", key.expand("finished", nil, 32))
		t.is("binder", key.Finished(hash))
		t.is("binder", m[len(m)-len(binder):])
		t.is("ticket psk", t.values["ticket psk"])
	}
	t.transcript.add(m)
	if t.values["c e traffic"] != nil {
		hash := t.transcript.sumWith(AES128GCMSHA256, nil)
		t.is("c e traffic", t.early.ClientTraffic(hash).Octets())
		t.is("e exp master", t.early.Exporter(hash).Octets())
		t.keys("c e", t.early.ClientTraffic(hash))
		t.switchTo(true, t.early.ClientTraffic(hash))
	}
}

func (t *tracer8448) keys(name string, s TrafficSecret) {
	key, iv := s.Keys()
	t.is(name+" key", key)
	t.is(name+" iv", iv)
}

func (t *tracer8448) switchTo(client bool, s TrafficSecret) { t.read[client] = newProtection(s) }

func (t *tracer8448) serverHello(m []byte) {
	group := GroupX25519
	if t.retried {
		group = GroupSecp256r1
	}
	own, err := group.curve().NewPrivateKey(t.values["client private key"])
	require.NoError(t, err)
	peer, err := group.curve().NewPrivateKey(t.values["server private key"])
	require.NoError(t, err)
	require.Contains(t, string(m), string(peer.PublicKey().Bytes()), "ServerHello carries the server's share")
	shared, refused := keyExchange{group: group, curve: own}.agree(peer.PublicKey().Bytes())
	require.Nil(t, refused)
	t.is("shared secret", shared)

	hash := t.transcript.sum()
	t.is("hash to ServerHello", hash)
	t.handshake = t.early.Handshake(shared)
	t.is("handshake secret", t.handshake.Octets())
	t.is("derived for master", t.handshake.derive("derived", AES128GCMSHA256.empty()).octets)
	t.reads[true], t.reads[false] = t.handshake.ClientTraffic(hash), t.handshake.ServerTraffic(hash)
	t.is("c hs traffic", t.reads[true].Octets())
	t.is("s hs traffic", t.reads[false].Octets())
	t.keys("c hs", t.reads[true])
	t.keys("s hs", t.reads[false])
	if t.values["c e traffic"] == nil {
		t.switchTo(true, t.reads[true])
	}
	t.switchTo(false, t.reads[false])
	t.master = t.handshake.Master()
	t.is("master secret", t.master.Octets())
}

func (t *tracer8448) serverFinished() {
	hash := t.transcript.sum()
	t.next[true] = t.master.ClientTraffic(hash)
	server := t.master.ServerTraffic(hash)
	t.is("c ap traffic", t.next[true].Octets())
	t.is("s ap traffic", server.Octets())
	t.keys("c ap", t.next[true])
	t.keys("s ap", server)
	t.is("exp master", t.master.Exporter(hash).Octets())
	t.switchTo(false, server)
}
