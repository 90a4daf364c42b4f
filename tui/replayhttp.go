package tui

import (
	"context"
	"fmt"
	"time"

	tea "charm.land/bubbletea/v2"

	"netlab/flow"
	"netlab/tls"
)

// webKey is what HTTP is looked for with.
type webKey struct {
	loaded bool
	log    *tls.KeyLog
}

// web is the HTTP of a capture.
type web struct {
	exchanges []exchange
	more      bool // there is more than is kept, or was read
}

// exchange is a request and its response, or one of them, if the other was not captured. Times are in nanoseconds; 0: it was not seen.
type exchange struct {
	stream              int // of TCP
	secure              bool
	asked, answered     int   // packets in which the heads end; 0: not captured
	at, sent            int64 // when the request's head was there, and all of it
	first, last         int64 // the same of the response
	method, target      string
	host                string
	status              int
	words, kind, coding string // of the response
	up, down            int64  // octets of content
	interim             int    // responses before the final one
	problem             string
}

const mostExchanges = 10_000

// readHTTP has the capture's HTTP messages found, if the scene wants that.
func (r *replay) readHTTP() tea.Cmd {
	k := webKey{r.loaded, r.secrets.log}
	if r.scene != asHTTP || r.stop != nil || r.web.asked && r.web.of == k {
		return nil
	}
	file := r.file
	return r.web.ask(k, func(ctx context.Context, progress func(done, all int)) web {
		return readWeb(ctx, file, k.log, progress)
	})
}

// packet is the first packet of the two that is known.
func (e *exchange) packet() int {
	if e.asked > 0 {
		return e.asked
	}
	return e.answered
}

// at returns the index of the exchange that is looked at while a packet of a TCP connection is selected; -1: there is none.
func (w *web) at(packet, conn, picked int) int {
	of := func(i int) bool { e := &w.exchanges[i]; return e.asked == packet || e.answered == packet }
	if picked >= 0 && picked < len(w.exchanges) && of(picked) {
		return picked
	}
	best := -1
	for i := range w.exchanges {
		e := &w.exchanges[i]
		switch {
		case of(i):
			return i
		case e.packet() > packet:
		case best < 0 || e.stream == conn || w.exchanges[best].stream != conn:
			best = i
		}
	}
	return max(best, min(0, len(w.exchanges)-1))
}

// exchange is the index of the one that is looked at; -1: there is none.
func (r *replay) exchange() int {
	p, _ := r.file.Place(r.selected)
	conn := p.Stream
	if p.Transport != "TCP" {
		conn = -1
	}
	return r.web.got.at(r.selected, conn, r.picked)
}

// moveInHTTP goes to another exchange, or to its other half. It reports whether the key was one for that.
func (r *replay) moveInHTTP(a action, by int) bool {
	i := r.exchange()
	if r.focus != inRequests || i < 0 {
		return false
	}
	all := r.web.got.exchanges
	switch e := &all[i]; {
	case a == moveLeft && e.asked > 0:
		r.picked = i
		r.selectPacket(e.asked)
		return true
	case a == moveRight && e.answered > 0:
		r.picked = i
		r.selectPacket(e.answered)
		return true
	case a == toStart:
		i = 0
	case a == toEnd:
		i = len(all) - 1
	case by == 0:
		return false
	}
	r.pickExchange(i + by)
	return true
}

func (r *replay) pickExchange(i int) {
	all := r.web.got.exchanges
	r.picked = min(max(i, 0), len(all)-1)
	r.selectPacket(all[r.picked].packet())
}

// httpPane makes a pane of the HTTP scene.
func (r *replay) httpPane(p pane, h head) view {
	w := &r.web.got
	switch {
	case len(w.exchanges) > 0:
	case !r.web.asked:
		return emptyPane{h, r.look, "as soon as the capture is read: " + count(r.packets, "packet") + " so far"}
	case !r.web.ready:
		return emptyPane{h, r.look, r.web.words()}
	default:
		return emptyPane{h, r.look, "no HTTP was found: what TLS protects needs a key log, --keylog FILE"}
	}
	i := r.exchange()
	begin, _ := r.file.Span()
	if p == inExchange {
		text := textPane{head: h, look: r.look, lines: func(width int) []line { return w.exchanges[i].lines(width, begin) }}
		if r.focus == p {
			text.scroll = r.scroll
		}
		return text
	}
	h.about = count(len(w.exchanges), "exchange")
	if w.more {
		h.about += " and more"
	}
	from, to := w.span(i, r.closer)
	return requestsPane{h, r.look, w.exchanges, i, from, to, r.file.At(max(1, r.mark)).UnixNano()}
}

// span is the time that the ruler shows: all of it, or a part around an exchange.
func (w *web) span(around, closer int) (from, to int64) {
	for i := range w.exchanges {
		first, last := w.exchanges[i].times()
		if i == 0 {
			from, to = first, last
		}
		from, to = min(from, first), max(to, last)
	}
	width := (to - from) >> closer
	first, last := w.exchanges[around].times()
	from = max(from, min((first+last)/2-width/2, to-width))
	return from, from + max(width, 1)
}

// times are when an exchange begins and ends, as far as is known.
func (e *exchange) times() (first, last int64) {
	for _, t := range []int64{e.at, e.sent, e.first, e.last} {
		if t == 0 {
			continue
		}
		if first == 0 {
			first = t
		}
		last = max(last, t)
	}
	return first, last
}

// lines tell of an exchange.
func (e *exchange) lines(width int, begin time.Time) []line {
	var lines []line
	add := func(name string, st style, value string) {
		const wide = 10
		for i, l := range wrap(value, max(8, width-wide)) {
			if i > 0 {
				name = ""
			}
			lines = append(lines, line{st, fmt.Sprintf("%-*s%s", wide, name, l)})
		}
	}
	when := func(t int64) string { return seconds(time.Duration(t-begin.UnixNano())) + " s" }
	add("request", bold, e.method+" "+e.target)
	add("host", plain, e.host)
	if e.asked > 0 {
		add("asked", plain, fmt.Sprintf("in packet %d at %s", e.asked, when(e.at)))
		if e.up > 0 {
			add("up", plain, fmt.Sprintf("%s of content, over %s later", count(int(e.up), "octet"), flow.Duration(e.sent-e.at)))
		}
	} else {
		add("asked", dim, "the request was not captured")
	}
	if e.interim > 0 {
		add("interim", plain, count(e.interim, "response")+" before the final one")
	}
	if e.answered > 0 {
		st := bold
		if e.status >= 400 {
			st |= lost
		}
		add("answer", st, e.words)
		took := ""
		if e.asked > 0 {
			took = ", " + flow.Duration(e.first-e.at) + " after the request"
		}
		add("answered", plain, fmt.Sprintf("in packet %d at %s%s", e.answered, when(e.first), took))
		add("type", plain, e.kind)
		add("coding", plain, e.coding)
		add("down", plain, fmt.Sprintf("%s of content, over %s later", count(int(e.down), "octet"), flow.Duration(max(0, e.last-e.first))))
	} else {
		add("answer", lost, "! none was captured")
	}
	if e.problem != "" {
		add("problem", lost, "! "+e.problem)
	}
	by := "TCP " + decimal(e.stream)
	if e.secure {
		by += ", {} over TLS"
	}
	add("carried", plain, by)
	return lines
}
