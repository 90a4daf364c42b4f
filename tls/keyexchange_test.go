package tls

import (
	"bytes"
	"crypto/elliptic"
	"crypto/mlkem"
	"encoding/hex"
	"errors"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"
)

// seeded returns random octets that are the same in every run.
func seeded(seed byte) *rand.ChaCha8 { return rand.NewChaCha8([32]byte{seed}) }

func TestBothEndsAgreeInEveryGroup(t *testing.T) {
	for _, g := range supportedGroups() {
		t.Run(g.String(), func(t *testing.T) {
			client, err := newKeyExchange(g, seeded(1))
			require.NoError(t, err)
			share, secret, err := answerShare(g, client.clientShare(), seeded(2))
			require.NoError(t, err)
			got, refused := client.clientSecret(share)
			require.Nil(t, refused)
			require.Equal(t, secret, got)

			again, err := newKeyExchange(g, seeded(1))
			require.NoError(t, err)
			sameShare, sameSecret, err := answerShare(g, again.clientShare(), seeded(2))
			require.NoError(t, err)
			require.Equal(t, share, sameShare, "the same seed draws the same keys")
			require.Equal(t, secret, sameSecret)

			client.wipe()
			require.Nil(t, client.curve)
		})
	}
}

// Shares that are cut, too long or no points are refused by both ends, with illegal_parameter.
func TestBadShares(t *testing.T) {
	for _, g := range supportedGroups() {
		client, err := newKeyExchange(g, seeded(3))
		require.NoError(t, err)
		good := client.clientShare()
		answer, _, err := answerShare(g, good, seeded(4))
		require.NoError(t, err)
		bad := [][]byte{nil, good[:len(good)-1], append(bytes.Clone(good), 0), good[1:]}
		if c := map[Group]elliptic.Curve{GroupSecp256r1: elliptic.P256(), GroupSecp384r1: elliptic.P384()}[g]; c != nil {
			off := bytes.Clone(good)
			off[len(off)-1] ^= 1
			compressed := append([]byte{2 + good[len(good)-1]&1}, good[1:1+c.Params().BitSize/8]...)
			bad = append(bad, off, []byte{0}, make([]byte, len(good)), compressed)
		}
		if g == GroupX25519MLKEM768 {
			outOfRange := bytes.Clone(good) // coefficients of 4095, more than the modulus
			copy(outOfRange, bytes.Repeat([]byte{0xff}, 384))
			bad = append(bad, outOfRange, good[:mlkem.EncapsulationKeySize768], good[mlkem.EncapsulationKeySize768:])
		}
		for i, share := range bad {
			_, _, err := answerShare(g, share, seeded(5))
			var refused *Error
			require.True(t, errors.As(err, &refused), "%v, case %d", g, i)
			require.Equal(t, AlertIllegalParameter, refused.Alert)
		}
		for _, share := range [][]byte{nil, answer[:len(answer)-1], append(bytes.Clone(answer), 0)} {
			_, refused := client.clientSecret(share)
			require.NotNil(t, refused)
			require.Equal(t, AlertIllegalParameter, refused.Alert)
		}
	}
}

// RFC 8446, Section 7.4.2: with a point of small order anybody knows the secret. These are such points,
// also as the second half of a hybrid share.
func TestSecretsThatEverybodyKnows(t *testing.T) {
	for _, point := range []string{
		"0000000000000000000000000000000000000000000000000000000000000000",
		"0100000000000000000000000000000000000000000000000000000000000000",
		"e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
		"5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157",
		"ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
		"edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
		"eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
	} {
		share, err := hex.DecodeString(point)
		require.NoError(t, err)
		for _, g := range []Group{GroupX25519, GroupX25519MLKEM768} {
			client, err := newKeyExchange(g, seeded(6))
			require.NoError(t, err)
			whole := append(bytes.Clone(client.clientShare()[:len(client.clientShare())-32]), share...)
			_, _, err = answerShare(g, whole, seeded(7))
			var refused *Error
			require.True(t, errors.As(err, &refused), point)
			require.Equal(t, AlertIllegalParameter, refused.Alert)

			answer, _, err := answerShare(g, client.clientShare(), seeded(7))
			require.NoError(t, err)
			_, refused = client.clientSecret(append(answer[:len(answer)-32], share...))
			require.NotNil(t, refused, point)
			require.Equal(t, AlertIllegalParameter, refused.Alert)
		}
	}
}

// A source that has run dry is an error, never a key of zeros.
func TestNoRandomOctets(t *testing.T) {
	for _, g := range supportedGroups() {
		_, err := newKeyExchange(g, bytes.NewReader(make([]byte, 16)))
		require.ErrorContains(t, err, "no random octets")
		client, err := newKeyExchange(g, seeded(8))
		require.NoError(t, err)
		_, _, err = answerShare(g, client.clientShare(), bytes.NewReader(nil))
		require.ErrorContains(t, err, "no random octets")
	}
	_, err := newKeyExchange(GroupSecp256r1, bytes.NewReader(make([]byte, 4096)))
	require.ErrorContains(t, err, "100 tries", "zero is no private key")
}
