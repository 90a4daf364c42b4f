// Package check runs packet scripts: a file says which segments arrive at an implementation of TCP and which calls its
// application makes, and when; and which segments must leave it in answer, and when. docs/scripts.md is the language,
// that of packetdrill with words of our own.
//
//	script, err := check.Parse("rto.pkt", source)
//	result := check.Play(script, check.Virtual(target))
//	fmt.Print(result.Story())
//
// A script runs against a Target, which has octets, the time and calls as parameters, in virtual time: Core is
// netlab's own TCP, and any other Go implementation can be one. Or it runs against a Subject, in real time:
// the kernel in a namespace, or another program.
//
// In a test:
//
//	check.Run(t, "testdata/tcp/rto/doubles.pkt", target)
//
// # Where to read
//
//	source.go     a file as statements; scan.go its words, with errors that point at a place
//	script.go     what a script is; parse.go, segment.go, options.go, icmp.go, calls.go, classic.go how it is read
//	config.go     the switches that a script sets
//	packet.go     a line as octets; compare.go octets beside a line
//	play.go       the steps, one after the other; flow.go the numbers of a connection
//	target.go     what is tested; core.go netlab's TCP as such
//	live.go       what is tested in real time; kernel_linux.go, remote.go two of them; timed.go a Target in real time
//	story.go      what a failed run prints; artifact.go what it leaves
package check
