package check

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"sync"
	"time"
)

// question and answer are what goes to and from a subject that is another program, a JSON object a line each: docs/scripts.md, "Somebody
// else's TCP". A packet may come and go at any time between them.
type question struct {
	Call     Call   `json:"call"`
	Variable string `json:"variable,omitempty"` // asked for, of Call.Socket, in place of a call
	Packet   []byte `json:"packet,omitempty"`   // arrives; there is no answer
}

type answer struct {
	Result Result `json:"result"`
	Value  string `json:"value,omitempty"`
	Known  bool   `json:"known,omitempty"`
	Packet []byte `json:"packet,omitempty"` // was sent; it answers nothing
}

// answerTime is how long another program may take for an answer.
const answerTime = 5 * time.Second

// ErrUnreachable is the error of a subject on another machine or in another program that cannot be reached, or has gone.
var ErrUnreachable = errors.New("nobody answers there")

// remote is a subject behind a TCP connection: another program, here or on another machine.
type remote struct {
	address string
	conn    net.Conn
	encode  *json.Encoder
	answers chan answer
	ended   sync.WaitGroup
}

// Remote returns what is served at a TCP address (by ServeSubject, or by anybody who speaks as it does) as a subject.
func Remote(address string) Subject { return &remote{address: address} }

// Start implements Subject: each script has a connection of its own.
func (r *remote) Start(cfg Config, sent func(packet []byte)) error {
	conn, err := net.DialTimeout("tcp", r.address, answerTime)
	if err != nil {
		return fmt.Errorf("check: %s: %w: %w", r.address, ErrUnreachable, err)
	}
	r.conn, r.encode, r.answers = conn, json.NewEncoder(conn), make(chan answer, 1)
	r.ended.Go(func() {
		defer close(r.answers)
		for d := json.NewDecoder(bufio.NewReader(conn)); ; {
			var a answer
			if d.Decode(&a) != nil {
				return
			}
			if a.Packet != nil {
				sent(a.Packet)
				continue
			}
			r.answers <- a
		}
	})
	switch result := r.Call(Call{Op: "configure", Config: cfg}); result.Err {
	case "":
		return nil
	case Unsupported:
		return noCounterpart(cfg)
	default:
		return fmt.Errorf("check: %s: %w: it does not answer as docs/scripts.md says", r.address, ErrUnreachable)
	}
}

func (r *remote) ask(q question) answer {
	gone := answer{Result: Result{Err: "EIO"}}
	if r.encode.Encode(q) != nil {
		return gone
	}
	select {
	case a, ok := <-r.answers:
		if ok {
			return a
		}
	case <-time.After(answerTime):
	}
	return gone
}

// Deliver implements Subject.
func (r *remote) Deliver(packet []byte) { _ = r.encode.Encode(question{Packet: packet}) }

// Call implements Subject.
func (r *remote) Call(c Call) Result { return r.ask(question{Call: c}).Result }

// Variable implements Subject.
func (r *remote) Variable(socket int, name string) (string, bool) {
	a := r.ask(question{Call: Call{Socket: socket}, Variable: name})
	return a.Value, a.Known
}

// Close implements Subject.
func (r *remote) Close() error {
	if r.conn == nil {
		return nil
	}
	err := r.conn.Close()
	for range r.answers { // so that the reader can end
	}
	r.ended.Wait()
	return err
}

// ServeSubject lets another program, through Remote, run one script against a subject, until rw ends. It closes the subject.
func ServeSubject(rw io.ReadWriter, subject Subject) error {
	defer subject.Close()
	var lock sync.Mutex // packets are sent at any time
	e, d := json.NewEncoder(rw), json.NewDecoder(bufio.NewReader(rw))
	write := func(a answer) error {
		lock.Lock()
		defer lock.Unlock()
		return e.Encode(a)
	}
	sent := func(packet []byte) { _ = write(answer{Packet: packet}) }
	for started := false; ; {
		var q question
		if err := d.Decode(&q); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return fmt.Errorf("check: %w", err)
		}
		var a answer
		switch {
		case q.Call.Op == "configure" && !started:
			started = true
			if err := subject.Start(q.Call.Config, sent); errors.Is(err, ErrNoCounterpart) {
				a.Result.Err = Unsupported
			} else if err != nil {
				_ = write(answer{Result: Result{Err: "EIO"}})
				return err
			}
		case !started:
			return errors.New("check: the first line is not a call of configure")
		case q.Packet != nil:
			subject.Deliver(q.Packet)
			continue
		case q.Variable != "":
			a.Value, a.Known = subject.Variable(q.Call.Socket, q.Variable)
		default:
			a.Result = subject.Call(q.Call)
		}
		if err := write(a); err != nil {
			return fmt.Errorf("check: %w", err)
		}
	}
}
