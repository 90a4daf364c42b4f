package main

import (
	"flag"
	"os"
	"testing"

	"netlab/check"
	"netlab/check/differences"
)

// TestGVisorDifferences runs every packet script against gVisor's TCP. Whatever does not hold there must have a verdict; docs/gvisor.md is the table.
// It takes a minute or two of mostly waiting.
func TestGVisorDifferences(t *testing.T) {
	if os.Getenv("NETLAB_GVISOR") == "" {
		t.Skip("set NETLAB_GVISOR=1 to run every script against gVisor")
	}
	table, err := differences.Run("../testdata/tcp", "testdata/gvisor.tsv", func() check.Subject { return &subject{} })
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%d scripts, %d held, %d differ, %d cannot be run there", table.Scripts, table.Held, len(table.Rows)+len(table.Unexplained), table.Passed)
	for _, u := range table.Unexplained {
		t.Errorf("no verdict in testdata/gvisor.tsv: %s", u)
	}
	if *update && !t.Failed() {
		if err := table.Write("../docs/gvisor.md", "Where gVisor differs from the scripts", "cd bench && NETLAB_GVISOR=1 go test -run GVisorDifferences -update", "gVisor's netstack of go.mod",
			"bench/testdata/gvisor.tsv"); err != nil {
			t.Fatal(err)
		}
	}
}

func TestMain(m *testing.M) {
	update = flag.Bool("update", false, "renew docs/gvisor.md")
	flag.Parse()
	os.Exit(m.Run())
}

var update *bool
