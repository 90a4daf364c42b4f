package tls

import "netlab/wire"

// Error is what a peer did wrong: the alert that tells it so, what is wrong in words, and who asks for that.
type Error struct {
	Alert Alert
	Say   string // "extension key_share occurs twice"
	Ref   wire.Ref
}

func (e *Error) Error() string { return "tls: " + e.Say + " (" + e.Ref.String() + ")" }

// undecodable is the error for octets that do not follow the syntax:
//
// "Peers which receive a message which cannot be parsed according to the syntax (e.g., have a length extending beyond the message boundary or
// contain an out-of-range length) MUST terminate the connection with a "decode_error" alert." RFC 8446, Section 6
func undecodable(say string) *Error { return &Error{AlertDecodeError, say, wire.RFC("8446", "6")} }

// illegal is the error for a message that can be read and must not be so:
//
// "Peers which receive a message which is syntactically correct but semantically invalid (e.g., a DHE share of p - 1, or an invalid enum) MUST
// terminate the connection with an "illegal_parameter" alert." RFC 8446, Section 6
func illegal(say, section string) *Error {
	return &Error{AlertIllegalParameter, say, wire.RFC("8446", section)}
}
