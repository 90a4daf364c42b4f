package quic

import "slices"

// Hello puts together what a client says first, from the Initial packets that it sends before it has heard of the server. Its zero value is ready for use.
type Hello struct {
	pieces []piece
	octets int
}

// mostHello is how many octets are kept of a client.
const mostHello = 1 << 14

// Add takes a datagram of the client, and returns the TLS handshake as far as it is there without a gap: nil if the datagram adds nothing to it.
func (h *Hello) Add(b []byte) []byte {
	added := false
	for len(b) > 0 {
		p, ok := parse(b)
		if !ok {
			break
		}
		if open, ok := p.open(b); ok && h.octets+len(open.frames) <= mostHello {
			frames := newParts(open.frames, 0)
			frames.frames()
			h.octets += len(open.frames)
			h.pieces = append(h.pieces, frames.pieces...)
			added = added || len(frames.pieces) > 0
		}
		b = b[p.end:]
	}
	if !added {
		return nil
	}
	joined, _ := join(slices.Clone(h.pieces))
	return joined
}
