package tlsnet

import (
	"sync"

	"netlab/tls"
)

// shared is a store that several goroutines may use.
type shared struct {
	mu    sync.Mutex
	store tls.SessionStore
}

// Share returns store with a lock around it: the connections of a server take their tickets from one store.
func Share(store tls.SessionStore) tls.SessionStore { return &shared{store: store} }

func (s *shared) Put(key string, session tls.Session) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.store.Put(key, session)
}

func (s *shared) Take(key string) (tls.Session, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.store.Take(key)
}
