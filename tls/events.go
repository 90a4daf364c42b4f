package tls

import (
	"encoding/hex"
	"strconv"

	"netlab/trace"
	"netlab/wire"
)

// What a connection tells its tracer. With none set each of these costs one check; sentences are put together only for somebody who listens.

// failed is the kind of event that ends a connection.
const failed = trace.Failed

func (c *Conn) event(kind trace.Kind, say string, ref wire.Ref, changes ...trace.Change) {
	if !c.cfg.Tracer.On() {
		return
	}
	c.cfg.Tracer.Emit(trace.Event{At: c.now, Kind: kind, Flow: c.cfg.Flow, Say: say, Ref: ref, Changes: changes})
}

// note tells of something that RFC 8446 asks for.
func (c *Conn) note(say, section string) {
	if c.cfg.Tracer.On() {
		c.event(trace.Note, say, wire.RFC("8446", section))
	}
}

// changed tells that the connection goes over to another state.
func (c *Conn) changed(name, from, to string) {
	c.event(trace.StateChanged, "goes from "+from+" to "+to, wire.RFC("8446", "A"), trace.Change{Name: name, Old: from, New: to})
}

func (c *Conn) sentMessage(m []byte) {
	if c.cfg.Tracer.On() {
		c.note("sends "+HandshakeType(m[0]).String()+", "+strconv.Itoa(len(m))+" octets", "4")
	}
}

func (c *Conn) receivedMessage(m message) {
	if c.cfg.Tracer.On() {
		c.note("receives "+m.kind.String()+", "+strconv.Itoa(len(m.raw))+" octets", "4")
	}
}

// derived tells of a secret: its label in the key schedule, what it is for, and the secret itself.
func (c *Conn) derived(label, purpose string, s secret, section string) {
	if c.cfg.Tracer.On() {
		c.event(trace.Note, "derives \""+label+"\": "+purpose, wire.RFC("8446", section), trace.Change{Name: label, New: hex.EncodeToString(s.octets)})
	}
}

// logged is a derived secret that key logs have a name for.
func (c *Conn) logged(name, label, purpose string, s secret) {
	c.derived(label, purpose, s, "7.1")
	if c.cfg.KeyLog != nil {
		c.cfg.KeyLog(name, c.hs.hello.Random[:], s.octets)
	}
}
