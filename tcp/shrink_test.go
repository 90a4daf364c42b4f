package tcp

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// trial is a testing.TB for a run that may fail without the test failing: it ends with a panic that try catches.
type trial struct {
	testing.TB
	said []string
}

type trialFailed struct{}

func (t *trial) Helper()                      {}
func (t *trial) Log(args ...any)              { t.said = append(t.said, fmt.Sprint(args...)) }
func (t *trial) Logf(f string, args ...any)   { t.said = append(t.said, fmt.Sprintf(f, args...)) }
func (t *trial) Errorf(f string, args ...any) { t.Logf(f, args...) }
func (t *trial) FailNow()                     { panic(trialFailed{}) }

func (t *trial) Fatal(args ...any) { t.Fatalf("%s", fmt.Sprint(args...)) }

func (t *trial) Fatalf(f string, args ...any) {
	t.Logf(f, args...)
	t.FailNow()
}

// try runs the transfer of a seed, in which nothing becomes of the packets that are spared. It returns the packets that
// something became of, and the story of the failure; empty: it has not failed.
func try(t testing.TB, seed uint64, spared func(packet int) bool) (faults []int, story string) {
	tr := &trial{TB: t}
	x := badTransfer(tr, seed)
	x.spared = spared
	defer func() {
		faults = x.faults
		if r := recover(); r != nil {
			if _, ok := r.(trialFailed); !ok {
				tr.Logf("panic: %v", r)
			}
			story = strings.Join(tr.said, "\n")
		}
	}()
	x.run()
	x.check()
	return x.faults, ""
}

// shrink finds few faults that still make the transfer of a seed fail, and tells that run.
func shrink(t testing.TB, seed uint64) string {
	faults, story := try(t, seed, nil)
	fewest := fewest(faults, func(keep []int) bool {
		_, s := try(t, seed, sparing(keep))
		if s != "" {
			story = s
		}
		return s != ""
	})
	return fmt.Sprintf("it fails although something becomes of %d packets only: %v\n%s", len(fewest), fewest, story)
}

// sparing spares all packets but these.
func sparing(keep []int) func(int) bool {
	set := map[int]bool{}
	for _, k := range keep {
		set[k] = true
	}
	return func(packet int) bool { return !set[packet] }
}

// fewest returns a small part of all for which bad still holds: it leaves out halves, quarters, and so on down to single
// ones (delta debugging).
func fewest(all []int, bad func([]int) bool) []int {
	for size := len(all) / 2; size > 0; {
		less := false
		for at := 0; at < len(all) && len(all) > 1; {
			without := append(append([]int(nil), all[:at]...), all[min(at+size, len(all)):]...)
			if bad(without) {
				all, less = without, true
			} else {
				at += size
			}
		}
		if !less || size > len(all)/2 {
			size = min(size, len(all)) / 2
		}
	}
	return all
}

func TestFewest(t *testing.T) {
	var all []int
	for i := range 1000 {
		all = append(all, i)
	}
	has := func(some []int, want ...int) bool {
		n := 0
		for _, s := range some {
			for _, w := range want {
				if s == w {
					n++
				}
			}
		}
		return n == len(want)
	}
	require.Equal(t, []int{17}, fewest(all, func(some []int) bool { return has(some, 17) }))
	require.Equal(t, []int{3, 500, 999}, fewest(all, func(some []int) bool { return has(some, 3, 500, 999) }))
}

// A run that fails is caught, told and shrunk: here one that is spared nothing of a total loss.
func TestTrialFails(t *testing.T) {
	tr := &trial{TB: t}
	func() {
		defer func() { require.Equal(t, trialFailed{}, recover()) }()
		require.Equal(tr, 1, 2, "as it should not be")
	}()
	require.Contains(t, strings.Join(tr.said, ""), "as it should not be")
}
