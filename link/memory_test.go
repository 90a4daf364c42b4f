package link

import (
	"encoding/binary"
	"io"
	"sync"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/require"
)

func TestMemoryCarriesBothWays(t *testing.T) {
	a, b := Memory(1500)
	require.Equal(t, 1500, a.MTU())
	buffer := []byte{1, 2, 3}
	require.NoError(t, a.Write([]Packet{{Octets: buffer, Packet: 4, Cause: 5}, {Octets: []byte{}}}))
	buffer[0] = 9 // the link kept nothing of it
	require.NoError(t, b.Write([]Packet{{Octets: []byte{6}}}))

	got, err := b.Read()
	require.NoError(t, err)
	require.Equal(t, []Packet{{Octets: []byte{1, 2, 3}, Packet: 4, Cause: 5}, {Octets: []byte{}}}, got)
	got, err = a.Read()
	require.NoError(t, err)
	require.Equal(t, []Packet{{Octets: []byte{6}}}, got)
}

func TestMemoryBatchIsValidUntilTheNextRead(t *testing.T) {
	a, b := Memory(1500)
	require.NoError(t, a.Write([]Packet{{Octets: []byte{1}}}))
	got, err := b.Read()
	require.NoError(t, err)
	for i := range 100 {
		require.NoError(t, a.Write([]Packet{{Octets: []byte{byte(i + 2)}}}))
	}
	require.Equal(t, []byte{1}, got[0].Octets)
	got, err = b.Read()
	require.NoError(t, err)
	require.Len(t, got, 100)
	require.Equal(t, []byte{2}, got[0].Octets)
	require.Equal(t, []byte{101}, got[99].Octets)
}

func TestMemoryDropsWhatDoesNotFit(t *testing.T) {
	a, b := Memory(100)
	require.NoError(t, a.Write([]Packet{{Octets: make([]byte, 101)}, {Octets: make([]byte, 100)}}))
	require.Equal(t, uint64(1), a.Dropped())
	require.NoError(t, a.Write(make([]Packet, memoryQueue)))
	require.Equal(t, uint64(2), a.Dropped())
	require.Zero(t, b.Dropped())
	got, err := b.Read()
	require.NoError(t, err)
	require.Len(t, got, memoryQueue)
}

func TestMemoryClose(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a, b := Memory(100)
		ended := make(chan error)
		go func() {
			_, err := a.Read()
			ended <- err
		}()
		synctest.Wait() // the reader waits
		require.NoError(t, a.Write([]Packet{{Octets: []byte{1}}}))
		require.NoError(t, b.Close())
		require.Equal(t, io.EOF, <-ended)
		require.Equal(t, ErrClosed, a.Write([]Packet{{}}))
		got, err := b.Read()
		require.NoError(t, err, "what had been written arrives")
		require.Len(t, got, 1)
		_, err = b.Read()
		require.Equal(t, io.EOF, err)
		require.NoError(t, b.Close())
	})
}

func TestMemoryWithManyWriters(t *testing.T) {
	const writers, each = 4, 5000
	a, b := Memory(64)
	var next [writers]uint64
	total := uint64(0)
	done := make(chan error)
	go func() {
		for {
			packets, err := b.Read()
			if err != nil {
				done <- nil
				return
			}
			for _, p := range packets {
				w, n := p.Octets[0], binary.BigEndian.Uint64(p.Octets[1:])
				if n < next[w] {
					done <- io.ErrUnexpectedEOF // a packet came twice, or out of order
					return
				}
				next[w] = n + 1
				total++
			}
		}
	}()
	var all sync.WaitGroup
	for w := range writers {
		all.Go(func() {
			octets := make([]byte, 9)
			octets[0] = byte(w)
			for n := range uint64(each) {
				binary.BigEndian.PutUint64(octets[1:], n)
				_ = a.Write([]Packet{{Octets: octets}})
			}
		})
	}
	all.Wait()
	require.NoError(t, a.Close())
	require.NoError(t, <-done)
	require.Equal(t, uint64(writers*each), total+a.Dropped())
}

func TestMemoryAllocatesNothing(t *testing.T) {
	a, b := Memory(1500)
	packets := make([]Packet, 32)
	for i := range packets {
		packets[i].Octets = make([]byte, 1500)
	}
	carry := func() {
		_ = a.Write(packets)
		_, _ = b.Read()
	}
	carry()
	carry()
	require.Zero(t, testing.AllocsPerRun(100, carry))
}

func BenchmarkMemory(b *testing.B) {
	for _, batch := range []int{1, 32} {
		b.Run(map[int]string{1: "one by one", 32: "32 at a time"}[batch], func(b *testing.B) {
			x, y := Memory(1500)
			packets := make([]Packet, batch)
			for i := range packets {
				packets[i].Octets = make([]byte, 1500)
			}
			b.SetBytes(int64(1500 * batch))
			b.ReportAllocs()
			for b.Loop() {
				_ = x.Write(packets)
				_, _ = y.Read()
			}
			b.ReportMetric(float64(b.N*batch)/b.Elapsed().Seconds(), "packets/s")
		})
	}
}
