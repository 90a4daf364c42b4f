package tls

import (
	"fmt"
	"slices"
	"time"

	"netlab/wire"
)

// Early data, or 0-RTT, is what a client that resumes a session sends with its first flight, before the server has said anything (RFC 8446, Section 2.3).
// It saves a round trip and gives up two things: no new key exchange protects it, and whoever records it can send it again. So it is off unless
// both ends set Config.EarlyData, and a server bounds what a replay can do:
//
//   - a ticket works once (RFC 8446, Section 8.1): the second copy of a first flight finds the ticket gone, and is a full handshake without early
//     data. That holds within one SessionStore; servers with a store each accept a copy each.
//   - the age that the client gives for its ticket has to be true within ten seconds (Section 8.3): a copy that was held back is not taken.
//
// What is left is for the application: State().EarlyReceived says how much of what it reads may be a copy. It should do nothing with that which must
// not be done twice.

// freshness is how far the ticket's age by the client's clock may be from its age by ours (RFC 8446, Section 8.3).
const freshness = 10 * time.Second

// offerSession offers a session to resume, and early data if both the session and the configuration have it.
func (c *Conn) offerSession() {
	if c.cfg.Sessions == nil {
		return
	}
	s, found := c.cfg.Sessions.Take(c.serverName)
	age := c.now.Sub(s.Received)
	if !found || age < 0 || age > s.Lifetime || !slices.Contains(c.cfg.Suites, s.Suite) {
		return
	}
	hello := &c.hs.hello
	c.hs.session = &s
	hello.PreSharedKey = &OfferedPSKs{
		Identities: []PSKIdentity{{s.Ticket, uint32(age.Milliseconds()) + s.AgeAdd}},
		Binders:    [][]byte{make([]byte, s.Suite.HashLen())},
	}
	c.note("offers to resume a session", "4.2.11")
	if c.cfg.EarlyData > 0 && s.MaxEarlyData > 0 && (s.ALPN == "" || slices.Contains(c.cfg.ALPN, s.ALPN)) {
		hello.EarlyData, c.status.EarlyDataOffered = true, true
	}
}

// beginEarlyData makes the keys for early data, if the hello offers some.
func (c *Conn) beginEarlyData() {
	h := c.hs
	if !h.hello.EarlyData {
		return
	}
	c.sendCompatibility()
	t := h.early.ClientTraffic(h.transcript.sumWith(h.session.Suite, nil))
	c.logged("CLIENT_EARLY_TRAFFIC_SECRET", "c e traffic", "the keys of early data", t.secret)
	c.setOut(t)
	h.earlyKeys = true
	c.earlyLeft = int(min(h.session.MaxEarlyData, c.cfg.EarlyData, 1<<30))
}

// EarlyData returns how many octets of early data can be sent now.
func (c *Conn) EarlyData() int {
	if c.hs == nil || !c.hs.earlyKeys || c.closed {
		return 0
	}
	return c.earlyLeft
}

// WriteEarly sends p, or its beginning, as early data. If the server does not take it (State().EarlyDataAccepted, once the handshake is done), the
// application has to send it again. ErrEarly says that there can be no early data, or no more.
func (c *Conn) WriteEarly(p []byte) (int, error) {
	left := c.EarlyData()
	if left == 0 {
		return 0, ErrEarly
	}
	p = p[:min(left, len(p))]
	n := 0
	for n < len(p) && len(c.output) < maxOutput {
		n += c.sendData(p[n:])
	}
	c.earlyLeft -= n
	return n, nil
}

// withdrawEarlyData forgets the offer after a HelloRetryRequest: "A client MUST NOT include the "early_data" extension in its followup ClientHello."
// RFC 8446, Section 4.2.10
func (c *Conn) withdrawEarlyData() {
	if c.hs.earlyKeys {
		c.out.secret.Wipe()
		c.out, c.hs.earlyKeys = nil, false
	}
	c.hs.hello.EarlyData = false
}

// endOfferOfEarlyData learns whether the server takes the early data.
func (c *Conn) endOfferOfEarlyData(accepted bool) error {
	h := c.hs
	if accepted {
		switch {
		case !h.chosen:
			return illegal("the server takes early data without the pre-shared key that protects it", "4.2.10")
		case h.session.Suite != c.status.Suite:
			return illegal(fmt.Sprintf("the server takes early data that is protected with %v, and chose %v", h.session.Suite, c.status.Suite), "4.2.10")
		case h.session.ALPN != c.status.ALPN:
			return illegal(fmt.Sprintf("the server takes early data for the application protocol %q, and chose %q", h.session.ALPN, c.status.ALPN), "4.2.10")
		}
		c.status.EarlyDataAccepted = true
		c.note("learns that the server takes the early data", "4.2.10")
		return nil
	}
	if h.earlyKeys {
		h.earlyKeys = false
		c.note("learns that the server does not take the early data", "4.2.10")
		c.setOut(h.clientTraffic)
	}
	return nil
}

// sendEndOfEarlyData goes over from the keys of early data to those of the handshake (RFC 8446, Section 4.5).
func (c *Conn) sendEndOfEarlyData() {
	if !c.hs.earlyKeys {
		return
	}
	c.hs.earlyKeys = false
	c.send((&EndOfEarlyData{}).append(nil))
	c.setOut(c.hs.clientTraffic)
}

// decideEarlyData decides whether a server takes the early data that the client offers. The session is chosen, or is not.
func (c *Conn) decideEarlyData() (accepted bool) {
	h := c.hs
	if !h.hello.EarlyData {
		return false
	}
	c.status.EarlyDataOffered = true
	var why string
	switch {
	case c.cfg.EarlyData == 0:
		why = "early data is switched off"
	case !h.chosen:
		why = "no session is resumed"
	case h.retry != nil:
		why = "the client had to come back"
	case h.session.MaxEarlyData == 0:
		why = "the ticket does not allow any"
	case h.session.Suite != c.status.Suite:
		why = "the session had another cipher suite"
	case h.session.ALPN != c.status.ALPN:
		why = "the session had another application protocol"
	case !c.fresh():
		why = "the age of the ticket is not what the client says: this may be a copy"
	default:
		c.status.EarlyDataAccepted = true
		return true
	}
	c.note("does not take the early data: "+why, "4.2.10")
	// If the server does not take it, it has to read over it: records that its keys do not open, as many as there may be.
	c.skip = max(int(min(c.cfg.EarlyData, 1<<30)), maxPlaintext) * 2
	return false
}

// fresh compares the ticket's age by both clocks.
func (c *Conn) fresh() bool {
	said := time.Duration(c.hs.hello.PreSharedKey.Identities[0].ObfuscatedTicketAge-c.hs.session.AgeAdd) * time.Millisecond
	apart := c.now.Sub(c.hs.session.Received) - said
	return apart < freshness && apart > -freshness
}

// throwAway throws away a record of early data that is not taken.
func (c *Conn) throwAway(record []byte) error {
	if c.skip -= len(record); c.skip < 0 {
		return &Error{AlertUnexpectedMessage, "more early data than a client may send", wire.RFC("8446", "4.2.10")}
	}
	return nil
}

// countEarly counts early data that was taken.
//
// A server receiving more than max_early_data_size bytes of 0-RTT data SHOULD terminate the connection with an "unexpected_message"
// alert. RFC 8446, Section 4.6.1
func (c *Conn) countEarly(n int) error {
	c.status.EarlyReceived += n
	if c.status.EarlyReceived > int(c.hs.session.MaxEarlyData) {
		return unexpected(fmt.Sprintf("more than %d octets of early data", c.hs.session.MaxEarlyData), "4.6.1")
	}
	return nil
}

// serverTakesEndOfEarlyData goes over to the keys of the handshake.
func (c *Conn) serverTakesEndOfEarlyData(m message) error {
	if _, err := parseEndOfEarlyData(m.body); err != nil {
		return err
	}
	c.hs.transcript.add(m.raw)
	c.enter(c.afterServerFlight())
	return c.setIn(c.hs.clientTraffic)
}
