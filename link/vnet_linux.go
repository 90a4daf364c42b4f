package link

import (
	"encoding/binary"
	"fmt"
	"os"

	"golang.org/x/sys/unix"
)

// Each packet that crosses a TUN with IFF_VNET_HDR has a struct virtio_net_hdr before it, in the machine's own byte order
// (virtio 1.2, Section 5.1.6; Linux, include/uapi/linux/virtio_net.h):
//
//	octet 0      flags: 1, the checksum is to be filled in
//	octet 1      gso_type: 0 none, 1 TCP over IPv4, 4 TCP over IPv6; 0x80 with CWR set
//	octets 2-3   hdr_len: how long all headers are
//	octets 4-5   gso_size: the data of each segment that it is to be cut into
//	octets 6-7   csum_start: where the checksummed part begins
//	octets 8-9   csum_offset: where in it the checksum lies
const (
	vnetHeader = 10

	needsSum         = 1
	gsoTCP4, gsoTCP6 = 1, 4
	largestPacket    = 65535
	offloads         = unix.TUN_F_CSUM | unix.TUN_F_TSO4 | unix.TUN_F_TSO6
	cloneDevice      = "/dev/net/tun"
)

// OpenVNet makes a TUN device as OpenTUN does, whose packets have virtio-net headers: TCP segments of up to 64 KiB cross it in one
// system call, and checksums between kernel and program are left out. TUN.Offload lets the reader see them so; until
// then the link cuts them up.
func OpenVNet(name string, mtu int) (*TUN, error) {
	fd, err := unix.Open(cloneDevice, unix.O_RDWR|unix.O_NONBLOCK|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil, fmt.Errorf("link: opening a TUN device: %w", os.NewSyscallError("open "+cloneDevice, err))
	}
	request, err := unix.NewIfreq(name)
	if err != nil {
		_ = unix.Close(fd)
		return nil, fmt.Errorf("link: the device name %q is longer than %d octets", name, unix.IFNAMSIZ-1)
	}
	request.SetUint16(unix.IFF_TUN | unix.IFF_NO_PI | unix.IFF_VNET_HDR)
	if err = unix.IoctlIfreq(fd, unix.TUNSETIFF, request); err == nil {
		if err = unix.IoctlSetPointerInt(fd, unix.TUNSETVNETHDRSZ, vnetHeader); err == nil {
			err = unix.IoctlSetInt(fd, unix.TUNSETOFFLOAD, offloads)
		}
	}
	if err != nil {
		_ = unix.Close(fd)
		return nil, fmt.Errorf("link: opening a TUN device with virtio-net headers: %w", err)
	}
	return TUNFromFile(os.NewFile(uintptr(fd), cloneDevice), mtu)
}

// Offload lets packets with offloads through in both directions, as they are, where the device has virtio-net headers. It returns the size of
// the largest packet, in octets; 0: there are none, and nothing has changed. It is called before the first Read.
func (t *TUN) Offload() int {
	if t.vnet == nil {
		return 0
	}
	t.vnet.whole = true
	return largestPacket
}

// vnet is what a TUN with virtio-net headers needs besides.
type vnet struct {
	whole  bool  // the reader takes packets as they come
	pieces batch // of packets that were cut up
	header [vnetHeader]byte
	vector [3][]byte // what one write consists of
}

// take adds the packet behind a virtio-net header to the packets read. What the reader does not take whole is cut up and summed.
func (v *vnet) take(packets []Packet, b []byte) []Packet {
	if len(b) < vnetHeader {
		return packets
	}
	h, octets := b[:vnetHeader], b[vnetHeader:len(b):len(b)]
	_, _, isTCP := tcpPlace(octets)
	p := Packet{Octets: octets}
	if h[1] != 0 {
		p.Offload.Segment = int(binary.NativeEndian.Uint16(h[4:]))
	}
	unsummed := h[0]&needsSum != 0
	switch {
	case v.whole && isTCP:
		p.Offload.Unsummed = unsummed
	case p.Offload.Segment > 0:
		before := len(v.pieces.packets)
		v.pieces.cut(octets, p.Offload.Segment)
		return append(packets, v.pieces.packets[before:]...)
	case unsummed:
		sumUp(octets, int(binary.NativeEndian.Uint16(h[6:])), int(binary.NativeEndian.Uint16(h[8:])))
	}
	return append(packets, p)
}

// write hands one packet to the kernel.
func (v *vnet) write(fd int, p *Packet) error {
	v.header = [vnetHeader]byte{}
	if header, data, ok := tcpPlace(p.Octets); ok && p.Offload != (Offload{}) {
		v.header[0] = needsSum
		binary.NativeEndian.PutUint16(v.header[6:], uint16(header))
		binary.NativeEndian.PutUint16(v.header[8:], tcpChecksum)
		if p.Offload.Segment > 0 {
			v.header[1] = gsoTCP4
			if p.Octets[0]>>4 == 6 {
				v.header[1] = gsoTCP6
			}
			binary.NativeEndian.PutUint16(v.header[2:], uint16(data))
			binary.NativeEndian.PutUint16(v.header[4:], uint16(p.Offload.Segment))
		}
	}
	v.vector = [3][]byte{v.header[:], p.Octets, p.Data}
	_, err := unix.Writev(fd, v.vector[:])
	v.vector = [3][]byte{} // the data is the sender's
	return err
}
