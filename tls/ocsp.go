package tls

// An OCSP responder vouches that a certificate was not revoked. A server fetches its answer in advance and hands it out with its
// certificate: it is stapled (RFC 8446, Section 4.4.2.1).

// statusTypeOCSP is the only certificate status that is defined (RFC 6066, Section 8).
const statusTypeOCSP = 1

// plainOCSPRequest are the octets of a status_request that names no responders and has no extensions: ask anyone.
const plainOCSPRequest = "\x01\x00\x00\x00\x00"

// ocspResponse reads a CertificateStatus: an OCSPResponse in DER.
func (r *reader) ocspResponse() []byte {
	if t := r.uint8("status_type"); r.err == nil && t != statusTypeOCSP {
		r.fail(illegal("status_request: the status is not of type ocsp", "4.4.2.1"))
	}
	return r.vector24("OCSPResponse", 1)
}

func (w *writer) ocspResponse(der []byte) {
	w.uint8(statusTypeOCSP)
	w.vector24(der)
}
