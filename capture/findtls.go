package capture

import (
	"crypto/rsa"
	"crypto/x509"
	"fmt"
	"strings"
	"time"

	"netlab/flow"
	"netlab/tls"
	"netlab/wire"
)

// secured is a connection with TLS, as far as it can be read without keys: hellos, alerts before the keys change, and in version 1.2 the
// certificates. What comes out of order is not waited for: then nothing more is read of that direction.
type secured struct {
	side [2]plainSide
	name string // of the server, as the client asked for it
}

// plainSide is one direction.
type plainSide struct {
	next     int64  // the relative number of the octet that is wanted next; 0: nothing was seen
	records  []byte // the beginning of a record that is not yet whole
	messages []byte // the beginning of a handshake message
	done     bool   // the rest is encrypted, or something is missing
	client   bool   // it began
}

const (
	maxSecured = 512     // connections; when there are more, all those are given up
	maxPlain   = 1 << 14 // octets of a side that are kept
)

// secure looks at a segment of a connection with TLS, and knows whether a record begins in it. It reports false if it is none.
func (f *Finder) secure(at flow.Place, begins bool) bool {
	x := f.secured[at.Stream]
	if x == nil {
		if !begins {
			return false
		}
		if len(f.secured) == maxSecured {
			clear(f.secured)
		}
		x = &secured{}
		f.secured[at.Stream] = x
	}
	b := f.segment.Payload
	side := &x.side[at.Dir]
	if side.next == 0 {
		side.next = at.Data
		side.done = !begins
	}
	if !side.done && (at.Data != side.next || f.segment.Len != len(b) || len(side.records)+len(b) > maxPlain) {
		side.done = true
	}
	side.next = at.Data + int64(f.segment.Len)
	if side.done {
		side.records, side.messages = nil, nil
		return true
	}
	side.records = append(side.records, b...)
	for !side.done {
		n := tls.RecordLen(side.records)
		if n == 0 || n > len(side.records) {
			break
		}
		f.record(x, side, side.records[:n])
		side.records = side.records[n:]
	}
	return true
}

// record looks at a whole record.
func (f *Finder) record(x *secured, side *plainSide, b []byte) {
	content := b[5:]
	switch tls.ContentType(b[0]) {
	case tls.ContentHandshake:
		side.messages = append(side.messages, content...)
		for len(side.messages) >= 4 && !side.done {
			n := 4 + int(side.messages[1])<<16 + int(side.messages[2])<<8 + int(side.messages[3])
			if n > maxPlain {
				side.done = true
			}
			if n > len(side.messages) {
				return
			}
			f.handshake(x, side, side.messages[:n])
			side.messages = side.messages[n:]
		}
	case tls.ContentAlert:
		if len(content) == 2 { // an encrypted one is longer
			f.alert(tls.AlertLevel(content[0]), tls.Alert(content[1]))
		}
	default: // the keys have changed
		side.done = true
	}
}

// alert reports an alert. That of an end that closes is no trouble.
func (f *Finder) alert(level tls.AlertLevel, a tls.Alert) {
	if a == tls.AlertCloseNotify {
		return
	}
	f.add(flow.TLSAlert, f.segment.Src, wire.RFC("8446", "6.2"), "sends an alert of TLS: %s").Name = fmt.Sprintf("%s (%s)", a, level)
}

// handshake looks at a handshake message that is not encrypted.
func (f *Finder) handshake(x *secured, side *plainSide, message []byte) {
	body := message[4:]
	switch tls.HandshakeType(message[0]) {
	case tls.TypeClientHello:
		x.name, side.client = tls.ServerName(message), true
	case tls.TypeServerHello:
		version, suite, ok := serverHello(body)
		if !ok {
			return
		}
		say := "agrees on %s"
		ref := wire.RFC("8446", "4.1.3")
		if version == tls.VersionTLS12 {
			ref = wire.RFC("5246", "7.4.1.3")
		}
		if version < tls.VersionTLS12 {
			say, ref = "agrees on %s, which nobody should speak any more", wire.RFC("8996", "")
		}
		f.add(flow.TLSVersion, f.segment.Src, ref, say).Name = version.String() + " with " + suite.String()
		side.done = version >= tls.VersionTLS13
	case tls.TypeCertificate:
		f.certificate(x, side, body)
	}
}

// serverHello returns the version and the cipher suite that a ServerHello chooses.
func serverHello(body []byte) (v tls.Version, s tls.CipherSuite, ok bool) {
	c := wire.NewCursor(body)
	v = tls.Version(c.Uint16())
	c.Bytes(32)
	c.Bytes(int(c.Uint8()))
	s = tls.CipherSuite(c.Uint16())
	c.Uint8()
	if c.Err() != nil {
		return 0, 0, false
	}
	if b := extension(c, tls.ExtSupportedVersions); len(b) == 2 {
		v = tls.Version(uint16(b[0])<<8 | uint16(b[1]))
	}
	return v, s, true
}

// extension returns the content of an extension; the list of all of them comes next.
func extension(c *wire.Cursor, want tls.ExtensionType) []byte {
	for c.Uint16(); c.Len() >= 4 && c.Err() == nil; {
		t := tls.ExtensionType(c.Uint16())
		if b := c.Bytes(int(c.Uint16())); t == want {
			return b
		}
	}
	return nil
}

// certificate looks at the first certificate of a version 1.2 message: the end's own. A client that has none shows none.
func (f *Finder) certificate(x *secured, side *plainSide, body []byte) {
	c := wire.NewCursor(body)
	if c.Uint24() == 0 && side.client {
		return
	}
	name, who := x.name, "client"
	if side.client {
		name, who = "", "server"
	}
	cert, err := x509.ParseCertificate(c.Bytes(int(c.Uint24())))
	var wrong []string
	ref := wire.RFC("5280", "4.1")
	if err != nil {
		wrong = append(wrong, "it cannot be read")
	} else {
		wrong = certificateProblems(cert, time.Unix(0, f.packet.at), name)
		if len(wrong) > 0 {
			wrong[0] = "of " + oneLine(cert.Subject.String()) + ": " + wrong[0]
		}
	}
	if len(wrong) > 0 {
		f.add(flow.Certificate, f.segment.Src, ref, "shows a certificate that a "+who+" should not accept, %s").Name = strings.Join(wrong, "; ")
	}
}

// certificateProblems returns what is wrong with a certificate on a day, for a server that was asked for by a name.
func certificateProblems(cert *x509.Certificate, now time.Time, name string) (wrong []string) {
	const day = "2006-01-02"
	if now.After(cert.NotAfter) {
		wrong = append(wrong, "it expired on "+cert.NotAfter.UTC().Format(day))
	}
	if now.Before(cert.NotBefore) {
		wrong = append(wrong, "it is not valid before "+cert.NotBefore.UTC().Format(day))
	}
	if name != "" && cert.VerifyHostname(name) != nil {
		wrong = append(wrong, "it is not for "+name)
	}
	if cert.CheckSignatureFrom(cert) == nil || string(cert.RawIssuer) == string(cert.RawSubject) {
		wrong = append(wrong, "it is signed by itself")
	}
	if key, ok := cert.PublicKey.(*rsa.PublicKey); ok && key.N.BitLen() < 2048 {
		wrong = append(wrong, fmt.Sprintf("its RSA key has %d bits only", key.N.BitLen()))
	}
	return wrong
}
