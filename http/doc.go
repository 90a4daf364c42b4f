// Package http is HTTP/1.0 and HTTP/1.1 (RFC 9110, RFC 9112): messages, their framing, a server and a client.
//
// Its heart is the Parser, which does no I/O: octets go in, cut anywhere; heads, content and ends of messages come out.
// Around it stand Server, which answers requests on any io.ReadWriter, and ClientConn, which sends them. Both block in
// Read and Write alone; they start no goroutine, know no network and read no clock: a Server that is to send dates and to give up on slow clients is given one.
//
// Handlers have Serve for what is read in ranges and under conditions, Gzip, Interim, Upgrade and Tunnel; clients have Redirection and CookieJar. Status.Lookup tells what is
// known of a status code. Package adapter, below this one, serves handlers of net/http.
//
// WebSocket and EventStream are what grows out of HTTP: messages both ways after an upgrade (RFC 6455), and events in an answer that does not end. Both are
// without I/O too.
//
// The package refuses what two parsers could read differently (conflicting lengths, bare LF, space before a colon),
// because that difference is how requests are smuggled past a proxy (RFC 9112, Section 11.2). Each refusal is an *Error with the
// status code to answer and the section that asks for it.
package http
