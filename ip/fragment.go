package ip

import (
	"net/netip"

	"netlab/trace"
)

// fragment queues the packet with header h and the payload in pieces of at most mtu octets: "The data of the long
// datagram is divided into two portions on a 8 octet (64 bit) boundary" (RFC 791, Section 3.2), and so on until
// all fit. h may itself be of a fragment. It reports false if that leaves not even 8 octets behind the header, or
// if the fragment would end beyond the largest packet.
func (n *Node) fragment(iface, mtu int, nextHop netip.Addr, h Header, payload []byte, why trace.Reason, forwarded bool) bool {
	more := h.MoreFragments
	h.MoreFragments = true // the header of IPv6 then has room to say where the fragment belongs
	room := mtu - h.Len()
	if room < 8 || h.FragmentOffset+len(payload) > maxPacket {
		return false
	}
	for len(payload) > 0 {
		piece := payload[:min(room&^7, len(payload))]
		if len(payload) <= room {
			piece = payload // the last need not be a multiple of 8
		}
		payload = payload[len(piece):]
		h.MoreFragments = more || len(payload) > 0
		h.TotalLength = h.Len() + len(piece)
		out := n.out.add(iface, nextHop, h.TotalLength, why)
		out.Forwarded = forwarded
		h.Put(out.Octets)
		copy(out.Octets[h.Len():], piece)
		n.counters.FragmentsSent++
		h.FragmentOffset += len(piece)
		h.Options = copiedOptions(h.Options)
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
