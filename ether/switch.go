package ether

import (
	"container/list"
	"fmt"
	"time"

	"netlab/trace"
	"netlab/wire"
)

// Defaults of SwitchConfig.
const (
	DefaultAgeing   = 300 * time.Second // the recommended value (IEEE 802.1D, Table 7-5)
	DefaultStations = 8192
)

// SwitchConfig of a Switch; the zero value means the defaults.
type SwitchConfig struct {
	Ports    []string      // their names, for events
	Ageing   time.Duration // a station that was silent for so long is forgotten; 0: DefaultAgeing
	Stations int           // that are remembered at most; 0: DefaultStations
}

// Switch is a learning bridge (IEEE 802.1D, Section 7): it looks at who sends the frames that come in through each port, and so
// learns through which port each station is reached. It changes no frame and has no address of its own.
type Switch struct {
	cfg      SwitchConfig
	trace    *trace.Tracer
	table    map[MAC]*list.Element
	order    list.List // of *station: the one heard last is at the back
	ports    []int     // room for what Receive returns
	counters SwitchCounters
}

// station is a row of the table.
type station struct {
	mac   MAC
	port  int
	heard time.Time
}

// SwitchCounters say what became of the frames. They only grow.
type SwitchCounters struct {
	Received, Forwarded, Flooded, Filtered, Malformed uint64
	Learned, Moved, Aged, Evicted                     uint64 // stations
}

// NewSwitch returns a switch that knows no station yet.
func NewSwitch(cfg SwitchConfig, t *trace.Tracer) *Switch {
	if cfg.Ageing == 0 {
		cfg.Ageing = DefaultAgeing
	}
	if cfg.Stations == 0 {
		cfg.Stations = DefaultStations
	}
	return &Switch{cfg: cfg, trace: t, table: map[MAC]*list.Element{}}
}

// Counters returns what became of the frames so far.
func (s *Switch) Counters() SwitchCounters { return s.counters }

// Receive takes a frame that came in through a port and returns the ports through which it is to go out, and why through
// each of those. cause is the
// event of its arrival, identity names the frame. What it returns is valid until the next call.
func (s *Switch) Receive(now time.Time, port int, frame []byte, cause, identity trace.ID) (ports []int, why trace.Reason) {
	s.counters.Received++
	s.ports = s.ports[:0]
	if len(frame) < HeaderLen || MAC(frame[6:12]).ToMany() || MAC(frame[6:12]).IsZero() {
		s.counters.Malformed++
		s.discard(now, cause, identity, "discards a frame that no single station can have sent")
		return nil, trace.Reason{}
	}
	dst, src := MAC(frame[0:6]), MAC(frame[6:12])
	learned := s.learn(now, port, src, cause)
	to, known := s.lookUp(now, dst)
	switch {
	case reserved(dst):
		// Bridges do not relay frames to the reserved groups (IEEE 802.1D, Section 7.12.6).
		s.counters.Filtered++
		s.discard(now, learned, identity, "keeps a frame that is for switches alone: it says nothing that this one knows")
	case known && to == port:
		s.counters.Filtered++
		s.discard(now, learned, identity, "does not pass the frame on: its destination is behind the port that it came from")
	case known:
		s.counters.Forwarded++
		s.ports = append(s.ports, to)
		why = s.reason(learned, "%s is behind it", dst)
	default:
		s.counters.Flooded++
		for p := range s.cfg.Ports {
			if p != port {
				s.ports = append(s.ports, p)
			}
		}
		if dst.ToMany() {
			why = s.reason(learned, "it is for many, so it goes to every other port")
		} else {
			why = s.reason(learned, "it does not know yet where %s is, so it goes to every other port", dst)
		}
	}
	return s.ports, why
}

// reserved reports whether frames to a group stay on their link: 01:80:c2:00:00:00 to 01:80:c2:00:00:0f.
func reserved(m MAC) bool {
	return m[0] == 0x01 && m[1] == 0x80 && m[2] == 0xc2 && m[3] == 0 && m[4] == 0 && m[5] <= 0x0f
}

// learn notes through which port a station was heard (IEEE 802.1D, Section 7.8), and returns the latest event.
func (s *Switch) learn(now time.Time, port int, mac MAC, cause trace.ID) trace.ID {
	s.age(now)
	e := s.table[mac]
	if e == nil {
		if len(s.table) >= s.cfg.Stations {
			s.counters.Evicted++
			s.forget(s.order.Front())
		}
		s.table[mac] = s.order.PushBack(&station{mac, port, now})
		s.counters.Learned++
		return s.tell(now, cause, "learns that %s is behind port %s", mac, s.cfg.Ports[port])
	}
	known := e.Value.(*station)
	known.heard = now
	s.order.MoveToBack(e)
	if known.port == port {
		return cause
	}
	from := known.port
	known.port = port
	s.counters.Moved++
	return s.tell(now, cause, "learns that %s has moved from port %s to port %s", mac, s.cfg.Ports[from], s.cfg.Ports[port])
}

// lookUp returns the port behind which a station is.
func (s *Switch) lookUp(now time.Time, mac MAC) (port int, known bool) {
	s.age(now)
	e := s.table[mac]
	if e == nil {
		return 0, false
	}
	return e.Value.(*station).port, true
}

// age forgets the stations that were silent for too long: they are at the front.
func (s *Switch) age(now time.Time) {
	for e := s.order.Front(); e != nil && now.Sub(e.Value.(*station).heard) >= s.cfg.Ageing; e = s.order.Front() {
		s.counters.Aged++
		s.forget(e)
	}
}

func (s *Switch) forget(e *list.Element) {
	delete(s.table, e.Value.(*station).mac)
	s.order.Remove(e)
}

// Row is a row of the table: behind which port a station is, and when it was heard last.
type Row struct {
	MAC   MAC
	Port  string
	Heard time.Time
}

// Table returns what the switch has learned, the station heard last at the end.
func (s *Switch) Table(now time.Time) []Row {
	s.age(now)
	var all []Row
	for e := s.order.Front(); e != nil; e = e.Next() {
		row := e.Value.(*station)
		all = append(all, Row{row.mac, s.cfg.Ports[row.port], row.heard})
	}
	return all
}

// tell tells of the table; it returns the event, or cause if nobody listens.
func (s *Switch) tell(now time.Time, cause trace.ID, say string, args ...any) trace.ID {
	if !s.trace.On() {
		return cause
	}
	return s.trace.Emit(trace.Event{At: now, Kind: trace.Note, Cause: cause, Say: fmt.Sprintf(say, args...), Ref: wire.Ref{Doc: "IEEE 802.1D", Section: "7.8"}})
}

// discard tells of a frame that goes no further.
func (s *Switch) discard(now time.Time, cause, identity trace.ID, say string) {
	if s.trace.On() {
		s.trace.Emit(trace.Event{At: now, Kind: trace.Discarded, Cause: cause, Packet: identity, Say: say, Ref: wire.Ref{Doc: "IEEE 802.1D", Section: "7.7"}})
	}
}

// reason returns why a frame is passed on; nothing if nobody listens.
func (s *Switch) reason(cause trace.ID, say string, args ...any) trace.Reason {
	if !s.trace.On() {
		return trace.Reason{}
	}
	return trace.Reason{Cause: cause, Say: fmt.Sprintf(say, args...), Ref: wire.Ref{Doc: "IEEE 802.1D", Section: "7.7"}}
}
