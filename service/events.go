package service

import (
	"fmt"
	"net"
	"strconv"
	"time"

	"netlab/http"
)

// What /events does.
const (
	eventsAtOnce = 10 // events in one answer; then the client comes back by itself
	eventPause   = time.Second
	eventRetry   = 2 * time.Second
)

// events serves /events: an answer that does not end with the first event. Each event has a number as its ID. After ten the answer ends, and a client that comes back
// with Last-Event-ID is told those that follow.
func (s *Web) events(_ net.Conn, w *http.ResponseWriter, r *http.Request, _ string) {
	if wantsHTML(r) {
		eventsPage().write(w, r)
		return
	}
	w.Header.Set("Content-Type", http.EventStreamType)
	w.Header.Set("Cache-Control", "no-store")
	if r.Method == http.MethodHead {
		w.Flush()
		return
	}
	last, err := strconv.ParseUint(r.LastEventID(), 10, 32)
	if err != nil {
		last = 0 // it is here for the first time, or was told by another server
	}
	start := s.host.Now()
	for i := range uint64(eventsAtOnce) {
		if i > 0 {
			if err := s.host.Sleep(eventPause); err != nil {
				return
			}
		}
		e := http.ServerEvent{
			ID: strconv.FormatUint(last+i+1, 10), Type: "tick",
			Data: fmt.Sprintf("event %d\n%d ms after the first of this answer", last+i+1, s.host.Now().Sub(start).Milliseconds()),
		}
		if i == 0 {
			e.Retry = eventRetry
		}
		octets, err := http.AppendServerEvent(nil, e)
		if err != nil {
			return
		}
		w.Write(octets)
		if err := w.Flush(); err != nil {
			return // the client is gone
		}
	}
}

// eventsPage is a page that listens to the stream.
func eventsPage() *page {
	p := &page{title: "Server-sent events"}
	p.text("The server answers one request with an answer that does not end: each event is a few lines of it. When it ends after ten events, the browser asks again and says in Last-Event-ID which event it saw last.")
	p.live = `<pre id="out"></pre>
<script>
const out = document.getElementById("out"), source = new EventSource("/events");
const say = text => { out.textContent += text + "\n"; };
source.addEventListener("tick", e => say(e.lastEventId + ": " + e.data.replace("\n", ", ")));
source.onopen = () => say("connected");
source.onerror = () => say("the answer has ended; asking again");
</script>
`
	return p
}
