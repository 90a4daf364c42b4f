package tls

import (
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"time"

	"netlab/wire"
)

// Conn is one end of a TLS 1.3 connection (RFC 8446). It does no I/O: Receive takes the octets that the peer sent, cut anywhere, and Next
// gives those that are to go to the peer. After each call of any other method, ask Next.
//
// A Conn is not for several goroutines at once.
type Conn struct {
	cfg        Config
	client     bool
	serverName string
	state      state
	now        time.Time
	failure    error // why the connection is over; nil: it is not

	hs *handshake // what is only needed during the handshake; nil after it

	// What comes.
	input      input
	in         *protection // nil: records are not protected yet
	messages   []byte      // handshake messages, of which the last may be incomplete
	skip       int         // octets of early data, refused, that may still be thrown away
	skipAll    bool        // the same before a second ClientHello: all application data is thrown away
	recordSize int         // octets of content, type and padding that a record may carry to us
	empty      int         // records without content in a row
	ccs        int         // change_cipher_spec records
	updates    int         // key updates of the peer without data between them
	peerClosed bool        // close_notify came

	// What goes.
	out       *protection
	flight    []byte // handshake messages that wait to be put into records together
	output    []byte // records that wait for Next
	handed    []byte // what Next returned last, to be used again
	sendSize  int    // octets of content, type and padding that a record of ours may carry
	sentCCS   bool
	closed    bool // close_notify was sent
	earlyLeft int  // octets of early data that may still be sent

	resumption ResumptionSecret
	exporter   ExporterSecret
	tickets    int // got or given
	status     ConnectionState
}

// ConnectionState is what a connection is like now. It is a value.
type ConnectionState struct {
	Phase             string // the state of RFC 8446, Appendix A: "WAIT_SH"
	Done              bool   // the handshake is done
	Version           Version
	Suite             CipherSuite
	Group             Group
	Signature         SignatureScheme // with which the server proved who it is; 0 when a session was resumed
	ServerName        string          // that the client wanted
	ALPN              string          // the application protocol; empty: none was agreed on
	Retried           bool            // there was a HelloRetryRequest
	Resumed           bool
	EarlyDataOffered  bool // the client offered early data
	EarlyDataAccepted bool
	EarlyReceived     int // octets at the beginning of what Read gives that were early data, which an attacker may have sent again
	PeerCertificates  []*x509.Certificate
	OCSP              []byte // what the server stapled to its certificate
	PeerClosed        bool   // the peer will send nothing more
	Updates           [2]int // how often the keys were updated: ours, the peer's
}

// Errors that callers test.
var (
	ErrTruncated = errors.New("tls: the connection ended without close_notify: what came may be cut short (RFC 8446, Section 6.1)")
	ErrClosed    = errors.New("tls: the connection is closed")
	ErrEarly     = errors.New("tls: early data cannot be sent now")
)

// Server returns the server's end of a connection.
func Server(cfg Config) *Conn {
	c := newConn(cfg)
	c.state = serverWaitsClientHello
	return c
}

func newConn(cfg Config) *Conn {
	c := &Conn{cfg: cfg.withDefaults(), hs: &handshake{}, recordSize: maxPlaintext + 1, sendSize: maxPlaintext + 1}
	c.status.Version = VersionTLS13
	return c
}

// Receive takes octets that the peer sent, at the time now. An error ends the connection; Next then gives the alert that tells the peer.
func (c *Conn) Receive(now time.Time, octets []byte) error {
	if c.failure != nil {
		return c.failure
	}
	// Any data received after a closure alert has been received MUST be ignored. RFC 8446, Section 6.1
	if c.peerClosed {
		return nil
	}
	c.input.add(octets)
	return c.process(now)
}

// Space returns memory to read octets of the peer into, for Received. That saves the copy that Receive makes. It is valid until the next call of Receive,
// Received or Space; Read, Write and the others leave it alone.
func (c *Conn) Space() []byte { return c.input.room(1) }

// Received takes the first n octets of what Space returned, as Receive does.
func (c *Conn) Received(now time.Time, n int) error {
	if c.failure != nil {
		return c.failure
	}
	if c.peerClosed {
		return nil
	}
	c.input.buf = c.input.buf[:len(c.input.buf)+n]
	return c.process(now)
}

// process takes all records that are there.
func (c *Conn) process(now time.Time) error {
	c.now = now
	for !c.peerClosed {
		record, err := c.input.record(c.in != nil)
		if err == nil && record != nil {
			err = c.takeRecord(record)
		}
		if err != nil {
			return c.fail(err)
		}
		if record == nil {
			break
		}
	}
	return nil
}

// Next returns octets to be sent to the peer; nil if there are none. They stay valid until Next is called again.
func (c *Conn) Next() []byte {
	if len(c.output) == 0 {
		return nil
	}
	c.output, c.handed = c.handed[:0], c.output
	return c.handed
}

// Write protects p for the peer, as much of it as fits into what may wait for Next, and returns how much that was: 0 as long as the handshake
// is not done.
func (c *Conn) Write(p []byte) (int, error) {
	switch {
	case c.closed:
		return 0, ErrClosed
	case c.failure != nil:
		return 0, c.failure
	case !c.state.connected():
		return 0, nil
	}
	n := 0
	for n < len(p) && len(c.output) < maxOutput {
		if c.out.exhausted() {
			c.updateOwnKeys(false)
		}
		n += c.sendData(p[n:])
	}
	return n, nil
}

// Read gives what the peer's application sent: 0 and no error if nothing is there yet, io.EOF after the peer's close_notify.
func (c *Conn) Read(p []byte) (int, error) {
	if n := c.input.read(p); n > 0 || len(p) == 0 {
		return n, nil
	}
	if c.peerClosed {
		return 0, io.EOF
	}
	return 0, c.failure
}

// Buffered returns how many octets Read can give at once.
func (c *Conn) Buffered() int { return c.input.waiting }

// EOF tells the connection that nothing more will come from below. nil if the peer had said so before; if not, somebody may have cut the
// connection: ErrTruncated.
func (c *Conn) EOF() error {
	if c.failure == nil && !c.peerClosed {
		c.end(ErrTruncated)
		c.event(failed, "finds the connection cut: no close_notify came", wire.RFC("8446", "6.1"))
	}
	return c.failure
}

// State returns what the connection is like now.
func (c *Conn) State() ConnectionState {
	s := c.status
	s.Phase, s.Done, s.ServerName, s.PeerClosed = c.state.String(), c.state.connected(), c.serverName, c.peerClosed
	return s
}

// Export returns n octets that both ends can make and nobody else (RFC 8446, Section 7.5), for other protocols. Different labels and contexts
// give octets that have nothing to do with each other.
func (c *Conn) Export(label string, context []byte, n int) ([]byte, error) {
	if !c.state.connected() {
		return nil, errors.New("tls: there is nothing to export before the handshake is done")
	}
	if most := 255 * c.status.Suite.HashLen(); n < 0 || n > most {
		return nil, fmt.Errorf("tls: Export gives 0 to %d octets, not %d", most, n)
	}
	if len("tls13 ")+len(label) > 255 {
		return nil, fmt.Errorf("tls: the label of Export has at most 249 octets, not %d", len(label))
	}
	return c.exporter.Export(label, context, n), nil
}

// enter goes over to another state.
func (c *Conn) enter(s state) {
	if c.cfg.Tracer.On() {
		c.changed("state", c.state.String(), s.String())
	}
	c.state = s
}
