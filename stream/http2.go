package stream

import (
	"bytes"
	"maps"
	"slices"
	"strconv"

	"golang.org/x/net/http2/hpack"

	"netlab/http"
	"netlab/http2"
)

// conn2 is the messages of a connection of HTTP/2: many at a time, each in a stream of its own.
type conn2 struct {
	client int // the direction of the requests
	asked  map[uint32]asked
	halves [2]half2
}

// half2 is one direction of a connection of HTTP/2.
type half2 struct {
	left     []byte // the beginning of a frame
	preface  bool   // it is over, or there is none
	decoder  *hpack.Decoder
	fields   []hpack.HeaderField // of the block that is being decoded
	block    []byte              // a field section that goes on in CONTINUATION
	ends     bool                // the stream ends with it
	messages map[uint32]*Message // whose content comes
	lost     bool                // what is said cannot be made out any more
}

const (
	maxFrame2 = 1 << 20 // octets of the largest frame that is looked at
	maxBlock  = 1 << 18 // octets of a compressed field section
)

// begins2 tells whether a connection of HTTP/2 begins with b, and whether that is the client's end.
func begins2(b []byte) (client, ok bool) {
	if len(b) >= len(http2.Preface) && string(b[:len(http2.Preface)]) == http2.Preface {
		return true, true
	}
	h, ok := http2.ParseHeader(b)
	return false, ok && h.Type == http2.Settings && h.Flags == 0 && http2.Begins(b)
}

func newConn2(dir int, client bool) *conn2 {
	c := &conn2{client: dir, asked: map[uint32]asked{}}
	if !client {
		c.client = 1 - dir
	}
	for i := range c.halves {
		half := &c.halves[i]
		half.preface = i != c.client
		half.messages = map[uint32]*Message{}
		half.decoder = hpack.NewDecoder(4096, func(f hpack.HeaderField) { half.fields = append(half.fields, f) })
		half.decoder.SetAllowedMaxDynamicTableSize(1 << 16) // what SETTINGS allow is not looked up
		half.decoder.SetMaxStringLength(1 << 16)
	}
	return c
}

// data2 takes the next octets of a connection of HTTP/2.
func (h *HTTP) data2(conn *conn2, c Chunk) {
	half := &conn.halves[c.Dir]
	if c.Missing > 0 && !half.lost {
		h.lose2(half, "octets of the connection were not captured")
	}
	if half.lost {
		return
	}
	b := c.Octets
	if len(half.left) > 0 {
		b = append(half.left, b...)
	}
	half.left = nil
	if !half.preface {
		if len(b) < len(http2.Preface) {
			half.left = bytes.Clone(b)
			return
		}
		b, half.preface = bytes.TrimPrefix(b, []byte(http2.Preface)), true
	}
	for {
		f, ok := http2.ParseHeader(b)
		if ok && f.Length > maxFrame2 {
			h.lose2(half, "a frame of "+strconv.Itoa(f.Length)+" octets")
			return
		}
		if !ok || len(b) < http2.HeaderLen+f.Length {
			half.left = bytes.Clone(b)
			return
		}
		h.frame2(conn, c, f, b[http2.HeaderLen:http2.HeaderLen+f.Length])
		if half.lost {
			return
		}
		b = b[http2.HeaderLen+f.Length:]
	}
}

// lose2 gives up a direction: what fields mean depends on all that came before.
func (h *HTTP) lose2(half *half2, why string) {
	half.lost = true
	for _, id := range slices.Sorted(maps.Keys(half.messages)) {
		h.end2(half, id, why)
	}
}

// end2 ends the message of a stream; with a problem, if it is not whole.
func (h *HTTP) end2(half *half2, id uint32, problem string) {
	m := half.messages[id]
	if m == nil {
		return
	}
	delete(half.messages, id)
	m.Problem = problem
	h.Done(m)
}

// frame2 takes a whole frame.
func (h *HTTP) frame2(conn *conn2, c Chunk, f http2.Header, payload []byte) {
	half := &conn.halves[c.Dir]
	fragment, ok := f.Fragment(payload)
	if !ok {
		h.lose2(half, "a frame whose padding is longer than itself")
		return
	}
	switch f.Type {
	case http2.Data:
		if m := half.messages[f.Stream]; m != nil && len(fragment) > 0 {
			h.content(m, fragment)
		}
		if f.Flags&http2.FlagEndStream != 0 {
			h.end2(half, f.Stream, "")
		}
	case http2.Headers, http2.PushPromise, http2.Continuation:
		if f.Type != http2.Continuation {
			half.block, half.ends = nil, f.Type == http2.Headers && f.Flags&http2.FlagEndStream != 0
		}
		half.block = append(half.block, fragment...)
		if len(half.block) > maxBlock {
			h.lose2(half, "a field section that is too long")
			return
		}
		if f.Flags&http2.FlagEndHeaders != 0 {
			h.section2(conn, c, f.Stream)
		}
	case http2.Reset:
		for i := range conn.halves {
			h.end2(&conn.halves[i], f.Stream, "the stream was reset")
		}
	}
}

// section2 takes a field section: that of a request or a response, or of trailers.
func (h *HTTP) section2(conn *conn2, c Chunk, id uint32) {
	half := &conn.halves[c.Dir]
	half.fields = half.fields[:0]
	_, err := half.decoder.Write(half.block)
	half.block = nil
	if err == nil {
		err = half.decoder.Close()
	}
	if err != nil {
		h.lose2(half, err.Error())
		return
	}
	m := h.message2(conn, c, id, half.fields)
	if m != nil && half.messages[id] == nil && len(half.messages) < maxAsked {
		half.messages[id] = m
		if h.Head != nil {
			h.Head(m)
		}
	}
	if half.ends {
		h.end2(half, id, "")
	}
}

// message2 makes a message of fields; nil if they are trailers, or a response that is not the final one.
func (h *HTTP) message2(conn *conn2, c Chunk, id uint32, fields []hpack.HeaderField) *Message {
	m := &Message{Stream: c.Stream, Dir: c.Dir, At: c.At, Packet: c.Packet, Secure: c.Secure}
	for _, f := range fields {
		switch f.Name {
		case ":method":
			m.Method = f.Value
		case ":path":
			m.Target = f.Value
		case ":authority":
			m.Host = f.Value
		case ":status":
			n, _ := strconv.Atoi(f.Value)
			m.Status = http.Status(n)
		case "content-type":
			m.Type = f.Value
		case "content-encoding":
			m.Encoding = f.Value
		}
	}
	switch {
	case c.Dir == conn.client && m.Method != "":
		if len(conn.asked) < maxAsked {
			conn.asked[id] = asked{m.Method, m.Target, m.Host}
		}
		return m
	case c.Dir != conn.client && m.Status >= 200:
		a := conn.asked[id]
		delete(conn.asked, id)
		m.Method, m.Target, m.Host = a.method, a.target, a.host
		return m
	}
	return nil
}

// ended2 takes that nothing more comes.
func (h *HTTP) ended2(conn *conn2) {
	for dir := range conn.halves {
		h.lose2(&conn.halves[dir], "the capture ends before it")
	}
}
