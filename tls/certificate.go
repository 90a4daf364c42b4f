package tls

// Certificate is an end's certificate with those that lead to a trusted authority (RFC 8446, Section 4.4.2).
type Certificate struct {
	Context []byte             // certificate_request_context: that of the request; empty from a server
	Entries []CertificateEntry // the sender's own first; none: a client that has no fitting one
}

// CertificateEntry is one certificate of a chain.
type CertificateEntry struct {
	Data []byte // X.509 in DER
	OCSP []byte // an OCSPResponse in DER that was stapled to it; nil: none

	Extra []Extension
	Order []ExtensionType
}

// parseCertificate parses the body of a message of type certificate, as it is in TLS 1.3.
func parseCertificate(body []byte) (Certificate, error) {
	r := readMessage(TypeCertificate, body)
	m := Certificate{Context: r.vector8("certificate_request_context", 0, 255)}
	r.each(r.vector24("certificate_list", 0), func(r *reader) {
		e := CertificateEntry{Data: r.vector24("cert_data", 1)}
		e.Order, e.Extra = r.extensions(inCertificate, func(t ExtensionType, r *reader) bool {
			if t != ExtStatusRequest {
				return false
			}
			e.OCSP = r.ocspResponse()
			return true
		})
		m.Entries = append(m.Entries, e)
	})
	if err := r.end(); err != nil {
		return Certificate{}, err
	}
	return m, nil
}

// append appends the message with its header.
func (m *Certificate) append(b []byte) []byte {
	return appendMessage(b, TypeCertificate, func(w *writer) {
		w.vector8(m.Context)
		w.vector(3, func() {
			for _, e := range m.Entries {
				w.vector24(e.Data)
				var l extensionList
				l.add(e.OCSP != nil, ExtStatusRequest, func(w *writer) { w.ocspResponse(e.OCSP) })
				l.write(w, e.Order, e.Extra)
			}
		})
	})
}
