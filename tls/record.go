package tls

import (
	"crypto/cipher"
	"fmt"
	"slices"

	"netlab/wire"
)

// The sizes of records, in octets (RFC 8446, Sections 5.1 and 5.2).
const (
	recordHeaderLen = 5
	maxPlaintext    = 1 << 14            // of TLSPlaintext.fragment, and of the content of a protected record
	maxCiphertext   = maxPlaintext + 256 // of TLSCiphertext.encrypted_record
)

// appendPlaintext appends a record without protection to dst and returns both. fragment has at most maxPlaintext octets.
func appendPlaintext(dst []byte, t ContentType, v Version, fragment []byte) []byte {
	dst = append(dst, byte(t), byte(v>>8), byte(v), byte(len(fragment)>>8), byte(len(fragment)))
	return append(dst, fragment...)
}

// protection is the keys of one direction of a connection, and where in the sequence of records it is.
type protection struct {
	secret TrafficSecret
	aead   cipher.AEAD
	iv     [ivLen]byte
	seq    uint64 // of the next record: "The appropriate sequence number is incremented by one after reading or writing each record." RFC 8446, Section 5.3
	nonce  [ivLen]byte
}

// newProtection makes the keys that belong to a traffic secret.
func newProtection(t TrafficSecret) *protection {
	key, iv := t.Keys()
	defer clear(key)
	p := &protection{secret: t, aead: t.suite.newAEAD(key)}
	copy(p.iv[:], iv)
	return p
}

// update goes over to the next keys (RFC 8446, Section 7.2).
func (p *protection) update() *protection {
	next := newProtection(p.secret.Next())
	p.secret.Wipe()
	return next
}

// nextNonce returns the nonce of the next record, valid until it is called again:
//
// The 64-bit record sequence number is encoded in network byte order and padded to the left with zeros to iv_length. The padded sequence number
// is XORed with either the static client_write_iv or server_write_iv (depending on the role). RFC 8446, Section 5.3
func (p *protection) nextNonce() []byte {
	p.nonce = p.iv
	for i := range 8 {
		p.nonce[ivLen-1-i] ^= byte(p.seq >> (8 * i))
	}
	p.seq++
	return p.nonce[:]
}

// exhausted reports whether the keys have protected as many records as they may: time for new ones.
func (p *protection) exhausted() bool { return p.seq >= p.secret.suite.maxRecords() }

// seal appends a protected record to dst and returns both. The record carries fragment, its type, and padding zeros. fragment is not part
// of the memory behind dst. All of them together have at most maxPlaintext+1 octets.
//
//	struct {
//	    opaque content[TLSPlaintext.length];
//	    ContentType type;
//	    uint8 zeros[length_of_padding];
//	} TLSInnerPlaintext;                          RFC 8446, Section 5.2
func (p *protection) seal(dst []byte, t ContentType, fragment []byte, padding int) []byte {
	start := len(dst)
	length := len(fragment) + 1 + padding + tagLen
	dst = slices.Grow(dst, recordHeaderLen+length)
	dst = append(dst, byte(ContentApplicationData), byte(VersionTLS12>>8), byte(VersionTLS12&0xff), byte(length>>8), byte(length))
	dst = append(dst, fragment...)
	dst = append(dst, byte(t))
	if padding > 0 {
		dst = dst[:len(dst)+padding]
		clear(dst[len(dst)-padding:])
	}
	header, inner := dst[start:start+recordHeaderLen], dst[start+recordHeaderLen:]
	p.aead.Seal(inner[:0], p.nextNonce(), inner, header)
	return dst[:start+recordHeaderLen+length]
}

// open takes the protection off a record, header and all, in its own memory, and returns what it carries and of which type.
func (p *protection) open(record []byte) (ContentType, []byte, *Error) {
	if p.seq == 1<<64-1 {
		// If a TLS implementation would need to wrap a sequence number, it MUST either rekey (Section 4.6.3) or terminate the connection. RFC 8446, Section 5.3
		return 0, nil, &Error{AlertInternalError, "the sequence numbers of records are used up", wire.RFC("8446", "5.3")}
	}
	header, body := record[:recordHeaderLen], record[recordHeaderLen:]
	if len(body) < tagLen {
		return 0, nil, &Error{AlertBadRecordMAC, fmt.Sprintf("a protected record of %d octets is too short for its tag", len(body)), wire.RFC("8446", "5.2")}
	}
	inner, err := p.aead.Open(body[:0], p.nextNonce(), body, header)
	if err != nil {
		// If the decryption fails, the receiver MUST terminate the connection with a "bad_record_mac" alert. RFC 8446, Section 5.2
		return 0, nil, &Error{AlertBadRecordMAC, fmt.Sprintf("record %d does not fit its keys: it was changed, repeated or reordered", p.seq-1), wire.RFC("8446", "5.2")}
	}
	return unpad(inner)
}

// unpad finds the type of what a protected record carries: the last octet that is not zero.
func unpad(inner []byte) (ContentType, []byte, *Error) {
	if len(inner) > maxPlaintext+1 {
		return 0, nil, &Error{AlertRecordOverflow, fmt.Sprintf("a record carries %d octets with type and padding; %d are allowed", len(inner), maxPlaintext+1), wire.RFC("8446", "5.4")}
	}
	for i := len(inner) - 1; i >= 0; i-- {
		if inner[i] != 0 {
			return ContentType(inner[i]), inner[:i], nil
		}
	}
	// If a receiving implementation does not find a non-zero octet in the cleartext, it MUST terminate the connection with an
	// "unexpected_message" alert. RFC 8446, Section 5.4
	return 0, nil, &Error{AlertUnexpectedMessage, "a record is all padding and has no type", wire.RFC("8446", "5.4")}
}
