package filter

import (
	"encoding/hex"
	"net/netip"
	"strconv"
	"strings"
)

// value is what a field is compared with.
type value struct {
	text     string // as it was written
	from, to uint64 // a number, or a range of them
	isNumber bool
	prefix   netip.Prefix // an address or a network, or the first address of a range
	last     netip.Addr   // of the range
	octets   []byte       // 00:11:22, or a text in quotes
	field    string       // another field
}

// literal reads a number, an address, octets or a text.
func (p *parser) literal(t token) (value, error) {
	v := value{text: t.text, octets: []byte(t.text)}
	if t.kind == textToken {
		return v, nil
	}
	v.octets = octetsOf(t.text)
	number, err := strconv.ParseUint(t.text, 0, 64)
	switch {
	case err == nil:
		v.isNumber = true
	case t.text == "true", t.text == "false":
		number, v.isNumber = uint64(len("false")-len(t.text)), true
	default:
		return v, p.address(&v)
	}
	v.from, v.to = number, number
	return v, nil
}

// address reads a value as an address or a network, if it is one.
func (p *parser) address(v *value) error {
	if prefix, err := netip.ParsePrefix(v.text); err == nil {
		v.prefix = prefix.Masked()
	} else if addr, err := netip.ParseAddr(v.text); err == nil {
		v.prefix = netip.PrefixFrom(addr, addr.BitLen())
	} else if strings.Trim(v.text, "0123456789./") == "" && strings.Count(v.text, ".") == 3 {
		return p.wrong("this is no address: 10.77.0.1 has four numbers up to 255, and 10.77.0.0/16 at most /32; a text stands in quotes")
	} else if len(v.octets) > 1 {
		v.text = strings.NewReplacer("-", ":").Replace(v.text)
	}
	return nil
}

// octetsOf reads octets in hex, alone or with colons, dashes or dots between them; nil: it is something else.
func octetsOf(text string) []byte {
	for _, between := range []string{":", "-", "."} {
		if parts := strings.Split(text, between); len(parts) > 1 {
			for i := range parts {
				if len(parts[i]) != 2 {
					return nil
				}
			}
			text = strings.Join(parts, "")
			break
		}
	}
	text = strings.TrimPrefix(text, "0x")
	if len(text) == 1 {
		text = "0" + text
	}
	b, err := hex.DecodeString(text)
	if err != nil || len(b) == 0 {
		return nil
	}
	return b
}

// equal compares the number and the words of a field.
func (v *value) equal(number uint64, words string) bool {
	switch {
	case v.prefix.IsValid():
		addr, err := netip.ParseAddr(words)
		return err == nil && v.contains(addr)
	case v.isNumber:
		return v.from <= number && number <= v.to
	}
	if strings.EqualFold(words, v.text) {
		return true
	}
	// The name of a number is enough: TCP for "TCP (6)".
	n := len(v.text)
	return len(words) > n+3 && words[n:n+2] == " (" && strings.HasSuffix(words, ")") && !strings.Contains(words[n+2:], " ") && strings.EqualFold(words[:n], v.text)
}

// contains reports whether an address is the one meant, or in the network or range.
func (v *value) contains(a netip.Addr) bool {
	if v.last.IsValid() {
		return a.BitLen() == v.last.BitLen() && v.prefix.Addr().Compare(a) <= 0 && a.Compare(v.last) <= 0
	}
	return v.prefix.Contains(a)
}
