package dns

import (
	"encoding/binary"
	"net/netip"
)

// Addresses returns the name that the message in b answers for, and the addresses that it gives; nothing if b is no answer with addresses.
func Addresses(b []byte) (name string, found []netip.Addr) {
	const response, truncated, failed = 0x8000, 0x0200, 0x000f
	if len(b) < headerLen {
		return "", nil
	}
	if flags := binary.BigEndian.Uint16(b[2:]); flags&response == 0 || flags&(truncated|failed) != 0 || binary.BigEndian.Uint16(b[4:]) != 1 {
		return "", nil
	}
	asked, at, err := readName(nil, b, headerLen)
	if err != nil {
		return "", nil
	}
	at += questionLen
	for range binary.BigEndian.Uint16(b[6:]) {
		const fixed = 10 // type, class, time to live, length
		if _, at, err = readName(nil, b, at); err != nil || at+fixed > len(b) {
			break
		}
		kind, class, n := binary.BigEndian.Uint16(b[at:]), binary.BigEndian.Uint16(b[at+2:]), int(binary.BigEndian.Uint16(b[at+8:]))
		if at += fixed; at+n > len(b) {
			break
		}
		const internet, flush = 1, 0x8000 // multicast DNS has a flag in the class (RFC 6762)
		if a, ok := netip.AddrFromSlice(b[at : at+n]); ok && class&^flush == internet && (kind == 1 && n == 4 || kind == 28 && n == 16) {
			found = append(found, a)
		}
		at += n
	}
	if found == nil {
		return "", nil
	}
	return Shown(string(asked)), found
}
