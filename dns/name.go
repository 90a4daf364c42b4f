package dns

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	codec "github.com/miekg/dns"
)

// What can be wrong with a name in a message.
var (
	errNameCut     = errors.New("the name is cut short")
	errNameLong    = errors.New("the name is longer than 255 octets")
	errNamePointer = errors.New("a compression pointer does not point backwards")
	errNameLabel   = errors.New("a label of a kind that nobody uses")
)

// maxName is the longest name in octets, as it is before compression (RFC 1035, Section 2.3.4).
const maxName = 255

// piece is a label of a name, or a compression pointer, where it stands.
type piece struct {
	at, size int
	text     string // of a label
	pointer  int    // where it points to; -1 for a label
}

// readName reads the name at octet at of a message. It returns the name as text, the pieces that stand at that place, and
// the octet after them. A pointer must point to before the name or the part of it that was read last: so every name
// ends, however it is made.
func readName(m []byte, at int) (name string, here []piece, end int, err error) {
	var text strings.Builder
	length, limit := 0, at
	end = -1 // until a pointer has been read, behind which the message goes on
	stop := func(at int, err error) (string, []piece, int, error) {
		if end < 0 {
			end = at
		}
		return text.String(), here, end, err
	}
	for {
		if at >= len(m) {
			return stop(len(m), errNameCut)
		}
		size := int(m[at])
		switch size >> 6 {
		case 0:
			if at+1+size > len(m) {
				return stop(len(m), errNameCut)
			}
			if length += 1 + size; length > maxName {
				return stop(at, errNameLong)
			}
			label := escape(m[at+1 : at+1+size])
			if end < 0 {
				here = append(here, piece{at, 1 + size, label, -1})
			}
			at += 1 + size
			if size == 0 {
				if text.Len() == 0 {
					text.WriteByte('.')
				}
				return stop(at, nil)
			}
			text.WriteString(label)
			text.WriteByte('.')
		case 3:
			if at+2 > len(m) {
				return stop(len(m), errNameCut)
			}
			to := size&0x3f<<8 | int(m[at+1])
			if end < 0 {
				here = append(here, piece{at, 2, "", to})
				end = at + 2
			}
			if to >= limit {
				return stop(at, errNamePointer)
			}
			at, limit = to, to
		default:
			return stop(at, errNameLabel)
		}
	}
}

// escape writes a label as text: a dot within it and what does not print are written with a backslash (RFC 1035, Section 5.1).
func escape(label []byte) string {
	plain := true
	for _, c := range label {
		plain = plain && c > ' ' && c < 0x7f && c != '.' && c != '\\'
	}
	if plain {
		return string(label)
	}
	var s strings.Builder
	for _, c := range label {
		switch {
		case c == '.' || c == '\\':
			s.WriteByte('\\')
			s.WriteByte(c)
		case c <= ' ' || c >= 0x7f:
			s.WriteString("\\" + string([]byte{'0' + c/100, '0' + c/10%10, '0' + c%10}))
		default:
			s.WriteByte(c)
		}
	}
	return s.String()
}

// Shown returns a name as people write it: without the dot at its end, which stands for the root.
func Shown(name string) string {
	if len(name) > 1 {
		return strings.TrimSuffix(name, ".")
	}
	return name
}

func decimal(n int) string { return strconv.Itoa(n) }

// IsName reports whether s is a domain name: labels of at most 63 octets, 255 in all (RFC 1035, Section 2.3.4).
func IsName(s string) bool {
	_, ok := codec.IsDomainName(s)
	return ok && s != ""
}

// ParseType reads the type of records: "A", "AAAA", "TYPE65".
func ParseType(s string) (uint16, error) {
	if t, ok := codec.StringToType[strings.ToUpper(s)]; ok {
		return t, nil
	}
	if number, ok := strings.CutPrefix(strings.ToUpper(s), "TYPE"); ok {
		if t, err := strconv.ParseUint(number, 10, 16); err == nil {
			return uint16(t), nil
		}
	}
	return 0, fmt.Errorf("dns: %q is no type of record, such as A, AAAA, MX or TXT", s)
}
