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

// readName reads the name at octet at of a message. It appends the name to text, and returns the octet after it. A pointer must point to before the
// name or the part of it that was read last: so every name ends, however it is made.
func readName(text, m []byte, at int) (name []byte, end int, err error) {
	length, limit, before := 0, at, len(text)
	end = -1 // until a pointer has been read, behind which the message goes on
	stop := func(at int, err error) ([]byte, int, error) {
		if end < 0 {
			end = at
		}
		return text, end, err
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
			label := m[at+1 : at+1+size]
			at += 1 + size
			if size == 0 {
				if len(text) == before {
					text = append(text, '.')
				}
				return stop(at, nil)
			}
			text = append(appendLabel(text, label), '.')
		case 3:
			if at+2 > len(m) {
				return stop(len(m), errNameCut)
			}
			to := size&0x3f<<8 | int(m[at+1])
			if end < 0 {
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

// appendLabel appends a label as text: a dot within it and what does not print are written with a backslash (RFC 1035, Section 5.1).
func appendLabel(text, label []byte) []byte {
	for _, c := range label {
		switch {
		case c == '.' || c == '\\':
			text = append(text, '\\', c)
		case c <= ' ' || c >= 0x7f:
			text = append(text, '\\', '0'+c/100, '0'+c/10%10, '0'+c%10)
		default:
			text = append(text, c)
		}
	}
	return text
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
