package export

import (
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"netlab/capture"
)

// Run is what happened, ready to be written.
type Run struct {
	Title   string
	Begin   time.Time // when time is zero
	Hosts   []string  // names or addresses, in order of appearance: the columns of a ladder
	Packets []Packet
	Events  []Event // of a simulated run: every decision; of a capture: none
	Notes   []Note  // in the order of their packets
	More    int     // packets that were left out, because there are too many

	chosen *capture.Numbers // of a capture: the packets that are wanted; nil: all
}

// Packet is one packet.
type Packet struct {
	Number   int
	At       time.Duration // when it was sent, or captured, since Begin
	Arrived  time.Duration // when it arrived, since Begin; 0: it did not, or nobody knows
	From, To string        // of Hosts
	Proto    string        // "TCP"
	What     string        // "SYN", "data 1..1461"
	Why      string        // why it was sent: a sentence, with its source; empty: nobody knows
	Lost     string        // what became of it, if it did not arrive: "lost on r1→r2"; empty: it did, or nobody knows
	Again    bool          // it carries what another one carried
	Stream   int           // of its connection or flow; -1: none

	Interface capture.Interface
	Record    capture.Record
}

// Event is a decision that a host took, or something that a link did.
type Event struct {
	At   time.Duration
	Kind string
	Host string // or link
	Flow string // the connection: "10.0.1.10:40001 10.0.2.20:80"; empty: none
	Text string
	Ref  string
	// Packet is the number of the packet that it is about; 0: none.
	Packet  int
	Changes [][3]string // name, old and new value
}

// Note is something worth pointing at.
type Note struct {
	Packet int
	Kind   string
	Text   string // a sentence
	Ref    string // the rule: "RFC 6298, Section 5"; empty: none
	Fine   bool   // no trouble
}

// MaxPackets is how many packets there are of a Run in pages, pictures and logs: more are of no use to anybody. The Run of a capture holds no more either, and
// a CaptureWriter writes captures whole.
const MaxPackets = 5000

// Short returns r as pages show it: its first MaxPackets packets, and how many More there are.
func (r *Run) Short() *Run {
	if len(r.Packets) <= MaxPackets {
		return r
	}
	short := *r
	short.Packets = r.Packets[:MaxPackets]
	short.More += len(r.Packets) - MaxPackets
	return &short
}

// ErrForm says that the ending of a file's name names none of the forms.
var ErrForm = errors.New("no such form")

// Forms returns the endings that Write knows.
func Forms() []string { return []string{".pcapng", ".html", ".svg", ".md", ".sqlog"} }

// Form returns the ending of a file's name, which says in which form it is written. The error wraps ErrForm.
func Form(file string) (string, error) {
	form := strings.ToLower(filepath.Ext(file))
	if !slices.Contains(Forms(), form) {
		return "", fmt.Errorf("export: %q: %w: want a name that ends in %s", file, ErrForm, strings.Join(Forms(), ", "))
	}
	return form, nil
}

// Write writes r in a form of Forms: as a capture whole, otherwise its first packets.
func Write(w io.Writer, form string, r *Run) error {
	if form == ".pcapng" {
		return Pcapng(w, r)
	}
	r = r.Short()
	switch form {
	case ".html":
		return HTML(w, r)
	case ".svg":
		return SVG(w, r)
	case ".md":
		return Mermaid(w, r)
	case ".sqlog":
		return Qlog(w, r)
	}
	return fmt.Errorf("export: %q: %w", form, ErrForm)
}

// host adds a column if it is new.
func (r *Run) host(name string) {
	if !slices.Contains(r.Hosts, name) {
		r.Hosts = append(r.Hosts, name)
	}
}

// notes returns what there is to say of packet number.
func (r *Run) notes(number int) []Note {
	first, _ := slices.BinarySearchFunc(r.Notes, number, func(n Note, number int) int { return n.Packet - number })
	last := first
	for last < len(r.Notes) && r.Notes[last].Packet == number {
		last++
	}
	return r.Notes[first:last]
}

// seconds writes a time as the screen does.
func seconds(d time.Duration) string { return fmt.Sprintf("%.6f", d.Seconds()) }

// streams reports whether there is more than one, so that it has to be said which.
func (r *Run) streams() bool {
	seen := -1
	for i := range r.Packets {
		if s := r.Packets[i].Stream; s >= 0 && seen >= 0 && s != seen {
			return true
		} else if s >= 0 {
			seen = s
		}
	}
	return false
}

// label is a packet in a line.
func (r *Run) label(p *Packet, streams bool) string {
	label := p.Proto + " " + p.What
	if streams && p.Stream >= 0 {
		label = fmt.Sprintf("[%d] %s", p.Stream, label)
	}
	return label
}
