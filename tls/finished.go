package tls

import "fmt"

// Finished proves that its sender has seen the same handshake and has the same keys (RFC 8446, Section 4.4.4).
type Finished struct {
	VerifyData []byte // an HMAC over the transcript, as long as the cipher suite's hash
}

// parseFinished parses the body of a message of type finished. Hashes of TLS 1.3 have 32 or 48 octets; that it is the right length is for the verifier.
func parseFinished(body []byte) (Finished, error) {
	r := readMessage(TypeFinished, body)
	if len(body) != 32 && len(body) != 48 {
		r.fail(undecodable(fmt.Sprintf("Finished: verify_data of %d octets, which is no hash's length", len(body))))
	}
	m := Finished{r.bytes("verify_data", len(body))}
	if err := r.end(); err != nil {
		return Finished{}, err
	}
	return m, nil
}

// append appends the message with its header.
func (m *Finished) append(b []byte) []byte {
	return appendMessage(b, TypeFinished, func(w *writer) { w.bytes(m.VerifyData) })
}
