package capture

import (
	"strings"

	"netlab/dns"
	"netlab/http"
	"netlab/http2"
	"netlab/tcp"
	"netlab/tls"
)

// content says what application protocol is in the data of a segment, which lies in the messages of its sender so.
func (l *laid) content(seg *tcp.Segment, terse bool) (proto, what string) {
	b := seg.Payload
	if l.plain() {
		return segmentContent(seg)
	}
	of := l.of
	if of == noApplication {
		of = l.whole[0].of
	}
	if terse {
		return protocolName(of), ""
	}
	var words []string
	known := l.whole
	if l.rest > 0 {
		part := messageWord(l.of) + " continues"
		if l.ends {
			part = messageWord(l.restOf()) + " ends"
			if len(known) > 0 {
				if said := known[0].words(); said != "" {
					part += ": " + said
				}
				known = known[1:]
			}
		}
		words = append(words, part)
	}
	here := b[l.again+l.rest : len(b)-l.tail]
	if l.head > 0 {
		words = append(words, messagesWords(httpApplication, here[:l.head]))
		here = here[l.head:]
	}
	if len(here) > 0 {
		words = append(words, messagesWords(l.of, here))
	}
	for i := range known {
		if said := known[i].words(); said != "" {
			words = append(words, said)
		}
	}
	return protocolName(of), oneLine(strings.Join(words, ", "))
}

// words says what a message is that was put together. Of a record of TLS that is protected there is nothing to say that was not said where it began.
func (m *cutUp) words() string {
	if len(m.octets) == 0 || m.of == tlsApplication && m.octets[0] != byte(tls.ContentHandshake) {
		return ""
	}
	return messagesWords(m.of, m.octets)
}

// messagesWords says what the messages in b are, one of which begins there; the last one may be cut short.
func messagesWords(of application, b []byte) string {
	switch of {
	case http2Application:
		return http2.Words(b)
	case webSocketApplication:
		return http.WebSocketWords(b)
	case dnsApplication:
		return dns.StreamWords(b)
	case tlsApplication:
		if words, ok := tls.Summary(b); ok {
			return words
		}
		return "record begins"
	case httpApplication:
		if words, ok := http.Summary(b); ok {
			return words
		}
		return "head begins"
	}
	return ""
}

// segmentContent says what application protocol is in the data of a segment, as far as the segment alone tells.
func segmentContent(seg *tcp.Segment) (proto, what string) {
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
	if message, ok := tls.Summary(seg.Payload); ok {
		return "TLS", oneLine(message)
	}
	return "", ""
}

// follow finds out how the data of a segment that end dir sends lies in its messages.
func (s *Summarizer) follow(st *stream, dir int, seg *tcp.Segment, cut int) {
	switch {
	case s.given:
		return
	case st.talk != nil:
	case len(seg.Payload) == 0 && seg.Flags&tcp.SYN == 0:
		s.laid = laid{number: s.number}
		return
	default:
		st.talk = &talk{ports: [2]uint16{seg.SrcPort, seg.DstPort}}
		if dir == 1 {
			st.talk.ports = [2]uint16{seg.DstPort, seg.SrcPort}
		}
	}
	s.laid = st.talk.segment(dir, s.number, seg, cut, &s.memory)
}
