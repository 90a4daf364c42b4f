package tls

import (
	"crypto/hmac"
	"crypto/x509"
	"fmt"
	"io"

	"netlab/wire"
)

// handshake is what an end needs until the handshake is done.
type handshake struct {
	hello      ClientHello // the client's: ours, or what the server got (after a retry, the second)
	sessionID  []byte      // of the client: not empty means middlebox compatibility mode
	transcript transcript
	retry      *ServerHello // the HelloRetryRequest that was sent or received

	shares    []keyExchange // of the client, one for each share it sent
	session   *Session      // what is resumed; of the client: what it offers to resume
	chosen    bool          // the session is resumed
	earlyKeys bool          // of the client: what it sends is protected as early data

	early         EarlySecret
	handshake     HandshakeSecret
	master        MasterSecret
	clientTraffic TrafficSecret // of the handshake
	serverTraffic TrafficSecret
	clientNext    TrafficSecret // of application data
	serverNext    TrafficSecret

	request *CertificateRequest // that the client got
	chain   []*x509.Certificate // that the peer showed
	pair    *KeyPair            // that we show
}

// handshakeKeys derives the secrets of the handshake. The transcript ends with ServerHello; shared is what the key exchange gave.
func (c *Conn) handshakeKeys(shared []byte) {
	h := c.hs
	defer clear(shared)
	h.handshake = h.early.Handshake(shared)
	h.early.Wipe()
	c.derived("handshake secret", "the key exchange goes into the key schedule", h.handshake.secret, "7.1")
	hash := h.transcript.sum()
	h.clientTraffic, h.serverTraffic = h.handshake.ClientTraffic(hash), h.handshake.ServerTraffic(hash)
	c.logged("CLIENT_HANDSHAKE_TRAFFIC_SECRET", "c hs traffic", "the keys of the client's handshake messages", h.clientTraffic.secret)
	c.logged("SERVER_HANDSHAKE_TRAFFIC_SECRET", "s hs traffic", "the keys of the server's handshake messages", h.serverTraffic.secret)
}

// applicationKeys derives the secrets of application data. The transcript ends with the server's Finished.
func (c *Conn) applicationKeys() {
	h := c.hs
	h.master = h.handshake.Master()
	h.handshake.Wipe()
	c.derived("master secret", "the last step of the key schedule", h.master.secret, "7.1")
	hash := h.transcript.sum()
	h.clientNext, h.serverNext = h.master.ClientTraffic(hash), h.master.ServerTraffic(hash)
	c.exporter = h.master.Exporter(hash)
	c.logged("CLIENT_TRAFFIC_SECRET_0", "c ap traffic", "the keys of the client's application data", h.clientNext.secret)
	c.logged("SERVER_TRAFFIC_SECRET_0", "s ap traffic", "the keys of the server's application data", h.serverNext.secret)
	c.logged("EXPORTER_SECRET", "exp master", "keys for other protocols", c.exporter.secret)
}

// resumptionKeys derives what tickets are made of. The transcript ends with the client's Finished.
func (c *Conn) resumptionKeys() {
	c.resumption = c.hs.master.Resumption(c.hs.transcript.sum())
	c.derived("res master", "the pre-shared keys of tickets", c.resumption.secret, "7.1")
}

// dropHandshake forgets what only the handshake needed, its secrets first.
func (c *Conn) dropHandshake() {
	h := c.hs
	if h == nil {
		return
	}
	for _, s := range []secret{h.early.secret, h.handshake.secret, h.master.secret} {
		s.Wipe()
	}
	for i := range h.shares {
		h.shares[i].wipe()
	}
	// The traffic secrets belong to the keys that were made of them; those of the handshake that were never used are wiped here.
	for _, t := range []TrafficSecret{h.clientTraffic, h.serverTraffic} {
		t.Wipe()
	}
	c.hs, c.flight = nil, nil
}

// draw fills b with random octets.
func (c *Conn) draw(b []byte) error {
	if _, err := io.ReadFull(c.cfg.Random, b); err != nil {
		return fmt.Errorf("tls: no random octets: %w", err)
	}
	return nil
}

// sendCertificate shows our certificate and proves that we have its key; of a client that has none, only that.
func (c *Conn) sendCertificate(requestContext []byte, scheme SignatureScheme, signs string, staple bool) error {
	m := Certificate{Context: requestContext}
	if pair := c.hs.pair; pair != nil {
		for i, der := range pair.Chain {
			entry := CertificateEntry{Data: der}
			if i == 0 && staple {
				entry.OCSP = pair.OCSP
			}
			m.Entries = append(m.Entries, entry)
		}
	}
	c.send(m.append(nil))
	if c.hs.pair == nil {
		return nil
	}
	signature, err := sign(c.hs.pair.Key, scheme, signedContent(signs, c.hs.transcript.sum()), c.cfg.Random)
	if err != nil {
		return err
	}
	c.send((&CertificateVerify{Scheme: scheme, Signature: signature}).append(nil))
	return nil
}

// sendFinished ends our part of the handshake. t is the secret of our handshake messages.
func (c *Conn) sendFinished(t TrafficSecret) {
	c.send((&Finished{VerifyData: t.Finished(c.hs.transcript.sum())}).append(nil))
}

// takeCertificate reads the peer's chain, which is not empty.
func (c *Conn) takeCertificate(m Certificate, raw []byte, asked []ExtensionType) error {
	for _, e := range m.Entries {
		if err := unsolicited(e.Order, asked); err != nil {
			return err
		}
	}
	chain, err := parseChain(m.Entries)
	if err != nil {
		return err
	}
	c.hs.chain = chain
	c.hs.transcript.add(raw)
	return nil
}

// takeCertificateVerify checks that the peer has the key of its certificate.
func (c *Conn) takeCertificateVerify(m message, signs string, offered []SignatureScheme) (SignatureScheme, error) {
	proof, err := parseCertificateVerify(m.body)
	if err != nil {
		return 0, err
	}
	if refused := verify(c.hs.chain[0].PublicKey, proof.Scheme, signedContent(signs, c.hs.transcript.sum()), proof.Signature); refused != nil {
		return 0, refused
	}
	c.hs.transcript.add(m.raw)
	c.status.PeerCertificates = c.hs.chain
	c.note("has verified with "+proof.Scheme.String()+" that the peer holds the key of its certificate", "4.4.3")
	return proof.Scheme, nil
}

// takeFinished checks the peer's Finished. t is the secret of its handshake messages.
//
// Recipients of Finished messages MUST verify that the contents are correct and if incorrect MUST terminate the connection with a "decrypt_error"
// alert. RFC 8446, Section 4.4.4
func (c *Conn) takeFinished(m message, t TrafficSecret) error {
	end, err := parseFinished(m.body)
	if err != nil {
		return err
	}
	if len(end.VerifyData) != c.status.Suite.HashLen() {
		return undecodable(fmt.Sprintf("Finished: verify_data of %d octets; %v has %d", len(end.VerifyData), c.status.Suite, c.status.Suite.HashLen()))
	}
	if !hmac.Equal(end.VerifyData, t.Finished(c.hs.transcript.sum())) {
		return &Error{AlertDecryptError, "Finished is wrong: the two ends have not seen the same handshake", wire.RFC("8446", "4.4.4")}
	}
	c.hs.transcript.add(m.raw)
	return nil
}
