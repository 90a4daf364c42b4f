package tls

import (
	"crypto/hkdf"
	"crypto/hmac"
)

// The key schedule of RFC 8446, Section 7.1, read from the top down:
//
//	             0
//	             |
//	   PSK ->  Extract = EarlySecret     -> binder key, "c e traffic", "e exp master"
//	             |
//	(EC)DHE -> Extract = HandshakeSecret -> "c hs traffic", "s hs traffic"
//	             |
//	     0 ->  Extract = MasterSecret    -> "c ap traffic", "s ap traffic", "exp master", "res master"
//
// Each step is a type, and the only way to a type is the method of the one above it: a handshake cannot take a step twice, or
// the wrong one. Whoever is done with a step calls its Wipe.

// EarlySecret is the first step: HKDF-Extract(0, PSK).
type EarlySecret struct{ secret }

// HandshakeSecret is the second step, which mixes in the secret that the key exchange gave.
type HandshakeSecret struct{ secret }

// MasterSecret is the third step.
type MasterSecret struct{ secret }

// TrafficSecret is what the keys of one direction are made of, for one part of a connection.
type TrafficSecret struct{ secret }

// ExporterSecret is what other protocols get keys from (RFC 8446, Section 7.5).
type ExporterSecret struct{ secret }

// ResumptionSecret is what the pre-shared keys of tickets are made of.
type ResumptionSecret struct{ secret }

// secret is a value of the schedule, with the suite whose hash made it.
type secret struct {
	suite  CipherSuite
	octets []byte // as many as the hash has
}

// Octets returns the secret itself, for key logs and screens. It is the secret's own memory: Wipe overwrites it.
func (s secret) Octets() []byte { return s.octets }

// Wipe overwrites the secret.
//
// Go may have left copies where it moved memory; what can be overwritten is.
func (s secret) Wipe() { clear(s.octets) }

// Early begins the schedule with a pre-shared key; nil means none.
//
// If a given secret is not available, then the 0-value consisting of a string of Hash.length bytes set to zeros is used.
// RFC 8446, Section 7.1
func (s CipherSuite) Early(psk []byte) EarlySecret {
	if psk == nil {
		psk = make([]byte, s.HashLen())
	}
	return EarlySecret{s.extract(nil, psk)}
}

// ResumptionBinder returns the key that proves who offers a ticket knows its pre-shared key (RFC 8446, Section 4.2.11.2).
func (e EarlySecret) ResumptionBinder() TrafficSecret {
	return TrafficSecret{e.derive("res binder", e.suite.empty())}
}

// ExternalBinder is the same for a pre-shared key that was agreed outside of TLS.
func (e EarlySecret) ExternalBinder() TrafficSecret {
	return TrafficSecret{e.derive("ext binder", e.suite.empty())}
}

// ClientTraffic returns the secret of early data. transcript is the hash of the messages up to ClientHello.
func (e EarlySecret) ClientTraffic(transcript []byte) TrafficSecret {
	return TrafficSecret{e.derive("c e traffic", transcript)}
}

// Exporter returns the exporter secret of early data.
func (e EarlySecret) Exporter(transcript []byte) ExporterSecret {
	return ExporterSecret{e.derive("e exp master", transcript)}
}

// Handshake takes the second step. shared is what the key exchange gave; nil means none (a PSK alone).
func (e EarlySecret) Handshake(shared []byte) HandshakeSecret {
	if shared == nil {
		shared = make([]byte, e.suite.HashLen())
	}
	salt := e.derive("derived", e.suite.empty())
	defer salt.Wipe()
	return HandshakeSecret{e.suite.extract(salt.octets, shared)}
}

// ClientTraffic returns the secret of the client's handshake messages. transcript is the hash of the messages up to ServerHello.
func (h HandshakeSecret) ClientTraffic(transcript []byte) TrafficSecret {
	return TrafficSecret{h.derive("c hs traffic", transcript)}
}

// ServerTraffic returns the secret of the server's handshake messages.
func (h HandshakeSecret) ServerTraffic(transcript []byte) TrafficSecret {
	return TrafficSecret{h.derive("s hs traffic", transcript)}
}

// Master takes the third step.
func (h HandshakeSecret) Master() MasterSecret {
	salt := h.derive("derived", h.suite.empty())
	defer salt.Wipe()
	return MasterSecret{h.suite.extract(salt.octets, make([]byte, h.suite.HashLen()))}
}

// ClientTraffic returns the secret of what the client's application sends. transcript is the hash of the messages up to the server's Finished.
func (m MasterSecret) ClientTraffic(transcript []byte) TrafficSecret {
	return TrafficSecret{m.derive("c ap traffic", transcript)}
}

// ServerTraffic returns the secret of what the server's application sends.
func (m MasterSecret) ServerTraffic(transcript []byte) TrafficSecret {
	return TrafficSecret{m.derive("s ap traffic", transcript)}
}

// Exporter returns the exporter secret. transcript is that of the traffic secrets.
func (m MasterSecret) Exporter(transcript []byte) ExporterSecret {
	return ExporterSecret{m.derive("exp master", transcript)}
}

// Resumption returns the secret of later connections. transcript is the hash of the messages up to the client's Finished.
func (m MasterSecret) Resumption(transcript []byte) ResumptionSecret {
	return ResumptionSecret{m.derive("res master", transcript)}
}

// TrafficSecret returns the secret that a key log has, of which it takes a copy.
func (s CipherSuite) TrafficSecret(octets []byte) TrafficSecret {
	return TrafficSecret{privateSecret(s, octets)}
}

// Keys returns the key and the initialization vector of records (RFC 8446, Section 7.3).
func (t TrafficSecret) Keys() (key, iv []byte) {
	return t.expand("key", nil, t.suite.KeyLen()), t.expand("iv", nil, ivLen)
}

// Next returns the secret after a key update (RFC 8446, Section 7.2).
func (t TrafficSecret) Next() TrafficSecret {
	return TrafficSecret{secret{t.suite, t.expand("traffic upd", nil, t.suite.HashLen())}}
}

// Finished returns the verify_data of a Finished message, or a binder: a MAC of the transcript so far (RFC 8446, Section 4.4.4).
func (t TrafficSecret) Finished(transcript []byte) []byte {
	key := t.expand("finished", nil, t.suite.HashLen())
	defer clear(key)
	mac := hmac.New(t.suite.newHash, key)
	mac.Write(transcript)
	return mac.Sum(nil)
}

// Export returns n octets that both ends of the connection can make and nobody else. The same label and context give the same octets.
func (x ExporterSecret) Export(label string, context []byte, n int) []byte {
	own := secret{x.suite, x.expand(label, x.suite.empty(), x.suite.HashLen())}
	defer own.Wipe()
	h := x.suite.newHash()
	h.Write(context)
	return own.expand("exporter", h.Sum(nil), n)
}

// PSK returns the pre-shared key of the ticket with this nonce (RFC 8446, Section 4.6.1).
func (r ResumptionSecret) PSK(nonce []byte) []byte {
	return r.expand("resumption", nonce, r.suite.HashLen())
}

// extract is HKDF-Extract. A nil salt stands for zeros.
func (s CipherSuite) extract(salt, key []byte) secret {
	prk, err := hkdf.Extract(s.newHash, key, salt)
	if err != nil { // keys too short for FIPS 140 are the only reason
		panic("tls: HKDF-Extract: " + err.Error())
	}
	return secret{s, prk}
}

// derive is Derive-Secret, with the hash of the messages already taken.
func (s secret) derive(label string, transcript []byte) secret {
	return secret{s.suite, s.expand(label, transcript, s.suite.HashLen())}
}

// expand is HKDF-Expand-Label.
//
//	struct {
//	    uint16 length = Length;
//	    opaque label<7..255> = "tls13 " + Label;
//	    opaque context<0..255> = Context;
//	} HkdfLabel;                                  RFC 8446, Section 7.1
func (s secret) expand(label string, context []byte, length int) []byte {
	const prefix = "tls13 "
	info := make([]byte, 0, 4+len(prefix)+len(label)+len(context))
	info = append(info, byte(length>>8), byte(length), byte(len(prefix)+len(label)))
	info = append(info, prefix...)
	info = append(info, label...)
	info = append(info, byte(len(context)))
	info = append(info, context...)
	out, err := hkdf.Expand(s.suite.newHash, s.octets, string(info), length)
	if err != nil { // more than 255 hashes were asked for: Export refuses that before
		panic("tls: HKDF-Expand: " + err.Error())
	}
	return out
}
