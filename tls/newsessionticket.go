package tls

// NewSessionTicket gives a client what it resumes the session with later (RFC 8446, Section 4.6.1).
type NewSessionTicket struct {
	Lifetime     uint32 // seconds; at most 604800, which is seven days
	AgeAdd       uint32 // ticket_age_add: hides the ticket's age in a later ClientHello
	Nonce        []byte // tells the tickets of a connection apart
	Ticket       []byte
	MaxEarlyData uint32 // octets of 0-RTT data that the server takes; 0: none

	Extra []Extension
	Order []ExtensionType
}

// parseNewSessionTicket parses the body of a message of type new_session_ticket, as it is in TLS 1.3.
func parseNewSessionTicket(body []byte) (NewSessionTicket, error) {
	r := readMessage(TypeNewSessionTicket, body)
	m := NewSessionTicket{
		Lifetime: r.uint32("ticket_lifetime"),
		AgeAdd:   r.uint32("ticket_age_add"),
		Nonce:    r.vector8("ticket_nonce", 0, 255),
		Ticket:   r.vector16("ticket", 1),
	}
	m.Order, m.Extra = r.extensions(inNewSessionTicket, func(t ExtensionType, r *reader) bool {
		if t != ExtEarlyData {
			return false
		}
		if string(r.b) == "\x00\x00\x00\x00" {
			return false // no early data, said at length
		}
		m.MaxEarlyData = r.uint32("max_early_data_size")
		return true
	})
	if err := r.end(); err != nil {
		return NewSessionTicket{}, err
	}
	return m, nil
}

// append appends the message with its header.
func (m *NewSessionTicket) append(b []byte) []byte {
	return appendMessage(b, TypeNewSessionTicket, func(w *writer) {
		w.uint32(m.Lifetime)
		w.uint32(m.AgeAdd)
		w.vector8(m.Nonce)
		w.vector16(m.Ticket)
		var l extensionList
		l.add(m.MaxEarlyData != 0, ExtEarlyData, func(w *writer) { w.uint32(m.MaxEarlyData) })
		l.write(w, m.Order, m.Extra)
	})
}
