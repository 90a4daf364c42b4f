package http

import (
	"errors"
	"strconv"
	"strings"
	"time"
)

// EventStreamType is the media type of an event stream (WHATWG HTML, "Server-sent events").
const EventStreamType = "text/event-stream"

// ServerEvent is one event of an event stream (WHATWG HTML, "Server-sent events").
type ServerEvent struct {
	ID    string        // what the client sends as Last-Event-ID when it comes back. Received: the last one given, by this event or an earlier one
	Type  string        // "" means "message"
	Data  string        // any text; its lines are sent one by one
	Retry time.Duration // how long the client waits before it comes back; 0: nothing is said of it
}

// AppendServerEvent appends an event as an event stream has it: one "name: value" a line, and an empty line. An error says that the ID or the type does not fit
// into a line.
func AppendServerEvent(b []byte, e ServerEvent) ([]byte, error) {
	if strings.ContainsAny(e.ID, "\r\n\x00") || strings.ContainsAny(e.Type, "\r\n") {
		return b, errors.New("http: event stream: an ID or a type has a line end in it")
	}
	line := func(name, value string) {
		b = append(append(append(b, name...), ": "...), value...)
		b = append(b, '\n')
	}
	if e.Retry > 0 {
		line("retry", strconv.FormatInt(e.Retry.Milliseconds(), 10))
	}
	if e.ID != "" {
		line("id", e.ID)
	}
	if e.Type != "" {
		line("event", e.Type)
	}
	data := strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(e.Data)
	for _, l := range strings.Split(data, "\n") {
		line("data", l)
	}
	return append(b, '\n'), nil
}

// AppendServerComment appends a comment, which clients ignore: a sign of life that keeps proxies from closing the connection (WHATWG HTML, "Authoring notes").
func AppendServerComment(b []byte, text string) []byte {
	for _, l := range strings.Split(strings.ReplaceAll(text, "\r", "\n"), "\n") {
		b = append(append(append(b, ": "...), l...), '\n')
	}
	return append(b, '\n')
}

// LastEventID returns the ID of the event that the client saw last, before its connection was lost (WHATWG HTML, "The `Last-Event-ID` header"); "" if it is here
// for the first time.
func (r *Request) LastEventID() string { return r.Header.Get("Last-Event-ID") }
