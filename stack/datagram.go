package stack

import (
	"bytes"
	"errors"
	"fmt"
	"net/netip"
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
)

// sendDatagram sends data from a socket. h.mu is held.
func (h *Host) sendDatagram(now time.Time, from, to netip.AddrPort, data []byte) error {
	if len(data) > maxDatagram {
		return fmt.Errorf("%w: %d octets, at most %d fit", ErrTooLong, len(data), maxDatagram)
	}
	if from.Addr().IsUnspecified() {
		_, src, err := h.routeTo(to.Addr())
		if err != nil {
			return err
		}
		from = netip.AddrPortFrom(src, from.Port())
	}
	b := make([]byte, udpHeader+len(data))
	udp.Put(b, from, to, data)
	var why trace.Reason
	if h.trace.On() {
		flow := trace.Flow{Local: from, Remote: to}
		call := h.trace.Emit(trace.Event{
			At: now, Kind: trace.Call, Flow: flow, Ref: wire.RFC("768", ""),
			Say: "is told by the application to send a datagram of %d bytes", Args: [4]int64{int64(len(data))},
		})
		why = trace.Reason{
			Cause: call, Ref: wire.RFC("768", ""),
			Say: "sends a datagram of %d bytes to port %d", Args: [4]int64{int64(len(data)), int64(to.Port())},
		}
	}
	header := ip.Header{Protocol: ip.UDP, Src: from.Addr(), Dst: to.Addr()}
	if err := h.node.Send(now, header, b, why); err != nil {
		return err
	}
	h.sendNode(now)
	return nil
}

// receiveDatagram takes a datagram for this host. h.mu is held.
func (h *Host) receiveDatagram(now time.Time, d *ip.Delivery) {
	header, data, err := udp.Parse(d.Header.Src, d.Header.Dst, d.Payload)
	if err != nil {
		h.discard(now, d.Cause, d.Identity, &h.discards.udpMalformed, "discards a datagram that is malformed or has a wrong checksum", wire.RFC("768", ""))
		return
	}
	from := netip.AddrPortFrom(d.Header.Src, header.SrcPort)
	to := netip.AddrPortFrom(d.Header.Dst, header.DstPort)
	c := h.socketFor(to)
	switch {
	case c == nil || c.remote.IsValid() && c.remote != from:
		h.portUnreachable(now, d, to.Port())
	case c.waiting+len(data) > socketOctets:
		c.dropped++
		h.discard(now, d.Cause, d.Identity, &h.discards.udpFull, "discards a datagram: too many wait for the application already", wire.RFC("768", ""))
	default:
		c.queue = append(c.queue, datagram{from, bytes.Clone(data), d.Cause})
		c.waiting += len(data)
		c.readable.Broadcast()
	}
}

// socketFor returns the socket for datagrams to an address: one that is bound to it, or to all. h.mu is held.
func (h *Host) socketFor(to netip.AddrPort) *PacketConn {
	if c := h.sockets[to]; c != nil {
		return c
	}
	return h.sockets[netip.AddrPortFrom(netip.IPv4Unspecified(), to.Port())]
}

// portUnreachable answers a datagram for a port where nobody listens: "If a datagram arrives addressed to a
// UDP port for which there is no pending LISTEN call, UDP SHOULD send an ICMP Port Unreachable message."
// RFC 1122, Section 4.1.3.1
func (h *Host) portUnreachable(now time.Time, d *ip.Delivery, port uint16) {
	var why trace.Reason
	if h.trace.On() {
		why = trace.Reason{
			Cause: d.Cause, Args: [4]int64{int64(port)}, Ref: wire.RFC("1122", "4.1.3.1"),
			Say: "sends ICMP port unreachable: nobody listens on UDP port %d",
		}
	}
	h.node.Unreachable(now, *d, ip.PortUnreachable, why)
}

// unreachableDatagram passes an ICMP error to the connected socket whose datagram it is about. One that is
// not connected may speak to many, and hears nothing: it could not tell whom the error is about.
func (h *Host) unreachableDatagram(q *ip.Quote, e *ICMPError) {
	src, dst, ok := q.Ends()
	if c := h.socketFor(src); ok && c != nil && c.remote == dst {
		c.err = fmt.Errorf("%w: %w", ErrUnreachable, e)
		c.readable.Broadcast()
	}
}
