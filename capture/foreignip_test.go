package capture_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"netlab/wire"

	"github.com/gopacket/gopacket"
	"github.com/gopacket/gopacket/layers"
	"github.com/stretchr/testify/require"

	"netlab/capture"
	"netlab/filter"
)

// What is inside of a tunnel is taken apart by netlab again, and the packet list says who speaks there.
func TestTunnels(t *testing.T) {
	inner := func() []gopacket.SerializableLayer {
		ip := ipv4("10.9.0.1", "10.9.0.2", layers.IPProtocolTCP)
		tcp := &layers.TCP{SrcPort: 40001, DstPort: 80, Seq: 1, Ack: 1, ACK: true, Window: 1000}
		require.NoError(t, tcp.SetNetworkLayerForChecksum(ip))
		return []gopacket.SerializableLayer{ip, tcp}
	}
	in := func(outer ...gopacket.SerializableLayer) []byte { return build(t, append(outer, inner()...)...) }
	vxlan := func() []byte {
		ip := ipv4("10.0.0.1", "10.0.0.2", layers.IPProtocolUDP)
		udp := &layers.UDP{SrcPort: 50000, DstPort: 4789}
		require.NoError(t, udp.SetNetworkLayerForChecksum(ip))
		frame := &layers.Ethernet{SrcMAC: make([]byte, 6), DstMAC: make([]byte, 6), EthernetType: layers.EthernetTypeIPv4}
		return in(ip, udp, &layers.VXLAN{ValidIDFlag: true, VNI: 7}, frame)
	}
	for _, c := range []struct {
		proto, what string
		b           []byte
	}{
		{"TCP", "ack 1  in a tunnel from 10.0.0.1 to 10.0.0.2", in(ipv4("10.0.0.1", "10.0.0.2", layers.IPProtocolIPv4))},
		{"TCP", "ack 1  in a tunnel from 10.0.0.1 to 10.0.0.2", in(ipv4("10.0.0.1", "10.0.0.2", layers.IPProtocolGRE), &layers.GRE{Protocol: layers.EthernetTypeIPv4})},
		{"TCP", "ack 1  in a tunnel from 10.0.0.1 to 10.0.0.2", vxlan()},
	} {
		sum := capture.NewSummarizer().Add(capture.RawIP, c.b)
		require.Equal(t, []string{c.proto, c.what, ""}, []string{sum.Proto, sum.What, sum.Problem})
		nodes := capture.Dissect(capture.RawIP, c.b)
		require.Empty(t, notes(nodes), c.proto)
		last := nodes[len(nodes)-1]
		require.Equal(t, 8*len(c.b), last.Bit+last.Width, c.proto)
		nodes = slices.DeleteFunc(nodes, func(n wire.Node) bool { return n.Key != "tcp" })
		require.Len(t, nodes, 1, c.proto)
		require.Equal(t, uint64(80), nodes[0].Find("tcp.dstport").Uint, c.proto)
		f := fileOf(t, c.b)
		carriers := 0
		if c.b[9] == 17 {
			carriers = 1
		}
		for expr, want := range map[string]int{"udp.port == 4789": carriers, "eth.type == 0x0800": carriers, "ip.addr == 10.9.0.2": 1, "ip.addr == 10.0.0.1": 1, "tcp.port == 80": 1, "tcp.port == 81": 0} {
			fl, err := filter.Parse(expr, capture.Keys())
			require.NoError(t, err)
			got, _, err := f.Filter(context.Background(), fl, 1)
			require.NoError(t, err)
			require.Len(t, got, want, c.proto+": "+expr)
		}
	}
}

// Tunnels in tunnels end somewhere, and what is cut short in them is no panic.
func TestTunnelsInTunnels(t *testing.T) {
	var all []gopacket.SerializableLayer
	for range 400 {
		all = append(all, ipv4("10.0.0.1", "10.0.0.2", layers.IPProtocolIPv4))
	}
	b := build(t, append(all, gopacket.Payload("end"))...)
	nodes := capture.Dissect(capture.RawIP, b)
	require.Len(t, nodes, 10)
	require.Equal(t, "data", nodes[9].Key)
	for n := range 100 {
		capture.Dissect(capture.RawIP, b[:n])
		capture.NewSummarizer().Add(capture.RawIP, b[:n])
	}
}

// Other protocols have their names, and names that everybody on a link is asked for are taken apart as DNS.
func TestNeighboursOfOurProtocols(t *testing.T) {
	for _, c := range []struct {
		port        layers.UDPPort
		data        []byte
		proto, what string
	}{
		{5353, []byte("\x00\x00\x00\x00\x00\x01\x00\x00\x00\x00\x00\x00\x03abc\x05local\x00\x00\x01\x00\x01"), "DNS", "A abc.local? id 0"},
		{5355, []byte("\x00\x07\x00\x00\x00\x01\x00\x00\x00\x00\x00\x00\x03abc\x00\x00\x01\x00\x01"), "DNS", "A abc? id 7"},
		{123, append([]byte{0x23}, make([]byte, 47)...), "NTP", "48 octets"},
	} {
		ip := ipv4("10.0.0.1", "224.0.0.251", layers.IPProtocolUDP)
		udp := &layers.UDP{SrcPort: 50000, DstPort: c.port}
		require.NoError(t, udp.SetNetworkLayerForChecksum(ip))
		b := build(t, ip, udp, gopacket.Payload(c.data))
		sum := capture.NewSummarizer().Add(capture.RawIP, b)
		require.Equal(t, []string{c.proto, c.what}, []string{sum.Proto, sum.What})
		require.Len(t, capture.Dissect(capture.RawIP, b), 3)
	}
	igmp := build(t, ipv4("10.0.0.1", "224.0.0.1", layers.IPProtocolIGMP), gopacket.Payload("\x16\x00\x00\x00\xe0\x00\x00\x01"))
	require.Equal(t, "IGMP", capture.NewSummarizer().Add(capture.RawIP, igmp).Proto)
	require.Contains(t, capture.Dissect(capture.RawIP, igmp)[1].Value, "read by gopacket")
}

// Lines that people can type are quoted; octets, long lines and long data are not.
func TestALineOfText(t *testing.T) {
	for data, want := range map[string]string{
		"220 ready\r\n":           `  "220 ready"`,
		"a\nb\n":                  `  "a"`,
		"no end of line":          "",
		"\x01\x02\n":              "",
		"\n":                      "",
		string(make([]byte, 600)): "",
		"ä\n":                     "",
	} {
		ip := ipv4("10.0.0.1", "10.0.0.2", layers.IPProtocolTCP)
		tcp := &layers.TCP{SrcPort: 40001, DstPort: 25, Seq: 1, Ack: 1, ACK: true, PSH: true, Window: 1000}
		require.NoError(t, tcp.SetNetworkLayerForChecksum(ip))
		sum := capture.NewSummarizer().Add(capture.RawIP, build(t, ip, tcp, gopacket.Payload(data)))
		require.Equal(t, fmt.Sprintf("data 1..%d%s", 1+len(data), want), sum.What)
	}
}

// fileOf is a capture of packets without a link header.
func fileOf(t *testing.T, packets ...[]byte) *capture.File {
	t.Helper()
	name := filepath.Join(t.TempDir(), "tunnels.pcapng")
	out, err := os.Create(name)
	require.NoError(t, err)
	defer out.Close()
	w, err := capture.NewWriter(out)
	require.NoError(t, err)
	for _, b := range packets {
		require.NoError(t, w.Write(time.Unix(0, 0), 0, b, ""))
	}
	require.NoError(t, w.Flush())
	return load(t, name)
}
