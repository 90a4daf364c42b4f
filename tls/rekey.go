package tls

import "fmt"

// KeyUpdate goes over to new keys for what we send (RFC 8446, Section 4.6.3). requestPeer asks the peer to do the same.
func (c *Conn) KeyUpdate(requestPeer bool) error {
	switch {
	case c.closed:
		return ErrClosed
	case c.failure != nil:
		return c.failure
	case !c.state.connected():
		return fmt.Errorf("tls: keys can be updated after the handshake, not in state %v", c.state)
	}
	c.updateOwnKeys(requestPeer)
	return nil
}

// updateOwnKeys sends KeyUpdate with the old keys and everything after it with new ones.
func (c *Conn) updateOwnKeys(requestPeer bool) {
	c.queue((&KeyUpdate{RequestUpdate: requestPeer}).append(nil))
	c.flush()
	c.out = c.out.update()
	c.status.Updates[0]++
	c.derived("traffic upd", "the key of our records", c.out.secret.secret, "7.2")
}

// takeKeyUpdate goes over to new keys for what we receive.
//
// If the request_update field is set to "update_requested", then the receiver MUST send a KeyUpdate of its own with request_update set to
// "update_not_requested" prior to sending its next Application Data record. RFC 8446, Section 4.6.3
func (c *Conn) takeKeyUpdate(m message) error {
	update, err := parseKeyUpdate(m.body)
	if err != nil {
		return err
	}
	if len(c.messages) > 0 {
		return unexpected("a handshake message goes on over a change of keys", "5.1")
	}
	// Each update costs us work and the peer nothing.
	if c.updates++; c.updates > maxKeyUpdates {
		return unexpected(fmt.Sprintf("more than %d key updates with no data between them", maxKeyUpdates), "4.6.3")
	}
	c.in = c.in.update()
	c.status.Updates[1]++
	c.derived("traffic upd", "the key of the peer's records", c.in.secret.secret, "7.2")
	if update.RequestUpdate && !c.closed {
		c.updateOwnKeys(false)
	}
	return nil
}
