package check

import (
	"encoding/binary"
	"strconv"
	"strings"
)

// The kinds of option that have a word in scripts.
const (
	optionEnd           = 0
	optionNop           = 1
	optionMSS           = 2
	optionWindowScale   = 3
	optionSACKPermitted = 4
	optionSACK          = 5
	optionTimestamps    = 8
)

// options reads the options of a segment up to the closing bracket.
func (p *parser) options(s *Segment) {
	if p.accept("...>") {
		s.AnyOptions = true
		return
	}
	for p.err == nil {
		if p.accept("...") {
			s.MoreOptions = true
		} else {
			s.Options = append(s.Options, p.option())
		}
		if p.accept(">") {
			return
		}
		p.expect(",")
	}
}

func (p *parser) option() (o Option) {
	at := p.at
	p.space()
	switch word := p.word("an option"); word {
	case "eol":
		o.Kind = optionEnd
	case "nop":
		o.Kind = optionNop
	case "mss":
		o.Kind = optionMSS
		o.Value, o.AnyVal = p.orAny("a segment size", 16)
	case "wscale":
		o.Kind = optionWindowScale
		o.Value, o.AnyVal = p.orAny("a shift count", 8)
	case "sackOK":
		o.Kind = optionSACKPermitted
	case "sack":
		o.Kind = optionSACK
		for r := p.peekWord(); r != "" && r[0] >= '0' && r[0] <= '9' && p.err == nil; r = p.peekWord() {
			left := p.number("the left edge of a block")
			p.expect(":")
			o.Blocks = append(o.Blocks, [2]int64{left, p.number("the right edge of a block")})
		}
		if len(o.Blocks) == 0 || len(o.Blocks) > 4 {
			p.fail(at, "a sack option has one to four blocks: sack 1001:2001")
		}
	case "TS":
		o.Kind = optionTimestamps
		if !p.acceptWord("val") {
			p.want("val")
		}
		o.Value, o.AnyVal = p.orAny("a timestamp", 32)
		if !p.acceptWord("ecr") {
			p.want("ecr")
		}
		o.Ecr, o.AnyEcr = p.orAny("a timestamp", 32)
	case "raw": // raw 020405b4: octets as they lie in the header
		p.space()
		p.rawOption(&o, p.word("octets in hexadecimal"))
	default:
		p.wantOneOf(at, "option", word, []string{"mss", "sackOK", "sack", "TS", "nop", "wscale", "eol", "raw"})
	}
	return o
}

func (p *parser) rawOption(o *Option, digits string) {
	for ; len(digits) >= 2 && p.err == nil; digits = digits[2:] {
		v, err := strconv.ParseUint(digits[:2], 16, 8)
		if err != nil {
			p.fail(p.at, "%q are no hexadecimal digits", digits[:2])
		}
		o.Octets = append(o.Octets, byte(v))
	}
	if len(o.Octets) == 0 || digits != "" {
		p.fail(p.at, "raw takes pairs of hexadecimal digits")
		return
	}
	o.Kind = o.Octets[0]
}

func (p *parser) orAny(what string, bits int) (v int64, any bool) {
	if p.accept("...") || p.accept("*") {
		return 0, true
	}
	return p.uint(what, bits), false
}

// put appends the option's octets, with timestamps and blocks that are absolute already.
func (o *Option) put(b []byte) []byte {
	switch {
	case o.Octets != nil:
		return append(b, o.Octets...)
	case o.Kind == optionEnd || o.Kind == optionNop:
		return append(b, o.Kind)
	case o.Kind == optionMSS:
		return binary.BigEndian.AppendUint16(append(b, o.Kind, 4), uint16(o.Value))
	case o.Kind == optionWindowScale:
		return append(b, o.Kind, 3, byte(o.Value))
	case o.Kind == optionTimestamps:
		b = binary.BigEndian.AppendUint32(append(b, o.Kind, 10), uint32(o.Value))
		return binary.BigEndian.AppendUint32(b, uint32(o.Ecr))
	case o.Kind == optionSACK:
		b = append(b, o.Kind, byte(2+8*len(o.Blocks)))
		for _, block := range o.Blocks {
			b = binary.BigEndian.AppendUint32(b, uint32(block[0]))
			b = binary.BigEndian.AppendUint32(b, uint32(block[1]))
		}
		return b
	}
	return append(b, o.Kind, 2)
}

// readOptions reads the options in b. What cannot be read is one option of raw octets.
func readOptions(b []byte) (all []Option) {
	for len(b) > 0 {
		o := Option{Kind: b[0]}
		if o.Kind == optionEnd || o.Kind == optionNop {
			all = append(all, o)
			b = b[1:]
			continue
		}
		if len(b) < 2 || b[1] < 2 || int(b[1]) > len(b) {
			return append(all, Option{Kind: b[0], Octets: b})
		}
		v := b[2:b[1]]
		switch {
		case o.Kind == optionMSS && len(v) == 2:
			o.Value = int64(binary.BigEndian.Uint16(v))
		case o.Kind == optionWindowScale && len(v) == 1:
			o.Value = int64(v[0])
		case o.Kind == optionSACKPermitted && len(v) == 0:
		case o.Kind == optionTimestamps && len(v) == 8:
			o.Value, o.Ecr = int64(binary.BigEndian.Uint32(v)), int64(binary.BigEndian.Uint32(v[4:]))
		case o.Kind == optionSACK && len(v)%8 == 0:
			for ; len(v) > 0; v = v[8:] {
				o.Blocks = append(o.Blocks, [2]int64{int64(binary.BigEndian.Uint32(v)), int64(binary.BigEndian.Uint32(v[4:]))})
			}
		default:
			o.Octets = b[:b[1]]
		}
		all = append(all, o)
		b = b[b[1]:]
	}
	return all
}

// String returns the option as scripts write it.
func (o Option) String() string {
	orAny := func(v int64, any bool) string {
		if any {
			return "..."
		}
		return strconv.FormatInt(v, 10)
	}
	switch {
	case o.Octets != nil:
		text := "raw "
		for _, c := range o.Octets {
			text += strconv.FormatUint(uint64(c)+0x100, 16)[1:]
		}
		return text
	case o.Kind == optionEnd:
		return "eol"
	case o.Kind == optionNop:
		return "nop"
	case o.Kind == optionMSS:
		return "mss " + orAny(o.Value, o.AnyVal)
	case o.Kind == optionWindowScale:
		return "wscale " + orAny(o.Value, o.AnyVal)
	case o.Kind == optionSACKPermitted:
		return "sackOK"
	case o.Kind == optionTimestamps:
		return "TS val " + orAny(o.Value, o.AnyVal) + " ecr " + orAny(o.Ecr, o.AnyEcr)
	}
	var b strings.Builder
	b.WriteString("sack")
	for _, block := range o.Blocks {
		b.WriteString(" " + strconv.FormatInt(block[0], 10) + ":" + strconv.FormatInt(block[1], 10))
	}
	return b.String()
}
