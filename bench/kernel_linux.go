package main

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strconv"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// kernel is what this program does in the namespace that it made, as "bench kernel …": it is the application
// behind the kernel's own TCP.
//
//	send ADDRESS N     connects, sends N octets and waits until the other side closes
//	udp ADDRESS N      sends N datagrams from eight sockets, each the next when its last was answered
//	hold N             opens N connections to the echo service and holds them
//	connects ADDRESS N connects and closes N times, eight at once, and writes how long it took in nanoseconds
//	pingpong ADDRESS N sends an octet there and back N times, and writes the same
//	flood RATE TIME    sends SYNs from forged addresses, RATE a second
//	connect ADDRESS N  connects N times and writes how long that took at most
//	receive ADDRESS    accepts a connection, reads to its end and answers how many octets there were; on its standard
//	                   output it says that too, and how long it took in nanoseconds
func kernel(args []string) error {
	switch {
	case len(args) == 3 && args[0] == "send":
		n, err := strconv.ParseInt(args[2], 10, 64)
		if err != nil {
			return err
		}
		return kernelSend(args[1], n)
	case len(args) == 2 && args[0] == "receive":
		return kernelReceive(args[1])
	case len(args) == 2 && args[0] == "hold":
		n, err := strconv.Atoi(args[1])
		if err != nil {
			return err
		}
		return kernelHold(n)
	case len(args) == 3 && (args[0] == "connects" || args[0] == "pingpong"):
		n, err := strconv.Atoi(args[2])
		if err != nil {
			return err
		}
		return kernelTimed(args[0], args[1], n)
	case len(args) == 3 && args[0] == "flood":
		rate, err := strconv.Atoi(args[1])
		if err != nil {
			return err
		}
		duration, err := time.ParseDuration(args[2])
		if err != nil {
			return err
		}
		return kernelFlood(rate, duration)
	case len(args) == 3 && args[0] == "connect":
		n, err := strconv.Atoi(args[2])
		if err != nil {
			return err
		}
		return kernelConnect(args[1], n)
	case len(args) == 3 && args[0] == "udp":
		n, err := strconv.Atoi(args[2])
		if err != nil {
			return err
		}
		return kernelUDP(args[1], n)
	}
	return fmt.Errorf("no such command: %q", args)
}

func kernelSend(address string, n int64) error {
	c, err := dialKernel(address)
	if err != nil {
		return err
	}
	defer c.Close()
	if err := sendAll(c, n); err != nil {
		return err
	}
	_, err = io.Copy(io.Discard, c)
	return err
}

func kernelUDP(address string, n int) error {
	const sockets = 8
	results := make(chan error, sockets)
	for range sockets {
		go func() { results <- kernelPingPong(address, n/sockets) }()
	}
	var err error
	for range sockets {
		err = errors.Join(err, <-results)
	}
	return err
}

// kernelPingPong sends n datagrams. The stack counts what arrives: one that is lost would make it wait for ever, so it is an
// error.
func kernelPingPong(address string, n int) error {
	c, err := net.Dial("udp", address)
	if err != nil {
		return err
	}
	defer c.Close()
	b := make([]byte, 64)
	for range n {
		if _, err := c.Write(b); err != nil {
			return err
		}
		if err := c.SetReadDeadline(time.Now().Add(10 * time.Second)); err != nil {
			return err
		}
		if _, err := c.Read(b); err != nil {
			return err
		}
	}
	return nil
}

// toKernelsPeer connects the kernel to the stack: the other side of a stack that the workloads know.
type toKernelsPeer struct {
	stack
	address string
}

func (k toKernelsPeer) dial(int) (net.Conn, error) { return net.Dial("tcp", k.address) }

func kernelTimed(what, address string, count int) error {
	start := time.Now()
	if what == "connects" {
		if _, err := connectMany(toKernelsPeer{address: address}, count, func(net.Conn) error { return nil }); err != nil {
			return err
		}
	} else {
		c, err := net.Dial("tcp", address)
		if err != nil {
			return err
		}
		defer c.Close()
		start = time.Now()
		for b := make([]byte, 1); count > 0; count-- {
			if _, err := c.Write(b); err != nil {
				return err
			}
			if _, err := io.ReadFull(c, b); err != nil {
				return err
			}
		}
	}
	return binary.Write(os.Stdout, binary.BigEndian, time.Since(start).Nanoseconds())
}

func kernelReceive(address string) error {
	l, err := net.Listen("tcp", address)
	if err != nil {
		return err
	}
	c, err := l.Accept()
	if err != nil {
		return err
	}
	defer c.Close()
	start := time.Now()
	n, err := receiveAll(c)
	if err != nil {
		return err
	}
	took := time.Since(start).Nanoseconds()
	return errors.Join(binary.Write(c, binary.BigEndian, n), binary.Write(os.Stdout, binary.BigEndian, [2]int64{n, took}))
}

// runKernel runs this program as "bench kernel …" if it was started as that, and then does not return.
func runKernel() {
	if len(os.Args) < 2 || os.Args[1] != "kernel" {
		return
	}
	if err := kernel(os.Args[2:]); err != nil {
		fmt.Fprintln(os.Stderr, "bench kernel:", err)
		os.Exit(1)
	}
	os.Exit(0)
}

// withCubic sets a socket's congestion control.
func withCubic(_, _ string, c syscall.RawConn) error {
	var err error
	if controlErr := c.Control(func(fd uintptr) {
		err = unix.SetsockoptString(int(fd), unix.IPPROTO_TCP, unix.TCP_CONGESTION, "cubic")
	}); controlErr != nil {
		return controlErr
	}
	return err
}
