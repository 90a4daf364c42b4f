package tlsnet

import (
	"net"

	"netlab/tls"
)

// listener accepts TLS connections.
type listener struct {
	net.Listener
	cfg tls.Config
}

// NewListener returns a listener whose connections are the server's ends of TLS connections over those of l. The handshake is left to their first
// Read, Write or Handshake, so that a slow client keeps nobody else waiting.
func NewListener(l net.Listener, cfg tls.Config) net.Listener { return listener{l, cfg} }

func (l listener) Accept() (net.Conn, error) {
	raw, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	return Server(raw, l.cfg), nil
}
