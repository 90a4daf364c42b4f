package tls

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hmac"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/binary"
	"hash"
)

// cbc12 is what protects the records of one direction of TLS 1.2 with AES in CBC mode and an HMAC (RFC 5246, Section 6.2.3.2). How the two
// were put together made it breakable again and again, which is why TLS 1.3 has only AEADs.
type cbc12 struct {
	block     cipher.Block
	mac       hash.Hash
	encrypted bool // the MAC covers the ciphertext, not the content (encrypt_then_mac, RFC 7366)
}

// macOf returns the hash of a suite's HMAC; nil: the suite is not one with CBC.
func macOf(s CipherSuite) func() hash.Hash {
	switch s {
	case 0x002f, 0x0033, 0x0035, 0x0039, 0xc009, 0xc00a, 0xc013, 0xc014:
		return sha1.New
	case 0x003c, 0x003d, 0x0067, 0x006b, 0xc023, 0xc027:
		return sha256.New
	case 0xc024, 0xc028:
		return sha512.New384
	}
	return nil
}

// shapeCBC returns what a suite with CBC stands for.
func shapeCBC(s CipherSuite) (suite12, bool) {
	mac := macOf(s)
	if mac == nil {
		return suite12{}, false
	}
	shape := suite12{hash: sha256.New, key: 16, mac: mac}
	switch s {
	case 0x0035, 0x0039, 0x003d, 0x006b, 0xc00a, 0xc014, 0xc024, 0xc028:
		shape.key = 32
	}
	if s == 0xc024 || s == 0xc028 {
		shape.hash = sha512.New384
	}
	return shape, true
}

// newCBC makes the keys of a direction.
func newCBC(shape suite12, macKey, key []byte, encrypted bool) *cbc12 {
	block, err := aes.NewCipher(key)
	if err != nil {
		panic("tls: " + err.Error()) // a key of the wrong length: a mistake of this package
	}
	return &cbc12{block, hmac.New(shape.mac, macKey), encrypted}
}

// open decrypts the record with the given sequence number. Nobody waits for an answer here, so it need not take the same time for all mistakes.
//
//	struct {
//	    opaque IV[SecurityParameters.record_iv_length];
//	    block-ciphered struct {
//	        opaque content[TLSCompressed.length];
//	        opaque MAC[SecurityParameters.mac_length];
//	        uint8 padding[GenericBlockCipher.padding_length];
//	        uint8 padding_length;
//	    };
//	} GenericBlockCipher;                                    RFC 5246, Section 6.2.3.2
func (c *cbc12) open(seq uint64, record []byte) ([]byte, bool) {
	header, body := record[:3], record[recordHeaderLen:]
	size := c.mac.Size()
	if c.encrypted {
		at := len(body) - size
		if at < 0 || !c.authentic(seq, header, body[:at], body[at:]) {
			return nil, false
		}
		body = body[:at]
	}
	if len(body) < 2*aes.BlockSize || len(body)%aes.BlockSize != 0 {
		return nil, false
	}
	content := make([]byte, len(body)-aes.BlockSize)
	cipher.NewCBCDecrypter(c.block, body[:aes.BlockSize]).CryptBlocks(content, body[aes.BlockSize:])
	end := len(content) - 1 - int(content[len(content)-1])
	if c.encrypted {
		return content[:max(0, end)], end >= 0
	}
	if end -= size; end < 0 || !c.authentic(seq, header, content[:end], content[end:end+size]) {
		return nil, false
	}
	return content[:end], true
}

// authentic tells whether a MAC is that of content.
//
//	MAC(MAC_write_key, seq_num + TLSCompressed.type + TLSCompressed.version + TLSCompressed.length + TLSCompressed.fragment);
func (c *cbc12) authentic(seq uint64, header, content, mac []byte) bool {
	c.mac.Reset()
	b := append(binary.BigEndian.AppendUint64(nil, seq), header...)
	c.mac.Write(binary.BigEndian.AppendUint16(b, uint16(len(content))))
	c.mac.Write(content)
	return hmac.Equal(c.mac.Sum(nil), mac)
}
