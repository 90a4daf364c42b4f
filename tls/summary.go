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
	d := dissector{}
	for n := RecordLen(b); n > 0; n = RecordLen(b) {
		t, content := ContentType(b[0]), b[recordHeaderLen:min(n, len(b))]
		parts = append(parts, d.words(t, content)...)
		b = b[min(n, len(b)):]
	}
	return strings.Join(times(parts), ", "), true
}

// words says what a record carries.
func (d *dissector) words(t ContentType, b []byte) []string {
	switch {
	case t == ContentChangeCipherSpec:
		d.protected = true
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
	n := min(d.missing, len(b))
	d.missing -= n
	lacks, ok := looksLikeMessages(b[n:], d.protected)
	if !ok {
		return []string{strings.ToLower(d.unreadable())}
	}
	d.missing = lacks
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
		v := view{b: body, partial: true}
		v.clientHello()
		for i := range v.nodes {
			if name := v.nodes[i].Find("tls.handshake.extensions_server_name"); name != nil {
				return t.String() + " " + name.Value
			}
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
