//go:build !linux

package main

import (
	"errors"

	"netlab/netns"
)

// tunRows returns why there are none: only Linux has namespaces.
func tunRows() ([]row, *netns.Problem) { return nil, netns.Check()[0].Problem }

func runKernel() {}

func soak() error { return errors.New("only Linux has namespaces") }
