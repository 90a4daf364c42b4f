// Package ether is Ethernet: frames (IEEE 802.3), the Address Resolution Protocol (RFC 826), the cache of neighbours whose
// hardware addresses are known (RFC 4861, Section 7.3; RFC 1122, Section 2.3.2), and the switch that learns where stations
// are (IEEE 802.1D).
//
// It is sans-I/O: frames and the time go in, frames, deadlines and events come out.
package ether
