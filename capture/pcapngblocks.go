package capture

import (
	"encoding/binary"
	"fmt"
	"net/netip"
	"strings"
)

// What is kept of a file besides its packets is bounded; what is beyond is counted in Extra.Forgotten.
const (
	maxInterfaces = 1 << 16
	maxNames      = 1 << 16
	maxSecrets    = 1 << 26 // octets of all secrets together
	maxRemarks    = 1 << 10
)

// Extra is what a capture file holds besides packets, most of it of pcapng files only.
type Extra struct {
	Sections   int
	Interfaces []InterfaceInfo // of all sections, in order
	Comments   []string        // on sections and interfaces
	Names      []HostName      // from name resolution blocks
	Secrets    []Secrets       // from decryption secrets blocks, wherever they are in the file
	Skipped    int             // blocks of kinds that are not known, custom ones among them
	Forgotten  int             // pieces that were too many to keep

	secrets int // octets
}

// nameOf returns the name of an interface; empty if the file does not say it.
func (x *Extra) nameOf(number int) string {
	if number < 0 || number >= len(x.Interfaces) {
		return ""
	}
	return x.Interfaces[number].Name
}

// HostName is an address and the names that the capturing machine knew for it.
type HostName struct {
	Addr  netip.Addr
	Names []string
}

// Secrets are decryption secrets that a capture carries, such as the key log of the browser that was captured.
type Secrets struct {
	Type SecretsType
	Data []byte
}

// SecretsType says what secrets are for.
type SecretsType uint32

// TLSKeyLog is the type of secrets in the format of SSLKEYLOGFILE.
const TLSKeyLog SecretsType = 0x544c534b

// String names what secrets are for.
func (t SecretsType) String() string {
	switch t {
	case TLSKeyLog:
		return "TLS key log"
	case 0x5353484b:
		return "SSH key log"
	case 0x57474b4c:
		return "WireGuard key log"
	case 0x5a4e574b, 0x5a415053:
		return "ZigBee key"
	}
	return fmt.Sprintf("type 0x%08x", uint32(t))
}

// KeyLog returns the TLS key logs that the file carries, one after another.
func (x *Extra) KeyLog() []byte {
	var b []byte
	for _, s := range x.Secrets {
		if s.Type == TLSKeyLog {
			b = append(append(b, s.Data...), '\n')
		}
	}
	return b
}

// option codes of all blocks, and of some
const (
	optEnd      = 0
	optComment  = 1
	optIfName   = 2
	optTSResol  = 9
	optTSOffset = 14
	optIfDrop   = 5
)

// nextOption returns the first option in b and what follows it. ok is false at the end of the options, and where they are
// broken: options only add to a block, and do not make it wrong.
func nextOption(b []byte, order binary.ByteOrder) (code uint16, value, after []byte, ok bool) {
	if len(b) < 4 {
		return 0, nil, nil, false
	}
	code, n := order.Uint16(b), int(order.Uint16(b[2:]))
	if code == optEnd || 4+n > len(b) {
		return 0, nil, nil, false
	}
	return code, b[4 : 4+n], b[min(len(b), 4+(n+3)&^3):], true
}

// comments returns the comments among options.
func comments(b []byte, order binary.ByteOrder) []string {
	var all []string
	for {
		code, value, after, ok := nextOption(b, order)
		if !ok {
			return all
		}
		if code == optComment {
			all = append(all, text(value))
		}
		b = after
	}
}

// text makes a string of octets from a file: "It MUST NOT be NUL-terminated", but some writers do.
func text(b []byte) string {
	return strings.ToValidUTF8(strings.TrimRight(string(b), "\x00"), "\ufffd")
}

// declare reads an interface description.
func (s *Scanner) declare(b []byte) error {
	if len(b) < 8 {
		return s.damaged(s.in.offset+8, "an interface block of %d octets; it has at least 20", len(b)+blockFrame)
	}
	if len(s.extra.Interfaces) == maxInterfaces {
		return s.damaged(s.in.offset, "more than %d interfaces", maxInterfaces)
	}
	i := InterfaceInfo{LinkType: LinkType(s.order.Uint16(b)), SnapLen: snapLen(s.order.Uint32(b[4:])), Section: s.ng.number, perSecond: 1e6}
	for b = b[8:]; ; {
		code, value, after, ok := nextOption(b, s.order)
		if !ok {
			break
		}
		switch {
		case code == optComment:
			s.extra.addComments([]string{text(value)})
		case code == optIfName:
			i.Name = text(value)
		case code == optTSResol && len(value) == 1:
			i.perSecond = resolution(value[0])
		case code == optTSOffset && len(value) == 8:
			i.offset = max(-1<<33, min(1<<33, int64(s.order.Uint64(value))))
		}
		b = after
	}
	s.extra.Interfaces = append(s.extra.Interfaces, i)
	return nil
}

// resolution returns how many units a second has. "If the Most Significant Bit is equal to zero, the remaining bits indicate
// the resolution of the timestamp as a negative power of 10"; otherwise of 2.
func resolution(v byte) uint64 {
	n := int(v & 0x7f)
	if v&0x80 != 0 {
		return 1 << n // 0 from 64 on
	}
	if n > 19 {
		return 0
	}
	units := uint64(1)
	for range n {
		units *= 10
	}
	return units
}

// statistics reads how many packets an interface dropped.
func (s *Scanner) statistics(b []byte) {
	if len(b) < 12 {
		return
	}
	n := int64(s.order.Uint32(b)) + int64(s.ng.first)
	if n >= int64(len(s.extra.Interfaces)) {
		return
	}
	for b = b[12:]; ; {
		code, value, after, ok := nextOption(b, s.order)
		if !ok {
			return
		}
		if code == optIfDrop && len(value) == 8 {
			s.extra.Interfaces[n].Dropped = s.order.Uint64(value)
		}
		b = after
	}
}

func (x *Extra) addComments(all []string) {
	for _, c := range all {
		if len(x.Comments) == maxRemarks {
			x.Forgotten++
			continue
		}
		x.Comments = append(x.Comments, c)
	}
}

// addNames reads the body of a name resolution block: records of type, length and value, which is an address and the names
// it has, each ended by a zero.
func (x *Extra) addNames(b []byte, order binary.ByteOrder) {
	for {
		// Records are laid out as options are: a type, a length, a value, padding.
		kind, value, after, ok := nextOption(b, order)
		if !ok {
			return
		}
		b = after
		size := map[uint16]int{1: 4, 2: 16}[kind]
		if size == 0 || len(value) < size {
			continue
		}
		if len(x.Names) == maxNames {
			x.Forgotten++
			continue
		}
		addr, _ := netip.AddrFromSlice(value[:size])
		host := HostName{Addr: addr}
		for name := range strings.SplitSeq(text(value[size:]), "\x00") {
			if name != "" {
				host.Names = append(host.Names, name)
			}
		}
		x.Names = append(x.Names, host)
	}
}

// addSecrets reads the body of a decryption secrets block.
func (x *Extra) addSecrets(b []byte, order binary.ByteOrder) {
	if len(b) < 8 {
		return
	}
	n := min(int64(order.Uint32(b[4:])), int64(len(b)-8))
	if x.secrets+int(n) > maxSecrets {
		x.Forgotten++
		return
	}
	x.secrets += int(n)
	x.Secrets = append(x.Secrets, Secrets{SecretsType(order.Uint32(b)), append([]byte(nil), b[8:8+n]...)})
}
