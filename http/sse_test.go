package http

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// events reads a stream in pieces.
func events(s *EventStream, text string, piece int) ([]ServerEvent, error) {
	var all []ServerEvent
	for len(text) > 0 {
		n := min(piece, len(text))
		if err := s.Receive([]byte(text[:n])); err != nil {
			return all, err
		}
		text = text[n:]
		for {
			e, ok := s.Event()
			if !ok {
				break
			}
			all = append(all, e)
		}
	}
	return all, nil
}

// The examples of WHATWG HTML, "Interpreting an event stream", and its rules.
func TestEventStream(t *testing.T) {
	for _, c := range []struct {
		name, stream string
		want         []ServerEvent
		last         string
		retry        time.Duration
	}{
		{"two lines of data", "data: YHOO\ndata: +2\ndata: 10\n\n", []ServerEvent{{Data: "YHOO\n+2\n10"}}, "", 0},
		{
			"comments, IDs, an ID taken back, and an event that is not complete",
			": test stream\n\ndata: first event\nid: 1\n\ndata:second event\nid\n\ndata:  third event",
			[]ServerEvent{{ID: "1", Data: "first event"}, {Data: "second event"}},
			"", 0,
		},
		{"data that is empty", "data\n\ndata\ndata\n\ndata:", []ServerEvent{{Data: ""}, {Data: "\n"}}, "", 0},
		{"a space after the colon", "data:test\n\ndata: test\n\n", []ServerEvent{{Data: "test"}, {Data: "test"}}, "", 0},
		{"line ends of every kind", "data: a\rdata: b\r\ndata: c\n\r\r\n\n", []ServerEvent{{Data: "a\nb\nc"}}, "", 0},
		{"a byte order mark", "\ufeffdata: a\n\n\ufeffdata: b\n\n", []ServerEvent{{Data: "a"}}, "", 0},
		{"types last for one event", "event: add\ndata: 1\n\ndata: 2\n\n", []ServerEvent{{Type: "add", Data: "1"}, {Data: "2"}}, "", 0},
		{"no data, no event", "event: add\nid: 7\n\ndata: 1\n\n", []ServerEvent{{ID: "7", Data: "1"}}, "7", 0},
		{"an ID with NUL is ignored", "id: a\ndata: 1\n\nid: b\x00\ndata: 2\n\n", []ServerEvent{{ID: "a", Data: "1"}, {ID: "a", Data: "2"}}, "a", 0},
		{"retry is digits", "retry: 1500\n\nretry: 1s\nretry: -1\nretry: +1\nretry:\n\n", nil, "", 1500 * time.Millisecond},
		{"unknown names", "Data: a\nfoo: b\n\n", nil, "", 0},
		{"octets that are not UTF-8", "data: a\xffb\n\n", []ServerEvent{{Data: "a\ufffdb"}}, "", 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			for piece := 1; piece <= len(c.stream); piece++ {
				var s EventStream
				got, err := events(&s, c.stream, piece)
				require.NoError(t, err)
				require.Equal(t, c.want, got, "in pieces of %d", piece)
				require.Equal(t, c.last, s.LastEventID())
				require.Equal(t, c.retry, s.Retry())
			}
		})
	}
}

func TestEventStreamIsBounded(t *testing.T) {
	for _, stream := range []string{strings.Repeat("x", 101), strings.Repeat("data: 12345678\n", 100)} {
		_, err := events(&EventStream{Most: 100}, stream, 7)
		require.ErrorIs(t, err, ErrEventTooLong)
	}
}

func TestEventsRoundTrip(t *testing.T) {
	sent := []ServerEvent{
		{ID: "1", Type: "tick", Data: "one\ntwo\n\nthree", Retry: time.Second},
		{ID: "1", Data: ""},
		{ID: "2", Data: ": no comment\n data: x"},
	}
	var b []byte
	var err error
	for _, e := range sent {
		b = AppendServerComment(b, "still\nhere")
		b, err = AppendServerEvent(b, e)
		require.NoError(t, err)
	}
	got, err := events(&EventStream{}, string(b), 5)
	require.NoError(t, err)
	require.Equal(t, sent, got)
	for _, e := range []ServerEvent{{ID: "a\nb"}, {ID: "a\x00"}, {Type: "a\rb"}} {
		_, err := AppendServerEvent(nil, e)
		require.Error(t, err, "its author would write lines of their own")
	}
}

func FuzzEventStream(f *testing.F) {
	f.Add("data: YHOO\ndata: +2\n\n", "1", "tick", "a\nb")
	f.Add("\ufeff: c\r\nid\rretry: 5\n\n", "", "", "\r\n")
	f.Fuzz(func(t *testing.T, stream, id, kind, data string) {
		var a, b EventStream
		whole, _ := events(&a, stream, max(1, len(stream)))
		pieces, _ := events(&b, stream, 1)
		require.Equal(t, whole, pieces, "where the octets are cut makes no difference")
		out, err := AppendServerEvent(nil, ServerEvent{ID: id, Type: kind, Data: data})
		if err != nil {
			return
		}
		got, err := events(&EventStream{}, string(out), 3)
		require.NoError(t, err)
		require.Len(t, got, 1, "one event is one event, whatever is in it")
	})
}
