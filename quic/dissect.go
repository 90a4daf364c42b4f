package quic

import (
	"strconv"
	"strings"

	"netlab/wire"
)

// Dissect returns the packets in b, the data of a datagram, as nodes: there may be several. bit is the offset of b in the packet that is shown.
func Dissect(b []byte, bit int) []wire.Node {
	p := newParts(b, bit)
	for len(p.b) > 0 {
		n := p.packet()
		p.nodes = append(p.nodes, n)
		p.b, p.bit = p.b[n.Width/8:], p.bit+n.Width
	}
	return p.nodes
}

// Summary says in a few words which packets are in b, the data of a datagram: "Initial: ClientHello www.example.com", "Handshake, 1-RTT".
func Summary(b []byte) string {
	if b[0]&long == 0 {
		return shortWords(b)
	}
	var words []string
	for _, n := range Dissect(b, 0) {
		if n.Key == "quic" {
			words = append(words, n.Value)
		}
	}
	return strings.Join(words, ", ")
}

func shortWords(b []byte) string { return OneRTT.String() + ", " + strconv.Itoa(len(b)) + " octets" }

// packet returns the packet at the start of what is left.
func (p *parts) packet() wire.Node {
	behind := len(p.nodes) > 0
	switch {
	case behind && len(trimZeros(p.b)) == 0:
		return p.rest("quic.coalesced_padding_data")
	case p.b[0]&long != 0:
		return p.long()
	case p.b[0]&fixed != 0:
		return p.short()
	}
	return p.rest("quic.unknown")
}

// rest returns all that is left as one node.
func (p *parts) rest(key string) wire.Node {
	inner := p.of(p.b, p.bit)
	inner.take(len(p.b), key, counted)
	return inner.nodes[0]
}

// short returns a packet with a short header: how long its connection ID is, only its receiver knows.
func (p *parts) short() wire.Node {
	n := ShortHeaderLayout().Dissect(p.b, p.bit)
	n.Value, n.Width = shortWords(p.b), 8*len(p.b)
	inner := p.of(p.b[1:], p.bit+8)
	inner.take(len(inner.b), "quic.remaining_payload", counted)
	n.Children = append(n.Children, inner.nodes...)
	return n
}

// long returns the packet with a long header at the start of what is left.
func (p *parts) long() wire.Node {
	b := p.b
	parsed, whole := parse(b)
	open, isOpen := opened{}, false
	if whole {
		b = b[:parsed.end]
		open, isOpen = parsed.open(b)
	}
	l := LongHeaderLayout(parsed.kind, parsed.version, isOpen)
	if len(b) < l.Len() {
		return p.rest("quic.unknown")
	}
	first := append([]byte(nil), b[:l.Len()]...)
	if isOpen {
		first[0] = open.first
	}
	n := l.Dissect(first, p.bit)
	n.Value, n.Width = parsed.kind.String(), 8*len(b)
	inner := p.of(b[l.Len():], p.bit+8*l.Len())
	inner.take(int(inner.number(1, "quic.dcil")), "quic.dcid", nil)
	inner.take(int(inner.number(1, "quic.scil")), "quic.scid", nil)
	switch {
	case isOpen:
		n.Value += inner.initial(b, &open)
	case parsed.kind == VersionNegotiation:
		n.Value += inner.versions()
	default:
		inner.protected(parsed.kind)
	}
	n.Children = append(n.Children, inner.nodes...)
	if inner.cut {
		n.Note = "cut short"
	}
	return n
}

// versions shows which versions there are, and says so.
func (p *parts) versions() string {
	var words []string
	for len(p.b) >= 4 && !p.cut {
		p.take(4, "quic.supported_version", func(b []byte) (string, uint64) { return versionAt(b).String(), bigEndian(b) })
		words = append(words, p.last().Value)
	}
	p.take(len(p.b), "quic.unknown", counted)
	return ": " + strings.Join(words, ", ")
}

// protected shows the rest of a packet that is not opened, behind the connection IDs.
func (p *parts) protected(kind Type) {
	switch kind {
	case Unknown:
		p.take(len(p.b), "quic.unknown", counted)
		return
	case Retry:
		p.take(max(0, len(p.b)-tagLen), "quic.retry_token", nil)
		p.take(tagLen, "quic.retry_integrity_tag", nil)
		return
	case Initial:
		p.token()
	}
	p.take(p.length("quic.length"), "quic.remaining_payload", counted)
	if kind == Initial && !p.cut {
		p.last().Doc = "The packet number and the frames, encrypted with keys that are made of the connection ID in the client's first packet."
	}
}

func (p *parts) token() { p.take(p.length("quic.token_length"), "quic.token", nil) }

// initial shows the rest of an Initial whose protection is off, and says what it holds. The frames stand where their encrypted octets do.
func (p *parts) initial(b []byte, open *opened) string {
	p.token()
	p.length("quic.length")
	p.take(open.numberLen, "quic.packet_number", func([]byte) (string, uint64) { return strconv.FormatUint(open.number, 10), open.number })
	frames := p.of(open.frames, p.bit)
	words := frames.frames()
	tag := p.of(b[len(b)-tagLen:], frames.bit)
	tag.take(tagLen, "quic.tag", nil)
	p.nodes = append(append(p.nodes, frames.nodes...), tag.nodes...)
	return words
}
