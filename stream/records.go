package stream

import (
	"strconv"
	"strings"

	"netlab/http"
	"netlab/http2"
	"netlab/tls"
	"netlab/wire"
)

// Records decrypts the TLS of a capture packet by packet: it says what was protected in each.
type Records struct {
	log    *tls.KeyLog
	a      *Assembler
	conns  map[*Stream]*recordConn
	opened []Opened
}

// recordConn is a connection that speaks TLS.
type recordConn struct {
	decrypter *tls.Decrypter
	lacks     [2]int // octets that the handshake message lacks which began in the record before
}

// Opened is a record of TLS with its content in the clear.
type Opened struct {
	tls.Plain
	Continues int // so many octets of Content belong to a handshake message that began in an earlier record
}

// NewRecords returns Records that decrypt with the secrets in log, which may grow meanwhile.
func NewRecords(log *tls.KeyLog) *Records {
	r := &Records{log: log, conns: map[*Stream]*recordConn{}}
	r.a = New(Config{Data: r.data, Ended: func(s *Stream) { delete(r.conns, s) }})
	return r
}

// Add takes the next packet of the capture, and returns the records that it makes whole, if any of them was protected and could be decrypted: those
// that were never protected too. The slice is valid until the next call.
func (r *Records) Add(p Packet) []Opened {
	r.opened = r.opened[:0]
	if r.log == nil || r.log.Len() == 0 {
		return nil
	}
	r.a.Add(p)
	for i := range r.opened {
		if r.opened[i].Protected && r.opened[i].Problem == "" {
			return r.opened
		}
	}
	return nil
}

func (r *Records) data(c Chunk) {
	conn := r.conns[c.Stream]
	if conn == nil {
		if c.UDP || !beginsHello(c.Octets) {
			return
		}
		conn = &recordConn{decrypter: tls.NewDecrypter(r.log)}
		r.conns[c.Stream] = conn
	}
	conn.decrypter.Lost(c.Dir, c.Missing)
	for _, p := range conn.decrypter.Receive(c.Dir, c.Octets) {
		r.opened = append(r.opened, conn.open(p))
	}
}

// open finds out how much of a record belongs to a message of an earlier one.
func (conn *recordConn) open(p tls.Plain) Opened {
	o := Opened{Plain: p}
	if p.Type != tls.ContentHandshake || p.Problem != "" {
		return o
	}
	lacks := &conn.lacks[p.Dir]
	o.Continues = min(*lacks, len(p.Content))
	*lacks -= o.Continues
	for b := p.Content[o.Continues:]; len(b) > 0; {
		if len(b) < 4 {
			break // a header in two records, which nobody sends
		}
		n := 4 + int(b[1])<<16 + int(b[2])<<8 + int(b[3])
		if n > len(b) {
			*lacks = n - len(b)
			break
		}
		b = b[n:]
	}
	return o
}

// Words says what the record holds, in few words: "EncryptedExtensions, Certificate", "GET /hello.txt", "15 octets of data". What was protected has a
// mark: "{} Finished".
func (o *Opened) Words() string {
	words := o.words()
	if o.Protected {
		return "{} " + words
	}
	return words
}

func (o *Opened) words() string {
	if o.Problem != "" {
		return strings.ToLower(o.Type.String())
	}
	switch o.Type {
	case tls.ContentHandshake:
		if o.Continues == len(o.Content) {
			return "piece of a handshake message"
		}
		return strings.Join(tls.MessageWords(o.Content[o.Continues:]), ", ")
	case tls.ContentChangeCipherSpec:
		return "ChangeCipherSpec"
	case tls.ContentAlert:
		if len(o.Content) == 2 {
			return "alert " + tls.Alert(o.Content[1]).String()
		}
	case tls.ContentApplicationData:
		if words, ok := http2.Summary(o.Content); ok {
			return words
		}
		if words, ok := http.Summary(o.Content); ok {
			return strings.ToValidUTF8(words[:min(len(words), 200)], "")
		}
		return strconv.Itoa(len(o.Content)) + " octets of data"
	}
	return o.Type.String()
}

// WordsOf joins the words of the records of a packet.
func WordsOf(records []Opened) string {
	words := make([]string, len(records))
	for i := range records {
		words[i] = records[i].Words()
	}
	return strings.Join(words, ", ")
}

// Reveal puts the words of a packet's records into what is said of it in place of what can be said without keys: "application data  data 1..40" becomes
// "{} GET /  data 1..40".
func Reveal(what string, records []Opened) string {
	if i := strings.Index(what, "  data "); i >= 0 {
		return WordsOf(records) + what[i:]
	}
	return WordsOf(records) + "  " + what
}

// Layers returns what the record's content is made of. bit is where the content begins in what it is shown as a part of.
func (o *Opened) Layers(bit int) []wire.Node {
	b := o.Content
	if o.Type == tls.ContentApplicationData {
		if http2.Begins(b) {
			return http2.Dissect(b, bit)
		}
		if _, ok := http.Summary(b); ok {
			return []wire.Node{http.Dissect(b, bit)}
		}
	}
	var nodes []wire.Node
	if n := o.Continues; n > 0 {
		nodes = append(nodes, wire.Node{
			Name: "Handshake message", Key: "tls.handshake.fragment", Bit: bit, Width: 8 * n, Value: "its rest: it began in an earlier record",
			Doc: "A handshake message may be longer than a record.", Ref: wire.RFC("8446", "5.1"),
		})
		b, bit = b[n:], bit+8*n
	}
	return append(nodes, tls.DissectContent(o.Version, o.Type, b, bit)...)
}
