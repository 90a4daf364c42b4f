package tls

import "hash"

// transcript is the hash of all handshake messages so far, which goes into every secret and signature (RFC 8446, Section 4.4.1).
// Until the cipher suite is known there is no hash: the messages themselves are kept.
type transcript struct {
	suite CipherSuite
	hash  hash.Hash
	kept  []byte
}

// add adds a message with its header.
func (t *transcript) add(message []byte) {
	if t.hash == nil {
		t.kept = append(t.kept, message...)
		return
	}
	t.hash.Write(message)
}

// choose says which suite the connection has.
func (t *transcript) choose(s CipherSuite) {
	t.suite, t.hash = s, s.newHash()
	t.hash.Write(t.kept)
	t.kept = nil
}

// sum returns the hash so far.
func (t *transcript) sum() []byte { return t.hash.Sum(nil) }

// sumWith returns the hash as it would be with one more piece, which is not added.
func (t *transcript) sumWith(suite CipherSuite, piece []byte) []byte {
	if t.hash == nil {
		h := suite.newHash()
		h.Write(t.kept)
		h.Write(piece)
		return h.Sum(nil)
	}
	// The hashes of the standard library copy themselves through Clone.
	h, err := t.hash.(hash.Cloner).Clone()
	if err != nil {
		panic("tls: " + err.Error())
	}
	h.Write(piece)
	return h.Sum(nil)
}

// retry puts a hash in the place of the first ClientHello, so that a server may forget that message:
//
// When the server responds to a ClientHello with a HelloRetryRequest, the value of ClientHello1 is replaced with a special synthetic handshake
// message of handshake type "message_hash" containing Hash(ClientHello1). RFC 8446, Section 4.4.1
func (t *transcript) retry() {
	first := t.sum()
	t.hash.Reset()
	t.hash.Write([]byte{byte(TypeMessageHash), 0, 0, byte(len(first))})
	t.hash.Write(first)
}
