package link

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"sync/atomic"
	"syscall"

	"github.com/songgao/water"
	"golang.org/x/sys/unix"
)

// tunArena is how many octets the packets of one Read have together, at least: a batch that fits into
// a processor's cache.
const tunArena = 128 << 10

// TUN is a link to the kernel: what the kernel routes to the device is read here, and what is written
// here arrives in the kernel as if from a wire.
//
// Packets cross one a system call, without a virtio-net header (OpenTUN) or with one (OpenVNet).
type TUN struct {
	file    *os.File
	raw     syscall.RawConn
	name    string
	mtu     int
	vnet    *vnet // nil: without virtio-net headers
	dropped atomic.Uint64
	closed  atomic.Bool

	// Reading: one goroutine.
	packets  []Packet
	arena    []byte
	least    int // octets of room that a read needs
	readErr  error
	readSome func(fd uintptr) bool

	// Writing. The lock lets Write hand its packets to writeAll without a new closure for each call.
	writing  sync.Mutex
	pending  []Packet
	writeErr error
	writeAll func(fd uintptr) bool
}

// OpenTUN makes a TUN device in the network namespace of this process, which needs the right to
// (CAP_NET_ADMIN). A name that ends in "%d" gets the first free number. The device has no address and is
// down; it is gone when the last descriptor of it is closed. mtu is the size that the caller gives the device.
func OpenTUN(name string, mtu int) (*TUN, error) { return openDevice(water.TUN, name, mtu) }

func openDevice(kind water.DeviceType, name string, mtu int) (*TUN, error) {
	if len(name) >= unix.IFNAMSIZ {
		return nil, fmt.Errorf("link: the device name %q is longer than %d octets", name, unix.IFNAMSIZ-1)
	}
	config := water.Config{DeviceType: kind}
	config.Name = name

	// water opens the device without the close-on-exec flag. Under the lock no other goroutine
	// starts a process before the flag is set.
	syscall.ForkLock.RLock()
	device, err := water.New(config)
	if err != nil {
		closeUnattachedTUNs()
		syscall.ForkLock.RUnlock()
		return nil, fmt.Errorf("link: opening a TUN or TAP device: %w", err)
	}
	file := device.ReadWriteCloser.(*os.File)
	raw, err := file.SyscallConn()
	if err == nil {
		err = raw.Control(func(fd uintptr) { syscall.CloseOnExec(int(fd)) })
	}
	syscall.ForkLock.RUnlock()
	if err != nil {
		_ = file.Close()
		return nil, fmt.Errorf("link: opening a TUN or TAP device: %w", err)
	}
	return newTUN(file, raw, device.Name(), mtu, nil), nil
}

// closeUnattachedTUNs closes the descriptor that water leaves open when it cannot make a device: one of
// /dev/net/tun that belongs to no device.
func closeUnattachedTUNs() {
	entries, _ := os.ReadDir("/proc/self/fd")
	for _, e := range entries {
		target, _ := os.Readlink(filepath.Join("/proc/self/fd", e.Name()))
		fd, err := strconv.Atoi(e.Name())
		if target != "/dev/net/tun" || err != nil {
			continue
		}
		if _, err := tunDevice(fd); errors.Is(err, unix.EBADFD) {
			_ = unix.Close(fd)
		}
	}
}

// TUNFromFile returns a link on the descriptor of a TUN device that another process made. It takes the
// file over. The descriptor must be non-blocking.
func TUNFromFile(f *os.File, mtu int) (*TUN, error) {
	raw, err := f.SyscallConn()
	if err != nil {
		return nil, fmt.Errorf("link: TUN descriptor: %w", err)
	}
	var request *unix.Ifreq
	var requestErr error
	if err := raw.Control(func(fd uintptr) { request, requestErr = tunDevice(int(fd)) }); err != nil {
		return nil, fmt.Errorf("link: TUN descriptor: %w", err)
	}
	if requestErr != nil {
		return nil, fmt.Errorf("link: %s is no TUN descriptor: %w", f.Name(), requestErr)
	}
	var v *vnet
	if request.Uint16()&unix.IFF_VNET_HDR != 0 {
		v = &vnet{}
	}
	return newTUN(f, raw, request.Name(), mtu, v), nil
}

// tunDevice asks for name and flags of the device that a descriptor belongs to.
func tunDevice(fd int) (*unix.Ifreq, error) {
	request, err := unix.NewIfreq("")
	if err != nil {
		return nil, err
	}
	return request, unix.IoctlIfreq(fd, unix.TUNGETIFF, request)
}

func newTUN(f *os.File, raw syscall.RawConn, name string, mtu int, v *vnet) *TUN {
	t := &TUN{file: f, raw: raw, name: name, mtu: mtu, vnet: v, least: mtu}
	if v != nil {
		t.least = vnetHeader + largestPacket
	}
	t.arena = make([]byte, max(tunArena, 4*t.least))
	t.packets = make([]Packet, 0, readBatch)
	t.readSome = t.readReady
	t.writeAll = t.writePending
	return t
}

// Name is the name of the device in its namespace.
func (t *TUN) Name() string { return t.name }

// File is the device's descriptor, to be handed to another process. It stays the link's.
func (t *TUN) File() *os.File { return t.file }

// MTU is the size of the largest packet that the device carries, in octets.
func (t *TUN) MTU() int { return t.mtu }

// Dropped counts the packets written that the kernel did not take.
func (t *TUN) Dropped() uint64 { return t.dropped.Load() }

// Close ends a waiting Read. The device is gone when nobody else holds its descriptor.
func (t *TUN) Close() error {
	t.closed.Store(true)
	return t.file.Close()
}

// Read waits for packets from the kernel and returns all that are there, up to 64. They are valid until
// the next Read. It returns io.EOF after Close.
func (t *TUN) Read() ([]Packet, error) {
	t.packets, t.readErr = t.packets[:0], nil
	if t.vnet != nil {
		t.vnet.pieces.reset()
	}
	err := t.raw.Read(t.readSome)
	switch {
	case len(t.packets) > 0:
		return t.packets, nil // an error that came after them comes again
	case t.closed.Load():
		return nil, io.EOF
	case err != nil:
		return nil, fmt.Errorf("link: reading %s: %w", t.name, err)
	}
	return nil, fmt.Errorf("link: reading %s: %w", t.name, t.readErr)
}

// readReady takes packets until there are no more. It returns false to be called again when there are.
func (t *TUN) readReady(fd uintptr) bool {
	free := t.arena
	for len(t.packets) < readBatch && len(free) >= t.least {
		n, err := unix.Read(int(fd), free[:t.least])
		switch err {
		case nil:
			if t.vnet != nil {
				t.packets = t.vnet.take(t.packets, free[:n])
			} else {
				t.packets = append(t.packets, Packet{Octets: free[:n:n]})
			}
			free = free[n:]
		case unix.EINTR:
		case unix.EAGAIN:
			return len(t.packets) > 0
		default:
			t.readErr = err
			return true
		}
	}
	return true
}

// Write hands packets to the kernel, one a system call. A packet that the kernel does not take (no
// memory, device down, no IP packet) is dropped and counted.
func (t *TUN) Write(packets []Packet) error {
	t.writing.Lock()
	defer t.writing.Unlock()
	t.pending, t.writeErr = packets, nil
	err := t.raw.Write(t.writeAll)
	t.pending = nil
	switch {
	case t.closed.Load():
		return ErrClosed
	case err != nil:
		return fmt.Errorf("link: writing %s: %w", t.name, err)
	case t.writeErr != nil:
		return fmt.Errorf("link: writing %s: %w", t.name, t.writeErr)
	}
	return nil
}

func (t *TUN) writePending(fd uintptr) bool {
	for i := range t.pending {
		p := &t.pending[i]
		if p.len() > t.mtu && (t.vnet == nil || p.Offload.Segment == 0) {
			t.dropped.Add(1)
			continue
		}
		err := t.writeOne(int(fd), p)
		for err == unix.EINTR {
			err = t.writeOne(int(fd), p)
		}
		switch err {
		case nil:
		case unix.EAGAIN, unix.ENOBUFS, unix.ENOMEM, unix.EINVAL, unix.EIO:
			// EINVAL: not an IP packet. EIO: the device is down.
			t.dropped.Add(1)
		default:
			t.writeErr = err
			return true
		}
	}
	return true
}

func (t *TUN) writeOne(fd int, p *Packet) error {
	if t.vnet != nil {
		return t.vnet.write(fd, p)
	}
	_, err := unix.Write(fd, p.Octets)
	return err
}
