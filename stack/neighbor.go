package stack

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"time"

	"netlab/ether"
	"netlab/ip"
	"netlab/trace"
	"netlab/wire"
)

// ErrAddressInUse is what CheckAddress returns if another station has the address.
var ErrAddressInUse = errors.New("stack: another station on the link has the address")

// check is an address that somebody wants to know to be free. Guarded by Host.mu.
type check struct {
	addr  netip.Prefix
	done  bool
	inUse bool
	ready Cond
}

// CheckAddress finds out whether an address is free on the link of an Ethernet interface, which takes some seconds, and if so
// gives it to the interface (RFC 5227; RFC 4862, Section 5.4). The error is ErrAddressInUse if it is not free.
func (h *Host) CheckAddress(name string, addr netip.Prefix) error {
	now := h.runtime.Now()
	h.mu.Lock()
	defer h.mu.Unlock()
	e, err := h.ethernetNamed(name)
	switch {
	case err != nil:
		return err
	case h.closed:
		return net.ErrClosed
	case h.node.Owns(addr.Addr()):
		return fmt.Errorf("stack: the host has the address %v already", addr.Addr())
	}
	c := &check{addr: addr, ready: h.runtime.NewCond(&h.mu)}
	e.checks = append(e.checks, c)
	if addr.Addr().Is6() {
		h.node.Join(e.iface.index, ip.SolicitedNode(addr.Addr())) // to hear of others that have the address
	}
	e.mu.Lock()
	e.core.Check(now, addr)
	e.arm()
	e.mu.Unlock()
	for !c.done {
		if h.closed {
			return net.ErrClosed
		}
		c.ready.Wait(time.Time{})
	}
	if c.inUse {
		return fmt.Errorf("%w: %v", ErrAddressInUse, addr.Addr())
	}
	return nil
}

// checked takes the outcome of the check of an address: it is used if nobody else has it. h.mu is held.
func (h *Host) checked(e *ethernet, o *ether.Outcome) {
	if o.Prefix.Addr().Is6() {
		h.node.Leave(e.iface.index, ip.SolicitedNode(o.Prefix.Addr()))
	}
	if !o.InUse {
		h.node.AddAddress(e.iface.index, o.Prefix)
	}
	waiting := e.checks[:0]
	for _, c := range e.checks {
		if c.addr != o.Prefix {
			waiting = append(waiting, c)
			continue
		}
		c.done, c.inUse = true, o.InUse
		c.ready.Broadcast()
	}
	e.checks = waiting
}

// noNeighbor tells whoever sent a packet that its next hop does not answer. h.mu is held, and i.in.
func (h *Host) noNeighbor(now time.Time, i *iface, f *ether.Failure) {
	header, payload, err := ip.Parse(f.Octets)
	if err != nil {
		return
	}
	discarded := f.Cause
	if h.trace.On() {
		discarded = h.trace.Emit(trace.Event{
			At: now, Kind: trace.Discarded, Cause: f.Cause, Packet: f.Identity, Flow: f.Flow, Ref: wire.RFC("1122", "2.3.2.2"),
			Say: fmt.Sprintf("discards a packet for %v: its next hop does not answer", header.Dst),
		})
	}
	if f.Forwarded {
		var why trace.Reason
		if h.trace.On() {
			why = trace.Reason{Cause: discarded, Say: "tells the sender that the host does not answer on its network", Ref: wire.RFC("1812", "4.3.3.1")}
		}
		h.node.Unreachable(now, ip.Delivery{
			Header: header, Payload: payload, Packet: f.Octets, Interface: i.index, Cause: discarded, Identity: f.Identity,
		}, ip.HostUnreachable, why)
		h.sendNode(now)
		return
	}
	m := ip.Message{Type: ip.Unreachable, Code: ip.HostUnreachable, Data: f.Octets}
	if header.Dst.Is6() {
		m.Type, m.Code = ip.Unreachable6, ip.AddressUnreachable6
	}
	h.reportError(now, i, &ip.Delivery{Header: ip.Header{Src: header.Src}, Cause: discarded}, &m)
}

// HardwareAddr returns the hardware address of an Ethernet interface; an error for one of another kind.
func (h *Host) HardwareAddr(name string) (net.HardwareAddr, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	e, err := h.ethernetNamed(name)
	if err != nil {
		return nil, err
	}
	mac := e.core.MAC()
	return mac[:], nil
}

// SetNeighbor enters the hardware address of a neighbour by hand, or takes it out again if mac is nil: so a DHCP server reaches a
// client that does not know yet that it has the address.
func (h *Host) SetNeighbor(name string, addr netip.Addr, mac net.HardwareAddr) error {
	now := h.runtime.Now()
	h.mu.Lock()
	defer h.mu.Unlock()
	e, err := h.ethernetNamed(name)
	switch {
	case err != nil:
		return err
	case mac == nil:
		mac = make(net.HardwareAddr, 6)
	case len(mac) != 6:
		return fmt.Errorf("stack: %v is no hardware address of Ethernet", mac)
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	e.core.SetNeighbor(now, addr, ether.MAC(mac))
	e.flush(now)
	e.arm()
	return nil
}

// Neighbor is a neighbour on the link of an interface.
type Neighbor struct {
	Interface string
	ether.Neighbor
}

// Neighbors returns the caches of the interfaces, one after the other.
func (h *Host) Neighbors() []Neighbor {
	now := h.runtime.Now()
	h.mu.Lock()
	defer h.mu.Unlock()
	var all []Neighbor
	for _, i := range h.ifaces {
		if i.ether == nil {
			continue
		}
		i.ether.mu.Lock()
		for _, n := range i.ether.core.Neighbors(now) {
			all = append(all, Neighbor{i.name, n})
		}
		i.ether.mu.Unlock()
	}
	return all
}

// ethernetNamed returns an Ethernet interface. h.mu is held.
func (h *Host) ethernetNamed(name string) (*ethernet, error) {
	i, err := h.interfaceNamed(name)
	if err != nil {
		return nil, err
	}
	if i.ether == nil {
		return nil, fmt.Errorf("stack: the link of %s carries no Ethernet frames", name)
	}
	return i.ether, nil
}
