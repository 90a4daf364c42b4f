package main

import "strings"

// runEnding is how the name of a stored run ends.
const runEnding = ".netlab"

// isRun reports whether a file is a stored run, which its name says.
func isRun(name string) bool { return strings.HasSuffix(strings.ToLower(name), runEnding) }

// saveRun stores a run; with no file, it does nothing.
func (a *app) saveRun(file string, save func() ([]byte, error)) error {
	if file == "" {
		return nil
	}
	octets, err := save()
	if err != nil {
		return usageError("%s: %w", file, err)
	}
	out, err := createFile(file)
	if err != nil {
		return err
	}
	_, err = out.Write(octets)
	return out.finish(err)
}
