package stack

import (
	"bytes"
	"net/netip"
	"sync"

	"netlab/ip"
	"netlab/link"
)

// loopback is the interface by which a host speaks to itself. It is added when the host first does. Packets wait in it
// until the alarm goes off, for who sends them holds locks that their arrival needs.
type loopback struct {
	host  *Host
	index int
	alarm Alarm

	mu         sync.Mutex // taken last of all
	packets    []link.Packet
	delivering bool
}

// What the loopback interface takes: packets of up to its MTU, and so many of them at a time. More are lost, as on a link.
const (
	loopbackMTU   = 65535
	loopbackQueue = 4096
)

// addLoopback adds the loopback interface, with the addresses that are every host's own: those of 127.0.0.0/8 (RFC 1122,
// Section 3.2.1.3, case g) and ::1 (RFC 4291, Section 2.5.3). h.mu is held.
func (h *Host) addLoopback() {
	lo := &loopback{host: h}
	lo.alarm = h.runtime.NewAlarm(lo.deliver)
	addrs := []netip.Prefix{netip.MustParsePrefix("127.0.0.1/8"), netip.MustParsePrefix("::1/128")}
	lo.index = h.addInterface(ip.Interface{Name: "lo", Prefixes: addrs, MTU: loopbackMTU, Loopback: true}, lo.send)
	h.lo = lo
}

// send queues packets.
func (lo *loopback) send(packets []link.Packet) {
	lo.mu.Lock()
	defer lo.mu.Unlock()
	for _, p := range packets {
		if len(lo.packets) == loopbackQueue {
			lo.host.discards.loopback.Add(1)
			continue
		}
		p.Octets = bytes.Clone(p.Octets)
		lo.packets = append(lo.packets, p)
	}
	if !lo.delivering {
		lo.alarm.Set(lo.host.runtime.Now())
	}
}

// deliver gives the host what waits, and what comes meanwhile. It runs when the alarm goes off.
func (lo *loopback) deliver() {
	lo.mu.Lock()
	defer lo.mu.Unlock()
	if lo.delivering {
		return
	}
	lo.delivering = true
	for len(lo.packets) > 0 {
		packets := lo.packets
		lo.packets = nil
		lo.mu.Unlock()
		lo.host.Deliver(lo.index, packets)
		lo.mu.Lock()
	}
	lo.delivering = false
}
