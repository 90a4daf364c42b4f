package tls

import (
	"bytes"
	"encoding/binary"
	"fmt"
)

// reader takes apart what is written in the presentation language (RFC 8446, Section 3). Its error is sticky: after the first one every read
// returns zero, so a parser reads all its fields and looks once, with end.
type reader struct {
	in  string // what is read, for errors: "ClientHello"
	b   []byte
	err *Error
}

// readMessage returns a reader of a copy of body: what is parsed stays as it is when the caller's buffer changes.
func readMessage(t HandshakeType, body []byte) *reader {
	return &reader{in: t.String(), b: bytes.Clone(body)}
}

func (r *reader) fail(err *Error) {
	if r.err == nil {
		r.err = err
	}
}

// bytes reads n octets of the field called what.
func (r *reader) bytes(what string, n int) []byte {
	if r.err == nil && n > len(r.b) {
		r.fail(undecodable(fmt.Sprintf("%s: %s is cut short: %d octets wanted, %d there", r.in, what, n, len(r.b))))
	}
	if r.err != nil {
		return nil
	}
	taken := r.b[:n:n]
	r.b = r.b[n:]
	return taken
}

func (r *reader) uint8(what string) uint8 {
	if b := r.bytes(what, 1); b != nil {
		return b[0]
	}
	return 0
}

func (r *reader) uint16(what string) uint16 {
	if b := r.bytes(what, 2); b != nil {
		return binary.BigEndian.Uint16(b)
	}
	return 0
}

func (r *reader) uint24(what string) int {
	if b := r.bytes(what, 3); b != nil {
		return int(b[0])<<16 | int(b[1])<<8 | int(b[2])
	}
	return 0
}

func (r *reader) uint32(what string) uint32 {
	if b := r.bytes(what, 4); b != nil {
		return binary.BigEndian.Uint32(b)
	}
	return 0
}

// vector8 reads what is written as opaque what<min..255>: a length of one octet, then as many octets.
func (r *reader) vector8(what string, low, high int) []byte {
	return r.vector(what, int(r.uint8(what)), low, high)
}

// vector16 is the same with a length of two octets, <min..2^16-1>.
func (r *reader) vector16(what string, low int) []byte {
	return r.vector(what, int(r.uint16(what)), low, 1<<16-1)
}

// vector24 is the same with a length of three octets, <min..2^24-1>.
func (r *reader) vector24(what string, low int) []byte {
	return r.vector(what, r.uint24(what), low, 1<<24-1)
}

func (r *reader) vector(what string, n, low, high int) []byte {
	if r.err == nil && (n < low || n > high) {
		r.fail(undecodable(fmt.Sprintf("%s: %s of %d octets, not %d to %d", r.in, what, n, low, high)))
	}
	return r.bytes(what, n)
}

// within returns a reader of b, a part of r's octets that is called what. Its errors are to be handed up with done.
func (r *reader) within(b []byte) *reader { return &reader{in: r.in, b: b, err: r.err} }

// each calls f for a reader of b until everything is read. It stops at an error, which becomes r's.
func (r *reader) each(b []byte, f func(r *reader)) {
	sub := r.within(b)
	for len(sub.b) > 0 && sub.err == nil {
		f(sub)
	}
	if sub.err != nil {
		r.fail(sub.err)
	}
}

// end returns the first error; octets that are left over are one.
func (r *reader) end() error {
	if r.err == nil && len(r.b) > 0 {
		r.fail(undecodable(fmt.Sprintf("%s: %d octets too many", r.in, len(r.b))))
	}
	if r.err != nil {
		return r.err
	}
	return nil // not r.err: an error that holds a nil *Error is not nil
}

// list16 reads a vector of 16-bit values, of which there is at least one.
func list16[T ~uint16](r *reader, what string) []T { return values16[T](r, what, r.vector16(what, 2)) }

// values16 splits b, the content of a vector, into values of two octets.
func values16[T ~uint16](r *reader, what string, b []byte) []T {
	list := make([]T, 0, len(b)/2)
	r.each(b, func(r *reader) { list = append(list, T(r.uint16(what))) })
	return list
}
