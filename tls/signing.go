package tls

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/sha512"
	"fmt"
	"io"
	"slices"
	"strings"

	"netlab/wire"
)

// supportedSignatures are the schemes with which this package signs and verifies handshakes, the preferred first.
//
// The "rsa_pkcs1" schemes are for certificates alone: "These values refer solely to signatures which appear in certificates […] and are
// not defined for use in signed TLS handshake messages." RFC 8446, Section 4.2.3
func supportedSignatures() []SignatureScheme {
	return []SignatureScheme{
		Ed25519, ECDSASecp256r1SHA256, ECDSASecp384r1SHA384, ECDSASecp521r1SHA512,
		RSAPSSRSAESHA256, RSAPSSRSAESHA384, RSAPSSRSAESHA512,
	}
}

// certificateSignatures are the schemes that may sign the certificates of a chain: crypto/x509 verifies them.
func certificateSignatures() []SignatureScheme {
	return append(supportedSignatures(), RSAPKCS1SHA256, RSAPKCS1SHA384, RSAPKCS1SHA512)
}

// hash returns the hash that a scheme signs; 0 for one that takes the message itself.
func (s SignatureScheme) hash() crypto.Hash {
	switch s {
	case ECDSASecp256r1SHA256, RSAPSSRSAESHA256:
		return crypto.SHA256
	case ECDSASecp384r1SHA384, RSAPSSRSAESHA384:
		return crypto.SHA384
	case ECDSASecp521r1SHA512, RSAPSSRSAESHA512:
		return crypto.SHA512
	}
	return 0
}

// fits reports whether a key can make or verify signatures of the scheme.
func (s SignatureScheme) fits(public crypto.PublicKey) bool {
	switch key := public.(type) {
	case ed25519.PublicKey:
		return s == Ed25519
	case *ecdsa.PublicKey:
		// The scheme fixes the curve: "ECDSA algorithms: Indicates a signature algorithm using ECDSA, the corresponding curve as defined in
		// ANSI X9.62 and FIPS 186-4, and the corresponding hash algorithm". RFC 8446, Section 4.2.3
		switch key.Curve {
		case elliptic.P256():
			return s == ECDSASecp256r1SHA256
		case elliptic.P384():
			return s == ECDSASecp384r1SHA384
		case elliptic.P521():
			return s == ECDSASecp521r1SHA512
		}
	case *rsa.PublicKey:
		// The key has room for the hash, as much salt, and two octets (RFC 8017).
		return slices.Contains([]SignatureScheme{RSAPSSRSAESHA256, RSAPSSRSAESHA384, RSAPSSRSAESHA512}, s) && key.Size() >= 2*s.hash().Size()+2
	}
	return false
}

// schemeFor returns the first of our schemes that the key can use and the peer takes.
func schemeFor(public crypto.PublicKey, offered []SignatureScheme) (SignatureScheme, bool) {
	for _, s := range supportedSignatures() {
		if s.fits(public) && slices.Contains(offered, s) {
			return s, true
		}
	}
	return 0, false
}

// The context strings that keep signatures of the two ends apart (RFC 8446, Section 4.4.3).
const (
	serverSigns = "TLS 1.3, server CertificateVerify"
	clientSigns = "TLS 1.3, client CertificateVerify"
)

// signedContent returns what CertificateVerify signs: 64 spaces, a context string, a zero, and the hash of the messages so far.
func signedContent(context string, transcript []byte) []byte {
	return append([]byte(strings.Repeat(" ", 64)+context+"\x00"), transcript...)
}

// sign makes the signature of a CertificateVerify.
//
// ECDSA draws nothing: crypto/ecdsa derives its number from key and message where it gets no random source (RFC 6979), so that a run with
// a seed is the same each time. RSA-PSS draws a salt.
func sign(key crypto.Signer, s SignatureScheme, content []byte, random io.Reader) ([]byte, error) {
	var options crypto.SignerOpts = s.hash()
	switch key.Public().(type) {
	case *rsa.PublicKey:
		options = &rsa.PSSOptions{SaltLength: rsa.PSSSaltLengthEqualsHash, Hash: s.hash()}
	case *ecdsa.PublicKey:
		random = nil
	}
	signature, err := key.Sign(random, digest(s.hash(), content), options)
	if err != nil {
		return nil, fmt.Errorf("tls: signing with %v: %w", s, err)
	}
	return signature, nil
}

// verify checks the signature of a CertificateVerify.
func verify(public crypto.PublicKey, s SignatureScheme, content, signature []byte) *Error {
	if !slices.Contains(supportedSignatures(), s) {
		return illegal(fmt.Sprintf("CertificateVerify is signed with %v, which was not offered", s), "4.4.3")
	}
	if !s.fits(public) {
		return illegal(fmt.Sprintf("CertificateVerify is signed with %v, which does not fit the key of the certificate", s), "4.4.3")
	}
	sum, valid := digest(s.hash(), content), false
	switch key := public.(type) {
	case ed25519.PublicKey:
		valid = ed25519.Verify(key, content, signature)
	case *ecdsa.PublicKey:
		valid = ecdsa.VerifyASN1(key, sum, signature)
	case *rsa.PublicKey:
		valid = rsa.VerifyPSS(key, s.hash(), sum, signature, &rsa.PSSOptions{SaltLength: rsa.PSSSaltLengthEqualsHash}) == nil
	}
	if !valid {
		// If the verification fails, the receiver MUST terminate the handshake with a "decrypt_error" alert. RFC 8446, Section 4.4.3
		return &Error{AlertDecryptError, "the signature of CertificateVerify is wrong: the peer does not hold the key of its certificate", wire.RFC("8446", "4.4.3")}
	}
	return nil
}

// digest returns what is signed of the content.
func digest(h crypto.Hash, content []byte) []byte {
	switch h {
	case crypto.SHA256:
		sum := sha256.Sum256(content)
		return sum[:]
	case crypto.SHA384:
		sum := sha512.Sum384(content)
		return sum[:]
	case crypto.SHA512:
		sum := sha512.Sum512(content)
		return sum[:]
	}
	return content
}
