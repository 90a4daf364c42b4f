package tls

import (
	"crypto/x509"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"netlab/wire"
)

// The client's handshake, in the order of RFC 8446, Section A.1:
//
//	Client                          sends ClientHello
//	clientTakesServerHello          or a HelloRetryRequest: another ClientHello
//	clientTakesEncryptedExtensions
//	clientTakesCertificateRequest   if the server wants to know who we are
//	clientTakesCertificate          unless a session is resumed
//	clientTakesCertificateVerify
//	clientTakesFinished             sends EndOfEarlyData, Certificate, CertificateVerify, Finished

// Client returns the client's end of a connection to the server called serverName, a host name or an IP address, which its certificate has
// to be for. The first flight is ready: ask Next.
func Client(cfg Config, serverName string, now time.Time) (*Conn, error) {
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	serverName = strings.TrimSuffix(serverName, ".")
	if serverName == "" && !cfg.Insecure {
		return nil, errors.New("tls: no server name: without one a certificate cannot be checked, nor can the server choose it (SNI, RFC 6066)")
	}
	c := newConn(cfg)
	c.client, c.serverName, c.now = true, serverName, now
	if err := c.offer(); err != nil {
		return nil, err
	}
	c.beginEarlyData()
	c.enter(clientWaitsServerHello)
	return c, nil
}

// clientTakesServerHello agrees on version, suite and keys.
func (c *Conn) clientTakesServerHello(m message) error {
	hello, err := parseServerHello(m.body)
	if err != nil {
		return err
	}
	if err := c.checkServerHello(&hello); err != nil {
		return err
	}
	if hello.IsRetry() {
		return c.takeRetry(&hello, m.raw)
	}
	c.status.Suite = hello.CipherSuite
	if c.hs.retry == nil {
		c.hs.transcript.choose(hello.CipherSuite)
	}
	c.hs.transcript.add(m.raw)
	if err := c.takePSK(&hello); err != nil {
		return err
	}
	shared, err := c.takeShare(&hello)
	if err != nil {
		return err
	}
	c.handshakeKeys(shared)
	if err := c.setIn(c.hs.serverTraffic); err != nil {
		return err
	}
	c.sendCompatibility()
	if !c.hs.earlyKeys {
		c.setOut(c.hs.clientTraffic)
	}
	c.enter(clientWaitsEncryptedExtensions)
	return nil
}

// checkServerHello refuses an answer that does not fit what was offered.
func (c *Conn) checkServerHello(m *ServerHello) error {
	offered := &c.hs.hello
	if m.Version == 0 {
		return olderServer(m)
	}
	if m.Version != VersionTLS13 {
		return illegal(fmt.Sprintf("the server chose version %v, which was not offered", m.Version), "4.2.1")
	}
	if err := unsolicited(m.Order, offered.offered()); err != nil {
		return err
	}
	switch {
	case !slices.Equal(m.SessionID, offered.SessionID):
		// A client which receives a legacy_session_id_echo field that does not match what it sent in the ClientHello MUST abort the handshake with an
		// "illegal_parameter" alert. RFC 8446, Section 4.1.3
		return illegal("the server does not repeat legacy_session_id", "4.1.3")
	case !slices.Contains(offered.CipherSuites, m.CipherSuite):
		return illegal(fmt.Sprintf("the server chose %v, which was not offered", m.CipherSuite), "4.1.3")
	case c.hs.retry != nil && m.CipherSuite != c.hs.retry.CipherSuite:
		return illegal(fmt.Sprintf("the server chose %v, and %v before", m.CipherSuite, c.hs.retry.CipherSuite), "4.1.4")
	}
	return nil
}

// olderServer refuses a server that speaks TLS 1.2 at most, and says so if it should have spoken 1.3.
//
// TLS 1.3 clients receiving a ServerHello indicating TLS 1.2 or below MUST check that the last 8 bytes are not equal to either of these values.
// […] If a match is found, the client MUST abort the handshake with an "illegal_parameter" alert. RFC 8446, Section 4.1.3
func olderServer(m *ServerHello) error {
	if sentinel := string(m.Random[24:]); sentinel == "DOWNGRD\x01" || sentinel == "DOWNGRD\x00" {
		return illegal("the server speaks TLS 1.3 and answers in an older version: somebody on the way changed what we offered", "4.1.3")
	}
	return &Error{AlertProtocolVersion, fmt.Sprintf("the server speaks %v at most; only TLS 1.3 is spoken here", m.LegacyVersion), wire.RFC("8446", "D.1")}
}

// takeShare ends the key exchange.
func (c *Conn) takeShare(m *ServerHello) ([]byte, error) {
	if m.KeyShare == nil {
		return nil, &Error{AlertMissingExtension, "ServerHello: extension key_share is missing", wire.RFC("8446", "9.2")}
	}
	for _, own := range c.hs.shares {
		if own.group == m.KeyShare.Group {
			c.status.Group = own.group
			secret, refused := own.clientSecret(m.KeyShare.Data)
			if refused != nil {
				return nil, refused
			}
			return secret, nil
		}
	}
	// This value MUST be in the same group as the KeyShareEntry value offered by the client that the server has selected for the negotiated key
	// exchange. RFC 8446, Section 4.2.8
	return nil, illegal(fmt.Sprintf("the server answers with a key share of %v, for which we sent none", m.KeyShare.Group), "4.2.8")
}

// clientTakesEncryptedExtensions reads the rest of the server's choices.
func (c *Conn) clientTakesEncryptedExtensions(m message) error {
	answer, err := parseEncryptedExtensions(m.body)
	if err != nil {
		return err
	}
	if err := unsolicited(answer.Order, c.hs.hello.offered()); err != nil {
		return err
	}
	if answer.ALPN != "" && !slices.Contains(c.cfg.ALPN, answer.ALPN) {
		return &Error{AlertIllegalParameter, fmt.Sprintf("the server chose the application protocol %q, which was not offered", answer.ALPN), wire.RFC("7301", "3.2")}
	}
	c.status.ALPN = answer.ALPN
	if answer.RecordSizeLimit != 0 {
		c.limitRecords(answer.RecordSizeLimit)
	}
	c.hs.transcript.add(m.raw)
	if err := c.endOfferOfEarlyData(answer.EarlyData); err != nil {
		return err
	}
	if c.hs.chosen {
		c.status.PeerCertificates = c.hs.session.Peer
		c.enter(clientWaitsFinished)
		return nil
	}
	c.enter(clientWaitsCertificateOrRequest)
	return nil
}

// limitRecords takes the peer's record_size_limit, and from now on insists on ours (RFC 8449, Section 4).
func (c *Conn) limitRecords(peer uint16) {
	c.sendSize = min(int(peer), maxPlaintext+1)
	if c.cfg.RecordSizeLimit != 0 {
		c.recordSize = c.cfg.RecordSizeLimit
	}
}

// clientTakesCertificateRequest remembers that the server wants to know who we are.
func (c *Conn) clientTakesCertificateRequest(m message) error {
	request, err := parseCertificateRequest(m.body)
	if err != nil {
		return err
	}
	if len(request.Context) != 0 {
		// This field SHALL be zero length unless used for the post-handshake authentication exchanges. RFC 8446, Section 4.3.2
		return illegal("CertificateRequest has a context in the handshake", "4.3.2")
	}
	c.hs.request = &request
	c.hs.transcript.add(m.raw)
	c.enter(clientWaitsCertificate)
	return nil
}

// clientTakesCertificate checks who the server says it is.
func (c *Conn) clientTakesCertificate(m message) error {
	shown, err := parseCertificate(m.body)
	if err != nil {
		return err
	}
	switch {
	case len(shown.Context) != 0:
		return illegal("the server's Certificate has a context", "4.4.2")
	case len(shown.Entries) == 0:
		// If the server supplies an empty Certificate message, the client MUST abort the handshake with a "decode_error" alert. RFC 8446, Section 4.4.2.4
		return &Error{AlertDecodeError, "the server shows no certificate", wire.RFC("8446", "4.4.2.4")}
	}
	if err := c.takeCertificate(shown, m.raw, c.hs.hello.offered()); err != nil {
		return err
	}
	c.status.OCSP = shown.Entries[0].OCSP
	if !c.cfg.Insecure {
		if err := c.trust(c.hs.chain, c.serverName, x509.ExtKeyUsageServerAuth); err != nil {
			return err
		}
		c.note("trusts the certificate of "+subject(c.hs.chain[0]), "4.4.2.4")
	}
	c.enter(clientWaitsCertificateVerify)
	return nil
}

// clientTakesCertificateVerify checks that the server is who it says it is.
func (c *Conn) clientTakesCertificateVerify(m message) error {
	scheme, err := c.takeCertificateVerify(m, serverSigns, c.hs.hello.SignatureAlgorithms)
	if err != nil {
		return err
	}
	c.status.Signature = scheme
	c.enter(clientWaitsFinished)
	return nil
}

// clientTakesFinished ends the handshake: the client's last flight goes out, and application data may.
func (c *Conn) clientTakesFinished(m message) error {
	if err := c.takeFinished(m, c.hs.serverTraffic); err != nil {
		return err
	}
	c.applicationKeys()
	if err := c.setIn(c.hs.serverNext); err != nil {
		return err
	}
	c.sendEndOfEarlyData()
	if err := c.sendClientCertificate(); err != nil {
		return err
	}
	c.sendFinished(c.hs.clientTraffic)
	c.setOut(c.hs.clientNext)
	c.resumptionKeys()
	c.enter(clientConnected)
	c.dropHandshake()
	return nil
}

// sendClientCertificate answers a CertificateRequest: with the first certificate that fits it, or with none.
func (c *Conn) sendClientCertificate() error {
	request := c.hs.request
	if request == nil {
		return nil
	}
	var scheme SignatureScheme
	for i := range c.cfg.Certificates {
		pair := &c.cfg.Certificates[i]
		s, fits := schemeFor(pair.Key.Public(), request.SignatureAlgorithms)
		if fits && vouchedFor(pair, request.CertificateAuthorities) {
			c.hs.pair, scheme = pair, s
			break
		}
	}
	return c.sendCertificate(request.Context, scheme, clientSigns, request.StatusRequest)
}

// vouchedFor reports whether one of the authorities that the server names has signed something in the chain; it may name none.
func vouchedFor(pair *KeyPair, authorities [][]byte) bool {
	if len(authorities) == 0 {
		return true
	}
	for _, der := range pair.Chain {
		certificate, err := x509.ParseCertificate(der)
		if err != nil {
			return false
		}
		for _, name := range authorities {
			if slices.Equal(name, certificate.RawIssuer) {
				return true
			}
		}
	}
	return false
}
