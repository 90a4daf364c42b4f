package stack

import (
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
)

func TestRealCondWaitEndsAtItsTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var mu sync.Mutex
		cond := Real().NewCond(&mu)
		start := time.Now()
		mu.Lock()
		cond.Wait(start.Add(3 * time.Second))
		mu.Unlock()
		require.Equal(t, 3*time.Second, time.Since(start))
	})
}

func TestRealCondWaitInThePastReturns(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var mu sync.Mutex
		cond := Real().NewCond(&mu)
		start := time.Now()
		mu.Lock()
		cond.Wait(start.Add(-time.Hour))
		mu.Unlock()
		require.Zero(t, time.Since(start))
	})
}

func TestRealCondBroadcastWakesAll(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var mu sync.Mutex
		cond := Real().NewCond(&mu)
		woken := 0
		for i := range 3 {
			go func() {
				mu.Lock()
				defer mu.Unlock()
				var until time.Time
				if i == 0 {
					until = time.Now().Add(time.Hour)
				}
				cond.Wait(until)
				woken++
			}()
		}
		synctest.Wait()
		mu.Lock()
		require.Zero(t, woken)
		cond.Broadcast()
		mu.Unlock()
		synctest.Wait()
		require.Equal(t, 3, woken)
	})
}

func TestRealAlarm(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		var at []time.Duration
		alarm := Real().NewAlarm(func() { at = append(at, time.Since(start)) })
		alarm.Set(time.Time{}) // never set before: nothing to stop

		alarm.Set(start.Add(5 * time.Second))
		alarm.Set(start.Add(2 * time.Second)) // the last Set counts
		time.Sleep(10 * time.Second)
		synctest.Wait()
		require.Equal(t, []time.Duration{2 * time.Second}, at)

		alarm.Set(time.Now().Add(time.Second))
		alarm.Set(time.Time{})
		time.Sleep(10 * time.Second)
		synctest.Wait()
		require.Len(t, at, 1, "an alarm set to the zero time went off")

		alarm.Set(time.Now().Add(time.Second))
		time.Sleep(10 * time.Second)
		synctest.Wait()
		require.Equal(t, []time.Duration{2 * time.Second, 21 * time.Second}, at)
	})
}
