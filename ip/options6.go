package ip

// Option6Kind is the type of an option in a hop-by-hop or destination options header. Its first two bits say what a node does
// that does not know it (RFC 8200, Section 4.2).
type Option6Kind uint8

// The options that netlab knows.
const (
	Option6Pad1        Option6Kind = 0
	Option6PadN        Option6Kind = 1
	Option6RouterAlert Option6Kind = 5 // RFC 2711
)

// known reports whether netlab knows what the option means; it need not do anything with it.
func (k Option6Kind) known() bool {
	return k == Option6Pad1 || k == Option6PadN || k == Option6RouterAlert
}

// What a node does with a packet that has an option which it does not know.
const (
	actionSkip         = 0
	actionDiscard      = 1
	actionReport       = 2 // discard, and tell the sender, even if the packet is for a group
	actionReportSingle = 3 // the same, but not if the packet is for a group
)

func (k Option6Kind) action() int { return int(k >> 6) }

// nextOption6 returns the first option in b and the octets after it. The error is ErrOption; the option is then all that is
// left of b.
func nextOption6(b []byte) (option, rest []byte, err error) {
	if Option6Kind(b[0]) == Option6Pad1 {
		return b[:1:1], b[1:], nil
	}
	if len(b) < 2 || 2+int(b[1]) > len(b) {
		return b, nil, ErrOption
	}
	n := 2 + int(b[1])
	return b[:n:n], b[n:], nil
}
