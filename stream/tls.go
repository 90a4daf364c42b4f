package stream

import (
	"bytes"
	"slices"

	"netlab/tls"
)

// TLS stands between an Assembler and whoever reads its streams. Of connections for which the key log has secrets it passes on
// what the two ends said to each other; everything else it passes on as it is. Give it what Config.Data and Config.Ended get.
type TLS struct {
	log   *tls.KeyLog
	next  func(Chunk)
	conns map[*Stream]*tlsConn
}

// tlsConn is a connection that speaks TLS.
type tlsConn struct {
	decrypter *tls.Decrypter
	secret    bool     // the key log has secrets for it
	held      []Chunk  // what came before that was known
	size      int      // octets of these
	begun     [2]bool  // something was decrypted
	at        [2]int64 // octets that were decrypted, and missing ones
	end       [2]int64 // of the last record, among the octets of its direction
}

// maxHeld bounds the octets that wait until a ClientHello is complete.
const maxHeld = 1 << 16

// NewTLS returns a TLS that decrypts with the secrets in log, which may grow meanwhile, and passes everything on to next.
func NewTLS(log *tls.KeyLog, next func(Chunk)) *TLS {
	return &TLS{log: log, next: next, conns: map[*Stream]*tlsConn{}}
}

// Data takes the next octets of a stream.
func (t *TLS) Data(c Chunk) {
	conn := t.conns[c.Stream]
	if conn == nil {
		// A connection may begin in the clear, as mail does, and change to TLS later (STARTTLS).
		if c.UDP || t.log == nil || t.log.Len() == 0 || !beginsHello(c.Octets) {
			t.next(c)
			return
		}
		conn = &tlsConn{decrypter: tls.NewDecrypter(t.log)}
		t.conns[c.Stream] = conn
	}
	if conn.decrypter == nil {
		t.next(c)
		return
	}
	if !conn.secret {
		conn.hold(c)
	}
	conn.decrypter.Lost(c.Dir, c.Missing)
	plain := conn.decrypter.Receive(c.Dir, c.Octets)
	if !conn.secret && !t.decide(conn) {
		return
	}
	for i := range plain {
		t.pass(conn, c, &plain[i])
	}
}

// beginsHello tells whether a record with a ClientHello begins in b.
func beginsHello(b []byte) bool {
	return tls.Begins(b) && tls.ContentType(b[0]) == tls.ContentHandshake && tls.HandshakeType(b[5]) == tls.TypeClientHello
}

// hold keeps a chunk until it is known whether there are secrets.
func (conn *tlsConn) hold(c Chunk) {
	c.Octets = bytes.Clone(c.Octets)
	conn.held = append(conn.held, c)
	conn.size += len(c.Octets)
}

// decide finds out whether there are secrets, as soon as the ClientHello is there, which names the connection. If there are none it
// passes on what was held. It reports whether there are.
func (t *TLS) decide(conn *tlsConn) bool {
	random, known := conn.decrypter.ClientRandom()
	if known {
		conn.secret = slices.ContainsFunc([]string{tls.LabelMaster, tls.LabelClientTraffic, tls.LabelServerTraffic, tls.LabelClientEarly}, func(label string) bool {
			return t.log.Secret(label, random) != nil
		})
	}
	if conn.secret {
		conn.held = nil
		return true
	}
	if known || conn.size > maxHeld {
		t.release(conn)
	}
	return false
}

// release passes on what was held, and everything that follows, as it is.
func (t *TLS) release(conn *tlsConn) {
	for _, c := range conn.held {
		t.next(c)
	}
	*conn = tlsConn{}
}

// pass passes on what a record holds for the application, and before that how much is missing: records that the capture does not hold, and
// those that could not be decrypted.
func (t *TLS) pass(conn *tlsConn, c Chunk, p *tls.Plain) {
	out := Chunk{Stream: c.Stream, Dir: c.Dir, At: c.At, Packet: c.Packet, Offset: conn.at[c.Dir], Secure: true}
	if conn.begun[c.Dir] {
		if gap := p.Offset - conn.end[c.Dir]; gap > 0 {
			out.Missing += max(1, gap-recordOverhead)
		}
		if p.Problem != "" {
			out.Missing += max(1, int64(p.Len-recordOverhead))
		}
	}
	conn.end[c.Dir] = p.Offset + int64(p.Len)
	if p.Type == tls.ContentApplicationData && p.Problem == "" {
		out.Octets = p.Content
	}
	if out.Missing == 0 && len(out.Octets) == 0 {
		return
	}
	conn.begun[c.Dir] = true
	conn.at[c.Dir] += out.Missing + int64(len(out.Octets))
	t.next(out)
}

// recordOverhead is what a protected record of TLS 1.3 has besides its content: header, type and tag. How many octets of an application are missing
// can be said only as exactly as that, since nobody knows how many records they were in.
const recordOverhead = 5 + 1 + 16

// Ended takes that nothing more comes of a stream.
func (t *TLS) Ended(s *Stream) {
	if conn := t.conns[s]; conn != nil {
		if !conn.secret {
			t.release(conn)
		}
		delete(t.conns, s)
	}
}

// Decrypts tells whether a stream, of which Ended was not called yet, is being decrypted.
func (t *TLS) Decrypts(s *Stream) bool { return t.conns[s] != nil && t.conns[s].secret }
