// Package tlsnet puts a connection of package tls, which does no I/O, over any net.Conn: one of the machine's, or one of a host in a
// simulation. What it returns is a net.Conn again.
package tlsnet
