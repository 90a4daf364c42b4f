package tls

import (
	"encoding/hex"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// trace8448 are the handshake messages of the simple 1-RTT handshake of RFC 8448, Section 3, in their order.
func trace8448(t testing.TB) [][]byte {
	t.Helper()
	var messages [][]byte
	for _, lines := range []string{
		// ClientHello
		`010000c00303cb34ecb1e78163ba1c38c6dacb196a6dffa21a8d9912ec18a2ef6283024dece7000006130113031302010000910000000b0009000006736572766572
		ff01000100000a00140012001d0017001800190100010101020103010400230000003300260024001d002099381de560e4bd43d23d8e435a7dbafeb3c06e51c13cae
		4d5413691e529aaf2c002b0003020304000d0020001e040305030603020308040805080604010501060102010402050206020202002d00020101001c00024001`,
		// ServerHello
		`020000560303a6af06a4121860dc5e6e60249cd34c95930c8ac5cb1434dac155772ed3e2692800130100002e00330024001d0020c9828876112095fe66762bdbf7c6
		72e156d6cc253b833df1dd69b1b04e751f0f002b00020304`,
		// EncryptedExtensions
		`080000240022000a00140012001d00170018001901000101010201030104001c0002400100000000`,
		// Certificate
		`0b0001b9000001b50001b0308201ac30820115a003020102020102300d06092a864886f70d01010b0500300e310c300a06035504031303727361301e170d31363037
		33303031323335395a170d3236303733303031323335395a300e310c300a0603550403130372736130819f300d06092a864886f70d010101050003818d0030818902
		818100b4bb498f8279303d980836399b36c6988c0c68de55e1bdb826d3901a2461eafd2de49a91d015abbc9a95137ace6c1af19eaa6af98c7ced43120998e187a80e
		e0ccb0524b1b018c3e0b63264d449a6d38e22a5fda430846748030530ef0461c8ca9d9efbfae8ea6d1d03e2bd193eff0ab9a8002c47428a6d35a8d88d79f7f1e3f02
		03010001a31a301830090603551d1304023000300b0603551d0f0404030205a0300d06092a864886f70d01010b05000381810085aad2a0e5b9276b908c65f73a7267
		170618a54c5f8a7b337d2df7a594365417f2eae8f8a58c8f8172f9319cf36b7fd6c55b80f21a03015156726096fd335e5e67f2dbf102702e608ccae6bec1fc63a42a
		99be5c3eb7107c3c54e9b9eb2bd5203b1c3b84e0a8b2f759409ba3eac9d91d402dcc0cc8f8961229ac9187b42b4de10000`,
		// CertificateVerify
		`0f000084080400805a747c5d88fa9bd2e55ab085a61015b7211f824cd484145ab3ff52f1fda8477b0b7abc90db78e2d33a5c141a078653fa6bef780c5ea248eeaaa7
		85c4f394cab6d30bbe8d4859ee511f602957b15411ac027671459e46445c9ea58c181e818e95b8c3fb0bf3278409d3be152a3da5043e063dda65cdf5aea20d53dfac
		d42f74f3`,
		// Finished of the server
		`140000209b9b141d906337fbd2cbdce71df4deda4ab42c309572cb7fffee5454b78f0718`,
		// Finished of the client
		`14000020a8ec436d677634ae525ac1fcebe11a039ec17694fac6e98527b642f2edd5ce61`,
	} {
		m, err := hex.DecodeString(strings.Join(strings.Fields(lines), ""))
		require.NoError(t, err)
		messages = append(messages, m)
	}
	return messages
}

func TestMessagesOfRFC8448(t *testing.T) {
	messages := trace8448(t)

	ch, err := parseClientHello(messages[0][4:])
	require.NoError(t, err)
	require.NoError(t, ch.check())
	require.Equal(t, VersionTLS12, ch.LegacyVersion)
	require.Equal(t, []CipherSuite{AES128GCMSHA256, ChaCha20Poly1305SHA256, AES256GCMSHA384}, ch.CipherSuites)
	require.Equal(t, "server", ch.ServerName)
	require.Equal(t, []Version{VersionTLS13}, ch.SupportedVersions)
	require.Equal(t, GroupX25519, ch.Groups[0])
	require.Len(t, ch.Groups, 9)
	require.Len(t, ch.KeyShares, 1)
	require.Equal(t, GroupX25519, ch.KeyShares[0].Group)
	require.Len(t, ch.KeyShares[0].Data, 32)
	require.Equal(t, ECDSASecp256r1SHA256, ch.SignatureAlgorithms[0])
	require.Equal(t, []PSKMode{PSKWithDHE}, ch.PSKModes)
	require.Equal(t, uint16(16385), ch.RecordSizeLimit)
	require.Equal(t, []Extension{{ExtRenegotiationInfo, []byte{0}}, {ExtSessionTicket, []byte{}}}, ch.Extra)

	sh, err := parseServerHello(messages[1][4:])
	require.NoError(t, err)
	require.False(t, sh.IsRetry())
	require.Equal(t, AES128GCMSHA256, sh.CipherSuite)
	require.Equal(t, VersionTLS13, sh.Version)
	require.Equal(t, GroupX25519, sh.KeyShare.Group)
	require.NoError(t, unsolicited(sh.Order, ch.Order))

	ee, err := parseEncryptedExtensions(messages[2][4:])
	require.NoError(t, err)
	require.Equal(t, ch.Groups, ee.Groups)
	require.Equal(t, uint16(16385), ee.RecordSizeLimit)
	require.True(t, ee.ServerName)

	cert, err := parseCertificate(messages[3][4:])
	require.NoError(t, err)
	require.Len(t, cert.Entries, 1)
	require.Len(t, cert.Entries[0].Data, 432)

	cv, err := parseCertificateVerify(messages[4][4:])
	require.NoError(t, err)
	require.Equal(t, RSAPSSRSAESHA256, cv.Scheme)
	require.Len(t, cv.Signature, 128)

	fin, err := parseFinished(messages[5][4:])
	require.NoError(t, err)
	require.Equal(t, messages[5][4:], fin.VerifyData)
}
