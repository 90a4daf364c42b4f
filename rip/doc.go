// Package rip is the Routing Information Protocol, version 2 (RFC 2453): routers tell their neighbours which networks they
// reach and over how many hops, and each believes whoever tells of the shortest way.
//
// It is sans-I/O. Messages that arrived go in through Router.Receive, the time through Advance; what is to be sent comes out of
// Next, and what becomes of the routing table out of NextChange.
package rip
