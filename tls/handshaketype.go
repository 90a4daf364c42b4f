package tls

import "fmt"

// HandshakeType is the first octet of a handshake message (RFC 8446, Section 4; those of TLS 1.2: RFC 5246, Section 7.4).
type HandshakeType uint8

// The handshake types. Those in the second group are in TLS 1.2 and earlier only.
const (
	TypeClientHello           HandshakeType = 1
	TypeServerHello           HandshakeType = 2
	TypeNewSessionTicket      HandshakeType = 4
	TypeEndOfEarlyData        HandshakeType = 5
	TypeEncryptedExtensions   HandshakeType = 8
	TypeCertificate           HandshakeType = 11
	TypeCertificateRequest    HandshakeType = 13
	TypeCertificateVerify     HandshakeType = 15
	TypeFinished              HandshakeType = 20
	TypeKeyUpdate             HandshakeType = 24
	TypeCompressedCertificate HandshakeType = 25  // RFC 8879
	TypeMessageHash           HandshakeType = 254 // never sent: stands in the transcript for a first ClientHello

	TypeHelloRequest      HandshakeType = 0
	TypeServerKeyExchange HandshakeType = 12
	TypeServerHelloDone   HandshakeType = 14
	TypeClientKeyExchange HandshakeType = 16
	TypeCertificateStatus HandshakeType = 22 // RFC 6066, Section 8
)

// String returns the name that wire captures and handshake figures use: "ClientHello".
func (t HandshakeType) String() string {
	switch t {
	case TypeHelloRequest:
		return "HelloRequest"
	case TypeClientHello:
		return "ClientHello"
	case TypeServerHello:
		return "ServerHello"
	case TypeNewSessionTicket:
		return "NewSessionTicket"
	case TypeEndOfEarlyData:
		return "EndOfEarlyData"
	case TypeEncryptedExtensions:
		return "EncryptedExtensions"
	case TypeCertificate:
		return "Certificate"
	case TypeServerKeyExchange:
		return "ServerKeyExchange"
	case TypeCertificateRequest:
		return "CertificateRequest"
	case TypeServerHelloDone:
		return "ServerHelloDone"
	case TypeCertificateVerify:
		return "CertificateVerify"
	case TypeClientKeyExchange:
		return "ClientKeyExchange"
	case TypeFinished:
		return "Finished"
	case TypeCertificateStatus:
		return "CertificateStatus"
	case TypeKeyUpdate:
		return "KeyUpdate"
	case TypeCompressedCertificate:
		return "CompressedCertificate"
	case TypeMessageHash:
		return "message_hash"
	}
	return fmt.Sprintf("handshake type %d", uint8(t))
}

// handshakeTypes are the handshake types that occur on the wire, in the order of their numbers.
func handshakeTypes() []HandshakeType {
	return []HandshakeType{
		TypeHelloRequest, TypeClientHello, TypeServerHello, TypeNewSessionTicket, TypeEndOfEarlyData, TypeEncryptedExtensions, TypeCertificate,
		TypeServerKeyExchange, TypeCertificateRequest, TypeServerHelloDone, TypeCertificateVerify, TypeClientKeyExchange, TypeFinished,
		TypeCertificateStatus, TypeKeyUpdate, TypeCompressedCertificate,
	}
}
