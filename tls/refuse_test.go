package tls

import (
	"bytes"
	"testing"

	"github.com/stretchr/testify/require"
)

// hello is a ClientHello as TLS 1.3 wants it.
func hello() ClientHello {
	return ClientHello{
		LegacyVersion: VersionTLS12, CipherSuites: []CipherSuite{AES128GCMSHA256}, Compression: []byte{0}, SupportedVersions: []Version{VersionTLS13},
		Groups: []Group{GroupX25519}, KeyShares: []KeyShareEntry{{GroupX25519, make([]byte, 32)}}, SignatureAlgorithms: []SignatureScheme{Ed25519},
	}
}

func TestClientHellosThatAreRefused(t *testing.T) {
	for _, c := range []struct {
		name  string
		alert Alert
		extra Extension // put into a hello that has none of it
	}{
		{"no versions", AlertDecodeError, Extension{ExtSupportedVersions, []byte{0}}},
		{"half a version", AlertDecodeError, Extension{ExtSupportedVersions, []byte{3, 3, 4, 3}}},
		{"octets after versions", AlertDecodeError, Extension{ExtSupportedVersions, []byte{2, 3, 4, 0}}},
		{"no groups", AlertDecodeError, Extension{ExtSupportedGroups, []byte{0, 0}}},
		{"an empty key share", AlertDecodeError, Extension{ExtKeyShare, []byte{0, 4, 0, 29, 0, 0}}},
		{"two key shares for one group", AlertIllegalParameter, Extension{ExtKeyShare, []byte{0, 10, 0, 29, 0, 1, 5, 0, 29, 0, 1, 5}}},
		{"an empty name", AlertDecodeError, Extension{ExtServerName, []byte{0, 3, 0, 0, 0}}},
		{"a name with a dot at its end", AlertIllegalParameter, Extension{ExtServerName, []byte{0, 5, 0, 0, 2, 'a', '.'}}},
		{"an address for a name", AlertIllegalParameter, Extension{ExtServerName, append([]byte{0, 10, 0, 0, 7}, "1.2.3.4"...)}},
		{"a name with a zero", AlertIllegalParameter, Extension{ExtServerName, []byte{0, 5, 0, 0, 2, 'a', 0}}},
		{"two names", AlertIllegalParameter, Extension{ExtServerName, []byte{0, 8, 0, 0, 1, 'a', 0, 0, 1, 'b'}}},
		{"a name of unknown type", AlertDecodeError, Extension{ExtServerName, []byte{0, 4, 1, 0, 1, 'a'}}},
		{"early data with data", AlertDecodeError, Extension{ExtEarlyData, []byte{0}}},
		{"an empty cookie", AlertDecodeError, Extension{ExtCookie, []byte{0, 0}}},
		{"an empty protocol", AlertDecodeError, Extension{ExtALPN, []byte{0, 2, 0, 0}}},
		{"a record size limit below 64", AlertIllegalParameter, Extension{ExtRecordSizeLimit, []byte{0, 63}}},
		{"an unknown fragment length", AlertIllegalParameter, Extension{ExtMaxFragmentLength, []byte{5}}},
		{"padding that is not zero", AlertIllegalParameter, Extension{ExtPadding, []byte{0, 1}}},
		{"no PSK modes", AlertDecodeError, Extension{ExtPSKKeyExchangeModes, []byte{0}}},
		{"a short binder", AlertDecodeError, Extension{ExtPreSharedKey, append([]byte{0, 7, 0, 1, 1, 0, 0, 0, 0, 0, 33, 31}, make([]byte, 32)...)}},
		{"an identity without a binder", AlertIllegalParameter, Extension{ExtPreSharedKey, append([]byte{0, 14, 0, 1, 1, 0, 0, 0, 0, 0, 1, 1, 0, 0, 0, 0, 0, 33, 32}, make([]byte, 32)...)}},
		{"an extension of another message", AlertIllegalParameter, Extension{ExtOIDFilters, []byte{0, 0}}},
	} {
		m := ClientHello{LegacyVersion: VersionTLS12, CipherSuites: []CipherSuite{AES128GCMSHA256}, Extra: []Extension{c.extra}}
		_, err := parseClientHello(m.append(nil)[4:])
		refused(t, c.alert, err, c.name)
	}
}

func TestExtensionsOccurOnceAndPSKLast(t *testing.T) {
	twice := hello()
	twice.Extra = []Extension{{0x1234, nil}, {0x1234, nil}}
	_, err := parseClientHello(twice.append(nil)[4:])
	refused(t, AlertIllegalParameter, err, "an extension twice")

	// The writer puts pre_shared_key last whatever is asked of it, so another extension is put behind it by hand.
	late := ClientHello{LegacyVersion: VersionTLS12, CipherSuites: []CipherSuite{AES128GCMSHA256}, PreSharedKey: &OfferedPSKs{[]PSKIdentity{{[]byte{1}, 0}}, [][]byte{make([]byte, 32)}}}
	b := append(late.append(nil)[4:], 0x12, 0x34, 0, 0)
	b[2+32+1+4+2+1] += 4 // the length of the extensions, which is less than 252
	_, err = parseClientHello(b)
	refused(t, AlertIllegalParameter, err, "pre_shared_key before another extension")
}

func TestWhatTLS13AsksOfAClientHello(t *testing.T) {
	good := hello()
	require.NoError(t, good.check())
	psk := &OfferedPSKs{[]PSKIdentity{{[]byte{1}, 0}}, [][]byte{make([]byte, 32)}}
	for _, c := range []struct {
		name   string
		alert  Alert
		change func(m *ClientHello)
	}{
		{"compression", AlertIllegalParameter, func(m *ClientHello) { m.Compression = []byte{0, 1} }},
		{"PSK without modes", AlertMissingExtension, func(m *ClientHello) { m.PreSharedKey = psk }},
		{"no signature algorithms", AlertMissingExtension, func(m *ClientHello) { m.SignatureAlgorithms = nil }},
		{"no groups", AlertMissingExtension, func(m *ClientHello) { m.Groups, m.KeyShares = nil, nil }},
		{"shares without groups", AlertMissingExtension, func(m *ClientHello) { m.Groups, m.PreSharedKey, m.PSKModes = nil, psk, []PSKMode{1} }},
		{"groups without shares", AlertMissingExtension, func(m *ClientHello) { m.KeyShares = nil }},
		{"early data without a key", AlertIllegalParameter, func(m *ClientHello) { m.EarlyData = true }},
		{"a share for a group that is not listed", AlertIllegalParameter, func(m *ClientHello) { m.KeyShares[0].Group = GroupX448 }},
	} {
		m := hello()
		c.change(&m)
		refused(t, c.alert, m.check(), c.name)
	}
}

func TestOtherMessagesThatAreRefused(t *testing.T) {
	server := ServerHello{LegacyVersion: VersionTLS12, CipherSuite: AES128GCMSHA256, Version: VersionTLS13}
	change := func(f func(m *ServerHello)) []byte {
		m := server
		f(&m)
		return m.append(nil)
	}
	ee := func(extra ...Extension) []byte { return (&EncryptedExtensions{Extra: extra}).append(nil) }
	for _, c := range []struct {
		name    string
		alert   Alert
		message []byte
	}{
		{"supported_versions with TLS 1.2", AlertIllegalParameter, change(func(m *ServerHello) { m.Version = VersionTLS12 })},
		{"compression", AlertIllegalParameter, change(func(m *ServerHello) { m.Compression = 1 })},
		{"ALPN in a ServerHello", AlertIllegalParameter, change(func(m *ServerHello) { m.Extra = []Extension{{ExtALPN, []byte{0, 3, 2, 'h', '2'}}} })},
		{"a cookie in a ServerHello", AlertIllegalParameter, change(func(m *ServerHello) { m.Extra = []Extension{{ExtCookie, []byte{0, 1, 1}}} })},
		{"a PSK in a HelloRetryRequest", AlertIllegalParameter, change(func(m *ServerHello) {
			m.Random, m.Extra = RetryRandom(), []Extension{{ExtPreSharedKey, []byte{0, 0}}}
		})},
		{"key_share in EncryptedExtensions", AlertIllegalParameter, ee(Extension{ExtKeyShare, []byte{0, 29}})},
		{"two protocols chosen", AlertIllegalParameter, ee(Extension{ExtALPN, []byte{0, 6, 2, 'h', '2', 2, 'h', '3'}})},
		{"server_name with a name", AlertDecodeError, ee(Extension{ExtServerName, []byte{0}})},
		{"both limits of records", AlertIllegalParameter, ee(Extension{ExtRecordSizeLimit, []byte{1, 0}}, Extension{ExtMaxFragmentLength, []byte{1}})},
		{"a CertificateRequest without signature_algorithms", AlertMissingExtension, (&CertificateRequest{}).append(nil)},
		{"an empty certificate", AlertDecodeError, (&Certificate{Entries: []CertificateEntry{{}}}).append(nil)},
		{"a status that is not OCSP", AlertIllegalParameter, (&Certificate{Entries: []CertificateEntry{{Data: []byte{1}, Extra: []Extension{{ExtStatusRequest, []byte{2, 0, 0, 1, 0}}}}}}).append(nil)},
		{"a Finished of no hash", AlertDecodeError, (&Finished{make([]byte, 12)}).append(nil)},
		{"an empty ticket", AlertDecodeError, (&NewSessionTicket{}).append(nil)},
		{"a KeyUpdate of 2", AlertIllegalParameter, []byte{24, 0, 0, 1, 2}},
		{"EndOfEarlyData with data", AlertDecodeError, []byte{5, 0, 0, 1, 0}},
	} {
		_, err := rewrite(c.message)
		refused(t, c.alert, err, c.name)
	}
}

func TestUnsolicitedExtensions(t *testing.T) {
	require.NoError(t, unsolicited([]ExtensionType{ExtKeyShare, ExtCookie}, []ExtensionType{ExtKeyShare}))
	refused(t, AlertUnsupportedExtension, unsolicited([]ExtensionType{ExtALPN}, []ExtensionType{ExtKeyShare}), "ALPN")
}

func TestAFieldThatIsTooLongForItsLengthPanics(t *testing.T) {
	require.Panics(t, func() { (&Certificate{Context: bytes.Repeat([]byte{1}, 256)}).append(nil) })
}

func TestNames(t *testing.T) {
	require.Equal(t, "TLS 1.3", VersionTLS13.String())
	require.Equal(t, "TLS 1.0", VersionTLS10.String())
	require.Equal(t, "GREASE 0x2a2a", Version(0x2a2a).String())
	require.Equal(t, "0x7f1c", Version(0x7f1c).String())
	require.Equal(t, "TLS_AES_128_GCM_SHA256", AES128GCMSHA256.String())
	require.Equal(t, "0x2a3a", CipherSuite(0x2a3a).String(), "not every value with these digits is GREASE")
	require.Equal(t, "illegal_parameter", AlertIllegalParameter.String())
	require.Equal(t, "alert 7", Alert(7).String())
	require.Equal(t, "extension 65000", ExtensionType(65000).String())
	for _, m := range alertMeanings() {
		require.NotEmpty(t, m.alert.Doc())
		require.False(t, m.alert.Ref().IsZero())
	}
	for _, list := range [][]string{namesOf(groups()), namesOf(signatureSchemes()), namesOf(handshakeTypes()), namesOf(contentTypes())} {
		seen := map[string]bool{}
		for _, name := range list {
			require.NotContains(t, name, "0x")
			require.NotContains(t, name, "type ")
			require.False(t, seen[name], name)
			seen[name] = true
		}
	}
}

func namesOf[T interface{ String() string }](values []T) []string {
	var names []string
	for _, v := range values {
		names = append(names, v.String())
	}
	return names
}
