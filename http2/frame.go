package http2

import (
	"encoding/binary"
	"fmt"
)

// Preface is what a client begins a connection with (RFC 9113, Section 3.4).
const Preface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"

// HeaderLen is the length of a frame's header in octets.
const HeaderLen = 9

// FrameType says what a frame is for (RFC 9113, Section 6).
type FrameType uint8

// The types of frames.
const (
	Data         FrameType = 0
	Headers      FrameType = 1
	Priority     FrameType = 2
	Reset        FrameType = 3
	Settings     FrameType = 4
	PushPromise  FrameType = 5
	Ping         FrameType = 6
	GoAway       FrameType = 7
	WindowUpdate FrameType = 8
	Continuation FrameType = 9
)

// String returns the name of the standard: "HEADERS".
func (t FrameType) String() string {
	switch t {
	case Data:
		return "DATA"
	case Headers:
		return "HEADERS"
	case Priority:
		return "PRIORITY"
	case Reset:
		return "RST_STREAM"
	case Settings:
		return "SETTINGS"
	case PushPromise:
		return "PUSH_PROMISE"
	case Ping:
		return "PING"
	case GoAway:
		return "GOAWAY"
	case WindowUpdate:
		return "WINDOW_UPDATE"
	case Continuation:
		return "CONTINUATION"
	}
	return fmt.Sprintf("type %d", uint8(t))
}

// The flags of frames. What a bit means depends on the type: that of the end of a stream acknowledges SETTINGS and PING.
const (
	FlagEndStream  = 0x01 // DATA, HEADERS
	FlagAck        = 0x01 // SETTINGS, PING
	FlagEndHeaders = 0x04 // HEADERS, PUSH_PROMISE, CONTINUATION
	FlagPadded     = 0x08 // DATA, HEADERS, PUSH_PROMISE
	FlagPriority   = 0x20 // HEADERS
)

// Header is the header of a frame.
type Header struct {
	Length int // octets of the payload
	Type   FrameType
	Flags  uint8
	Stream uint32 // 0: about the connection as a whole
}

// ParseHeader reads the header at the start of b. It reports false if b is too short.
func ParseHeader(b []byte) (Header, bool) {
	if len(b) < HeaderLen {
		return Header{}, false
	}
	return Header{
		Length: int(b[0])<<16 | int(b[1])<<8 | int(b[2]), Type: FrameType(b[3]), Flags: b[4],
		Stream: binary.BigEndian.Uint32(b[5:]) & 0x7fffffff, // "This field MUST remain unset when sending and MUST be ignored when receiving"
	}, true
}

// Fragment returns what a frame's payload holds besides padding and priority: of DATA the data, of HEADERS, PUSH_PROMISE and
// CONTINUATION a piece of the compressed field section. It reports false if the payload contradicts itself.
func (h Header) Fragment(payload []byte) ([]byte, bool) {
	skip, padding := h.extra(payload)
	if skip+padding > len(payload) {
		return nil, false
	}
	return payload[skip : len(payload)-padding], true
}

// extra returns how many octets of the payload come before its fragment, and how many of padding after it.
func (h Header) extra(payload []byte) (before, padding int) {
	switch h.Type {
	case Data, Headers, PushPromise:
		if h.Flags&FlagPadded != 0 {
			before = 1
			if len(payload) > 0 {
				padding = int(payload[0])
			}
		}
	}
	switch {
	case h.Type == Headers && h.Flags&FlagPriority != 0:
		before += 5
	case h.Type == PushPromise:
		before += 4
	}
	return before, padding
}

// maxFrame is the length of payload up to which frames are believed when nothing else tells that this is HTTP/2: what a connection begins
// with (SETTINGS_MAX_FRAME_SIZE in RFC 9113, Section 6.5.2).
const maxFrame = 1 << 14

// flags returns the flags that a frame of its type may have: "Unused flags MUST be ignored on receipt and MUST be left unset (0x00) when sending."
// (RFC 9113, Section 4.1)
func (h Header) flags() uint8 {
	switch h.Type {
	case Data:
		return FlagEndStream | FlagPadded
	case Headers:
		return FlagEndStream | FlagEndHeaders | FlagPadded | FlagPriority
	case PushPromise:
		return FlagEndHeaders | FlagPadded
	case Continuation:
		return FlagEndHeaders
	}
	return 0
}

// plausible reports whether a frame could have this header, by the rules on lengths and streams of RFC 9113, Section 6.
func (h Header) plausible() bool {
	if h.Length > maxFrame {
		return false
	}
	connection := h.Stream == 0
	switch h.Type {
	case Data, Headers, PushPromise, Continuation:
		return !connection && h.Flags&^h.flags() == 0
	case Priority:
		return !connection && h.Length == 5
	case Reset:
		return !connection && h.Length == 4
	case Settings:
		return connection && h.Length%6 == 0 && (h.Flags == 0 || h.Flags == FlagAck && h.Length == 0)
	case Ping:
		return connection && h.Length == 8 && h.Flags&^FlagAck == 0
	case GoAway:
		return connection && h.Length >= 8
	case WindowUpdate:
		return h.Length == 4 && h.Flags == 0
	}
	return false
}

// Begins reports whether b is the beginning of a client's connection, or nothing but whole frames: how they are known in a single
// segment. A frame that says nothing, DATA of no octets that does not end its stream, might be octets of anything.
func Begins(b []byte) bool {
	if len(b) >= len(Preface) && string(b[:len(Preface)]) == Preface {
		return true
	}
	says := false
	for len(b) > 0 {
		h, ok := ParseHeader(b)
		if !ok || !h.plausible() || b[5]&0x80 != 0 || len(b) < HeaderLen+h.Length {
			return false
		}
		says = says || h.Type != Data || h.Length > 0 || h.Flags&FlagEndStream != 0
		b = b[HeaderLen+h.Length:]
	}
	return says
}

// mostPayload is the longest payload that is believed where it is known that frames follow each other. SETTINGS_MAX_FRAME_SIZE allows 16 MiB; hardly
// anybody asks for more than this.
const mostPayload = 1 << 20

// MessageLen returns the length of the preface or the frame at the start of b, where it is known that one begins; it may be more than b holds. 0: b is too
// short to tell. ok is false if that can be neither.
func MessageLen(b []byte) (n int, ok bool) {
	if m := min(len(b), len(Preface)); m >= 3 && string(b[:m]) == Preface[:m] {
		return len(Preface), true
	}
	h, whole := ParseHeader(b)
	if !whole {
		return 0, true
	}
	return HeaderLen + h.Length, h.Length <= mostPayload
}
