package stack

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"syscall"
	"time"

	"netlab/ip"
	"netlab/trace"
	"netlab/udp"
	"netlab/wire"
)

// ErrTooLong is what WriteTo returns for more octets than a datagram can carry.
var ErrTooLong = errors.New("stack: datagram is too long")

const (
	udpHeader   = 8
	maxDatagram = 65535 - ipHeader - udpHeader // octets of data

	// The length of an IPv6 packet does not count its header.
	maxDatagram6 = 65535 - udpHeader
)

// sendDatagram sends data from a socket; src is the address to send from, invalid for the one that suits. h.mu is held.
func (h *Host) sendDatagram(now time.Time, c *PacketConn, src netip.Addr, to netip.AddrPort, data []byte) error {
	fits := maxDatagram - len(c.options)
	if to.Addr().Is6() {
		fits = maxDatagram6
	}
	switch {
	case len(data) > fits:
		return fmt.Errorf("%w: %d octets, at most %d fit", ErrTooLong, len(data), fits)
	case to.Port() == 0:
		return &net.AddrError{Err: "no datagram can be sent to port 0", Addr: to.String()}
	case src.IsValid() && !h.node.Owns(src):
		return fmt.Errorf("stack: %w: %v is not an address of this host", syscall.EADDRNOTAVAIL, src)
	}
	header := ip.Header{Protocol: ip.UDP, Src: src, Dst: to.Addr(), TTL: c.ttl, TOS: c.tos, Options: c.options}
	if h.node.ToMany(to.Addr()) {
		return h.sendToMany(now, c, header, to, data)
	}
	if !src.IsValid() {
		var err error
		if _, header.Src, err = h.routeTo(to.Addr()); err != nil {
			return err
		}
	}
	from := netip.AddrPortFrom(header.Src, c.local.Port())
	header.FlowLabel = h.flowLabel(from, to)
	b, why := h.datagram(now, c.because, from, to, data)
	if err := h.node.Send(now, header, b, why); err != nil {
		return err
	}
	h.sendNode(now)
	return nil
}

// datagram returns the datagram and why it is sent: because of what the application says, if it says something. h.mu is
// held.
func (h *Host) datagram(now time.Time, because trace.Reason, from, to netip.AddrPort, data []byte) (b []byte, why trace.Reason) {
	b = make([]byte, udpHeader+len(data))
	udp.Put(b, from, to, data)
	if because.Say != "" {
		return b, because
	}
	if h.trace.On() {
		call := h.trace.Emit(trace.Event{
			At: now, Kind: trace.Call, Flow: trace.Flow{Local: from, Remote: to}, Ref: wire.RFC("768", ""),
			Say: "is told by the application to send a datagram of %d bytes", Args: [4]int64{int64(len(data))},
		})
		why = trace.Reason{
			Cause: call, Ref: wire.RFC("768", ""),
			Say: "sends a datagram of %d bytes to port %d", Args: [4]int64{int64(len(data)), int64(to.Port())},
		}
	}
	return b, why
}

// receiveDatagram takes a datagram for this host. h.mu is held.
func (h *Host) receiveDatagram(now time.Time, d *ip.Delivery) {
	err := h.mux.Receive(udp.Arrival{
		Src: d.Header.Src, Dst: d.Header.Dst, Interface: d.Interface,
		TTL: d.Header.TTL, TOS: d.Header.TOS, Options: d.Header.Options, Cause: d.Cause, ToMany: h.node.ToMany(d.Header.Dst),
	}, d.Payload, h.wakeSocket)
	switch err {
	case nil:
		if h.trace.On() {
			h.trace.Emit(trace.Event{
				At: now, Kind: trace.Delivered, Flow: flowOf(d.Packet).Reverse(), Cause: d.Cause,
				Say: "has a datagram of %d bytes for the application", Args: [4]int64{int64(len(d.Payload) - udpHeader)},
				Ref: wire.RFC("768", ""),
			})
		}
	case udp.ErrNoPort:
		h.portUnreachable(now, d)
	case udp.ErrFull:
		h.discarded(now, d.Cause, d.Identity, "discards a datagram: too many wait for the application already", wire.RFC("768", ""))
	case udp.ErrChecksum:
		h.discarded(now, d.Cause, d.Identity, "discards a datagram whose checksum is wrong", wire.RFC("1122", "4.1.3.4"))
	case udp.ErrTruncated:
		h.discarded(now, d.Cause, d.Identity, "discards a datagram that is cut short", wire.RFC("768", ""))
	default:
		h.discarded(now, d.Cause, d.Identity, "discards a datagram whose length is below 8 octets, its header's", wire.RFC("768", ""))
	}
}

// wakeSocket wakes whoever reads from a socket. h.mu is held.
func (h *Host) wakeSocket(s *udp.Socket) { h.sockets[s].readable.Broadcast() }

// portUnreachable answers a datagram for a port where nobody listens: "If a datagram arrives addressed to a
// UDP port for which there is no pending LISTEN call, UDP SHOULD send an ICMP Port Unreachable message."
// RFC 1122, Section 4.1.3.1
func (h *Host) portUnreachable(now time.Time, d *ip.Delivery) {
	var why trace.Reason
	if h.trace.On() {
		port := flowOf(d.Packet).Remote.Port()
		why = trace.Reason{
			Cause: d.Cause, Args: [4]int64{int64(port)}, Ref: wire.RFC("1122", "4.1.3.1"),
			Say: "sends ICMP port unreachable: nobody listens on UDP port %d",
		}
	}
	h.node.Unreachable(now, *d, ip.PortUnreachable, why)
}

// unreachableDatagram passes an ICMP error to the socket whose datagram it is about, if it wants to know
// and is still there, and reports whether there is. h.mu is held.
func (h *Host) unreachableDatagram(iface int, q *ip.Quote, e *ICMPError) bool {
	src, dst, ok := q.Ends()
	if !ok {
		return false
	}
	socket := h.mux.Unreachable(src, dst, iface, fmt.Errorf("%w: %w", ErrUnreachable, e))
	if socket == nil {
		return false
	}
	h.wakeSocket(socket)
	return true
}
