package check

import (
	"io/fs"
	"os"
	"path/filepath"
	"testing"
)

// Run runs the script in a file as a test against a target made by make, for implementations other than netlab's too. If
// the target is nil, it is netlab's TCP.
func Run(t *testing.T, file string, make func(Config) Target) {
	t.Helper()
	script, err := Load(file)
	if err != nil {
		t.Fatal(err)
	}
	var target Target = NewCore(script.Config, false)
	if make != nil {
		target = make(script.Config)
	}
	switch played := Play(script, Virtual(target)); {
	case played.Skipped != "":
		t.Skip(played.Skipped)
	case played.Failure != nil:
		t.Fatal("\n" + played.Story())
	}
}

// Load reads the script in a file. The error is an *Error, or why the file cannot be read.
func Load(file string) (*Script, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	return Parse(file, string(text))
}

// Files returns the files that are named, and those in folders that end in .pkt, in order.
func Files(names ...string) (all []string, err error) {
	for _, name := range names {
		info, err := os.Stat(name)
		if err != nil {
			return nil, err
		}
		if !info.IsDir() {
			all = append(all, name)
			continue
		}
		err = filepath.WalkDir(name, func(path string, d fs.DirEntry, err error) error {
			if err == nil && !d.IsDir() && filepath.Ext(path) == ".pkt" {
				all = append(all, path)
			}
			return err
		})
		if err != nil {
			return nil, err
		}
	}
	return all, nil
}
