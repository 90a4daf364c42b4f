//go:build !linux

package check

import (
	"errors"
	"io"
)

// absent is the kernel where there are no namespaces with a TUN.
type absent struct{}

// Kernel returns a subject that cannot be started: namespaces and TUN are Linux's.
func Kernel([]string) Subject { return absent{} }

// ServeCalls runs in a namespace of Linux.
func ServeCalls(io.Reader, io.Writer) error { return errLinux }

// Start implements Subject.
func (absent) Start(Config, func([]byte)) error { return errLinux }

// Deliver implements Subject.
func (absent) Deliver([]byte) {}

// Call implements Subject.
func (absent) Call(Call) Result { return Result{Err: Unsupported} }

// Variable implements Subject.
func (absent) Variable(int, string) (string, bool) { return "", false }

// Close implements Subject.
func (absent) Close() error { return nil }

var errLinux = errors.New("check: another kernel can be tested on Linux only")
