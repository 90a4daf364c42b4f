package tls

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"netlab/wire"
)

// record puts content into a record.
func record(t ContentType, version Version, content []byte) []byte {
	b := []byte{byte(t), byte(version >> 8), byte(version)}
	return append(binary.BigEndian.AppendUint16(b, uint16(len(content))), content...)
}

// tree writes a node and those under it, one a line, with the octets they cover.
func tree(n *wire.Node, depth int) string {
	from, to := n.Octets()
	s := fmt.Sprintf("%s%d..%d %s [%s] %s", strings.Repeat("  ", depth), from, to, n.Name, n.Key, n.Value)
	if n.Note != "" {
		s += " ! " + n.Note
	}
	s = strings.TrimRight(s, " ") + "\n"
	for i := range n.Children {
		s += tree(&n.Children[i], depth+1)
	}
	return s
}

// covers checks that the children of each node follow one another without gaps and fill it.
func covers(t testing.TB, n *wire.Node) {
	t.Helper()
	if len(n.Children) == 0 {
		return
	}
	at := n.Bit
	for i := range n.Children {
		if at != n.Children[i].Bit {
			require.Fail(t, "a gap", "%s", tree(n, 0))
		}
		at += n.Children[i].Width
		covers(t, &n.Children[i])
	}
	if at != n.Bit+n.Width {
		require.Fail(t, "a gap at the end", "%s", tree(n, 0))
	}
}

func TestDissectTheHellosOfRFC8448(t *testing.T) {
	messages := trace8448(t)
	n := Dissect(record(ContentHandshake, VersionTLS10, messages[0]), 320)
	require.Equal(t, `40..241 Transport Layer Security [tls] ClientHello server
  40..241 Record [tls.record] handshake
    40..41 Content Type [tls.record.content_type] handshake (22)
    41..43 Legacy Version [tls.record.version] TLS 1.0 (0x0301)
    43..45 Length [tls.record.length] 196
    45..241 ClientHello [tls.handshake]
      45..46 Message Type [tls.handshake.type] ClientHello (1)
      46..49 Length [tls.handshake.length] 192
      49..51 Legacy Version [tls.handshake.version] TLS 1.2 (0x0303)
      51..83 Random [tls.handshake.random] cb34ecb1e78163ba1c38c6dacb196a6dffa21a8d9912ec18a2ef6283024dece7
      83..84 Session ID Length [tls.handshake.session_id_length] 0
      84..92 Cipher Suites [tls.handshake.ciphersuites] 3 suites
        84..86 Cipher Suites Length [tls.handshake.cipher_suites_length] 6
        86..88 Cipher Suite [tls.handshake.ciphersuite] TLS_AES_128_GCM_SHA256 (0x1301)
        88..90 Cipher Suite [tls.handshake.ciphersuite] TLS_CHACHA20_POLY1305_SHA256 (0x1303)
        90..92 Cipher Suite [tls.handshake.ciphersuite] TLS_AES_256_GCM_SHA384 (0x1302)
      92..94 Compression Methods [tls.handshake.comp_methods] 1 method
        92..93 Compression Methods Length [tls.handshake.comp_methods_length] 1
        93..94 Compression Method [tls.handshake.comp_method] null (0)
      94..241 Extensions [tls.handshake.extensions] 9 extensions
        94..96 Extensions Length [tls.handshake.extensions_length] 145
        96..111 Extension: server_name [tls.handshake.extension] server
          96..98 Type [tls.handshake.extension.type] server_name (0)
          98..100 Length [tls.handshake.extension.len] 11
          100..111 Server Names []
            100..102 Server Names Length [tls.handshake.extensions_server_name_list_len] 9
            102..103 Name Type [tls.handshake.extensions_server_name_type] host_name (0)
            103..105 Server Name Length [tls.handshake.extensions_server_name_len] 6
            105..111 Server Name [tls.handshake.extensions_server_name] server
`, firstLines(tree(&n, 0), 29))
	covers(t, &n)

	n = Dissect(record(ContentHandshake, VersionTLS12, messages[1]), 0)
	require.Contains(t, tree(&n, 0), "Extension: key_share [tls.handshake.extension] x25519\n")
	require.Contains(t, tree(&n, 0), "Extension: supported_versions [tls.handshake.extension] TLS 1.3\n")
	covers(t, &n)

	for _, m := range messages[2:] {
		nodes := DissectContent(VersionTLS13, ContentHandshake, m, 0)
		require.Len(t, nodes, 1)
		covers(t, &nodes[0])
		require.NotContains(t, tree(&nodes[0], 0), "!")
	}
	require.Contains(t, tree(&DissectContent(VersionTLS13, ContentHandshake, messages[3], 0)[0], 0),
		"Certificate [tls.handshake.certificate] CN=rsa, signed by CN=rsa, valid from 2016-07-30 to 2026-07-30, RSA\n")
}

func firstLines(s string, n int) string { return strings.Join(strings.SplitAfter(s, "\n")[:n], "") }

// old12 is the rest of the plaintext of a TLS 1.2 handshake, in one record each.
func old12() map[string][]byte {
	message := func(t HandshakeType, body ...byte) []byte {
		return append([]byte{byte(t), 0, 0, byte(len(body))}, body...)
	}
	return map[string][]byte{
		"Certificate":           message(TypeCertificate, 0, 0, 5, 0, 0, 2, 0x30, 1),
		"ServerKeyExchange":     message(TypeServerKeyExchange, 3, 0, 29, 2, 7, 7, 8, 4, 0, 3, 1, 2, 3),
		"DHE":                   message(TypeServerKeyExchange, 0, 1, 5, 0, 1, 2, 0, 1, 3),
		"CertificateRequest":    message(TypeCertificateRequest, 2, 1, 64, 0, 2, 8, 7, 0, 4, 0, 2, 0x30, 0),
		"ServerHelloDone":       message(TypeServerHelloDone),
		"ClientKeyExchange":     message(TypeClientKeyExchange, 2, 7, 7),
		"RSA":                   message(TypeClientKeyExchange, 0, 2, 7, 7),
		"CertificateVerify":     message(TypeCertificateVerify, 8, 4, 0, 2, 1, 2),
		"CertificateStatus":     message(TypeCertificateStatus, 1, 0, 0, 2, 0x30, 0),
		"NewSessionTicket":      message(TypeNewSessionTicket, 0, 0, 1, 0, 0, 2, 9, 9),
		"CompressedCertificate": message(TypeCompressedCertificate, 0, 2, 0, 0, 9, 0, 0, 1, 7),
	}
}

func TestDissectMessagesOfTLS12(t *testing.T) {
	for name, m := range old12() {
		n := Dissect(record(ContentHandshake, VersionTLS12, m), 0)
		covers(t, &n)
		require.NotContains(t, tree(&n, 0), "!", name)
	}
	n := Dissect(record(ContentHandshake, VersionTLS12, old12()["ServerKeyExchange"]), 0)
	require.Contains(t, tree(&n, 0), "Group [tls.handshake.server_named_curve] x25519 (0x001d)")
	require.Equal(t, uint64(0x0804), n.Find("tls.handshake.sig_hash_alg").Uint)
}

func TestDissectNotesWhatIsWrong(t *testing.T) {
	bad := bytes.Clone(samples()["ClientHello"])
	bad[38] = 200 // legacy_session_id is longer than what is left of a short message
	for _, c := range []struct {
		b    []byte
		want string
	}{
		{record(ContentHandshake, VersionTLS12, []byte{24, 0, 0, 2, 0, 9}), "octets too many"},
		{record(ContentHandshake, VersionTLS12, []byte{15, 0, 0, 5, 8, 4, 0, 9, 1}), "9 octets are too many, only 1 follow"},
		{record(ContentAlert, VersionTLS12, []byte{2, 40})[:6], "goes on in a later segment"},
		{record(ContentApplicationData, VersionTLS12, make([]byte, 100))[:50], "45 of 100 octets; the record goes on in a later segment"},
		{append(record(ContentChangeCipherSpec, VersionTLS12, []byte{1}), 23, 3), "goes on elsewhere"},
	} {
		n := Dissect(c.b, 0)
		require.Contains(t, tree(&n, 0), c.want)
		covers(t, &n)
	}
}

func TestMessagesOverSeveralRecords(t *testing.T) {
	m := samples()["ClientHello"]
	b := append(record(ContentHandshake, VersionTLS12, m[:100]), record(ContentHandshake, VersionTLS12, m[100:])...)
	n := Dissect(b, 0)
	require.Equal(t, "ClientHello", n.Children[0].Children[3].Name)
	require.Contains(t, n.Children[0].Children[3].Note, "goes on in a later record")
	require.Equal(t, "Piece of a Message", n.Children[1].Children[3].Name)
	covers(t, &n)
}

func TestProtectedHandshakesAreNotRead(t *testing.T) {
	finished := append(make([]byte, 8), bytes.Repeat([]byte{0xa7}, 32)...) // an explicit nonce of zeros, then ciphertext
	b := append(record(ContentChangeCipherSpec, VersionTLS12, []byte{1}), record(ContentHandshake, VersionTLS12, finished)...)
	n := Dissect(b, 0)
	require.Equal(t, "ChangeCipherSpec, encrypted handshake message", n.Value)
	require.Equal(t, "Encrypted Handshake Message", n.Children[1].Children[3].Name)
	n = Dissect(b[6:], 0)
	require.Equal(t, "handshake message, encrypted or continued", n.Value)
}

func TestTLSSummaries(t *testing.T) {
	messages := trace8448(t)
	app := record(ContentApplicationData, VersionTLS12, make([]byte, 30))
	for _, c := range []struct {
		b    []byte
		want string
	}{
		{record(ContentHandshake, VersionTLS10, messages[0]), "ClientHello server"},
		{record(ContentHandshake, VersionTLS10, messages[0])[:100], "ClientHello server"},
		{record(ContentHandshake, VersionTLS10, messages[0])[:60], "ClientHello"},
		{append(append(record(ContentHandshake, VersionTLS12, messages[1]), app...), app[:9]...), "ServerHello, 2 × application data"},
		{record(ContentHandshake, VersionTLS12, samples()["HelloRetryRequest"]), "HelloRetryRequest"},
		{record(ContentAlert, VersionTLS12, []byte{2, 40}), "alert handshake_failure"},
		{record(ContentAlert, VersionTLS12, make([]byte, 26)), "encrypted alert"},
		{record(ContentHandshake, VersionTLS12, []byte{11, 0}), "handshake message, encrypted or continued"},
		{[]byte("GET / HTTP/1.1\r\n\r\n"), ""},
		{[]byte{22, 3, 3, 0, 1}, ""},
		{[]byte{22, 3, 3, 0, 0, 0}, ""},
		{nil, ""},
	} {
		got, ok := Summary(c.b)
		require.Equal(t, c.want, got)
		require.Equal(t, c.want != "", ok)
	}
	n := Dissect([]byte("some data"), 0)
	require.Equal(t, "continues", n.Value)
	covers(t, &n)
}

func TestEveryOctetHasItsPlaceHoweverAMessageIsCut(t *testing.T) {
	known := map[string]bool{"": true}
	for _, key := range Keys() {
		known[key] = true
	}
	var walk func(n *wire.Node)
	walk = func(n *wire.Node) {
		if !known[n.Key] {
			require.Fail(t, "a key that Keys does not list", n.Key)
		}
		for i := range n.Children {
			walk(&n.Children[i])
		}
	}
	all := samples()
	for name, m := range old12() {
		all["1.2 "+name] = m
	}
	for _, m := range all {
		for cut := range len(m) + 1 {
			b := record(ContentHandshake, VersionTLS12, m[:cut])
			n := Dissect(b, 8)
			covers(t, &n)
			walk(&n)
			n = Dissect(record(ContentHandshake, VersionTLS12, m)[:5+cut], 8)
			covers(t, &n)
			nodes := DissectContent(VersionTLS13, ContentHandshake, m[:cut], 0)
			for i := range nodes {
				covers(t, &nodes[i])
				walk(&nodes[i])
			}
		}
	}
}

// A layout says of a header what the codec says.
func TestLayoutsAgreeWithTheCodec(t *testing.T) {
	m := samples()["ClientHello"]
	ch, err := parseClientHello(m[4:])
	require.NoError(t, err)
	v, ok := HelloLayout().Get(m[4:], "tls.handshake.version")
	require.True(t, ok)
	require.Equal(t, uint64(ch.LegacyVersion), v)
	require.Equal(t, 34, HelloLayout().Len())
	require.Equal(t, recordHeaderLen, RecordLayout().Len())
	require.Equal(t, messageHeaderLen, MessageLayout().Len())
	ticket := samples()["NewSessionTicket"]
	nst, err := parseNewSessionTicket(ticket[4:])
	require.NoError(t, err)
	v, _ = TicketLayout().Get(ticket[4:], "tls.handshake.session_ticket_age_add")
	require.Equal(t, uint64(nst.AgeAdd), v)
}

func FuzzDissect(f *testing.F) {
	for _, m := range samples() {
		f.Add(record(ContentHandshake, VersionTLS12, m))
	}
	for _, m := range old12() {
		f.Add(record(ContentHandshake, VersionTLS12, m))
	}
	f.Add(append(record(ContentChangeCipherSpec, VersionTLS12, []byte{1}), record(ContentAlert, VersionTLS12, []byte{1, 0})...))
	f.Fuzz(func(t *testing.T, b []byte) {
		n := Dissect(b, 0)
		require.Equal(t, 8*len(b), n.Width)
		covers(t, &n)
		if len(b) > 1 {
			nodes := DissectContent(VersionTLS13, ContentType(b[0]), b[1:], 0)
			at := 0
			for i := range nodes {
				require.Equal(t, at, nodes[i].Bit)
				at += nodes[i].Width
				covers(t, &nodes[i])
			}
			require.Equal(t, 8*len(b[1:]), at)
		}
	})
}

// Who asks for one field gets it as it is in the whole tree.
func TestWhatIsAskedForIsThatOfTheWholeTree(t *testing.T) {
	var dissectors []*Dissector
	for _, key := range Keys() {
		dissectors = append(dissectors, NewDissector(wire.Asked(key)))
	}
	for _, m := range slices.Concat(slices.Collect(maps.Values(samples())), slices.Collect(maps.Values(old12())), trace8448(t)) {
		for _, b := range [][]byte{record(ContentHandshake, VersionTLS12, m), record(ContentHandshake, VersionTLS12, m[:len(m)/2])} {
			whole := Dissect(b, 80)
			for _, d := range dissectors {
				part := d.Records(b, 80)
				require.Equal(t, valuesOf(&whole, string(d.asked)), valuesOf(&part, string(d.asked)), "%s % x", d.asked, b)
			}
		}
	}
}

// valuesOf returns what is said of the nodes with a key, in any order.
func valuesOf(n *wire.Node, key string) (all []string) {
	if n.Key == key {
		all = append(all, fmt.Sprint(n.Bit, n.Width, n.Uint, n.Value))
	}
	for i := range n.Children {
		all = append(all, valuesOf(&n.Children[i], key)...)
	}
	slices.Sort(all)
	return all
}
