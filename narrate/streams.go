package narrate

import (
	"fmt"
	"io"

	"netlab/capture"
	"netlab/stream"
)

// StreamsPlain writes the TCP connections and UDP flows of a capture as text, with the HTTP messages in them. An error of the capture comes back
// after everything before it has been told.
func StreamsPlain(w io.Writer, name string, r *capture.Reader, o Options) error {
	p := newPaper(w, o)
	s := newReplay(o)
	p.line(name)
	c := newConversations(o, func(v *conversation) { p.conversation(v, s) })
	err := c.read(r, s)
	p.closing(r, s, err)
	if flushErr := p.flush(); err == nil {
		err = flushErr
	}
	return err
}

// closing says what all was, and if the capture breaks off, that it does.
func (p *paper) closing(r *capture.Reader, s *replay, err error) {
	p.line("")
	if err != nil {
		p.skipped(s.skips(r))
		p.broken(s)
		return
	}
	p.line(s.String() + ".")
}

// conversation writes the lines of one stream.
func (p *paper) conversation(v *conversation, s *replay) {
	p.line("")
	line := fmt.Sprintf("%-7s %s%s%s", v.name(), s.hosts.beside(s.name(v.Ends[0].Addr.String())), p.signs.to, s.hosts.beside(s.name(v.Ends[1].Addr.String())))
	if v.proto != "" {
		line += "  " + v.proto
	} else if service := capture.Service(v.Transport, v.Ends[1].Addr.Port()); service != "" {
		line += "  (port of " + service + ")"
	}
	if v.server != "" {
		line += " for " + v.server
	}
	if v.decrypted {
		line += ", decrypted"
	}
	p.line(line)
	at := v.Start.Sub(s.start).Seconds()
	line = fmt.Sprintf("%10.6f  from packet %d on, for %s: %d and %s, %d and %s", at, v.First, seconds(v.Last.Sub(v.Start)),
		v.Ends[0].Packets, count(int64(v.Ends[1].Packets), "packet"), v.Ends[0].Octets, count(v.Ends[1].Octets, "octet"))
	if course := v.course(s.name); course != "" {
		line += "; " + course
	}
	p.line(line)
	for dir := range v.Ends {
		if words := damage(&v.Ends[dir]); words != "" {
			p.line(fmt.Sprintf("%12s! from %s: %s", "", s.name(v.Ends[dir].Addr.String()), words))
		}
	}
	for _, m := range v.messages {
		line := fmt.Sprintf("%10.6f  %4d  %s", m.At.Sub(s.start).Seconds(), m.Packet, messageWords(m))
		if m.Content > 0 {
			line += ", " + count(m.Content, "octet")
		}
		if m.Problem != "" {
			line += "  ! " + m.Problem
		}
		p.line(line)
	}
	if v.more > 0 {
		p.line(fmt.Sprintf("%12s… and %s more", "", count(int64(v.more), "message")))
	}
}

// messageWords says what a message is: a request with the host it asks, a response with its type.
func messageWords(m *stream.Message) string {
	words := m.Words()
	switch {
	case m.Status == 0 && m.Host != "":
		words += " of " + m.Host
	case m.Status != 0 && m.Type != "":
		words += ", " + m.Type
	}
	if m.Encoding != "" {
		words += ", " + m.Encoding
	}
	return words
}

type jsonStream struct {
	Kind       string        `json:"kind"` // "stream"
	Transport  string        `json:"transport"`
	Stream     int           `json:"stream"`
	Ends       [2]string     `json:"ends"`
	Names      []string      `json:"names,omitempty"` // of both ends, as the capture gives them
	Proto      string        `json:"proto,omitempty"`
	Server     string        `json:"server_name,omitempty"` // that the client asked for
	First      int           `json:"first"`
	T          decimal       `json:"t"`
	Duration   decimal       `json:"duration"`
	Packets    [2]int        `json:"packets"`
	Octets     [2]int64      `json:"octets"`
	Decrypted  bool          `json:"decrypted,omitempty"`
	Opened     bool          `json:"opened,omitempty"`
	Both       bool          `json:"both,omitempty"`
	Finished   []int         `json:"finished,omitempty"`
	Reset      string        `json:"reset,omitempty"`
	Missing    *[2]int64     `json:"missing,omitempty"`
	Again      *[2]int       `json:"again,omitempty"`
	KeepAlives *[2]int       `json:"keepalives,omitempty"`
	Overlaps   *[2]int       `json:"overlaps,omitempty"`
	Conflicts  *[2]int       `json:"conflicts,omitempty"`
	Messages   []jsonMessage `json:"messages,omitempty"`
	More       int           `json:"more,omitempty"`
}

type jsonMessage struct {
	T       decimal `json:"t"`
	Packet  int     `json:"packet"`
	From    string  `json:"from"`
	Method  string  `json:"method,omitempty"`
	Target  string  `json:"target,omitempty"`
	Host    string  `json:"host,omitempty"`
	Status  int     `json:"status,omitempty"`
	Type    string  `json:"type,omitempty"`
	Coding  string  `json:"encoding,omitempty"`
	Content int64   `json:"content,omitempty"`
	Problem string  `json:"problem,omitempty"`
}

// StreamsJSON writes the TCP connections and UDP flows of a capture as JSON, one object each, between one of kind "start" and one of kind
// "end". An error of the capture comes back after everything before it has been told.
func StreamsJSON(w io.Writer, name string, r *capture.Reader, o Options) error {
	j := NewJSON(w, o)
	s := newReplay(o)
	writeErr := j.write(jsonHeader{Kind: "start", Title: name}, nil)
	c := newConversations(o, func(v *conversation) {
		if writeErr == nil {
			writeErr = j.write(streamObject(v, s), nil)
		}
	})
	err := c.read(r, s)
	if err != nil {
		_ = j.damage(s.skips(r))
		j.out.Flush()
		return err
	}
	if writeErr != nil {
		return writeErr
	}
	return j.write(s.end(), j.out.Flush)
}

func streamObject(v *conversation, s *replay) jsonStream {
	o := jsonStream{
		Kind: "stream", Transport: v.Transport, Stream: v.Number, Proto: v.proto, Server: v.server, First: v.First,
		T: decimal(v.Start.Sub(s.start)), Duration: decimal(v.Last.Sub(v.Start)), Decrypted: v.decrypted, Opened: v.SYN, Both: v.Both, More: v.more,
	}
	var missing [2]int64
	var again, keepAlives, overlaps, conflicts [2]int
	for i := range v.Ends {
		e := &v.Ends[i]
		o.Ends[i] = s.name(e.Addr.String())
		o.Packets[i], o.Octets[i], missing[i] = e.Packets, e.Octets, e.Missing
		again[i], keepAlives[i], overlaps[i], conflicts[i] = e.Again, e.KeepAlives, e.Overlaps, e.Conflicts
		if e.Finished {
			o.Finished = append(o.Finished, i)
		}
	}
	o.Names = s.hosts.pairOf(o.Ends[0], o.Ends[1])
	if v.Reset > 0 {
		o.Reset = o.Ends[v.Reset-1]
	}
	if missing != [2]int64{} {
		o.Missing = &missing
	}
	for _, both := range []struct {
		have [2]int
		to   **[2]int
	}{{again, &o.Again}, {keepAlives, &o.KeepAlives}, {overlaps, &o.Overlaps}, {conflicts, &o.Conflicts}} {
		if both.have != [2]int{} {
			*both.to = &both.have
		}
	}
	for _, m := range v.messages {
		o.Messages = append(o.Messages, messageObject(m, s))
	}
	return o
}

func messageObject(m *stream.Message, s *replay) jsonMessage {
	o := jsonMessage{
		T: decimal(m.At.Sub(s.start)), Packet: m.Packet, From: s.name(m.Stream.Ends[m.Dir].Addr.String()), Status: int(m.Status),
		Type: m.Type, Coding: m.Encoding, Content: m.Content, Problem: m.Problem,
	}
	if m.Status == 0 {
		o.Method, o.Target, o.Host = m.Method, m.Target, m.Host
	}
	return o
}
