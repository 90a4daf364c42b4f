package timeline

import (
	"sort"
	"unsafe"

	"netlab/tcp"
	"netlab/trace"
)

// chunkStates is how many states of a connection are stored together.
const chunkStates = 16

// state is what a connection was like after an event.
type state struct {
	after    trace.ID
	snapshot tcp.Snapshot
}

// history holds the states of one connection, oldest first. They lie in chunks, so that no state is ever
// moved when more are added.
type history struct {
	chunks []*[chunkStates]state
	gone   int // how many states of the first chunk are forgotten
	count  int // how many are there
}

// at returns state i, counted from the oldest.
func (h *history) at(i int) *state {
	i += h.gone
	return &h.chunks[i/chunkStates][i%chunkStates]
}

// latest returns the newest state; nil if there is none.
func (h *history) latest() *state {
	if h.count == 0 {
		return nil
	}
	return h.at(h.count - 1)
}

// upTo returns how many states there were right after event id.
func (h *history) upTo(id trace.ID) int {
	return sort.Search(h.count, func(i int) bool { return h.at(i).after > id })
}

// add adds a state and returns how many octets of memory that took.
func (h *history) add(s state) int {
	octets := 0
	if h.gone+h.count == len(h.chunks)*chunkStates {
		h.chunks = append(h.chunks, new([chunkStates]state))
		octets = int(unsafe.Sizeof(*h.chunks[0]))
	}
	h.count++
	*h.latest() = s
	return octets
}

// forget drops the n oldest states and returns how many octets of memory that freed.
func (h *history) forget(n int) int {
	h.gone += n
	h.count -= n
	octets := 0
	for h.gone >= chunkStates || h.count == 0 && len(h.chunks) > 0 {
		octets += int(unsafe.Sizeof(*h.chunks[0]))
		h.chunks[0] = nil
		h.chunks = h.chunks[1:]
		h.gone = max(0, h.gone-chunkStates)
	}
	return octets
}
