//go:build !linux

package check

import (
	"errors"
	"io"
)

// Live is a world in real time, which only Linux has.
type Live struct{ World }

// Kernel needs a TUN and network namespaces: Linux.
func Kernel(*Script, []string) (*Live, error) { return nil, errLinux }

// ServeCalls runs in a namespace of Linux.
func ServeCalls(io.Reader, io.Writer) error { return errLinux }

// Close does nothing.
func (l *Live) Close() error { return nil }

var errLinux = errors.New("check: another kernel can be tested on Linux only")
