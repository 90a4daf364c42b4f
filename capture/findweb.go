package capture

import (
	"netlab/flow"
	"netlab/wire"
)

// exchange is what waits for its answer on one connection, oldest first.
type exchange struct{ requests []request }

type request struct {
	packet int
	at     int64
	words  string // "GET /blob"
}

const (
	maxExchanges = 4096 // connections whose requests are remembered
	maxPipelined = 16   // requests of each
	slowWeb      = 1_000_000_000
)

// web looks at a segment in which an HTTP message begins, of which it is given the words.
func (f *Finder) web(at flow.Place, words string) {
	x := f.requests[at.Stream]
	if words[0] >= 'A' {
		f.request(x, at.Stream, words)
		return
	}
	if x == nil || len(x.requests) == 0 || words[0] == '1' {
		return
	}
	asked := x.requests[0]
	if x.requests = x.requests[1:]; len(x.requests) == 0 {
		delete(f.requests, at.Stream)
	}
	if words[0] == '4' || words[0] == '5' {
		section := map[byte]string{'4': "15.5", '5': "15.6"}[words[0]]
		one := f.add(flow.HTTPError, f.segment.Src, wire.RFC("9110", section), "answers the request of packet %p with an error: %s")
		one.Name, one.Related = words+" to "+asked.words, []int{asked.packet}
	}
	if waited := f.packet.at - asked.at; waited > slowWeb {
		one := f.add(flow.HTTPSlow, f.segment.Src, wire.RFC("9112", "9.5"), "begins to answer the request of packet %p only after %t: %s", waited)
		one.Name, one.Related = asked.words, []int{asked.packet}
	}
}

// request remembers a request.
func (f *Finder) request(x *exchange, stream int, words string) {
	if x == nil {
		if len(f.requests) == maxExchanges {
			clear(f.requests) // most of them will never be answered
		}
		x = &exchange{}
		f.requests[stream] = x
	}
	if len(x.requests) < maxPipelined {
		x.requests = append(x.requests, request{f.packet.number, f.packet.at, words})
	}
}
