package tui

import (
	"context"
	"slices"
	"sort"
	"strings"

	tea "charm.land/bubbletea/v2"

	"netlab/capture"
	"netlab/stream"
	"netlab/tls"
)

// secrecyKey is which TCP connection is read as TLS, and with what.
type secrecyKey struct {
	stream int
	loaded bool
	log    *tls.KeyLog
}

// secrecy is what the two ends of a connection said with TLS.
type secrecy struct {
	stream   int
	messages []tlsMessage
	more     bool // there is more than is read
	agreed   agreement
	schedule schedule
	records  [3]int // in the clear, decrypted, not to be read
}

// tlsMessage is a handshake message, or a record of another kind.
type tlsMessage struct {
	packet, dir, octets int
	name                string
	keys                string // what it was protected with; empty: nothing, or nobody knows
	protected           bool
	problem             string // why it cannot be read
	version             tls.Version
	kind                tls.ContentType
	content             []byte // in the clear
}

const mostMessages = 4096 // of a connection that are kept

// readTLS has the selected packet's connection read as TLS, if the scene wants that.
func (r *replay) readTLS() tea.Cmd {
	p, ok := r.file.Place(r.selected)
	if r.scene != asTLS || !ok || p.Transport != "TCP" {
		return nil
	}
	k := secrecyKey{p.Stream, r.loaded, r.secrets.log}
	if r.secrecy.asked && r.secrecy.of == k {
		return nil
	}
	file, number := r.file, r.selected
	return r.secrecy.ask(k, func(ctx context.Context, progress func(done, all int)) secrecy {
		return readSecrecy(ctx, file, number, k, progress)
	})
}

// tlsReader puts messages together from records.
type tlsReader struct {
	secrecy
	decrypter *tls.Decrypter // nil: no TLS has begun
	begun     [2][]byte      // a handshake message of which more is to come
	size      int            // octets of content that are kept
}

func readSecrecy(ctx context.Context, file *capture.File, number int, k secrecyKey, progress func(done, all int)) secrecy {
	t := tlsReader{secrecy: secrecy{stream: k.stream}}
	streams := stream.New(stream.Config{Data: func(c stream.Chunk) { t.take(c, k.log) }})
	numbers := file.Beginning(number, mostDecrypted)
	t.more = len(numbers) == mostDecrypted
	for i, n := range numbers {
		if i%256 == 0 {
			progress(i, len(numbers))
		}
		rec, err := file.Packet(n)
		if err != nil || ctx.Err() != nil || t.size > mostClear {
			t.more = true
			break
		}
		streams.AddRecord(&rec)
	}
	streams.Close()
	if t.decrypter != nil {
		t.agreed = agreementIn(t.messages, t.decrypter)
		t.schedule = scheduleOf(t.decrypter, k.log)
	}
	return t.secrecy
}

// take reads the records in the next octets of the connection.
func (t *tlsReader) take(c stream.Chunk, log *tls.KeyLog) {
	if t.decrypter == nil {
		if c.UDP || !tls.Begins(c.Octets) {
			return
		}
		t.decrypter = tls.NewDecrypter(log)
	}
	t.decrypter.Lost(c.Dir, c.Missing)
	for _, p := range t.decrypter.Receive(c.Dir, c.Octets) {
		t.record(c.Packet, &p)
	}
}

// record takes a record. Messages of the handshake may share one, or need several.
func (t *tlsReader) record(packet int, p *tls.Plain) {
	switch {
	case p.Problem != "":
		t.records[2]++
	case p.Protected:
		t.records[1]++
	default:
		t.records[0]++
	}
	m := tlsMessage{
		packet: packet, dir: p.Dir, octets: p.Len, keys: p.Keys, protected: p.Protected, problem: p.Problem,
		version: p.Version, kind: p.Type, content: slices.Clone(p.Content),
	}
	if p.Type != tls.ContentHandshake || p.Problem != "" {
		o := stream.Opened{Plain: *p}
		if m.name = o.Words(); p.Problem != "" {
			m.name = "{} " + strings.ReplaceAll(p.Type.String(), "_", " ")
		}
		t.add(m)
		return
	}
	begun := append(t.begun[p.Dir], p.Content...)
	for len(begun) >= 4 {
		n := 4 + int(begun[1])<<16 + int(begun[2])<<8 + int(begun[3])
		if n > len(begun) {
			break
		}
		one := m
		one.octets, one.content = n, slices.Clone(begun[:n])
		for _, words := range tls.MessageWords(one.content) {
			if one.name = words; p.Protected {
				one.name = "{} " + words
			}
		}
		t.add(one)
		begun = begun[n:]
	}
	t.begun[p.Dir] = slices.Clone(begun)
}

func (t *tlsReader) add(m tlsMessage) {
	if len(t.messages) == mostMessages {
		t.more = true
		return
	}
	t.size += len(m.content)
	t.messages = append(t.messages, m)
}

// at returns the index of the message that is looked at while a packet is selected: picked if that is in it, or else the first in it, or the
// last before; -1: there is none.
func (s *secrecy) at(packet, picked int) int {
	if picked >= 0 && picked < len(s.messages) && s.messages[picked].packet == packet {
		return picked
	}
	i := sort.Search(len(s.messages), func(i int) bool { return s.messages[i].packet >= packet })
	if i < len(s.messages) && (s.messages[i].packet == packet || i == 0) {
		return i
	}
	return i - 1
}

// message is the one that is looked at; nil: there is none.
func (r *replay) message() *tlsMessage {
	s := &r.secrecy.got
	if i := s.at(r.selected, r.picked); i >= 0 {
		return &s.messages[i]
	}
	return nil
}

// moveInTLS goes to another message. It reports whether the key was one for that.
func (r *replay) moveInTLS(a action, by int) bool {
	s := &r.secrecy.got
	if r.focus != inMessages || len(s.messages) == 0 {
		return false
	}
	i := s.at(r.selected, r.picked) + by
	switch a {
	case moveLeft:
		i--
	case moveRight:
		i++
	case toStart:
		i = 0
	case toEnd:
		i = len(s.messages) - 1
	default:
		if by == 0 {
			return false
		}
	}
	r.pickMessage(i)
	return true
}

func (r *replay) pickMessage(i int) {
	s := &r.secrecy.got
	r.picked = min(max(i, 0), len(s.messages)-1)
	r.selectPacket(s.messages[r.picked].packet)
}

// tlsPane makes a pane of the TLS scene.
func (r *replay) tlsPane(p pane, h head) view {
	place, _ := r.file.Place(r.selected)
	s := &r.secrecy.got
	empty := ""
	switch {
	case place.Transport != "TCP":
		empty = "the selected packet is none of TCP: . goes on, f2 shows the list"
	case len(s.messages) > 0 && s.stream == place.Stream:
	case !r.secrecy.ready:
		empty = r.secrecy.words()
	default:
		empty = "this connection speaks no TLS that can be read: /tls finds others"
	}
	if empty != "" {
		return emptyPane{h, r.look, empty}
	}
	m := r.message()
	text := textPane{head: h, look: r.look}
	if r.focus == p {
		text.scroll = r.scroll
	}
	switch p {
	case inMessages:
		h.about = "TCP " + decimal(s.stream) + "   " + count(len(s.messages), "message")
		if s.more {
			h.about += " and more"
		}
		return messagesPane{h, r.look, s.messages, s.at(r.selected, r.picked)}
	case inAgreed:
		text.lines = func(width int) []line { return s.agreed.lines(width, s.records) }
	case inSchedule:
		text.about = "RFC 8446 §7.1"
		if s.schedule.version == tls.VersionTLS12 {
			text.about = "RFC 5246 §8.1"
		}
		text.follow = r.focus != p
		text.lines = func(width int) []line { return s.schedule.lines(width, m) }
	case inFields:
		text.about = m.name
		text.lines = m.fields
	default:
		text.about = m.name
		text.lines = m.octetLines
	}
	return text
}
