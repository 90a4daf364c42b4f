package stack

import (
	"time"

	"netlab/ether"
	"netlab/ip"
	"netlab/link"
	"netlab/trace"
	"netlab/wire"
)

// nodeOutput collects packets of the network layer for one interface: those that are forwarded, ICMP
// messages, datagrams. Guarded by Host.mu.
type nodeOutput struct {
	batch *batch
	iface *iface
}

// collect takes from the network layer what it has to send. identity is that of the packet that is
// being worked on; 0 if there is none. h.mu is held.
func (h *Host) collect(now time.Time, identity trace.ID) {
	for {
		out, ok := h.node.Next()
		if !ok {
			return
		}
		i := h.ifaces[out.Interface]
		if i.ether != nil {
			h.sendCollected()
			i.ether.send(now, ether.Packet{
				Octets: out.Octets, NextHop: out.NextHop, Flow: flowIfTraced(h.trace, out.Octets), Why: out.Why, Forwarded: out.Forwarded, Identity: identityOf(&out, identity),
			})
			continue
		}
		if h.out.iface != i {
			h.sendCollected()
		}
		if h.out.batch == nil {
			h.out = nodeOutput{h.batches.get(), i}
		}
		room := h.out.batch.room(len(out.Octets))
		if room == nil {
			h.out.batch.send(i)
			room = h.out.batch.room(len(out.Octets))
		}
		copy(room, out.Octets)
		packet := link.Packet{Octets: room, NextHop: out.NextHop}
		if out.Forwarded {
			packet.Packet, packet.Cause = identity, h.traceForwarded(now, i, identity, &out)
		} else {
			id := h.traceSent(now, i, flowIfTraced(h.trace, room), out.Why, room)
			packet.Packet, packet.Cause = id, id
		}
		h.out.batch.packets = append(h.out.batch.packets, packet)
		if h.trace.On() {
			h.sendCollected() // right behind its event, as in Conn.flush
		}
	}
}

// identityOf returns the identity of a packet that is handed on; 0 of one of our own, which has none yet.
func identityOf(out *ip.Output, identity trace.ID) trace.ID {
	if out.Forwarded {
		return identity
	}
	return 0
}

// sendCollected hands the collected packets to their interface. h.mu is held.
func (h *Host) sendCollected() {
	if h.out.batch == nil {
		return
	}
	h.out.batch.send(h.out.iface)
	h.batches.put(h.out.batch)
	h.out = nodeOutput{}
}

// sendNode sends all that the network layer has to send. h.mu is held.
func (h *Host) sendNode(now time.Time) {
	h.collect(now, 0)
	h.sendCollected()
}

// armNode sees to it that the network layer comes up at its deadline. h.mu is held.
func (h *Host) armNode() {
	if deadline := h.node.Deadline(); deadline != h.nodeSet {
		h.nodeSet = deadline
		h.nodeAlarm.Set(deadline)
	}
}

// expireNode lets the network layer give up packets whose fragments did not all come in time. It runs when
// the alarm goes off.
func (h *Host) expireNode() {
	now := h.runtime.Now()
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.closed {
		return
	}
	h.nodeSet = time.Time{}
	h.node.Advance(now)
	h.sendNode(now)
	h.armNode()
}

// receiveOther deals with a packet for this host that is not TCP. h.mu is held.
func (h *Host) receiveOther(now time.Time, i *iface, d *ip.Delivery) {
	switch p := d.Header.Protocol; {
	case p == ip.ICMP && d.Header.Dst.Is4(), p == ip.ICMPv6 && d.Header.Dst.Is6():
		h.receiveICMP(now, i, d)
	case p == ip.UDP:
		h.receiveDatagram(now, d)
	default:
		var why trace.Reason
		if h.trace.On() {
			why = trace.Reason{
				Cause: d.Cause, Args: [4]int64{int64(d.Header.Protocol)},
				Say: "sends ICMP protocol unreachable: nothing here speaks IP protocol %d",
				Ref: wire.RFC("1122", "3.2.2.1"),
			}
		}
		h.node.Unreachable(now, *d, ip.ProtocolUnreachable, why)
	}
}
