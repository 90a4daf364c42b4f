package narrate

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
	"time"

	"netlab/capture"
	"netlab/timeline"
	"netlab/trace"
)

// PcapngOptions say what else a capture of a run is to hold.
type PcapngOptions struct {
	KeyLog []byte        // goes along, so that whoever reads the capture can read what TLS had encrypted
	Shift  time.Duration // is added to the times of the run
}

// Pcapng writes the packets of a run as a capture: each once, as its origin sent it or as it arrived
// from outside, on an interface named after the host, with a comment that says why it was sent and
// what became of it.
func Pcapng(v timeline.View, w io.Writer, o PcapngOptions) error {
	p := &packets{shift: o.Shift}
	var err error
	if p.w, err = capture.NewWriter(w, interfaces(v)...); err != nil {
		return err
	}
	if len(o.KeyLog) > 0 {
		if err := p.w.WriteSecrets(capture.Secrets{Type: capture.TLSKeyLog, Data: o.KeyLog}); err != nil {
			return err
		}
	}
	for i := range v.Packets() {
		packet, ok := v.Packet(i)
		if !ok {
			continue // forgotten
		}
		if err := p.write(packet.First, packet.Replaces, fate(packet)); err != nil {
			return err
		}
	}
	return p.w.Flush()
}

// interfaces returns the hosts that sent packets, or took them from outside, in order of appearance; those that did so on
// links with and without frames twice.
func interfaces(v timeline.View) []capture.Interface {
	var all []capture.Interface
	for i := range v.Packets() {
		p, ok := v.Packet(i)
		if !ok {
			continue
		}
		if of := interfaceOf(p.First); !slices.Contains(all, of) {
			all = append(all, of)
		}
	}
	return all
}

// interfaceOf returns the interface on which a capture shows the packet of an event.
func interfaceOf(e *trace.Event) capture.Interface {
	return capture.Interface{Name: e.Host, Type: LinkType(e)}
}

// LinkType returns with what the octets of an event begin.
func LinkType(e *trace.Event) capture.LinkType {
	if e.Frame {
		return capture.Ether
	}
	return capture.RawIP
}

// fate says what became of a packet if it did not simply arrive.
func fate(p timeline.Packet) string {
	switch {
	case p.Lost != nil:
		return onLink("Lost", "on "+p.Lost.Link, strings.TrimPrefix(p.Lost.Text(), "is lost: "))
	case p.Discarded != nil:
		return "Discarded: " + p.Discarded.Host + " " + cmp.Or(p.Discarded.Text(), "gives no reason")
	}
	return ""
}

// packets writes packets from their events.
type packets struct {
	w     *capture.Writer
	shift time.Duration // of their times
}

func (p *packets) write(e *trace.Event, replaces int, fate string) error {
	i, err := p.w.Interface(interfaceOf(e))
	if err != nil {
		return err
	}
	return p.w.Write(e.At.Add(p.shift), i, e.Octets, comment(e, replaces, fate))
}

// comment is one line: "h1 sends SYN: the application connects (RFC 9293, Section 3.5). Replaces packet 33. Lost on r1>r2: loss 10%".
func comment(e *trace.Event, replaces int, fate string) string {
	var parts []string
	if text := e.Text(); text != "" {
		if !e.Ref.IsZero() {
			text += " (" + e.Ref.String() + ")"
		}
		parts = append(parts, strings.TrimSpace(e.Host+" "+text))
	}
	if replaces != 0 {
		parts = append(parts, fmt.Sprintf("Replaces packet %d", replaces))
	}
	if fate != "" {
		parts = append(parts, fate)
	}
	return strings.Join(parts, ". ")
}

// Recorder writes the packets of a live run as they come, each of them, in order, to a capture. A
// file that is slow for a while does not hold up the packets. Its methods may be called from any goroutine.
type Recorder struct {
	queue *queue

	mu      sync.Mutex
	packets packets
	ids     []trace.ID // the latest packets, in order, for naming those that are replaced
	before  int        // how many packets came before those
	err     error
}

// NewRecorder begins a capture on w. Close the Recorder before closing the file.
func NewRecorder(w io.Writer, interfaces ...capture.Interface) (*Recorder, error) {
	r := &Recorder{queue: newQueue(w)}
	var err error
	if r.packets.w, err = capture.NewWriter(r.queue, interfaces...); err != nil {
		r.queue.Close()
		return nil, err
	}
	return r, nil
}

// Tee returns an emit function, such as trace.New wants, that hands each event to emit and then
// records the packet that the event brings.
func (r *Recorder) Tee(emit func(trace.Event) trace.ID) func(trace.Event) trace.ID {
	return func(e trace.Event) trace.ID {
		r.mu.Lock() // also around emit: packets are to be in the file in the order of their IDs
		defer r.mu.Unlock()
		e.ID = emit(e)
		r.record(&e)
		return e.ID
	}
}

func (r *Recorder) record(e *trace.Event) {
	// As in package timeline: a packet is named by the event that first saw it.
	isNew := e.Packet == 0 && (e.Kind == trace.Sent || e.Kind == trace.Received) || e.Kind.OfPacket() && e.Packet == e.ID
	if !isNew || r.err != nil {
		return
	}
	if len(r.ids) == mostTold {
		r.ids = slices.Clone(r.ids[mostTold/2:])
		r.before += mostTold / 2
	}
	r.ids = append(r.ids, e.ID)
	replaces := 0
	if i, ok := slices.BinarySearch(r.ids, e.Replaces); ok {
		replaces = r.before + i + 1
	}
	r.err = r.packets.write(e, replaces, "")
}

// Secrets records lines of a TLS key log: they open what is recorded after them.
func (r *Recorder) Secrets(lines []byte) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.err == nil {
		r.err = r.packets.w.WriteSecrets(capture.Secrets{Type: capture.TLSKeyLog, Data: lines})
	}
}

// Flush hands what was recorded so far to the file.
func (r *Recorder) Flush() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.err == nil {
		r.err = r.packets.w.Flush()
	}
	return r.err
}

// Close writes what is still to be written and returns the first error there was, such as that of a
// full disk. The run that was recorded has gone on regardless.
func (r *Recorder) Close() error {
	err := r.Flush()
	if late := r.queue.Close(); err == nil && late != nil {
		err = fmt.Errorf("narrate: write capture: %w", late)
	}
	return err
}
