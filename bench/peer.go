package main

import (
	"context"
	"errors"
	"net"
	"time"

	"gvisor.dev/gvisor/pkg/tcpip"
	"gvisor.dev/gvisor/pkg/tcpip/adapters/gonet"
	"gvisor.dev/gvisor/pkg/tcpip/header"
	"gvisor.dev/gvisor/pkg/tcpip/link/channel"
	"gvisor.dev/gvisor/pkg/tcpip/network/ipv4"
	gvisor "gvisor.dev/gvisor/pkg/tcpip/stack"
	"gvisor.dev/gvisor/pkg/tcpip/transport/tcp"
	"gvisor.dev/gvisor/pkg/tcpip/transport/udp"
)

// peerPair is gVisor's netstack as it is fastest here: SACK on, RACK off, receive buffers that grow,
// CUBIC, TIME-WAIT of a millisecond; channel endpoints with a goroutine that pumps in each direction,
// which were found faster than its pipe endpoint.
type peerPair struct {
	client, server *gvisor.Stack
	stop           context.CancelFunc
}

func openPeer() (stack, error) { return openPeerOn(1500, func(*channel.Endpoint) {}) }

func openPeerMTU(mtu int) (stack, error) { return openPeerOn(mtu, func(*channel.Endpoint) {}) }

// openPeerCards is the peer with endpoints that take large segments, and leave checksums out.
func openPeerCards() (stack, error) {
	return openPeerOn(1500, func(e *channel.Endpoint) {
		e.SupportedGSOKind = gvisor.HostGSOSupported
		e.LinkEPCapabilities = gvisor.CapabilityTXChecksumOffload | gvisor.CapabilityRXChecksumOffload
	})
}

func openPeerOn(mtu int, set func(e *channel.Endpoint)) (stack, error) {
	const queue = 4096
	a, b := channel.New(queue, uint32(mtu), ""), channel.New(queue, uint32(mtu), "")
	set(a)
	set(b)
	ctx, stop := context.WithCancel(context.Background())
	go pump(ctx, a, b)
	go pump(ctx, b, a)
	client, err1 := newPeer(a, [4]byte{10, 0, 0, 1})
	server, err2 := newPeer(b, [4]byte{10, 0, 0, 2})
	return peerPair{client, server, stop}, errors.Join(err1, err2)
}

// pump carries packets from one endpoint to the other.
func pump(ctx context.Context, from, to *channel.Endpoint) {
	for {
		p := from.ReadContext(ctx)
		if p == nil {
			return
		}
		q := gvisor.NewPacketBuffer(gvisor.PacketBufferOptions{Payload: p.ToBuffer()})
		to.InjectInbound(ipv4.ProtocolNumber, q)
		q.DecRef()
		p.DecRef()
	}
}

func newPeer(e gvisor.LinkEndpoint, addr [4]byte) (*gvisor.Stack, error) {
	s := gvisor.New(gvisor.Options{
		NetworkProtocols:   []gvisor.NetworkProtocolFactory{ipv4.NewProtocol},
		TransportProtocols: []gvisor.TransportProtocolFactory{tcp.NewProtocol, udp.NewProtocol},
	})
	sack, grow, rack := tcpip.TCPSACKEnabled(true), tcpip.TCPModerateReceiveBufferOption(true), tcpip.TCPRecovery(0)
	cubic, timeWait := tcpip.CongestionControlOption("cubic"), tcpip.TCPTimeWaitTimeoutOption(time.Millisecond)
	for _, option := range []tcpip.SettableTransportProtocolOption{&sack, &grow, &rack, &cubic, &timeWait} {
		if err := s.SetTransportProtocolOption(tcp.ProtocolNumber, option); err != nil {
			return nil, errors.New(err.String())
		}
	}
	if err := s.CreateNIC(1, e); err != nil {
		return nil, errors.New(err.String())
	}
	if err := s.AddProtocolAddress(1, peerAddress(addr), gvisor.AddressProperties{}); err != nil {
		return nil, errors.New(err.String())
	}
	s.SetRouteTable([]tcpip.Route{{Destination: header.IPv4EmptySubnet, NIC: 1}})
	return s, nil
}

// peerAddress is an address on a network of 24 bits.
func peerAddress(addr [4]byte) tcpip.ProtocolAddress {
	return tcpip.ProtocolAddress{
		Protocol:          ipv4.ProtocolNumber,
		AddressWithPrefix: tcpip.AddressWithPrefix{Address: tcpip.AddrFrom4(addr), PrefixLen: 24},
	}
}

func (p peerPair) dial(port int) (net.Conn, error) {
	to := tcpip.FullAddress{NIC: 1, Addr: tcpip.AddrFrom4([4]byte{10, 0, 0, 2}), Port: uint16(port)}
	return gonet.DialTCP(p.client, to, ipv4.ProtocolNumber)
}

func (p peerPair) listen(port int) (net.Listener, error) {
	at := tcpip.FullAddress{NIC: 1, Addr: tcpip.AddrFrom4([4]byte{10, 0, 0, 2}), Port: uint16(port)}
	return gonet.ListenTCP(p.server, at, ipv4.ProtocolNumber)
}

func (p peerPair) close() {
	p.client.Close()
	p.server.Close()
	p.stop()
}
