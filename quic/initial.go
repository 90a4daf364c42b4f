package quic

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/sha256"
	"encoding/binary"
)

// keys protect the packets of one end: their payload, and the packet number with some bits of the first octet.
type keys struct {
	payload cipher.AEAD
	iv      []byte
	header  cipher.Block
}

// initialKeys derives the keys of Initial packets from the connection ID that the client chose first for the server: it is no secret, and so neither are they.
// They keep off only those who do not see the first packet.
func initialKeys(v Version, dcid []byte, label string) (keys, error) {
	common, err := initialSecret(v, dcid)
	if err != nil {
		return keys{}, err
	}
	secret, err := expand(common, label, sha256.Size)
	if err != nil {
		return keys{}, err
	}
	return newKeys(v, secret)
}

func initialSecret(v Version, dcid []byte) ([]byte, error) {
	return hkdf.Extract(sha256.New, dcid, v.salt())
}

// newKeys derives the keys of AES-128-GCM from the secret of one end (RFC 9001, Section 5.1).
func newKeys(v Version, secret []byte) (k keys, err error) {
	key, err := expand(secret, v.label()+"key", 16)
	if err != nil {
		return k, err
	}
	if k.iv, err = expand(secret, v.label()+"iv", 12); err != nil {
		return k, err
	}
	header, err := expand(secret, v.label()+"hp", 16)
	if err != nil {
		return k, err
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return k, err
	}
	if k.payload, err = cipher.NewGCM(block); err != nil {
		return k, err
	}
	k.header, err = aes.NewCipher(header)
	return k, err
}

// expand is HKDF-Expand-Label with an empty context (RFC 8446, Section 7.1).
func expand(secret []byte, label string, n int) ([]byte, error) {
	info := binary.BigEndian.AppendUint16(nil, uint16(n))
	info = append(info, byte(len("tls13 ")+len(label)))
	info = append(info, "tls13 "+label...)
	info = append(info, 0)
	return hkdf.Expand(sha256.New, secret, string(info), n)
}

// opened is a packet without its protection.
type opened struct {
	first     byte   // the first octet as it was
	number    uint64 // as much of the packet number as is sent
	numberLen int    // in octets
	frames    []byte
}

// open takes the protection off p, the packet at the start of b. It does so only with the keys that p itself gives: of an Initial that a client sent before
// it heard of the server. false: they do not fit.
func (p *packet) open(b []byte) (opened, bool) {
	if p.kind != Initial {
		return opened{}, false
	}
	k, err := initialKeys(p.version, p.dcid, "client in")
	if err != nil {
		return opened{}, false
	}
	return k.open(b[:p.end], p.number)
}

// open takes the protection off a packet, whose packet number begins at an offset. First the header's: a sample of the encrypted payload gives the
// mask for it (RFC 9001, Section 5.4.1).
func (k *keys) open(b []byte, number int) (opened, bool) {
	const longest = 4 // octets of a packet number; the sample begins where the payload would begin behind such a one
	if len(b) < number+longest+k.header.BlockSize() {
		return opened{}, false
	}
	mask := make([]byte, k.header.BlockSize())
	k.header.Encrypt(mask, b[number+longest:])
	o := opened{first: b[0] ^ mask[0]&0x0f}
	o.numberLen = int(o.first&3) + 1
	header := append([]byte(nil), b[:number+o.numberLen]...)
	header[0] = o.first
	for i := range o.numberLen {
		header[number+i] ^= mask[1+i]
		o.number = o.number<<8 | uint64(header[number+i])
	}
	nonce := append([]byte(nil), k.iv...)
	for i := range 8 {
		nonce[len(nonce)-1-i] ^= byte(o.number >> (8 * i))
	}
	frames, err := k.payload.Open(nil, nonce, b[len(header):], header)
	o.frames = frames
	return o, err == nil
}
