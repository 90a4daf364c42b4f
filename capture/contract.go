package capture

import "netlab/wire"

// Dissect returns the layers of a packet, lowest first, each a tree of fields with octet offsets from the packet's start.
func Dissect(t LinkType, packet []byte) []wire.Node { return nil }

func messageOf(b []byte) (string, bool) { return "", false }
