//go:build race

package ip

// raceDetector: its instrumentation keeps the compiler from inlining, and so moves values to the heap.
const raceDetector = true
