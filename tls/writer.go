package tls

import "encoding/binary"

// writer appends what the presentation language describes (RFC 8446, Section 3).
//
// Whoever fills a message bounds its fields. One that is longer than its length can say is a mistake in the program, and panics.
type writer struct{ b []byte }

func (w *writer) bytes(b []byte)  { w.b = append(w.b, b...) }
func (w *writer) uint8(v uint8)   { w.b = append(w.b, v) }
func (w *writer) uint16(v uint16) { w.b = binary.BigEndian.AppendUint16(w.b, v) }
func (w *writer) uint32(v uint32) { w.b = binary.BigEndian.AppendUint32(w.b, v) }

// vector writes a length of n octets before what body writes.
func (w *writer) vector(n int, body func()) {
	at := len(w.b)
	w.b = append(w.b, make([]byte, n)...)
	body()
	length := len(w.b) - at - n
	if length>>(8*n) != 0 {
		panic("tls: a field is too long for its length")
	}
	for i := range n {
		w.b[at+i] = byte(length >> (8 * (n - 1 - i)))
	}
}

func (w *writer) vector8(b []byte)  { w.vector(1, func() { w.bytes(b) }) }
func (w *writer) vector16(b []byte) { w.vector(2, func() { w.bytes(b) }) }
func (w *writer) vector24(b []byte) { w.vector(3, func() { w.bytes(b) }) }

// writeList16 writes values of two octets as a vector whose length has n octets.
func writeList16[T ~uint16](w *writer, n int, list []T) {
	w.vector(n, func() {
		for _, v := range list {
			w.uint16(uint16(v))
		}
	})
}

// appendMessage appends a handshake message: its type, its length in three octets, what body writes (RFC 8446, Section 4).
func appendMessage(b []byte, t HandshakeType, body func(w *writer)) []byte {
	w := &writer{append(b, byte(t))}
	w.vector(3, func() { body(w) })
	return w.b
}
