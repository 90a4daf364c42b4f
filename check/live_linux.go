package check

import (
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"sync"
	"time"

	"netlab/ip"
	"netlab/link"
	"netlab/netns"
)

// Live is a world in real time: the kernel of a network namespace with a TUN, on whose far side the script stands. Calls
// are made by a helper inside.
type Live struct {
	space   *netns.Namespace
	begun   time.Time
	lock    sync.Mutex
	sent    []Sent
	arrived chan struct{}
	encode  *json.Encoder
	decode  *json.Decoder
	files   []*os.File
	ended   sync.WaitGroup
}

// Kernel makes a namespace and starts the helper in it: a command that does what ServeCalls does. The error is a
// *netns.Problem if the machine has no TUN.
func Kernel(script *Script, helper []string) (*Live, error) {
	space, err := netns.Start(netns.Options{MTU: script.Config.MTU})
	if err != nil {
		return nil, err
	}
	l := &Live{space: space, arrived: make(chan struct{}, 1)}
	in, questions, err := os.Pipe()
	if err != nil {
		_ = space.Close()
		return nil, err
	}
	answers, out, err := os.Pipe()
	if err != nil {
		_ = space.Close()
		return nil, err
	}
	l.files = []*os.File{questions, answers, in, out}
	l.encode, l.decode = json.NewEncoder(questions), json.NewDecoder(answers)
	l.ended.Go(func() {
		_, _ = space.Run(netns.Command{Args: helper, Stdin: in, Stdout: out})
		_ = in.Close()
		_ = out.Close()
	})
	l.ended.Go(l.receive)
	if r := l.Call(Call{Op: "configure", Config: script.Config}); r.Err != "" {
		_ = l.Close()
		return nil, fmt.Errorf("check: the kernel has no counterpart of config %s: %w", strings.Join(script.Config.Set, " "), ErrNoCounterpart)
	}
	l.begun = time.Now()
	return l, nil
}

// receive takes the packets that the kernel sends to the script's side.
func (l *Live) receive() {
	for {
		packets, err := l.space.TUN().Read()
		if err != nil {
			return
		}
		at := time.Now()
		l.lock.Lock()
		for _, p := range packets {
			h, _, err := ip.Parse(p.Octets)
			if err == nil && (h.Dst == Peer(false) || h.Dst == Peer(true)) {
				l.sent = append(l.sent, Sent{at.Sub(l.begun), append([]byte(nil), p.Octets...)})
			}
		}
		l.lock.Unlock()
		select {
		case l.arrived <- struct{}{}:
		default:
		}
	}
}

// Close ends the namespace and all that runs in it.
func (l *Live) Close() error {
	for _, f := range l.files[:2] {
		_ = f.Close()
	}
	err := l.space.Close()
	l.ended.Wait()
	return err
}

// Slack is how late things may be in real time.
func (l *Live) Slack() time.Duration { return 100 * time.Millisecond }

// Now implements World.
func (l *Live) Now() time.Duration { return time.Since(l.begun) }

// Step implements World: it waits for a packet, and for no longer than calls that block should wait.
func (l *Live) Step(until time.Duration) bool {
	wait := until - l.Now()
	if wait <= 0 {
		return false
	}
	select {
	case <-l.arrived:
	case <-time.After(min(wait, 5*time.Millisecond)):
	}
	return true
}

// Sent implements World.
func (l *Live) Sent() []Sent {
	l.lock.Lock()
	defer l.lock.Unlock()
	sent := l.sent
	l.sent = nil
	return sent
}

// Deliver implements World.
func (l *Live) Deliver(packet []byte) {
	_ = l.space.TUN().Write([]link.Packet{{Octets: packet}})
}

func (l *Live) ask(q question) (a answer) {
	if l.encode.Encode(q) != nil || l.decode.Decode(&a) != nil {
		a.Result.Err = "EIO"
	}
	return a
}

// Call implements World.
func (l *Live) Call(c Call) Result { return l.ask(question{Call: c}).Result }

// Variable implements World.
func (l *Live) Variable(socket int, name string) (string, bool) {
	if socket == 0 {
		return "", false
	}
	a := l.ask(question{Call: Call{Socket: socket}, Variable: name})
	return a.Value, a.Known
}
