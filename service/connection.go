package service

import (
	"net"
	"strings"

	"netlab/http"
	"netlab/tcp"
	"netlab/trace"
)

// connection serves /: a page about the connection that fetches it.
func (s *Web) connection(conn net.Conn, w *http.ResponseWriter, r *http.Request, _ string) {
	flow := trace.Flow{Local: addrPort(conn.LocalAddr()), Remote: addrPort(conn.RemoteAddr())}
	p := connectionPage(flow, r)
	if c, ok := inner(conn).(interface{ Snapshot() tcp.Snapshot }); ok {
		p.tcp(c.Snapshot())
	}
	p.heading("What else there is")
	p.routes()
	p.write(w, r)
}

// connectionPage begins the page with what the request itself shows.
func connectionPage(flow trace.Flow, r *http.Request) page {
	p := page{title: "You have reached netlab"}
	p.text("This page came over a TCP connection that a userspace TCP/IP stack answered: no kernel socket is behind it. Here is what the stack knows of that connection at this moment.")
	p.heading("Who talks to whom")
	p.row("You", flow.Remote.String(), "Your address and the port that your side chose for this connection. RFC 9293, Section 3.1")
	p.row("This host", flow.Local.String(), "Its address, and the port on which its HTTP service listens. These two sockets together define the connection. RFC 9293, Section 3.4.1")
	request := r.Method + " " + r.Target + " " + r.Version.String()
	p.row("You asked", request, "The request line: a method, a target, a version. RFC 9112, Section 3")
	if agent := r.Header.Get("User-Agent"); agent != "" {
		p.row("With", strings.ToValidUTF8(agent, "?"), "What your program says of itself. RFC 9110, Section 10.1.5")
	}
	return p
}

// tcp adds what the connection's Transmission Control Block holds.
func (p *page) tcp(s tcp.Snapshot) {
	p.heading("The state of the connection")
	p.row("State", s.State.String(), "Where the connection is on its way from SYN to the last FIN. RFC 9293, Section 3.3.2")
}
