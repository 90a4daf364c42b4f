package link

import (
	"os"

	"github.com/songgao/water"
)

// frameRoom is what an Ethernet frame may have beside its packet: two addresses and a type, and a VLAN tag.
const frameRoom = 14 + 4

// OpenTAP makes a TAP device: a TUN that carries Ethernet frames, as if a cable led from here to a network card of the
// kernel. What holds for OpenTUN holds for it. mtu is the largest packet in a frame, in octets; the link's own MTU is that of
// the frames.
func OpenTAP(name string, mtu int) (*TUN, error) {
	return openDevice(water.TAP, name, mtu+frameRoom)
}

// TAPFromFile returns a link on the descriptor of a TAP device that another process made, as TUNFromFile does.
func TAPFromFile(f *os.File, mtu int) (*TUN, error) { return TUNFromFile(f, mtu+frameRoom) }
