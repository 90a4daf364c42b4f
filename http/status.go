package http

import (
	"strconv"

	"netlab/wire"
)

// Status is a status code (RFC 9110, Section 15).
type Status uint16

// The status codes of RFC 9110, Section 15, that are in use.
const (
	StatusContinue                    Status = 100
	StatusSwitchingProtocols          Status = 101
	StatusOK                          Status = 200
	StatusCreated                     Status = 201
	StatusAccepted                    Status = 202
	StatusNonAuthoritativeInformation Status = 203
	StatusNoContent                   Status = 204
	StatusResetContent                Status = 205
	StatusPartialContent              Status = 206
	StatusMultipleChoices             Status = 300
	StatusMovedPermanently            Status = 301
	StatusFound                       Status = 302
	StatusSeeOther                    Status = 303
	StatusNotModified                 Status = 304
	StatusTemporaryRedirect           Status = 307
	StatusPermanentRedirect           Status = 308
	StatusBadRequest                  Status = 400
	StatusUnauthorized                Status = 401
	StatusPaymentRequired             Status = 402
	StatusForbidden                   Status = 403
	StatusNotFound                    Status = 404
	StatusMethodNotAllowed            Status = 405
	StatusNotAcceptable               Status = 406
	StatusProxyAuthenticationRequired Status = 407
	StatusRequestTimeout              Status = 408
	StatusConflict                    Status = 409
	StatusGone                        Status = 410
	StatusLengthRequired              Status = 411
	StatusPreconditionFailed          Status = 412
	StatusContentTooLarge             Status = 413
	StatusURITooLong                  Status = 414
	StatusUnsupportedMediaType        Status = 415
	StatusRangeNotSatisfiable         Status = 416
	StatusExpectationFailed           Status = 417
	StatusMisdirectedRequest          Status = 421
	StatusUnprocessableContent        Status = 422
	StatusUpgradeRequired             Status = 426
	StatusInternalServerError         Status = 500
	StatusNotImplemented              Status = 501
	StatusBadGateway                  Status = 502
	StatusServiceUnavailable          Status = 503
	StatusGatewayTimeout              Status = 504
	StatusHTTPVersionNotSupported     Status = 505

	StatusHeaderTooLarge Status = 431 // RFC 6585; asked for in general terms by RFC 9110, Section 5.4
)

// StatusCode is what the standard says of a status code.
type StatusCode struct {
	Status Status
	Reason string // "Not Found"
	Doc    string // the first sentence of its section
	Ref    wire.Ref
}

// StatusCodes returns the status codes in use, in order.
func StatusCodes() []StatusCode {
	return []StatusCode{
		{StatusContinue, "Continue", "The 100 (Continue) status code indicates that the initial part of a request has been received and has not yet been rejected by the server.", wire.RFC("9110", "15.2.1")},
		{StatusSwitchingProtocols, "Switching Protocols", "The 101 (Switching Protocols) status code indicates that the server understands and is willing to comply with the client's request, via the Upgrade header field (Section 7.8), for a change in the application protocol being used on this connection.", wire.RFC("9110", "15.2.2")},
		{StatusOK, "OK", "The 200 (OK) status code indicates that the request has succeeded.", wire.RFC("9110", "15.3.1")},
		{StatusCreated, "Created", "The 201 (Created) status code indicates that the request has been fulfilled and has resulted in one or more new resources being created.", wire.RFC("9110", "15.3.2")},
		{StatusAccepted, "Accepted", "The 202 (Accepted) status code indicates that the request has been accepted for processing, but the processing has not been completed.", wire.RFC("9110", "15.3.3")},
		{StatusNonAuthoritativeInformation, "Non-Authoritative Information", "The 203 (Non-Authoritative Information) status code indicates that the request was successful but the enclosed content has been modified from that of the origin server's 200 (OK) response by a transforming proxy (Section 7.7).", wire.RFC("9110", "15.3.4")},
		{StatusNoContent, "No Content", "The 204 (No Content) status code indicates that the server has successfully fulfilled the request and that there is no additional content to send in the response content.", wire.RFC("9110", "15.3.5")},
		{StatusResetContent, "Reset Content", "The 205 (Reset Content) status code indicates that the server has fulfilled the request and desires that the user agent reset the \"document view\", which caused the request to be sent, to its original state as received from the origin server.", wire.RFC("9110", "15.3.6")},
		{StatusPartialContent, "Partial Content", "The 206 (Partial Content) status code indicates that the server is successfully fulfilling a range request for the target resource by transferring one or more parts of the selected representation.", wire.RFC("9110", "15.3.7")},
		{StatusMultipleChoices, "Multiple Choices", "The 300 (Multiple Choices) status code indicates that the target resource has more than one representation, each with its own more specific identifier, and information about the alternatives is being provided so that the user (or user agent) can select a preferred representation by redirecting its request to one or more of those identifiers.", wire.RFC("9110", "15.4.1")},
		{StatusMovedPermanently, "Moved Permanently", "The 301 (Moved Permanently) status code indicates that the target resource has been assigned a new permanent URI and any future references to this resource ought to use one of the enclosed URIs.", wire.RFC("9110", "15.4.2")},
		{StatusFound, "Found", "The 302 (Found) status code indicates that the target resource resides temporarily under a different URI.", wire.RFC("9110", "15.4.3")},
		{StatusSeeOther, "See Other", "The 303 (See Other) status code indicates that the server is redirecting the user agent to a different resource, as indicated by a URI in the Location header field, which is intended to provide an indirect response to the original request.", wire.RFC("9110", "15.4.4")},
		{StatusNotModified, "Not Modified", "The 304 (Not Modified) status code indicates that a conditional GET or HEAD request has been received and would have resulted in a 200 (OK) response if it were not for the fact that the condition evaluated to false.", wire.RFC("9110", "15.4.5")},
		{StatusTemporaryRedirect, "Temporary Redirect", "The 307 (Temporary Redirect) status code indicates that the target resource resides temporarily under a different URI and the user agent MUST NOT change the request method if it performs an automatic redirection to that URI.", wire.RFC("9110", "15.4.8")},
		{StatusPermanentRedirect, "Permanent Redirect", "The 308 (Permanent Redirect) status code indicates that the target resource has been assigned a new permanent URI and any future references to this resource ought to use one of the enclosed URIs.", wire.RFC("9110", "15.4.9")},
		{StatusBadRequest, "Bad Request", "The 400 (Bad Request) status code indicates that the server cannot or will not process the request due to something that is perceived to be a client error (e.g., malformed request syntax, invalid request message framing, or deceptive request routing).", wire.RFC("9110", "15.5.1")},
		{StatusUnauthorized, "Unauthorized", "The 401 (Unauthorized) status code indicates that the request has not been applied because it lacks valid authentication credentials for the target resource.", wire.RFC("9110", "15.5.2")},
		{StatusPaymentRequired, "Payment Required", "The 402 (Payment Required) status code is reserved for future use.", wire.RFC("9110", "15.5.3")},
		{StatusForbidden, "Forbidden", "The 403 (Forbidden) status code indicates that the server understood the request but refuses to fulfill it.", wire.RFC("9110", "15.5.4")},
		{StatusNotFound, "Not Found", "The 404 (Not Found) status code indicates that the origin server did not find a current representation for the target resource or is not willing to disclose that one exists.", wire.RFC("9110", "15.5.5")},
		{StatusMethodNotAllowed, "Method Not Allowed", "The 405 (Method Not Allowed) status code indicates that the method received in the request-line is known by the origin server but not supported by the target resource.", wire.RFC("9110", "15.5.6")},
		{StatusNotAcceptable, "Not Acceptable", "The 406 (Not Acceptable) status code indicates that the target resource does not have a current representation that would be acceptable to the user agent, according to the proactive negotiation header fields received in the request (Section 12.1), and the server is unwilling to supply a default representation.", wire.RFC("9110", "15.5.7")},
		{StatusProxyAuthenticationRequired, "Proxy Authentication Required", "The 407 (Proxy Authentication Required) status code is similar to 401 (Unauthorized), but it indicates that the client needs to authenticate itself in order to use a proxy for this request.", wire.RFC("9110", "15.5.8")},
		{StatusRequestTimeout, "Request Timeout", "The 408 (Request Timeout) status code indicates that the server did not receive a complete request message within the time that it was prepared to wait.", wire.RFC("9110", "15.5.9")},
		{StatusConflict, "Conflict", "The 409 (Conflict) status code indicates that the request could not be completed due to a conflict with the current state of the target resource.", wire.RFC("9110", "15.5.10")},
		{StatusGone, "Gone", "The 410 (Gone) status code indicates that access to the target resource is no longer available at the origin server and that this condition is likely to be permanent.", wire.RFC("9110", "15.5.11")},
		{StatusLengthRequired, "Length Required", "The 411 (Length Required) status code indicates that the server refuses to accept the request without a defined Content-Length (Section 8.6).", wire.RFC("9110", "15.5.12")},
		{StatusPreconditionFailed, "Precondition Failed", "The 412 (Precondition Failed) status code indicates that one or more conditions given in the request header fields evaluated to false when tested on the server (Section 13).", wire.RFC("9110", "15.5.13")},
		{StatusContentTooLarge, "Content Too Large", "The 413 (Content Too Large) status code indicates that the server is refusing to process a request because the request content is larger than the server is willing or able to process.", wire.RFC("9110", "15.5.14")},
		{StatusURITooLong, "URI Too Long", "The 414 (URI Too Long) status code indicates that the server is refusing to service the request because the target URI is longer than the server is willing to interpret.", wire.RFC("9110", "15.5.15")},
		{StatusUnsupportedMediaType, "Unsupported Media Type", "The 415 (Unsupported Media Type) status code indicates that the origin server is refusing to service the request because the content is in a format not supported by this method on the target resource.", wire.RFC("9110", "15.5.16")},
		{StatusRangeNotSatisfiable, "Range Not Satisfiable", "The 416 (Range Not Satisfiable) status code indicates that the set of ranges in the request's Range header field (Section 14.2) has been rejected either because none of the requested ranges are satisfiable or because the client has requested an excessive number of small or overlapping ranges (a potential denial of service attack).", wire.RFC("9110", "15.5.17")},
		{StatusExpectationFailed, "Expectation Failed", "The 417 (Expectation Failed) status code indicates that the expectation given in the request's Expect header field (Section 10.1.1) could not be met by at least one of the inbound servers.", wire.RFC("9110", "15.5.18")},
		{StatusMisdirectedRequest, "Misdirected Request", "The 421 (Misdirected Request) status code indicates that the request was directed at a server that is unable or unwilling to produce an authoritative response for the target URI.", wire.RFC("9110", "15.5.20")},
		{StatusUnprocessableContent, "Unprocessable Content", "The 422 (Unprocessable Content) status code indicates that the server understands the content type of the request content (hence a 415 (Unsupported Media Type) status code is inappropriate), and the syntax of the request content is correct, but it was unable to process the contained instructions.", wire.RFC("9110", "15.5.21")},
		{StatusUpgradeRequired, "Upgrade Required", "The 426 (Upgrade Required) status code indicates that the server refuses to perform the request using the current protocol but might be willing to do so after the client upgrades to a different protocol.", wire.RFC("9110", "15.5.22")},
		{StatusHeaderTooLarge, "Request Header Fields Too Large", "A server that receives a request header field line, field value, or set of fields larger than it wishes to process MUST respond with an appropriate 4xx (Client Error) status code.", wire.RFC("9110", "5.4")},
		{StatusInternalServerError, "Internal Server Error", "The 500 (Internal Server Error) status code indicates that the server encountered an unexpected condition that prevented it from fulfilling the request.", wire.RFC("9110", "15.6.1")},
		{StatusNotImplemented, "Not Implemented", "The 501 (Not Implemented) status code indicates that the server does not support the functionality required to fulfill the request.", wire.RFC("9110", "15.6.2")},
		{StatusBadGateway, "Bad Gateway", "The 502 (Bad Gateway) status code indicates that the server, while acting as a gateway or proxy, received an invalid response from an inbound server it accessed while attempting to fulfill the request.", wire.RFC("9110", "15.6.3")},
		{StatusServiceUnavailable, "Service Unavailable", "The 503 (Service Unavailable) status code indicates that the server is currently unable to handle the request due to a temporary overload or scheduled maintenance, which will likely be alleviated after some delay.", wire.RFC("9110", "15.6.4")},
		{StatusGatewayTimeout, "Gateway Timeout", "The 504 (Gateway Timeout) status code indicates that the server, while acting as a gateway or proxy, did not receive a timely response from an upstream server it needed to access in order to complete the request.", wire.RFC("9110", "15.6.5")},
		{StatusHTTPVersionNotSupported, "HTTP Version Not Supported", "The 505 (HTTP Version Not Supported) status code indicates that the server does not support, or refuses to support, the major version of HTTP that was used in the request message.", wire.RFC("9110", "15.6.6")},
	}
}

// Lookup returns what the standard says of s; false if it is not in use.
func (s Status) Lookup() (StatusCode, bool) {
	for _, c := range StatusCodes() {
		if c.Status == s {
			return c, true
		}
	}
	return StatusCode{}, false
}

// Reason returns the reason phrase: "Not Found".
func (s Status) Reason() string {
	if s == StatusOK {
		return "OK"
	}
	if c, ok := s.Lookup(); ok {
		return c.Reason
	}
	return "Status " + strconv.Itoa(int(s))
}

// String returns "404 Not Found".
func (s Status) String() string { return strconv.Itoa(int(s)) + " " + s.Reason() }

// HasContent reports whether a response with this code may have content at all: not 1xx, 204 and 304 (RFC 9112, Section 6.3).
func (s Status) HasContent() bool {
	return s/100 != 1 && s != StatusNoContent && s != StatusNotModified
}
