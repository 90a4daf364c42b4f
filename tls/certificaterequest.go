package tls

import "netlab/wire"

// CertificateRequest asks a client for its certificate (RFC 8446, Section 4.3.2).
type CertificateRequest struct {
	Context                 []byte // certificate_request_context: empty in a handshake; the answer repeats it
	SignatureAlgorithms     []SignatureScheme
	SignatureAlgorithmsCert []SignatureScheme
	CertificateAuthorities  [][]byte // distinguished names in DER
	StatusRequest           bool

	Extra []Extension
	Order []ExtensionType
}

// parseCertificateRequest parses the body of a message of type certificate_request.
func parseCertificateRequest(body []byte) (CertificateRequest, error) {
	r := readMessage(TypeCertificateRequest, body)
	m := CertificateRequest{Context: r.vector8("certificate_request_context", 0, 255)}
	m.Order, m.Extra = r.extensions(inCertificateRequest, m.take)
	if err := r.end(); err != nil {
		return CertificateRequest{}, err
	}
	// "The "signature_algorithms" extension MUST be specified" RFC 8446, Section 4.3.2
	if m.SignatureAlgorithms == nil {
		return CertificateRequest{}, &Error{AlertMissingExtension, "CertificateRequest: extension signature_algorithms is missing", wire.RFC("8446", "4.3.2")}
	}
	return m, nil
}

func (m *CertificateRequest) take(t ExtensionType, r *reader) bool {
	switch t {
	case ExtSignatureAlgorithms:
		m.SignatureAlgorithms = list16[SignatureScheme](r, "supported_signature_algorithms")
	case ExtSignatureAlgorithmsCert:
		m.SignatureAlgorithmsCert = list16[SignatureScheme](r, "supported_signature_algorithms")
	case ExtCertificateAuthorities:
		m.CertificateAuthorities = r.authorities()
	case ExtStatusRequest:
		m.StatusRequest = string(r.b) == plainOCSPRequest
		if !m.StatusRequest {
			return false
		}
		r.b = nil
	default:
		return false
	}
	return true
}

func (m *CertificateRequest) extensions() extensionList {
	var l extensionList
	l.add(m.StatusRequest, ExtStatusRequest, func(w *writer) { w.bytes([]byte(plainOCSPRequest)) })
	l.add(m.SignatureAlgorithms != nil, ExtSignatureAlgorithms, func(w *writer) { writeList16(w, 2, m.SignatureAlgorithms) })
	l.add(m.SignatureAlgorithmsCert != nil, ExtSignatureAlgorithmsCert, func(w *writer) { writeList16(w, 2, m.SignatureAlgorithmsCert) })
	l.add(m.CertificateAuthorities != nil, ExtCertificateAuthorities, func(w *writer) { w.authorities(m.CertificateAuthorities) })
	return l
}

// append appends the message with its header.
func (m *CertificateRequest) append(b []byte) []byte {
	return appendMessage(b, TypeCertificateRequest, func(w *writer) {
		w.vector8(m.Context)
		m.extensions().write(w, m.Order, m.Extra)
	})
}
