package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
)

// wholeFile is a file that is there whole or not at all: it is written beside its place, and renamed when it is
// finished. Where the place is no regular file (/dev/null, a pipe) it is written directly.
type wholeFile struct {
	*os.File
	path   string
	direct bool
}

func createFile(path string) (*wholeFile, error) {
	if info, err := os.Stat(path); err == nil && !info.Mode().IsRegular() {
		f, err := os.OpenFile(path, os.O_WRONLY, 0)
		if err != nil {
			return nil, usageError("%s: %v", path, reason(err))
		}
		return &wholeFile{f, path, true}, nil
	}
	f, err := os.CreateTemp(filepath.Dir(path), ".netlab-*")
	if err != nil {
		return nil, usageError("%s: cannot write there: %v", path, reason(err))
	}
	return &wholeFile{f, path, false}, nil
}

// finish puts the file in its place, or removes it if writing it failed.
func (f *wholeFile) finish(failed error) error {
	err := failed
	if !f.direct {
		err = firstError(err, f.Chmod(0o644))
	}
	err = firstError(err, f.Close())
	if err == nil && !f.direct {
		err = os.Rename(f.Name(), f.path)
	}
	if err != nil {
		f.remove()
		return &codeError{exitNo, fmt.Errorf("%s: %w", f.path, reason(err))}
	}
	return nil
}

// remove throws away what was written.
func (f *wholeFile) remove() {
	_ = f.Close()
	if !f.direct {
		_ = os.Remove(f.Name())
	}
}

func firstError(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

// untilDone reads until its command is to end: a long file is left where it is.
type untilDone struct {
	ctx context.Context
	io.Reader
}

func (u untilDone) Read(p []byte) (int, error) {
	if err := u.ctx.Err(); err != nil {
		return 0, err
	}
	return u.Reader.Read(p)
}
