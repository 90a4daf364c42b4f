package tls

import "netlab/wire"

// EncryptedExtensions is the first message that is protected: the server's answers to extensions that the keys do not depend
// on (RFC 8446, Section 4.3.1).
type EncryptedExtensions struct {
	ServerName        bool    // the name that the client gave was used
	Groups            []Group // what the server would rather see in the next ClientHello
	ALPN              string  // the application protocol that the server chose; empty: none
	EarlyData         bool    // the client's early data is accepted
	RecordSizeLimit   uint16  // octets of plaintext; 0: not said
	MaxFragmentLength MaxFragmentLength

	Extra []Extension
	Order []ExtensionType
}

// parseEncryptedExtensions parses the body of a message of type encrypted_extensions.
func parseEncryptedExtensions(body []byte) (EncryptedExtensions, error) {
	r := readMessage(TypeEncryptedExtensions, body)
	var m EncryptedExtensions
	m.Order, m.Extra = r.extensions(inEncryptedExtensions, m.take)
	if err := r.end(); err != nil {
		return EncryptedExtensions{}, err
	}
	// "A client MUST treat receipt of both "max_fragment_length" and "record_size_limit" as a fatal error, and it SHOULD generate an
	// "illegal_parameter" alert." RFC 8449, Section 5
	if m.MaxFragmentLength != 0 && m.RecordSizeLimit != 0 {
		return EncryptedExtensions{}, &Error{AlertIllegalParameter, "EncryptedExtensions: max_fragment_length beside record_size_limit", wire.RFC("8449", "5")}
	}
	return m, nil
}

func (m *EncryptedExtensions) take(t ExtensionType, r *reader) bool {
	switch t {
	case ExtServerName:
		m.ServerName = true
	case ExtSupportedGroups:
		m.Groups = list16[Group](r, "named_group_list")
	case ExtALPN:
		// "structured the same as described above for the client "extension_data", except that the "ProtocolNameList" MUST contain
		// exactly one "ProtocolName"." RFC 7301, Section 3.1
		names := r.protocolNames()
		if r.err == nil && len(names) != 1 {
			r.fail(&Error{AlertIllegalParameter, "EncryptedExtensions: the server chose more than one application protocol", wire.RFC("7301", "3.1")})
		}
		if r.err == nil {
			m.ALPN = names[0]
		}
	case ExtEarlyData:
		m.EarlyData = true
	case ExtRecordSizeLimit:
		m.RecordSizeLimit = r.recordSizeLimit()
	case ExtMaxFragmentLength:
		m.MaxFragmentLength = r.maxFragmentLength()
	default:
		return false
	}
	return true
}

func (m *EncryptedExtensions) extensions() extensionList {
	var l extensionList
	l.add(m.ServerName, ExtServerName, func(*writer) {})
	l.add(m.MaxFragmentLength != 0, ExtMaxFragmentLength, func(w *writer) { w.uint8(uint8(m.MaxFragmentLength)) })
	l.add(m.Groups != nil, ExtSupportedGroups, func(w *writer) { writeList16(w, 2, m.Groups) })
	l.add(m.ALPN != "", ExtALPN, func(w *writer) { w.protocolNames(m.ALPN) })
	l.add(m.RecordSizeLimit != 0, ExtRecordSizeLimit, func(w *writer) { w.uint16(m.RecordSizeLimit) })
	l.add(m.EarlyData, ExtEarlyData, func(*writer) {})
	return l
}

// append appends the message with its header.
func (m *EncryptedExtensions) append(b []byte) []byte {
	return appendMessage(b, TypeEncryptedExtensions, func(w *writer) { m.extensions().write(w, m.Order, m.Extra) })
}
