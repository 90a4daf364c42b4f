package main

import (
	"errors"
	"net"
	"net/netip"

	"gvisor.dev/gvisor/pkg/tcpip"
	"gvisor.dev/gvisor/pkg/tcpip/adapters/gonet"
	"gvisor.dev/gvisor/pkg/tcpip/checksum"
	"gvisor.dev/gvisor/pkg/tcpip/link/channel"
	"gvisor.dev/gvisor/pkg/tcpip/network/ipv4"

	"netlab/ip"
	"netlab/link"
	netlab "netlab/stack"
	"netlab/udp"
	"netlab/wire"
)

// checksumOf returns how many millions of octets a second a function sums, in pieces of 1460, what TCP sends at once.
func checksumOf(sum func([]byte) uint16) func(scale int) (float64, error) {
	return func(scale int) (float64, error) {
		b := make([]byte, 1460)
		for i := range b {
			b[i] = byte(i * 7)
		}
		const rounds = 1000
		var kept uint16
		rate := perSecond(scale, rounds*len(b), func() {
			for range rounds {
				kept ^= sum(b)
			}
		})
		if kept == 1 {
			return 0, errors.New("the checksum of an even number of equal pieces cannot be left over")
		}
		return rate / 1e6, nil
	}
}

func netlabChecksum(b []byte) uint16 { return wire.Checksum(b) }
func peerChecksum(b []byte) uint16   { return checksum.Checksum(b, 0) }

// fragmented returns datagrams of 7000 octets to 10.0.0.2, each in five fragments.
func fragmented(count int) [][][]byte {
	src, dst := netip.MustParseAddrPort("10.0.0.1:9"), netip.AddrPortFrom(netip.MustParseAddr("10.0.0.2"), port)
	datagrams := make([][][]byte, count)
	for id := range datagrams {
		whole := make([]byte, udp.Len(7000))
		udp.Put(whole, src, dst, make([]byte, 7000))
		for at := 0; at < len(whole); at += 1480 {
			end := min(at+1480, len(whole))
			datagrams[id] = append(datagrams[id], packet(ip.Header{
				TTL: 64, Protocol: ip.UDP, ID: uint32(id), Src: src.Addr(), Dst: dst.Addr(), FragmentOffset: at, MoreFragments: end < len(whole),
			}, whole[at:end]))
		}
	}
	return datagrams
}

// reassemble gives a host fragments and reads the datagrams that they make; it returns the fragments a second.
func reassemble(scale int, give func(fragments [][]byte), c net.PacketConn) (float64, error) {
	datagrams, at := fragmented(256), 0
	buf := make([]byte, 8000)
	var failed error
	rate := perSecond(scale, len(datagrams[0]), func() {
		give(datagrams[at%len(datagrams)])
		at++
		if n, _, err := c.ReadFrom(buf); err != nil || n != 7000 {
			failed = errors.Join(errors.New("a datagram did not arrive whole"), err)
		}
	})
	return rate, failed
}

func reassembleNetlab(scale int) (float64, error) {
	h := netlab.New(netlab.Config{})
	defer h.Close()
	in := h.AddInterface("eth0", []netip.Prefix{netip.MustParsePrefix("10.0.0.2/24")}, 1500, func([]link.Packet) {})
	c, err := h.ListenPacket("udp", ":7000")
	if err != nil {
		return 0, err
	}
	arrivals := make([]link.Packet, 0, batch)
	return reassemble(scale, func(fragments [][]byte) {
		arrivals = arrivals[:0]
		for _, f := range fragments {
			arrivals = append(arrivals, link.Packet{Octets: f})
		}
		h.Deliver(in, arrivals)
	}, c)
}

func reassemblePeer(scale int) (float64, error) {
	e := channel.New(batch, 1500, "")
	s, err := newPeer(e, [4]byte{10, 0, 0, 2})
	if err != nil {
		return 0, err
	}
	defer s.Close()
	c, err := gonet.DialUDP(s, &tcpip.FullAddress{Port: port}, nil, ipv4.ProtocolNumber)
	if err != nil {
		return 0, err
	}
	return reassemble(scale, func(fragments [][]byte) {
		for _, f := range fragments {
			inject(e, f)
		}
	}, c)
}
