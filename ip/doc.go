// Package ip is the Internet Protocol: the IPv4 header and its options (RFC 791), ICMP (RFC 792),
// the routing table, and Node, the network layer of one host (RFC 1122) or router (RFC 1812).
//
// It is sans-I/O: packets and the time go in; deliveries for the layer above, packets for the links
// and events come out. Files to begin with: header.go beside the figure of RFC 791, Section 3.1, and
// node.go, whose Receive follows RFC 1812, Section 5.2.1.
package ip
