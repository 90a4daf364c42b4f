package tls

import "fmt"

// KeyUpdate says that its sender's next records use new keys (RFC 8446, Section 4.6.3).
type KeyUpdate struct {
	RequestUpdate bool // the receiver is to update its own keys too
}

// parseKeyUpdate parses the body of a message of type key_update.
//
// "If an implementation receives any other value, it MUST terminate the connection with an "illegal_parameter" alert." RFC 8446, Section 4.6.3
func parseKeyUpdate(body []byte) (KeyUpdate, error) {
	r := readMessage(TypeKeyUpdate, body)
	v := r.uint8("request_update")
	if r.err == nil && v > 1 {
		r.fail(illegal(fmt.Sprintf("KeyUpdate: request_update is %d", v), "4.6.3"))
	}
	if err := r.end(); err != nil {
		return KeyUpdate{}, err
	}
	return KeyUpdate{v == 1}, nil
}

// append appends the message with its header.
func (m *KeyUpdate) append(b []byte) []byte {
	return appendMessage(b, TypeKeyUpdate, func(w *writer) {
		if m.RequestUpdate {
			w.uint8(1)
		} else {
			w.uint8(0)
		}
	})
}
