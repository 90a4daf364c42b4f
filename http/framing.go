package http

import (
	"strconv"
	"strings"

	"netlab/wire"
)

// frame fills Length, Chunked and Close of a head from its fields: the rules of RFC 9112, Section 6.3 in their order.
// request is the method of the request that a response answers; response says whether h is one.
func (h *Head) frame(response bool, request string) *Error {
	f, err := framingFields(h.Header)
	if err != nil {
		return err
	}
	h.Close = f.close || !h.Version.AtLeast11() && !f.keepAlive
	h.Length, h.Chunked = 0, false

	// 1. Any response to a HEAD request and any response with a 1xx, 204 or 304 status code is always terminated by the first empty line.
	if response && (request == MethodHead || !h.Status.HasContent()) {
		return nil
	}
	// 2. Any 2xx response to a CONNECT request implies that the connection will become a tunnel.
	if response && request == MethodConnect && h.Status/100 == 2 {
		h.Length, h.Close = -1, true
		return nil
	}
	if f.codings > 0 {
		return h.frameCoding(f, response)
	}
	switch {
	case f.lengths > 0: // 5. and 6.
		h.Length = f.length
	case response: // 8. Otherwise, the length is determined by the number of octets received prior to the server closing the connection.
		h.Length, h.Close = -1, true
	}
	return nil
}

// frameCoding is rules 3 and 4: a message with Transfer-Encoding.
func (h *Head) frameCoding(f framing, response bool) *Error {
	switch {
	case f.lengths > 0:
		// Such a message might indicate an attempt to perform request smuggling or response splitting and ought to be handled as an error.
		// RFC 9112, Section 6.3, shortened
		return bad("the message has both Transfer-Encoding and Content-Length", wire.RFC("9112", "6.3"))
	case !h.Version.AtLeast11():
		return bad("an HTTP/1.0 message has Transfer-Encoding", wire.RFC("9112", "6.1"))
	case f.chunked > 1 || f.chunked == 1 && !f.chunkedLast:
		return bad("chunked is not the last transfer coding, once", wire.RFC("9112", "6.1"))
	case f.codings > f.chunked && !f.chunkedLast && !response:
		return bad("chunked is not the last transfer coding of a request", wire.RFC("9112", "6.3"))
	case f.codings > f.chunked:
		return &Error{StatusNotImplemented, "the only transfer coding understood is chunked", wire.RFC("9112", "6.1")}
	}
	h.Length, h.Chunked = -1, true
	return nil
}

// framing is what the fields of a head say of its framing.
type framing struct {
	lengths          int   // Content-Length values
	length           int64 // the one that they agree on
	codings          int   // transfer codings
	chunked          int   // how many of them are chunked
	chunkedLast      bool  // the last one is
	close, keepAlive bool  // options of Connection
}

func framingFields(h Header) (f framing, err *Error) {
	for i := range h {
		name, value := h[i].Name, h[i].Value
		switch {
		case strings.EqualFold(name, "Content-Length"):
			err = f.addLengths(value)
		case strings.EqualFold(name, "Transfer-Encoding"):
			err = f.addCodings(value)
		case strings.EqualFold(name, "Connection"):
			one := h[i : i+1]
			f.close = f.close || one.Has("Connection", "close")
			f.keepAlive = f.keepAlive || one.Has("Connection", "keep-alive")
		}
		if err != nil {
			return f, err
		}
	}
	return f, nil
}

// addLengths takes a Content-Length value: a number, or a list of equal ones.
func (f *framing) addLengths(value string) *Error {
	for member := range strings.SplitSeq(value, ",") {
		member = strings.Trim(member, " \t")
		n, err := strconv.ParseUint(member, 10, 63)
		if err != nil {
			return bad("Content-Length is not a number of octets", wire.RFC("9110", "8.6"))
		}
		if f.lengths > 0 && int64(n) != f.length {
			return bad("Content-Length is given twice, with different values", wire.RFC("9112", "6.3"))
		}
		f.lengths++
		f.length = int64(n)
	}
	return nil
}

// addCodings takes a Transfer-Encoding value: a list of codings in the order in which they were applied.
func (f *framing) addCodings(value string) *Error {
	for member := range strings.SplitSeq(value, ",") {
		member = strings.Trim(member, " \t")
		if member == "" {
			return bad("Transfer-Encoding has an empty member", wire.RFC("9112", "6.1"))
		}
		f.codings++
		f.chunkedLast = strings.EqualFold(member, "chunked")
		if f.chunkedLast {
			f.chunked++
		}
	}
	return nil
}
