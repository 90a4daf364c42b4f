package link

import (
	"fmt"
	"io"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"netlab/trace"
)

// impaired returns an impaired link, the other end of the cable under it, and what was traced.
func impaired(t *testing.T) (near *Impaired, far *Cable, told *[]string) {
	a, b := Memory(1500)
	told = &[]string{}
	n := trace.ID(0)
	tracer := trace.New("", func(e trace.Event) trace.ID {
		n++
		*told = append(*told, fmt.Sprintf("%d %s%s %s: %s [packet %d, cause %d, octets %x]", n, e.Kind, e.Host, e.Link, e.Text(), e.Packet, e.Cause, e.Octets))
		return n
	})
	near = Impair(a, ImpairOptions{Ways: [2]string{"h1>kernel", "kernel>h1"}, Seed: 1, Trace: tracer, Outside: " by kernel"})
	t.Cleanup(func() { _ = near.Close() })
	return near, b, told
}

func numbered(n int) []Packet {
	p := make([]Packet, n)
	for i := range p {
		p[i].Octets = []byte{byte(i)}
	}
	return p
}

func octets(packets []Packet) []byte {
	var all []byte
	for _, p := range packets {
		all = append(all, p.Octets...)
	}
	return all
}

// collect reads l until it ends.
func collect(l Link) <-chan []byte {
	result := make(chan []byte, 1)
	go func() {
		var all []byte
		for {
			packets, err := l.Read()
			if err != nil {
				result <- all
				return
			}
			all = append(all, octets(packets)...)
		}
	}()
	return result
}

func TestImpairedWithoutFaultsHandsThrough(t *testing.T) {
	near, far, told := impaired(t)
	require.Equal(t, 1500, near.MTU())
	require.NoError(t, near.Write(numbered(3)))
	got, err := far.Read()
	require.NoError(t, err)
	require.Equal(t, []byte{0, 1, 2}, octets(got))
	require.NoError(t, far.Write(numbered(3)))
	got, err = near.Read()
	require.NoError(t, err)
	require.Equal(t, []byte{0, 1, 2}, octets(got))
	require.Empty(t, *told)

	packets := numbered(8)
	carry := func() {
		_ = near.Write(packets)
		_, _ = far.Read()
		_ = far.Write(packets)
		_, _ = near.Read()
	}
	carry()
	require.Zero(t, testing.AllocsPerRun(100, carry))
}

func TestImpairedDropsByHandEitherWay(t *testing.T) {
	near, far, told := impaired(t)
	near.DropNext(Toward, 1, nil)
	near.DropNth(From, 2, nil)
	out := numbered(3)
	out[0].Packet, out[0].Cause = 40, 41
	require.NoError(t, near.Write(out))
	got, err := far.Read()
	require.NoError(t, err)
	require.Equal(t, []byte{1, 2}, octets(got))
	require.NoError(t, far.Write(numbered(3)))
	got, err = near.Read()
	require.NoError(t, err)
	require.Equal(t, []byte{0, 2}, octets(got))
	require.Equal(t, trace.ID(4), got[0].Packet, "named by its sending outside")
	require.Equal(t, []string{
		"1 fault h1>kernel: is told to drop the next 1 packets of a kind [packet 0, cause 0, octets ]",
		"2 fault kernel>h1: is told to drop packet 2 of a kind from now on [packet 0, cause 0, octets ]",
		"3 lost h1>kernel: is lost: dropped by hand [packet 40, cause 41, octets 00]",
		"4 sent by kernel kernel>h1: sends a packet of 1 octets [packet 0, cause 0, octets 00]",
		"5 sent by kernel kernel>h1: sends a packet of 1 octets [packet 0, cause 0, octets 01]",
		"6 lost kernel>h1: is lost: dropped by hand [packet 5, cause 5, octets 01]",
		"7 sent by kernel kernel>h1: sends a packet of 1 octets [packet 0, cause 0, octets 02]",
	}, *told)
	sent, lost := near.Counts(Toward)
	require.Equal(t, [2]uint64{3, 1}, [2]uint64{sent, lost})
}

func TestImpairedDuplicatesAndCorrupts(t *testing.T) {
	near, far, told := impaired(t)
	near.SetFaults(Toward, Faults{Duplicate: 1, Corrupt: 1})
	original := []byte{0, 0}
	require.NoError(t, near.Write([]Packet{{Octets: original, Packet: 7, Cause: 8}}))
	require.Equal(t, []byte{0, 0}, original, "the sender's octets stay as they are")
	got, err := far.Read()
	require.NoError(t, err)
	require.Len(t, got, 2)
	for _, p := range got {
		require.NotEqual(t, original, p.Octets)
		require.Equal(t, trace.ID(7), p.Packet)
	}
	require.Equal(t, "1 fault h1>kernel: now has these faults: dup=100%,corrupt=100% [packet 0, cause 0, octets ]", (*told)[0])
	require.Regexp(t, `^2 corrupted h1>kernel: is damaged: bit \d of octet \d is flipped \[packet 7, cause 8, octets .{4}\]$`, (*told)[1])
	require.Equal(t, "3 duplicated h1>kernel: arrives twice: the link makes a second copy [packet 7, cause 8, octets 0000]", (*told)[2])
	require.Regexp(t, `^4 corrupted .* \[packet 7, cause 3, `, (*told)[3])
	require.Equal(t, trace.ID(2), got[0].Cause)
	require.Equal(t, trace.ID(4), got[1].Cause)
}

func TestImpairedDelaysBothWays(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		near, far, _ := impaired(t)
		near.SetFaults(Toward, Faults{Delay: 20 * time.Millisecond})
		near.SetFaults(From, Faults{Delay: 30 * time.Millisecond})
		start := time.Now()
		require.NoError(t, near.Write(numbered(2)))
		got, err := far.Read()
		require.NoError(t, err)
		require.Equal(t, []byte{0, 1}, octets(got))
		require.Equal(t, 20*time.Millisecond, time.Since(start))

		start = time.Now()
		require.NoError(t, far.Write(numbered(2)))
		got, err = near.Read()
		require.NoError(t, err)
		require.Equal(t, []byte{0, 1}, octets(got))
		require.Equal(t, 30*time.Millisecond, time.Since(start))

		near.SetFaults(From, Faults{}) // read through the delay line still, and at once
		start = time.Now()
		require.NoError(t, far.Write(numbered(2)))
		got, err = near.Read()
		require.NoError(t, err)
		require.Equal(t, []byte{0, 1}, octets(got))
		require.Zero(t, time.Since(start))
		require.NoError(t, near.Close())
		_, err = near.Read()
		require.Equal(t, io.EOF, err)
	})
}

func TestImpairedReorders(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		near, far, told := impaired(t)
		near.SetFaults(Toward, Faults{Reorder: 1})
		require.NoError(t, near.Write(numbered(1)))
		near.SetFaults(Toward, Faults{})
		require.NoError(t, near.Write([]Packet{{Octets: []byte{9}}}))
		got := collect(far)
		time.Sleep(time.Second) // of the test's own clock
		require.NoError(t, near.Close())
		require.Equal(t, []byte{9, 0}, <-got)
		require.Contains(t, (*told)[1], "reordered h1>kernel: is held back so that later packets overtake it")
	})
}

// Neither jitter nor the two ways into the far end (at once, and through the delay line) change the order.
func TestImpairedKeepsOrder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		near, far, _ := impaired(t)
		near.SetFaults(Toward, Faults{Delay: 5 * time.Millisecond, Jitter: 4 * time.Millisecond, Rate: 1_000_000})
		got := collect(far)
		for i, p := range numbered(200) {
			if i == 100 {
				near.SetFaults(Toward, Faults{Delay: 5 * time.Millisecond, Jitter: 4 * time.Millisecond, Rate: 1_000_000, Queue: 500})
			}
			require.NoError(t, near.Write([]Packet{p}))
		}
		time.Sleep(time.Second)
		require.NoError(t, near.Close())
		require.Equal(t, octets(numbered(200)), <-got)
	})
}

func TestImpairedCloseEndsReadersAndGoroutines(t *testing.T) {
	synctest.Test(t, func(t *testing.T) { // which fails if a goroutine is left
		near, far, _ := impaired(t)
		near.SetFaults(Toward, Faults{Delay: time.Hour})
		near.SetFaults(From, Faults{Delay: time.Hour})
		require.NoError(t, near.Write(numbered(1)))
		require.NoError(t, far.Write(numbered(1)))
		got := collect(near)
		synctest.Wait()
		require.NoError(t, near.Close())
		require.Empty(t, <-got)
		require.Equal(t, ErrClosed, near.Write(numbered(1)))
		near.SetFaults(Toward, Faults{})
		require.Equal(t, ErrClosed, near.Write(numbered(1)))
	})
}

func TestImpairedHoldsABoundedNumberOfPackets(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		near, far, told := impaired(t)
		near.SetFaults(Toward, Faults{Delay: time.Second})
		require.NoError(t, near.Write(make([]Packet, maxUnderway+1)))
		require.Len(t, *told, 2)
		require.Contains(t, (*told)[1], "lost h1>kernel: is lost: queue full")
		_, lost := near.Counts(Toward)
		require.Equal(t, uint64(1), lost)
		require.NoError(t, far.Close())
		_ = near.Close()
	})
}
