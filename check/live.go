package check

import (
	"fmt"
	"strings"
	"sync"
	"time"
)

// Subject is an implementation of TCP that is tested in real time: packets come and go, and calls are made on its sockets. It owns the address
// Local(ipv6) and reaches Peer(ipv6). Its methods may be called by one goroutine at a time.
type Subject interface {
	// Start makes it ready for one script. It calls sent with each packet that goes to the script's side from then on, from the first IP
	// octet on, from any goroutine; sent keeps no packet. The error wraps ErrNoCounterpart if it cannot be set as cfg says.
	Start(cfg Config, sent func(packet []byte)) error
	// Deliver hands it a packet that arrives.
	Deliver(packet []byte)
	// Call and Variable are those of Target.
	Call(c Call) Result
	Variable(socket int, name string) (value string, known bool)
	// Close ends it, and all that it started.
	Close() error
}

// Live is a world in real time.
type Live struct {
	subject Subject
	begun   time.Time
	lock    sync.Mutex
	sent    []Sent
	arrived chan struct{}
}

// Real starts a subject for a script. If that fails, the subject is closed.
func Real(script *Script, subject Subject) (*Live, error) {
	l := &Live{subject: subject, begun: time.Now(), arrived: make(chan struct{}, 1)}
	if err := subject.Start(script.Config, l.receive); err != nil {
		_ = subject.Close()
		return nil, err
	}
	l.begun = time.Now()
	return l, nil
}

// noCounterpart is the error of a subject that cannot be set as a script asks.
func noCounterpart(cfg Config) error {
	return fmt.Errorf("check: the target has no counterpart of config %s: %w", strings.Join(cfg.Set, " "), ErrNoCounterpart)
}

// receive takes a packet that was sent to the script's side.
func (l *Live) receive(packet []byte) {
	at := time.Now()
	l.lock.Lock()
	l.sent = append(l.sent, Sent{at.Sub(l.begun), append([]byte(nil), packet...)})
	l.lock.Unlock()
	select {
	case l.arrived <- struct{}{}:
	default:
	}
}

// Close ends the subject.
func (l *Live) Close() error { return l.subject.Close() }

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
func (l *Live) Deliver(packet []byte) { l.subject.Deliver(packet) }

// Call implements World.
func (l *Live) Call(c Call) Result { return l.subject.Call(c) }

// Variable implements World.
func (l *Live) Variable(socket int, name string) (string, bool) {
	if socket == 0 {
		return "", false
	}
	return l.subject.Variable(socket, name)
}
