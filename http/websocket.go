package http

import (
	"errors"
	"fmt"
	"io"
	"unicode/utf8"

	"netlab/wire"
)

// maxControl is the longest payload of a control frame (RFC 6455, Section 5.5).
const maxControl = 125

// ErrWebSocketClosing is the error of sending after Close, or after the peer has closed.
var ErrWebSocketClosing = errors.New("http: WebSocket: nothing can be sent after a Close frame")

// WebSocketConfig says what an endpoint is. The zero value is a server with the default limits.
type WebSocketConfig struct {
	Client   bool      // what it sends is masked, and what it receives must not be
	Random   io.Reader // a client's masking keys come from here; a server needs none
	Message  int       // octets of a received message at most; 0: 1 MiB
	Fragment int       // octets of payload in a frame that is sent, at most; 0: any number, so that messages are not fragmented
}

// WebSocketEvent is something that arrived. Opcode is OpText or OpBinary for a whole message, OpPing, OpPong, or OpClose.
type WebSocketEvent struct {
	Opcode Opcode
	Data   []byte          // of a message, ping or pong
	Closed WebSocketClosed // for OpClose
}

// WebSocket is one end of a WebSocket connection after its opening handshake: octets in, events and octets out. It does no I/O. Pings are answered and
// a Close frame is answered by itself.
type WebSocket struct {
	config WebSocketConfig
	events []WebSocketEvent
	out    []byte

	header  frameHeader // of the frame under way
	partial []byte      // of a header that is not complete
	inFrame bool
	at      uint64 // octets of its payload that have arrived

	kind    Opcode // of the message under way; 0: none
	message []byte
	checked int    // octets of message that are known to be UTF-8
	control []byte // payload of the control frame under way

	sentClose, gotClose bool
	failed              *WebSocketError
}

// NewWebSocket returns an endpoint whose connection is open.
func NewWebSocket(c WebSocketConfig) *WebSocket {
	if c.Message == 0 {
		c.Message = 1 << 20
	}
	return &WebSocket{config: c}
}

// Receive takes octets of the peer; nothing of them is kept by reference. A *WebSocketError is a breach of the protocol: the Close frame that says so
// is the last that Next returns. After the peer's Close frame octets are ignored.
func (w *WebSocket) Receive(octets []byte) error {
	for len(octets) > 0 && !w.gotClose && w.failed == nil {
		if !w.inFrame {
			n := w.readHeader(octets)
			octets = octets[n:]
			if !w.inFrame {
				continue
			}
		}
		octets = octets[w.readPayload(octets):]
		if w.failed == nil && w.at == w.header.length {
			w.endFrame()
		}
	}
	if w.failed != nil {
		return w.failed
	}
	return nil
}

// Event returns what arrived next, in the order of arrival; false: nothing more.
func (w *WebSocket) Event() (WebSocketEvent, bool) {
	if len(w.events) == 0 {
		return WebSocketEvent{}, false
	}
	ev := w.events[0]
	w.events = w.events[1:]
	return ev, true
}

// Next returns octets to send, and forgets them; nil if there are none.
func (w *WebSocket) Next() []byte {
	out := w.out
	w.out = nil
	return out
}

// Done reports whether both ends have sent a Close frame, or the peer broke the protocol: when what Next returns is sent, a server closes the connection,
// and a client waits for that (RFC 6455, Section 7.1.1).
func (w *WebSocket) Done() bool { return w.sentClose && (w.gotClose || w.failed != nil) }

// Send queues a message, OpText or OpBinary, in one frame or, by WebSocketConfig.Fragment, several.
func (w *WebSocket) Send(kind Opcode, message []byte) error {
	if w.sentClose {
		return ErrWebSocketClosing
	}
	if kind == OpText && !utf8.Valid(message) {
		return fmt.Errorf("http: WebSocket: a text message must be UTF-8 (%s)", wire.RFC("6455", "5.6"))
	}
	for {
		piece := message
		if f := w.config.Fragment; f > 0 && len(piece) > f {
			piece = piece[:f]
		}
		message = message[len(piece):]
		if err := w.frame(frameHeader{fin: len(message) == 0, opcode: kind}, piece); err != nil {
			return err
		}
		if len(message) == 0 {
			return nil
		}
		kind = OpContinuation
	}
}

// Ping queues a ping with at most 125 octets, which the peer sends back in a pong.
func (w *WebSocket) Ping(data []byte) error {
	if w.sentClose {
		return ErrWebSocketClosing
	}
	if len(data) > maxControl {
		return fmt.Errorf("http: WebSocket: a ping has at most %d octets (%s)", maxControl, wire.RFC("6455", "5.5"))
	}
	return w.frame(frameHeader{fin: true, opcode: OpPing}, data)
}

// Close queues a Close frame, the last frame that this end sends. A reason that is too long is cut. The connection is over when the peer's Close frame has come.
func (w *WebSocket) Close(c CloseCode, reason string) error {
	if w.sentClose {
		return nil
	}
	w.sentClose = true
	return w.frame(frameHeader{fin: true, opcode: OpClose}, appendClosePayload(nil, c, reason))
}

// frame queues one frame, masked if this is a client.
func (w *WebSocket) frame(h frameHeader, payload []byte) error {
	if w.config.Client {
		// The masking key needs to be unpredictable. RFC 6455, Section 5.3
		h.masked = true
		if _, err := io.ReadFull(w.config.Random, h.key[:]); err != nil {
			return fmt.Errorf("http: WebSocket: masking key: %w", err)
		}
	}
	w.out = appendFrame(w.out, h, payload)
	return nil
}

// fail closes the connection with what the peer did wrong.
//
// If _The WebSocket Connection is Established_ prior to the point where the endpoint is required to _Fail the WebSocket Connection_, the endpoint SHOULD
// send a Close frame with an appropriate status code. RFC 6455, Section 7.1.7
func (w *WebSocket) fail(e *WebSocketError) {
	if w.failed == nil {
		w.failed = e
		_ = w.Close(e.Code, e.Say)
	}
}
