package tls

// SignatureScheme names a signature algorithm with its hash and, for ECDSA, its curve (RFC 8446, Section 4.2.3).
type SignatureScheme uint16

// The signature schemes. Those with pkcs1 and sha1 may sign certificates only, never a TLS 1.3 handshake.
const (
	RSAPKCS1SHA1         SignatureScheme = 0x0201
	ECDSASHA1            SignatureScheme = 0x0203
	RSAPKCS1SHA256       SignatureScheme = 0x0401
	ECDSASecp256r1SHA256 SignatureScheme = 0x0403
	RSAPKCS1SHA384       SignatureScheme = 0x0501
	ECDSASecp384r1SHA384 SignatureScheme = 0x0503
	RSAPKCS1SHA512       SignatureScheme = 0x0601
	ECDSASecp521r1SHA512 SignatureScheme = 0x0603
	RSAPSSRSAESHA256     SignatureScheme = 0x0804
	RSAPSSRSAESHA384     SignatureScheme = 0x0805
	RSAPSSRSAESHA512     SignatureScheme = 0x0806
	Ed25519              SignatureScheme = 0x0807
	Ed448                SignatureScheme = 0x0808
	RSAPSSPSSSHA256      SignatureScheme = 0x0809
	RSAPSSPSSSHA384      SignatureScheme = 0x080a
	RSAPSSPSSSHA512      SignatureScheme = 0x080b
)

// String returns the registered name: "ecdsa_secp256r1_sha256".
func (s SignatureScheme) String() string {
	switch s {
	case RSAPKCS1SHA1:
		return "rsa_pkcs1_sha1"
	case ECDSASHA1:
		return "ecdsa_sha1"
	case RSAPKCS1SHA256:
		return "rsa_pkcs1_sha256"
	case ECDSASecp256r1SHA256:
		return "ecdsa_secp256r1_sha256"
	case RSAPKCS1SHA384:
		return "rsa_pkcs1_sha384"
	case ECDSASecp384r1SHA384:
		return "ecdsa_secp384r1_sha384"
	case RSAPKCS1SHA512:
		return "rsa_pkcs1_sha512"
	case ECDSASecp521r1SHA512:
		return "ecdsa_secp521r1_sha512"
	case RSAPSSRSAESHA256:
		return "rsa_pss_rsae_sha256"
	case RSAPSSRSAESHA384:
		return "rsa_pss_rsae_sha384"
	case RSAPSSRSAESHA512:
		return "rsa_pss_rsae_sha512"
	case Ed25519:
		return "ed25519"
	case Ed448:
		return "ed448"
	case RSAPSSPSSSHA256:
		return "rsa_pss_pss_sha256"
	case RSAPSSPSSSHA384:
		return "rsa_pss_pss_sha384"
	case RSAPSSPSSSHA512:
		return "rsa_pss_pss_sha512"
	}
	return unknown16(uint16(s))
}

// signatureSchemes are the schemes that have names.
func signatureSchemes() []SignatureScheme {
	return []SignatureScheme{
		RSAPKCS1SHA1, ECDSASHA1, RSAPKCS1SHA256, ECDSASecp256r1SHA256, RSAPKCS1SHA384, ECDSASecp384r1SHA384, RSAPKCS1SHA512, ECDSASecp521r1SHA512,
		RSAPSSRSAESHA256, RSAPSSRSAESHA384, RSAPSSRSAESHA512, Ed25519, Ed448, RSAPSSPSSSHA256, RSAPSSPSSSHA384, RSAPSSPSSSHA512,
	}
}
