package stack

import (
	"sync/atomic"
	"time"

	"netlab/trace"
	"netlab/wire"
)

// discards count what arrived and was thrown away above the network layer.
type discards struct {
	tcpChecksum, tcpMalformed, udpMalformed, udpFull, backlog atomic.Uint64
}

// discard counts a packet that is thrown away and tells of it. cause is the event of its arrival,
// identity the packet's own.
func (h *Host) discard(now time.Time, cause, identity trace.ID, counter *atomic.Uint64, say string, ref wire.Ref) {
	counter.Add(1)
	if h.trace.On() {
		h.trace.Emit(trace.Event{At: now, Kind: trace.Discarded, Cause: cause, Packet: identity, Say: say, Ref: ref})
	}
}
