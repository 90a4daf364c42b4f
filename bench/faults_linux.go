package main

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"strconv"
	"sync"
	"time"

	"netlab/link"
	"netlab/netns"
	netlab "netlab/stack"
	"netlab/tcp"
)

// The faults of the rows that compare with the kernel's own TCP: those of a path that is a little broken, and of one
// that hardly works.
const (
	lightFaults = "loss=0.1%,reorder=1%"
	heavyFaults = "loss=10%,reorder=10%,dup=5%,delay=2ms"
)

// faultyRows compare netlab behind a TUN with faults, and the kernel on its other side, with two kernels that speak
// through the same faults.
func faultyRows() []row {
	rows := []row{
		faulty("light, from the kernel: ", lightFaults, tunOctets, fromKernel),
		faulty("light, to the kernel: ", lightFaults, tunOctets, toKernel),
		faulty("heavy, from the kernel: ", heavyFaults, heavyOctets, fromKernel),
		faulty("heavy, to the kernel: ", heavyFaults, heavyOctets, toKernel),
	}
	for i := range rows {
		rows[i].slow = i >= 2
	}
	return rows
}

// heavyOctets is how much is carried at a scale of 1 where hardly anything comes through.
const heavyOctets = 2 << 20

func faulty(name, faults string, octets int64, run func(s stack, total int64) (float64, error)) row {
	return row{
		name: name + faults, unit: "MB/s", beside: "kernel",
		netlab: on(func() (stack, error) { return openFaulty(faults) }, func(s stack, scale int) (float64, error) {
			return run(s, int64(scale)*octets)
		}),
		peer: func(scale int) (float64, error) { return kernels(faults, int64(scale)*octets) },
	}
}

// impaired puts faults on both directions of a link.
func impaired(l link.Link, faults string) (*link.Impaired, error) {
	f, err := link.ParseFaults(faults)
	if err != nil {
		return nil, err
	}
	wire := link.Impair(l, link.ImpairOptions{Seed: uint64(time.Now().UnixNano())})
	wire.SetFaults(link.Toward, f)
	wire.SetFaults(link.From, f)
	return wire, nil
}

// openFaulty is netlab behind a TUN with faults, as netlab up has it.
func openFaulty(faults string) (stack, error) {
	namespace, err := netns.Start(netns.Options{})
	if err != nil {
		return nil, err
	}
	wire, err := impaired(namespace.TUN(), faults)
	if err != nil {
		return nil, errors.Join(err, namespace.Close())
	}
	host := netlab.New(netlab.Config{TCP: tcp.Config{MinRTO: 200 * time.Millisecond}})
	host.Attach("tun0", []netip.Prefix{netip.MustParsePrefix(stackAddr + "/24")}, wire)
	return behindTUN{netlabTUN{host}, namespace}, nil
}

// kernels is how fast a kernel sends to another through faults, in millions of octets a second: two namespaces whose
// TUNs are joined by this program.
func kernels(faults string, total int64) (float64, error) {
	a, err := netns.Start(netns.Options{Addrs: []netip.Prefix{netip.MustParsePrefix(kernelAddr + "/24")}})
	if err != nil {
		return 0, err
	}
	defer a.Close()
	b, err := netns.Start(netns.Options{Addrs: []netip.Prefix{netip.MustParsePrefix(stackAddr + "/24")}})
	if err != nil {
		return 0, err
	}
	defer b.Close()
	wire, err := impaired(a.TUN(), faults)
	if err != nil {
		return 0, err
	}
	var joined sync.WaitGroup
	defer joined.Wait()
	defer wire.Close()
	defer b.TUN().Close()
	joined.Go(func() { carry(wire, b.TUN()) })
	joined.Go(func() { carry(b.TUN(), wire) })

	received, answer, err := os.Pipe()
	if err != nil {
		return 0, err
	}
	defer received.Close()
	far := inNamespace(b, answer, "receive", net.JoinHostPort(stackAddr, strconv.Itoa(port)))
	near := inNamespace(a, nil, "send", net.JoinHostPort(stackAddr, strconv.Itoa(port)), strconv.FormatInt(total, 10))
	errNear, errFar := <-near, <-far
	answer.Close()
	var took struct{ Octets, Nanoseconds int64 }
	err = errors.Join(errNear, errFar, binary.Read(received, binary.BigEndian, &took))
	if err == nil && took.Octets != total {
		err = fmt.Errorf("%d of %d octets arrived", took.Octets, total)
	}
	return float64(total) * 1e3 / float64(took.Nanoseconds), err
}

// carry hands on what is read from one link to another until one of them ends.
func carry(from, to link.Link) {
	for {
		packets, err := from.Read()
		if err != nil || to.Write(packets) != nil {
			return
		}
	}
}

// dialKernel connects with CUBIC, which netlab uses too, whatever this machine's kernel prefers.
func dialKernel(address string) (net.Conn, error) {
	d := net.Dialer{Control: withCubic}
	for range 1000 {
		if c, err := d.DialContext(context.Background(), "tcp", address); err == nil {
			return c, nil
		}
		time.Sleep(5 * time.Millisecond)
	}
	return d.DialContext(context.Background(), "tcp", address)
}
