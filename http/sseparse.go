package http

import (
	"bytes"
	"errors"
	"strconv"
	"strings"
	"time"
)

// ErrEventTooLong is the error of an event stream with a line, or an event, that is longer than what is taken.
var ErrEventTooLong = errors.New("http: event stream: an event is longer than what is taken here")

// EventStream reads an event stream, as WHATWG HTML, "Interpreting an event stream", says: octets in, events out. It does no I/O. The zero value is at the start
// of a stream.
type EventStream struct {
	Most int // octets of an event at most; 0: 1 MiB

	line    []byte // what has come of a line
	started bool   // the byte order mark, if any, is behind us
	cr      bool   // the octet before was CR: an LF after it is of the same line end
	data    []byte
	kind    string
	lastID  string // of the events so far, and what the next one has unless it says another
	retry   time.Duration
	told    time.Duration // the retry of the event under way
	events  []ServerEvent
}

// Receive takes octets of the stream; nothing of them is kept by reference.
func (s *EventStream) Receive(octets []byte) error {
	for len(octets) > 0 {
		if s.cr && octets[0] == '\n' {
			octets = octets[1:]
		}
		s.cr = false
		end := bytes.IndexAny(octets, "\r\n")
		if end < 0 {
			end = len(octets)
		}
		if len(s.line)+end+len(s.data) > s.most() {
			return ErrEventTooLong
		}
		s.line = append(s.line, octets[:end]...)
		if end == len(octets) {
			return nil
		}
		s.cr = octets[end] == '\r'
		octets = octets[end+1:]
		s.endLine()
	}
	return nil
}

// Event returns the next event that is complete; false: none is. An event that is not complete when the stream ends is not one: "Once the end of the file is reached, any
// pending data must be discarded." (WHATWG HTML, "Interpreting an event stream")
func (s *EventStream) Event() (ServerEvent, bool) {
	if len(s.events) == 0 {
		return ServerEvent{}, false
	}
	e := s.events[0]
	s.events = s.events[1:]
	return e, true
}

// LastEventID returns what a client that comes back sends as Last-Event-ID; "" for nothing.
func (s *EventStream) LastEventID() string { return s.lastID }

// Retry returns how long to wait before coming back, as the server said last; 0: it has not said it.
func (s *EventStream) Retry() time.Duration { return s.retry }

func (s *EventStream) most() int {
	if s.Most == 0 {
		return 1 << 20
	}
	return s.Most
}

// endLine deals with a line that is complete.
func (s *EventStream) endLine() {
	line := s.line
	s.line = s.line[:0]
	if !s.started {
		// One leading U+FEFF BYTE ORDER MARK character must be ignored if any are present.
		line = bytes.TrimPrefix(line, []byte("\ufeff"))
		s.started = true
	}
	switch {
	case len(line) == 0:
		s.dispatch()
	case line[0] == ':': // a comment
	default:
		name, value, _ := bytes.Cut(line, []byte(":"))
		s.field(string(name), strings.ToValidUTF8(string(bytes.TrimPrefix(value, []byte(" "))), "\ufffd"))
	}
}

// field processes one field. Names are compared as they are, and unknown ones are ignored.
func (s *EventStream) field(name, value string) {
	switch name {
	case "event":
		s.kind = value
	case "data":
		s.data = append(append(s.data, value...), '\n')
	case "id":
		if !strings.Contains(value, "\x00") {
			s.lastID = value
		}
	case "retry":
		if ms, err := strconv.ParseUint(value, 10, 31); err == nil && value[0] != '+' {
			s.retry = time.Duration(ms) * time.Millisecond
			s.told = s.retry
		}
	}
}

// dispatch ends an event. If the data buffer is an empty string, set the data buffer and the event type buffer to the empty string and return.
func (s *EventStream) dispatch() {
	if len(s.data) > 0 {
		s.events = append(s.events, ServerEvent{ID: s.lastID, Type: s.kind, Data: string(s.data[:len(s.data)-1]), Retry: s.told})
	}
	s.data, s.kind, s.told = s.data[:0], "", 0
}
