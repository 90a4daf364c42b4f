package main

import (
	"context"
	"net"
	"net/netip"
	"strconv"
	"time"

	"netlab/link"
	netlab "netlab/stack"
	"netlab/tcp"
)

// stack is two hosts joined by a link: one that connects, one that listens.
type stack interface {
	dial(port int) (net.Conn, error)
	listen(port int) (net.Listener, error)
	close()
}

// netlabPair is netlab with its defaults. TIME-WAIT is short, as the peer's is: else the rows that
// connect would measure how many ports there are.
type netlabPair struct{ client, server *netlab.Host }

func openNetlab() (stack, error) { return openNetlabMTU(1500) }

func openNetlabMTU(mtu int) (stack, error) {
	a, b := link.Memory(mtu)
	return openNetlabOn(a, b)
}

// card is a link in memory that takes large segments as a network card does, and checksums for granted.
type card struct{ *link.Cable }

func (card) MTU() int       { return 1500 }
func (c card) Offload() int { return c.Cable.MTU() }

func openNetlabCards() (stack, error) {
	a, b := link.Memory(65535)
	return openNetlabOn(card{a}, card{b})
}

func openNetlabOn(a, b link.Link) (stack, error) {
	cfg := netlab.Config{TCP: tcp.Config{MSL: time.Millisecond / 2}}
	p := netlabPair{netlab.New(cfg), netlab.New(cfg)}
	p.client.Attach("eth0", []netip.Prefix{netip.MustParsePrefix("10.0.0.1/24")}, a)
	p.server.Attach("eth0", []netip.Prefix{netip.MustParsePrefix("10.0.0.2/24")}, b)
	return p, nil
}

func (p netlabPair) dial(port int) (net.Conn, error) {
	return p.client.Dial(context.Background(), "tcp", "10.0.0.2:"+strconv.Itoa(port))
}

func (p netlabPair) listen(port int) (net.Listener, error) {
	return p.server.Listen("tcp", ":"+strconv.Itoa(port))
}

func (p netlabPair) close() {
	p.client.Close()
	p.server.Close()
}
