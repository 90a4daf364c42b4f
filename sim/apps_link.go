package sim

import (
	"errors"
	"fmt"
	"net"
	"net/netip"

	"netlab/stack"
)

// Applications that change what a host knows of the link that its first interface is on.

// runTakeAddress finds out whether an address is free, and takes it if it is.
func runTakeAddress(h *stack.Host, a arguments) (string, error) {
	addr, err := netip.ParsePrefix(a["address"])
	if err != nil {
		return "", err
	}
	if a["check"] == "no" {
		return fmt.Sprintf("has taken the address %s without asking", addr), h.AddAddress(h.Interfaces()[0].Name, addr)
	}
	err = h.CheckAddress(h.Interfaces()[0].Name, addr)
	if errors.Is(err, stack.ErrAddressInUse) {
		return fmt.Sprintf("does without the address %s: another host has it", addr.Addr()), nil
	}
	return fmt.Sprintf("has the address %s", addr), err
}

// runSetNeighbor enters the hardware address of a neighbour by hand.
func runSetNeighbor(h *stack.Host, a arguments) (string, error) {
	addrs, err := h.LookUp(a["to"])
	if err != nil {
		return "", err
	}
	mac, err := net.ParseMAC(a["mac"])
	if err == nil {
		err = h.SetNeighbor(h.Interfaces()[0].Name, addrs[0], mac)
	}
	return fmt.Sprintf("believes that %s is at %s", addrs[0], mac), err
}
