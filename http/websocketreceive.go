package http

import (
	"unicode/utf8"

	"netlab/wire"
)

// readHeader takes octets of a frame's header and returns how many. When the header is complete and right, inFrame is set.
func (w *WebSocket) readHeader(octets []byte) (n int) {
	had := len(w.partial)
	const longest = 14
	n = min(len(octets), longest-had)
	w.partial = append(w.partial, octets[:n]...)
	h, ok, err := parseFrameHeader(w.partial)
	if len(w.partial) >= 2 {
		if refused := w.refuses(h, w.partial[1]&0x7f); refused != nil { // the first two octets say it, whatever follows them
			err = refused
		}
	}
	if err != nil {
		w.fail(err)
		return n
	}
	if !ok {
		return n
	}
	w.partial = w.partial[:0]
	w.header, w.inFrame, w.at = h, true, 0
	if err := w.tooBig(); err != nil {
		w.fail(err)
	}
	if !h.opcode.control() && h.opcode != OpContinuation {
		w.kind = h.opcode
	}
	return h.octets - had
}

// refuses tells what is wrong with a frame's first two octets. length is the one of 7 bits.
func (w *WebSocket) refuses(h frameHeader, length uint8) *WebSocketError {
	switch {
	case h.rsv != 0:
		return violation("a reserved bit is set, and no extension was negotiated", "5.2")
	case h.opcode > OpBinary && h.opcode < OpClose || h.opcode > OpPong:
		return violation("a frame has a reserved opcode", "5.2")
	// A server MUST close the connection upon receiving a frame that is not masked. A client MUST close a connection if it detects a masked frame.
	// RFC 6455, Section 5.1, shortened
	case !w.config.Client && !h.masked:
		return violation("a client's frame is not masked", "5.1")
	case w.config.Client && h.masked:
		return violation("a server's frame is masked", "5.1")
	case h.opcode.control() && !h.fin:
		return violation("a control frame is fragmented", "5.5")
	case h.opcode.control() && length > maxControl:
		return violation("a control frame is longer than 125 octets", "5.5")
	case h.opcode == OpContinuation && w.kind == 0:
		return violation("a continuation continues nothing", "5.4")
	case (h.opcode == OpText || h.opcode == OpBinary) && w.kind != 0:
		return violation("a new message begins inside another", "5.4")
	}
	return nil
}

// tooBig tells whether the frame whose header has come would make a message longer than we take.
func (w *WebSocket) tooBig() *WebSocketError {
	if !w.header.opcode.control() && w.header.length > uint64(w.config.Message-len(w.message)) {
		return &WebSocketError{CloseTooBig, "a message is longer than what is taken here", wire.RFC("6455", "10.4")}
	}
	return nil
}

// readPayload takes octets of the payload of the frame under way and returns how many.
func (w *WebSocket) readPayload(octets []byte) int {
	if w.failed != nil {
		return len(octets)
	}
	n := int(min(uint64(len(octets)), w.header.length-w.at))
	into := &w.message
	if w.header.opcode.control() {
		into = &w.control
	}
	from := len(*into)
	*into = append(*into, octets[:n]...)
	if w.header.masked {
		mask((*into)[from:], w.header.key, int(w.at%4))
	}
	w.at += uint64(n)
	if w.kind == OpText && !w.header.opcode.control() {
		w.checkText(w.header.fin && w.at == w.header.length)
	}
	return n
}

// checkText looks whether what has come of a text message is UTF-8, at once and not only at its end.
//
// When an endpoint is to interpret a byte stream as UTF-8 but finds that the byte stream is not, in fact, a valid UTF-8 stream, that endpoint MUST _Fail the WebSocket
// Connection_. RFC 6455, Section 8.1
func (w *WebSocket) checkText(whole bool) {
	rest := w.message[w.checked:]
	for len(rest) > 0 {
		r, size := utf8.DecodeRune(rest)
		if r == utf8.RuneError && size == 1 {
			if !whole && !utf8.FullRune(rest) {
				return // the character goes on in what has not come yet
			}
			w.fail(&WebSocketError{CloseInvalidPayload, "a text message is not UTF-8", wire.RFC("6455", "8.1")})
			return
		}
		rest = rest[size:]
		w.checked += size
	}
}

// endFrame deals with a frame that is complete.
func (w *WebSocket) endFrame() {
	w.inFrame = false
	h := w.header
	if !h.opcode.control() {
		if h.fin {
			w.events = append(w.events, WebSocketEvent{Opcode: w.kind, Data: w.message})
			w.kind, w.message, w.checked = 0, nil, 0
		}
		return
	}
	data := w.control
	w.control = nil
	switch h.opcode {
	case OpPing:
		// Upon receipt of a Ping frame, an endpoint MUST send a Pong frame in response, unless it already received a Close frame. RFC 6455, Section 5.5.2
		if !w.sentClose {
			_ = w.frame(frameHeader{fin: true, opcode: OpPong}, data)
		}
		w.events = append(w.events, WebSocketEvent{Opcode: OpPing, Data: data})
	case OpPong:
		w.events = append(w.events, WebSocketEvent{Opcode: OpPong, Data: data})
	case OpClose:
		closed, err := parseClosePayload(data)
		if err != nil {
			w.fail(err)
			return
		}
		// If an endpoint receives a Close frame and did not previously send a Close frame, the endpoint MUST send a Close frame in response. (When sending a Close frame in
		// response, the endpoint typically echos the status code it received.) RFC 6455, Section 5.5.1
		w.gotClose = true
		_ = w.Close(closed.Code, "")
		w.events = append(w.events, WebSocketEvent{Opcode: OpClose, Closed: closed})
	}
}
