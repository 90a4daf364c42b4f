package tls

import (
	"encoding/binary"
	"fmt"

	"netlab/wire"
)

// input keeps what came: application data that waits for Read, and octets that are no whole record yet. Both lie in one buffer, the data
// where its records were, because it is deprotected in place.
type input struct {
	buf     []byte
	next    int    // where the first octet lies that belongs to no record yet
	data    []span // application data, in order
	first   int    // of data
	waiting int    // octets of data
}

// span is where octets lie in a buffer.
type span struct{ from, to int }

// The sizes of the buffer: small while there is little to come, so that a handshake costs little memory, and large enough to take many
// records at once when they come fast.
const (
	smallInput = 4 << 10
	largeInput = 128 << 10
)

// room returns the place behind what came, at least least octets long, for what comes next.
func (in *input) room(least int) []byte {
	full := len(in.buf) == cap(in.buf)
	if in.waiting == 0 { // nothing before next is needed any more
		left := copy(in.buf, in.buf[in.next:])
		in.buf, in.next = in.buf[:left], 0
	}
	size := cap(in.buf)
	if full { // the last octets filled it
		size = min(max(smallInput, 2*size), max(largeInput, size))
	}
	if size = max(size, len(in.buf)+least); size > cap(in.buf) {
		in.buf = append(make([]byte, 0, size), in.buf...)
	}
	return in.buf[len(in.buf):cap(in.buf)]
}

// add adds octets from the peer that lie elsewhere.
func (in *input) add(octets []byte) {
	n := copy(in.room(len(octets)), octets)
	in.buf = in.buf[:len(in.buf)+n]
}

// record returns the next record with its header, in the buffer's own memory; nil if it is not all there. What cannot become a record is
// refused as soon as its header shows it, so that nobody makes us wait for it.
func (in *input) record(protected bool) ([]byte, error) {
	rest := in.buf[in.next:]
	if len(rest) == 0 {
		return nil, nil
	}
	if t := ContentType(rest[0]); t < ContentChangeCipherSpec || t > ContentApplicationData {
		// If a TLS implementation receives an unexpected record type, it MUST terminate the connection with an "unexpected_message" alert. RFC 8446, Section 5
		return nil, &Error{AlertUnexpectedMessage, fmt.Sprintf("this is no TLS record: its type would be %d", rest[0]), wire.RFC("8446", "5")}
	}
	if len(rest) < recordHeaderLen {
		return nil, nil
	}
	// legacy_record_version […] MUST be ignored for all purposes. RFC 8446, Section 5.1
	length, most, section := int(binary.BigEndian.Uint16(rest[3:])), maxPlaintext, "5.1"
	if protected && ContentType(rest[0]) == ContentApplicationData {
		most, section = maxCiphertext, "5.2"
	}
	if length > most {
		return nil, &Error{AlertRecordOverflow, fmt.Sprintf("a record of %d octets; %d are allowed", length, most), wire.RFC("8446", section)}
	}
	if len(rest) < recordHeaderLen+length {
		return nil, nil
	}
	in.next += recordHeaderLen + length
	return rest[: recordHeaderLen+length : recordHeaderLen+length], nil
}

// keep leaves the last n octets of a record's content, which begin at offset from in the record returned last, for Read.
func (in *input) keep(record []byte, from, n int) {
	at := in.next - len(record) + from
	in.data = append(in.data, span{at, at + n})
	in.waiting += n
}

// read gives data.
func (in *input) read(p []byte) int {
	n := 0
	for n < len(p) && in.first < len(in.data) {
		s := &in.data[in.first]
		copied := copy(p[n:], in.buf[s.from:s.to])
		n += copied
		if s.from += copied; s.from == s.to {
			in.first++
		}
	}
	in.waiting -= n
	if in.first == len(in.data) {
		in.data, in.first = in.data[:0], 0
	}
	return n
}

// wipe forgets everything that is not data for Read.
func (in *input) wipe() { in.buf = in.buf[:in.next] }
