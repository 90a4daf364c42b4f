package tls

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/sha256"
	"crypto/sha512"
	"hash"

	"golang.org/x/crypto/chacha20poly1305"
)

// What the three cipher suites of RFC 8446, Section B.4 that are implemented stand for: a hash for the key schedule, and an AEAD
// for records. Whoever asks a suite that Supported refuses gets the answer of TLS_AES_128_GCM_SHA256.

// The lengths that all suites share.
const (
	ivLen  = 12 // of a nonce
	tagLen = 16 // of what an AEAD adds
)

// Supported reports whether this package can talk with suite s.
func (s CipherSuite) Supported() bool {
	return s == AES128GCMSHA256 || s == AES256GCMSHA384 || s == ChaCha20Poly1305SHA256
}

// HashLen returns how many octets the suite's hash has, and with it each of its secrets.
func (s CipherSuite) HashLen() int {
	if s == AES256GCMSHA384 {
		return sha512.Size384
	}
	return sha256.Size
}

// KeyLen returns how many octets a key of the suite has.
func (s CipherSuite) KeyLen() int {
	if s == AES128GCMSHA256 {
		return 16
	}
	return 32
}

func (s CipherSuite) newHash() hash.Hash {
	if s == AES256GCMSHA384 {
		return sha512.New384()
	}
	return sha256.New()
}

// empty returns the hash of no messages.
func (s CipherSuite) empty() []byte { return s.newHash().Sum(nil) }

// newAEAD returns what protects records. key has KeyLen octets.
func (s CipherSuite) newAEAD(key []byte) cipher.AEAD {
	if s == ChaCha20Poly1305SHA256 {
		aead, err := chacha20poly1305.New(key)
		if err != nil {
			panic("tls: " + err.Error()) // a key of the wrong length: a mistake of this package
		}
		return aead
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		panic("tls: " + err.Error())
	}
	aead, err := cipher.NewGCM(block)
	if err != nil {
		panic("tls: " + err.Error())
	}
	return aead
}

// maxRecords is how many full-size records one key may protect.
//
// For AES-GCM, up to 2^24.5 full-size records (about 24 million) may be encrypted on a given connection while keeping a safety margin of
// approximately 2^-57 […]. For ChaCha20/Poly1305, the record sequence number would wrap before the safety limit is reached. RFC 8446, Section 5.5
func (s CipherSuite) maxRecords() uint64 {
	if s == ChaCha20Poly1305SHA256 {
		return 1<<64 - 1
	}
	return 23_726_566 // 2^24.5
}
