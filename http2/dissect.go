package http2

import (
	"fmt"
	"strings"

	"netlab/wire"
)

// Dissect returns the frames in b, which begins at bit of the packet, as nodes: the client's preface if b begins with it, frames, and as much of
// the last one as is there.
func Dissect(b []byte, bit int) []wire.Node {
	var nodes []wire.Node
	if strings.HasPrefix(string(b[:min(len(b), len(Preface))]), Preface) {
		nodes = append(nodes, wire.Node{
			Name: "HTTP/2 Connection Preface", Key: "http2.magic", Bit: bit, Width: 8 * len(Preface), Value: "PRI * HTTP/2.0",
			Doc: "A server that does not know HTTP/2 takes it for a request with an unknown method, and refuses it.", Ref: wire.RFC("9113", "3.4"),
		})
		b, bit = b[len(Preface):], bit+8*len(Preface)
	}
	for len(b) > 0 {
		n := dissectFrame(b, bit)
		nodes = append(nodes, n)
		b, bit = b[n.Width/8:], bit+n.Width
	}
	return nodes
}

// dissectFrame returns the frame at the start of b.
func dissectFrame(b []byte, bit int) wire.Node {
	n := FrameLayout().Dissect(b, bit)
	h, ok := ParseHeader(b)
	if !ok {
		return wholeHeader(n, b, bit)
	}
	n.Value = h.String()
	n.Find("http2.flags").Value = h.flagWords()
	payload := b[HeaderLen:min(len(b), HeaderLen+h.Length)]
	if len(payload) < h.Length {
		n.Note = fmt.Sprintf("cut short: %d of %d octets of payload", len(payload), h.Length)
	}
	n.Width = 8 * (HeaderLen + len(payload))
	n.Children = append(n.Children, h.payload(payload, bit+8*HeaderLen)...)
	return n
}

// wholeHeader covers what is left of a header that is cut short, behind the last field that is there as a whole.
func wholeHeader(n wire.Node, b []byte, bit int) wire.Node {
	n.Width = 8 * len(b)
	end := bit
	for _, f := range n.Children {
		end = f.Bit + f.Width
	}
	if end < bit+n.Width {
		n.Children = append(n.Children, wire.Node{
			Name: "Rest", Key: "http2.unknown", Bit: end, Width: bit + n.Width - end, Value: "cut short", Doc: "The beginning of a field that is cut short.", Ref: wire.RFC("9113", "4.1"),
		})
	}
	return n
}

// String returns the frame in a few words: "HEADERS of stream 1", "SETTINGS acknowledged".
func (h Header) String() string {
	words := h.Type.String()
	if h.Stream != 0 {
		words += fmt.Sprintf(" of stream %d", h.Stream)
	}
	switch {
	case (h.Type == Settings || h.Type == Ping) && h.Flags&FlagAck != 0:
		words += " acknowledged"
	case h.Type == Data:
		words += fmt.Sprintf(", %d octets", h.Length)
	}
	if (h.Type == Data || h.Type == Headers) && h.Flags&FlagEndStream != 0 {
		words += ", the last"
	}
	return words
}

// flagWords names the flags that are set.
func (h Header) flagWords() string {
	var words []string
	add := func(flag uint8, name string, types ...FrameType) {
		for _, t := range types {
			if h.Type == t && h.Flags&flag != 0 {
				words = append(words, name)
			}
		}
	}
	add(FlagEndStream, "END_STREAM", Data, Headers)
	add(FlagAck, "ACK", Settings, Ping)
	add(FlagEndHeaders, "END_HEADERS", Headers, PushPromise, Continuation)
	add(FlagPadded, "PADDED", Data, Headers, PushPromise)
	add(FlagPriority, "PRIORITY", Headers)
	value := fmt.Sprintf("0x%02x", h.Flags)
	if len(words) > 0 {
		value += " (" + strings.Join(words, ", ") + ")"
	}
	return value
}

// payload returns the parts of a frame's payload, which begins at bit.
func (h Header) payload(b []byte, bit int) []wire.Node {
	p := &parts{b: b, bit: bit}
	padding := 0
	if _, padded := h.extra(b); h.Flags&FlagPadded != 0 && (h.Type == Data || h.Type == Headers || h.Type == PushPromise) {
		padding = padded
		p.octets(1, "Pad Length", "http2.pad_length", "How many octets at the end mean nothing: they hide how long the rest is.", h.ref())
	}
	switch h.Type {
	case Headers:
		if h.Flags&FlagPriority != 0 {
			p.layout(PriorityLayout())
		}
	case Priority:
		p.layout(PriorityLayout())
	case Reset:
		p.layout(ErrorLayout())
	case Settings:
		for len(p.b) >= 6 {
			p.layout(SettingLayout())
		}
	case PushPromise:
		p.layout(PromiseLayout())
	case GoAway:
		p.layout(GoAwayLayout())
	case WindowUpdate:
		p.layout(WindowLayout())
	}
	rest := max(0, len(p.b)-padding)
	switch h.Type {
	case Data:
		p.octets(rest, "Data", "http2.data.data", "A piece of the content of a message.", h.ref())
	case Headers, PushPromise, Continuation:
		p.octets(rest, "Field Block Fragment", "http2.header_block", "Fields of a message, compressed by HPACK (RFC 7541): what they mean depends on what was sent before.", h.ref())
	case Ping:
		p.octets(rest, "Opaque Data", "http2.ping", "Comes back in the acknowledgement as it is.", h.ref())
	case GoAway:
		p.octets(rest, "Debug Data", "http2.goaway.addata", "For people.", h.ref())
	default:
		p.octets(rest, "Payload", "http2.unknown", "Octets that this type of frame does not have, or of a type that is not known.", h.ref())
	}
	p.octets(len(p.b), "Padding", "http2.padding", "Means nothing.", h.ref())
	return p.nodes
}

// ref names the section about the frame's type.
func (h Header) ref() wire.Ref {
	if h.Type > Continuation {
		return wire.RFC("9113", "5.5")
	}
	return wire.RFC("9113", fmt.Sprintf("6.%d", h.Type+1))
}

// parts collects the parts of a payload.
type parts struct {
	b     []byte
	bit   int
	nodes []wire.Node
}

func (p *parts) take(n wire.Node) {
	p.nodes = append(p.nodes, n)
	p.b = p.b[n.Width/8:]
	p.bit += n.Width
}

// layout takes a piece of fixed layout.
func (p *parts) layout(l wire.Layout) {
	n := l.Dissect(p.b[:min(len(p.b), l.Len())], p.bit)
	if id := n.Find("http2.settings.id"); id != nil && n.Note == "" {
		n.Value = fmt.Sprintf("%s = %s", id.Value, n.Find("http2.settings.value").Value)
	}
	if len(p.b) < l.Len() {
		n = wholeHeader(n, p.b, p.bit)
	}
	p.take(n)
}

// octets takes n octets without further parts.
func (p *parts) octets(n int, name, key, doc string, ref wire.Ref) {
	if n = min(n, len(p.b)); n == 0 {
		return
	}
	node := wire.Node{Name: name, Key: key, Bit: p.bit, Width: 8 * n, Value: fmt.Sprintf("%d octets", n), Doc: doc, Ref: ref}
	if key == "http2.pad_length" {
		node.Uint = uint64(p.b[0])
		node.Value = fmt.Sprint(node.Uint)
	}
	p.take(node)
}

// Summary returns the frames that b consists of in a few words: "preface, SETTINGS, WINDOW_UPDATE". false: b is no HTTP/2, as far as one segment tells.
func Summary(b []byte) (string, bool) {
	if !Begins(b) {
		return "", false
	}
	return Words(b), true
}

// Words is Summary where it is known that frames follow each other; the last one may be cut short.
func Words(b []byte) string {
	const most = 5
	var words []string
	for _, n := range Dissect(b, 0) {
		if len(words) == most {
			words = append(words, "…")
			break
		}
		switch {
		case n.Key == "http2.magic":
			words = append(words, "preface")
		case n.Width < 8*HeaderLen:
			words = append(words, "frame begins")
		default:
			words = append(words, n.Value)
		}
	}
	return strings.Join(words, ", ")
}
