// Package trace is the one stream of events that screens, narration, captures, golden tests and
// lessons consume. Every decision a protocol takes is an Event with its time, its host, what led
// to it, and the place in a standard that asks for it.
package trace
