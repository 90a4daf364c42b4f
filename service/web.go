package service

import (
	"fmt"
	"io"
	"net"
	"strings"
	"time"

	"netlab/http"
	"netlab/stack"
)

// Web is the HTTP service.
type Web struct {
	host   *stack.Host
	server http.Server
}

// NewWeb returns the HTTP service of a host.
func NewWeb(h *stack.Host, o Options) *Web {
	o = o.withDefaults()
	return &Web{host: h, server: http.Server{
		Name:     "netlab",
		Now:      h.Now,
		Timeouts: http.Timeouts{Idle: o.Idle, Body: o.Idle, Write: o.Idle}, // a line that is cut for half a minute is no slow client
		Failed: func(v any, stack []byte) {
			o.Failed(fmt.Errorf("service: an HTTP handler panicked: %v\n%s", v, stack))
		},
	}}
}

// ServeWeb starts the HTTP service on an address such as ":80". Its connections remember their first segments, for /trace.
func ServeWeb(h *stack.Host, address string, o Options) error {
	o.record = tracedSegments
	return Accept(h, address, o, NewWeb(h, o).ServeConn)
}

// ServeConn answers the requests on one connection. It is made for Accept.
func (s *Web) ServeConn(_ *stack.Host, conn net.Conn) {
	_ = s.server.ServeConn(conn, func(w *http.ResponseWriter, r *http.Request) { s.answer(conn, w, r) })
	s.drain(conn)
}

// What drain waits for at most.
const (
	drainOctets = 1 << 20
	drainTime   = 2 * time.Second
)

// drain closes a connection in stages.
//
// If the server receives additional data from the client on a fully closed connection, the server's TCP stack will send a reset packet to the client; unfortunately, the
// reset packet might erase the client's unacknowledged input buffers before they can be read. RFC 9112, Section 9.6, shortened
func (s *Web) drain(conn net.Conn) {
	if closeWrite(conn) != nil {
		return
	}
	conn = inner(conn)
	conn.SetReadDeadline(s.host.Now().Add(drainTime))
	_, _ = io.CopyN(io.Discard, conn, drainOctets)
}

// route is one thing that the service serves. A path that ends in a slash takes what follows as argument.
type route struct {
	path, show string
	example    string // what a link in a list of all leads to; "": nothing that a browser can show
	methods    string // for the Allow field
	about      string
	handle     func(s *Web, conn net.Conn, w *http.ResponseWriter, r *http.Request, argument string)
}

func routes() []route {
	return []route{
		{"/", "/", "/", "GET, HEAD", "the TCP connection that fetches this page", (*Web).connection},
		{"/bytes/", "/bytes/N", "/bytes/1000", "GET, HEAD", "N octets, the same every time; also a Range of them", (*Web).octets},
		{"/echo", "/echo", "", "POST, PUT", "sends back what it is sent", (*Web).echo},
		{"/upload", "/upload", "", "POST, PUT", "takes what it is sent, and says how much that was", (*Web).upload},
		{"/status/", "/status/CODE", "/status/404", "GET, HEAD, POST, PUT, DELETE", "answers with that status code and what the standard says of it", (*Web).status},
		{"/events", "/events", "/events", "GET, HEAD", "server-sent events: one a second, on an answer that does not end", (*Web).events},
		{"/ws", "/ws", "/ws", "GET", "a WebSocket that sends back each message", (*Web).webSocket},
		{"/trace", "/trace", "/trace", "GET, HEAD", "the segments of this very connection, from its SYN to this answer; with ?format=json for programs", (*Web).trace},
		{"/redirect/", "/redirect/N", "/redirect/3", "GET, HEAD", "N redirections, one after the other", (*Web).redirect},
		{"/cookie", "/cookie", "/cookie", "GET, HEAD", "counts your visits in a cookie", (*Web).cookie},
		{"/gzip", "/gzip", "/gzip", "GET, HEAD", "a long text, in gzip coding for who takes it", (*Web).gzip},
		{"/slow", "/slow", "/slow", "GET, HEAD", "ten lines, one every half second", (*Web).slow},
	}
}

// answer finds the route of a request.
func (s *Web) answer(conn net.Conn, w *http.ResponseWriter, r *http.Request) {
	path := r.Path()
	if r.Method == http.MethodOptions && r.Target == "*" {
		w.SetStatus(http.StatusNoContent)
		w.Header.Set("Allow", "GET, HEAD, POST, PUT, DELETE, OPTIONS")
		return
	}
	for _, route := range routes() {
		argument, ok := strings.CutPrefix(path, route.path)
		if !ok || argument != "" && (route.path == "/" || !strings.HasSuffix(route.path, "/")) {
			continue
		}
		if r.Method == http.MethodOptions || !(http.Header{{Name: "Allow", Value: route.methods}}).Has("Allow", r.Method) {
			s.notAllowed(w, r, route)
			return
		}
		route.handle(s, conn, w, r, argument)
		return
	}
	w.SetStatus(http.StatusNotFound)
	var page page
	page.title = "404: there is no " + path + " here"
	page.text("The 404 (Not Found) status code says that the server has nothing at this target (RFC 9110, Section 15.5.5). There is:")
	page.routes()
	page.write(w, r)
}

// notAllowed answers a method that a target does not take. The origin server MUST generate an Allow header field in a 405 response containing a list of the target
// resource's currently supported methods. RFC 9110, Section 15.5.6
func (s *Web) notAllowed(w *http.ResponseWriter, r *http.Request, route route) {
	switch r.Method {
	case http.MethodOptions:
		w.SetStatus(http.StatusNoContent)
		w.Header.Set("Allow", route.methods+", OPTIONS")
	case http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodDelete, http.MethodTrace, http.MethodConnect:
		w.Header.Set("Allow", route.methods+", OPTIONS")
		sentence(w, http.StatusMethodNotAllowed, fmt.Sprintf("%s takes %s, and this was %s.", route.show, route.methods, r.Method))
	default:
		sentence(w, http.StatusNotImplemented, fmt.Sprintf("The method %s is not known here (RFC 9110, Section 9.1).", r.Method))
	}
}

// sentence answers with one line of text.
func sentence(w *http.ResponseWriter, status http.Status, say string) {
	w.SetStatus(status)
	w.Header.Set("Content-Type", "text/plain; charset=utf-8")
	w.WriteString(say + "\n")
}
