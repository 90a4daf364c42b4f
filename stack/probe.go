package stack

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"os"
	"time"
)

// ProbeRequest is a datagram to send to a port where probably nobody listens, as traceroute does.
type ProbeRequest struct {
	Data    []byte
	TTL     uint8 // time to live, or hop limit; 0: the host's default
	Timeout time.Duration
}

// Probe sends one datagram and returns what is answered from that port, if anything is. The error is an *ICMPError if a
// router or the destination sent one, as it should: time exceeded, or port unreachable. It wraps os.ErrDeadlineExceeded if
// nothing came in time, or is that of ctx.
func (h *Host) Probe(ctx context.Context, dst netip.AddrPort, r ProbeRequest) (EchoReply, error) {
	conn, err := h.dialUDP(ctx, "udp", dst.String())
	if err != nil {
		return EchoReply{}, err
	}
	c := conn.(*PacketConn)
	defer c.Close()
	sent := h.runtime.Now()
	if err = c.SetTTL(r.TTL); err == nil {
		err = c.SetReadDeadline(sent.Add(r.Timeout))
	}
	if err == nil {
		_, err = c.Write(r.Data)
	}
	if err != nil {
		return EchoReply{}, err
	}
	if ctx.Done() != nil {
		stop := context.AfterFunc(ctx, func() { c.SetReadDeadline(time.Unix(1, 0)) })
		defer stop()
	}
	n, m, err := c.ReadMsg(make([]byte, 65535))
	rtt := h.runtime.Now().Sub(sent)
	var answer *ICMPError
	switch {
	case err == nil:
		return EchoReply{From: m.From.Addr(), TTL: m.TTL, RTT: rtt, Size: n}, nil
	case ctx.Err() != nil:
		return EchoReply{}, ctx.Err()
	case errors.As(err, &answer):
		answer.RTT = rtt
		return EchoReply{}, answer
	case errors.Is(err, os.ErrDeadlineExceeded):
		return EchoReply{}, fmt.Errorf("stack: no answer: %w", os.ErrDeadlineExceeded)
	}
	return EchoReply{}, err
}
