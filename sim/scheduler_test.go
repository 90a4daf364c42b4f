package sim

import (
	"fmt"
	"math"
	"math/rand/v2"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// newTestScheduler returns a scheduler on which a panic fails the test.
func newTestScheduler(t *testing.T) *scheduler {
	t.Helper()
	s := newScheduler(Epoch(), func(r any) { t.Errorf("panic: %v", r) })
	t.Cleanup(s.close)
	return s
}

func (s *scheduler) runAll() {
	for s.step(math.MaxInt64) {
	}
}

// sleep waits on a condition that nobody signals.
func (s *scheduler) sleep(d time.Duration) {
	var mu sync.Mutex
	mu.Lock()
	defer mu.Unlock()
	s.NewCond(&mu).Wait(s.Now().Add(d))
}

func TestTheClockMovesOnlyWhenAllWait(t *testing.T) {
	s := newTestScheduler(t)
	var log []string
	for i, name := range []string{"a", "b", "c"} {
		s.Go(func() {
			for range 2 {
				s.sleep(time.Duration(3-i) * time.Second)
				log = append(log, fmt.Sprintf("%s %v", name, s.now))
			}
		})
	}
	s.runAll()
	require.Equal(t, []string{"c 1s", "b 2s", "c 2s", "a 3s", "b 4s", "a 6s"}, log)
	require.Equal(t, Epoch().Add(6*time.Second), s.Now())
	require.Empty(t, s.tasks)
}

func TestThingsAtTheSameTimeHappenInTheOrderAskedFor(t *testing.T) {
	s := newTestScheduler(t)
	var log []int
	for i := range 5 {
		s.at(time.Second, func() { log = append(log, i) })
	}
	s.runAll()
	require.Equal(t, []int{0, 1, 2, 3, 4}, log)
}

func TestBroadcastWakesInTheOrderOfWaiting(t *testing.T) {
	s := newTestScheduler(t)
	var mu sync.Mutex
	c := s.NewCond(&mu)
	var log []string
	for i := range 3 {
		s.Go(func() {
			mu.Lock()
			defer mu.Unlock()
			c.Wait(time.Time{})
			log = append(log, fmt.Sprint(i, " ", s.now))
		})
	}
	s.Go(func() {
		s.sleep(time.Second)
		mu.Lock()
		defer mu.Unlock()
		c.Broadcast()
		log = append(log, "broadcast")
	})
	s.runAll()
	require.Equal(t, []string{"broadcast", "0 1s", "1 1s", "2 1s"}, log)
}

func TestWaitEndsAtItsTime(t *testing.T) {
	s := newTestScheduler(t)
	var mu sync.Mutex
	c := s.NewCond(&mu)
	var ends []time.Duration
	s.Go(func() {
		mu.Lock()
		defer mu.Unlock()
		c.Wait(s.Now().Add(2 * time.Second)) // nobody wakes it
		ends = append(ends, s.now)
		c.Wait(s.Now().Add(2 * time.Second)) // woken after one second
		ends = append(ends, s.now)
		c.Wait(s.Now().Add(-time.Hour)) // over already
		ends = append(ends, s.now)
		s.sleep(3 * time.Second) // the time of the second wait does not come back
		ends = append(ends, s.now)
	})
	s.at(3*time.Second, func() {
		mu.Lock()
		defer mu.Unlock()
		c.Broadcast()
	})
	s.runAll()
	require.Equal(t, []time.Duration{2e9, 3e9, 3e9, 6e9}, ends)
}

func TestAnAlarmGoesOffOnceAtTheTimeLastSet(t *testing.T) {
	s := newTestScheduler(t)
	var off []time.Duration
	a := s.NewAlarm(func() { off = append(off, s.now) })
	a.Set(s.Now().Add(5 * time.Second))
	a.Set(s.Now().Add(3 * time.Second))
	s.runAll()
	require.Equal(t, []time.Duration{3e9}, off)
	a.Set(s.Now().Add(time.Second))
	a.Set(time.Time{})
	s.runAll()
	require.Len(t, off, 1)
	a.Set(s.Now().Add(-time.Second))
	s.runAll()
	require.Equal(t, []time.Duration{3e9, 3e9}, off)
}

func TestWaitingOutsideATaskSaysWhatToDo(t *testing.T) {
	s := newTestScheduler(t)
	require.PanicsWithValue(t, "sim: a call that blocks can only be made by an application of the network: use Network.Go",
		func() { s.sleep(time.Second) })
}

func TestAPanicIsToldAndTheRestRunsOn(t *testing.T) {
	var told any
	s := newScheduler(Epoch(), func(r any) { told = r })
	ran := false
	s.Go(func() { panic("oh") })
	s.Go(func() { ran = true })
	s.runAll()
	require.Equal(t, "oh", told)
	require.True(t, ran)
	require.Empty(t, s.tasks)
}

func TestCloseEndsTasksWhereTheyWait(t *testing.T) {
	before := runtime.NumGoroutine()
	s := newTestScheduler(t)
	var mu sync.Mutex
	c := s.NewCond(&mu)
	ended := 0
	for range 3 {
		s.Go(func() {
			mu.Lock()
			defer mu.Unlock()
			defer func() {
				ended++
				c.Broadcast()
				c.Wait(time.Time{})
				t.Error("a task that is to end waited once more")
			}()
			for {
				c.Wait(s.Now().Add(time.Hour))
			}
		})
	}
	for s.step(0) {
	}
	s.Go(func() { t.Error("a task that had not begun began") })
	s.tasks[3].discard = true
	s.close()
	require.Equal(t, 3, ended)
	// The last thing that a task does is to give its token back; its goroutine ends right after.
	for runtime.NumGoroutine() > before {
		runtime.Gosched()
	}
}

// chatter runs tasks that wake each other, start each other and sleep at random, and returns what happened.
func chatter(t *testing.T, seed uint64) string {
	s := newTestScheduler(t)
	random := rand.New(rand.NewPCG(seed, 1))
	var mu sync.Mutex
	conds := make([]interface {
		Wait(time.Time)
		Broadcast()
	}, 4)
	for i := range conds {
		conds[i] = s.NewCond(&mu)
	}
	var log strings.Builder
	var talk func(name string, depth int)
	talk = func(name string, depth int) {
		for i := range 30 {
			fmt.Fprintf(&log, "%v %s %d\n", s.now, name, i)
			mu.Lock()
			switch which := random.IntN(len(conds)); random.IntN(5) {
			case 0, 1:
				conds[which].Wait(s.Now().Add(time.Duration(random.IntN(1000))))
			case 2, 3:
				conds[which].Broadcast()
			case 4:
				if depth < 2 {
					s.Go(func() { talk(fmt.Sprint(name, ".", i), depth+1) })
				}
			}
			mu.Unlock()
		}
	}
	for i := range 4 {
		s.Go(func() { talk(fmt.Sprint(i), 0) })
	}
	s.runAll()
	require.Empty(t, s.tasks)
	return log.String()
}

func TestTheOrderDependsOnNothingElse(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	want := chatter(t, 1)
	require.Greater(t, strings.Count(want, "\n"), 1000)
	for _, procs := range []int{1, 2, 16} {
		runtime.GOMAXPROCS(procs)
		require.Equal(t, want, chatter(t, 1))
	}
	require.NotEqual(t, want, chatter(t, 2))
}

func TestTheQueueIsInOrder(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	var q queue
	timers := make([]timer, 300)
	for range 5000 {
		x := &timers[random.IntN(len(timers))]
		if random.IntN(3) == 0 {
			q.remove(x)
			require.Zero(t, x.place)
		} else {
			q.set(x, time.Duration(random.IntN(50)))
		}
	}
	var waiting []*timer
	for i := range timers {
		if timers[i].place != 0 {
			waiting = append(waiting, &timers[i])
		}
	}
	require.NotEmpty(t, waiting)
	slices.SortFunc(waiting, func(a, b *timer) int {
		if a.before(b) {
			return -1
		}
		return 1
	})
	for _, x := range waiting {
		require.Same(t, x, q.next())
		q.remove(x)
	}
	require.Nil(t, q.next())
}

func BenchmarkSwitch(b *testing.B) {
	s := newScheduler(Epoch(), func(r any) { b.Error(r) })
	defer s.close()
	var mu sync.Mutex
	c := s.NewCond(&mu)
	s.Go(func() {
		mu.Lock()
		defer mu.Unlock()
		for {
			c.Wait(time.Time{})
		}
	})
	s.step(0)
	b.ReportAllocs()
	for b.Loop() {
		c.Broadcast()
		s.step(0)
	}
}
