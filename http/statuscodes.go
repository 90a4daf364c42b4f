package http

import "netlab/wire"

// Lookup returns what is known of s; false if it is not one of StatusCodes.
//
// The table is long because the registry is. Sentences are those of the sections named; unregistered codes have none.
func (s Status) Lookup() (StatusCode, bool) {
	c := StatusCode{Status: s}
	switch s {
	case StatusContinue:
		c.Reason, c.Ref = "Continue", wire.RFC("9110", "15.2.1")
		c.Doc = "The 100 (Continue) status code indicates that the initial part of a request has been received and has not yet been rejected by the server."
	case StatusSwitchingProtocols:
		c.Reason, c.Ref = "Switching Protocols", wire.RFC("9110", "15.2.2")
		c.Doc = "The 101 (Switching Protocols) status code indicates that the server understands and is willing to comply with the client's request, via the Upgrade header field (Section 7.8), for a change in the application protocol being used on this connection."
		c.Note = "The course text writes it without the last letter."
	case StatusProcessing:
		c.Reason, c.Ref = "Processing", wire.RFC("2518", "10.1")
		c.Doc = "The 102 (Processing) status code is an interim response used to inform the client that the server has accepted the complete request, but has not yet completed it."
		c.Standing, c.Note = Obsolete, "It came with WebDAV, whose present standard, RFC 4918, has dropped it; it is still registered."
	case StatusEarlyHints:
		c.Reason, c.Ref = "Early Hints", wire.RFC("8297", "2")
		c.Doc = "The 103 (Early Hints) informational status code indicates to the client that the server is likely to send a final response with the header fields included in the informational response."
	case StatusOK:
		c.Reason, c.Ref = "OK", wire.RFC("9110", "15.3.1")
		c.Doc = "The 200 (OK) status code indicates that the request has succeeded."
	case StatusCreated:
		c.Reason, c.Ref = "Created", wire.RFC("9110", "15.3.2")
		c.Doc = "The 201 (Created) status code indicates that the request has been fulfilled and has resulted in one or more new resources being created."
	case StatusAccepted:
		c.Reason, c.Ref = "Accepted", wire.RFC("9110", "15.3.3")
		c.Doc = "The 202 (Accepted) status code indicates that the request has been accepted for processing, but the processing has not been completed."
	case StatusNonAuthoritativeInformation:
		c.Reason, c.Ref = "Non-Authoritative Information", wire.RFC("9110", "15.3.4")
		c.Doc = "The 203 (Non-Authoritative Information) status code indicates that the request was successful but the enclosed content has been modified from that of the origin server's 200 (OK) response by a transforming proxy (Section 7.7)."
		c.Note = "The course text describes it as RFC 2616 did, where it said that the metainformation was a copy."
	case StatusNoContent:
		c.Reason, c.Ref = "No Content", wire.RFC("9110", "15.3.5")
		c.Doc = "The 204 (No Content) status code indicates that the server has successfully fulfilled the request and that there is no additional content to send in the response content."
	case StatusResetContent:
		c.Reason, c.Ref = "Reset Content", wire.RFC("9110", "15.3.6")
		c.Doc = "The 205 (Reset Content) status code indicates that the server has fulfilled the request and desires that the user agent reset the \"document view\", which caused the request to be sent, to its original state as received from the origin server."
	case StatusPartialContent:
		c.Reason, c.Ref = "Partial Content", wire.RFC("9110", "15.3.7")
		c.Doc = "The 206 (Partial Content) status code indicates that the server is successfully fulfilling a range request for the target resource by transferring one or more parts of the selected representation."
	case StatusMultiStatus:
		c.Reason, c.Ref = "Multi-Status", wire.RFC("4918", "11.1")
		c.Doc = "The 207 (Multi-Status) status code provides status for multiple independent operations."
		c.Note = "WebDAV. The codes of the operations stand in the content, in XML."
	case StatusAlreadyReported:
		c.Reason, c.Ref = "Already Reported", wire.RFC("5842", "7.1")
		c.Doc = "The 208 (Already Reported) status code can be used inside a DAV: propstat response element to avoid enumerating the internal members of multiple bindings to the same collection repeatedly."
		c.Note = "WebDAV. It stands in the content of a 207, not in a status line."
	case StatusIMUsed:
		c.Reason, c.Ref = "IM Used", wire.RFC("3229", "10.4.1")
		c.Doc = "The server has fulfilled a GET request for the resource, and the response is a representation of the result of one or more instance-manipulations applied to the current instance."
	case StatusMultipleChoices:
		c.Reason, c.Ref = "Multiple Choices", wire.RFC("9110", "15.4.1")
		c.Doc = "The 300 (Multiple Choices) status code indicates that the target resource has more than one representation, each with its own more specific identifier, and information about the alternatives is being provided so that the user (or user agent) can select a preferred representation by redirecting its request to one or more of those identifiers."
	case StatusMovedPermanently:
		c.Reason, c.Ref = "Moved Permanently", wire.RFC("9110", "15.4.2")
		c.Doc = "The 301 (Moved Permanently) status code indicates that the target resource has been assigned a new permanent URI and any future references to this resource ought to use one of the enclosed URIs."
	case StatusFound:
		c.Reason, c.Ref = "Found", wire.RFC("9110", "15.4.3")
		c.Doc = "The 302 (Found) status code indicates that the target resource resides temporarily under a different URI."
	case StatusSeeOther:
		c.Reason, c.Ref = "See Other", wire.RFC("9110", "15.4.4")
		c.Doc = "The 303 (See Other) status code indicates that the server is redirecting the user agent to a different resource, as indicated by a URI in the Location header field, which is intended to provide an indirect response to the original request."
	case StatusNotModified:
		c.Reason, c.Ref = "Not Modified", wire.RFC("9110", "15.4.5")
		c.Doc = "The 304 (Not Modified) status code indicates that a conditional GET or HEAD request has been received and would have resulted in a 200 (OK) response if it were not for the fact that the condition evaluated to false."
	case StatusUseProxy:
		c.Reason, c.Ref = "Use Proxy", wire.RFC("9110", "15.4.6")
		c.Doc = "The 305 (Use Proxy) status code was defined in a previous version of this specification and is now deprecated."
		c.Standing, c.Note = Obsolete, "A server that could send clients to a proxy of its choice was a danger."
	case StatusUnused306:
		c.Reason, c.Ref = "(Unused)", wire.RFC("9110", "15.4.7")
		c.Doc = "The 306 status code was defined in a previous version of this specification, is no longer used, and the code is reserved."
		c.Standing = Reserved
	case StatusTemporaryRedirect:
		c.Reason, c.Ref = "Temporary Redirect", wire.RFC("9110", "15.4.8")
		c.Doc = "The 307 (Temporary Redirect) status code indicates that the target resource resides temporarily under a different URI and the user agent MUST NOT change the request method if it performs an automatic redirection to that URI."
	case StatusPermanentRedirect:
		c.Reason, c.Ref = "Permanent Redirect", wire.RFC("9110", "15.4.9")
		c.Doc = "The 308 (Permanent Redirect) status code indicates that the target resource has been assigned a new permanent URI and any future references to this resource ought to use one of the enclosed URIs."
		c.Note = "The course text calls it experimental, as RFC 7238 was; RFC 7538 made it a standard, and RFC 9110 has taken it in."
	case StatusBadRequest:
		c.Reason, c.Ref = "Bad Request", wire.RFC("9110", "15.5.1")
		c.Doc = "The 400 (Bad Request) status code indicates that the server cannot or will not process the request due to something that is perceived to be a client error (e.g., malformed request syntax, invalid request message framing, or deceptive request routing)."
	case StatusUnauthorized:
		c.Reason, c.Ref = "Unauthorized", wire.RFC("9110", "15.5.2")
		c.Doc = "The 401 (Unauthorized) status code indicates that the request has not been applied because it lacks valid authentication credentials for the target resource."
	case StatusPaymentRequired:
		c.Reason, c.Ref = "Payment Required", wire.RFC("9110", "15.5.3")
		c.Doc = "The 402 (Payment Required) status code is reserved for future use."
		c.Note = "The course text calls it experimental: it was reserved from the beginning, and nobody has said what for."
	case StatusForbidden:
		c.Reason, c.Ref = "Forbidden", wire.RFC("9110", "15.5.4")
		c.Doc = "The 403 (Forbidden) status code indicates that the server understood the request but refuses to fulfill it."
	case StatusNotFound:
		c.Reason, c.Ref = "Not Found", wire.RFC("9110", "15.5.5")
		c.Doc = "The 404 (Not Found) status code indicates that the origin server did not find a current representation for the target resource or is not willing to disclose that one exists."
	case StatusMethodNotAllowed:
		c.Reason, c.Ref = "Method Not Allowed", wire.RFC("9110", "15.5.6")
		c.Doc = "The 405 (Method Not Allowed) status code indicates that the method received in the request-line is known by the origin server but not supported by the target resource."
	case StatusNotAcceptable:
		c.Reason, c.Ref = "Not Acceptable", wire.RFC("9110", "15.5.7")
		c.Doc = "The 406 (Not Acceptable) status code indicates that the target resource does not have a current representation that would be acceptable to the user agent, according to the proactive negotiation header fields received in the request (Section 12.1), and the server is unwilling to supply a default representation."
	case StatusProxyAuthenticationRequired:
		c.Reason, c.Ref = "Proxy Authentication Required", wire.RFC("9110", "15.5.8")
		c.Doc = "The 407 (Proxy Authentication Required) status code is similar to 401 (Unauthorized), but it indicates that the client needs to authenticate itself in order to use a proxy for this request."
	case StatusRequestTimeout:
		c.Reason, c.Ref = "Request Timeout", wire.RFC("9110", "15.5.9")
		c.Doc = "The 408 (Request Timeout) status code indicates that the server did not receive a complete request message within the time that it was prepared to wait."
	case StatusConflict:
		c.Reason, c.Ref = "Conflict", wire.RFC("9110", "15.5.10")
		c.Doc = "The 409 (Conflict) status code indicates that the request could not be completed due to a conflict with the current state of the target resource."
	case StatusGone:
		c.Reason, c.Ref = "Gone", wire.RFC("9110", "15.5.11")
		c.Doc = "The 410 (Gone) status code indicates that access to the target resource is no longer available at the origin server and that this condition is likely to be permanent."
	case StatusLengthRequired:
		c.Reason, c.Ref = "Length Required", wire.RFC("9110", "15.5.12")
		c.Doc = "The 411 (Length Required) status code indicates that the server refuses to accept the request without a defined Content-Length (Section 8.6)."
	case StatusPreconditionFailed:
		c.Reason, c.Ref = "Precondition Failed", wire.RFC("9110", "15.5.13")
		c.Doc = "The 412 (Precondition Failed) status code indicates that one or more conditions given in the request header fields evaluated to false when tested on the server (Section 13)."
	case StatusContentTooLarge:
		c.Reason, c.Ref = "Content Too Large", wire.RFC("9110", "15.5.14")
		c.Doc = "The 413 (Content Too Large) status code indicates that the server is refusing to process a request because the request content is larger than the server is willing or able to process."
		c.Note = "Before RFC 9110 its name was Payload Too Large, in RFC 2616 Request Entity Too Large."
	case StatusURITooLong:
		c.Reason, c.Ref = "URI Too Long", wire.RFC("9110", "15.5.15")
		c.Doc = "The 414 (URI Too Long) status code indicates that the server is refusing to service the request because the target URI is longer than the server is willing to interpret."
		c.Note = "In RFC 2616 its name was Request-URI Too Long."
	case StatusUnsupportedMediaType:
		c.Reason, c.Ref = "Unsupported Media Type", wire.RFC("9110", "15.5.16")
		c.Doc = "The 415 (Unsupported Media Type) status code indicates that the origin server is refusing to service the request because the content is in a format not supported by this method on the target resource."
	case StatusRangeNotSatisfiable:
		c.Reason, c.Ref = "Range Not Satisfiable", wire.RFC("9110", "15.5.17")
		c.Doc = "The 416 (Range Not Satisfiable) status code indicates that the set of ranges in the request's Range header field (Section 14.2) has been rejected either because none of the requested ranges are satisfiable or because the client has requested an excessive number of small or overlapping ranges (a potential denial of service attack)."
		c.Note = "In RFC 2616 its name was Requested Range Not Satisfiable."
	case StatusExpectationFailed:
		c.Reason, c.Ref = "Expectation Failed", wire.RFC("9110", "15.5.18")
		c.Doc = "The 417 (Expectation Failed) status code indicates that the expectation given in the request's Expect header field (Section 10.1.1) could not be met by at least one of the inbound servers."
	case StatusTeapot:
		c.Reason, c.Ref = "I'm a teapot", wire.RFC("9110", "15.5.19")
		c.Doc = "RFC 2324 was an April 1 RFC that lampooned the various ways HTTP was abused; one such abuse was the definition of an application-specific 418 status code, which has been deployed as a joke often enough for the code to be unusable for any future use."
		c.Standing, c.Note = Reserved, "The registry calls it (Unused). The joke itself is RFC 2324, Section 2.3.2."
	case 420:
		c.Reason = "Enhance Your Calm"
		c.Doc = "What an interface of Twitter once answered to clients that asked too often."
		c.Standing, c.Note = Unregistered, "The registered code for that is 429."
	case StatusMisdirectedRequest:
		c.Reason, c.Ref = "Misdirected Request", wire.RFC("9110", "15.5.20")
		c.Doc = "The 421 (Misdirected Request) status code indicates that the request was directed at a server that is unable or unwilling to produce an authoritative response for the target URI."
	case StatusUnprocessableContent:
		c.Reason, c.Ref = "Unprocessable Content", wire.RFC("9110", "15.5.21")
		c.Doc = "The 422 (Unprocessable Content) status code indicates that the server understands the content type of the request content (hence a 415 (Unsupported Media Type) status code is inappropriate), and the syntax of the request content is correct, but it was unable to process the contained instructions."
		c.Note = "It came with WebDAV, as Unprocessable Entity (RFC 4918, Section 11.2); RFC 9110 made it one for everybody."
	case StatusLocked:
		c.Reason, c.Ref = "Locked", wire.RFC("4918", "11.3")
		c.Doc = "The 423 (Locked) status code means the source or destination resource of a method is locked."
		c.Note = "WebDAV."
	case StatusFailedDependency:
		c.Reason, c.Ref = "Failed Dependency", wire.RFC("4918", "11.4")
		c.Doc = "The 424 (Failed Dependency) status code means that the method could not be performed on the resource because the requested action depended on another action and that action failed."
		c.Note = "WebDAV."
	case StatusTooEarly:
		c.Reason, c.Ref = "Too Early", wire.RFC("8470", "5.2")
		c.Doc = "A 425 (Too Early) status code indicates that the server is unwilling to risk processing a request that might be replayed."
		c.Note = "Not of WebDAV, as the course text has it: it answers a request that came as early data of TLS."
	case StatusUpgradeRequired:
		c.Reason, c.Ref = "Upgrade Required", wire.RFC("9110", "15.5.22")
		c.Doc = "The 426 (Upgrade Required) status code indicates that the server refuses to perform the request using the current protocol but might be willing to do so after the client upgrades to a different protocol."
	case StatusPreconditionRequired:
		c.Reason, c.Ref = "Precondition Required", wire.RFC("6585", "3")
		c.Doc = "The 428 status code indicates that the origin server requires the request to be conditional."
	case StatusTooManyRequests:
		c.Reason, c.Ref = "Too Many Requests", wire.RFC("6585", "4")
		c.Doc = "The 429 status code indicates that the user has sent too many requests in a given amount of time (\"rate limiting\")."
	case StatusHeaderTooLarge:
		c.Reason, c.Ref = "Request Header Fields Too Large", wire.RFC("6585", "5")
		c.Doc = "The 431 status code indicates that the server is unwilling to process the request because its header fields are too large."
	case 444:
		c.Reason = "No Response"
		c.Doc = "nginx writes it into its log when it closes a connection without an answer."
		c.Standing, c.Note = Unregistered, "It is never sent."
	case 449:
		c.Reason = "Retry With"
		c.Doc = "What servers of Microsoft answered to a request that lacked something and should come again with it."
		c.Standing = Unregistered
	case 450:
		c.Reason = "Blocked by Windows Parental Controls"
		c.Doc = "What Windows answered in place of a server that children may not see."
		c.Standing = Unregistered
	case StatusUnavailableForLegalReasons:
		c.Reason, c.Ref = "Unavailable For Legal Reasons", wire.RFC("7725", "3")
		c.Doc = "This status code indicates that the server is denying access to the resource as a consequence of a legal demand."
	case 499:
		c.Reason = "Client Closed Request"
		c.Doc = "nginx writes it into its log when the client closed the connection before the answer was there."
		c.Standing, c.Note = Unregistered, "It is never sent: nobody is there to receive it."
	case StatusInternalServerError:
		c.Reason, c.Ref = "Internal Server Error", wire.RFC("9110", "15.6.1")
		c.Doc = "The 500 (Internal Server Error) status code indicates that the server encountered an unexpected condition that prevented it from fulfilling the request."
	case StatusNotImplemented:
		c.Reason, c.Ref = "Not Implemented", wire.RFC("9110", "15.6.2")
		c.Doc = "The 501 (Not Implemented) status code indicates that the server does not support the functionality required to fulfill the request."
	case StatusBadGateway:
		c.Reason, c.Ref = "Bad Gateway", wire.RFC("9110", "15.6.3")
		c.Doc = "The 502 (Bad Gateway) status code indicates that the server, while acting as a gateway or proxy, received an invalid response from an inbound server it accessed while attempting to fulfill the request."
	case StatusServiceUnavailable:
		c.Reason, c.Ref = "Service Unavailable", wire.RFC("9110", "15.6.4")
		c.Doc = "The 503 (Service Unavailable) status code indicates that the server is currently unable to handle the request due to a temporary overload or scheduled maintenance, which will likely be alleviated after some delay."
	case StatusGatewayTimeout:
		c.Reason, c.Ref = "Gateway Timeout", wire.RFC("9110", "15.6.5")
		c.Doc = "The 504 (Gateway Timeout) status code indicates that the server, while acting as a gateway or proxy, did not receive a timely response from an upstream server it needed to access in order to complete the request."
	case StatusHTTPVersionNotSupported:
		c.Reason, c.Ref = "HTTP Version Not Supported", wire.RFC("9110", "15.6.6")
		c.Doc = "The 505 (HTTP Version Not Supported) status code indicates that the server does not support, or refuses to support, the major version of HTTP that was used in the request message."
		c.Note = "The course text calls it experimental; it is part of the standard."
	case StatusVariantAlsoNegotiates:
		c.Reason, c.Ref = "Variant Also Negotiates", wire.RFC("2295", "8.1")
		c.Doc = "The 506 status code indicates that the server has an internal configuration error: the chosen variant resource is configured to engage in transparent content negotiation itself, and is therefore not a proper end point in the negotiation process."
		c.Note = "RFC 2295 is experimental."
	case StatusInsufficientStorage:
		c.Reason, c.Ref = "Insufficient Storage", wire.RFC("4918", "11.5")
		c.Doc = "The 507 (Insufficient Storage) status code means the method could not be performed on the resource because the server is unable to store the representation needed to successfully complete the request."
		c.Note = "WebDAV."
	case StatusLoopDetected:
		c.Reason, c.Ref = "Loop Detected", wire.RFC("5842", "7.2")
		c.Doc = "The 508 (Loop Detected) status code indicates that the server terminated an operation because it encountered an infinite loop while processing a request with Depth: infinity."
		c.Note = "WebDAV."
	case StatusNotExtended:
		c.Reason, c.Ref = "Not Extended", wire.RFC("2774", "7")
		c.Doc = "The policy for accessing the resource has not been met in the request."
		c.Standing, c.Note = Obsolete, "The registry marks it so: the experiment of RFC 2774, extensions that a request names, is over."
	case StatusNetworkAuthenticationRequired:
		c.Reason, c.Ref = "Network Authentication Required", wire.RFC("6585", "6")
		c.Doc = "The 511 status code indicates that the client needs to authenticate to gain network access."
		c.Note = "Sent by what stands between a client and the network, not by the server that was asked."
	default:
		return StatusCode{}, false
	}
	return c, true
}
