package tcp

import (
	"encoding/binary"
	"fmt"
)

// The kinds of option that the codec knows.
const (
	kindEnd           = 0 // RFC 9293, Section 3.2
	kindNop           = 1 // RFC 9293, Section 3.2
	kindMSS           = 2 // RFC 9293, Section 3.2
	kindWindowScale   = 3 // RFC 7323, Section 2.2
	kindSACKPermitted = 4 // RFC 2018, Section 2
	kindSACK          = 5 // RFC 2018, Section 3
	kindTimestamps    = 8 // RFC 7323, Section 3.2
)

// maxShift is the largest shift count: "If a Window Scale option is received with a shift.cnt value
// larger than 14, the TCP SHOULD log the error but MUST use 14 instead of the specified value."
// (RFC 7323, Section 2.3)
const maxShift = 14

// Options are the options of one segment. The zero value has none.
type Options struct {
	MSS           uint16 // octets; 0: absent
	WindowScale   int8   // shift count + 1; 0: absent
	SACKPermitted bool
	Timestamps    bool // TSVal and TSEcr are there
	TSVal, TSEcr  uint32
	SACK          [4]Block
	SACKs         int // how many of SACK are there

	// Illegal says that an option had a length that cannot be. It is ignored, with whatever followed it: nobody can tell where
	// the next one begins.
	Illegal bool

	// Odd says that an option has not the length of its kind. It is ignored alone.
	Odd bool
}

// Block is one block of a SACK option: the octets from Left up to, but not including, Right.
type Block struct{ Left, Right Seq }

// option returns the kind and the whole of the option at the start of b, and whether its length makes
// sense. "TCP implementations MUST be prepared to handle an illegal option length (e.g., zero)"
// (MUST-7, RFC 9293, Section 3.1).
func option(b []byte) (kind byte, opt []byte, ok bool) {
	kind = b[0]
	if kind == kindEnd || kind == kindNop {
		return kind, b[:1], true
	}
	if len(b) < 2 || b[1] < 2 || int(b[1]) > len(b) {
		return kind, b, false
	}
	return kind, b[:b[1]], true
}

// NextOption returns the option at the start of b, the header's octets after the first 20, or of what of them follows another option.
// It reports false if its length is illegal.
func NextOption(b []byte) (opt []byte, ok bool) {
	_, opt, ok = option(b)
	return opt, ok
}

// known reports whether an option of a kind has a length that is known.
func known(kind byte) bool {
	switch kind {
	case kindMSS, kindWindowScale, kindSACKPermitted, kindSACK, kindTimestamps:
		return true
	}
	return false
}

// OptionProblem says what is wrong with the first option in b that has an illegal length, or another one than its kind's; it is empty if there is none.
// b is the header's octets after the first 20.
func OptionProblem(b []byte) string {
	for len(b) > 0 {
		kind, opt, ok := option(b)
		if kind == kindEnd {
			return ""
		}
		if !ok {
			return "an option has an illegal length"
		}
		if problem := oddLength(opt); problem != "" {
			return problem
		}
		b = b[len(opt):]
	}
	return ""
}

// oddLength says what is wrong with the length of a whole option; it is empty if nothing is.
func oddLength(opt []byte) string {
	name, right := "", 0
	switch opt[0] {
	case kindMSS:
		name, right = "maximum segment size", 4
	case kindWindowScale:
		name, right = "window scale", 3
	case kindSACKPermitted:
		name, right = "SACK-permitted", 2
	case kindTimestamps:
		name, right = "timestamps", 10
	case kindSACK:
		if len(opt)%8 != 2 {
			return fmt.Sprintf("a SACK option of %d octets; it has 2, and 8 for each block", len(opt))
		}
	}
	if right == 0 || len(opt) == right {
		return ""
	}
	return fmt.Sprintf("a %s option of %d octets; it has %d", name, len(opt), right)
}

// parse reads the options in b, the header's octets after the first 20. An option that is unknown or
// does not have its kind's length is skipped: "A TCP implementation MUST (MUST-6) ignore without error
// any TCP Option it does not implement, assuming that the option has a length field." (RFC 9293, Section 3.1)
func (o *Options) parse(b []byte) {
	// Most segments have timestamps and nothing else, laid out as RFC 7323, Appendix A shows.
	if len(b) == timestampOctets && binary.BigEndian.Uint32(b) == kindNop<<24|kindNop<<16|kindTimestamps<<8|10 {
		o.Timestamps = true
		o.TSVal, o.TSEcr = binary.BigEndian.Uint32(b[4:]), binary.BigEndian.Uint32(b[8:])
		return
	}
	for off := 0; off < len(b); {
		kind, opt, ok := option(b[off:])
		if !ok {
			o.Illegal = true
			return
		}
		off += len(opt)
		switch {
		case kind == kindEnd:
			return
		case kind == kindMSS && len(opt) == 4:
			o.MSS = binary.BigEndian.Uint16(opt[2:])
		case kind == kindWindowScale && len(opt) == 3:
			o.WindowScale = int8(min(opt[2], maxShift)) + 1
		case kind == kindSACKPermitted && len(opt) == 2:
			o.SACKPermitted = true
		case kind == kindTimestamps && len(opt) == 10:
			o.Timestamps = true
			o.TSVal, o.TSEcr = binary.BigEndian.Uint32(opt[2:]), binary.BigEndian.Uint32(opt[6:])
		case kind == kindSACK && len(opt)%8 == 2:
			o.SACKs = len(opt) / 8 // at most 4: options have 40 octets
			for i := range o.SACKs {
				block := opt[2+8*i:]
				o.SACK[i] = Block{Seq(binary.BigEndian.Uint32(block)), Seq(binary.BigEndian.Uint32(block[4:]))}
			}
		case known(kind):
			o.Odd = true
		}
	}
}

// len returns how many octets put writes. Each option takes a multiple of 4.
func (o *Options) len() int {
	n := 0
	if o.MSS != 0 {
		n += 4
	}
	if o.WindowScale != 0 {
		n += 4
	}
	if o.SACKPermitted {
		n += 4
	}
	if o.Timestamps {
		n += 12
	}
	if o.SACKs > 0 {
		n += 4 + 8*o.SACKs
	}
	return n
}

// put writes the options, each led by as many No-Operations as make it end on a word boundary
// (RFC 7323, Appendix A shows this for timestamps).
func (o *Options) put(b []byte) {
	b = b[:0]
	if o.MSS != 0 {
		b = append(b, kindMSS, 4)
		b = binary.BigEndian.AppendUint16(b, o.MSS)
	}
	if o.SACKPermitted {
		b = append(b, kindNop, kindNop, kindSACKPermitted, 2)
	}
	if o.Timestamps {
		b = append(b, kindNop, kindNop, kindTimestamps, 10)
		b = binary.BigEndian.AppendUint32(b, o.TSVal)
		b = binary.BigEndian.AppendUint32(b, o.TSEcr)
	}
	if o.WindowScale != 0 {
		b = append(b, kindNop, kindWindowScale, 3, byte(o.WindowScale-1))
	}
	if o.SACKs > 0 {
		b = append(b, kindNop, kindNop, kindSACK, byte(2+8*o.SACKs))
		for _, block := range o.SACK[:o.SACKs] {
			b = binary.BigEndian.AppendUint32(b, uint32(block.Left))
			b = binary.BigEndian.AppendUint32(b, uint32(block.Right))
		}
	}
}
