package service

import (
	"context"
	"fmt"
	"net"
	"strings"
	"time"

	"netlab/stack"
	"netlab/tls"
	"netlab/tls/tlsnet"
	"netlab/trace"
)

// ServeHTTPS starts the HTTP service over TLS on an address such as ":443", with what Options.TLS says.
func ServeHTTPS(h *stack.Host, address string, o Options) error {
	o = o.withDefaults()
	o.record = tracedSegments
	web := NewWeb(h, o)
	return Accept(h, address, o, func(h *stack.Host, conn net.Conn) {
		cfg, err := o.TLS()
		if err != nil {
			o.Failed(fmt.Errorf("service: HTTPS: %w", err))
			return
		}
		if cfg.ALPN == nil {
			cfg.ALPN = []string{"http/1.1", "http/1.0"}
		}
		secure := tlsnet.Server(conn, onHost(cfg, h, conn))
		// All of the handshake has the time that one read has otherwise: a client that sends an octet now and then is not waited for.
		conn.SetReadDeadline(h.Now().Add(o.Idle))
		err = secure.Handshake(context.Background())
		conn.SetReadDeadline(time.Time{})
		if err != nil {
			web.drain(conn) // the alert that says why must not be lost to a reset
			return
		}
		web.ServeConn(h, secure)
	})
}

// onHost completes a configuration with what a connection of a host knows: the time, and who is told of its events. A flight of the handshake is several records, and its
// last segment must not wait for the acknowledgment of the others: no Nagle algorithm (RFC 9293, Section 3.7.4).
func onHost(cfg tls.Config, h Stack, conn net.Conn) tls.Config {
	if c, ok := inner(conn).(interface{ SetNoDelay(off bool) error }); ok {
		_ = c.SetNoDelay(true)
	}
	cfg.Now = h.Now
	if cfg.ALPN == nil {
		cfg.ALPN = []string{"http/1.1"}
	}
	cfg.Flow = trace.Flow{Local: addrPort(conn.LocalAddr()), Remote: addrPort(conn.RemoteAddr())}
	if t, ok := h.(interface{ Tracer() *trace.Tracer }); ok && cfg.Tracer == nil {
		cfg.Tracer = t.Tracer()
	}
	return cfg
}

// tls adds what a connection's handshake agreed on.
func (p *page) tls(s tls.ConnectionState) {
	p.heading("What the handshake of TLS agreed on")
	p.row("Version", s.Version.String(), "What you read here came encrypted. RFC 8446, Section 4.2.1")
	p.row("Cipher suite", s.Suite.String(), "How records are encrypted and protected against change, and which hash makes the keys. RFC 8446, Section 4.1.2")
	p.row("Key exchange", s.Group.String(), "How both sides came to a secret that nobody who listened can know. RFC 8446, Section 4.2.7")
	if s.Resumed {
		p.row("Session", "resumed", "You showed a ticket of an earlier connection, so that no certificate was needed. RFC 8446, Section 2.2")
	} else {
		p.row("Signature", s.Signature.String(), "With which this host proved that the certificate's key is its own. RFC 8446, Section 4.4.3")
	}
	name := s.ServerName
	if name == "" {
		name = "none"
	}
	p.row("Server name", name, "The host that you asked for, in the clear, so that a server of many can choose its certificate. RFC 6066, Section 3")
	if s.ALPN != "" {
		p.row("Protocol", s.ALPN, "What is spoken inside, agreed on without a round trip of its own. RFC 7301, Section 3.1")
	}
}

// TLSWords says in a line what a handshake agreed on.
func TLSWords(s tls.ConnectionState) string {
	words := []string{s.Version.String(), s.Suite.String(), s.Group.String()}
	if s.Resumed {
		words = append(words, "resumed")
	} else {
		words = append(words, s.Signature.String())
	}
	if s.ALPN != "" {
		words = append(words, "for "+s.ALPN)
	}
	return strings.Join(words, ", ")
}
