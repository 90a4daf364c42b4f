package tui

import (
	"context"
	"slices"

	"netlab/capture"
	"netlab/stream"
	"netlab/tls"
)

// webReader pairs requests with responses.
type webReader struct {
	web
	now     int64
	open    map[*stream.Message]*exchange
	waiting map[*stream.Stream][]*exchange // requests without a response yet
	all     []*exchange
	foreign map[int]bool // TCP connections that began with something else
}

func readWeb(ctx context.Context, file *capture.File, log *tls.KeyLog, progress func(done, all int)) web {
	w := webReader{open: map[*stream.Message]*exchange{}, waiting: map[*stream.Stream][]*exchange{}, foreign: map[int]bool{}}
	messages := stream.HTTP{Head: w.head, Done: w.done}
	secure := stream.NewTLS(log, messages.Data)
	data := func(c stream.Chunk) {
		if c.Stream.SYN && c.Dir == 0 && c.Offset == 0 && c.Missing == 0 && !tls.Begins(c.Octets) && !stream.SpeaksHTTP(c.Octets) {
			w.foreign[c.Stream.Number] = true
		}
		secure.Data(c)
	}
	streams := stream.New(stream.Config{Data: data, Ended: func(s *stream.Stream) {
		secure.Ended(s)
		messages.Ended(s)
		delete(w.waiting, s)
	}})
	all := file.Len()
	for n := 1; n <= all && len(w.all) < mostExchanges; n++ {
		if n%1024 == 0 {
			progress(n, all)
			if w.more = ctx.Err() != nil; w.more {
				break
			}
		}
		if p, _ := file.Place(n); p.Transport != "TCP" || w.foreign[p.Stream] {
			continue
		}
		rec, err := file.Packet(n)
		if err != nil {
			break
		}
		w.now = rec.At.UnixNano()
		streams.AddRecord(&rec)
	}
	streams.Close()
	w.more = w.more || len(w.all) == mostExchanges
	for _, e := range w.all {
		w.exchanges = append(w.exchanges, *e)
	}
	slices.SortStableFunc(w.exchanges, func(a, b exchange) int { return a.packet() - b.packet() })
	return w.web
}

// head takes a message whose head is complete.
func (w *webReader) head(m *stream.Message) {
	if m.Status == 0 {
		e := &exchange{stream: m.Stream.Number, secure: m.Secure, asked: m.Packet, at: m.At.UnixNano(), method: m.Method, target: m.Target, host: m.Host}
		w.all, w.open[m] = append(w.all, e), e
		w.waiting[m.Stream] = append(w.waiting[m.Stream], e)
		return
	}
	list := w.waiting[m.Stream]
	i := slices.IndexFunc(list, func(e *exchange) bool { return e.method == m.Method && e.target == m.Target && e.host == m.Host })
	switch {
	case i < 0:
		e := &exchange{stream: m.Stream.Number, secure: m.Secure, method: m.Method, target: m.Target, host: m.Host}
		w.all = append(w.all, e)
		w.answer(e, m)
	case m.Status/100 == 1 && m.Status != 101: // "interim", before the final response (RFC 9110, Section 15.2)
		list[i].interim++
	default:
		w.answer(list[i], m)
		w.waiting[m.Stream] = slices.Delete(list, i, i+1)
	}
}

func (w *webReader) answer(e *exchange, m *stream.Message) {
	e.answered, e.first, e.status, e.words, e.kind, e.coding = m.Packet, m.At.UnixNano(), int(m.Status), m.Words(), m.Type, m.Encoding
	w.open[m] = e
}

// done takes a message that is over.
func (w *webReader) done(m *stream.Message) {
	e := w.open[m]
	if e == nil {
		return // an interim response
	}
	delete(w.open, m)
	now := min(w.now, m.Stream.Last.UnixNano()) // what the end of a connection ends is told of later
	if m.Status == 0 {
		e.sent, e.up = now, m.Content
	} else {
		e.last, e.down = now, m.Content
	}
	if m.Problem != "" {
		e.problem = m.Problem
	}
}
