package filter_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"netlab/filter"
	"netlab/wire"
)

// Compile decides as Match does when every term is known, and says that it does not know only where that depends on a term that is not.
func TestCompile(t *testing.T) {
	term := func(filter.Term) func([]wire.Node) filter.Verdict { return nil }
	known := func(t filter.Term) func([]wire.Node) filter.Verdict {
		return func(layers []wire.Node) filter.Verdict { return filter.VerdictOf(t.Match(layers, nil)) }
	}
	// half knows terms about TCP alone.
	half := func(t filter.Term) func([]wire.Node) filter.Verdict {
		if key := t.Fields()[0]; len(key) >= 3 && key[:3] == "tcp" {
			return known(t)
		}
		return nil
	}
	for expr, want := range map[string]filter.Verdict{
		"":                                   filter.Yes,
		"tcp.port == 80":                     filter.Yes,
		"tcp.port == 81":                     filter.No,
		"ip.ttl == 64":                       filter.Unknown,
		"not ip.ttl == 64":                   filter.Unknown,
		"tcp.port == 81 and ip.ttl == 64":    filter.No,
		"ip.ttl == 64 and tcp.port == 81":    filter.No,
		"ip.ttl == 64 and tcp.port == 80":    filter.Unknown,
		"ip.ttl == 64 or tcp.port == 80":     filter.Yes,
		"tcp.port == 80 or ip.ttl == 64":     filter.Yes,
		"tcp.port == 81 or ip.ttl == 64":     filter.Unknown,
		"not (tcp.port == 81) or icmp":       filter.Yes,
		"icmp or ip.ttl == 1":                filter.Unknown,
		"tcp.flags.ack or not tcp.flags.syn": filter.No,
	} {
		f, err := filter.Parse(expr, names())
		require.NoError(t, err, expr)
		require.Equal(t, want, filter.Compile(f, half)(syn()), expr)
		require.Equal(t, filter.VerdictOf(f.Match(syn(), nil)), filter.Compile(f, known)(syn()), expr)
		if expr != "" {
			require.Equal(t, filter.Unknown, filter.Compile(f, term)(syn()), expr)
		}
	}
}

func names() []string { return known() }
