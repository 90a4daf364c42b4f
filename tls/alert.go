package tls

import (
	"fmt"

	"netlab/wire"
)

// Alert is what one end tells the other when it closes or gives up (RFC 8446, Section 6).
type Alert uint8

// The alerts.
const (
	AlertCloseNotify                  Alert = 0
	AlertUnexpectedMessage            Alert = 10
	AlertBadRecordMAC                 Alert = 20
	AlertRecordOverflow               Alert = 22
	AlertHandshakeFailure             Alert = 40
	AlertBadCertificate               Alert = 42
	AlertUnsupportedCertificate       Alert = 43
	AlertCertificateRevoked           Alert = 44
	AlertCertificateExpired           Alert = 45
	AlertCertificateUnknown           Alert = 46
	AlertIllegalParameter             Alert = 47
	AlertUnknownCA                    Alert = 48
	AlertAccessDenied                 Alert = 49
	AlertDecodeError                  Alert = 50
	AlertDecryptError                 Alert = 51
	AlertProtocolVersion              Alert = 70
	AlertInsufficientSecurity         Alert = 71
	AlertInternalError                Alert = 80
	AlertInappropriateFallback        Alert = 86
	AlertUserCanceled                 Alert = 90
	AlertNoRenegotiation              Alert = 100 // TLS 1.2
	AlertMissingExtension             Alert = 109
	AlertUnsupportedExtension         Alert = 110
	AlertUnrecognizedName             Alert = 112
	AlertBadCertificateStatusResponse Alert = 113
	AlertUnknownPSKIdentity           Alert = 115
	AlertCertificateRequired          Alert = 116
	AlertNoApplicationProtocol        Alert = 120
)

// alertMeaning is an alert with its name and what its sender says by it.
type alertMeaning struct {
	alert Alert
	name  string
	doc   string
}

// alertMeanings are all alerts of RFC 8446, Sections 6.1 and 6.2, and those of TLS 1.2 that are still seen.
func alertMeanings() []alertMeaning {
	return []alertMeaning{
		{AlertCloseNotify, "close_notify", "The sender will send nothing more on this connection: its data is complete."},
		{AlertUnexpectedMessage, "unexpected_message", "A message or record came that has no place at this point of the protocol."},
		{AlertBadRecordMAC, "bad_record_mac", "A record could not be deprotected: its octets were changed, or the keys differ."},
		{21, "decryption_failed", "A record could not be decrypted; not sent since TLS 1.1, because it told attackers too much."},
		{AlertRecordOverflow, "record_overflow", "A record is longer than a record may be."},
		{30, "decompression_failure", "A record could not be unpacked; there is no compression in TLS 1.3."},
		{AlertHandshakeFailure, "handshake_failure", "The two ends have no acceptable set of parameters in common."},
		{AlertBadCertificate, "bad_certificate", "A certificate is corrupt, or a signature in it does not verify."},
		{AlertUnsupportedCertificate, "unsupported_certificate", "A certificate is of a type that the sender does not support."},
		{AlertCertificateRevoked, "certificate_revoked", "A certificate was revoked by its signer."},
		{AlertCertificateExpired, "certificate_expired", "A certificate has expired, or is not valid now."},
		{AlertCertificateUnknown, "certificate_unknown", "Something else about a certificate made it unacceptable."},
		{AlertIllegalParameter, "illegal_parameter", "A field of the handshake has a value that it must not have, or contradicts another."},
		{AlertUnknownCA, "unknown_ca", "No trusted certificate authority vouches for the peer's certificate."},
		{AlertAccessDenied, "access_denied", "The certificate is valid, but its holder may not do this."},
		{AlertDecodeError, "decode_error", "A message does not follow the syntax: a length is out of range or does not fit."},
		{AlertDecryptError, "decrypt_error", "A signature, a Finished message or a PSK binder does not verify."},
		{AlertProtocolVersion, "protocol_version", "The version that the peer speaks is known, and not spoken here."},
		{AlertInsufficientSecurity, "insufficient_security", "The server wants stronger parameters than the client supports."},
		{AlertInternalError, "internal_error", "The sender has a trouble of its own that makes it give up."},
		{AlertInappropriateFallback, "inappropriate_fallback", "The client came back with a lower version although the server speaks a higher one."},
		{AlertUserCanceled, "user_canceled", "The handshake was cancelled for a reason that is not the protocol's."},
		{AlertNoRenegotiation, "no_renegotiation", "The sender will not shake hands again on this connection; TLS 1.2 only."},
		{AlertMissingExtension, "missing_extension", "An extension is absent that the standard makes mandatory here."},
		{AlertUnsupportedExtension, "unsupported_extension", "An extension came that nobody had asked for."},
		{AlertUnrecognizedName, "unrecognized_name", "No server of the name that the client gave is here."},
		{AlertBadCertificateStatusResponse, "bad_certificate_status_response", "The OCSP response that came with a certificate is invalid or unacceptable."},
		{AlertUnknownPSKIdentity, "unknown_psk_identity", "A pre-shared key was wanted, and the client named none that is known."},
		{AlertCertificateRequired, "certificate_required", "The server wants a certificate of the client, which gave none."},
		{AlertNoApplicationProtocol, "no_application_protocol", "The client offered only application protocols that the server does not speak."},
	}
}

// String returns the alert's name: "illegal_parameter".
func (a Alert) String() string {
	if m, ok := a.lookup(); ok {
		return m.name
	}
	return fmt.Sprintf("alert %d", uint8(a))
}

// Doc returns what the sender of the alert says by it, in one sentence; empty for an alert without a name.
func (a Alert) Doc() string {
	m, _ := a.lookup()
	return m.doc
}

// Ref returns where the alert is defined.
func (a Alert) Ref() wire.Ref {
	switch a {
	case AlertCloseNotify, AlertUserCanceled:
		return wire.RFC("8446", "6.1")
	case AlertInappropriateFallback:
		return wire.RFC("7507", "")
	case AlertNoApplicationProtocol:
		return wire.RFC("7301", "3.2")
	}
	return wire.RFC("8446", "6.2")
}

func (a Alert) lookup() (alertMeaning, bool) {
	for _, m := range alertMeanings() {
		if m.alert == a {
			return m, true
		}
	}
	return alertMeaning{}, false
}

// AlertLevel is the first octet of an alert. TLS 1.3 takes no notice of it: "the severity is implicit in the type of alert being sent, and
// the "level" field can safely be ignored." RFC 8446, Section 6
type AlertLevel uint8

// The alert levels.
const (
	LevelWarning AlertLevel = 1
	LevelFatal   AlertLevel = 2
)

func (l AlertLevel) String() string {
	switch l {
	case LevelWarning:
		return "warning"
	case LevelFatal:
		return "fatal"
	}
	return fmt.Sprintf("level %d", uint8(l))
}
