package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"
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

// untilQuiet reads what another program writes until the command is to end, and then what still comes at once: the same Ctrl-C ends the program that
// writes, and what it has written until then is wanted. That program may go on, though, and say nothing.
func untilQuiet(ctx context.Context, from io.Reader) io.Reader {
	r, w := io.Pipe()
	context.AfterFunc(ctx, func() { time.AfterFunc(lastWords, func() { _ = w.Close() }) })
	go func() {
		_, err := io.Copy(w, from)
		_ = w.CloseWithError(err)
	}()
	return r
}

// lastWords is how long the end of what another program writes is waited for, once the command is to end.
const lastWords = 500 * time.Millisecond

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
