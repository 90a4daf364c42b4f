//go:build mutants

package mutants_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"testing"

	"netlab/check"
	"netlab/tcp"
)

// TestMutant runs all scripts with one mistake switched on and prints the names of those that failed. It is built with the
// overlay of TestEveryMutantIsKilled, which is where tcp.Mutant is.
func TestMutant(t *testing.T) {
	tcp.Mutant, _ = strconv.Atoi(os.Getenv("NETLAB_MUTANT"))
	root := filepath.Join("..", "..", "testdata", "tcp")
	files, err := check.Files(root)
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		script, err := check.Load(file)
		if err != nil {
			t.Fatal(err)
		}
		if check.Against(script).Failure != nil {
			name, _ := filepath.Rel(root, file)
			fmt.Println("killed by " + filepath.ToSlash(name))
		}
	}
}
