package tls

import (
	"fmt"
	"slices"
	"strings"
)

// offer sends the first ClientHello (RFC 8446, Section 4.1.2).
func (c *Conn) offer() error {
	h := &c.hs.hello
	h.LegacyVersion = VersionTLS12
	if err := c.draw(h.Random[:]); err != nil {
		return err
	}
	if !c.cfg.NoCompatibility {
		// In compatibility mode […], this field MUST be non-empty, so a client not offering a pre-TLS 1.3 session MUST generate a new 32-byte
		// value. RFC 8446, Section 4.1.2
		h.SessionID = make([]byte, 32)
		if err := c.draw(h.SessionID); err != nil {
			return err
		}
		c.hs.sessionID = h.SessionID
	}
	h.CipherSuites = c.cfg.Suites
	h.SupportedVersions = []Version{VersionTLS13}
	h.Groups = c.cfg.Groups
	h.SignatureAlgorithms = supportedSignatures()
	h.SignatureAlgorithmsCert = certificateSignatures()
	h.PSKModes = []PSKMode{PSKWithDHE}
	h.ALPN = c.cfg.ALPN
	h.StatusRequest = true
	h.RecordSizeLimit = uint16(c.cfg.RecordSizeLimit)
	if isHostName(c.serverName) {
		h.ServerName = c.serverName
	}
	if err := c.share(c.firstShares()...); err != nil {
		return err
	}
	c.offerSession()
	c.sendHello()
	return nil
}

// firstShares returns the groups for which the client sends a share unasked: the one it likes best, and X25519 too if that is a hybrid which
// many servers do not know yet.
func (c *Conn) firstShares() []Group {
	first := c.cfg.Groups[:1]
	if first[0] == GroupX25519MLKEM768 && slices.Contains(c.cfg.Groups, GroupX25519) {
		return []Group{GroupX25519MLKEM768, GroupX25519}
	}
	return first
}

// share puts shares of these groups into the hello.
func (c *Conn) share(groups ...Group) error {
	c.hs.shares, c.hs.hello.KeyShares = nil, nil
	for _, g := range groups {
		k, err := newKeyExchange(g, c.cfg.Random)
		if err != nil {
			return err
		}
		c.hs.shares = append(c.hs.shares, k)
		c.hs.hello.KeyShares = append(c.hs.hello.KeyShares, KeyShareEntry{g, k.clientShare()})
	}
	return nil
}

// sendHello sends the hello, with the binder of the session that it offers.
//
// Each entry in the binders list is computed as an HMAC over a transcript hash […] containing a partial ClientHello up to and including the
// PreSharedKeyExtension.identities field. RFC 8446, Section 4.2.11.2
func (c *Conn) sendHello() {
	raw := c.hs.hello.append(nil)
	if offered := c.hs.hello.PreSharedKey; offered != nil {
		session := c.hs.session
		truncated := raw[:len(raw)-offered.bindersLen()]
		early := session.Suite.Early(session.PSK)
		key := early.ResumptionBinder()
		c.derived("res binder", "proves that we know the pre-shared key of the ticket", key.secret, "4.2.11.2")
		binder := key.Finished(c.hs.transcript.sumWith(session.Suite, truncated))
		copy(raw[len(raw)-len(binder):], binder)
		offered.Binders[0] = binder
		key.Wipe()
		c.hs.early = early
	}
	c.send(raw)
	c.flush()
}

// takeRetry takes a HelloRetryRequest and comes back with what it asks for (RFC 8446, Section 4.1.4).
func (c *Conn) takeRetry(m *ServerHello, raw []byte) error {
	hello := &c.hs.hello
	if c.hs.retry != nil {
		// If a client receives a second HelloRetryRequest in the same connection (i.e., where the ClientHello was itself in response to a
		// HelloRetryRequest), it MUST abort the handshake with an "unexpected_message" alert. RFC 8446, Section 4.1.4
		return unexpected("a second HelloRetryRequest", "4.1.4")
	}
	if m.RetryGroup == 0 && m.Cookie == nil {
		// Clients MUST abort the handshake with an "illegal_parameter" alert if the HelloRetryRequest would not result in any change in the
		// ClientHello. RFC 8446, Section 4.1.4
		return illegal("a HelloRetryRequest that changes nothing", "4.1.4")
	}
	shared := func(k keyExchange) bool { return k.group == m.RetryGroup }
	if m.RetryGroup != 0 && (!slices.Contains(hello.Groups, m.RetryGroup) || slices.ContainsFunc(c.hs.shares, shared)) {
		return illegal(fmt.Sprintf("a HelloRetryRequest for %v, which was not offered or already has a share", m.RetryGroup), "4.2.8")
	}
	c.hs.retry, c.status.Retried = m, true
	c.note("is asked to come back: "+retryReason(m), "4.1.4")
	c.hs.transcript.choose(m.CipherSuite)
	c.hs.transcript.retry()
	c.hs.transcript.add(raw)

	hello.Cookie = m.Cookie
	if m.RetryGroup != 0 {
		if err := c.share(m.RetryGroup); err != nil {
			return err
		}
	}
	c.withdrawEarlyData()
	// […] updating the "pre_shared_key" extension if present by recomputing the "obfuscated_ticket_age" and binder values and (optionally)
	// removing any PSKs which are incompatible with the server's indicated cipher suite. RFC 8446, Section 4.1.2
	if s := c.hs.session; s != nil && s.Suite.HashLen() != m.CipherSuite.HashLen() {
		hello.PreSharedKey, c.hs.session = nil, nil
	}
	c.sendCompatibility()
	c.sendHello()
	return nil
}

func retryReason(m *ServerHello) string {
	var reasons []string
	if m.RetryGroup != 0 {
		reasons = append(reasons, "with a key share of "+m.RetryGroup.String())
	}
	if m.Cookie != nil {
		reasons = append(reasons, "with a cookie")
	}
	return strings.Join(reasons, " and ")
}

// takePSK learns whether the server resumes the session that was offered.
func (c *Conn) takePSK(m *ServerHello) error {
	session := c.hs.session
	if m.PreSharedKey == nil {
		c.hs.early.Wipe()
		c.hs.early = c.status.Suite.Early(nil)
		c.derived("early secret", "no pre-shared key goes into the key schedule", c.hs.early.secret, "7.1")
		return nil
	}
	// Clients MUST verify that the server's selected_identity is within the range supplied by the client, that the server selected a cipher suite
	// indicating a Hash associated with the PSK […]. If these values are not consistent, the client MUST abort the handshake with an
	// "illegal_parameter" alert. RFC 8446, Section 4.2.11
	if *m.PreSharedKey != 0 {
		return illegal(fmt.Sprintf("the server chose pre-shared key %d of 1", *m.PreSharedKey), "4.2.11")
	}
	if session.Suite.HashLen() != m.CipherSuite.HashLen() {
		return illegal(fmt.Sprintf("the server chose %v with a pre-shared key of another hash", m.CipherSuite), "4.2.11")
	}
	if c.status.EarlyDataOffered && session.Suite != m.CipherSuite {
		// The early data that may be on its way is protected with the suite of the session; whether the server takes it, EncryptedExtensions says.
		c.note("has sent early data with "+session.Suite.String()+", which the server cannot take: it chose another suite", "4.2.10")
	}
	c.hs.early.suite = m.CipherSuite
	c.hs.chosen, c.status.Resumed = true, true
	c.note("resumes a session", "2.2")
	return nil
}
