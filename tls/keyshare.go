package tls

import "fmt"

// KeyShareEntry is one end's public key for a group (RFC 8446, Section 4.2.8).
type KeyShareEntry struct {
	Group Group
	Data  []byte // as the group defines it: 32 octets for x25519
}

func (r *reader) keyShareEntry() KeyShareEntry {
	return KeyShareEntry{Group(r.uint16("group")), r.vector16("key_exchange", 1)}
}

func (w *writer) keyShareEntry(e KeyShareEntry) {
	w.uint16(uint16(e.Group))
	w.vector16(e.Data)
}

// keyShares reads what a client offers: none at all if it asks the server to choose the group.
//
// "Clients MUST NOT offer multiple KeyShareEntry values for the same group. […] Servers MAY check for violations of these rules and abort the
// handshake with an "illegal_parameter" alert" RFC 8446, Section 4.2.8
func (r *reader) keyShares() []KeyShareEntry {
	shares := []KeyShareEntry{}
	r.each(r.vector16("client_shares", 0), func(r *reader) {
		e := r.keyShareEntry()
		for _, other := range shares {
			if other.Group == e.Group {
				r.fail(illegal(fmt.Sprintf("key_share: two shares for group %s", e.Group), "4.2.8"))
			}
		}
		shares = append(shares, e)
	})
	return shares
}
