package stack

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"slices"
	"time"

	"netlab/ip"
	"netlab/trace"
	"netlab/wire"
)

// ErrPingBusy is what Echo returns while another Echo waits for the same reply.
var ErrPingBusy = errors.New("stack: this destination, identifier and sequence number are waited for already")

// EchoReply is what came back for an echo request.
type EchoReply struct {
	From netip.Addr
	TTL  uint8         // of the reply, when it arrived
	RTT  time.Duration // from the request to the reply
	Size int           // octets of data in the reply
}

// ICMPError is an ICMP error message that came back instead of a reply.
type ICMPError struct {
	From netip.Addr // the router or host that sent it
	To   netip.Addr // where the packet was to go
	Type ip.MessageType
	Code uint8
}

// Error says who sent what: "stack: 10.0.1.1 answers: time exceeded (code 0)".
func (e *ICMPError) Error() string {
	return fmt.Sprintf("stack: %v answers: %v (code %d)", e.From, e.Type, e.Code)
}

// echoKey is what a reply has in common with its request.
type echoKey struct {
	dst     netip.Addr
	id, seq uint16
}

// echo is a request that waits for its reply. Guarded by Host.mu.
type echo struct {
	echoKey
	sent  time.Time
	done  bool
	reply EchoReply
	err   error
	ready Cond
}

// Echo sends one ICMP echo request, waits for its reply and returns it. The error is an *ICMPError if a
// router or the destination sent one, wraps os.ErrDeadlineExceeded if nothing came in time, or is that
// of ctx.
func (h *Host) Echo(ctx context.Context, dst netip.Addr, id, seq uint16, data []byte, timeout time.Duration) (EchoReply, error) {
	now := h.runtime.Now()
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.closed {
		return EchoReply{}, net.ErrClosed
	}
	key := echoKey{dst, id, seq}
	if h.findEcho(key) != nil {
		return EchoReply{}, ErrPingBusy
	}
	if err := h.sendEcho(now, dst, id, seq, data); err != nil {
		return EchoReply{}, err
	}
	e := &echo{echoKey: key, sent: now, ready: h.runtime.NewCond(&h.mu)}
	h.echoes = append(h.echoes, e)
	defer func() {
		h.echoes = slices.DeleteFunc(h.echoes, func(other *echo) bool { return other == e })
	}()
	if ctx.Done() != nil {
		stop := context.AfterFunc(ctx, func() {
			h.mu.Lock()
			defer h.mu.Unlock()
			e.ready.Broadcast()
		})
		defer stop()
	}
	for until := now.Add(timeout); !e.done; e.ready.Wait(until) {
		if err := ctx.Err(); err != nil {
			return EchoReply{}, err
		}
		if !h.runtime.Now().Before(until) {
			return EchoReply{}, fmt.Errorf("stack: no echo reply from %v: %w", dst, os.ErrDeadlineExceeded)
		}
	}
	return e.reply, e.err
}

// sendEcho sends the request. h.mu is held.
func (h *Host) sendEcho(now time.Time, dst netip.Addr, id, seq uint16, data []byte) error {
	_, src, err := h.routeTo(dst)
	if err != nil {
		return err
	}
	m := ip.Echo(id, seq, data)
	b := make([]byte, m.Len())
	m.Put(b)
	var why trace.Reason
	if h.trace.On() {
		why = trace.Reason{
			Say:  "sends echo request %d of ping %d: whoever has the address must answer",
			Args: [4]int64{int64(seq), int64(id)}, Ref: wire.RFC("1122", "3.2.2.6"),
		}
	}
	if err := h.node.Send(now, ip.Header{Protocol: ip.ICMP, Src: src, Dst: dst}, b, why); err != nil {
		return err
	}
	h.sendNode(now)
	return nil
}

// receiveICMP takes a message that the network layer has checked but does not deal with itself: an echo
// reply, or an error about a packet of ours. h.mu is held.
func (h *Host) receiveICMP(now time.Time, i *iface, d *ip.Delivery) {
	m, err := ip.ParseICMP(d.Payload)
	if err != nil {
		return
	}
	if m.Type == ip.EchoReply {
		waited := h.finishEcho(echoKey{d.Header.Src, m.ID(), m.Seq()}, func(e *echo) {
			e.reply = EchoReply{From: d.Header.Src, TTL: d.Header.TTL, RTT: now.Sub(e.sent), Size: len(m.Data)}
		})
		if !waited {
			h.discards.echo.Add(1)
			h.discarded(now, d.Cause, d.Identity, "discards an echo reply that nobody waits for", wire.RFC("1122", "3.2.2.6"))
		}
		return
	}
	if !h.reportError(i, d, &m) {
		h.discards.unreachable.Add(1)
		h.discarded(now, d.Cause, d.Identity, "discards an ICMP error that no connection, connected socket or ping of this host can use", wire.RFC("5927", "4"))
	}
}

// reportError passes an ICMP error to whoever sent the packet that it quotes, and reports whether that is still
// there. h.mu is held.
func (h *Host) reportError(i *iface, d *ip.Delivery, m *ip.Message) bool {
	q, ok := m.Quoted()
	if !ok {
		return false
	}
	e := &ICMPError{From: d.Header.Src, To: q.Header.Dst, Type: m.Type, Code: m.Code}
	switch q.Header.Protocol {
	case ip.ICMP:
		if len(q.Payload) < 8 || ip.MessageType(q.Payload[0]) != ip.EchoRequest {
			return false
		}
		id, seq := binary.BigEndian.Uint16(q.Payload[4:]), binary.BigEndian.Uint16(q.Payload[6:])
		return h.finishEcho(echoKey{q.Header.Dst, id, seq}, func(waiting *echo) { waiting.err = e })
	case ip.TCP:
		src, dst, ok := q.Ends()
		c := h.conns[keyOf(src, dst)]
		if !ok || c == nil {
			return false
		}
		i.arrivals = append(i.arrivals, arrival{conn: c, octets: q.Payload, cause: d.Cause, icmp: e})
		return true
	case ip.UDP:
		return h.unreachableDatagram(i.index, &q, e)
	}
	return false
}

// findEcho returns the request that waits for a reply; nil if there is none. h.mu is held.
func (h *Host) findEcho(key echoKey) *echo {
	for _, e := range h.echoes {
		if e.echoKey == key {
			return e
		}
	}
	return nil
}

// finishEcho ends the wait for a reply, and reports whether somebody waited. h.mu is held.
func (h *Host) finishEcho(key echoKey, finish func(*echo)) bool {
	e := h.findEcho(key)
	if e == nil || e.done {
		return false
	}
	finish(e)
	e.done = true
	e.ready.Broadcast()
	return true
}

// hard reports whether the error means that trying again is useless: "Destination Unreachable -- codes
// 2-4: These are hard error conditions" (RFC 1122, Section 4.2.3.9), of which code 4, fragmentation
// needed, has since got another meaning (RFC 1191).
func (e *ICMPError) hard() bool {
	return e.Type == ip.Unreachable && (e.Code == ip.ProtocolUnreachable || e.Code == ip.PortUnreachable)
}
