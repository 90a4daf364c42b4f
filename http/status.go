package http

import (
	"strconv"

	"netlab/wire"
)

// Status is a status code (RFC 9110, Section 15).
type Status uint16

// The status codes of the registry that IANA keeps (RFC 9110, Section 16.2.1).
const (
	StatusContinue                      Status = 100
	StatusSwitchingProtocols            Status = 101
	StatusProcessing                    Status = 102
	StatusEarlyHints                    Status = 103
	StatusOK                            Status = 200
	StatusCreated                       Status = 201
	StatusAccepted                      Status = 202
	StatusNonAuthoritativeInformation   Status = 203
	StatusNoContent                     Status = 204
	StatusResetContent                  Status = 205
	StatusPartialContent                Status = 206
	StatusMultiStatus                   Status = 207
	StatusAlreadyReported               Status = 208
	StatusIMUsed                        Status = 226
	StatusMultipleChoices               Status = 300
	StatusMovedPermanently              Status = 301
	StatusFound                         Status = 302
	StatusSeeOther                      Status = 303
	StatusNotModified                   Status = 304
	StatusUseProxy                      Status = 305
	StatusUnused306                     Status = 306
	StatusTemporaryRedirect             Status = 307
	StatusPermanentRedirect             Status = 308
	StatusBadRequest                    Status = 400
	StatusUnauthorized                  Status = 401
	StatusPaymentRequired               Status = 402
	StatusForbidden                     Status = 403
	StatusNotFound                      Status = 404
	StatusMethodNotAllowed              Status = 405
	StatusNotAcceptable                 Status = 406
	StatusProxyAuthenticationRequired   Status = 407
	StatusRequestTimeout                Status = 408
	StatusConflict                      Status = 409
	StatusGone                          Status = 410
	StatusLengthRequired                Status = 411
	StatusPreconditionFailed            Status = 412
	StatusContentTooLarge               Status = 413
	StatusURITooLong                    Status = 414
	StatusUnsupportedMediaType          Status = 415
	StatusRangeNotSatisfiable           Status = 416
	StatusExpectationFailed             Status = 417
	StatusTeapot                        Status = 418
	StatusMisdirectedRequest            Status = 421
	StatusUnprocessableContent          Status = 422
	StatusLocked                        Status = 423
	StatusFailedDependency              Status = 424
	StatusTooEarly                      Status = 425
	StatusUpgradeRequired               Status = 426
	StatusPreconditionRequired          Status = 428
	StatusTooManyRequests               Status = 429
	StatusHeaderTooLarge                Status = 431
	StatusUnavailableForLegalReasons    Status = 451
	StatusInternalServerError           Status = 500
	StatusNotImplemented                Status = 501
	StatusBadGateway                    Status = 502
	StatusServiceUnavailable            Status = 503
	StatusGatewayTimeout                Status = 504
	StatusHTTPVersionNotSupported       Status = 505
	StatusVariantAlsoNegotiates         Status = 506
	StatusInsufficientStorage           Status = 507
	StatusLoopDetected                  Status = 508
	StatusNotExtended                   Status = 510
	StatusNetworkAuthenticationRequired Status = 511
)

// Standing is what the registry makes of a status code.
type Standing string

// The standings.
const (
	InUse        Standing = ""             // registered
	Obsolete     Standing = "obsolete"     // registered, and not to be used any more
	Reserved     Standing = "reserved"     // registered so that nobody uses it
	Unregistered Standing = "unregistered" // used by somebody without being registered
)

// StatusCode is what the standard, or its users, say of a status code.
type StatusCode struct {
	Status   Status
	Reason   string // "Not Found"
	Doc      string // a sentence of its section
	Ref      wire.Ref
	Standing Standing
	Note     string // what has to be known besides; "": nothing
}

// StatusCodes returns the status codes of the registry, and some that are seen without being in it, in order.
func StatusCodes() []StatusCode {
	var all []StatusCode
	for s := Status(100); s < 600; s++ {
		if c, ok := s.Lookup(); ok {
			all = append(all, c)
		}
	}
	return all
}

// Reason returns the reason phrase: "Not Found".
func (s Status) Reason() string {
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
