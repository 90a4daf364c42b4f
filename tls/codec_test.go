package tls

import (
	"bytes"
	"errors"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"
)

// rewrite parses a whole handshake message and writes it again.
func rewrite(message []byte) ([]byte, error) {
	body := message[4:]
	switch t := HandshakeType(message[0]); t {
	case TypeClientHello:
		m, err := parseClientHello(body)
		return m.append(nil), err
	case TypeServerHello:
		m, err := parseServerHello(body)
		return m.append(nil), err
	case TypeEncryptedExtensions:
		m, err := parseEncryptedExtensions(body)
		return m.append(nil), err
	case TypeCertificateRequest:
		m, err := parseCertificateRequest(body)
		return m.append(nil), err
	case TypeCertificate:
		m, err := parseCertificate(body)
		return m.append(nil), err
	case TypeCertificateVerify:
		m, err := parseCertificateVerify(body)
		return m.append(nil), err
	case TypeFinished:
		m, err := parseFinished(body)
		return m.append(nil), err
	case TypeNewSessionTicket:
		m, err := parseNewSessionTicket(body)
		return m.append(nil), err
	case TypeKeyUpdate:
		m, err := parseKeyUpdate(body)
		return m.append(nil), err
	case TypeEndOfEarlyData:
		m, err := parseEndOfEarlyData(body)
		return m.append(nil), err
	default:
		return nil, undecodable("no codec for " + t.String())
	}
}

// samples are messages with every field and extension in use.
func samples() map[string][]byte {
	random := [32]byte{1, 2, 3, 31: 0xff}
	selected := uint16(1)
	ch := ClientHello{
		LegacyVersion: VersionTLS12, Random: random, SessionID: bytes.Repeat([]byte{7}, 32), CipherSuites: []CipherSuite{AES128GCMSHA256, 0x1a1a}, Compression: []byte{0},
		ServerName: "www.netlab.test", SupportedVersions: []Version{VersionTLS13, VersionTLS12}, Groups: []Group{GroupX25519MLKEM768, GroupX25519},
		KeyShares:           []KeyShareEntry{{GroupX25519, bytes.Repeat([]byte{9}, 32)}},
		SignatureAlgorithms: []SignatureScheme{Ed25519}, SignatureAlgorithmsCert: []SignatureScheme{RSAPKCS1SHA256}, PSKModes: []PSKMode{PSKWithDHE, PSKOnly},
		PreSharedKey: &OfferedPSKs{
			[]PSKIdentity{{[]byte("ticket"), 17}, {[]byte("other"), 1 << 31}},
			[][]byte{bytes.Repeat([]byte{1}, 32), bytes.Repeat([]byte{2}, 48)},
		},
		EarlyData: true, Cookie: []byte("cookie"), ALPN: []string{"h2", "http/1.1"}, StatusRequest: true, RecordSizeLimit: 64, MaxFragmentLength: 4,
		CertificateAuthorities: [][]byte{{0x30, 0}}, PostHandshakeAuth: true, Padding: 5, Extra: []Extension{{0xfafa, []byte{}}},
	}
	old := ClientHello{LegacyVersion: VersionTLS10, CipherSuites: []CipherSuite{0x2f}, Compression: []byte{1, 0}}
	sh := ServerHello{
		LegacyVersion: VersionTLS12, Random: random, CipherSuite: AES256GCMSHA384, Version: VersionTLS13,
		KeyShare: &KeyShareEntry{GroupSecp256r1, []byte{4, 1, 2}}, PreSharedKey: &selected,
	}
	hrr := ServerHello{LegacyVersion: VersionTLS12, Random: RetryRandom(), CipherSuite: AES128GCMSHA256, Version: VersionTLS13, RetryGroup: GroupX25519, Cookie: []byte{1}}
	sh12 := ServerHello{LegacyVersion: VersionTLS12, Random: random, CipherSuite: ECDHERSAAES128GCM, Extra: []Extension{{ExtRenegotiationInfo, []byte{0}}, {ExtExtendedMasterSecret, []byte{}}}}
	ee := EncryptedExtensions{ServerName: true, Groups: []Group{GroupX448}, ALPN: "h2", EarlyData: true, RecordSizeLimit: 16385, Extra: []Extension{{0x1234, []byte{1}}}}
	fragment := EncryptedExtensions{MaxFragmentLength: 1}
	cr := CertificateRequest{
		Context: []byte{1}, SignatureAlgorithms: []SignatureScheme{Ed25519, 0x9999}, SignatureAlgorithmsCert: []SignatureScheme{Ed448},
		CertificateAuthorities: [][]byte{{0x30, 0}, {1}}, StatusRequest: true, Extra: []Extension{{ExtOIDFilters, []byte{0, 0}}},
	}
	cert := Certificate{[]byte{1}, []CertificateEntry{
		{Data: []byte{0x30, 1}, OCSP: []byte{0x30, 2}, Extra: []Extension{{ExtSCT, []byte{0, 0}}}},
		{Data: []byte{0x30, 3}},
	}}
	cv := CertificateVerify{ECDSASecp256r1SHA256, []byte("signature")}
	fin := Finished{bytes.Repeat([]byte{5}, 48)}
	nst := NewSessionTicket{Lifetime: 604800, AgeAdd: 1 << 31, Nonce: []byte{0, 1}, Ticket: []byte("ticket"), MaxEarlyData: 16384, Extra: []Extension{{0x2a2a, []byte{0}}}}
	return map[string][]byte{
		"ClientHello": ch.append(nil), "ClientHello of TLS 1.0": old.append(nil), "ServerHello": sh.append(nil), "HelloRetryRequest": hrr.append(nil),
		"ServerHello of TLS 1.2": sh12.append(nil), "EncryptedExtensions": ee.append(nil), "EncryptedExtensions with max_fragment_length": fragment.append(nil),
		"CertificateRequest": cr.append(nil), "Certificate": cert.append(nil), "Certificate, empty": (&Certificate{}).append(nil), "CertificateVerify": cv.append(nil),
		"Finished": fin.append(nil), "NewSessionTicket": nst.append(nil), "KeyUpdate": (&KeyUpdate{}).append(nil),
		"KeyUpdate, requested": (&KeyUpdate{true}).append(nil), "EndOfEarlyData": (&EndOfEarlyData{}).append(nil),
	}
}

func TestWhatIsWrittenIsParsedToTheSame(t *testing.T) {
	for name, message := range samples() {
		require.Equal(t, len(message)-4, int(message[1])<<16|int(message[2])<<8|int(message[3]), name)
		again, err := rewrite(message)
		require.NoError(t, err, name)
		require.Equal(t, message, again, name)
	}
	for _, message := range trace8448(t) {
		again, err := rewrite(message)
		require.NoError(t, err)
		require.Equal(t, message, again, "the order of extensions is kept")
	}
}

func TestFieldsComeBack(t *testing.T) {
	ch, err := parseClientHello(samples()["ClientHello"][4:])
	require.NoError(t, err)
	require.NoError(t, ch.check())
	require.Equal(t, "www.netlab.test", ch.ServerName)
	require.Equal(t, []string{"h2", "http/1.1"}, ch.ALPN)
	require.Equal(t, []PSKIdentity{{[]byte("ticket"), 17}, {[]byte("other"), 1 << 31}}, ch.PreSharedKey.Identities)
	require.Equal(t, MaxFragmentLength(4), ch.MaxFragmentLength)
	require.Equal(t, 4096, ch.MaxFragmentLength.Octets())
	require.Equal(t, 5, ch.Padding)
	require.True(t, ch.EarlyData && ch.StatusRequest && ch.PostHandshakeAuth)
	require.Equal(t, 2+1+32+1+48, ch.PreSharedKey.bindersLen())
	require.Equal(t, ExtPreSharedKey, ch.Order[len(ch.Order)-1])
	require.ElementsMatch(t, ch.Order, ch.offered())

	hrr, err := parseServerHello(samples()["HelloRetryRequest"][4:])
	require.NoError(t, err)
	require.True(t, hrr.IsRetry())
	require.Equal(t, GroupX25519, hrr.RetryGroup)
	require.Nil(t, hrr.KeyShare)

	cert, err := parseCertificate(samples()["Certificate"][4:])
	require.NoError(t, err)
	require.Equal(t, []byte{0x30, 2}, cert.Entries[0].OCSP)
	require.Nil(t, cert.Entries[1].OCSP)
}

func TestParsedMessagesKeepTheirOctets(t *testing.T) {
	message := bytes.Clone(samples()["ClientHello"])
	ch, err := parseClientHello(message[4:])
	require.NoError(t, err)
	clear(message)
	require.Equal(t, samples()["ClientHello"], ch.append(nil))
}

// Every message that is cut short is refused with decode_error: "have a length extending beyond the message boundary" RFC 8446, Section 6.
// A hello may end before its extensions, since that is what hellos before TLS 1.3 look like.
func TestTruncatedMessagesAreRefused(t *testing.T) {
	for name, message := range samples() {
		for n := 4; n < len(message); n++ {
			if HandshakeType(message[0]) == TypeFinished && n == 36 {
				continue // as long as another hash
			}
			again, err := rewrite(message[:n:n])
			if err == nil && (HandshakeType(message[0]) == TypeClientHello || HandshakeType(message[0]) == TypeServerHello) {
				require.Len(t, again, n, "%s cut to %d", name, n)
				continue
			}
			refused(t, AlertDecodeError, err, fmt.Sprintf("%s cut to %d", name, n))
		}
		_, err := rewrite(append(bytes.Clone(message), 0))
		refused(t, AlertDecodeError, err, name+" with an octet too many")
	}
}

func refused(t testing.TB, alert Alert, err error, what string) {
	t.Helper()
	var e *Error
	require.True(t, errors.As(err, &e), "%s: not refused: %v", what, err)
	require.Equal(t, alert.String(), e.Alert.String(), "%s: %v", what, err)
	require.NotEmpty(t, e.Say)
	require.False(t, e.Ref.IsZero())
}

func FuzzMessage(f *testing.F) {
	for _, message := range samples() {
		f.Add(message)
	}
	for _, message := range trace8448(f) {
		f.Add(message)
	}
	f.Fuzz(func(t *testing.T, message []byte) {
		if len(message) < 4 {
			return
		}
		again, err := rewrite(message)
		if err != nil {
			var e *Error
			require.ErrorAs(t, err, &e)
			return
		}
		require.Equal(t, message[4:], again[4:], "what is accepted is written the same")
	})
}
