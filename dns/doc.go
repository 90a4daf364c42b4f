// Package dns is the Domain Name System (RFC 1034, 1035): a stub resolver with its cache, an authoritative server with its
// zones, and the dissection of messages.
//
// It is sans-I/O: messages and the time go in; messages, deadlines and answers come out. Sockets and waiting are in package
// service. Messages are built and read by github.com/miekg/dns, of which nothing else is used: who asks whom, what is believed,
// what is remembered and what is answered is decided here. The dissector reads the octets itself, because it says where
// each one belongs.
package dns
