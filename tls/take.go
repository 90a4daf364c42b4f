package tls

import (
	"fmt"

	"netlab/wire"
)

// message is a handshake message: its type, its body, and all of it with the header, which is what the transcript takes.
type message struct {
	kind      HandshakeType
	body, raw []byte
}

// unexpected is the error for what has no place at this point of the protocol.
func unexpected(say, section string) *Error {
	return &Error{AlertUnexpectedMessage, say, wire.RFC("8446", section)}
}

// takeRecord takes the protection off a record and hands on what it carries.
func (c *Conn) takeRecord(record []byte) error {
	kind, content := ContentType(record[0]), record[recordHeaderLen:]
	if kind == ContentChangeCipherSpec {
		return c.takeChangeCipherSpec(content)
	}
	if c.skipAll && kind == ContentApplicationData {
		return c.throwAway(record)
	}
	if c.in != nil && !c.plaintextAlert(kind) {
		if kind != ContentApplicationData {
			return unexpected(fmt.Sprintf("a record of type %v without protection, where all records are protected", kind), "5")
		}
		opened, inner, refused := c.in.open(record)
		if refused != nil && c.skip > 0 && refused.Alert == AlertBadRecordMAC {
			c.in.seq--
			return c.throwAway(record)
		}
		if refused != nil {
			return refused
		}
		c.skip = 0
		if size := len(record) - recordHeaderLen - tagLen; size > c.recordSize {
			return &Error{AlertRecordOverflow, fmt.Sprintf("a record carries %d octets with type and padding; we take %d", size, c.recordSize), wire.RFC("8449", "4")}
		}
		kind, content = opened, inner
	}
	return c.takeContent(kind, content, record)
}

// plaintextAlert reports whether a record without protection is let through where they are protected: a client that could not make sense of
// our ServerHello has no keys to protect its alert with.
func (c *Conn) plaintextAlert(kind ContentType) bool {
	return kind == ContentAlert && c.in.seq == 0 && !c.client && !c.state.connected()
}

// takeContent hands on what a record carries, by its type.
func (c *Conn) takeContent(kind ContentType, content, record []byte) error {
	if len(c.messages) > 0 && kind != ContentHandshake {
		// Handshake messages MUST NOT be interleaved with other record types. RFC 8446, Section 5.1
		return unexpected(fmt.Sprintf("a record of type %v in the middle of a handshake message", kind), "5.1")
	}
	switch kind {
	case ContentHandshake:
		return c.takeMessages(content)
	case ContentAlert:
		return c.takeAlert(content)
	case ContentApplicationData:
		return c.takeData(content, record)
	}
	return unexpected(fmt.Sprintf("a record that carries content of type %v", kind), "5")
}

// takeChangeCipherSpec throws away what means nothing.
//
// An implementation may receive an unencrypted record of type change_cipher_spec consisting of the single byte value 0x01 at any time after the
// first ClientHello message has been sent or received and before the peer's Finished message has been received and MUST simply drop it without
// further processing. RFC 8446, Section 5
func (c *Conn) takeChangeCipherSpec(content []byte) error {
	switch {
	case len(content) != 1 || content[0] != 1:
		return unexpected("a change_cipher_spec that is not the single octet 1", "5")
	case c.state == serverWaitsClientHello || c.state.connected():
		return unexpected("a change_cipher_spec outside of the handshake", "5")
	case len(c.messages) > 0:
		return unexpected("a change_cipher_spec in the middle of a handshake message", "5.1")
	}
	if c.ccs++; c.ccs > maxEmptyRecords {
		return unexpected(fmt.Sprintf("more than %d change_cipher_specs", maxEmptyRecords), "5")
	}
	return nil
}

// takeMessages puts handshake messages together and takes those that are whole.
func (c *Conn) takeMessages(content []byte) error {
	if len(content) == 0 {
		// Implementations MUST NOT send zero-length fragments of Handshake types, even if those fragments contain padding. RFC 8446, Section 5.1
		return unexpected("a handshake record without content", "5.1")
	}
	c.messages = append(c.messages, content...)
	for len(c.messages) >= 4 {
		length := int(c.messages[1])<<16 | int(c.messages[2])<<8 | int(c.messages[3])
		kind := HandshakeType(c.messages[0])
		if length > c.cfg.MaxHandshake {
			return illegal(fmt.Sprintf("a %v of %d octets; we take up to %d", kind, length, c.cfg.MaxHandshake), "4")
		}
		// What is not awaited is refused by its first octets, however long it says it is.
		take := c.awaited(kind)
		if take == nil {
			return unexpected(fmt.Sprintf("a %v came in state %v", kind, c.state), "4")
		}
		if len(c.messages) < 4+length {
			return nil
		}
		m := message{kind, c.messages[4 : 4+length], c.messages[:4+length]}
		rest := c.messages[4+length:]
		c.receivedMessage(m)
		c.messages = rest // what the message changes may look whether something is behind it
		if err := take(c, m); err != nil {
			return err
		}
	}
	if len(c.messages) == 0 {
		c.messages = nil
	}
	return nil
}

// awaited returns what is done with a message of this type; nil if the state does not take it.
func (c *Conn) awaited(kind HandshakeType) func(*Conn, message) error {
	for _, s := range c.state.steps() {
		if s.message == kind {
			return s.take
		}
	}
	return nil
}

// takeData keeps application data for Read.
func (c *Conn) takeData(content, record []byte) error {
	if c.in == nil || !c.state.takesData() {
		return unexpected(fmt.Sprintf("application data in state %v", c.state), "5")
	}
	if len(content) == 0 {
		// Zero-length fragments of Application Data MAY be sent, as they are potentially useful as a traffic analysis countermeasure. RFC 8446, Section 5.1
		if c.empty++; c.empty > maxEmptyRecords {
			return unexpected(fmt.Sprintf("more than %d records without content in a row", maxEmptyRecords), "5.1")
		}
		return nil
	}
	c.empty, c.updates = 0, 0
	if c.state == serverWaitsEndOfEarlyData {
		if err := c.countEarly(len(content)); err != nil {
			return err
		}
	}
	c.input.keep(record, recordHeaderLen, len(content))
	return nil
}
