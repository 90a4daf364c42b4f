// Package quic knows the packets of QUIC (RFC 9000) as a capture shows them: their headers, and what the first packets of a client hold, which
// are encrypted with keys that everybody can derive (RFC 9001, Section 5.2). It is no implementation of QUIC; what it is for is to show what others
// say to each other. All else is encrypted with keys that only the two ends have.
package quic
