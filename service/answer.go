package service

import (
	"fmt"

	"netlab/stack"
)

// words says what an ICMP error means, as ping(8) does.
func words(e *stack.ICMPError) string {
	switch e.Meaning() {
	case stack.HopLimitExceeded:
		if e.From.Is6() {
			return "Time exceeded: Hop limit"
		}
		return "Time to live exceeded"
	case stack.PacketTooBig:
		if e.MTU == 0 {
			return "Packet too big, and the router does not say what fits"
		}
		return fmt.Sprintf("Packet too big, MTU %d", e.MTU)
	case stack.NetUnreachable:
		return "Destination Net Unreachable"
	case stack.HostUnreachable:
		return "Destination Host Unreachable"
	case stack.ProtocolUnreachable:
		return "Destination Protocol Unreachable"
	case stack.PortUnreachable:
		return "Destination Port Unreachable"
	case stack.SourceRouteFailed:
		return "Source Route Failed"
	case stack.Prohibited:
		return "Packet filtered"
	}
	return fmt.Sprintf("%v (code %d)", e.Type, e.Code)
}

// mark is what traceroute(8) puts behind an answer that says that the way ends there.
func mark(e *stack.ICMPError) string {
	switch e.Meaning() {
	case stack.PacketTooBig:
		return fmt.Sprintf("!F-%d", e.MTU)
	case stack.NetUnreachable:
		return "!N"
	case stack.HostUnreachable:
		return "!H"
	case stack.ProtocolUnreachable:
		return "!P"
	case stack.SourceRouteFailed:
		return "!S"
	case stack.Prohibited:
		return "!X"
	}
	return fmt.Sprintf("!<%d>", e.Code)
}
