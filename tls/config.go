package tls

import (
	"crypto/rand"
	"crypto/x509"
	"fmt"
	"io"
	"slices"
	"time"

	"netlab/trace"
)

// Config says how a connection is to behave. The zero value is a client that trusts whom the machine trusts. Connections share one Config
// and do not change it.
type Config struct {
	Random io.Reader // what keys and randoms are drawn from; nil: the machine's source. A seeded one makes the same run each time

	Now func() time.Time // the clock of those who carry the octets, such as package tlsnet; nil: the machine's. This package reads none

	Suites []CipherSuite // those to use, the preferred first; nil: all that Supported knows
	Groups []Group       // those to agree on keys in, the preferred first; nil: X25519MLKEM768, X25519, P-256, P-384
	ALPN   []string      // application protocols, the preferred first; nil: none

	Certificates []KeyPair      // of a server: chosen by the client's name for it; of a client: the first that fits the request
	Roots        *x509.CertPool // whom a client trusts to vouch for servers, and a server for clients; nil: the machine's authorities
	Insecure     bool           // a client takes any certificate: no check of name, date or authority. Its signature is still verified
	ClientAuth   ClientAuth     // whether a server asks clients for certificates
	RequireName  bool           // a server refuses clients that do not name it (SNI), or name another

	Sessions       SessionStore  // of a server: the tickets it gave out; of a client: those it got. nil: no resumption
	Tickets        int           // how many a server gives after a handshake; 0: 2
	TicketLifetime time.Duration // 0: two hours; at most seven days
	EarlyData      uint32        // octets of 0-RTT data that a server takes, or a client offers to send; 0: none. See early.go before setting it

	RecordSizeLimit int                                             // octets of content and type that a record sent to us may carry (RFC 8449); 0: 16385, not said
	Padding         func(content int) int                           // how many zeros go into a record with so much content; nil: none
	NoCompatibility bool                                            // a client does without middlebox compatibility mode (RFC 8446, Section D.4)
	Cookie          bool                                            // a server makes each client come back with a cookie (RFC 8446, Section 4.2.2)
	MaxHandshake    int                                             // octets of a handshake message; 0: 131072
	KeyLog          func(label string, clientRandom, secret []byte) // told of each secret, as an SSLKEYLOGFILE line has it; nil: nobody
	Tracer          *trace.Tracer                                   // told of each message, secret, alert and change of state
	Flow            trace.Flow                                      // the connection's name in these events
}

// ClientAuth says whether a server wants to know who its clients are.
type ClientAuth uint8

// The answers to that. A certificate that is given has to be good in both of the last.
const (
	NoClientCertificate ClientAuth = iota
	RequestClientCertificate
	RequireClientCertificate
)

// The bounds that are not for the user to choose.
const (
	maxTicketLifetime = 7 * 24 * time.Hour // RFC 8446, Section 4.6.1
	maxEmptyRecords   = 32                 // in a row, and so many change_cipher_specs
	maxKeyUpdates     = 32                 // of the peer, with no data between them
	maxKeptTickets    = 8                  // that a client keeps of one connection
	maxOutput         = 64 << 10           // octets of records that wait for Next before Write takes no more
)

func (c Config) withDefaults() Config {
	if c.Random == nil {
		c.Random = rand.Reader
	}
	if c.Suites == nil {
		c.Suites = []CipherSuite{AES128GCMSHA256, AES256GCMSHA384, ChaCha20Poly1305SHA256}
	}
	if c.Groups == nil {
		c.Groups = supportedGroups()
	}
	if c.Tickets == 0 {
		c.Tickets = 2
	}
	if c.TicketLifetime == 0 {
		c.TicketLifetime = 2 * time.Hour
	}
	c.TicketLifetime = min(c.TicketLifetime, maxTicketLifetime)
	if c.MaxHandshake == 0 {
		c.MaxHandshake = 128 << 10
	}
	return c
}

// Validate names the first setting that this package cannot keep.
func (c Config) Validate() error {
	for _, s := range c.Suites {
		if !s.Supported() {
			return fmt.Errorf("tls: Config.Suites: %v is not implemented; those of TLS 1.3 with AES-GCM and ChaCha20-Poly1305 are", s)
		}
	}
	for _, g := range c.Groups {
		if !slices.Contains(supportedGroups(), g) {
			return fmt.Errorf("tls: Config.Groups: %v is not implemented; %v are", g, supportedGroups())
		}
	}
	for _, name := range c.ALPN {
		if name == "" || len(name) > 255 {
			return fmt.Errorf("tls: Config.ALPN: a name has 1 to 255 octets, %q has %d", name, len(name))
		}
	}
	if c.RecordSizeLimit != 0 && (c.RecordSizeLimit < 64 || c.RecordSizeLimit > maxPlaintext+1) {
		return fmt.Errorf("tls: Config.RecordSizeLimit: 64 to %d octets, not %d (RFC 8449, Section 4)", maxPlaintext+1, c.RecordSizeLimit)
	}
	return nil
}
