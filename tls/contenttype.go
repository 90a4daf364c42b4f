package tls

import "fmt"

// ContentType says what a record carries (RFC 8446, Section 5.1).
type ContentType uint8

// The content types.
const (
	ContentInvalid          ContentType = 0
	ContentChangeCipherSpec ContentType = 20
	ContentAlert            ContentType = 21
	ContentHandshake        ContentType = 22
	ContentApplicationData  ContentType = 23
	ContentHeartbeat        ContentType = 24 // RFC 6520
)

func (t ContentType) String() string {
	switch t {
	case ContentInvalid:
		return "invalid"
	case ContentChangeCipherSpec:
		return "change_cipher_spec"
	case ContentAlert:
		return "alert"
	case ContentHandshake:
		return "handshake"
	case ContentApplicationData:
		return "application_data"
	case ContentHeartbeat:
		return "heartbeat"
	}
	return fmt.Sprintf("content type %d", uint8(t))
}

// contentTypes are the content types that have names.
func contentTypes() []ContentType {
	return []ContentType{ContentInvalid, ContentChangeCipherSpec, ContentAlert, ContentHandshake, ContentApplicationData, ContentHeartbeat}
}
