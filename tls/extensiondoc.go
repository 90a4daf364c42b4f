package tls

import "netlab/wire"

// Doc returns what the extension is for, in one sentence.
func (t ExtensionType) Doc() string {
	switch t {
	case ExtServerName:
		return "Which of the hosts behind an address is wanted."
	case ExtMaxFragmentLength:
		return "The older way of asking for short records."
	case ExtStatusRequest:
		return "Whether a certificate was revoked, as its authority says."
	case ExtSupportedGroups:
		return "The groups with which the sender can agree on keys, best first."
	case ExtECPointFormats:
		return "How points of curves are written; in TLS 1.3 always in full."
	case ExtSignatureAlgorithms:
		return "The signatures that the sender verifies."
	case ExtSignatureAlgorithmsCert:
		return "The signatures that the sender verifies in certificates, if they are others."
	case ExtALPN:
		return "What is spoken above TLS."
	case ExtSCT:
		return "Proof that a certificate was published in a log."
	case ExtPadding:
		return "Makes a ClientHello longer, for machines that stumble over certain lengths."
	case ExtEncryptThenMAC:
		return "With block ciphers, the MAC covers the ciphertext; TLS 1.2."
	case ExtExtendedMasterSecret:
		return "The master secret depends on the whole handshake; TLS 1.2, always so in TLS 1.3."
	case ExtCompressCertificate:
		return "Certificates may come compressed."
	case ExtRecordSizeLimit:
		return "The largest plaintext of a record that the sender takes, in octets; in TLS 1.3 its content type counts."
	case ExtSessionTicket:
		return "A ticket with which a session of TLS 1.2 is resumed, or that one is welcome."
	case ExtPreSharedKey:
		return "Keys that both ends have already, mostly from an earlier connection."
	case ExtEarlyData:
		return "Data of the application before the handshake is over."
	case ExtSupportedVersions:
		return "The versions that the client speaks, best first; the one that the server chose."
	case ExtCookie:
		return "What the client repeats to a server that did not want to remember it."
	case ExtPSKKeyExchangeModes:
		return "Whether a pre-shared key is used alone or with a fresh key exchange."
	case ExtCertificateAuthorities:
		return "The authorities that the sender trusts."
	case ExtOIDFilters:
		return "What a client's certificate has to have in it."
	case ExtPostHandshakeAuth:
		return "The client can be asked for its certificate later on."
	case ExtKeyShare:
		return "Public keys from which both ends compute the same secret."
	case ExtEncryptedClientHello:
		return "A second ClientHello that only the server can read."
	case ExtRenegotiationInfo:
		return "Ties a new handshake on the same connection to the one before; TLS 1.2."
	}
	if isGrease(uint16(t)) {
		return "Means nothing, on purpose: servers have to ignore what they do not know."
	}
	return "An extension that netlab does not take apart."
}

// Ref returns where the extension is defined.
func (t ExtensionType) Ref() wire.Ref {
	switch t {
	case ExtServerName:
		return wire.RFC("6066", "3")
	case ExtMaxFragmentLength:
		return wire.RFC("6066", "4")
	case ExtStatusRequest:
		return wire.RFC("6066", "8")
	case ExtSupportedGroups:
		return wire.RFC("8446", "4.2.7")
	case ExtECPointFormats:
		return wire.RFC("8422", "")
	case ExtSignatureAlgorithms, ExtSignatureAlgorithmsCert:
		return wire.RFC("8446", "4.2.3")
	case ExtALPN:
		return wire.RFC("7301", "3.1")
	case ExtSCT:
		return wire.RFC("6962", "")
	case ExtPadding:
		return wire.RFC("7685", "3")
	case ExtEncryptThenMAC:
		return wire.RFC("7366", "")
	case ExtExtendedMasterSecret:
		return wire.RFC("7627", "")
	case ExtCompressCertificate:
		return wire.RFC("8879", "")
	case ExtRecordSizeLimit:
		return wire.RFC("8449", "4")
	case ExtSessionTicket:
		return wire.RFC("5077", "")
	case ExtPreSharedKey:
		return wire.RFC("8446", "4.2.11")
	case ExtEarlyData:
		return wire.RFC("8446", "4.2.10")
	case ExtSupportedVersions:
		return wire.RFC("8446", "4.2.1")
	case ExtCookie:
		return wire.RFC("8446", "4.2.2")
	case ExtPSKKeyExchangeModes:
		return wire.RFC("8446", "4.2.9")
	case ExtCertificateAuthorities:
		return wire.RFC("8446", "4.2.4")
	case ExtOIDFilters:
		return wire.RFC("8446", "4.2.5")
	case ExtPostHandshakeAuth:
		return wire.RFC("8446", "4.2.6")
	case ExtKeyShare:
		return wire.RFC("8446", "4.2.8")
	case ExtRenegotiationInfo:
		return wire.RFC("5746", "")
	}
	if isGrease(uint16(t)) {
		return wire.RFC("8701", "2")
	}
	return wire.RFC("8446", "4.2")
}
