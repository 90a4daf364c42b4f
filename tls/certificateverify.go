package tls

// CertificateVerify proves that its sender has the private key of its certificate: a signature over the handshake so far (RFC 8446, Section 4.4.3).
type CertificateVerify struct {
	Scheme    SignatureScheme
	Signature []byte
}

// parseCertificateVerify parses the body of a message of type certificate_verify.
func parseCertificateVerify(body []byte) (CertificateVerify, error) {
	r := readMessage(TypeCertificateVerify, body)
	m := CertificateVerify{SignatureScheme(r.uint16("algorithm")), r.vector16("signature", 0)}
	if err := r.end(); err != nil {
		return CertificateVerify{}, err
	}
	return m, nil
}

// append appends the message with its header.
func (m *CertificateVerify) append(b []byte) []byte {
	return appendMessage(b, TypeCertificateVerify, func(w *writer) {
		w.uint16(uint16(m.Scheme))
		w.vector16(m.Signature)
	})
}
