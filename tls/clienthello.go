package tls

import (
	"fmt"
	"slices"

	"netlab/wire"
)

// ClientHello opens a handshake: what the client speaks, and its share of the keys (RFC 8446, Section 4.1.2).
type ClientHello struct {
	LegacyVersion Version // 0x0303 in TLS 1.3; SupportedVersions says what is meant
	Random        [32]byte
	SessionID     []byte // legacy_session_id, at most 32 octets
	CipherSuites  []CipherSuite
	Compression   []byte // legacy_compression_methods: one octet, 0

	ServerName              string    // the host that is wanted; empty: not said
	SupportedVersions       []Version // nil: TLS 1.2 or earlier, by LegacyVersion
	Groups                  []Group
	KeyShares               []KeyShareEntry // nil: no extension; empty: the server is to choose a group
	SignatureAlgorithms     []SignatureScheme
	SignatureAlgorithmsCert []SignatureScheme
	PSKModes                []PSKMode
	PreSharedKey            *OfferedPSKs
	EarlyData               bool
	Cookie                  []byte
	ALPN                    []string
	StatusRequest           bool   // for OCSP, of any responder; other requests are kept in Extra
	RecordSizeLimit         uint16 // octets of plaintext; 0: not said
	MaxFragmentLength       MaxFragmentLength
	CertificateAuthorities  [][]byte // distinguished names in DER
	PostHandshakeAuth       bool
	Padding                 int // octets of zeros; 0: no extension

	Extra []Extension
	Order []ExtensionType // all extensions as they came; for writing: those that are to come first. nil: there was no extension block
}

// parseClientHello parses the body of a message of type client_hello. What a TLS 1.3 ClientHello has to look like beyond its syntax is for check.
func parseClientHello(body []byte) (ClientHello, error) {
	r := readMessage(TypeClientHello, body)
	m := ClientHello{
		LegacyVersion: Version(r.uint16("legacy_version")),
	}
	copy(m.Random[:], r.bytes("random", 32))
	m.SessionID = r.vector8("legacy_session_id", 0, 32)
	m.CipherSuites = list16[CipherSuite](r, "cipher_suites")
	m.Compression = r.vector8("legacy_compression_methods", 1, 255)
	if len(r.b) > 0 { // clients before TLS 1.3 may have none
		m.Order, m.Extra = r.extensions(inClientHello, m.take)
	}
	if err := r.end(); err != nil {
		return ClientHello{}, err
	}
	// "The "pre_shared_key" extension MUST be the last extension in the ClientHello […]. Servers MUST check that it is the last extension
	// and otherwise fail the handshake with an "illegal_parameter" alert." RFC 8446, Section 4.2.11
	if i := slices.Index(m.Order, ExtPreSharedKey); i >= 0 && i != len(m.Order)-1 {
		return ClientHello{}, illegal("ClientHello: pre_shared_key is not the last extension", "4.2.11")
	}
	return m, nil
}

// take reads an extension into its field.
func (m *ClientHello) take(t ExtensionType, r *reader) bool {
	switch t {
	case ExtServerName:
		m.ServerName = r.serverName()
	case ExtSupportedVersions:
		m.SupportedVersions = values16[Version](r, "versions", r.vector8("versions", 2, 254))
	case ExtSupportedGroups:
		m.Groups = list16[Group](r, "named_group_list")
	case ExtKeyShare:
		m.KeyShares = r.keyShares()
	case ExtSignatureAlgorithms:
		m.SignatureAlgorithms = list16[SignatureScheme](r, "supported_signature_algorithms")
	case ExtSignatureAlgorithmsCert:
		m.SignatureAlgorithmsCert = list16[SignatureScheme](r, "supported_signature_algorithms")
	case ExtPSKKeyExchangeModes:
		for _, mode := range r.vector8("ke_modes", 1, 255) {
			m.PSKModes = append(m.PSKModes, PSKMode(mode))
		}
	case ExtPreSharedKey:
		m.PreSharedKey = r.offeredPSKs()
	case ExtEarlyData:
		m.EarlyData = true
	case ExtCookie:
		m.Cookie = r.vector16("cookie", 1)
	case ExtALPN:
		m.ALPN = r.protocolNames()
	case ExtStatusRequest:
		m.StatusRequest = string(r.b) == plainOCSPRequest
		if !m.StatusRequest {
			return false
		}
		r.b = nil
	case ExtRecordSizeLimit:
		m.RecordSizeLimit = r.recordSizeLimit()
	case ExtMaxFragmentLength:
		m.MaxFragmentLength = r.maxFragmentLength()
	case ExtCertificateAuthorities:
		m.CertificateAuthorities = r.authorities()
	case ExtPostHandshakeAuth:
		m.PostHandshakeAuth = true
	case ExtPadding:
		// "The client MUST fill the padding extension completely with zero bytes, although the padding extension_data field may be
		// empty." RFC 7685, Section 3
		m.Padding = len(r.b)
		if slices.ContainsFunc(r.b, func(c byte) bool { return c != 0 }) {
			r.fail(&Error{AlertIllegalParameter, "padding: not only zeros", wire.RFC("7685", "3")})
		}
		if m.Padding == 0 {
			return false
		}
		r.b = nil
	default:
		return false
	}
	return true
}

// extensions lists what the message is written with. Some servers of old cannot bear a last extension that is empty, so none is.
func (m *ClientHello) extensions() extensionList {
	var l extensionList
	l.add(m.ServerName != "", ExtServerName, func(w *writer) { w.serverName(m.ServerName) })
	l.add(m.MaxFragmentLength != 0, ExtMaxFragmentLength, func(w *writer) { w.uint8(uint8(m.MaxFragmentLength)) })
	l.add(m.StatusRequest, ExtStatusRequest, func(w *writer) { w.bytes([]byte(plainOCSPRequest)) })
	l.add(m.Groups != nil, ExtSupportedGroups, func(w *writer) { writeList16(w, 2, m.Groups) })
	l.add(m.SignatureAlgorithms != nil, ExtSignatureAlgorithms, func(w *writer) { writeList16(w, 2, m.SignatureAlgorithms) })
	l.add(m.SignatureAlgorithmsCert != nil, ExtSignatureAlgorithmsCert, func(w *writer) { writeList16(w, 2, m.SignatureAlgorithmsCert) })
	l.add(m.ALPN != nil, ExtALPN, func(w *writer) { w.protocolNames(m.ALPN...) })
	l.add(m.CertificateAuthorities != nil, ExtCertificateAuthorities, func(w *writer) { w.authorities(m.CertificateAuthorities) })
	l.add(m.PostHandshakeAuth, ExtPostHandshakeAuth, func(*writer) {})
	l.add(m.RecordSizeLimit != 0, ExtRecordSizeLimit, func(w *writer) { w.uint16(m.RecordSizeLimit) })
	l.add(m.EarlyData, ExtEarlyData, func(*writer) {})
	l.add(m.SupportedVersions != nil, ExtSupportedVersions, func(w *writer) { writeList16(w, 1, m.SupportedVersions) })
	l.add(m.Cookie != nil, ExtCookie, func(w *writer) { w.vector16(m.Cookie) })
	l.add(m.PSKModes != nil, ExtPSKKeyExchangeModes, func(w *writer) {
		w.vector(1, func() {
			for _, mode := range m.PSKModes {
				w.uint8(uint8(mode))
			}
		})
	})
	l.add(m.KeyShares != nil, ExtKeyShare, func(w *writer) {
		w.vector(2, func() {
			for _, e := range m.KeyShares {
				w.keyShareEntry(e)
			}
		})
	})
	l.add(m.Padding > 0, ExtPadding, func(w *writer) { w.bytes(make([]byte, m.Padding)) })
	l.add(m.PreSharedKey != nil, ExtPreSharedKey, func(w *writer) { w.offeredPSKs(m.PreSharedKey) })
	return l
}

// append appends the message with its header. A Compression that is nil is written as TLS 1.3 wants it: one octet, 0.
func (m *ClientHello) append(b []byte) []byte {
	return appendMessage(b, TypeClientHello, func(w *writer) {
		w.uint16(uint16(m.LegacyVersion))
		w.bytes(m.Random[:])
		w.vector8(m.SessionID)
		writeList16(w, 2, m.CipherSuites)
		compression := m.Compression
		if compression == nil {
			compression = []byte{0}
		}
		w.vector8(compression)
		if l := m.extensions(); m.Order != nil || len(l)+len(m.Extra) > 0 {
			// "The "pre_shared_key" extension MUST be the last extension in the ClientHello" RFC 8446, Section 4.2.11
			order := slices.DeleteFunc(slices.Clone(m.Order), func(t ExtensionType) bool { return t == ExtPreSharedKey })
			l.write(w, order, m.Extra)
		}
	})
}

// offered returns the types of the extensions in the message, which answers to it may have.
func (m *ClientHello) offered() []ExtensionType { return m.extensions().types(m.Extra) }

// check refuses a ClientHello that offers TLS 1.3 and is not what TLS 1.3 asks for.
func (m *ClientHello) check() error {
	missing := func(t ExtensionType, section string) error {
		return &Error{AlertMissingExtension, fmt.Sprintf("ClientHello: extension %s is missing", t), wire.RFC("8446", section)}
	}
	switch {
	// "For every TLS 1.3 ClientHello, this vector MUST contain exactly one byte, set to zero […]. If a TLS 1.3 ClientHello is received with any
	// other value in this field, the server MUST abort the handshake with an "illegal_parameter" alert." RFC 8446, Section 4.1.2
	case len(m.Compression) != 1 || m.Compression[0] != 0:
		return illegal("ClientHello: legacy_compression_methods is not the null method alone", "4.1.2")
	// "If clients offer "pre_shared_key" without a "psk_key_exchange_modes" extension, servers MUST abort the handshake." RFC 8446, Section 4.2.9
	case m.PreSharedKey != nil && m.PSKModes == nil:
		return missing(ExtPSKKeyExchangeModes, "4.2.9")
	// "If not containing a "pre_shared_key" extension, it MUST contain both a "signature_algorithms" extension and a "supported_groups"
	// extension. If containing a "supported_groups" extension, it MUST also contain a "key_share" extension, and vice versa."
	// RFC 8446, Section 9.2
	case m.PreSharedKey == nil && m.SignatureAlgorithms == nil:
		return missing(ExtSignatureAlgorithms, "9.2")
	case m.PreSharedKey == nil && m.Groups == nil, m.KeyShares != nil && m.Groups == nil:
		return missing(ExtSupportedGroups, "9.2")
	case m.Groups != nil && m.KeyShares == nil:
		return missing(ExtKeyShare, "9.2")
	// "If the client opts to do so, it MUST supply both the "pre_shared_key" and "early_data" extensions." RFC 8446, Section 4.2.10
	case m.EarlyData && m.PreSharedKey == nil:
		return illegal("ClientHello: early_data without pre_shared_key", "4.2.10")
	}
	// "Clients MUST NOT offer any KeyShareEntry values for groups not listed in the client's "supported_groups" extension."
	// RFC 8446, Section 4.2.8
	for _, e := range m.KeyShares {
		if !slices.Contains(m.Groups, e.Group) {
			return illegal(fmt.Sprintf("ClientHello: a key share for group %s, which supported_groups does not list", e.Group), "4.2.8")
		}
	}
	return nil
}
