package tls

import (
	"errors"
	"fmt"

	"netlab/wire"
)

// PeerAlert is the peer's reason for ending the connection.
type PeerAlert struct{ Alert Alert }

func (e *PeerAlert) Error() string {
	return fmt.Sprintf("tls: the peer gave up: %v: %s (%v)", e.Alert, e.Alert.Doc(), e.Alert.Ref())
}

// Close says that we will send nothing more. The peer may go on.
func (c *Conn) Close() {
	if c.closed || c.failure != nil {
		return
	}
	c.flush()
	c.sendAlert(AlertCloseNotify)
	c.closed = true
	if c.peerClosed || !c.state.connected() {
		c.end(ErrClosed)
	}
}

// sendAlert puts an alert into a record, with the keys of the moment.
func (c *Conn) sendAlert(a Alert) {
	level := LevelFatal
	if a == AlertCloseNotify || a == AlertUserCanceled {
		level = LevelWarning
	}
	c.sendRecords(ContentAlert, []byte{byte(level), byte(a)})
	c.note("sends the alert "+a.String(), a.Ref().Section)
}

// fail ends the connection for an error, and tells the peer by the alert that belongs to it.
func (c *Conn) fail(err error) error {
	c.flight = nil
	var peer *PeerAlert
	if errors.As(err, &peer) {
		c.event(failed, "ends: "+err.Error(), peer.Alert.Ref())
		c.end(err)
		return err
	}
	alert, ref := AlertInternalError, wire.RFC("8446", "6.2")
	var refused *Error
	if errors.As(err, &refused) {
		alert, ref = refused.Alert, refused.Ref
	}
	c.sendAlert(alert)
	c.event(failed, "refuses: "+err.Error(), ref)
	c.end(err)
	return err
}

// end forgets all keys: nothing is sent or received any more. What came before can still be read.
func (c *Conn) end(err error) {
	c.failure = err
	c.enter(ended)
	for _, p := range []*protection{c.in, c.out} {
		if p != nil {
			p.secret.Wipe()
		}
	}
	c.in, c.out, c.messages = nil, nil, nil
	c.resumption.Wipe()
	c.exporter.Wipe()
	c.dropHandshake()
	c.input.wipe()
}

// takeAlert takes the peer's alert.
//
// The "level" field can safely be ignored. […] Alert messages […] MUST NOT be fragmented across records, and multiple alert messages MUST NOT
// be coalesced into a single TLSPlaintext record. RFC 8446, Section 5.1 and Section 6
func (c *Conn) takeAlert(content []byte) error {
	if len(content) == 0 {
		// Implementations MUST NOT send Handshake and Alert records that have a zero-length TLSInnerPlaintext.content; if such a message is received, the
		// receiving implementation MUST terminate the connection with an "unexpected_message" alert. RFC 8446, Section 5.4
		return unexpected("an alert record without content", "5.4")
	}
	if len(content) != 2 {
		return undecodable(fmt.Sprintf("an alert of %d octets, not 2", len(content)))
	}
	a := Alert(content[1])
	c.note("receives the alert "+a.String(), "6")
	switch {
	case a == AlertUserCanceled:
		return nil // a close_notify follows
	case a != AlertCloseNotify || !c.state.connected():
		return &PeerAlert{a}
	}
	c.peerClosed = true
	if c.closed {
		c.end(ErrClosed)
	}
	return nil
}
