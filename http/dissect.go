package http

import (
	"bytes"
	"errors"
	"slices"
	"strconv"
	"strings"

	"netlab/wire"
)

// Begins reports whether a message begins at the first octet of b.
func Begins(b []byte) bool {
	if len(b) == 0 || !isToken(b[:1]) {
		return false
	}
	_, ok := Summary(b)
	return ok
}

// Summary returns a message that begins at the first octet of b in a few words: "GET /blob", "200 OK". false: none begins there.
func Summary(b []byte) (string, bool) {
	line, _, _ := bytes.Cut(b, []byte("\r\n"))
	if bytes.HasPrefix(line, []byte("HTTP/")) {
		if s, err := statusLine(line, 0); err == nil {
			reason := string(line[s.second.from:])
			if reason == "" {
				reason = s.status.Reason()
			}
			return strconv.Itoa(int(s.status)) + " " + reason, true
		}
		return "", false
	}
	// Most segments lie within content: that their first line does not end in a version is seen at once.
	if at := len(line) - len("HTTP/1.1"); at < 0 || !bytes.HasPrefix(line[at:], []byte("HTTP/")) {
		return "", false
	}
	s, err := requestLine(line, 0)
	if err != nil {
		return "", false
	}
	return string(line[:s.second.to]), true
}

// Dissector takes messages apart. It holds what is the same for all of them, so that it is made once for many; several goroutines may use one.
type Dissector struct {
	asked wire.Asked
	known []knownField
}

// NewDissector returns a dissector that shows of messages what is asked for.
func NewDissector(asked wire.Asked) *Dissector { return &Dissector{asked, knownFields()} }

// Dissect returns the message that begins at the first octet of b, a TCP payload, as a node: start line, fields, and as much of the content as is there.
// If none begins there, all of b is a piece of one that began before. bit is the offset of b in the packet.
func Dissect(b []byte, bit int) wire.Node { return NewDissector("").Message(b, bit) }

// Message is Dissect, for what is asked for.
func (d *Dissector) Message(b []byte, bit int) wire.Node {
	root := wire.Node{
		Name: "Hypertext Transfer Protocol", Key: "http", Bit: bit, Width: 8 * len(b),
		Doc: "A request of a client or the response of a server.", Ref: wire.RFC("9112", "2.1"),
	}
	summary, ok := Summary(b)
	if !ok {
		root.Value = "continues"
		root.Children = []wire.Node{contentNode(b, bit, 0)}
		return root
	}
	root.Value = summary
	if string(d.asked) == root.Key {
		return root
	}
	if d.asked.All() {
		root.Note = problem(b)
	}
	at, ended := 0, false
	for first := true; at < len(b) && !ended; first = false {
		length, line := cutLine(b[at:])
		switch {
		case first:
			root.Children = d.asked.Join(root.Children, startNode(line, bit+8*at, length))
		case len(line) == 0:
			ended = true
			root.Children = d.asked.Join(root.Children, wire.Node{
				Name: "Empty Line", Bit: bit + 8*at, Width: 8 * length, Value: "CRLF",
				Doc: "Ends the header section.", Ref: wire.RFC("9112", "2.1"),
			})
		default:
			if n, ok := d.field(line, bit+8*at, length); ok {
				root.Children = append(root.Children, n)
			}
		}
		at += length
	}
	if !ended && root.Note == "" {
		root.Note = "the header section goes on in a later segment"
	}
	if at < len(b) {
		root.Children = d.asked.Join(root.Children, contentNode(b, bit, at))
	}
	return root
}

// problem says in words what the parser refuses in b.
func problem(b []byte) string {
	p := NewRequestParser(Limits{})
	if bytes.HasPrefix(b, []byte("HTTP/")) {
		p = NewResponseParser(Limits{})
	}
	var refused *Error
	if _, _, err := p.Next(b); errors.As(err, &refused) {
		return refused.Say
	}
	return ""
}

// cutLine returns the first line of b without its end, and its length with it.
func cutLine(b []byte) (length int, line []byte) {
	i := bytes.IndexByte(b, '\n')
	if i < 0 {
		return len(b), b
	}
	return i + 1, bytes.TrimSuffix(b[:i], []byte("\r"))
}

func contentNode(b []byte, bit, at int) wire.Node {
	n := len(b) - at
	return wire.Node{
		Name: "Content", Key: "http.file_data", Bit: bit + 8*at, Width: 8 * n, Value: strconv.Itoa(n) + " octets", Uint: uint64(n),
		Doc: "Octets of the message's content, as the header section frames them.", Ref: wire.RFC("9112", "6"),
	}
}

// startNode dissects a request line or status line. length counts its CRLF.
func startNode(line []byte, bit, length int) wire.Node {
	n := wire.Node{Bit: bit, Width: 8 * length, Value: string(line)}
	part := func(s span, name, key, doc string, ref wire.Ref) wire.Node {
		return wire.Node{Name: name, Key: key, Bit: bit + 8*s.from, Width: 8 * (s.to - s.from), Value: string(line[s.from:s.to]), Doc: doc, Ref: ref}
	}
	if s, err := requestLine(line, 0); err == nil {
		n.Name, n.Key, n.Doc, n.Ref = "Request Line", "http.request", "What the client asks for.", wire.RFC("9112", "3")
		n.Children = []wire.Node{
			part(s.first, "Method", "http.request.method", "What to do with the target.", wire.RFC("9110", "9.3")),
			part(s.second, "Request Target", "http.request.uri", "What to do it with.", wire.RFC("9112", "3.2")),
			part(span{s.second.to + 1, len(line)}, "Version", "http.request.version", "The version of HTTP that the client speaks.", wire.RFC("9112", "2.3")),
		}
		return n
	}
	s, err := statusLine(line, 0)
	if err != nil {
		return n
	}
	n.Name, n.Key, n.Doc, n.Ref = "Status Line", "http.response", "How the request went.", wire.RFC("9112", "4")
	code := part(s.first, "Status Code", "http.response.code", "The result of the request.", wire.RFC("9110", "15"))
	code.Uint = uint64(s.status)
	if c, ok := s.status.Lookup(); ok {
		code.Doc = strings.TrimSpace(c.Doc + " " + c.Note)
		if !c.Ref.IsZero() {
			code.Ref = c.Ref
		}
	}
	n.Children = []wire.Node{
		part(span{0, s.first.from - 1}, "Version", "http.response.version", "The version of HTTP that the server speaks.", wire.RFC("9112", "2.3")),
		code,
	}
	if s.second.from < s.second.to {
		n.Children = append(n.Children, part(s.second, "Reason Phrase", "http.response.phrase", "The code in words; a client ignores it.", wire.RFC("9112", "4")))
	}
	return n
}

// field dissects a field line, if it is asked for. length counts its CRLF.
func (d *Dissector) field(line []byte, bit, length int) (n wire.Node, ok bool) {
	f, err := fieldLine(line, 0)
	if err != nil {
		return wire.Node{Name: "Field", Bit: bit, Width: 8 * length, Value: string(line), Ref: wire.RFC("9112", "5"), Note: err.Say}, d.asked.All()
	}
	name := line[f.name.from:f.name.to]
	n = wire.Node{Bit: bit, Width: 8 * length, Ref: wire.RFC("9112", "5")}
	for i := range d.known {
		if known := &d.known[i]; len(known.name) == len(name) && strings.EqualFold(known.name, string(name)) {
			n.Key, n.Doc, n.Ref = known.key, known.doc, known.ref
			break
		}
	}
	if !d.asked.Wants(n.Key) {
		return n, false
	}
	n.Name, n.Value = string(name), string(line[f.value.from:f.value.to])
	if v, err := strconv.ParseUint(n.Value, 10, 64); err == nil {
		n.Uint = v
	}
	return n, true
}

// MayBegin reports whether b, the first octets that an end of a connection says, looks like the beginning of a message whose start line is not there as a whole.
func MayBegin(b []byte) bool {
	if bytes.Contains(b, []byte("\r\n")) {
		return false
	}
	const version = "HTTP/1."
	if n := min(len(b), len(version)); n >= 4 && string(b[:n]) == version[:n] {
		return true
	}
	method, _, ok := strings.Cut(string(b[:min(len(b), 16)]), " ")
	known := []string{MethodGet, MethodHead, MethodPost, MethodPut, MethodDelete, MethodConnect, MethodOptions, MethodTrace, "PATCH"}
	return ok && slices.Contains(known, method)
}
