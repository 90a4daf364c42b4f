package stack

import (
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
	socket, err := h.mux.Receive(d.Header.Src, d.Header.Dst, d.Payload)
	switch err {
	case nil:
		h.sockets[socket].readable.Broadcast()
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

// unreachableDatagram passes an ICMP error to the connected socket whose datagram it is about, if there
// is one, and reports whether there is. h.mu is held.
func (h *Host) unreachableDatagram(q *ip.Quote, e *ICMPError) bool {
	src, dst, ok := q.Ends()
	if !ok {
		return false
	}
	socket := h.mux.Unreachable(src, dst, fmt.Errorf("%w: %w", ErrUnreachable, e))
	if socket == nil {
		return false
	}
	h.sockets[socket].readable.Broadcast()
	return true
}
