// Package adapter serves handlers of the standard library's net/http on netlab's HTTP server, over any net.Conn: of netlab's own stack, of the kernel, of TLS.
//
// Handler turns one into a handler of netlab; Server accepts connections and serves them, with what net/http's own server has beside that: requests whose
// context ends when the client goes away, and a shutdown that lets answers be completed.
package adapter

import (
	"bufio"
	"context"
	"crypto/tls"
	"errors"
	"net"
	nethttp "net/http"
	"net/url"
	"strings"

	"netlab/http"
)

// Handler returns a handler of netlab that answers the requests of conn with h. The context of a request ends when h returns.
//
// In a simulation h has to keep to one goroutine: the locks here are held while a connection waits.
func Handler(h nethttp.Handler, conn net.Conn) http.Handler { return newConnection(h, conn).serve }

// connection is what all requests of a connection share.
type connection struct {
	handler nethttp.Handler
	conn    net.Conn
	watched *watched // nil: the connection is not watched
	remote  string
	context context.Context
}

func newConnection(h nethttp.Handler, conn net.Conn) *connection {
	c := &connection{handler: h, conn: conn, remote: conn.RemoteAddr().String()}
	c.watched, _ = conn.(*watched)
	c.context = context.WithValue(context.Background(), nethttp.LocalAddrContextKey, conn.LocalAddr())
	return c
}

// serve answers one request.
func (c *connection) serve(w *http.ResponseWriter, r *http.Request) {
	ctx, cancel := context.WithCancel(c.context)
	defer cancel()
	response := &responseWriter{w: w, conn: c.conn, header: make(nethttp.Header, 4)}
	request, err := c.newRequest(ctx, r)
	if err != nil {
		nethttp.Error(response, err.Error(), nethttp.StatusBadRequest)
		response.finish()
		return
	}
	content := &body{w: response, r: r, request: request}
	if c.watched != nil {
		content.ended = func() { c.watched.watch(cancel) }
		defer c.watched.unwatch()
	}
	content.continues = r.Length != 0 && r.Version.AtLeast11() && r.Header.Has("Expect", "100-continue")
	if r.Length == 0 {
		request.Body = nethttp.NoBody
		content.end()
	} else {
		request.Body = content
	}
	w.Duplex()
	defer func() {
		content.finish()
		switch v := recover(); v {
		case nil:
			response.finish()
		case nethttp.ErrAbortHandler: //nolint:errorlint // a value to panic with
			panic(http.ErrAbort)
		default:
			panic(v)
		}
	}()
	if r.Method == http.MethodOptions && r.Target == "*" {
		response.Header().Set("Content-Length", "0")
		return
	}
	c.handler.ServeHTTP(response, request)
}

// newRequest makes a request as net/http's server does.
func (c *connection) newRequest(ctx context.Context, r *http.Request) (*nethttp.Request, error) {
	target, err := parseTarget(r)
	if err != nil {
		return nil, errors.New("400 Bad Request: the request target cannot be read")
	}
	request := (&nethttp.Request{
		Method: r.Method, URL: target, RequestURI: r.Target, Host: r.Host(),
		Proto: r.Version.String(), ProtoMajor: int(r.Version.Major), ProtoMinor: int(r.Version.Minor),
		Header: make(nethttp.Header, len(r.Header)), ContentLength: r.Length, RemoteAddr: c.remote,
		Close: !r.Version.AtLeast11() && !r.Header.Has("Connection", "keep-alive") || r.Header.Has("Connection", "close"),
	}).WithContext(ctx)
	for _, f := range r.Header {
		switch name := nethttp.CanonicalHeaderKey(f.Name); name {
		case "Host":
		case "Transfer-Encoding":
			request.TransferEncoding = []string{"chunked"}
		case "Trailer":
			request.Trailer = announced(request.Trailer, f.Value)
		default:
			request.Header[name] = append(request.Header[name], f.Value)
		}
	}
	if request.TransferEncoding == nil {
		request.Trailer = nil
	}
	if secure, ok := c.inner().(interface{ ConnectionState() tls.ConnectionState }); ok {
		state := secure.ConnectionState()
		request.TLS = &state
	}
	return request, nil
}

// inner returns the connection as it was given to us.
func (c *connection) inner() net.Conn {
	if c.watched != nil {
		return c.watched.Conn
	}
	return c.conn
}

func parseTarget(r *http.Request) (*url.URL, error) {
	if r.Method != http.MethodConnect {
		return url.ParseRequestURI(r.Target)
	}
	target, err := url.ParseRequestURI("http://" + r.Target)
	if err == nil {
		target.Scheme = ""
	}
	return target, err
}

// announced adds the trailer fields that a Trailer field names.
func announced(all nethttp.Header, list string) nethttp.Header {
	for name := range strings.SplitSeq(list, ",") {
		name = nethttp.CanonicalHeaderKey(strings.TrimSpace(name))
		if name == "" || (http.Header{{Name: name}}).CheckTrailer() != nil {
			continue
		}
		if all == nil {
			all = nethttp.Header{}
		}
		all[name] = nil
	}
	return all
}

// taken is a connection that a handler has taken over. What netlab's server had read already comes first.
type taken struct {
	net.Conn
	stream interface {
		Read(p []byte) (int, error)
		Write(p []byte) (int, error)
	}
}

func (c *taken) Read(p []byte) (int, error)  { return c.stream.Read(p) }
func (c *taken) Write(p []byte) (int, error) { return c.stream.Write(p) }

// CloseWrite ends our direction of the connection.
func (c *taken) CloseWrite() error {
	if half, ok := c.Conn.(interface{ CloseWrite() error }); ok {
		return half.CloseWrite()
	}
	return errors.ErrUnsupported
}

// Hijack is nethttp.Hijacker.
func (w *responseWriter) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.wrote {
		return nil, nil, errors.New("adapter: an answer is on its way already")
	}
	stream, err := w.w.TakeOver()
	if errors.Is(err, http.ErrTaken) {
		return nil, nil, nethttp.ErrHijacked
	}
	if err != nil {
		return nil, nil, err
	}
	w.hijacked = true
	conn := &taken{Conn: w.conn, stream: stream}
	if c, ok := w.conn.(*watched); ok {
		c.free()
	}
	return conn, bufio.NewReadWriter(bufio.NewReader(conn), bufio.NewWriter(conn)), nil
}
