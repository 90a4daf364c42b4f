package http

import (
	"strings"

	"netlab/wire"
)

// CheckTrailer returns an *Error if the fields cannot be sent behind the content: those that a recipient needs before it.
//
// A sender MUST NOT generate a trailer field unless the sender knows the corresponding header field name's definition permits use in trailers: the fields for framing,
// routing, authentication, request modifiers, response controls and content format do not. RFC 9110, Section 6.5.1, shortened
func (h Header) CheckTrailer() error {
	if err := h.Check(); err != nil {
		return err
	}
	for i := range h {
		switch strings.ToLower(h[i].Name) {
		case "transfer-encoding", "content-length", "trailer", "connection", "keep-alive", "te", "upgrade", "host",
			"authorization", "proxy-authorization", "www-authenticate", "proxy-authenticate", "cookie", "set-cookie",
			"cache-control", "expect", "max-forwards", "pragma", "range", "if-match", "if-none-match", "if-modified-since", "if-unmodified-since", "if-range",
			"age", "expires", "date", "location", "retry-after", "vary", "warning",
			"content-encoding", "content-type", "content-range":
			return &Error{StatusInternalServerError, h[i].Name + " may not stand in a trailer section", wire.RFC("9110", "6.5.1")}
		}
	}
	return nil
}

// names lists the fields of a section for the Trailer field (RFC 9110, Section 6.6.2).
func (h Header) names() string {
	var s strings.Builder
	for i := range h {
		if i > 0 {
			s.WriteString(", ")
		}
		s.WriteString(h[i].Name)
	}
	return s.String()
}
