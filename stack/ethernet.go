package stack

import (
	"net/netip"
	"sync"
	"time"

	"netlab/ether"
	"netlab/ip"
	"netlab/link"
	"netlab/trace"
)

// Ethernet says what an interface is on a link that carries Ethernet frames. The zero value of all but MAC means the
// defaults.
type Ethernet struct {
	MAC       ether.MAC
	Neighbors int // whose hardware addresses are remembered at most; 0: ether.DefaultNeighbors
	Queue     int // packets that wait for one neighbour at most; 0: ether.DefaultQueue
}

// ethernet is what stands between an interface and a link that carries frames: it finds the neighbour that is to get a packet
// and puts the packet into a frame. Its lock is taken after those of connections and of the host.
type ethernet struct {
	host  *Host
	iface *iface

	mu    sync.Mutex
	core  *ether.Station
	alarm Alarm
	set   time.Time // what alarm is set to; zero: it is not

	checks []*check // guarded by Host.mu
}

// AddEthernet is AddInterface for a link that carries Ethernet frames: those are what send gets, and what Deliver is to be given.
// mtu counts the octets of a packet, not of the frame around it.
func (h *Host) AddEthernet(name string, e Ethernet, addrs []netip.Prefix, mtu int, send func([]link.Packet)) int {
	h.mu.Lock()
	defer h.mu.Unlock()
	index := h.node.AddInterface(ip.Interface{Name: name, Prefixes: addrs, MTU: mtu, Shared: true})
	i := &iface{index: index, name: name, mtu: mtu, send: send}
	i.ether = &ethernet{host: h, iface: i, core: ether.NewStation(ether.Config{
		MAC: e.MAC, Seed: uint64(h.rng.Uint32()), Router: h.cfg.Forward, Neighbors: e.Neighbors, Queue: e.Queue,
	}, h.trace)}
	i.ether.alarm = h.runtime.NewAlarm(i.ether.expire)
	h.ifaces = append(h.ifaces, i)
	for _, a := range addrs {
		i.ether.core.AddAddress(a)
	}
	return index
}

// AttachEthernet is Attach for a link that carries Ethernet frames, such as a TAP. The MTU of the link is that of frames: it has
// room for a packet, the header of its frame and a tag.
func (h *Host) AttachEthernet(name string, e Ethernet, addrs []netip.Prefix, l link.Link) int {
	mtu := l.MTU() - ether.HeaderLen - ether.TagLen
	return h.attach(l, func(send func([]link.Packet)) int { return h.AddEthernet(name, e, addrs, mtu, send) })
}

// send takes a packet to send to a neighbour, and returns the event that tells of it: that it is sent, or that it waits.
func (e *ethernet) send(now time.Time, p ether.Packet) trace.ID {
	e.mu.Lock()
	defer e.mu.Unlock()
	waits := e.core.Send(now, p)
	sent := e.flush(now)
	e.arm()
	if waits != 0 {
		return waits
	}
	return sent
}

// receive takes a frame that arrived, and returns the packet for the network layer that it carries, if it does. h.mu is
// held.
func (e *ethernet) receive(now time.Time, frame []byte, cause, identity trace.ID) (packet []byte, ok bool) {
	e.mu.Lock()
	defer e.mu.Unlock()
	packet, ok = e.core.Receive(now, frame, cause, identity)
	e.settle(now)
	return packet, ok
}

// takes reports whether a frame is for this host's network card.
func (e *ethernet) takes(now time.Time, p *link.Packet) bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.core.Takes(now, p.Octets, p.Cause)
}

// receiveNeighbor takes a message of neighbor discovery. h.mu is held.
func (h *Host) receiveNeighbor(now time.Time, i *iface, d *ip.Delivery, m *ip.Message) {
	i.ether.mu.Lock()
	defer i.ether.mu.Unlock()
	i.ether.core.ReceiveNeighbor(now, &d.Header, m, d.Cause, d.Identity)
	i.ether.settle(now)
}

// confirm says that a neighbour has shown that packets reach it.
func (e *ethernet) confirm(now time.Time, neighbor netip.Addr) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.core.Confirm(now, neighbor)
	e.arm()
}

// addAddress makes the station answer for an address, and tells everybody of it.
func (e *ethernet) addAddress(now time.Time, p netip.Prefix) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.core.AddAddress(p)
	e.core.Announce(now, p.Addr())
	e.flush(now)
	e.arm()
}

func (e *ethernet) removeAddress(a netip.Addr) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.core.RemoveAddress(a)
	e.arm()
}

// expire runs when the alarm goes off.
func (e *ethernet) expire() {
	h := e.host
	now := h.runtime.Now()
	e.iface.in.Lock()
	defer e.iface.in.Unlock()
	e.iface.arrivals = e.iface.arrivals[:0]
	e.advance(now)
	h.receiveSegments(now, e.iface.arrivals)
	clear(e.iface.arrivals)
}

// advance does what is due, and tells those whose packets could not be sent.
func (e *ethernet) advance(now time.Time) {
	h := e.host
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.closed {
		return
	}
	e.mu.Lock()
	e.set = time.Time{}
	e.core.Advance(now)
	e.settle(now)
	var failures []ether.Failure
	for f, ok := e.core.NextFailure(); ok; f, ok = e.core.NextFailure() {
		failures = append(failures, f)
	}
	e.mu.Unlock()
	for i := range failures {
		h.noNeighbor(now, e.iface, &failures[i])
	}
}

// settle does what a change of the core asks for. h.mu and e.mu are held.
func (e *ethernet) settle(now time.Time) {
	e.flush(now)
	for o, ok := e.core.NextOutcome(); ok; o, ok = e.core.NextOutcome() {
		e.host.checked(e, &o)
	}
	e.arm()
}

// flush hands frames to the link, each behind its event, and returns the last of those. e.mu is held.
func (e *ethernet) flush(now time.Time) (last trace.ID) {
	for out, ok := e.core.Next(); ok; out, ok = e.core.Next() {
		frame := link.Packet{Octets: out.Frame}
		if e.host.trace.On() {
			last = e.host.trace.Emit(trace.Event{
				At: now, Kind: kindOf(&out), Link: e.iface.name, Flow: out.Flow, Packet: out.Identity,
				Cause: out.Why.Cause, Replaces: out.Why.Replaces, Say: out.Why.Say, Args: out.Why.Args, Ref: out.Why.Ref,
				Octets: out.Frame, Frame: true,
			})
			frame.Cause, frame.Packet = last, last
			if out.Forwarded {
				frame.Packet = out.Identity
			}
		}
		e.iface.send([]link.Packet{frame})
	}
	return last
}

func kindOf(out *ether.Output) trace.Kind {
	if out.Forwarded {
		return trace.Forwarded
	}
	return trace.Sent
}

// arm sees to it that the core comes up at its deadline. e.mu is held.
func (e *ethernet) arm() {
	if deadline := e.core.Deadline(); deadline != e.set {
		e.set = deadline
		e.alarm.Set(deadline)
	}
}
