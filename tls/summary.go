package tls

import (
	"strings"
)

// Summary returns the records that begin at the first octet of b in a few words: "ClientHello www.netlab.test", "ServerHello, ChangeCipherSpec,
// 2 × application data". false: none begins there.
func Summary(b []byte) (string, bool) {
	if !Begins(b) {
		return "", false
	}
	var parts []string
	var p progress
	for n := RecordLen(b); n > 0; n = RecordLen(b) {
		t, content := ContentType(b[0]), b[recordHeaderLen:min(n, len(b))]
		parts = append(parts, p.words(t, content)...)
		b = b[min(n, len(b)):]
	}
	return strings.Join(times(parts), ", "), true
}

// words says what a record carries.
func (p *progress) words(t ContentType, b []byte) []string {
	switch {
	case t == ContentChangeCipherSpec:
		p.protected = true
		return []string{"ChangeCipherSpec"}
	case t == ContentAlert && len(b) == 2:
		return []string{"alert " + Alert(b[1]).String()}
	case t == ContentAlert:
		return []string{"encrypted alert"}
	case t == ContentApplicationData:
		return []string{"application data"}
	case t != ContentHandshake:
		return []string{t.String()}
	}
	n := min(p.missing, len(b))
	p.missing -= n
	lacks, ok := looksLikeMessages(b[n:], p.protected)
	if !ok {
		return []string{strings.ToLower(p.unreadable())}
	}
	p.missing = lacks
	if n == len(b) {
		return []string{"piece of a handshake message"}
	}
	return MessageWords(b[n:])
}

// MessageWords names the handshake messages in b, each in a few words: "ClientHello www.netlab.test".
func MessageWords(b []byte) []string {
	var words []string
	for len(b) >= messageHeaderLen {
		t := HandshakeType(b[0])
		n := min(len(b), messageHeaderLen+int(b[1])<<16+int(b[2])<<8+int(b[3]))
		words = append(words, messageWord(t, b[messageHeaderLen:n]))
		b = b[n:]
	}
	return words
}

func messageWord(t HandshakeType, body []byte) string {
	switch t {
	case TypeClientHello:
		v := view{Dissector: NewDissector("tls.handshake.extensions_server_name"), b: body, partial: true}
		v.clientHello()
		if len(v.nodes) > 0 {
			return t.String() + " " + v.nodes[0].Value
		}
	case TypeServerHello:
		random := RetryRandom()
		if len(body) >= 34 && string(body[2:34]) == string(random[:]) {
			return "HelloRetryRequest"
		}
	}
	return t.String()
}

// times joins equal neighbours: "3 × application data".
func times(parts []string) []string {
	var joined []string
	for i := 0; i < len(parts); {
		n := 1
		for i+n < len(parts) && parts[i+n] == parts[i] {
			n++
		}
		if n > 1 {
			joined = append(joined, counted(n, "", "× "+parts[i]))
		} else {
			joined = append(joined, parts[i])
		}
		i += n
	}
	return joined
}
