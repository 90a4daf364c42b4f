package tui

import (
	"slices"
	"strings"

	tea "charm.land/bubbletea/v2"

	"netlab/capture"
	"netlab/stream"
	"netlab/tls"
)

// secrets are what TLS is decrypted with, and what came of it.
type secrets struct {
	log      *tls.KeyLog // of the user and of the file; never changed, but made anew
	embedded int         // octets of key log that the file held when log was made
	opened   map[int][]stream.Opened
	done     map[int]bool // TCP connections that were decrypted
	reading  bool
}

const (
	mostDecrypted = 20_000   // packets of a connection that are decrypted for the screen
	mostClear     = 16 << 20 // octets of a connection that are kept in the clear
	mostConns     = 64       // connections that are kept
)

// newSecrets takes the key log that the user gave, and what the file holds by now. A line that is broken decrypts nothing.
func newSecrets(keyLog []byte, file *capture.File) secrets {
	s := secrets{log: &tls.KeyLog{}, opened: map[int][]stream.Opened{}, done: map[int]bool{}}
	_ = s.log.Add(keyLog)
	text := file.KeyLog()
	_ = s.log.Add(text)
	s.embedded = len(text)
	return s
}

// renewSecrets takes secrets that the file has come by since.
func (r *replay) renewSecrets() {
	if len(r.file.KeyLog()) != r.secrets.embedded {
		reading := r.secrets.reading
		r.secrets = newSecrets(r.opts.KeyLog, r.file)
		r.secrets.reading = reading
	}
	clear(r.secrets.done) // connections may have become longer
}

// unseal has the next connection decrypted of which packets with TLS are seen.
func (r *replay) unseal() tea.Cmd {
	if r.secrets.log.Len() == 0 || r.secrets.reading {
		return nil
	}
	lines, _ := r.wanted()
	for _, n := range lines {
		p, ok := r.file.Place(n)
		if !ok || p.Transport != "TCP" || r.secrets.done[p.Stream] || r.pages.lines[n].Proto != "TLS" {
			continue
		}
		r.secrets.reading = true
		file, log := r.file, r.secrets.log
		return func() tea.Msg {
			opened := decrypt(file, log, file.Beginning(n, mostDecrypted))
			return did(func(r *replay) tea.Cmd {
				r.secrets.take(log, p.Stream, opened)
				r.pages.revision++
				return nil
			})
		}
	}
	return nil
}

// take keeps what was decrypted with a key log.
func (s *secrets) take(log *tls.KeyLog, conn int, opened map[int][]stream.Opened) {
	s.reading = false
	if s.log != log {
		return // there is another key log by now
	}
	if len(s.done) >= mostConns {
		clear(s.done)
		clear(s.opened)
	}
	s.done[conn] = true
	for n, records := range opened {
		s.opened[n] = records
	}
}

// decrypt returns what was protected in the packets of a connection.
func decrypt(file *capture.File, log *tls.KeyLog, numbers []int) map[int][]stream.Opened {
	all, size := map[int][]stream.Opened{}, 0
	records := stream.NewRecords(log)
	for _, n := range numbers {
		rec, err := file.Packet(n)
		if err != nil || size > mostClear {
			break
		}
		if opened := records.Add(stream.PacketOf(&rec)); len(opened) > 0 {
			all[n] = append([]stream.Opened(nil), opened...)
			for i := range opened {
				size += len(opened[i].Content)
			}
		}
	}
	return all
}

// decrypted adds to a packet what was protected in it: as octets behind its own, and as layers of these.
func (o *opened) decrypted(records []stream.Opened) {
	o.octets, o.sealed = slices.Concat(o.record.Packet, o.record.Joined), 0
	if len(records) == 0 {
		return
	}
	o.sealed = len(o.octets)
	own := 0
	for own < len(o.layers) && !strings.HasPrefix(o.layers[own].Key, stream.OpenedKey) {
		own++
	}
	o.octets, o.layers = stream.WithOpened(o.octets, o.layers[:own], records)
}
