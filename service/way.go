package service

import (
	"net"

	"netlab/http"
	"netlab/tls"
)

// way is a connection to a server, ready for a request.
type way struct {
	origin string // of the URLs that it serves, as http.Origin has it
	conn   net.Conn
	client *http.ClientConn
	tls    *tls.ConnectionState // of https
	failed error                // what came of the handshake of TLS
}

// kept is the connection that the next request may use, so that it need not open one of its own (RFC 9112, Section 9.3). nil keeps none.
type kept struct{ way *way }

// take returns the connection if it leads to the server of u; another one is closed.
func (k *kept) take(u URL) (*way, bool) {
	if k == nil || k.way == nil {
		return nil, false
	}
	w := k.way
	k.way = nil
	if w.origin != http.Origin(u.URL()) {
		w.conn.Close()
		return nil, false
	}
	return w, true
}

func (k *kept) put(w *way) { k.way = w }

// close closes it.
func (k *kept) close() {
	if k.way != nil {
		k.way.conn.Close()
	}
}
