// Package mutants shows that the packet scripts of testdata/tcp find mistakes: it seeds realistic ones into package tcp, one at a
// time, and sees at least one script fail for each.
//
// The product has no hook for that. The test copies the files that have mutants to a temporary folder, replaces a few lines
// there so that each mistake can be switched on by its number, and builds the scripts' runner once with go build -overlay.
// docs/mutants.md is the table of mutant and killer, made by
//
//	NETLAB_MUTANTS=1 go test ./check/mutants -update
package mutants

// Mutant is one mistake. Old is in File once; New replaces it and holds M where it asks whether the mistake is switched on.
type Mutant struct {
	File, What string
	Old, New   string
}
