// Package timeline keeps what happened in a run: its events in order, the octets of its packets, and
// the state of each connection after every event that changed it.
//
// The stack appends to a Store; screens, narration and exports take a View, which never changes. To
// step back in time is to look at a View that ends earlier (View.Until): nothing is ever undone.
//
// A Store with a limit is a ring of chunks. It forgets its oldest events, a chunk at a time, and
// counts what it forgot, so that a live host can be watched for as long as one likes.
package timeline
