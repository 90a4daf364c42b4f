package http

import (
	"encoding/binary"

	"netlab/wire"
)

// Opcode says how the payload of a WebSocket frame is to be read (RFC 6455, Section 5.2).
type Opcode uint8

// The opcodes that are in use; 3 to 7 are reserved for further data frames, 11 to 15 for further control frames.
const (
	OpContinuation Opcode = 0
	OpText         Opcode = 1
	OpBinary       Opcode = 2
	OpClose        Opcode = 8
	OpPing         Opcode = 9
	OpPong         Opcode = 10
)

// String returns "text", "ping".
func (o Opcode) String() string {
	for _, n := range opcodeNames() {
		if n.Value == uint64(o) {
			return n.Text
		}
	}
	return "reserved"
}

// control reports whether o is of a control frame. Control frames are identified by opcodes where the most significant bit of the opcode is 1.
// RFC 6455, Section 5.5
func (o Opcode) control() bool { return o&8 != 0 }

func opcodeNames() []wire.Name {
	return []wire.Name{{Value: 0, Text: "continuation"}, {Value: 1, Text: "text"}, {Value: 2, Text: "binary"}, {Value: 8, Text: "close"}, {Value: 9, Text: "ping"}, {Value: 10, Text: "pong"}}
}

// The two values of the 7-bit length that say that the length follows.
const (
	length16 = 126
	length64 = 127
)

// WebSocketLayout returns the header of a frame. length is the value of its payload length field: 126 and 127 say that a longer field follows.
func WebSocketLayout(length uint8, masked bool) wire.Layout {
	ref := wire.RFC("6455", "5.2")
	l := wire.Layout{
		Name: "WebSocket Frame", Key: "websocket", Ref: ref,
		Doc: "A message, or a piece of one, on a connection that began as HTTP and was upgraded.",
		Fields: []wire.Field{
			{Name: "FIN", Key: "websocket.fin", Bit: 0, Width: 1, Format: wire.Flag, Doc: "This is the last piece of its message.", Ref: ref},
			{Name: "RSV", Key: "websocket.rsv", Bit: 1, Width: 3, Doc: "Reserved for extensions; 0 if none was negotiated.", Ref: ref},
			{Name: "Opcode", Key: "websocket.opcode", Bit: 4, Width: 4, Names: opcodeNames(), Doc: "How to read the payload.", Ref: ref},
			{Name: "Mask", Key: "websocket.mask", Bit: 8, Width: 1, Format: wire.Flag, Doc: "The payload is masked: what clients send is, what servers send is not.", Ref: ref},
			{Name: "Payload Length", Key: "websocket.payload_length", Bit: 9, Width: 7, Doc: "Octets of payload; 126 or 127: the length follows in 16 or 64 bits.", Ref: ref},
		},
	}
	bit := 16
	add := func(name, key string, width int, format wire.Format, doc string, ref wire.Ref) {
		l.Fields = append(l.Fields, wire.Field{Name: name, Key: key, Bit: bit, Width: width, Format: format, Doc: doc, Ref: ref})
		bit += width
	}
	switch length {
	case length16:
		add("Extended Payload Length", "websocket.payload_length_ext_16", 16, wire.Decimal, "Octets of payload, from 126 on.", ref)
	case length64:
		add("Extended Payload Length", "websocket.payload_length_ext_64", 64, wire.Decimal, "Octets of payload, from 65,536 on.", ref)
	}
	if masked {
		add("Masking Key", "websocket.masking_key", 32, wire.Hex,
			"Drawn anew for each frame and combined with the payload by exclusive or, so that a script cannot choose what octets travel: a proxy might take them for HTTP.",
			wire.RFC("6455", "5.3"))
	}
	return l
}

// frameHeader is the header of a frame.
type frameHeader struct {
	fin    bool
	rsv    uint8
	opcode Opcode
	masked bool
	length uint64
	key    [4]byte
	octets int // of the header itself
}

// parseFrameHeader reads the header at the start of b; ok is false if b is too short for it. The error is about the header alone: a length that is not
// in the shortest form, or too long for any frame.
func parseFrameHeader(b []byte) (h frameHeader, ok bool, err *WebSocketError) {
	if len(b) < 2 {
		return h, false, nil
	}
	h = frameHeader{fin: b[0]&0x80 != 0, rsv: b[0] >> 4 & 7, opcode: Opcode(b[0] & 15), masked: b[1]&0x80 != 0, length: uint64(b[1] & 0x7f), octets: 2}
	switch h.length {
	case length16:
		h.octets += 2
	case length64:
		h.octets += 8
	}
	if h.masked {
		h.octets += 4
	}
	if len(b) < h.octets {
		return h, false, nil
	}
	// In all cases, the minimal number of bytes MUST be used to encode the length. RFC 6455, Section 5.2
	short := false
	switch h.length {
	case length16:
		h.length = uint64(binary.BigEndian.Uint16(b[2:]))
		short = h.length < length16
	case length64:
		h.length = binary.BigEndian.Uint64(b[2:])
		short = h.length <= 0xffff
	}
	if h.masked {
		copy(h.key[:], b[h.octets-4:])
	}
	switch {
	case short:
		err = violation("a payload length is not in its shortest form", "5.2")
	case h.length>>63 != 0:
		err = violation("the most significant bit of a 64-bit payload length is set", "5.2")
	}
	return h, true, err
}

// appendFrame appends a whole frame. masked says whether the key is used.
func appendFrame(b []byte, h frameHeader, payload []byte) []byte {
	first, second := byte(h.opcode)|h.rsv<<4, byte(0)
	if h.fin {
		first |= 0x80
	}
	if h.masked {
		second = 0x80
	}
	switch n := len(payload); {
	case n < length16:
		b = append(b, first, second|byte(n))
	case n <= 0xffff:
		b = binary.BigEndian.AppendUint16(append(b, first, second|length16), uint16(n))
	default:
		b = binary.BigEndian.AppendUint64(append(b, first, second|length64), uint64(n))
	}
	if !h.masked {
		return append(b, payload...)
	}
	b = append(append(b, h.key[:]...), payload...)
	mask(b[len(b)-len(payload):], h.key, 0)
	return b
}

// mask masks or unmasks b, whose first octet is octet number at of its payload.
//
// Octet i of the transformed data is the XOR of octet i of the original data with octet at index i modulo 4 of the masking key.
// RFC 6455, Section 5.3, shortened
func mask(b []byte, key [4]byte, at int) {
	for at%4 != 0 && len(b) > 0 {
		b[0] ^= key[at%4]
		b = b[1:]
		at++
	}
	four := binary.LittleEndian.Uint32(key[:])
	eight := uint64(four)<<32 | uint64(four)
	for ; len(b) >= 8; b = b[8:] {
		binary.LittleEndian.PutUint64(b, binary.LittleEndian.Uint64(b)^eight)
	}
	for i := range b {
		b[i] ^= key[i%4]
	}
}
