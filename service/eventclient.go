package service

import (
	"context"
	"errors"
	"fmt"

	"netlab/http"
	"netlab/tls"
)

// errEnough ends an answer of which nothing more is wanted.
var errEnough = errors.New("service: enough events")

// FollowEvents fetches an event stream and calls got for each event, until got returns false. When an answer ends, it waits for as long as the server has said, and
// asks for what follows the last event that it saw, as browsers do (WHATWG HTML, "Server-sent events"). An error is that of an answer that is no event stream, or
// cannot be had.
func FollowEvents(ctx context.Context, h Stack, url string, cfg tls.Config, got func(e http.ServerEvent) bool) error {
	var last string
	for {
		stream := &http.EventStream{}
		header := http.Header{{Name: "Accept", Value: http.EventStreamType}, {Name: "Cache-Control", Value: "no-store"}}
		if last != "" {
			header.Add("Last-Event-ID", last)
		}
		sink := eventSink{stream, got}
		r, err := Fetch(ctx, h, url, FetchOptions{Header: header, Out: sink, TLS: cfg})
		switch {
		case errors.Is(err, errEnough):
			return nil
		case err != nil:
			return err
		case r.Status != http.StatusOK:
			return fmt.Errorf("service: %s is no event stream: the server answered %d %s", url, r.Status, r.Reason)
		case !isEventStream(r.Header.Get("Content-Type")):
			return fmt.Errorf("service: %s is no event stream: its type is %q, not %s", url, r.Header.Get("Content-Type"), http.EventStreamType)
		}
		if id := stream.LastEventID(); id != "" {
			last = id
		}
		wait := stream.Retry()
		if wait == 0 {
			wait = eventRetry
		}
		if err := h.Sleep(wait); err != nil {
			return err
		}
	}
}

// eventSink is where the content of an answer goes.
type eventSink struct {
	stream *http.EventStream
	got    func(e http.ServerEvent) bool
}

func (s eventSink) Write(p []byte) (int, error) {
	if err := s.stream.Receive(p); err != nil {
		return 0, err
	}
	for {
		e, ok := s.stream.Event()
		if !ok {
			return len(p), nil
		}
		if !s.got(e) {
			return 0, errEnough
		}
	}
}

// isEventStream reports whether a media type is that of event streams, whatever its parameters.
func isEventStream(mediaType string) bool {
	n := len(http.EventStreamType)
	return len(mediaType) >= n && http.Header{{Name: "t", Value: mediaType[:n]}}.Has("t", http.EventStreamType) && (len(mediaType) == n || mediaType[n] == ';' || mediaType[n] == ' ')
}
