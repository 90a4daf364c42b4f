package tls

import (
	"crypto/x509"
	"slices"

	"netlab/wire"
)

// The server's handshake, in the order of RFC 8446, Section A.2:
//
//	serverTakesClientHello          answers with its whole flight, or asks the client to come back
//	serverTakesSecondClientHello
//	serverTakesEndOfEarlyData       if early data was taken
//	serverTakesCertificate          if the client was asked who it is
//	serverTakesCertificateVerify
//	serverTakesFinished             gives tickets

// serverTakesClientHello takes the first ClientHello.
func (c *Conn) serverTakesClientHello(m message) error {
	if err := c.cfg.Validate(); err != nil {
		return err
	}
	if err := c.takeHello(m); err != nil {
		return err
	}
	if err := c.chooseSuite(); err != nil {
		return err
	}
	share, err := c.chooseShare()
	if err != nil {
		return err
	}
	if share == nil || c.cfg.Cookie {
		return c.askAgain(share, m.raw)
	}
	return c.answer(share, m.raw)
}

// takeHello reads a ClientHello and refuses it if there is no TLS 1.3 in it, or not as it has to be.
func (c *Conn) takeHello(m message) error {
	hello, err := parseClientHello(m.body)
	if err != nil {
		return err
	}
	if !slices.Contains(hello.SupportedVersions, VersionTLS13) {
		return &Error{AlertProtocolVersion, "the client does not speak TLS 1.3; nothing else is spoken here", wire.RFC("8446", "D.2")}
	}
	if err := hello.check(); err != nil {
		return err
	}
	if len(c.messages) > 0 {
		return unexpected("something follows ClientHello in its record", "5.1")
	}
	c.hs.hello, c.hs.sessionID = hello, hello.SessionID
	c.serverName = hello.ServerName
	return nil
}

// askAgain sends a HelloRetryRequest.
func (c *Conn) askAgain(share *KeyShareEntry, hello []byte) error {
	retry := &ServerHello{
		LegacyVersion: VersionTLS12, Random: RetryRandom(), SessionID: c.hs.hello.SessionID, CipherSuite: c.status.Suite, Version: VersionTLS13,
	}
	if share == nil {
		retry.RetryGroup = c.status.Group
	}
	if c.cfg.Cookie {
		retry.Cookie = make([]byte, 32)
		if err := c.draw(retry.Cookie); err != nil {
			return err
		}
	}
	c.hs.retry, c.status.Retried = retry, true
	c.note("asks the client to come back "+retryReason(retry), "4.1.4")
	c.hs.transcript.add(hello)
	c.hs.transcript.choose(c.status.Suite)
	c.hs.transcript.retry()
	c.send(retry.append(nil))
	c.flush()
	c.sendCompatibility()
	if c.hs.hello.EarlyData {
		c.status.EarlyDataOffered = true
		c.skipAll, c.skip = true, max(int(min(c.cfg.EarlyData, 1<<30)), maxPlaintext)*2
	}
	c.enter(serverWaitsSecondClientHello)
	return nil
}

// serverTakesSecondClientHello takes the ClientHello that answers our HelloRetryRequest.
func (c *Conn) serverTakesSecondClientHello(m message) error {
	first, retry := c.hs.hello, c.hs.retry
	if err := c.takeHello(m); err != nil {
		return err
	}
	c.skip, c.skipAll = 0, false
	if err := sameHello(&first, &c.hs.hello, retry); err != nil {
		return err
	}
	share, err := c.chooseShare()
	if err != nil {
		return err
	}
	if share == nil || retry.RetryGroup != 0 && share.Group != retry.RetryGroup {
		return illegal("the second ClientHello does not have the key share that was asked for", "4.1.2")
	}
	return c.answer(share, m.raw)
}

// answer sends the server's flight: after it everything that the client may know is said.
func (c *Conn) answer(share *KeyShareEntry, raw []byte) error {
	if err := c.chooseProtocol(); err != nil {
		return err
	}
	if err := c.chooseSession(raw); err != nil {
		return err
	}
	scheme, err := c.chooseCertificate()
	if err != nil {
		return err
	}
	c.hs.transcript.add(raw)
	if c.hs.retry == nil {
		c.hs.transcript.choose(c.status.Suite)
	}
	early := c.decideEarlyData()
	var earlyTraffic TrafficSecret
	if early {
		earlyTraffic = c.hs.early.ClientTraffic(c.hs.transcript.sum())
		c.logged("CLIENT_EARLY_TRAFFIC_SECRET", "c e traffic", "the keys of early data", earlyTraffic.secret)
	}
	if err := c.sendServerHello(share); err != nil {
		return err
	}
	c.sendEncryptedExtensions(early)
	if err := c.sendAuthentication(scheme); err != nil {
		return err
	}
	c.sendFinished(c.hs.serverTraffic)
	c.applicationKeys()
	c.setOut(c.hs.serverNext)
	if early {
		c.enter(serverWaitsEndOfEarlyData)
		return c.setIn(earlyTraffic)
	}
	c.enter(c.afterServerFlight())
	return c.setIn(c.hs.clientTraffic)
}

// sendServerHello sends the choices that the keys depend on; after it everything is protected.
func (c *Conn) sendServerHello(share *KeyShareEntry) error {
	hello := &ServerHello{
		LegacyVersion: VersionTLS12, SessionID: c.hs.hello.SessionID, CipherSuite: c.status.Suite, Version: VersionTLS13,
	}
	if err := c.draw(hello.Random[:]); err != nil {
		return err
	}
	own, shared, err := answerShare(share.Group, share.Data, c.cfg.Random)
	if err != nil {
		return err
	}
	hello.KeyShare = &KeyShareEntry{share.Group, own}
	if c.hs.chosen {
		first := uint16(0)
		hello.PreSharedKey = &first
	}
	c.send(hello.append(nil))
	c.flush()
	c.sendCompatibility()
	c.handshakeKeys(shared)
	c.setOut(c.hs.serverTraffic)
	return nil
}

// sendEncryptedExtensions sends the choices that the keys do not depend on.
func (c *Conn) sendEncryptedExtensions(early bool) {
	hello := &c.hs.hello
	m := &EncryptedExtensions{ALPN: c.status.ALPN, EarlyData: early}
	if hello.RecordSizeLimit != 0 {
		// In TLS 1.3, the server sends the "record_size_limit" extension in the EncryptedExtensions message. RFC 8449, Section 4
		m.RecordSizeLimit = uint16(maxPlaintext + 1)
		if c.cfg.RecordSizeLimit != 0 {
			m.RecordSizeLimit = uint16(c.cfg.RecordSizeLimit)
		}
	}
	m.ServerName = c.hs.pair != nil && hello.ServerName != "" && !c.hs.chosen
	c.send(m.append(nil))
	if hello.RecordSizeLimit != 0 {
		c.flush()
		c.limitRecords(hello.RecordSizeLimit)
	}
}

// sendAuthentication shows who the server is, unless a session is resumed, and asks who the client is.
func (c *Conn) sendAuthentication(scheme SignatureScheme) error {
	if c.hs.chosen {
		return nil
	}
	if c.cfg.ClientAuth != NoClientCertificate {
		c.send((&CertificateRequest{SignatureAlgorithms: supportedSignatures(), SignatureAlgorithmsCert: certificateSignatures()}).append(nil))
	}
	return c.sendCertificate(nil, scheme, serverSigns, c.hs.hello.StatusRequest)
}

// afterServerFlight is what a server waits for when there is no early data, or no more.
func (c *Conn) afterServerFlight() state {
	if c.cfg.ClientAuth != NoClientCertificate && !c.hs.chosen {
		return serverWaitsCertificate
	}
	return serverWaitsFinished
}

// serverTakesCertificate checks who the client says it is.
func (c *Conn) serverTakesCertificate(m message) error {
	shown, err := parseCertificate(m.body)
	if err != nil {
		return err
	}
	switch {
	case len(shown.Context) != 0:
		return illegal("the client's Certificate has a context that was not asked for", "4.4.2")
	case len(shown.Entries) == 0 && c.cfg.ClientAuth == RequireClientCertificate:
		// If the client does not send any certificates, the server MAY […] abort the handshake with a "certificate_required" alert. RFC 8446, Section 4.4.2.4
		return refuseCertificate(AlertCertificateRequired, "the client shows no certificate, and one is required here")
	case len(shown.Entries) == 0:
		c.hs.transcript.add(m.raw)
		c.enter(serverWaitsFinished)
		return nil
	}
	if err := c.takeCertificate(shown, m.raw, nil); err != nil {
		return err
	}
	if err := c.trust(c.hs.chain, "", x509.ExtKeyUsageClientAuth); err != nil {
		return err
	}
	c.enter(serverWaitsCertificateVerify)
	return nil
}

// serverTakesCertificateVerify checks that the client is who it says it is.
func (c *Conn) serverTakesCertificateVerify(m message) error {
	if _, err := c.takeCertificateVerify(m, clientSigns, supportedSignatures()); err != nil {
		return err
	}
	c.enter(serverWaitsFinished)
	return nil
}

// serverTakesFinished ends the handshake: application data may go.
func (c *Conn) serverTakesFinished(m message) error {
	if err := c.takeFinished(m, c.hs.clientTraffic); err != nil {
		return err
	}
	if err := c.setIn(c.hs.clientNext); err != nil {
		return err
	}
	c.skip = 0
	c.resumptionKeys()
	modes := c.hs.hello.PSKModes
	c.enter(serverConnected)
	c.dropHandshake()
	return c.sendTickets(modes)
}
