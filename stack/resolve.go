package stack

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strconv"
	"strings"
)

// ErrUnknownHost is what LookUp, Dial and Listen return for a name that nobody knows.
var ErrUnknownHost = errors.New("stack: unknown host")

// LookUp returns the addresses of a host, in the order in which they should be tried (RFC 6724): those that Config.Hosts
// has for its name, the literal address that the name is, or what the resolver finds out (SetResolver). The error wraps
// ErrUnknownHost if there is no such name.
func (h *Host) LookUp(host string) ([]netip.Addr, error) { return h.lookUp(context.Background(), host) }

func (h *Host) lookUp(ctx context.Context, host string) ([]netip.Addr, error) {
	if addr, err := netip.ParseAddr(host); err == nil {
		return []netip.Addr{addr.Unmap()}, nil
	}
	addrs := h.cfg.Hosts[host]
	if len(addrs) == 0 {
		h.mu.Lock()
		resolver := h.resolver
		h.mu.Unlock()
		if resolver == nil {
			return nil, fmt.Errorf("%w: %q", ErrUnknownHost, host)
		}
		var err error
		if addrs, err = resolver(ctx, host); err != nil {
			return nil, err
		}
	}
	addrs = slices.Clone(addrs)
	h.mu.Lock()
	defer h.mu.Unlock()
	h.node.SortDestinations(addrs)
	return addrs, nil
}

// SetResolver says how LookUp and Dial find the addresses of names that Config.Hosts does not have; nil: not at all. The
// resolver may block as any application of the host does. Its error wraps ErrUnknownHost if there is no such name.
func (h *Host) SetResolver(resolver func(ctx context.Context, name string) ([]netip.Addr, error)) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.resolver = resolver
}

// resolve reads an address "host:port" and returns what the host's name stands for, of the family that the network
// names: "tcp" is both, "tcp4" IPv4, "tcp6" IPv6. There is at least one. An empty host is the unspecified address; for
// both families that is an invalid one.
func (h *Host) resolve(ctx context.Context, network, address string) ([]netip.AddrPort, error) {
	host, service, err := net.SplitHostPort(address)
	if err != nil {
		return nil, err
	}
	port, err := strconv.ParseUint(service, 10, 16)
	if err != nil {
		return nil, &net.AddrError{Err: "port is not a number from 0 to 65535", Addr: address}
	}
	four, six := !strings.HasSuffix(network, "6"), !strings.HasSuffix(network, "4")
	var addrs []netip.Addr
	switch {
	case host != "":
		if addrs, err = h.lookUp(ctx, host); err != nil {
			return nil, err
		}
	case four && six:
		addrs = []netip.Addr{{}}
	case four:
		addrs = []netip.Addr{netip.IPv4Unspecified()}
	default:
		addrs = []netip.Addr{netip.IPv6Unspecified()}
	}
	addrs = slices.DeleteFunc(addrs, func(a netip.Addr) bool { return a.Is4() && !four || a.Is6() && !six })
	if len(addrs) == 0 {
		return nil, &net.AddrError{Err: "no address of the family of " + network, Addr: host}
	}
	ends := make([]netip.AddrPort, len(addrs))
	for i, a := range addrs {
		ends[i] = netip.AddrPortFrom(a, uint16(port))
	}
	return ends, nil
}

// shownLocal returns the address that a listener or socket shows as its own: as in package net, all addresses of both
// families are [::].
func shownLocal(local netip.AddrPort) netip.AddrPort {
	if local.Addr().IsValid() {
		return local
	}
	return netip.AddrPortFrom(netip.IPv6Unspecified(), local.Port())
}

// isFamily reports whether network is a kind ("tcp", "udp") with or without the number of a family.
func isFamily(network, kind string) bool {
	return network == kind || network == kind+"4" || network == kind+"6"
}
