package capture

import (
	"netlab/http2"
	"netlab/tcp"
	"netlab/tls"
)

// tlsPort is where HTTPS servers listen.
const tlsPort = 443

// recordTrack follows the TLS records that one end of a connection sends, so that a piece of one is known for what it is.
type recordTrack struct {
	next int64  // relative sequence number after the record that was seen last; 0: none was
	head []byte // what is there of the header at next
}

// words says what records are in the data of a segment, whose first octet has the given relative sequence number. false: none that is known.
func (t *recordTrack) words(data int64, b []byte) (string, bool) {
	if words, ok := tls.Summary(b); ok {
		t.follow(data, b)
		return words, true
	}
	if len(t.head) > 0 && data == t.next+int64(len(t.head)) {
		whole := append(t.head, b...) // its header began in the segment before
		t.follow(t.next, whole)
		return tls.Summary(whole)
	}
	switch left := t.next - data; {
	case left <= 0:
		return "", false
	case left > int64(len(b)):
		return "record continues", true
	default:
		b = b[left:]
	}
	t.follow(t.next, b)
	if words, ok := tls.Summary(b); ok {
		return "record ends, " + words, true
	}
	return "record ends", true
}

// follow notes the records in b, the first octet of which has relative sequence number at.
func (t *recordTrack) follow(at int64, b []byte) {
	if len(b) > 5 && !tls.Begins(b) {
		*t = recordTrack{} // not TLS any more
		return
	}
	for len(b) >= 5 {
		n := tls.RecordLen(b)
		at += int64(n)
		b = b[min(n, len(b)):]
	}
	if at > t.next || at == t.next && len(b) > len(t.head) {
		t.next, t.head = at, append([]byte(nil), b...)
	}
}

// content says what application protocol is in the data of a segment.
func (e *end) content(data int64, seg *tcp.Segment) (proto, what string) {
	if frames, ok := http2.Summary(seg.Payload); ok {
		return "HTTP2", frames
	}
	if message, ok := messageOf(seg.Payload); ok {
		return "HTTP", message
	}
	if message, ok := dnsStreamWords(seg); ok {
		return "DNS", message
	}
	if message, ok := webSocketWords(seg); ok {
		return "WebSocket", message
	}
	if message, ok := e.records.words(data, seg.Payload); ok {
		return "TLS", oneLine(message)
	}
	return "", ""
}
