package tls

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"testing"

	"github.com/stretchr/testify/require"
)

func signers(t *testing.T) map[SignatureScheme]crypto.Signer {
	t.Helper()
	all := map[SignatureScheme]crypto.Signer{}
	for scheme, curve := range map[SignatureScheme]elliptic.Curve{
		ECDSASecp256r1SHA256: elliptic.P256(), ECDSASecp384r1SHA384: elliptic.P384(), ECDSASecp521r1SHA512: elliptic.P521(),
	} {
		key, err := ecdsa.GenerateKey(curve, rand.Reader)
		require.NoError(t, err)
		all[scheme] = key
	}
	_, edKey, err := ed25519.GenerateKey(rand.Reader)
	require.NoError(t, err)
	all[Ed25519] = edKey
	rsaKey, err := rsa.GenerateKey(rand.Reader, 2048)
	require.NoError(t, err)
	all[RSAPSSRSAESHA256], all[RSAPSSRSAESHA384], all[RSAPSSRSAESHA512] = rsaKey, rsaKey, rsaKey
	return all
}

// Each key signs with the schemes that fit it and no others; what is signed for one end, or another transcript, does not hold.
func TestSignatures(t *testing.T) {
	keys := signers(t)
	require.Len(t, keys, len(supportedSignatures()))
	content := signedContent(serverSigns, AES128GCMSHA256.empty())
	for scheme, key := range keys {
		t.Run(scheme.String(), func(t *testing.T) {
			require.True(t, scheme.fits(key.Public()))
			signature, err := sign(key, scheme, content, rand.Reader)
			require.NoError(t, err)
			require.Nil(t, verify(key.Public(), scheme, content, signature))

			for _, wrong := range [][]byte{signedContent(clientSigns, AES128GCMSHA256.empty()), signedContent(serverSigns, AES256GCMSHA384.empty())} {
				refused := verify(key.Public(), scheme, wrong, signature)
				require.NotNil(t, refused)
				require.Equal(t, AlertDecryptError, refused.Alert)
			}
			signature[len(signature)/2] ^= 1
			require.Equal(t, AlertDecryptError, verify(key.Public(), scheme, content, signature).Alert)
			require.Equal(t, AlertDecryptError, verify(key.Public(), scheme, content, nil).Alert)
			for other := range keys {
				if !other.fits(key.Public()) {
					require.Equal(t, AlertIllegalParameter, verify(key.Public(), other, content, signature).Alert)
				}
			}
			// RFC 8446, Section 4.2.3: PKCS #1 v1.5 does not sign handshakes.
			require.Equal(t, AlertIllegalParameter, verify(key.Public(), RSAPKCS1SHA256, content, signature).Alert)

			chosen, ok := schemeFor(key.Public(), []SignatureScheme{RSAPKCS1SHA256, scheme})
			require.True(t, ok)
			require.Equal(t, scheme, chosen)
			_, ok = schemeFor(key.Public(), []SignatureScheme{RSAPKCS1SHA256})
			require.False(t, ok)
		})
	}
}

func TestECDSASignsTheSameEachTime(t *testing.T) {
	key := signers(t)[ECDSASecp256r1SHA256]
	a, err := sign(key, ECDSASecp256r1SHA256, []byte("x"), rand.Reader)
	require.NoError(t, err)
	b, err := sign(key, ECDSASecp256r1SHA256, []byte("x"), rand.Reader)
	require.NoError(t, err)
	require.Equal(t, a, b)
}
