package sim

import (
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"time"

	"github.com/goccy/go-yaml/ast"
)

// number reads a whole number from least to most.
func (v value) number(least, most int) int {
	n, err := strconv.Atoi(v.text())
	if err != nil || n < least || n > most {
		v.fail("%q is not a whole number from %d to %d", v.text(), least, most)
	}
	return n
}

// duration reads a time since the start.
func (v value) duration() time.Duration {
	d, err := parseDuration(v.text())
	if err != nil {
		v.fail("%v", err)
	}
	return d
}

func parseDuration(s string) (time.Duration, error) {
	d, err := time.ParseDuration(s)
	if err != nil || d < 0 || d > 24*time.Hour {
		return 0, fmt.Errorf("%q is not a time from 0s to 24h, such as 200ms", s)
	}
	return d, nil
}

// oneOf reads one of the given words and returns which.
func (v value) oneOf(words []string) int {
	i := slices.Index(words, v.text())
	if i < 0 {
		v.fail("%q is not known here%s", v.text(), suggest(v.text(), words))
	}
	return i
}

// isScalar reports whether v is a single value.
func (v value) isScalar() bool {
	_, ok := v.node.(ast.ScalarNode)
	return ok
}

// network reads a network with the length of its prefix.
func (v value) network() netip.Prefix {
	prefix, err := netip.ParsePrefix(v.text())
	if err != nil || prefix != prefix.Masked() {
		v.fail("%q is not a network: write it as 10.0.2.0/24 or fd00:0:0:2::/64", v.text())
	}
	return prefix
}
