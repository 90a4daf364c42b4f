package tls

// Group names an elliptic curve, a finite field or a key encapsulation with which keys are agreed on (RFC 8446, Section 4.2.7).
type Group uint16

// The groups. The last are hybrids of a curve and ML-KEM, which hold as long as either of the two does (draft-ietf-tls-ecdhe-mlkem).
const (
	GroupSecp256r1 Group = 0x0017
	GroupSecp384r1 Group = 0x0018
	GroupSecp521r1 Group = 0x0019
	GroupX25519    Group = 0x001d
	GroupX448      Group = 0x001e
	GroupFFDHE2048 Group = 0x0100
	GroupFFDHE3072 Group = 0x0101
	GroupFFDHE4096 Group = 0x0102
	GroupFFDHE6144 Group = 0x0103
	GroupFFDHE8192 Group = 0x0104

	GroupSecp256r1MLKEM768  Group = 0x11eb
	GroupX25519MLKEM768     Group = 0x11ec
	GroupSecp384r1MLKEM1024 Group = 0x11ed
)

// String returns the registered name: "x25519".
func (g Group) String() string {
	switch g {
	case GroupSecp256r1:
		return "secp256r1"
	case GroupSecp384r1:
		return "secp384r1"
	case GroupSecp521r1:
		return "secp521r1"
	case GroupX25519:
		return "x25519"
	case GroupX448:
		return "x448"
	case GroupFFDHE2048:
		return "ffdhe2048"
	case GroupFFDHE3072:
		return "ffdhe3072"
	case GroupFFDHE4096:
		return "ffdhe4096"
	case GroupFFDHE6144:
		return "ffdhe6144"
	case GroupFFDHE8192:
		return "ffdhe8192"
	case GroupSecp256r1MLKEM768:
		return "SecP256r1MLKEM768"
	case GroupX25519MLKEM768:
		return "X25519MLKEM768"
	case GroupSecp384r1MLKEM1024:
		return "SecP384r1MLKEM1024"
	}
	return unknown16(uint16(g))
}

// groups are the groups that have names.
func groups() []Group {
	return []Group{
		GroupSecp256r1, GroupSecp384r1, GroupSecp521r1, GroupX25519, GroupX448, GroupFFDHE2048, GroupFFDHE3072, GroupFFDHE4096, GroupFFDHE6144,
		GroupFFDHE8192, GroupSecp256r1MLKEM768, GroupX25519MLKEM768, GroupSecp384r1MLKEM1024,
	}
}
