package sim_test

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"math/bits"
	"net"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"netlab/labs"
	"netlab/link"
	"netlab/sim"
	"netlab/stack"
	"netlab/tcp"
	"netlab/trace"
)

// lab returns one of the labs that come with netlab.
func lab(t testing.TB, name string) *sim.Topology {
	t.Helper()
	b, err := labs.Open(name)
	require.NoError(t, err)
	topology, err := sim.Parse(name+".yaml", b)
	require.NoError(t, err)
	return topology
}

func start(t testing.TB, topology *sim.Topology, o sim.Options) *sim.Network {
	t.Helper()
	n, err := sim.New(topology, o)
	require.NoError(t, err)
	t.Cleanup(n.Close)
	return n
}

// run runs a network to its end.
func run(t testing.TB, topology *sim.Topology, o sim.Options) *sim.Network {
	t.Helper()
	n := start(t, topology, o)
	for n.Step() {
	}
	require.True(t, n.Done())
	return n
}

// script writes the events of a run, one a line.
func script(n *sim.Network) string {
	var b strings.Builder
	v := n.Store().View()
	for id := v.First(); id <= v.Last(); id++ {
		e, _ := v.Event(id)
		fmt.Fprintf(&b, "%4d %.6f %-2s %s %s: %s", e.ID, e.At.Sub(sim.Epoch()).Seconds(), e.Host, e.Link, e.Kind, e.Text())
		if e.Packet != 0 {
			fmt.Fprintf(&b, "; packet %d", e.Packet)
		}
		if e.Cause != 0 {
			fmt.Fprintf(&b, "; because of %d", e.Cause)
		}
		if e.Replaces != 0 {
			fmt.Fprintf(&b, "; replaces %d", e.Replaces)
		}
		b.WriteByte('\n')
	}
	return b.String()
}

// digest is a sum over everything that a run stored.
func digest(n *sim.Network) string {
	sum := sha256.New()
	v := n.Store().View()
	for id := v.First(); id <= v.Last(); id++ {
		e, _ := v.Event(id)
		fmt.Fprintf(sum, "%+v\n", *e)
	}
	for _, k := range v.Conns() {
		now, before, _ := v.Conn(k)
		fmt.Fprintf(sum, "%+v %+v %+v\n", k, now, before)
	}
	return hex.EncodeToString(sum.Sum(nil))
}

// count returns how many events there were of a kind that contain some words.
func count(n *sim.Network, kind trace.Kind, words string) int {
	found := 0
	v := n.Store().View()
	for id := v.First(); id <= v.Last(); id++ {
		if e, _ := v.Event(id); e.Kind == kind && strings.Contains(e.Text(), words) {
			found++
		}
	}
	return found
}

func TestTheLabsRunToTheirEnd(t *testing.T) {
	for _, name := range labs.Names() {
		for seed := range uint64(3) {
			n := run(t, lab(t, name), sim.Options{Seed: seed})
			switch {
			case name == "refused":
				require.ErrorIs(t, n.Err(), tcp.ErrRefused)
			case name == "dhcp":
				require.ErrorIs(t, n.Err(), tcp.ErrAddressGone)
			case name == "arp":
				require.ErrorIs(t, n.Err(), tcp.ErrUnreachable)
			case name == "tls-certificates":
				require.ErrorContains(t, n.Err(), "self-signed")
			case len(n.Topology().Outside()) == 0: // else what it asks for may be outside
				require.NoError(t, n.Err(), name)
			}
			for _, h := range n.Topology().Hosts {
				if h.Role != sim.Outside && h.Role != sim.Switch && n.Topology().Ends == 0 { // else it may end before TIME-WAIT does
					require.Empty(t, n.Host(h.Name).Connections(), "%s: connections of %s are left", name, h.Name)
				}
			}
			require.False(t, n.Step())
		}
	}
}

func TestARunDependsOnTopologySeedAndInputsAlone(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	want := digest(run(t, lab(t, "lossy-upload"), sim.Options{Seed: 7}))
	for _, procs := range []int{1, 2, 16} {
		runtime.GOMAXPROCS(procs)
		require.Equal(t, want, digest(run(t, lab(t, "lossy-upload"), sim.Options{Seed: 7})), "GOMAXPROCS %d", procs)
	}
	require.NotEqual(t, want, digest(run(t, lab(t, "lossy-upload"), sim.Options{Seed: 8})))
}

func TestLossyUpload(t *testing.T) {
	n := run(t, lab(t, "lossy-upload"), sim.Options{Seed: 7})
	require.NoError(t, n.Err())
	golden(t, "lossy-upload-seed-7.golden", script(n))
	require.GreaterOrEqual(t, count(n, trace.Lost, "loss 10%"), 3)
}

func TestStepsAndTimesDoNotChangeARun(t *testing.T) {
	want := digest(run(t, lab(t, "lossy-upload"), sim.Options{Seed: 7}))
	n := start(t, lab(t, "lossy-upload"), sim.Options{Seed: 7})
	last := trace.ID(0)
	for at := time.Duration(0); n.RunUntil(at); at += 3 * time.Millisecond {
		require.Equal(t, at, n.Now())
		v := n.Store().View()
		require.GreaterOrEqual(t, v.Last(), last)
		if last = v.Last(); last > 0 {
			e, _ := v.Event(last)
			require.LessOrEqual(t, e.At.Sub(sim.Epoch()), at)
		}
	}
	require.Equal(t, want, digest(n))
}

// userAt runs the lab to about an event, lets a user do something, and runs on to the end.
func userAt(t *testing.T, o sim.Options, after trace.ID, inputs ...sim.Input) *sim.Network {
	n := start(t, lab(t, "lossy-upload"), o)
	for n.Store().View().Last() < after && n.Step() {
	}
	n.RunUntil(n.Now() + 1700*time.Microsecond) // a user is not bound to the times of events
	for _, in := range inputs {
		require.NoError(t, n.Input(in))
	}
	for n.Step() {
	}
	return n
}

func TestInputsMakeTheSameRunAgain(t *testing.T) {
	inputs := []sim.Input{
		{Link: "r1-r2", Faults: &link.Faults{Delay: 50 * time.Millisecond, Loss: 0.15}},
		{Link: "r2>r1", Drop: 2},
		{Drop: 1, Filter: "big"},
	}
	o := sim.Options{Seed: 7, Matcher: func(filter string) (func(string, bool, []byte) bool, int, error) {
		return func(_ string, _ bool, b []byte) bool { return len(b) > 1000 }, 2, nil
	}}
	for _, after := range []trace.ID{0, 1, 20, 40, 77} {
		n := userAt(t, o, after, inputs...)
		require.NoError(t, n.Err())
		require.Len(t, n.Inputs(), 3)
		require.Equal(t, 3, count(n, trace.Fault, ""))
		require.Equal(t, 3, count(n, trace.Lost, "dropped by hand"))

		again := o
		again.Inputs = n.Inputs()
		require.Equal(t, digest(n), digest(run(t, lab(t, "lossy-upload"), again)), "after %d", after)

		saved, err := n.Save()
		require.NoError(t, err)
		topology, loaded, err := sim.Load("run.netlab", saved)
		require.NoError(t, err)
		require.Equal(t, n.Topology(), topology)
		loaded.Matcher = o.Matcher
		require.Equal(t, digest(n), digest(run(t, topology, loaded)))
	}
}

func TestBranchRunsAnotherFutureFromTheSamePast(t *testing.T) {
	n := run(t, lab(t, "lossy-upload"), sim.Options{Seed: 7})
	whole := digest(n)
	past := strings.SplitAfter(script(n), "\n")
	for at := trace.ID(0); at < n.Store().View().Last(); at += 7 {
		b, err := n.Branch(at, sim.Input{Link: "r1-r2", Drop: 1})
		require.NoError(t, err)
		v := b.Store().View()
		require.Greater(t, v.Last(), at)
		e, _ := v.Event(at + 1)
		require.Equal(t, trace.Fault, e.Kind, "the input comes right after event %d", at)
		for b.Step() {
		}
		require.Equal(t, strings.Join(past[:at], ""), strings.Join(strings.SplitAfter(script(b), "\n")[:at], ""))
		b.Close()
	}
	require.Equal(t, whole, digest(n), "the network that was branched from is as it was")

	_, err := n.Branch(5, sim.Input{Link: "r1-r9", Drop: 1})
	require.EqualError(t, err, `sim: there is no link "r1-r9": did you mean "r1-r2"?`)
	_, err = n.Branch(1e6, sim.Input{Link: "r1-r2", Drop: 1})
	require.EqualError(t, err, fmt.Sprintf("sim: the run ends at event %d, before event 1000000", n.Store().View().Last()))
}

func TestAnInputDropsTheInputsThatLayAhead(t *testing.T) {
	n := start(t, lab(t, "hello"), sim.Options{Inputs: []sim.Input{{After: 3, Link: "h1-h2", Drop: 1}, {After: 9, Link: "h1-h2", Drop: 1}}})
	for n.Store().View().Last() < 6 {
		n.Step()
	}
	require.NoError(t, n.Input(sim.Input{Link: "h1>h2", Drop: 1}))
	require.Len(t, n.Inputs(), 2)
	require.Equal(t, "h1>h2", n.Inputs()[1].Link)
}

func TestFaultsOfTheCommandLineComeOnTop(t *testing.T) {
	n := start(t, lab(t, "lossy-upload"), sim.Options{Faults: []string{"r1-r2:loss=0%", "r2>r1:dup=5%", "h1-r1:rate=1mbit"}})
	require.True(t, n.Step())
	l := n.Links()
	require.Equal(t, link.Faults{Delay: 5 * time.Millisecond, Rate: 1_000_000}, l[0].Up)
	require.Equal(t, l[0].Up, l[0].Down)
	require.Equal(t, link.Faults{Delay: 20 * time.Millisecond, Rate: 100_000_000}, l[1].Up)
	require.Equal(t, link.Faults{Delay: 20 * time.Millisecond, Rate: 100_000_000, Duplicate: 0.05}, l[1].Down)
	require.Len(t, n.Inputs(), 3)
	require.Equal(t, 3, count(n, trace.Fault, "faults"))

	for text, want := range map[string]string{
		"r1-r3:loss=1%": `sim: --fault "r1-r3:loss=1%": there is no link "r1-r3": did you mean "r1-r2"?`,
		"r1-r2":         `link: "r1-r2" names no link: write LINK:FAULTS, as in r1-r2:loss=10%`,
	} {
		_, err := sim.New(lab(t, "lossy-upload"), sim.Options{Faults: []string{text}})
		require.EqualError(t, err, want)
	}
}

func TestInputsThatCannotBe(t *testing.T) {
	n := start(t, lab(t, "hello"), sim.Options{})
	for want, in := range map[string]sim.Input{
		"sim: an input that changes nothing":                   {Link: "h1-h2"},
		`sim: there is no link "h1-h3": did you mean "h1-h2"?`: {Link: "h1-h3", Drop: 1},
		`sim: there is no link "": expected h1-h2`:             {Faults: &link.Faults{}},
		`sim: filter "tcp": this network knows no filters`:     {Link: "h1-h2", Drop: 1, Filter: "tcp"},
	} {
		require.EqualError(t, n.Input(in), want)
	}
	require.Empty(t, n.Inputs())
}

func TestLinksCountWhatTheyCarry(t *testing.T) {
	n := run(t, lab(t, "lossy-upload"), sim.Options{Seed: 7})
	l := n.Links()
	require.Equal(t, "r1-r2", l[1].Name)
	require.Equal(t, uint64(count(n, trace.Lost, "")), l[1].Lost[0]+l[1].Lost[1])
	require.Greater(t, l[1].Sent[0], l[2].Sent[0]+l[1].Lost[0]/2)
	require.Equal(t, l[1].Sent[0]-l[1].Lost[0], l[2].Sent[0], "r2 hands on what reaches it")
}

// lostOn returns which of the packets that went over a direction were lost, counted from 1 on that direction.
func lostOn(n *sim.Network, from, way string) []int {
	var lost []int
	carried := 0
	v := n.Store().View()
	for id := v.First(); id <= v.Last(); id++ {
		switch e, _ := v.Event(id); {
		case e.Host == from && e.Link == strings.ReplaceAll(way, ">", "-") && (e.Kind == trace.Sent || e.Kind == trace.Forwarded):
			carried++
		case e.Kind == trace.Lost && e.Link == way:
			lost = append(lost, carried)
		}
	}
	return lost
}

func TestTheLuckOfALinkIsItsOwn(t *testing.T) {
	file := func(first, back string) *sim.Topology {
		return parse(t, `
hosts: {a: {role: client}, r: {role: router}, b: {role: server}}
links: {a-r: {`+first+`}, r-b: {delay: 1ms, loss: 20%, b>r: {`+back+`}}}
apps: [{host: a, do: ping, to: b, count: 200}]
`)
	}
	want := lostOn(run(t, file("delay: 1ms", "loss: 20%"), sim.Options{}), "r", "r>b")
	require.Greater(t, len(want), 20)
	require.Equal(t, want, lostOn(run(t, file("delay: 9ms, jitter: 5ms", "loss: 20%"), sim.Options{}), "r", "r>b"), "another link changed")
	require.Equal(t, want, lostOn(run(t, file("delay: 1ms", "loss: 0%, dup: 50%"), sim.Options{}), "r", "r>b"), "the other direction changed")
	require.NotEqual(t, want, lostOn(run(t, file("delay: 1ms", "loss: 20%"), sim.Options{Seed: 2}), "r", "r>b"))
}

func TestEachFaultHasItsEvent(t *testing.T) {
	n := run(t, parse(t, `
hosts: {a: {role: client}, b: {role: server}}
links: {a-b: {delay: 20ms, a>b: {loss: 20%, dup: 20%, reorder: 20%, corrupt: 20%}}}
apps: [{host: a, do: ping, to: b, count: 100, interval: 10ms}]
`), sim.Options{})
	v := n.Store().View()
	kinds := map[trace.Kind]int{}
	for i := range v.Packets() {
		p, _ := v.Packet(i)
		for _, id := range p.Events {
			e, _ := v.Event(id)
			kinds[e.Kind]++
			if e.Kind < trace.Lost || e.Kind > trace.Reordered {
				continue
			}
			require.Equal(t, "a>b", e.Link)
			require.NotZero(t, e.Cause)
			require.Less(t, e.Cause, e.ID)
			if e.Kind == trace.Corrupted {
				differ := 0
				for i := range e.Octets {
					differ += bits.OnesCount8(e.Octets[i] ^ p.First.Octets[i])
				}
				require.Equal(t, 1, differ, "one bit of a copy is flipped")
			}
		}
	}
	for _, k := range []trace.Kind{trace.Lost, trace.Duplicated, trace.Reordered, trace.Corrupted} {
		require.Greater(t, kinds[k], 5, k.String())
	}
	require.Equal(t, uint64(kinds[trace.Lost]), n.Links()[0].Lost[0])
	require.Equal(t, kinds[trace.Received], kinds[trace.Sent]-kinds[trace.Lost]+kinds[trace.Duplicated])
}

func TestApplicationsFromOutside(t *testing.T) {
	topology := parse(t, "hosts: {a: {role: client}, b: {role: server}}\nlinks: {a-b: {delay: 10ms}}\n")
	n := start(t, topology, sim.Options{})
	var took time.Duration
	require.NoError(t, n.Go("a", "nap", func(h *stack.Host) error {
		before := h.Now()
		err := h.Sleep(time.Minute)
		took = h.Now().Sub(before)
		return err
	}))
	require.EqualError(t, n.Go("c", "nap", nil), `sim: there is no host "c": expected a, b`)
	for n.Step() {
	}
	require.Equal(t, time.Minute, took)
	require.Equal(t, time.Minute, n.Now())
	_, err := n.Save()
	require.Error(t, err)
	_, err = n.Branch(0, sim.Input{Link: "a-b", Drop: 1})
	require.Error(t, err)
}

func TestAnApplicationThatWaitsForNothingIsTold(t *testing.T) {
	topology := parse(t, "hosts: {a: {role: client}, b: {role: server}}\nlinks: {a-b: {}}\n")
	n := start(t, topology, sim.Options{})
	require.NoError(t, n.Go("a", "waits", func(h *stack.Host) error {
		l, err := h.Listen("tcp", ":80")
		require.NoError(t, err)
		_, err = l.Accept()
		return err
	}))
	for n.Step() {
	}
	require.True(t, n.Done())
	require.ErrorIs(t, n.Err(), sim.ErrStuck)
	require.Equal(t, 1, count(n, trace.Failed, "waits still waits"))
}

func TestAPanicOfAnApplicationIsToldAndEndsTheRun(t *testing.T) {
	n := start(t, lab(t, "hello"), sim.Options{})
	require.NoError(t, n.Go("h1", "bad", func(h *stack.Host) error {
		if err := h.Sleep(time.Millisecond); err != nil {
			return err
		}
		panic("100% wrong")
	}))
	for n.Step() {
	}
	require.True(t, n.Done())
	require.ErrorContains(t, n.Err(), "an application panicked: 100% wrong")
	require.Equal(t, 1, count(n, trace.Failed, "an application panicked: 100% wrong"))
	require.Equal(t, time.Millisecond, n.Now())
	n.Close() // ends the tasks that wait although the hosts were not asked
	require.False(t, n.Step())
}

func TestCloseEndsEveryGoroutine(t *testing.T) {
	before := runtime.NumGoroutine()
	for _, steps := range []int{0, 1, 10, 40, 80} {
		n := start(t, lab(t, "lossy-upload"), sim.Options{Seed: 7})
		var err error
		require.NoError(t, n.Go("h1", "sleeper", func(h *stack.Host) error {
			err = h.Sleep(time.Hour)
			return err
		}))
		for range steps {
			n.Step()
		}
		events := n.Store().View().Last()
		n.Close()
		n.Close()
		if steps >= 10 {
			require.ErrorIs(t, err, net.ErrClosed)
		}
		require.Equal(t, events, n.Store().View().Last(), "taking a network down is not part of its run")
		require.False(t, n.Step())
	}
	for runtime.NumGoroutine() > before { // a task's goroutine ends right after its last act
		runtime.Gosched()
	}
}

func TestLoadSaysWhatIsWrong(t *testing.T) {
	n := start(t, lab(t, "hello"), sim.Options{Seed: 3})
	good, err := n.Save()
	require.NoError(t, err)
	var all strings.Builder
	for _, bad := range []string{
		"", "name: x\n",
		strings.Replace(string(good), "netlab: 1", "netlab: 2", 1),
		strings.Replace(string(good), "netlab: 1\n", "", 1),
		strings.Replace(string(good), "seed: 3", "seed: x", 1),
		strings.Replace(string(good), "seed: 3", "sed: 3", 1),
		strings.Replace(string(good), "seed: 3", "inputs:\n  - {after: 1, lnk: h1-h2}", 1),
		strings.Replace(string(good), "seed: 3", "inputs:\n  - {after: 1, link: h1-h2, faults: loss}", 1),
		strings.Replace(string(good), "role: client", "role: clint", 1),
	} {
		_, _, err := sim.Load("run.netlab", []byte(bad))
		require.ErrorIs(t, err, sim.ErrTopology)
		all.WriteString(err.Error() + "\n\n")
	}
	golden(t, "load-errors.golden", all.String())
}

func FuzzLoad(f *testing.F) {
	f.Add([]byte("netlab: 1\nseed: 7\ninputs:\n  - {after: 1, link: \"a-b\", drop: 1}\n---\nhosts: {a: {role: client}, b: {role: server}}\nlinks: {a-b: {}}\n"))
	f.Fuzz(func(t *testing.T, b []byte) {
		topology, o, err := sim.Load("fuzz.netlab", b)
		if err != nil {
			require.ErrorIs(t, err, sim.ErrTopology)
			return
		}
		n, err := sim.New(topology, o)
		if err != nil {
			return
		}
		defer n.Close()
		saved, err := n.Save()
		if err != nil {
			return
		}
		again, _, err := sim.Load("again.netlab", saved)
		require.NoError(t, err)
		require.Equal(t, topology, again)
	})
}
