package tls

import (
	"crypto"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
)

// KeyPair is a certificate with its private key, and the certificates that lead from it to an authority.
type KeyPair struct {
	Chain [][]byte // in DER, the own certificate first
	Key   crypto.Signer
	OCSP  []byte // an OCSP response that is handed to clients who ask; nil: none. Nobody here looks into it
	Leaf  *x509.Certificate
}

// NewKeyPair returns a key pair of a chain in DER, the own certificate first, and its private key.
func NewKeyPair(key crypto.Signer, chain ...[]byte) (KeyPair, error) {
	if len(chain) == 0 {
		return KeyPair{}, errors.New("tls: a key pair without a certificate")
	}
	leaf, err := x509.ParseCertificate(chain[0])
	if err != nil {
		return KeyPair{}, fmt.Errorf("tls: the certificate of a key pair: %w", err)
	}
	public, ok := leaf.PublicKey.(interface{ Equal(crypto.PublicKey) bool })
	if !ok || !public.Equal(key.Public()) {
		return KeyPair{}, fmt.Errorf("tls: the private key does not belong to the certificate of %s", subject(leaf))
	}
	if _, ok := schemeFor(key.Public(), supportedSignatures()); !ok {
		return KeyPair{}, fmt.Errorf("tls: no signature scheme fits the key of %s: Ed25519, ECDSA on P-256, P-384 or P-521, and RSA from 1024 bits do", subject(leaf))
	}
	return KeyPair{Chain: chain, Key: key, Leaf: leaf}, nil
}

// ParseKeyPair reads a key pair from PEM: certificates, the own one first, and a private key, in one text or two.
func ParseKeyPair(certificates, key []byte) (KeyPair, error) {
	var chain [][]byte
	for block, rest := pem.Decode(certificates); block != nil; block, rest = pem.Decode(rest) {
		if block.Type == "CERTIFICATE" {
			chain = append(chain, block.Bytes)
		}
	}
	for block, rest := pem.Decode(key); block != nil; block, rest = pem.Decode(rest) {
		signer, err := parseKey(block)
		if err != nil {
			return KeyPair{}, err
		}
		if signer != nil {
			return NewKeyPair(signer, chain...)
		}
	}
	return KeyPair{}, errors.New("tls: no private key in the PEM text")
}

// parseKey reads a private key in any of the three ways in which they are written; nil if the block is something else.
func parseKey(block *pem.Block) (crypto.Signer, error) {
	var key any
	var err error
	switch block.Type {
	case "PRIVATE KEY":
		key, err = x509.ParsePKCS8PrivateKey(block.Bytes)
	case "EC PRIVATE KEY":
		key, err = x509.ParseECPrivateKey(block.Bytes)
	case "RSA PRIVATE KEY":
		key, err = x509.ParsePKCS1PrivateKey(block.Bytes)
	default:
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("tls: the private key: %w", err)
	}
	signer, ok := key.(crypto.Signer)
	if !ok {
		return nil, fmt.Errorf("tls: a private key of type %T cannot sign", key)
	}
	return signer, nil
}

// subject names the holder of a certificate in a sentence.
func subject(c *x509.Certificate) string {
	if c.Subject.CommonName != "" {
		return c.Subject.CommonName
	}
	if len(c.DNSNames) > 0 {
		return c.DNSNames[0]
	}
	if s := c.Subject.String(); s != "" {
		return s
	}
	return "number " + c.SerialNumber.String()
}
