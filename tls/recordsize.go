package tls

import (
	"fmt"

	"netlab/wire"
)

// recordSizeLimit reads how many octets of plaintext, with the content type in TLS 1.3, the sender takes in a record.
//
// "Endpoints MUST NOT send a "record_size_limit" extension with a value smaller than 64. An endpoint MUST treat receipt of a smaller value as a
// fatal error and generate an "illegal_parameter" alert." RFC 8449, Section 4
func (r *reader) recordSizeLimit() uint16 {
	v := r.uint16("record_size_limit")
	if r.err == nil && v < 64 {
		r.fail(&Error{AlertIllegalParameter, fmt.Sprintf("record_size_limit of %d, less than 64", v), wire.RFC("8449", "4")})
	}
	return v
}

// MaxFragmentLength is the older way to ask for short records: 1 means 512 octets, 2 1024, 3 2048, 4 4096 (RFC 6066, Section 4).
type MaxFragmentLength uint8

// Octets returns how many octets of plaintext a record may have; 0 if m is none.
func (m MaxFragmentLength) Octets() int {
	if m < 1 || m > 4 {
		return 0
	}
	return 256 << m
}

// maxFragmentLength reads the extension.
//
// "If a server receives a maximum fragment length negotiation request for a value other than the allowed values, it MUST abort the handshake
// with an "illegal_parameter" alert." RFC 6066, Section 4
func (r *reader) maxFragmentLength() MaxFragmentLength {
	m := MaxFragmentLength(r.uint8("max_fragment_length"))
	if r.err == nil && m.Octets() == 0 {
		r.fail(&Error{AlertIllegalParameter, fmt.Sprintf("max_fragment_length of %d", m), wire.RFC("6066", "4")})
	}
	return m
}
