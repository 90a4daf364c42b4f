package main

import (
	"bufio"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"runtime/debug"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"netlab/ip"
	"netlab/netns"
	"netlab/service"
	netlab "netlab/stack"
	"netlab/tcp"
)

// Numbers of the soak, and where its parts meet.
const (
	soakConnections = 10_000
	soakRate        = 100_000 // SYNs a second
	soakFlood       = 5 * time.Second
	echoPort        = 7
	meetingPort     = 7001
)

// soakAddrs are the kernel's addresses: one has not ports enough for all connections.
func soakAddrs() []netip.Prefix {
	return []netip.Prefix{
		netip.MustParsePrefix("10.77.0.1/24"), netip.MustParsePrefix("10.77.0.3/24"), netip.MustParsePrefix("10.77.0.4/24"), netip.MustParsePrefix("10.77.0.5/24"),
	}
}

// soak exposes netlab, as netlab up starts it, to what a machine on the Internet meets: thousands of connections at once, a
// flood of SYNs from forged addresses, and scans. It prints what it measures.
func soak() error {
	n, err := netns.Start(netns.Options{Addrs: soakAddrs()})
	if err != nil {
		return err
	}
	defer n.Close()
	h := netlab.New(netlab.Config{TCP: tcp.Config{MinRTO: 200 * time.Millisecond}})
	h.Attach("tun0", []netip.Prefix{netip.MustParsePrefix(stackAddr + "/24")}, n.TUN())
	defer h.Close()
	if err := service.Serve(h, service.Options{}); err != nil {
		return err
	}
	for _, part := range []func(*netns.Namespace, *netlab.Host) error{soakMany, soakSYNs, soakScans} {
		if err := part(n, h); err != nil {
			return err
		}
	}
	return nil
}

// soakMany has thousands of connections open at once, each of which has carried something.
func soakMany(n *netns.Namespace, h *netlab.Host) error {
	l, err := h.Listen("tcp", ":"+strconv.Itoa(meetingPort))
	if err != nil {
		return err
	}
	defer l.Close()
	before, heapBefore := settled(), heap()
	start := time.Now()
	ended := inNamespace(n, nil, "hold", strconv.Itoa(soakConnections))
	c, err := l.Accept() // all are open
	if err != nil {
		return err
	}
	took, open := time.Since(start), len(h.Connections())
	during, heapDuring := settled(), heap()
	if err := c.Close(); err != nil {
		return err
	}
	if err := <-ended; err != nil {
		return err
	}
	fmt.Printf("%d connections at once (%d open): %.0f/s with an octet each way; resident %d KiB a connection, of it heap %.1f KiB; %d MiB before, %d MiB during, %d MiB after\n",
		soakConnections, open, soakConnections/took.Seconds(), (during-before)>>10/soakConnections, float64(heapDuring-heapBefore)/1024/soakConnections,
		before>>20, during>>20, settled()>>20)
	return nil
}

// soakSYNs floods a port, and connects to it meanwhile.
func soakSYNs(n *netns.Namespace, h *netlab.Host) error {
	before, received := settled(), counter(h, "packets received")
	start := time.Now()
	flooded := inNamespace(n, nil, "flood", strconv.Itoa(soakRate), soakFlood.String())
	peak, done := uint64(0), make(chan bool)
	go func() {
		defer close(done)
		for time.Since(start) < soakFlood {
			peak = max(peak, resident())
			time.Sleep(20 * time.Millisecond)
		}
	}()
	time.Sleep(time.Second / 2)
	slowest, answer, err := connectsTakeAtMost(n, 20)
	<-done
	if err = errors.Join(err, <-flooded); err != nil {
		return fmt.Errorf("%w %s", err, answer)
	}
	syns := counter(h, "packets received") - received
	fmt.Printf("SYN flood of %v, %.0f/s: the slowest of 20 connections took %v; %d MiB before, %d MiB at most, %d MiB after\n",
		soakFlood, float64(syns)/soakFlood.Seconds(), slowest, before>>20, peak>>20, settled()>>20)
	return nil
}

// kernelFlood sends SYNs from forged addresses, so many a second.
func kernelFlood(rate int, duration time.Duration) error {
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_RAW, unix.IPPROTO_RAW)
	if err != nil {
		return err
	}
	defer unix.Close(fd)
	to := netip.MustParseAddr(stackAddr)
	random := rand.New(rand.NewPCG(1, 2))
	start := time.Now()
	for sent := 0; time.Since(start) < duration; {
		for due := int(time.Since(start).Seconds() * float64(rate)); sent < due; sent++ {
			from := netip.AddrFrom4([4]byte{11, byte(random.Uint32()), byte(random.Uint32()), byte(random.Uint32())})
			syn := tcp.Segment{SrcPort: uint16(1024 + random.IntN(60000)), DstPort: echoPort, Seq: tcp.Seq(random.Uint32()), Flags: tcp.SYN, Window: 65535, Options: tcp.Options{MSS: 1460}}
			packet := make([]byte, 20+syn.HeaderLen())
			header := ip.Header{TotalLength: len(packet), TTL: 64, Protocol: ip.TCP, Src: from, Dst: to}
			header.Put(packet)
			syn.Put(packet[20:], from, to)
			// What the device's queue has no room for is lost, as it would be elsewhere.
			if err := unix.Sendto(fd, packet, 0, &unix.SockaddrInet4{Addr: to.As4()}); err != nil && !errors.Is(err, unix.ENOBUFS) {
				return err
			}
		}
		time.Sleep(time.Millisecond)
	}
	return nil
}

// connectsTakeAtMost is how long the slowest of some connections takes to carry an octet there and back.
func connectsTakeAtMost(n *netns.Namespace, count int) (time.Duration, string, error) {
	r, w, err := os.Pipe()
	if err != nil {
		return 0, "", err
	}
	defer r.Close()
	err = <-inNamespace(n, w, "connect", net.JoinHostPort(stackAddr, strconv.Itoa(echoPort)), strconv.Itoa(count))
	w.Close()
	answer, _ := io.ReadAll(r)
	if err != nil {
		return 0, string(answer), err
	}
	return time.Duration(binary.BigEndian.Uint64(answer)), "", nil
}

// soakScans lets nmap look for open ports in all the ways that it has, and for what system this is.
func soakScans(n *netns.Namespace, h *netlab.Host) error {
	if _, err := exec.LookPath("nmap"); err != nil {
		fmt.Println("scans: skipped:", err)
		return nil
	}
	for _, scan := range []string{"-sS -O", "-sA", "-sF", "-sN", "-sX"} {
		file, err := os.CreateTemp("", "nmap")
		if err != nil {
			return err
		}
		start := time.Now()
		args := append(strings.Fields("timeout 120 nmap -n -Pn -p 1-1000,5201 "+scan), stackAddr)
		code, err := n.Run(netns.Command{Args: args, Stdin: file, Stdout: file, Stderr: file})
		output, _ := os.ReadFile(file.Name())
		file.Close()
		os.Remove(file.Name())
		if err != nil || code != 0 {
			return fmt.Errorf("nmap %s: exit code %d: %w\n%s", scan, code, err, output)
		}
		slowest, _, err := connectsTakeAtMost(n, 5)
		if err != nil {
			return err
		}
		fmt.Printf("nmap %s: %.1f s; %d lines; connecting afterwards took %v\n", scan, time.Since(start).Seconds(), strings.Count(string(output), "\n"), slowest)
	}
	return nil
}

// counter is one of the host's counters.
func counter(h *netlab.Host, want string) (n uint64) {
	h.EachCounter(func(name string, value uint64) {
		if name == want {
			n = value
		}
	})
	return n
}

// settled is how much memory this process has, in octets, once what it does not need is given back.
func settled() uint64 {
	debug.FreeOSMemory()
	return resident()
}

// resident is how much memory this process has, in octets.
func resident() uint64 {
	f, err := os.Open("/proc/self/status")
	if err != nil {
		return 0
	}
	defer f.Close()
	for lines := bufio.NewScanner(f); lines.Scan(); {
		if fields := strings.Fields(lines.Text()); len(fields) == 3 && fields[0] == "VmRSS:" {
			kib, _ := strconv.ParseUint(fields[1], 10, 64)
			return kib << 10
		}
	}
	return 0
}

// kernelHold opens count connections to the echo service, sends an octet over each and holds them until the other side lets go.
func kernelHold(count int) error {
	addrs := soakAddrs()
	conns := make([]net.Conn, count)
	for i := range conns {
		d := net.Dialer{LocalAddr: &net.TCPAddr{IP: addrs[i%len(addrs)].Addr().AsSlice()}}
		c, err := d.Dial("tcp", net.JoinHostPort(stackAddr, strconv.Itoa(echoPort)))
		if err != nil {
			return fmt.Errorf("connection %d: %w", i, err)
		}
		conns[i] = c
		if err := there(c); err != nil {
			return fmt.Errorf("connection %d: %w", i, err)
		}
	}
	meeting, err := net.Dial("tcp", net.JoinHostPort(stackAddr, strconv.Itoa(meetingPort)))
	if err != nil {
		return err
	}
	_, _ = io.Copy(io.Discard, meeting)
	for i, c := range conns { // all still work
		if err := there(c); err != nil {
			return fmt.Errorf("connection %d, later: %w", i, err)
		}
		c.Close()
	}
	return nil
}

// there sends an octet there and back.
func there(c net.Conn) error {
	if err := c.SetDeadline(time.Now().Add(10 * time.Second)); err != nil {
		return err
	}
	if _, err := c.Write([]byte{1}); err != nil {
		return err
	}
	_, err := io.ReadFull(c, make([]byte, 1))
	return err
}

// kernelConnect connects count times, one after the other, and writes how long the slowest took, in nanoseconds.
func kernelConnect(address string, count int) error {
	slowest := time.Duration(0)
	for range count {
		start := time.Now()
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		var d net.Dialer
		c, err := d.DialContext(ctx, "tcp", address)
		cancel()
		if err == nil {
			err = there(c)
			c.Close()
		}
		if err != nil {
			return err
		}
		slowest = max(slowest, time.Since(start))
		time.Sleep(100 * time.Millisecond)
	}
	return binary.Write(os.Stdout, binary.BigEndian, int64(slowest))
}
