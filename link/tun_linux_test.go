package link_test

import (
	"io"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"netlab/link"
	"netlab/netns"
)

// TestMain is also what the holder of a namespace runs, and the program that floods the TUN from inside.
func TestMain(m *testing.M) {
	netns.Hold()
	if count := os.Getenv("LINK_FLOOD"); count != "" {
		flood(count)
	}
	_ = os.Setenv("GORACE", "atexit_sleep_ms=0") // or each process ends a second late under -race
	os.Exit(m.Run())
}

// flood sends datagrams of 1,472 octets, which fill packets of 1,500. Each holds its number.
func flood(count string) {
	n, err := strconv.Atoi(count)
	if err != nil {
		os.Exit(2)
	}
	c, err := net.Dial("udp", "10.77.0.2:9")
	if err != nil {
		os.Exit(1)
	}
	data := make([]byte, 1472)
	for i := range n {
		data[0], data[1] = byte(i>>8), byte(i)
		_, _ = c.Write(data)
	}
	os.Exit(0)
}

func openTUN(t testing.TB) (*netns.Namespace, *link.TUN) {
	for _, f := range netns.Check() {
		if f.Problem != nil {
			t.Skip(f.Problem)
		}
	}
	n, err := netns.Start(netns.Options{})
	require.NoError(t, err)
	t.Cleanup(func() { _ = n.Close() })
	return n, n.TUN()
}

func runFlood(n *netns.Namespace, count int) error {
	_, err := n.Run(netns.Command{
		Args: []string{"/proc/self/exe"}, Env: append(os.Environ(), "LINK_FLOOD="+strconv.Itoa(count)),
	})
	return err
}

func TestTUNReadsInBatches(t *testing.T) {
	const count = 1000 // fewer than the device's queue holds
	n, tun := openTUN(t)
	require.Equal(t, "netlab0", tun.Name())
	require.Equal(t, 1500, tun.MTU())
	require.NoError(t, runFlood(n, count)) // all of it waits in the device now
	reads := 0
	for i := 0; i < count; reads++ {
		packets, err := tun.Read()
		require.NoError(t, err)
		for _, p := range packets {
			require.Len(t, p.Octets, 1500)
			require.Equal(t, []byte{0x45}, p.Octets[:1])
			require.Equal(t, []byte{byte(i >> 8), byte(i)}, p.Octets[28:30])
			i++
		}
	}
	require.Less(t, reads, count/30)
}

func TestTUNCountsWhatTheKernelDoesNotTake(t *testing.T) {
	_, tun := openTUN(t)
	require.NoError(t, tun.Write([]link.Packet{
		{Octets: make([]byte, 1501)}, // above the MTU
		{Octets: []byte{0x00}},       // neither IPv4 nor IPv6
		{},
	}))
	require.Equal(t, uint64(3), tun.Dropped())
}

func TestTUNClosedWhileReading(t *testing.T) {
	_, tun := openTUN(t)
	ended := make(chan error, 1)
	go func() {
		_, err := tun.Read()
		ended <- err
	}()
	require.NoError(t, tun.Close())
	require.Equal(t, io.EOF, <-ended)
	require.Equal(t, link.ErrClosed, tun.Write([]link.Packet{{Octets: []byte{1}}}))
}

func TestTUNAllocatesNothing(t *testing.T) {
	_, tun := openTUN(t)
	packets := []link.Packet{{Octets: icmpEcho()}}
	exchange := func() {
		_ = tun.Write(packets)
		_, _ = tun.Read()
	}
	require.Zero(t, testing.AllocsPerRun(100, exchange))
}

// icmpEcho is an echo request from 10.77.0.2 to 10.77.0.1, which the kernel answers.
func icmpEcho() []byte {
	return []byte{
		0x45, 0, 0, 28, 0, 1, 0, 0, 64, 1, 0x66, 0x44, 10, 77, 0, 2, 10, 77, 0, 1,
		8, 0, 0xf7, 0xff, 0, 0, 0, 0,
	}
}

func TestKernelAnswersOverTheTUN(t *testing.T) {
	_, tun := openTUN(t)
	require.NoError(t, tun.Write([]link.Packet{{Octets: icmpEcho()}}))
	packets, err := tun.Read()
	require.NoError(t, err)
	require.Len(t, packets, 1)
	require.Equal(t, []byte{10, 77, 0, 1, 10, 77, 0, 2, 0, 0, 0, 0}, packets[0].Octets[12:24])
}

func TestOpenTUNThatFailsLeavesNoDescriptor(t *testing.T) {
	if f, err := os.OpenFile("/dev/net/tun", os.O_RDWR, 0); err != nil {
		t.Skip(err)
	} else {
		require.NoError(t, f.Close())
	}
	before := tunDescriptors()
	_, err := link.OpenTUN("not/a/name", 1500)
	require.Error(t, err)
	require.Equal(t, before, tunDescriptors())
	_, err = link.OpenTUN("a-name-too-long-", 1500)
	require.EqualError(t, err, `link: the device name "a-name-too-long-" is longer than 15 octets`)
}

func TestTUNFromFileRefusesOtherFiles(t *testing.T) {
	f, err := os.Open(os.DevNull)
	require.NoError(t, err)
	defer func() { _ = f.Close() }()
	_, err = link.TUNFromFile(f, 1500)
	require.ErrorContains(t, err, "is no TUN descriptor")
}

func tunDescriptors() int {
	links, _ := filepath.Glob("/proc/self/fd/*")
	n := 0
	for _, l := range links {
		if target, _ := os.Readlink(l); strings.HasPrefix(target, "/dev/net/tun") {
			n++
		}
	}
	return n
}

// BenchmarkTUNRead reads full packets that a program in the namespace sends as fast as it can.
func BenchmarkTUNRead(b *testing.B) {
	n, tun := openTUN(b)
	done := make(chan error, 1)
	go func() { done <- runFlood(n, 1<<40) }()
	b.SetBytes(1500)
	b.ReportAllocs()
	b.ResetTimer()
	for left := b.N; left > 0; {
		packets, err := tun.Read()
		if err != nil {
			b.Fatal(err)
		}
		left -= len(packets)
	}
	b.StopTimer()
	_ = n.Close()
	<-done
}

// BenchmarkTUNWrite writes full packets that the kernel has to throw away: their header's checksum is wrong.
func BenchmarkTUNWrite(b *testing.B) {
	_, tun := openTUN(b)
	octets := make([]byte, 1500)
	copy(octets, icmpEcho()[:20])
	octets[2], octets[3] = 1500>>8, 1500&0xff
	packets := make([]link.Packet, 32)
	for i := range packets {
		packets[i].Octets = octets
	}
	b.SetBytes(1500)
	b.ReportAllocs()
	b.ResetTimer()
	for i := 0; i < b.N; i += len(packets) {
		if err := tun.Write(packets); err != nil {
			b.Fatal(err)
		}
	}
}
