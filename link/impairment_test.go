package link

import (
	"encoding/binary"
	"hash/crc32"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func epoch() time.Time { return time.Unix(1_000_000, 0).UTC() }

// fate is a verdict in a form that tables can hold.
func fate(v Verdict) []int64 {
	f := []int64{int64(v.Copies)}
	for i := range v.Copies {
		f = append(f, int64(v.At[i].Sub(epoch())/time.Microsecond), int64(v.Corrupt[i]))
	}
	return f
}

func TestVerdictsAreTheSameOnEveryMachine(t *testing.T) {
	m := NewImpairment(Faults{
		Loss: 0.2, Reorder: 0.2, Duplicate: 0.2, Corrupt: 0.2,
		Delay: 20 * time.Millisecond, Jitter: 5 * time.Millisecond, Rate: 10_000_000,
	}, 7)
	sum := crc32.NewIEEE()
	var first [][]int64
	for i := range 10_000 {
		v := m.Offer(epoch().Add(time.Duration(i)*time.Millisecond), make([]byte, 40+i%1400))
		if i < 6 {
			first = append(first, fate(v))
		}
		for _, n := range fate(v) {
			_ = binary.Write(sum, binary.BigEndian, n)
		}
	}
	require.Equal(t, [][]int64{{1, 18423, -1}, {1, 18423, -1}, {1, 22039, -1}, {1, 29629, -1}, {1, 26774, -1}, {1, 26774, 322}}, first)
	require.Equal(t, uint32(0x2dcc1c13), sum.Sum32())
}

func TestPerfectLinkDeliversAtOnce(t *testing.T) {
	m := NewImpairment(Faults{}, 1)
	require.True(t, m.Perfect())
	for range 1000 {
		v := m.Offer(epoch(), make([]byte, 1500))
		require.Equal(t, Verdict{Copies: 1, At: [2]time.Time{epoch()}, Corrupt: [2]int{-1, -1}}, v)
	}
}

func TestProbabilitiesHold(t *testing.T) {
	const n = 100_000
	m := NewImpairment(Faults{Loss: 0.1, Reorder: 0.05, Duplicate: 0.02, Corrupt: 0.01}, 1)
	packet := make([]byte, 100)
	var lost, reordered, duplicated, corrupted, copies int
	for range n {
		v := m.Offer(epoch(), packet)
		if v.Copies == 0 {
			require.Equal(t, "loss 10%", v.Lost)
			lost++
			continue
		}
		copies += v.Copies
		if v.Copies == 2 {
			duplicated++
		}
		if v.Reordered {
			reordered++
		}
		for i := range v.Copies {
			if v.Corrupt[i] >= 0 {
				require.Less(t, v.Corrupt[i], 800)
				corrupted++
			}
		}
	}
	// The standard deviation of each share is below 0.001 of n.
	require.InDelta(t, 0.1, float64(lost)/n, 0.005)
	require.InDelta(t, 0.05*0.9, float64(reordered)/n, 0.004)
	require.InDelta(t, 0.02*0.9, float64(duplicated)/n, 0.003)
	require.InDelta(t, 0.01, float64(corrupted)/float64(copies), 0.002)
}

func TestCertaintyIsCertain(t *testing.T) {
	m := NewImpairment(Faults{Reorder: 1, Duplicate: 1, Corrupt: 1}, 1)
	bits := map[int]bool{}
	for range 200 {
		v := m.Offer(epoch(), make([]byte, 2))
		require.Equal(t, 2, v.Copies)
		require.True(t, v.Reordered)
		bits[v.Corrupt[0]], bits[v.Corrupt[1]] = true, true
	}
	require.Len(t, bits, 16, "every bit of the packet has its turn")
	m.Set(Faults{Loss: 1})
	for range 200 {
		require.Zero(t, m.Offer(epoch(), nil).Copies)
	}
}

// A student who switches loss on wants to see the same packets lost whatever else is on.
func TestFaultsDoNotShiftEachOthersLuck(t *testing.T) {
	alone := NewImpairment(Faults{Loss: 0.3}, 5)
	among := NewImpairment(Faults{Loss: 0.3, Duplicate: 0.5, Corrupt: 0.5, Reorder: 0.5, Jitter: time.Second, Rate: 1e9}, 5)
	switched := NewImpairment(Faults{}, 5)
	for i := range 1000 {
		if i == 500 {
			switched.Set(Faults{Loss: 0.3})
		}
		a := alone.Offer(epoch(), make([]byte, 20)).Copies == 0
		b := among.Offer(epoch(), make([]byte, 20)).Copies == 0
		c := switched.Offer(epoch(), make([]byte, 20)).Copies == 0
		require.Equal(t, a, b, "packet %d", i)
		if i >= 500 {
			require.Equal(t, a, c, "packet %d", i)
		}
	}
}

func TestJitterStaysInBoundsAndInOrder(t *testing.T) {
	m := NewImpairment(Faults{Delay: 20 * time.Millisecond, Jitter: 5 * time.Millisecond}, 3)
	var previous time.Time
	var least, most time.Duration = time.Hour, 0
	for i := range 10_000 {
		now := epoch().Add(time.Duration(i) * time.Millisecond)
		at := m.Offer(now, nil).At[0]
		require.False(t, at.Before(previous), "packet %d overtakes", i)
		previous = at
		least, most = min(least, at.Sub(now)), max(most, at.Sub(now))
	}
	require.GreaterOrEqual(t, least, 15*time.Millisecond)
	require.LessOrEqual(t, most, 25*time.Millisecond)
	require.Greater(t, most-least, 8*time.Millisecond)
}

func TestJitterLargerThanDelay(t *testing.T) {
	m := NewImpairment(Faults{Jitter: time.Second}, 3)
	for range 1000 {
		require.False(t, m.Offer(epoch(), nil).At[0].Before(epoch()), "a packet arrives before it was sent")
	}
}

func TestReorderedPacketIsOvertaken(t *testing.T) {
	m := NewImpairment(Faults{Delay: 50 * time.Millisecond, Reorder: 1}, 1)
	held := m.Offer(epoch(), make([]byte, 1500))
	m.Set(Faults{Delay: 50 * time.Millisecond})
	next := m.Offer(epoch().Add(time.Millisecond), make([]byte, 1500))
	require.True(t, held.Reordered)
	require.Equal(t, 60*time.Millisecond, held.At[0].Sub(epoch()))
	require.Equal(t, 51*time.Millisecond, next.At[0].Sub(epoch()), "the next does not wait for it")

	// At 1 Mbit/s 1,500 octets take 12 ms: four of them overtake.
	m = NewImpairment(Faults{Rate: 1_000_000, Reorder: 1}, 1)
	require.Equal(t, (12+48)*time.Millisecond, m.Offer(epoch(), make([]byte, 1500)).At[0].Sub(epoch()))
}

func TestRateSpacesPacketsAndDropsAtTheTail(t *testing.T) {
	m := NewImpairment(Faults{Rate: 1_000_000, Queue: 2}, 1)
	packet := make([]byte, 125) // 1 ms
	for _, want := range []time.Duration{1, 2, 3} {
		require.Equal(t, want*time.Millisecond, m.Offer(epoch(), packet).At[0].Sub(epoch()))
	}
	require.Equal(t, "queue full", m.Offer(epoch(), packet).Lost, "one is on the wire and two wait")

	later := epoch().Add(time.Millisecond)
	require.Equal(t, 4*time.Millisecond, m.Offer(later, packet).At[0].Sub(epoch()))
	require.Equal(t, "queue full", m.Offer(later, packet).Lost)

	idle := epoch().Add(time.Second)
	require.Equal(t, time.Millisecond, m.Offer(idle, packet).At[0].Sub(idle), "an idle wire sends at once")
}

func TestRateIsRoundedUp(t *testing.T) {
	m := NewImpairment(Faults{Rate: 3_000_000_000}, 1)
	require.Equal(t, 3*time.Nanosecond, m.Offer(epoch(), []byte{0}).At[0].Sub(epoch()))
}

func TestClearingTheRateForgetsItsQueue(t *testing.T) {
	m := NewImpairment(Faults{Rate: 8, Delay: time.Second}, 1) // an octet a second
	require.Equal(t, 101*time.Second, m.Offer(epoch(), make([]byte, 100)).At[0].Sub(epoch()))
	m.Set(Faults{})
	require.Equal(t, epoch(), m.Offer(epoch(), make([]byte, 100)).At[0])
}

func TestDropByHand(t *testing.T) {
	even := func(p []byte) bool { return p[0]%2 == 0 }
	for _, c := range []struct {
		name  string
		order func(*Impairment)
		lost  []int
	}{
		{"next", func(m *Impairment) { m.DropNext(1, nil) }, []int{0}},
		{"next twice", func(m *Impairment) { m.DropNext(1, nil); m.DropNext(1, nil) }, []int{0, 1}},
		{"next three", func(m *Impairment) { m.DropNext(3, nil) }, []int{0, 1, 2}},
		{"next two even", func(m *Impairment) { m.DropNext(2, even) }, []int{0, 2}},
		{"third even", func(m *Impairment) { m.DropNth(3, even) }, []int{4}},
		{"first and third", func(m *Impairment) { m.DropNth(1, nil); m.DropNth(3, nil) }, []int{0, 2}},
	} {
		t.Run(c.name, func(t *testing.T) {
			m := NewImpairment(Faults{}, 1)
			c.order(m)
			require.False(t, m.Perfect())
			var lost []int
			for i := range 8 {
				if v := m.Offer(epoch(), []byte{byte(i)}); v.Copies == 0 {
					require.Equal(t, "dropped by hand", v.Lost)
					lost = append(lost, i)
				}
			}
			require.Equal(t, c.lost, lost)
			require.True(t, m.Perfect(), "the order is used up")
		})
	}
}

func TestOfferAllocatesNothing(t *testing.T) {
	m := NewImpairment(Faults{Loss: 0.1, Rate: 1e9, Duplicate: 0.1, Jitter: time.Second}, 1)
	packet := make([]byte, 1500)
	for range 2000 {
		m.Offer(epoch(), packet)
	}
	require.Zero(t, testing.AllocsPerRun(1000, func() { m.Offer(epoch(), packet) }))
}

func BenchmarkOffer(b *testing.B) {
	m := NewImpairment(Faults{Loss: 0.1, Delay: time.Second}, 1)
	packet := make([]byte, 1500)
	now := epoch()
	b.ReportAllocs()
	for b.Loop() {
		m.Offer(now, packet)
	}
}

// A link that is down carries nothing, and when it is up again the luck of later packets is what it would have been.
func TestLinkThatIsDown(t *testing.T) {
	f := Faults{Loss: 0.5, Rate: 1_000_000, Delay: time.Millisecond}
	cut, whole := NewImpairment(f, 3), NewImpairment(f, 3)
	for i := range 300 {
		at := epoch().Add(time.Duration(i) * time.Second)
		switch i {
		case 100:
			f.Down = true
			cut.Set(f)
		case 200:
			f.Down = false
			cut.Set(f)
		}
		v, w := cut.Offer(at, make([]byte, 100)), whole.Offer(at, make([]byte, 100))
		if i >= 100 && i < 200 {
			require.Zero(t, v.Copies)
			require.Equal(t, "link down", v.Lost)
			continue
		}
		require.Equal(t, w, v)
	}
}
