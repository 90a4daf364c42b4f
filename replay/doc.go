// Package replay sends what a capture holds once more.
//
//   - Rewriter gives a packet other addresses and makes its checksums right again, so that it can be shown on another network.
//   - Wire is a whole capture as a simulated network, whose hosts send what they sent then.
//   - Exchange is a TCP connection of a capture, and Server its server's side, played again to a real client: with the client's own sequence
//     numbers, at the client's pace.
//
// Like the cores it takes octets and the time, and gives octets and deadlines.
package replay
