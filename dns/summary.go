package dns

import (
	"encoding/binary"
	"fmt"
	"strconv"
	"strings"
)

// Summary returns a message in a few words: "A h2.lab? id 4711" for a question, "h2.lab A 10.0.2.20  ttl 60" for an answer. false: b
// is no message.
func Summary(b []byte) (string, bool) {
	if len(b) < headerLen {
		return "", false
	}
	m := &message{Dissector: &Dissector{asked: "dns.resp"}, b: b, at: headerLen}
	asked, ok := "", false
	kind := uint16(0)
	if binary.BigEndian.Uint16(b[4:]) > 0 {
		if name, end, err := readName(nil, b, m.at); err == nil && end+questionLen <= len(b) {
			asked, ok = Shown(string(name)), true
			kind = binary.BigEndian.Uint16(b[end:])
			m.at = end + questionLen
		}
	}
	id := binary.BigEndian.Uint16(b)
	response, rcode := b[2]&0x80 != 0, uint16(b[3]&0x0f)
	question := nameOf(typeNames(), kind, "TYPE") + " " + asked
	switch {
	case !ok && response:
		return fmt.Sprintf("answer: %s  id %d", nameOf(rcodeNames(), rcode, "code "), id), true
	case !ok:
		return fmt.Sprintf("%s without a question  id %d", nameOf(opcodeNames(), uint16(b[2]>>3&0x0f), "opcode "), id), true
	case !response:
		return fmt.Sprintf("%s? id %d", question, id), true
	case b[2]&0x02 != 0:
		return question + ": truncated, ask over TCP", true
	case rcode == 3:
		return asked + " does not exist", true
	case rcode != 0:
		return question + ": " + nameOf(rcodeNames(), rcode, "code "), true
	}
	return answerWords(m, asked, question), true
}

// answerWords says what the answer section says of a name.
func answerWords(m *message, asked, question string) string {
	answers := int(binary.BigEndian.Uint16(m.b[6:]))
	if answers == 0 {
		if binary.BigEndian.Uint16(m.b[8:]) > 0 && m.b[2]&0x04 == 0 {
			return question + ": ask the servers named"
		}
		return question + ": no such record"
	}
	first, ok := m.readRecord("Answer")
	if !ok {
		return question + ": cut short"
	}
	words := first.Value
	if !strings.HasPrefix(words, asked) {
		words = question + ": " + words
	}
	const most = 60 // runes of one record's data
	if runes := []rune(words); len(runes) > most+len(asked) {
		words = string(runes[:most+len(asked)]) + "…"
	}
	if first.Key == "dns.resp" { // and not what an OPT record says in the same place
		words += "  ttl " + strconv.FormatUint(uint64(m.ttl), 10)
	}
	if answers > 1 {
		words += fmt.Sprintf("  and %d more", answers-1)
	}
	return words
}

// BeginsStream reports whether data of a TCP segment looks like the beginning of a message with its length in front.
func BeginsStream(b []byte) bool {
	if len(b) < 2+headerLen {
		return false
	}
	length := int(binary.BigEndian.Uint16(b))
	questions := binary.BigEndian.Uint16(b[2+4:])
	return length >= headerLen && questions <= 1 && b[2+2]>>3&0x0f <= 6
}

// StreamWords returns the messages in b, each behind its length, in a few words, where it is known that one begins there; the last one may be cut short.
func StreamWords(b []byte) string {
	const most = 3
	var words []string
	for len(b) > 0 {
		if len(words) == most {
			words = append(words, "…")
			break
		}
		if len(b) < 2 || len(b) < 2+int(binary.BigEndian.Uint16(b)) {
			words = append(words, "message begins")
			break
		}
		end := 2 + int(binary.BigEndian.Uint16(b))
		said, ok := Summary(b[2:end])
		if !ok {
			said = "malformed message"
		}
		words = append(words, said)
		b = b[end:]
	}
	return strings.Join(words, ", ")
}
