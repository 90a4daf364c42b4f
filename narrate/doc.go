// Package narrate says what happens in a run, in words and in files: everything that the screen shows.
//
//   - Plain writes one sentence per event, for people: append-only text without escape sequences.
//   - JSON writes one object per event, for programs; docs/json.md describes the objects.
//   - Pcapng and Recorder write a run's packets as a capture, with a comment on each that says why it was sent.
//   - ReplayPlain and ReplayJSON do the first two for a capture file.
//
// Plain and JSON pull: they read a timeline.View from an event on, as often as the caller likes, so
// that no slow reader can stall a packet. What they remember of a run is bounded.
package narrate
