// Package dhcp is the Dynamic Host Configuration Protocol (RFC 2131, 2132): how a host without an address gets one for a while. It
// has a client, a server with its pool of addresses, and the dissection of messages.
//
// It is sans-I/O: messages and the time go in; messages, deadlines and what is to be done with an interface come out. Sockets and
// waiting are in package service.
package dhcp
