package tls

import "fmt"

// PSKMode says how a pre-shared key is used (RFC 8446, Section 4.2.9).
type PSKMode uint8

// The modes: the key alone, or the key together with a Diffie-Hellman exchange, so that a later theft of the key opens nothing.
const (
	PSKOnly    PSKMode = 0
	PSKWithDHE PSKMode = 1
)

func (m PSKMode) String() string {
	switch m {
	case PSKOnly:
		return "psk_ke"
	case PSKWithDHE:
		return "psk_dhe_ke"
	}
	return fmt.Sprintf("mode %d", uint8(m))
}

// OfferedPSKs is a client's pre_shared_key extension (RFC 8446, Section 4.2.11).
type OfferedPSKs struct {
	Identities []PSKIdentity
	Binders    [][]byte // one for each identity: a MAC over the ClientHello up to here
}

// PSKIdentity names a pre-shared key: for resumption, the ticket.
type PSKIdentity struct {
	Identity            []byte
	ObfuscatedTicketAge uint32 // milliseconds, with the ticket's ticket_age_add added modulo 2^32; 0 for a key from elsewhere
}

// offeredPSKs reads the extension of a ClientHello.
func (r *reader) offeredPSKs() *OfferedPSKs {
	o := &OfferedPSKs{}
	r.each(r.vector16("identities", 7), func(r *reader) {
		o.Identities = append(o.Identities, PSKIdentity{r.vector16("identity", 1), r.uint32("obfuscated_ticket_age")})
	})
	r.each(r.vector16("binders", 33), func(r *reader) { o.Binders = append(o.Binders, r.vector8("binder", 32, 255)) })
	if r.err == nil && len(o.Identities) != len(o.Binders) {
		r.fail(illegal(fmt.Sprintf("pre_shared_key: %d identities and %d binders", len(o.Identities), len(o.Binders)), "4.2.11"))
	}
	return o
}

func (w *writer) offeredPSKs(o *OfferedPSKs) {
	w.vector(2, func() {
		for _, id := range o.Identities {
			w.vector16(id.Identity)
			w.uint32(id.ObfuscatedTicketAge)
		}
	})
	w.vector(2, func() {
		for _, binder := range o.Binders {
			w.vector8(binder)
		}
	})
}

// bindersLen returns how many octets the list of binders takes, with its length: what the end of a ClientHello is cut off
// before its binders are computed (RFC 8446, Section 4.2.11.2).
func (o *OfferedPSKs) bindersLen() int {
	n := 2
	for _, binder := range o.Binders {
		n += 1 + len(binder)
	}
	return n
}
