package main

import (
	"encoding/binary"
	"errors"
	"math/rand/v2"
	"net/netip"
	"time"

	"gvisor.dev/gvisor/pkg/buffer"
	"gvisor.dev/gvisor/pkg/tcpip"
	"gvisor.dev/gvisor/pkg/tcpip/link/channel"
	"gvisor.dev/gvisor/pkg/tcpip/network/ipv4"
	gvisor "gvisor.dev/gvisor/pkg/tcpip/stack"

	"netlab/ip"
	"netlab/link"
	netlab "netlab/stack"
)

// A router has two networks: packets come from 10.0.1.0/24 and leave through a neighbour on 10.0.2.0/24. One goroutine gives
// it packets and takes what it sends, so that the figure is that of one core.

// routes returns n networks, most of them of 24 bits, as on the Internet, and for each of some packets an address in one of
// them. With a single route that is the one to everywhere.
func routes(n int) (networks []netip.Prefix, targets []netip.Addr) {
	random := rand.New(rand.NewPCG(1, 2))
	for range n {
		a := netip.AddrFrom4([4]byte{130 + byte(random.IntN(90)), byte(random.Uint32()), byte(random.Uint32()), 1 + byte(random.IntN(250))})
		networks = append(networks, netip.PrefixFrom(a, 24-random.IntN(9)*random.IntN(2)).Masked())
		targets = append(targets, a)
	}
	random.Shuffle(n, func(i, j int) { targets[i], targets[j] = targets[j], targets[i] })
	if n == 1 {
		networks[0] = netip.PrefixFrom(netip.IPv4Unspecified(), 0)
	}
	return networks, targets[:min(n, 1<<16)]
}

// packetsTo returns a datagram of 84 octets, the size of a ping, to each of the targets.
func packetsTo(targets []netip.Addr) [][]byte {
	packets := make([][]byte, len(targets))
	for i, dst := range targets {
		packets[i] = packet(ip.Header{TTL: 64, Protocol: ip.UDP, Src: netip.AddrFrom4([4]byte{10, 0, 1, 10}), Dst: dst}, make([]byte, 64))
	}
	return packets
}

func packet(h ip.Header, payload []byte) []byte {
	h.TotalLength = h.Len() + len(payload)
	b := make([]byte, h.TotalLength)
	h.Put(b)
	copy(b[h.Len():], payload)
	return b
}

// perSecond calls step, which does so many things, for a while, and returns how many things a second were done.
func perSecond(scale, things int, step func()) float64 {
	start, done := time.Now(), 0
	for time.Since(start) < time.Duration(scale)*150*time.Millisecond {
		step()
		done += things
	}
	return float64(done) / time.Since(start).Seconds()
}

const batch = 64 // packets that are read at once

func forwardNetlab(n int) func(scale int) (float64, error) {
	return func(scale int) (float64, error) {
		networks, targets := routes(n)
		h := netlab.New(netlab.Config{Forward: true})
		defer h.Close()
		sent := 0
		in := h.AddInterface("eth0", []netip.Prefix{netip.MustParsePrefix("10.0.1.1/24")}, 1500, func([]link.Packet) {})
		h.AddInterface("eth1", []netip.Prefix{netip.MustParsePrefix("10.0.2.1/24")}, 1500, func(p []link.Packet) { sent += len(p) })
		for _, p := range networks {
			if err := h.AddRoute(p, netip.MustParseAddr("10.0.2.2")); err != nil {
				return 0, err
			}
		}
		packets, at, given := packetsTo(targets), 0, 0
		arrivals := make([]link.Packet, batch)
		rate := perSecond(scale, batch, func() {
			for i := range arrivals {
				arrivals[i] = link.Packet{Octets: packets[at]}
				if at++; at == len(packets) {
					at = 0
				}
			}
			given += batch
			h.Deliver(in, arrivals)
		})
		return rate, all(sent, given)
	}
}

func forwardPeer(n int) func(scale int) (float64, error) {
	return func(scale int) (float64, error) {
		networks, targets := routes(n)
		s, in, err := newPeerRouter(networks)
		if err != nil {
			return 0, err
		}
		defer s.Close()
		packets, at, sent, given := packetsTo(targets), 0, 0, 0
		step := min(batch, 1+4096/n*batch) // with many routes each packet takes long
		rate := perSecond(scale, step, func() {
			for range step {
				inject(in[0], packets[at])
				if at++; at == len(packets) {
					at = 0
				}
			}
			given += step
			for p := in[1].Read(); p != nil; p = in[1].Read() {
				sent++
				p.DecRef()
			}
		})
		return rate, all(sent, given)
	}
}

func all(sent, given int) error {
	if sent != given {
		return errors.New("not all packets were forwarded")
	}
	return nil
}

// inject gives gVisor a packet.
func inject(e *channel.Endpoint, b []byte) {
	p := gvisor.NewPacketBuffer(gvisor.PacketBufferOptions{Payload: buffer.MakeWithData(b)})
	e.InjectInbound(ipv4.ProtocolNumber, p)
	p.DecRef()
}

// newPeerRouter returns gVisor's netstack as a router, with its two links.
func newPeerRouter(networks []netip.Prefix) (*gvisor.Stack, [2]*channel.Endpoint, error) {
	ends := [2]*channel.Endpoint{channel.New(2*batch, 1500, ""), channel.New(2*batch, 1500, "")}
	s, err := newPeer(ends[0], [4]byte{10, 0, 1, 1})
	if err != nil {
		return nil, ends, err
	}
	if err := s.CreateNIC(2, ends[1]); err != nil {
		return nil, ends, errors.New(err.String())
	}
	if err := s.AddProtocolAddress(2, peerAddress([4]byte{10, 0, 2, 1}), gvisor.AddressProperties{}); err != nil {
		return nil, ends, errors.New(err.String())
	}
	if err := s.SetForwardingDefaultAndAllNICs(ipv4.ProtocolNumber, true); err != nil {
		return nil, ends, errors.New(err.String())
	}
	var table []tcpip.Route
	for _, p := range networks {
		var mask [4]byte
		binary.BigEndian.PutUint32(mask[:], ^(^uint32(0) >> p.Bits()))
		subnet, err := tcpip.NewSubnet(tcpip.AddrFrom4(p.Addr().As4()), tcpip.MaskFromBytes(mask[:]))
		if err != nil {
			return nil, ends, err
		}
		table = append(table, tcpip.Route{Destination: subnet, Gateway: tcpip.AddrFrom4([4]byte{10, 0, 2, 2}), NIC: 2})
	}
	s.SetRouteTable(table)
	return s, ends, nil
}
