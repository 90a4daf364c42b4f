package tls

import (
	"encoding/binary"
	"fmt"
	"slices"
)

// Decrypter reads a connection from outside: it is fed what both ends sent, in order, and gives records with their content in the clear, as far
// as a key log has the secrets. It keeps to no clock and needs neither certificate nor private key.
//
// It decides by trying. Which key a record was protected with follows from the handshake, but a capture may miss parts of it; a key that
// does not fit is told by the record's tag.
type Decrypter struct {
	log     *KeyLog
	half    [2]flow
	client  int      // the direction that sent the ClientHello, once hello is
	hello   bool     // a ClientHello was seen, with this
	random  [32]byte // random
	version Version  // as the server chose; 0: not seen
	suite   CipherSuite
	server  [32]byte // the server's random
	etm     bool     // the server agreed to encrypt_then_mac
}

// Plain is a record of a connection, its content in the clear if that was possible.
type Plain struct {
	Dir       int   // 0 or 1, as given to Receive
	Offset    int64 // of the record's header among the octets of its direction
	Len       int   // octets of the record with its header
	Type      ContentType
	Version   Version // of the connection; 0: not known yet
	Protected bool
	Keys      string // what it was protected with: "early", "handshake", "application", with the number of key updates; "TLS 1.2"
	Content   []byte // nil if Problem says why
	Problem   string
}

// flow is one direction of a connection.
type flow struct {
	buf     []byte // the beginning of a record
	at      int64  // offset of buf's first octet
	lost    int    // octets of the record at the start of buf that are missing in the capture
	ended   bool   // not TLS, or not any more
	adrift  bool   // octets are missing, and with them where records begin
	missed  int    // so many more records may have gone by unseen
	tries   int    // how often a key was tried in vain since one fitted
	message []byte // the handshake message in the clear that is being put together

	keys protected // TLS 1.3
	old  *cipher12 // TLS 1.2, after ChangeCipherSpec
	seq  uint64    // of old
	ccs  bool      // a ChangeCipherSpec went by
}

// NewDecrypter returns a Decrypter that looks secrets up in log, each time it needs one: log may grow meanwhile.
func NewDecrypter(log *KeyLog) *Decrypter {
	if log == nil {
		log = &KeyLog{}
	}
	return &Decrypter{log: log}
}

// Version returns the version that the server chose; 0 as long as that is not known.
func (d *Decrypter) Version() Version { return d.version }

// CipherSuite returns the suite that the server chose.
func (d *Decrypter) CipherSuite() CipherSuite { return d.suite }

// ClientRandom returns the client's random, by which key logs name the connection. false: no ClientHello was seen.
func (d *Decrypter) ClientRandom() (random [32]byte, ok bool) { return d.random, d.hello }

// Receive takes the next octets of direction dir, 0 or 1, and returns the records that end in them. It keeps nothing of octets.
func (d *Decrypter) Receive(dir int, octets []byte) []Plain {
	f := &d.half[dir]
	if f.ended {
		return nil
	}
	f.buf = append(f.buf, octets...)
	room := f.buf[:0]
	var out []Plain
	for !f.ended {
		n := d.complete(f, dir)
		if n == 0 {
			break
		}
		if f.lost > 0 {
			out = append(out, Plain{Dir: dir, Offset: f.at, Len: n, Type: ContentType(f.buf[0]), Version: d.version, Problem: "octets of the record are missing in the capture"})
			f.lost, f.missed, f.message = 0, min(maxMissed, f.missed+1), nil
		} else {
			out = append(out, d.record(dir, f.buf[:n]))
		}
		f.advance(n)
	}
	f.buf = append(room, f.buf...) // what is left, back to the start of the same memory
	return out
}

// advance goes on by n octets.
func (f *flow) advance(n int) {
	f.at += int64(n)
	f.buf = f.buf[n:]
}

// complete returns the length of the record at the start of the buffer, with its header, if all of it is there; otherwise 0.
func (d *Decrypter) complete(f *flow, dir int) int {
	if f.adrift && !d.findRecord(f, dir) {
		return 0
	}
	if len(f.buf) < recordHeaderLen {
		return 0
	}
	n := RecordLen(f.buf)
	if !plausibleHeader(f.buf) {
		f.ended, f.buf = true, nil
		return 0
	}
	if len(f.buf) < n {
		return 0
	}
	return n
}

// plausibleHeader tells whether b may begin with the header of a record. Other than Begins it takes empty records too.
func plausibleHeader(b []byte) bool {
	t := ContentType(b[0])
	return t >= ContentChangeCipherSpec && t <= ContentHeartbeat && b[1] == 3 && b[2] <= 4 && RecordLen(b) <= recordHeaderLen+maxRecord
}

// record reads a whole record.
func (d *Decrypter) record(dir int, record []byte) Plain {
	f := &d.half[dir]
	p := Plain{Dir: dir, Offset: f.at, Len: len(record), Type: ContentType(record[0]), Version: d.version}
	content := record[recordHeaderLen:]
	switch {
	case d.isProtected(f, p.Type):
		p.Protected = true
		d.unprotect(&p, f, record)
		return p
	case p.Type == ContentChangeCipherSpec:
		f.ccs = true
		if d.version != 0 && d.version < VersionTLS13 {
			f.old, f.seq = d.keys12(dir), 0
		}
	case p.Type == ContentHandshake:
		d.handshake(dir, content)
		p.Version = d.version
	}
	p.Content = append([]byte{}, content...)
	return p
}

// unprotect decrypts a record, or says why it cannot.
func (d *Decrypter) unprotect(p *Plain, f *flow, record []byte) {
	if d.hello && f.tries < maxTries {
		if out, ok := d.decrypt(p.Dir, f, record); ok {
			p.Type, p.Content, p.Keys = out.Type, out.Content, out.Keys
			f.missed, f.tries = 0, 0
			return
		}
	}
	p.Problem = d.why(p.Dir)
	f.missed = min(maxMissed, f.missed+1)
}

// isProtected tells whether a record of this direction is: in TLS 1.3 by its type, before by whether a ChangeCipherSpec went by. In
// TLS 1.3 one means nothing, and a second ClientHello may follow it in the clear.
func (d *Decrypter) isProtected(f *flow, t ContentType) bool {
	if t == ContentApplicationData {
		return true
	}
	return f.ccs && t != ContentChangeCipherSpec && d.version != 0 && d.version < VersionTLS13
}

// decrypt finds the key of a record.
func (d *Decrypter) decrypt(dir int, f *flow, record []byte) (Plain, bool) {
	if d.version != 0 && d.version < VersionTLS13 {
		return d.decrypt12(dir, f, record)
	}
	return d.decrypt13(dir, f, record)
}

// handshake puts together messages in the clear and takes from the hellos what keys are made of.
func (d *Decrypter) handshake(dir int, content []byte) {
	f := &d.half[dir]
	f.message = append(f.message, content...)
	for len(f.message) >= messageHeaderLen {
		n := messageHeaderLen + int(binary.BigEndian.Uint32(f.message)&0xffffff)
		if n > 1<<17 {
			f.message = nil // no hello is as long
			return
		}
		if len(f.message) < n {
			return
		}
		body := f.message[messageHeaderLen:n]
		switch HandshakeType(f.message[0]) {
		case TypeClientHello:
			if len(body) >= 34 {
				d.client, d.hello, d.random = dir, true, [32]byte(body[2:34])
			}
		case TypeServerHello:
			d.serverHello(body)
		}
		f.message = f.message[n:]
	}
}

func (d *Decrypter) serverHello(body []byte) {
	m, err := parseServerHello(body)
	if err != nil || m.IsRetry() {
		return
	}
	d.version, d.suite, d.server = m.LegacyVersion, m.CipherSuite, m.Random
	if m.Version != 0 {
		d.version = m.Version
	}
	d.etm = slices.Contains(m.Order, ExtEncryptThenMAC)
}

// why says in words why a record could not be decrypted.
func (d *Decrypter) why(dir int) string {
	old := d.version != 0 && d.version < VersionTLS13
	label := LabelServerTraffic
	switch {
	case !d.hello:
		return "the ClientHello is not in the capture"
	case old:
		label = LabelMaster
	case dir == d.client:
		label = LabelClientTraffic
	}
	if d.log.Secret(label, d.random) == nil {
		return fmt.Sprintf("the key log has no %s for the client random %x", label, d.random)
	}
	if _, readable := shape12(d.suite); old && !readable {
		return fmt.Sprintf("netlab does not decrypt %s of %s", d.suite, d.version)
	}
	return "no key in the key log fits"
}
