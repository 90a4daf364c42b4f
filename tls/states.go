package tls

// state is what an end waits for: the boxes of RFC 8446, Sections A.1 and A.2. What happens between two messages
// of the peer is a function, not a state.
type state uint8

const (
	clientWaitsServerHello state = iota + 1
	clientWaitsEncryptedExtensions
	clientWaitsCertificateOrRequest
	clientWaitsCertificate
	clientWaitsCertificateVerify
	clientWaitsFinished
	clientConnected

	serverWaitsClientHello
	serverWaitsSecondClientHello
	serverWaitsEndOfEarlyData
	serverWaitsCertificate
	serverWaitsCertificateVerify
	serverWaitsFinished
	serverConnected

	ended
)

// step is a message that a state takes, and what is done with it.
type step struct {
	message HandshakeType
	take    func(c *Conn, m message) error
}

// steps is the whole state machine: each state with the messages it takes. Whatever is not here is refused:
//
// Protocol messages MUST be sent in the order defined in Section 4.4.1 and shown in the diagrams in Section 2. A peer which receives a handshake
// message in an unexpected order MUST abort the handshake with an "unexpected_message" alert. RFC 8446, Section 4
func (s state) steps() []step {
	switch s {
	case clientWaitsServerHello:
		return []step{{TypeServerHello, (*Conn).clientTakesServerHello}}
	case clientWaitsEncryptedExtensions:
		return []step{{TypeEncryptedExtensions, (*Conn).clientTakesEncryptedExtensions}}
	case clientWaitsCertificateOrRequest:
		return []step{{TypeCertificateRequest, (*Conn).clientTakesCertificateRequest}, {TypeCertificate, (*Conn).clientTakesCertificate}}
	case clientWaitsCertificate:
		return []step{{TypeCertificate, (*Conn).clientTakesCertificate}}
	case clientWaitsCertificateVerify:
		return []step{{TypeCertificateVerify, (*Conn).clientTakesCertificateVerify}}
	case clientWaitsFinished:
		return []step{{TypeFinished, (*Conn).clientTakesFinished}}
	case clientConnected:
		return []step{{TypeNewSessionTicket, (*Conn).takeTicket}, {TypeKeyUpdate, (*Conn).takeKeyUpdate}}

	case serverWaitsClientHello:
		return []step{{TypeClientHello, (*Conn).serverTakesClientHello}}
	case serverWaitsSecondClientHello:
		return []step{{TypeClientHello, (*Conn).serverTakesSecondClientHello}}
	case serverWaitsEndOfEarlyData:
		return []step{{TypeEndOfEarlyData, (*Conn).serverTakesEndOfEarlyData}}
	case serverWaitsCertificate:
		return []step{{TypeCertificate, (*Conn).serverTakesCertificate}}
	case serverWaitsCertificateVerify:
		return []step{{TypeCertificateVerify, (*Conn).serverTakesCertificateVerify}}
	case serverWaitsFinished:
		return []step{{TypeFinished, (*Conn).serverTakesFinished}}
	case serverConnected:
		return []step{{TypeKeyUpdate, (*Conn).takeKeyUpdate}}
	}
	return nil
}

// takesData reports whether application data may come in a state: after the handshake, and early data before its end.
func (s state) takesData() bool {
	return s == clientConnected || s == serverConnected || s == serverWaitsEndOfEarlyData
}

// connected reports whether the handshake is done.
func (s state) connected() bool { return s == clientConnected || s == serverConnected }

// String returns the name that RFC 8446, Appendix A gives the state.
func (s state) String() string {
	return [...]string{
		"START",
		"WAIT_SH", "WAIT_EE", "WAIT_CERT_CR", "WAIT_CERT", "WAIT_CV", "WAIT_FINISHED", "CONNECTED",
		"START", "START (again)", "WAIT_EOED", "WAIT_CERT", "WAIT_CV", "WAIT_FINISHED", "CONNECTED",
		"ended",
	}[s]
}
