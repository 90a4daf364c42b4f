package tls

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/binary"
	"hash"

	"golang.org/x/crypto/chacha20poly1305"
)

// cipher12 is what protects the records of one direction of TLS 1.2 with an AEAD.
type cipher12 struct {
	aead cipher.AEAD
	iv   []byte // 4 octets of each nonce, the record has the others; or 12, from which the nonce is made as in TLS 1.3
}

// keys12 makes the keys of a direction: nil if the master secret is not in the key log, or the suite has no AEAD.
//
//	key_block = PRF(SecurityParameters.master_secret, "key expansion",
//	                SecurityParameters.server_random + SecurityParameters.client_random);       RFC 5246, Section 6.3
func (d *Decrypter) keys12(dir int) *cipher12 {
	s, ok := shape12(d.suite)
	master := d.log.Secret(LabelMaster, d.random)
	if !ok || master == nil {
		return nil
	}
	// client_write_key, server_write_key, client_write_IV, server_write_IV; an AEAD needs no MAC keys.
	block := make([]byte, 2*s.key+2*s.iv)
	prf(s.hash, master, "key expansion", append(d.server[:], d.random[:]...), block)
	own := 0
	if dir != d.client {
		own = 1
	}
	key, iv := block[own*s.key:][:s.key], block[2*s.key+own*s.iv:][:s.iv]
	return &cipher12{s.aead(key), iv}
}

// suite12 is what a cipher suite of TLS 1.2 stands for, as far as records go.
type suite12 struct {
	hash    func() hash.Hash // of the pseudorandom function
	key, iv int              // octets
	aead    func(key []byte) cipher.AEAD
}

// shape12 returns what a suite stands for. false: it has no AEAD.
func shape12(s CipherSuite) (suite12, bool) {
	switch s {
	case RSAAES128GCM, DHERSAAES128GCM, ECDHEECDSAAES128GCM, ECDHERSAAES128GCM:
		return suite12{sha256.New, 16, 4, newGCM}, true
	case RSAAES256GCM, DHERSAAES256GCM, ECDHEECDSAAES256GCM, ECDHERSAAES256GCM:
		return suite12{sha512.New384, 32, 4, newGCM}, true
	case ECDHERSAChaCha20, ECDHEECDSAChaCha20, DHERSAChaCha20:
		return suite12{sha256.New, 32, 12, newChaCha}, true
	}
	return suite12{}, false
}

func newGCM(key []byte) cipher.AEAD {
	block, err := aes.NewCipher(key)
	if err != nil {
		panic("tls: " + err.Error()) // a key of the wrong length: a mistake of this package
	}
	aead, err := cipher.NewGCM(block)
	if err != nil {
		panic("tls: " + err.Error())
	}
	return aead
}

func newChaCha(key []byte) cipher.AEAD {
	aead, err := chacha20poly1305.New(key)
	if err != nil {
		panic("tls: " + err.Error())
	}
	return aead
}

// decrypt12 decrypts a record of TLS 1.2.
func (d *Decrypter) decrypt12(dir int, f *flow, record []byte) (Plain, bool) {
	if f.old == nil {
		f.old = d.keys12(dir)
	}
	if f.old == nil {
		return Plain{}, false
	}
	for i := range uint64(f.missed + 1) {
		if f.tries >= maxTries {
			break
		}
		f.tries++
		if content, ok := f.old.open(f.seq+i, record); ok {
			f.seq += i + 1
			return Plain{Type: ContentType(record[0]), Content: content, Keys: VersionTLS12.String()}, true
		}
	}
	return Plain{}, false
}

// open decrypts the record with the given sequence number.
//
//	additional_data = seq_num + TLSCompressed.type + TLSCompressed.version + TLSCompressed.length;     RFC 5246, Section 6.2.3.3
func (c *cipher12) open(seq uint64, record []byte) ([]byte, bool) {
	body := record[recordHeaderLen:]
	nonce := append([]byte(nil), c.iv...)
	if explicit := c.aead.NonceSize() - len(c.iv); explicit > 0 {
		if len(body) < explicit {
			return nil, false
		}
		nonce = append(nonce, body[:explicit]...)
		body = body[explicit:]
	} else {
		for i := range 8 {
			nonce[len(nonce)-1-i] ^= byte(seq >> (8 * i))
		}
	}
	if len(body) < c.aead.Overhead() {
		return nil, false
	}
	additional := binary.BigEndian.AppendUint64(nil, seq)
	additional = append(additional, record[:3]...)
	additional = binary.BigEndian.AppendUint16(additional, uint16(len(body)-c.aead.Overhead()))
	content, err := c.aead.Open([]byte{}, nonce, body, additional)
	return content, err == nil
}
