package stack

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"slices"
	"time"

	"netlab/ip"
	"netlab/trace"
)

// ErrPingBusy is what Echo returns while another Echo waits for the same reply.
var ErrPingBusy = errors.New("stack: this destination, identifier and sequence number are waited for already")

// EchoRequest is an ICMP echo request to send.
type EchoRequest struct {
	ID, Seq      uint16
	Data         []byte
	TTL          uint8 // time to live, or hop limit; 0: the host's default
	DontFragment bool  // rather fail than be sent in fragments
	Timeout      time.Duration
}

// EchoReply is what came back for an echo request, or for another probe.
type EchoReply struct {
	From netip.Addr
	TTL  uint8         // of the reply, when it arrived
	RTT  time.Duration // from the request to the reply
	Size int           // octets of data in the reply
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
// router or the destination sent one, a *TooBigError if the request may not be sent in fragments and does not fit, wraps
// os.ErrDeadlineExceeded if nothing came in time, or is that of ctx.
func (h *Host) Echo(ctx context.Context, dst netip.Addr, r EchoRequest) (EchoReply, error) {
	now := h.runtime.Now()
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.closed {
		return EchoReply{}, net.ErrClosed
	}
	key := echoKey{dst, r.ID, r.Seq}
	if h.findEcho(key) != nil {
		return EchoReply{}, ErrPingBusy
	}
	if err := h.sendEcho(now, dst, r); err != nil {
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
	for until := now.Add(r.Timeout); !e.done; e.ready.Wait(until) {
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
func (h *Host) sendEcho(now time.Time, dst netip.Addr, r EchoRequest) error {
	_, src, err := h.routeTo(dst)
	if err != nil {
		return err
	}
	m := ip.Echo(dst, r.ID, r.Seq, r.Data)
	b := make([]byte, m.Len())
	m.Put(b, src, dst)
	var why trace.Reason
	if h.trace.On() {
		why = trace.Reason{
			Say:  "sends echo request %d of ping %d: whoever has the address must answer",
			Args: [4]int64{int64(r.Seq), int64(r.ID)}, Ref: ip.EchoRef(dst),
		}
	}
	protocol := ip.ICMP
	if dst.Is6() {
		protocol = ip.ICMPv6
	}
	header := ip.Header{Protocol: protocol, Src: src, Dst: dst, TTL: r.TTL, DontFragment: r.DontFragment}
	if err := h.node.Send(now, header, b, why); errors.Is(err, ip.ErrTooBig) {
		return &TooBigError{MTU: h.node.PathMTU(now, dst)}
	} else if err != nil {
		return err
	}
	h.sendNode(now)
	return nil
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
