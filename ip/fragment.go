package ip

import "netlab/trace"

// fragment queues the packet with header h and the payload in pieces that the link takes: "The data of the long
// datagram is divided into two portions on a 8 octet (64 bit) boundary" (RFC 791, Section 3.2), and so on until
// all fit. h may itself be of a fragment. It reports false if the link takes not even 8 octets behind the header, or
// if the fragment would end beyond the largest packet.
func (n *Node) fragment(iface int, h Header, payload []byte, why trace.Reason, forwarded bool) bool {
	size := (n.interfaces[iface].MTU - h.Len()) &^ 7
	if size < 8 || h.FragmentOffset+len(payload) > maxPacket {
		return false
	}
	more := h.MoreFragments
	for len(payload) > 0 {
		piece := payload[:min(size, len(payload))]
		if len(payload) <= n.interfaces[iface].MTU-h.Len() {
			piece = payload // the last need not be a multiple of 8
		}
		payload = payload[len(piece):]
		h.MoreFragments = more || len(payload) > 0
		h.TotalLength = uint16(h.Len() + len(piece))
		out := n.out.add(iface, int(h.TotalLength), why)
		out.Forwarded = forwarded
		h.Put(out.Octets)
		copy(out.Octets[h.Len():], piece)
		n.counters.FragmentsSent++
		h.FragmentOffset += len(piece)
		h.Options = copiedOptions(h.Options) // size stays, so that all but the last are alike
	}
	return true
}

// copiedOptions returns the options that go into every fragment, not only into the first: those whose kind has the
// copied flag, its first bit (RFC 791, Section 3.1).
func copiedOptions(options []byte) []byte {
	const copied = 0x80
	var kept []byte
	for len(options) > 0 {
		o, rest, err := NextOption(options)
		if err != nil || o.Kind == OptionEnd {
			break
		}
		if o.Kind&copied != 0 {
			kept = append(kept, o.Octets...)
		}
		options = rest
	}
	return kept
}
