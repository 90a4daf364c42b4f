package link

import (
	"encoding/binary"
	"testing"

	"github.com/stretchr/testify/require"

	"netlab/wire"
)

// large4 and large6 are packets with TCP segments of 2,500 octets of data, SEG.SEQ 1000, 32 octets of TCP header.
func large4() []byte {
	p := make([]byte, 20+32+2500)
	p[0], p[8], p[ipv4Protocol] = 0x45, 64, protocolTCP
	binary.BigEndian.PutUint16(p[ipv4Length:], uint16(len(p)))
	binary.BigEndian.PutUint16(p[ipv4ID:], 0xffff)
	copy(p[ipv4Addresses:], []byte{10, 0, 0, 1, 10, 0, 0, 2})
	fillTCP(p[20:])
	return p
}

func large6() []byte {
	p := make([]byte, 40+32+2500)
	p[0], p[6], p[7] = 0x60, protocolTCP, 64
	binary.BigEndian.PutUint16(p[ipv6Length:], uint16(len(p)-40))
	p[ipv6Addresses], p[ipv6Addresses+16] = 0xfd, 0xfd
	fillTCP(p[40:])
	return p
}

func fillTCP(s []byte) {
	binary.BigEndian.PutUint32(s[tcpSeq:], 1000)
	s[tcpOffset], s[tcpFlags] = 8<<4, flagFIN|flagPSH|flagCWR|0x10
	for i := range s[32:] {
		s[32+i] = byte(i)
	}
}

func TestCut(t *testing.T) {
	for name, large := range map[string][]byte{"IPv4": large4(), "IPv6": large6()} {
		t.Run(name, func(t *testing.T) {
			header, data, ok := tcpPlace(large)
			require.True(t, ok)
			var b batch
			b.cut(large, 1000)
			require.Len(t, b.packets, 3)
			var octets []byte
			for i, packet := range b.packets {
				p := packet.Octets
				require.Zero(t, packet.Offload)
				require.Equal(t, uint32(1000+1000*i), binary.BigEndian.Uint32(p[header+tcpSeq:]))
				require.Equal(t, []byte{flagCWR | 0x10, 0x10, flagFIN | flagPSH | 0x10}[i], p[header+tcpFlags])
				octets = append(octets, p[data:]...)
				if header == 20 {
					require.Equal(t, uint16(0xffff), wire.Sum(0, p[:20]))
					require.Equal(t, len(p), int(binary.BigEndian.Uint16(p[ipv4Length:])))
					require.Equal(t, uint16(0xffff+i), binary.BigEndian.Uint16(p[ipv4ID:]))
					src, dst := addresses(p[ipv4Addresses:], 4)
					require.Equal(t, uint16(0xffff), wire.Sum(wire.PseudoSum(src, dst, protocolTCP, len(p)-20), p[20:]))
					continue
				}
				require.Equal(t, len(p)-40, int(binary.BigEndian.Uint16(p[ipv6Length:])))
				src, dst := addresses(p[ipv6Addresses:], 16)
				require.Equal(t, uint16(0xffff), wire.Sum(wire.PseudoSum(src, dst, protocolTCP, len(p)-40), p[40:]))
			}
			require.Equal(t, large[data:], octets)
		})
	}
}

// What is no whole TCP segment is not cut up, whatever the header of the link says of it.
func TestCutOfOtherThings(t *testing.T) {
	for name, large := range map[string][]byte{"IPv4": large4(), "IPv6": large6()} {
		_, data, _ := tcpPlace(large)
		for n := range data {
			var b batch
			b.cut(large[:n], 1000)
			require.Empty(t, b.packets, "%s, %d octets", name, n)
		}
	}
	var b batch
	b.cut(large4(), 0)
	udp := large4()
	udp[ipv4Protocol] = 17
	b.cut(udp, 1000)
	require.Empty(t, b.packets)
	sumUp(udp, len(udp)-4, 6) // beyond its end: left as it is
	sumUp(udp, -1, 6)
}

func FuzzCut(f *testing.F) {
	f.Add(large4(), 1000)
	f.Add(large6(), 7)
	f.Fuzz(func(t *testing.T, packet []byte, size int) {
		var b batch
		if len(packet)/max(size, 1) > 1000 {
			t.Skip()
		}
		b.cut(packet, size)
		carried := 0
		_, data, _ := tcpPlace(packet)
		for _, p := range b.packets {
			carried += len(p.Octets) - data
		}
		if len(b.packets) > 0 {
			require.Equal(t, len(packet)-data, carried)
		}
		sumUp(packet, size, size)
	})
}
