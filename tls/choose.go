package tls

import (
	"crypto/hmac"
	"fmt"
	"slices"

	"netlab/wire"
)

// What a server chooses of a client's offers (RFC 8446, Section 4.1.1).

// chooseSuite takes the suite that the server likes best of those that the client offers.
func (c *Conn) chooseSuite() error {
	for _, s := range c.cfg.Suites {
		if slices.Contains(c.hs.hello.CipherSuites, s) {
			c.status.Suite = s
			return nil
		}
	}
	return cannotAgree(fmt.Sprintf("no cipher suite in common: the client offers %v, we use %v", c.hs.hello.CipherSuites, c.cfg.Suites))
}

// cannotAgree is the error for offers of which none will do.
//
// If the server is unable to negotiate a supported set of parameters […], it MUST abort the handshake with either a "handshake_failure" or
// "insufficient_security" fatal alert. RFC 8446, Section 4.1.1
func cannotAgree(say string) *Error {
	return &Error{AlertHandshakeFailure, say, wire.RFC("8446", "4.1.1")}
}

// chooseShare takes the share of the group that the server likes best of those that the client sent one for. With none the group is the best of those
// that both know, and the client has to come back: nil.
func (c *Conn) chooseShare() (*KeyShareEntry, error) {
	hello := &c.hs.hello
	for _, g := range c.cfg.Groups {
		for i := range hello.KeyShares {
			if hello.KeyShares[i].Group == g {
				c.status.Group = g
				return &hello.KeyShares[i], nil
			}
		}
	}
	for _, g := range c.cfg.Groups {
		if slices.Contains(hello.Groups, g) {
			c.status.Group = g
			return nil, nil
		}
	}
	return nil, cannotAgree(fmt.Sprintf("no group in common: the client offers %v, we use %v", hello.Groups, c.cfg.Groups))
}

// sameHello refuses a second ClientHello that is more than the first with the changes that were asked for.
//
// […] the client MUST send the same ClientHello without modification, except as follows. RFC 8446, Section 4.1.2
func sameHello(first, second *ClientHello, retry *ServerHello) error {
	switch {
	case first.Random != second.Random, !slices.Equal(first.SessionID, second.SessionID),
		!slices.Equal(first.CipherSuites, second.CipherSuites), first.ServerName != second.ServerName,
		!slices.Equal(first.Groups, second.Groups), !slices.Equal(first.ALPN, second.ALPN),
		!slices.Equal(first.SignatureAlgorithms, second.SignatureAlgorithms), first.RecordSizeLimit != second.RecordSizeLimit:
		return illegal("the second ClientHello differs from the first in more than what was asked for", "4.1.2")
	case second.EarlyData:
		return illegal("the second ClientHello offers early data", "4.2.10")
	case retry.RetryGroup != 0 && len(second.KeyShares) != 1:
		// […] replacing the list of shares with a list containing a single KeyShareEntry from the indicated group. RFC 8446, Section 4.1.2
		return illegal(fmt.Sprintf("the second ClientHello has %d key shares instead of the one that was asked for", len(second.KeyShares)), "4.1.2")
	case !hmac.Equal(second.Cookie, retry.Cookie):
		return illegal("the second ClientHello does not repeat the cookie", "4.2.2")
	}
	return nil
}

// chooseProtocol takes the application protocol that the server likes best of those that the client offers.
func (c *Conn) chooseProtocol() error {
	offered := c.hs.hello.ALPN
	if len(offered) == 0 || len(c.cfg.ALPN) == 0 {
		return nil
	}
	for _, name := range c.cfg.ALPN {
		if slices.Contains(offered, name) {
			c.status.ALPN = name
			return nil
		}
	}
	return &Error{AlertNoApplicationProtocol, fmt.Sprintf("no application protocol in common: the client offers %q, we speak %q", offered, c.cfg.ALPN), wire.RFC("7301", "3.2")}
}

// chooseSession takes the first session that the client offers and the server remembers. raw is the ClientHello that offers it.
func (c *Conn) chooseSession(raw []byte) error {
	offer := c.hs.hello.PreSharedKey
	if offer != nil && c.cfg.Sessions != nil && slices.Contains(c.hs.hello.PSKModes, PSKWithDHE) {
		// Only the first: a client has no reason to offer more, and each would cost us work.
		session, found := c.cfg.Sessions.Take(string(offer.Identities[0].Identity))
		if found && c.usable(&session) {
			return c.resume(session, offer, raw)
		}
	}
	c.hs.early = c.status.Suite.Early(nil)
	c.derived("early secret", "no pre-shared key goes into the key schedule", c.hs.early.secret, "7.1")
	return nil
}

// usable reports whether a session can be resumed now, with what was chosen so far.
func (c *Conn) usable(s *Session) bool {
	age := c.now.Sub(s.Received)
	return age >= 0 && age <= s.Lifetime && s.Suite.HashLen() == c.status.Suite.HashLen() &&
		(c.cfg.ClientAuth != RequireClientCertificate || len(s.Peer) > 0)
}

// resume resumes a session, if the client proves that it knows its key.
//
// Prior to accepting PSK key establishment, the server MUST validate the corresponding binder value […]. If this value is not present or does not validate,
// the server MUST abort the handshake. RFC 8446, Section 4.2.11
func (c *Conn) resume(session Session, offer *OfferedPSKs, raw []byte) error {
	early := c.status.Suite.Early(session.PSK)
	key := early.ResumptionBinder()
	defer key.Wipe()
	c.derived("res binder", "proves that the client knows the pre-shared key of its ticket", key.secret, "4.2.11.2")
	binder := key.Finished(c.hs.transcript.sumWith(c.status.Suite, raw[:len(raw)-offer.bindersLen()]))
	if !hmac.Equal(binder, offer.Binders[0]) {
		c.cfg.Sessions.Put(string(offer.Identities[0].Identity), session) // whoever that was, the ticket is not theirs to use up
		return &Error{AlertDecryptError, "the binder is wrong: the client does not know the key of the ticket that it shows", wire.RFC("8446", "4.2.11")}
	}
	c.hs.early, c.hs.session, c.hs.chosen = early, &session, true
	c.status.Resumed, c.status.PeerCertificates = true, session.Peer
	c.note("resumes a session; its ticket is used up", "8.1")
	return nil
}

// chooseCertificate takes a certificate for the name that the client gave, of which it can verify the signature.
func (c *Conn) chooseCertificate() (SignatureScheme, error) {
	name := c.hs.hello.ServerName
	if c.cfg.RequireName && name == "" {
		return 0, &Error{AlertMissingExtension, "the client does not say which server it wants: it sent no server_name (SNI)", wire.RFC("8446", "9.2")}
	}
	if c.hs.chosen {
		return 0, nil
	}
	var first *KeyPair
	var firstScheme SignatureScheme
	for i := range c.cfg.Certificates {
		pair := &c.cfg.Certificates[i]
		scheme, fits := schemeFor(pair.Key.Public(), c.hs.hello.SignatureAlgorithms)
		if !fits {
			continue
		}
		if name == "" || pair.Leaf.VerifyHostname(name) == nil {
			c.hs.pair = pair
			return scheme, nil
		}
		if first == nil {
			first, firstScheme = pair, scheme
		}
	}
	switch {
	case first == nil:
		return 0, cannotAgree(fmt.Sprintf("no certificate here can sign with any of what the client takes: %v", c.hs.hello.SignatureAlgorithms))
	case c.cfg.RequireName:
		return 0, &Error{AlertUnrecognizedName, fmt.Sprintf("the client wants the server %q; no certificate here is for it", name), wire.RFC("6066", "3")}
	}
	c.hs.pair = first
	return firstScheme, nil
}
