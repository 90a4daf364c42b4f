// Package flow follows the TCP connections of a capture and finds what a reviewer would point at: what was lost,
// sent again, out of order, refused, reset, stopped by a closed window.
//
//   - Segment is what one fast pass over a packet knows of its TCP segment; Read makes one from octets.
//   - Tracker takes the segments in the order of the capture, numbers the connections, and returns a Finding for each
//     thing worth a sentence.
//   - Summary is what a Tracker knows of a whole connection: packets, octets, round-trip times.
//
// A capture shows what passed one point. What the hosts thought is inferred from it, by the rules that the RFCs give them;
// docs/findings.md says how far that can be trusted.
//
// The Tracker allocates nothing for a segment of a connection that goes well, and its memory is bounded whatever the segments say.
package flow
