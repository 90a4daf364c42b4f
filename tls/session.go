package tls

import (
	"crypto/x509"
	"time"
)

// Session is what both ends remember of a connection to resume it later (RFC 8446, Section 2.2).
type Session struct {
	Suite        CipherSuite
	PSK          []byte
	Ticket       []byte // what the client shows to the server
	Received     time.Time
	Lifetime     time.Duration
	AgeAdd       uint32 // is added to the ticket's age, so that nobody else can follow it from one connection to the next
	MaxEarlyData uint32
	ServerName   string
	ALPN         string
	Peer         []*x509.Certificate // who the other side had proved to be
}

// SessionStore keeps sessions: a client's by the name of the server, a server's by the ticket. Take forgets what it returns, so that
// nobody uses a ticket twice.
//
// The store is where an end remembers across connections. Connections on several goroutines need one with a lock, such as tlsnet's.
type SessionStore interface {
	Put(key string, s Session)
	Take(key string) (Session, bool)
}

// Sessions is a SessionStore in memory, without a lock. The zero value is ready.
type Sessions struct {
	Max int // how many are kept; 0: 1024. The oldest go first

	byKey map[string][]numbered
	order []place // oldest first; places whose session was taken stay until they come to the front
	count int
	next  uint64
}

type numbered struct {
	number  uint64
	session Session
}

type place struct {
	number uint64
	key    string
}

// Put keeps s under key, beside others with the same key.
func (m *Sessions) Put(key string, s Session) {
	if m.byKey == nil {
		m.byKey = map[string][]numbered{}
	}
	m.next++
	m.byKey[key] = append(m.byKey[key], numbered{m.next, s})
	m.order = append(m.order, place{m.next, key})
	m.count++
	limit := m.Max
	if limit == 0 {
		limit = 1024
	}
	for m.count > limit || len(m.order) > 2*limit {
		m.forgetOldest()
	}
}

// forgetOldest takes the first place out of the order, with its session if that is still there.
func (m *Sessions) forgetOldest() {
	oldest := m.order[0]
	m.order = m.order[1:]
	if list := m.byKey[oldest.key]; len(list) > 0 && list[0].number == oldest.number {
		m.remove(oldest.key, 0)
	}
}

// Take returns the newest session with this key and forgets it.
func (m *Sessions) Take(key string) (Session, bool) {
	list := m.byKey[key]
	if len(list) == 0 {
		return Session{}, false
	}
	s := list[len(list)-1].session
	m.remove(key, len(list)-1)
	return s, true
}

func (m *Sessions) remove(key string, i int) {
	list := m.byKey[key]
	list = append(list[:i:i], list[i+1:]...)
	if len(list) == 0 {
		delete(m.byKey, key)
	} else {
		m.byKey[key] = list
	}
	m.count--
}

// Len returns how many sessions are kept.
func (m *Sessions) Len() int { return m.count }
