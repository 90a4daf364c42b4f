// Package stream puts together again what a capture holds in pieces: the octets of each TCP connection, in both
// directions and in order, the datagrams of UDP flows, and the HTTP messages in them.
//
// A capture is not what a receiver saw. It may have begun late, lost packets, or kept only the beginning of each; it shows
// segments twice, out of order, and again with other octets. So for every octet it is decided from the packets alone:
//
//   - Of octets that came twice those are kept that were captured first. Where later ones differ, the stream says so
//     (Stream.Conflicts): receivers may have seen the others.
//   - What is behind a gap waits. The gap is given up when the other end has acknowledged what is missing, which means that
//     the capture and not the network lost it; when too much waits; or at the end. How many octets are missing is said
//     before those that follow.
//   - A SYN with another sequence number between the same two ends begins a new connection. Connections are numbered from 0,
//     in the order of their first packets, as Summarizer of package capture and as Wireshark do.
//
// Memory is bounded whatever the capture holds. What had to be forgotten is counted. docs/captures.md says the bounds.
package stream
