package http

import (
	"encoding/binary"
	"fmt"
	"strconv"
	"unicode/utf8"

	"netlab/wire"
)

// CloseCode says why an endpoint closes a WebSocket connection (RFC 6455, Section 7.4.1).
type CloseCode uint16

// The close codes of RFC 6455. CloseNoStatus and CloseAbnormal never travel: the one stands for a Close frame without a code, the other for a
// connection that ended without a Close frame.
const (
	CloseNormal         CloseCode = 1000
	CloseGoingAway      CloseCode = 1001
	CloseProtocolError  CloseCode = 1002
	CloseUnsupported    CloseCode = 1003
	CloseNoStatus       CloseCode = 1005
	CloseAbnormal       CloseCode = 1006
	CloseInvalidPayload CloseCode = 1007
	ClosePolicy         CloseCode = 1008
	CloseTooBig         CloseCode = 1009
	CloseExtension      CloseCode = 1010
	CloseUnexpected     CloseCode = 1011
)

func closeCodeNames() []wire.Name {
	return []wire.Name{
		{Value: 1000, Text: "normal closure"},
		{Value: 1001, Text: "going away"},
		{Value: 1002, Text: "protocol error"},
		{Value: 1003, Text: "unsupported data"},
		{Value: 1005, Text: "no status"},
		{Value: 1006, Text: "abnormal closure"},
		{Value: 1007, Text: "invalid payload data"},
		{Value: 1008, Text: "policy violation"},
		{Value: 1009, Text: "message too big"},
		{Value: 1010, Text: "extension missing"},
		{Value: 1011, Text: "unexpected condition"},
	}
}

// String returns "1000 normal closure".
func (c CloseCode) String() string {
	for _, n := range closeCodeNames() {
		if n.Value == uint64(c) {
			return strconv.Itoa(int(c)) + " " + n.Text
		}
	}
	return strconv.Itoa(int(c))
}

// travels reports whether a Close frame may carry c. 1005 and 1006 MUST NOT be set as a status code in a Close control frame by an endpoint; so must 1015.
// Codes from 3000 to 3999 are registered by others and those from 4000 to 4999 are private. RFC 6455, Sections 7.4.1 and 7.4.2
func (c CloseCode) travels() bool {
	switch {
	case c >= 1000 && c <= 1003, c >= 1007 && c <= 1014: // 1012 to 1014 were registered later
		return true
	}
	return c >= 3000 && c <= 4999
}

// WebSocketError is a breach of the WebSocket Protocol by the peer: the code that the connection is closed with, what is wrong, and who says so.
type WebSocketError struct {
	Code CloseCode
	Say  string // "a client's frame is not masked"
	Ref  wire.Ref
}

func (e *WebSocketError) Error() string {
	return fmt.Sprintf("http: WebSocket: %s (%s)", e.Say, e.Ref)
}

func violation(say, section string) *WebSocketError {
	return &WebSocketError{CloseProtocolError, say, wire.RFC("6455", section)}
}

// WebSocketClosed is the error of a connection that the peer has closed with a Close frame.
type WebSocketClosed struct {
	Code   CloseCode // CloseNoStatus: it gave none
	Reason string    // in the peer's own words
}

func (e *WebSocketClosed) Error() string {
	if e.Reason == "" {
		return "http: WebSocket: closed: " + e.Code.String()
	}
	return fmt.Sprintf("http: WebSocket: closed: %s: %q", e.Code, e.Reason)
}

// appendClosePayload appends the payload of a Close frame: nothing for CloseNoStatus, which cannot travel.
func appendClosePayload(b []byte, c CloseCode, reason string) []byte {
	if c == CloseNoStatus {
		return b
	}
	for len(reason) > maxControl-2 || !utf8.ValidString(reason) && reason != "" {
		reason = reason[:min(len(reason)-1, maxControl-2)] // cut where a character ends
	}
	return append(binary.BigEndian.AppendUint16(b, uint16(c)), reason...)
}

// parseClosePayload reads the payload of a Close frame.
func parseClosePayload(b []byte) (WebSocketClosed, *WebSocketError) {
	if len(b) == 0 {
		return WebSocketClosed{Code: CloseNoStatus}, nil
	}
	if len(b) == 1 {
		return WebSocketClosed{}, violation("a Close frame carries half a code", "5.5.1")
	}
	c := WebSocketClosed{Code: CloseCode(binary.BigEndian.Uint16(b)), Reason: string(b[2:])}
	switch {
	case !c.Code.travels():
		return c, violation(fmt.Sprintf("a Close frame carries the code %d, which must not travel", c.Code), "7.4")
	case !utf8.ValidString(c.Reason):
		return c, &WebSocketError{CloseInvalidPayload, "the reason in a Close frame is not UTF-8", wire.RFC("6455", "5.5.1")}
	}
	return c, nil
}
