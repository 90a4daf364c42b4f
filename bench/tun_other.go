//go:build !linux

package main

import "netlab/netns"

// tunRows returns why there are none: only Linux has namespaces.
func tunRows() ([]row, *netns.Problem) { return nil, netns.Check()[0].Problem }

func runKernel() {}
