package capture

import (
	"bytes"
	"encoding/binary"

	"netlab/http"
	"netlab/http2"
	"netlab/tls"
)

// TCP carries octets; where a message of the application ends, it says itself, in its first octets.

const (
	mostHeader   = 24      // octets of the longest beginning that tells a message's length, HTTP/1 aside: the preface of HTTP/2
	mostHTTPHead = 1 << 16 // octets in which the head of an HTTP/1 message is looked for
)

// messageLen returns how many octets the message at the start of b has, which may be more than b holds; of HTTP/1, its head. 0: b is too short to tell.
// ok is false if no message of that kind begins there.
func messageLen(of application, b []byte) (n int, ok bool) {
	switch of {
	case dnsApplication:
		if len(b) < 2 {
			return 0, true
		}
		// "The message is prefixed with a two byte length field which gives the message length, excluding the two byte length field." RFC 1035, Section 4.2.2
		n = 2 + int(binary.BigEndian.Uint16(b))
		return n, n > 2
	case http2Application:
		return http2.MessageLen(b)
	case webSocketApplication:
		return http.WebSocketLen(b)
	case tlsApplication:
		if len(b) <= tlsRecordHeader {
			return 0, len(b) == 0 || b[0] >= byte(tls.ContentChangeCipherSpec) && b[0] <= byte(tls.ContentApplicationData)
		}
		return tls.RecordLen(b), tls.Begins(b)
	case httpApplication:
		if end := bytes.Index(b, []byte("\r\n\r\n")); end >= 0 {
			return end + 4, true
		}
		return 0, len(b) < mostHTTPHead
	}
	return 0, false
}

const tlsRecordHeader = 5

// messageWord is what the standards call the units of an application.
func messageWord(of application) string {
	switch of {
	case http2Application, webSocketApplication:
		return "frame"
	case tlsApplication:
		return "record"
	case httpApplication:
		return "head"
	}
	return "message"
}

// protocolName is an application as lists call it.
func protocolName(of application) string {
	switch of {
	case httpApplication:
		return "HTTP"
	case http2Application:
		return "HTTP2"
	case webSocketApplication:
		return "WebSocket"
	case tlsApplication:
		return "TLS"
	case dnsApplication:
		return "DNS"
	}
	return ""
}

// upgradedTo returns what a connection speaks after the head of a response of HTTP/1: RFC 9110, Section 7.8. noApplication: HTTP/1 as before, or
// something that is not taken apart.
func upgradedTo(head []byte) application {
	if !bytes.HasPrefix(head, []byte("HTTP/1.1 101")) {
		return noApplication
	}
	for _, line := range bytes.Split(head, []byte("\r\n"))[1:] {
		name, value, _ := bytes.Cut(line, []byte(":"))
		if !bytes.EqualFold(bytes.TrimSpace(name), []byte("Upgrade")) {
			continue
		}
		switch value = bytes.ToLower(bytes.TrimSpace(value)); string(value) {
		case "websocket":
			return webSocketApplication
		case "h2c":
			return http2Application
		}
	}
	return noApplication
}
