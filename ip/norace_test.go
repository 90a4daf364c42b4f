//go:build !race

package ip

const raceDetector = false
