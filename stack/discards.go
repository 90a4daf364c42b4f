package stack

import (
	"sync/atomic"
	"time"

	"netlab/ether"
	"netlab/trace"
	"netlab/wire"
)

// discards count the segments that were thrown away before they reached a connection.
type discards struct {
	checksum, malformed, option, backlog, stray, echo, unreachable, loopback atomic.Uint64
}

// discarded tells of a packet that is thrown away. cause is the event of its arrival, identity the packet's
// own.
func (h *Host) discarded(now time.Time, cause, identity trace.ID, say string, ref wire.Ref) {
	if h.trace.On() {
		h.trace.Emit(trace.Event{At: now, Kind: trace.Discarded, Cause: cause, Packet: identity, Say: say, Ref: ref})
	}
}

// EachCounter calls f for every counter of what the host received, sent and threw away, in a fixed order, with
// its name in words.
func (h *Host) EachCounter(f func(name string, n uint64)) {
	h.mu.Lock()
	packets, datagrams := h.node.Counters(), h.mux.Counters()
	var frames []ether.Counters
	for _, i := range h.ifaces {
		if i.ether != nil {
			i.ether.mu.Lock()
			frames = append(frames, i.ether.core.Counters())
			i.ether.mu.Unlock()
		}
	}
	h.mu.Unlock()
	packets.Each(f)
	for _, c := range frames {
		c.Each(f)
	}
	datagrams.Each(f)
	f("segments discarded: wrong checksum", h.discards.checksum.Load())
	f("segments discarded: malformed header", h.discards.malformed.Load())
	f("options of segments ignored: illegal length, or not their kind's", h.discards.option.Load())
	f("segments discarded: of no connection, and no answer possible", h.discards.stray.Load())
	f("ICMP messages discarded: echo reply that nobody waits for", h.discards.echo.Load())
	f("ICMP messages discarded: error about nothing that is under way", h.discards.unreachable.Load())
	f("packets lost: too many at a time to this host itself", h.discards.loopback.Load())
	f("SYNs discarded: too many connections wait to be accepted", h.discards.backlog.Load())
}
