package stack

import (
	"fmt"
	"net/netip"
	"syscall"
	"time"

	"netlab/trace"
	"netlab/wire"
)

// AddAddress gives an interface one more address, with its network, while the host runs. On Ethernet it tells everybody so;
// CheckAddress asks first whether the address is free.
func (h *Host) AddAddress(iface string, p netip.Prefix) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	i, err := h.interfaceNamed(iface)
	if err != nil {
		return err
	}
	if !h.node.AddAddress(i.index, p) {
		return fmt.Errorf("stack: %w: %v is an address of this host already", syscall.EADDRINUSE, p.Addr())
	}
	h.tellAddress(i, "has the address "+p.String()+" from now on")
	if i.ether != nil {
		i.ether.addAddress(h.runtime.Now(), p)
	}
	return nil
}

// RemoveAddress takes an address from an interface while the host runs. Connections from it end at once, and their peers are
// not told: nothing may be sent from an address that is not the host's any more.
func (h *Host) RemoveAddress(iface string, a netip.Addr) error {
	now := h.runtime.Now()
	h.mu.Lock()
	i, err := h.interfaceNamed(iface)
	if err == nil && !h.node.RemoveAddress(i.index, a) {
		err = fmt.Errorf("stack: %w: interface %s does not have the address %v", syscall.EADDRNOTAVAIL, iface, a)
	}
	if err == nil {
		h.tellAddress(i, "has the address "+a.String()+" no more")
		if i.ether != nil {
			i.ether.removeAddress(a)
		}
	}
	h.mu.Unlock()
	if err != nil {
		return err
	}
	for _, c := range h.sortedConns() {
		if c.Flow().Local.Addr() == a {
			c.addressGone(now)
		}
	}
	return nil
}

// tellAddress tells of a change of an interface's addresses. h.mu is held.
func (h *Host) tellAddress(i *iface, say string) {
	if h.trace.On() {
		h.trace.Emit(trace.Event{At: h.runtime.Now(), Kind: trace.Note, Link: i.name, Say: say, Ref: wire.RFC("1122", "3.3.1.6")})
	}
}

// addressGone ends the connection because its local address is gone.
func (c *Conn) addressGone(now time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.core.AddressGone(now)
	c.settle(now)
	wake(c.readable)
	wake(c.writable)
}
