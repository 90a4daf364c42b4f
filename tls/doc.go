// Package tls is Transport Layer Security: version 1.3 (RFC 8446) as a protocol, version 1.2 (RFC 5246) as far as reading what others speak.
//
// The codec has one file for each handshake message. A message is a struct with its extensions as typed fields; what it does not know
// is kept in Extra. Parsing is strict: what the standard forbids is refused with an Error, which carries the alert that the standard asks for.
//
// The package is pure: octets and the time in, octets out. Package tlsnet puts it under a net.Conn.
package tls
