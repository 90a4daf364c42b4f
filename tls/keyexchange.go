package tls

import (
	"crypto/ecdh"
	"crypto/mlkem"
	"crypto/mlkem/mlkemtest"
	"fmt"
	"io"

	"netlab/wire"
)

// keyExchange is one end's part of agreeing on a secret: the private keys behind a share. A hybrid group has two.
type keyExchange struct {
	group Group
	curve *ecdh.PrivateKey
	kem   *mlkem.DecapsulationKey768 // the client of X25519MLKEM768 has one
}

// supportedGroups are the groups that this package can agree on keys with, the preferred first.
func supportedGroups() []Group {
	return []Group{GroupX25519MLKEM768, GroupX25519, GroupSecp256r1, GroupSecp384r1}
}

// curve returns the elliptic curve of a group, or of the classical half of a hybrid one.
func (g Group) curve() ecdh.Curve {
	switch g {
	case GroupSecp256r1:
		return ecdh.P256()
	case GroupSecp384r1:
		return ecdh.P384()
	}
	return ecdh.X25519()
}

// newKeyExchange draws private keys for a group.
func newKeyExchange(g Group, random io.Reader) (keyExchange, error) {
	k := keyExchange{group: g}
	var err error
	if g == GroupX25519MLKEM768 {
		var seed [mlkem.SeedSize]byte
		defer clear(seed[:])
		if _, err = io.ReadFull(random, seed[:]); err != nil {
			return k, fmt.Errorf("tls: no random octets for a key: %w", err)
		}
		if k.kem, err = mlkem.NewDecapsulationKey768(seed[:]); err != nil {
			return k, fmt.Errorf("tls: a key of %v: %w", g, err)
		}
	}
	k.curve, err = drawKey(g.curve(), random)
	return k, err
}

// drawKey makes a private key of octets that it draws itself: GenerateKey of crypto/ecdh does not use the reader that it is given.
func drawKey(c ecdh.Curve, random io.Reader) (*ecdh.PrivateKey, error) {
	n := 32
	if c == ecdh.P384() {
		n = 48
	}
	octets := make([]byte, n)
	defer clear(octets)
	for range 100 { // a number beyond the order of P-256 is drawn once in 2^32, of P-384 once in 2^189
		if _, err := io.ReadFull(random, octets); err != nil {
			return nil, fmt.Errorf("tls: no random octets for a key: %w", err)
		}
		if key, err := c.NewPrivateKey(octets); err == nil {
			return key, nil
		}
	}
	return nil, fmt.Errorf("tls: the source of random octets gives no private key of %v in 100 tries", c)
}

// clientShare returns what the client puts into key_share.
//
// That of X25519MLKEM768 is an ML-KEM-768 encapsulation key and behind it a share of X25519 (draft-ietf-tls-ecdhe-mlkem, Section 4.1).
func (k keyExchange) clientShare() []byte {
	if k.kem != nil {
		return append(k.kem.EncapsulationKey().Bytes(), k.curve.PublicKey().Bytes()...)
	}
	return k.curve.PublicKey().Bytes()
}

// clientSecret returns the secret that the client shares with the server which answered with this share.
func (k keyExchange) clientSecret(share []byte) ([]byte, *Error) {
	if k.kem == nil {
		return k.agree(share)
	}
	if len(share) != mlkem.CiphertextSize768+32 {
		return nil, badShare(k.group, len(share))
	}
	first, err := k.kem.Decapsulate(share[:mlkem.CiphertextSize768])
	if err != nil {
		return nil, badShare(k.group, len(share))
	}
	second, refused := k.agree(share[mlkem.CiphertextSize768:])
	return append(first, second...), refused
}

// answerShare is the server's part in one: it answers the client's share with one of its own, and returns the secret.
func answerShare(g Group, client []byte, random io.Reader) (share, secret []byte, err error) {
	var kem []byte // the ciphertext
	if g == GroupX25519MLKEM768 {
		if len(client) != mlkem.EncapsulationKeySize768+32 {
			return nil, nil, badShare(g, len(client))
		}
		to, err := mlkem.NewEncapsulationKey768(client[:mlkem.EncapsulationKeySize768])
		if err != nil {
			// The key is checked as FIPS 203, Section 7.2 asks for; draft-ietf-tls-ecdhe-mlkem wants an illegal_parameter alert if it is none.
			return nil, nil, badShare(g, len(client))
		}
		// Encapsulate of crypto/mlkem draws from the machine; this form of it takes the 32 octets that it is given, so that a run with a seed
		// is the same each time.
		var drawn [32]byte
		defer clear(drawn[:])
		if _, err := io.ReadFull(random, drawn[:]); err != nil {
			return nil, nil, fmt.Errorf("tls: no random octets for a key: %w", err)
		}
		if secret, kem, err = mlkemtest.Encapsulate768(to, drawn[:]); err != nil {
			return nil, nil, fmt.Errorf("tls: a key of %v: %w", g, err)
		}
		client = client[mlkem.EncapsulationKeySize768:]
	}
	own, err := drawKey(g.curve(), random)
	if err != nil {
		return nil, nil, err
	}
	second, refused := keyExchange{group: g, curve: own}.agree(client)
	if refused != nil {
		return nil, nil, refused
	}
	return append(kem, own.PublicKey().Bytes()...), append(secret, second...), nil
}

// agree is Diffie-Hellman on the curve.
func (k keyExchange) agree(share []byte) ([]byte, *Error) {
	peer, err := k.group.curve().NewPublicKey(share)
	if err != nil {
		// Peers MUST validate each other's public key Q by ensuring that the point is a valid point on the elliptic curve. RFC 8446, Section 4.2.8.2
		return nil, badShare(k.group, len(share))
	}
	secret, err := k.curve.ECDH(peer)
	if err != nil {
		// […] implementations MUST check whether the computed Diffie-Hellman shared secret is the all-zero value and abort
		// if so. RFC 8446, Section 7.4.2
		return nil, &Error{AlertIllegalParameter, fmt.Sprintf("the key share of %v makes a secret that everybody knows", k.group), wire.RFC("8446", "7.4.2")}
	}
	return secret, nil
}

func badShare(g Group, n int) *Error {
	return &Error{AlertIllegalParameter, fmt.Sprintf("the key share of %d octets is not one of %v", n, g), wire.RFC("8446", "4.2.8.2")}
}

// wipe forgets the private keys. The libraries do not let their memory be overwritten.
func (k *keyExchange) wipe() { *k = keyExchange{} }
