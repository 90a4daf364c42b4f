package tls

import "fmt"

// ExtensionType is the type of an extension of a handshake message (RFC 8446, Section 4.2).
type ExtensionType uint16

// The extension types.
const (
	ExtServerName              ExtensionType = 0  // RFC 6066, Section 3
	ExtMaxFragmentLength       ExtensionType = 1  // RFC 6066, Section 4
	ExtStatusRequest           ExtensionType = 5  // RFC 6066, Section 8
	ExtSupportedGroups         ExtensionType = 10 // RFC 8446, Section 4.2.7
	ExtECPointFormats          ExtensionType = 11 // RFC 8422; TLS 1.2
	ExtSignatureAlgorithms     ExtensionType = 13 // RFC 8446, Section 4.2.3
	ExtUseSRTP                 ExtensionType = 14 // RFC 5764
	ExtHeartbeat               ExtensionType = 15 // RFC 6520
	ExtALPN                    ExtensionType = 16 // RFC 7301, Section 3.1
	ExtSCT                     ExtensionType = 18 // RFC 6962
	ExtClientCertificateType   ExtensionType = 19 // RFC 7250
	ExtServerCertificateType   ExtensionType = 20 // RFC 7250
	ExtPadding                 ExtensionType = 21 // RFC 7685
	ExtEncryptThenMAC          ExtensionType = 22 // RFC 7366; TLS 1.2
	ExtExtendedMasterSecret    ExtensionType = 23 // RFC 7627; TLS 1.2
	ExtCompressCertificate     ExtensionType = 27 // RFC 8879
	ExtRecordSizeLimit         ExtensionType = 28 // RFC 8449, Section 4
	ExtSessionTicket           ExtensionType = 35 // RFC 5077; TLS 1.2
	ExtPreSharedKey            ExtensionType = 41 // RFC 8446, Section 4.2.11
	ExtEarlyData               ExtensionType = 42 // RFC 8446, Section 4.2.10
	ExtSupportedVersions       ExtensionType = 43 // RFC 8446, Section 4.2.1
	ExtCookie                  ExtensionType = 44 // RFC 8446, Section 4.2.2
	ExtPSKKeyExchangeModes     ExtensionType = 45 // RFC 8446, Section 4.2.9
	ExtCertificateAuthorities  ExtensionType = 47 // RFC 8446, Section 4.2.4
	ExtOIDFilters              ExtensionType = 48 // RFC 8446, Section 4.2.5
	ExtPostHandshakeAuth       ExtensionType = 49 // RFC 8446, Section 4.2.6
	ExtSignatureAlgorithmsCert ExtensionType = 50 // RFC 8446, Section 4.2.3
	ExtKeyShare                ExtensionType = 51 // RFC 8446, Section 4.2.8
	ExtQUICTransportParameters ExtensionType = 57 // RFC 9001
	ExtEncryptedClientHello    ExtensionType = 0xfe0d
	ExtRenegotiationInfo       ExtensionType = 0xff01 // RFC 5746; TLS 1.2
)

// String returns the registered name: "supported_versions".
func (t ExtensionType) String() string {
	for _, r := range extensionRules() {
		if r.ext == t {
			return r.name
		}
	}
	if isGrease(uint16(t)) {
		return unknown16(uint16(t))
	}
	return fmt.Sprintf("extension %d", uint16(t))
}

// messages is a set of messages that an extension may stand in.
type messages uint8

// The messages with extensions.
const (
	inClientHello messages = 1 << iota
	inServerHello
	inEncryptedExtensions
	inCertificate
	inCertificateRequest
	inNewSessionTicket
	inHelloRetryRequest
)

func (m messages) String() string {
	switch m {
	case inClientHello:
		return "ClientHello"
	case inServerHello:
		return "ServerHello"
	case inEncryptedExtensions:
		return "EncryptedExtensions"
	case inCertificate:
		return "Certificate"
	case inCertificateRequest:
		return "CertificateRequest"
	case inNewSessionTicket:
		return "NewSessionTicket"
	case inHelloRetryRequest:
		return "HelloRetryRequest"
	}
	return "several messages"
}

// extensionRule is a row of the table in RFC 8446, Section 4.2: in which messages an extension may stand.
type extensionRule struct {
	ext  ExtensionType
	name string
	in   messages // 0: not in TLS 1.3
}

func extensionRules() [31]extensionRule {
	const (
		ch, sh, ee, ct = inClientHello, inServerHello, inEncryptedExtensions, inCertificate
		cr, nst, hrr   = inCertificateRequest, inNewSessionTicket, inHelloRetryRequest
	)
	return [...]extensionRule{
		{ExtServerName, "server_name", ch | ee},
		{ExtMaxFragmentLength, "max_fragment_length", ch | ee},
		{ExtStatusRequest, "status_request", ch | cr | ct},
		{ExtSupportedGroups, "supported_groups", ch | ee},
		{ExtECPointFormats, "ec_point_formats", ch},
		{ExtSignatureAlgorithms, "signature_algorithms", ch | cr},
		{ExtUseSRTP, "use_srtp", ch | ee},
		{ExtHeartbeat, "heartbeat", ch | ee},
		{ExtALPN, "application_layer_protocol_negotiation", ch | ee},
		{ExtSCT, "signed_certificate_timestamp", ch | cr | ct},
		{ExtClientCertificateType, "client_certificate_type", ch | ee},
		{ExtServerCertificateType, "server_certificate_type", ch | ee},
		{ExtPadding, "padding", ch},
		{ExtEncryptThenMAC, "encrypt_then_mac", ch},
		{ExtExtendedMasterSecret, "extended_master_secret", ch},
		{ExtCompressCertificate, "compress_certificate", ch | cr},
		{ExtRecordSizeLimit, "record_size_limit", ch | ee},
		{ExtSessionTicket, "session_ticket", ch},
		{ExtPreSharedKey, "pre_shared_key", ch | sh},
		{ExtEarlyData, "early_data", ch | ee | nst},
		{ExtSupportedVersions, "supported_versions", ch | sh | hrr},
		{ExtCookie, "cookie", ch | hrr},
		{ExtPSKKeyExchangeModes, "psk_key_exchange_modes", ch},
		{ExtCertificateAuthorities, "certificate_authorities", ch | cr},
		{ExtOIDFilters, "oid_filters", cr},
		{ExtPostHandshakeAuth, "post_handshake_auth", ch},
		{ExtSignatureAlgorithmsCert, "signature_algorithms_cert", ch | cr},
		{ExtKeyShare, "key_share", ch | sh | hrr},
		{ExtQUICTransportParameters, "quic_transport_parameters", ch | ee},
		{ExtEncryptedClientHello, "encrypted_client_hello", ch | ee | hrr},
		{ExtRenegotiationInfo, "renegotiation_info", ch},
	}
}
