// Package wire holds what every protocol of netlab describes its octets with: a header declared
// field by field (Layout), a dissected packet (Node), a reference into a standard (Ref), the Internet
// checksum, and a cursor that reads octets without repeating length checks.
//
// It knows no protocol. A protocol package declares its header once as a Layout; its codec, the
// dissector, the screen and the exercises share that declaration.
package wire
