package stream

import (
	"bytes"
	"strconv"
	"time"

	"netlab/http"
)

// Message is an HTTP message found in a stream.
type Message struct {
	Stream *Stream
	Dir    int // index in Stream.Ends of who sent it
	At     time.Time
	Packet int // in which its head ends
	Secure bool

	Method, Target, Host string      // of a request, or of the request that a response answers
	Status               http.Status // of a response; 0: it is a request
	Reason               string
	Type, Encoding       string // Content-Type and Content-Encoding

	Content int64  // octets of content, as far as they are there
	Problem string // why it is not whole; empty if it is
}

// Words returns the message's first line in short: "GET /blob", "200 OK".
func (m *Message) Words() string {
	if m.Status == 0 {
		return m.Method + " " + m.Target
	}
	reason := m.Reason
	if reason == "" {
		reason = m.Status.Reason()
	}
	return strconv.Itoa(int(m.Status)) + " " + reason
}

// HTTP finds the messages in the chunks of streams. Give it what Config.Data and Config.Ended of an Assembler get.
type HTTP struct {
	Head    func(*Message)         // a head is complete
	Content func(*Message, []byte) // the next octets of content, without the chunked coding; nil: not wanted
	Done    func(*Message)         // the message is over, whole or not

	conns map[*Stream]*httpConn
}

// maxAsked bounds the requests of a connection that wait for their responses.
const maxAsked = 1000

// httpConn is the messages of one connection.
type httpConn struct {
	halves [2]httpHalf
	asked  []asked // requests that were not answered yet
	two    *conn2  // it speaks HTTP/2
}

type asked struct{ method, target, host string }

// httpHalf is one direction of a connection.
type httpHalf struct {
	parser   http.Parser
	state    httpState
	response bool
	left     []byte   // octets that the parser wants to see again
	message  *Message // the one whose content comes; nil between messages
}

type httpState uint8

const (
	looking httpState = iota // nothing was recognised yet, or the thread was lost
	reading
	foreign // this is not HTTP, or not any more
)

// Data takes the next octets of a stream.
func (h *HTTP) Data(c Chunk) {
	if c.UDP {
		return
	}
	conn := h.conns[c.Stream]
	if conn == nil {
		_, two := begins2(c.Octets)
		if _, one := http.Summary(c.Octets); !one && !two {
			return
		}
		if h.conns == nil {
			h.conns = map[*Stream]*httpConn{}
		}
		conn = &httpConn{}
		h.conns[c.Stream] = conn
	}
	half := &conn.halves[c.Dir]
	if conn.two == nil && half.state == looking && conn.halves[1-c.Dir].state == looking {
		if client, ok := begins2(c.Octets); ok {
			conn.two = newConn2(c.Dir, client)
		}
	}
	if conn.two != nil {
		h.data2(conn.two, c)
		return
	}
	if c.Missing > 0 {
		h.gap(half, c)
	}
	if half.state == looking {
		if _, ok := http.Summary(c.Octets); !ok {
			return
		}
		half.state, half.left = reading, nil
		half.response = bytes.HasPrefix(c.Octets, []byte("HTTP/"))
		half.parser = http.NewRequestParser(http.Limits{})
		if half.response {
			half.parser = http.NewResponseParser(http.Limits{})
		}
	}
	if half.state == reading {
		h.read(conn, half, c)
	}
}

// SpeaksHTTP reports whether an end that begins with these octets speaks HTTP, of any version.
func SpeaksHTTP(b []byte) bool {
	_, one := http.Summary(b)
	_, two := begins2(b)
	return one || two
}

// gap goes on behind missing octets: in content of known length they count, as zeros; elsewhere, and where nobody knows how many they are, the
// thread is lost until a message begins again.
func (h *HTTP) gap(half *httpHalf, c Chunk) {
	if half.state != reading {
		return
	}
	m := half.message
	if m != nil && !c.Secure && half.parser.Pending() >= c.Missing && !half.parser.Head.Chunked && len(half.left) == 0 {
		m.Problem = strconv.FormatInt(c.Missing, 10) + " octets were not captured"
		zeros := make([]byte, min(c.Missing, 1<<16))
		for n := c.Missing; n > 0; n -= int64(len(zeros)) {
			zeros = zeros[:min(n, int64(len(zeros)))]
			half.parser.Next(zeros)
			h.content(m, zeros)
		}
		return
	}
	h.drop(half, "octets of it were not captured")
	half.state = looking
}

// drop ends a message that does not become whole.
func (h *HTTP) drop(half *httpHalf, why string) {
	if m := half.message; m != nil {
		half.message = nil
		m.Problem = why
		h.Done(m)
	}
}

func (h *HTTP) content(m *Message, b []byte) {
	m.Content += int64(len(b))
	if h.Content != nil {
		h.Content(m, b)
	}
}

// read gives octets to the parser of a direction and tells what it finds.
func (h *HTTP) read(conn *httpConn, half *httpHalf, c Chunk) {
	b := c.Octets
	if len(half.left) > 0 {
		b = append(half.left, b...)
	}
	half.left = nil
	for half.state == reading {
		if half.response && half.message == nil && len(conn.asked) > 0 {
			half.parser.Answers(conn.asked[0].method)
		}
		ev, n, err := half.parser.Next(b)
		b = b[n:]
		if err != nil {
			h.drop(half, err.Error())
			half.state = looking
			return
		}
		switch ev.Kind {
		case http.NeedMore:
			half.left = bytes.Clone(b) // bounded by the parser's limits
			return
		case http.HeadDone:
			half.message = h.begin(conn, half, c)
		case http.Content:
			h.content(half.message, ev.Data)
		case http.End:
			m := half.message
			half.message = nil
			h.Done(m)
			// RFC 9110, Sections 7.8 and 9.3.6: from here on the connection speaks another protocol.
			if half.response && (m.Status == http.StatusSwitchingProtocols || m.Method == "CONNECT" && m.Status/100 == 2) {
				conn.halves[0].state, conn.halves[1].state = foreign, foreign
			}
		}
	}
}

// begin notes a message whose head is complete.
func (h *HTTP) begin(conn *httpConn, half *httpHalf, c Chunk) *Message {
	head := &half.parser.Head
	m := &Message{
		Stream: c.Stream, Dir: c.Dir, At: c.At, Packet: c.Packet, Secure: c.Secure, Status: head.Status, Reason: head.Reason,
		Type: head.Header.Get("Content-Type"), Encoding: head.Header.Get("Content-Encoding"),
	}
	switch {
	case !half.response:
		m.Method, m.Target, m.Host = head.Method, head.Target, head.Header.Get("Host")
		if len(conn.asked) < maxAsked {
			conn.asked = append(conn.asked, asked{m.Method, m.Target, m.Host})
		}
	case len(conn.asked) > 0:
		m.Method, m.Target, m.Host = conn.asked[0].method, conn.asked[0].target, conn.asked[0].host
		if m.Status/100 != 1 || m.Status == http.StatusSwitchingProtocols { // a 1xx is not the final answer (RFC 9110, Section 15.2)
			conn.asked = conn.asked[1:]
		}
	}
	if h.Head != nil {
		h.Head(m)
	}
	return m
}

// Ended takes that nothing more comes of a stream.
func (h *HTTP) Ended(s *Stream) {
	conn := h.conns[s]
	if conn == nil {
		return
	}
	delete(h.conns, s)
	if conn.two != nil {
		h.ended2(conn.two)
	}
	for dir := range conn.halves {
		half := &conn.halves[dir]
		if half.message == nil {
			continue
		}
		if ev, err := half.parser.EOF(); err == nil && ev.Kind == http.End && s.Ends[dir].Finished {
			h.Done(half.message)
			half.message = nil
		}
		h.drop(half, "the capture ends before it")
	}
}
