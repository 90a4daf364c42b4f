package http

import (
	"io"
	"strings"
)

// Request is a request as a handler gets it or a client sends it.
type Request struct {
	Method  string // "" means GET to a client
	Target  string // as sent: "/bytes/100?x=1", "http://host/path", "*"
	Version Version
	Header  Header // of a received request: valid until the handler returns

	Length int64     // octets of content; -1: known only at its end
	Body   io.Reader // the content. Received: never nil, io.EOF at its end. To send: nil for none

	Trailing Header // to send: fields behind the content, which then goes in chunks. Their values may change until Body gives io.EOF

	trailer *Header
}

// Trailer returns the trailer fields of a received request; complete after Body gave io.EOF.
func (r *Request) Trailer() Header { return *r.trailer }

// Path returns the path of the target, percent-encoded as sent, without query (RFC 9112, Section 3.2).
func (r *Request) Path() string {
	_, _, rest := splitTarget(r.Target)
	path, _, _ := strings.Cut(rest, "?")
	return path
}

// Query returns what follows the question mark of the target; "" if there is none.
func (r *Request) Query() string {
	_, query, _ := strings.Cut(r.Target, "?")
	return query
}

// Host returns the host and port that the request is for: from the target if it is in absolute form or authority form, else the Host field.
//
// When an origin server receives a request with an absolute-form of request-target, the origin server MUST ignore the received Host header field (if any) and instead use
// the host information of the request-target. RFC 9112, Section 3.2.2
func (r *Request) Host() string {
	if r.Method == MethodConnect {
		return r.Target
	}
	if _, authority, _ := splitTarget(r.Target); authority != "" {
		return authority
	}
	return r.Header.Get("Host")
}

// Response is a response as a client gets it.
type Response struct {
	Status  Status
	Reason  string // in the server's own words
	Version Version
	Header  Header

	Length int64     // octets of content; -1: known only at its end
	Body   io.Reader // the content; io.EOF at its end
	Close  bool      // the connection cannot be used for another request

	trailer *Header
}

// Trailer returns the trailer fields; complete after Body gave io.EOF.
func (r *Response) Trailer() Header { return *r.trailer }
