package tls

import (
	"fmt"

	"netlab/wire"
)

// ServerHello answers a ClientHello: what the server chose, and its share of the keys (RFC 8446, Section 4.1.3). With a certain
// value of Random it is a HelloRetryRequest (Section 4.1.4): the client is to try again, with another group or with a cookie.
type ServerHello struct {
	LegacyVersion Version // 0x0303 in TLS 1.3
	Random        [32]byte
	SessionID     []byte // legacy_session_id_echo: what the client had sent
	CipherSuite   CipherSuite
	Compression   byte // legacy_compression_method: 0

	Version      Version        // what supported_versions says; 0: no such extension, so it is LegacyVersion that counts
	KeyShare     *KeyShareEntry // nil: none, as in a HelloRetryRequest
	PreSharedKey *uint16        // the index of the identity that was chosen; nil: none

	RetryGroup Group  // in a HelloRetryRequest: the group that the client is to use; 0: none
	Cookie     []byte // in a HelloRetryRequest: what the client is to repeat

	Extra []Extension
	Order []ExtensionType // as in ClientHello
}

// RetryRandom returns the Random of a HelloRetryRequest: the SHA-256 of "HelloRetryRequest" (RFC 8446, Section 4.1.3).
func RetryRandom() [32]byte {
	return [32]byte{
		0xCF, 0x21, 0xAD, 0x74, 0xE5, 0x9A, 0x61, 0x11, 0xBE, 0x1D, 0x8C, 0x02, 0x1E, 0x65, 0xB8, 0x91,
		0xC2, 0xA2, 0x11, 0x16, 0x7A, 0xBB, 0x8C, 0x5E, 0x07, 0x9E, 0x09, 0xE2, 0xC8, 0xA8, 0x33, 0x9C,
	}
}

// IsRetry reports whether the message is a HelloRetryRequest.
func (m *ServerHello) IsRetry() bool { return m.Random == RetryRandom() }

// name is what errors call the message.
func (m *ServerHello) name() string {
	if m.IsRetry() {
		return "HelloRetryRequest"
	}
	return TypeServerHello.String()
}

// parseServerHello parses the body of a message of type server_hello. That of an older version passes, with whatever extensions it has.
func parseServerHello(body []byte) (ServerHello, error) {
	r := readMessage(TypeServerHello, body)
	m := ServerHello{LegacyVersion: Version(r.uint16("legacy_version"))}
	copy(m.Random[:], r.bytes("random", 32))
	r.in = m.name()
	m.SessionID = r.vector8("legacy_session_id_echo", 0, 32)
	m.CipherSuite = CipherSuite(r.uint16("cipher_suite"))
	m.Compression = r.uint8("legacy_compression_method")
	if len(r.b) > 0 { // servers before TLS 1.3 may have none
		m.Order, m.Extra = r.extensions(0, m.take)
	}
	if err := r.end(); err != nil {
		return ServerHello{}, err
	}
	if err := m.check(); err != nil {
		return ServerHello{}, err
	}
	return m, nil
}

// take reads an extension into its field.
func (m *ServerHello) take(t ExtensionType, r *reader) bool {
	switch {
	case t == ExtSupportedVersions:
		if m.Version = Version(r.uint16("selected_version")); m.Version == 0 {
			r.fail(&Error{AlertIllegalParameter, "selected_version: there is no version 0", wire.RFC("8446", "4.2.1")})
		}
	case t == ExtKeyShare && m.IsRetry():
		if m.RetryGroup = Group(r.uint16("selected_group")); m.RetryGroup == 0 {
			r.fail(&Error{AlertIllegalParameter, "selected_group: there is no group 0", wire.RFC("8446", "4.2.8")})
		}
	case t == ExtKeyShare:
		e := r.keyShareEntry()
		m.KeyShare = &e
	case t == ExtPreSharedKey && !m.IsRetry():
		selected := r.uint16("selected_identity")
		m.PreSharedKey = &selected
	case t == ExtCookie && m.IsRetry():
		m.Cookie = r.vector16("cookie", 1)
	default:
		return false
	}
	return true
}

// check refuses what a ServerHello of TLS 1.3 must not be.
func (m *ServerHello) check() error {
	if m.Version == 0 {
		return nil
	}
	in := inServerHello
	if m.IsRetry() {
		in = inHelloRetryRequest
	}
	for _, t := range m.Order {
		if err := permitted(t, in); err != nil {
			return err
		}
	}
	switch {
	// "If this extension is present, clients MUST ignore the ServerHello.legacy_version value and MUST use only the "supported_versions" extension
	// to determine the selected version. If the "supported_versions" extension in the ServerHello contains a version not offered by the client or
	// contains a version prior to TLS 1.3, the client MUST abort the handshake with an "illegal_parameter" alert." RFC 8446, Section 4.2.1
	case m.Version < VersionTLS13:
		return illegal(fmt.Sprintf("%s: supported_versions selects %s", m.name(), m.Version), "4.2.1")
	// "legacy_compression_method: A single byte which MUST have the value 0." RFC 8446, Section 4.1.3
	case m.Compression != 0:
		return illegal(fmt.Sprintf("%s: legacy_compression_method is %d, not 0", m.name(), m.Compression), "4.1.3")
	}
	return nil
}

func (m *ServerHello) extensions() extensionList {
	var l extensionList
	l.add(m.Version != 0, ExtSupportedVersions, func(w *writer) { w.uint16(uint16(m.Version)) })
	l.add(m.Cookie != nil, ExtCookie, func(w *writer) { w.vector16(m.Cookie) })
	l.add(m.KeyShare != nil, ExtKeyShare, func(w *writer) { w.keyShareEntry(*m.KeyShare) })
	l.add(m.RetryGroup != 0, ExtKeyShare, func(w *writer) { w.uint16(uint16(m.RetryGroup)) })
	l.add(m.PreSharedKey != nil, ExtPreSharedKey, func(w *writer) { w.uint16(*m.PreSharedKey) })
	return l
}

// append appends the message with its header.
func (m *ServerHello) append(b []byte) []byte {
	return appendMessage(b, TypeServerHello, func(w *writer) {
		w.uint16(uint16(m.LegacyVersion))
		w.bytes(m.Random[:])
		w.vector8(m.SessionID)
		w.uint16(uint16(m.CipherSuite))
		w.uint8(m.Compression)
		if l := m.extensions(); m.Order != nil || len(l)+len(m.Extra) > 0 {
			l.write(w, m.Order, m.Extra)
		}
	})
}
