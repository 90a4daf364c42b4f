// Package labs holds the labs that come with netlab, as files that package sim parses.
package labs

import (
	"embed"
	"io/fs"
	"strings"
)

//go:embed *.yaml
var files embed.FS

// Names returns the names of the labs, sorted: "hello", "lossy-upload", …
func Names() []string {
	paths, err := fs.Glob(files, "*.yaml")
	if err != nil {
		panic(err) // only a malformed pattern
	}
	for i, p := range paths {
		paths[i] = strings.TrimSuffix(p, ".yaml")
	}
	return paths
}

// Open returns the lab with the given name as it is written. The error wraps fs.ErrNotExist if there is none.
func Open(name string) ([]byte, error) { return files.ReadFile(name + ".yaml") }
