package capture

import (
	"encoding/binary"
	"fmt"

	"github.com/gopacket/gopacket"
	"github.com/gopacket/gopacket/layers"

	"netlab/ip"
	"netlab/wire"
)

// What IP packets and UDP datagrams carry that netlab does not speak is read by gopacket: other protocols, and tunnels of frames, whose inside netlab
// speaks again.

// foreignProtocol tells which decoder of gopacket reads what an IP packet carries; nil: none.
func foreignProtocol(p ip.Protocol) gopacket.Decoder {
	switch l := layers.IPProtocol(p); l {
	case layers.IPProtocolIGMP, layers.IPProtocolGRE, layers.IPProtocolESP, layers.IPProtocolOSPF,
		layers.IPProtocolEtherIP, layers.IPProtocolVRRP, layers.IPProtocolSCTP, layers.IPProtocolUDPLite:
		return l
	}
	return nil
}

// foreignDatagram tells which decoder of gopacket reads the data of a datagram, by its ports; nil: none. h has the ports.
func foreignDatagram(h *header) gopacket.Decoder {
	for _, port := range [...]uint16{binary.BigEndian.Uint16(h.payload[2:]), binary.BigEndian.Uint16(h.payload)} {
		switch port {
		case portVXLANLinux:
			return layers.LayerTypeVXLAN
		case portNTP, portDHCPv6Client, portDHCPv6Server, portGTP, portVXLAN, portGeneve:
			return layers.UDPPort(port).LayerType()
		}
	}
	return nil
}

// Ports of IANA's list.
const (
	portNTP          = 123
	portDHCPv6Client = 546
	portDHCPv6Server = 547
	portGTP          = 2152
	portVXLAN        = 4789
	portVXLANLinux   = 8472 // of Linux, unless it is told another: it had VXLAN before IANA had a number for it
	portGeneve       = 6081
	portTeredo       = 3544
)

// carried returns the layers of b, which begins at octet at of the packet and is read by a decoder of gopacket. It may be a tunnel, with others in it.
func (d *dissector) carried(f gopacket.Decoder, b []byte, at, tunnels int) []wire.Node {
	found, ours, begin := foreignBy(f, b, b)
	return d.foreignTree(found, ours, begin, b, at, tunnels-1)
}

// carriedWords says what a decoder of gopacket finds in b: the name of the first layer, and what that carries. problem is what it cannot read.
func carriedWords(d gopacket.Decoder, b []byte) (proto, what, problem string) {
	found, ours, _ := foreignBy(d, b, b)
	for i, l := range found {
		if failed, ok := l.Layer.(*gopacket.DecodeFailure); ok {
			return proto, what, oneLine(failed.Error().Error())
		}
		if i == 0 {
			proto, what = l.LayerType().String(), foreignWords(l.Layer)
		}
	}
	if inner, ok := parseHeader(ours); ok {
		what = fmt.Sprintf("carries %s→%s %s, %s", inner.src, inner.dst, inner.protocol, octets(len(ours)))
	}
	return proto, what, ""
}
