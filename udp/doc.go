// Package udp is the User Datagram Protocol (RFC 768): the header, the checksum, and the way from a port
// number to the socket that is bound to it (Mux).
//
// It is sans-I/O: datagrams go in, queues of them come out; nothing blocks.
package udp
