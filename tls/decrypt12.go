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

// cipher12 is what protects the records of one direction of TLS 1.2: an AEAD, or a block cipher and a MAC.
type cipher12 struct {
	aead cipher.AEAD
	iv   []byte // 4 octets of each nonce, the record has the others; or 12, from which the nonce is made as in TLS 1.3
	cbc  *cbc12 // instead of the two
}

// keys12 makes the keys of a direction: nil if the master secret is not in the key log, or the suite is not one that netlab decrypts.
//
//	key_block = PRF(SecurityParameters.master_secret, "key expansion",
//	                SecurityParameters.server_random + SecurityParameters.client_random);       RFC 5246, Section 6.3
func (d *Decrypter) keys12(dir int) *cipher12 {
	s, ok := shape12(d.suite)
	master := d.log.Secret(LabelMaster, d.random)
	if !ok || master == nil {
		return nil
	}
	macLen := 0
	if s.mac != nil {
		macLen = s.mac().Size()
	}
	block := make([]byte, 2*macLen+2*s.key+2*s.iv)
	prf(s.hash, master, "key expansion", append(d.server[:], d.random[:]...), block)
	// client_write_MAC_key, server_write_MAC_key, client_write_key, server_write_key, client_write_IV, server_write_IV
	own := func(n int) []byte {
		client, server := block[:n], block[n:2*n]
		block = block[2*n:]
		if dir == d.client {
			return client
		}
		return server
	}
	macKey, key, iv := own(macLen), own(s.key), own(s.iv)
	if s.mac != nil {
		return &cipher12{cbc: newCBC(s, macKey, key, d.etm)}
	}
	return &cipher12{aead: s.aead(key), iv: iv}
}

// suite12 is what a cipher suite of TLS 1.2 stands for, as far as records go.
type suite12 struct {
	hash    func() hash.Hash // of the pseudorandom function
	key, iv int              // octets
	aead    func(key []byte) cipher.AEAD
	mac     func() hash.Hash // of the HMAC beside CBC; nil: the suite has an AEAD
}

// shape12 returns what a suite stands for. false: netlab does not decrypt it.
func shape12(s CipherSuite) (suite12, bool) {
	switch s {
	case RSAAES128GCM, DHERSAAES128GCM, ECDHEECDSAAES128GCM, ECDHERSAAES128GCM:
		return suite12{hash: sha256.New, key: 16, iv: 4, aead: newGCM}, true
	case RSAAES256GCM, DHERSAAES256GCM, ECDHEECDSAAES256GCM, ECDHERSAAES256GCM:
		return suite12{hash: sha512.New384, key: 32, iv: 4, aead: newGCM}, true
	case ECDHERSAChaCha20, ECDHEECDSAChaCha20, DHERSAChaCha20:
		return suite12{hash: sha256.New, key: 32, iv: 12, aead: newChaCha}, true
	}
	return shapeCBC(s)
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
	if c.cbc != nil {
		return c.cbc.open(seq, record)
	}
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
