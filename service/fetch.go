package service

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"sync"
	"time"

	"netlab/http"
	"netlab/tls"
	"netlab/tls/tlsnet"
)

// FetchOptions say what to fetch and where to put it. The zero value is a GET whose content is thrown away.
type FetchOptions struct {
	Method   string                  // "": GET, or POST if there is a Body
	Header   http.Header             // fields to send besides Host, User-Agent, Accept and Connection, or in their place
	Body     io.Reader               // content to send; nil: none
	Length   int64                   // of Body in octets; -1: unknown, it is sent in chunks
	Out      io.Writer               // where the content of the response goes; nil: nowhere
	Sent     func(r *http.Request)   // called with the request before it is sent
	Progress func(done, total int64) // called after each piece that arrived; total -1: unknown
	TLS      tls.Config              // for https: whom to trust, and more. The zero value trusts whom the machine trusts
	Cookies  *http.CookieJar         // where cookies are kept; nil: nowhere

	follow bool // the content of a response that redirects is not for Out
	kept   *kept
}

// FetchResult is how a fetch went. What was not reached is zero.
type FetchResult struct {
	Local, Remote netip.AddrPort
	Status        http.Status
	Reason        string
	Version       http.Version
	Header        http.Header
	Octets        int64                // of content received
	TLS           *tls.ConnectionState // of https, once the handshake is done

	// When each phase was over, counted from the start.
	Named     time.Duration // the host's address was known
	Connected time.Duration // the connection was established
	Secured   time.Duration // https: the handshake of TLS was done
	FirstByte time.Duration // the head of the response was there
	Done      time.Duration // all of the content was there

	next http.Redirection // where to ask next; its URL is nil where the response does not redirect
	sent *sending         // how the sending of the content went
}

// Fetch sends one request to a URL as ParseURL reads it and receives the response. A response with any status code is a success; the
// result of a failed fetch says how far it came.
func Fetch(ctx context.Context, h Stack, rawURL string, o FetchOptions) (FetchResult, error) {
	var result FetchResult
	u, err := ParseURL(rawURL)
	if err != nil {
		return result, err
	}
	start := h.Now()
	w, reused := o.kept.take(u)
	if !reused {
		if w, err = reach(ctx, h, u, o, &result, start); err != nil {
			return result, err
		}
	}
	stop := context.AfterFunc(ctx, func() { w.conn.SetDeadline(time.Unix(1, 0)) })
	result.Local, result.Remote, result.TLS = addrPort(w.conn.LocalAddr()), addrPort(w.conn.RemoteAddr()), w.tls
	again := false
	if err = w.failed; err == nil {
		again, err = exchange(h, w, u, o, &result, start)
	}
	stop()
	if ctx.Err() != nil {
		err = ctx.Err()
	}
	if err == nil && again && o.kept != nil {
		o.kept.put(w)
		return result, nil
	}
	if err == nil && !again && w.tls != nil {
		awaitEnd(h, w.conn)
	}
	w.conn.Close()
	if reused && result.FirstByte == 0 && o.Body == nil && err != nil && ctx.Err() == nil {
		// When an inbound connection is closed prematurely, a client MAY open a new connection and automatically retransmit an aborted sequence of requests if all of those
		// requests have idempotent methods. RFC 9112, Section 9.3.1
		return Fetch(ctx, h, rawURL, o)
	}
	if err != nil {
		err = fmt.Errorf("service: fetch of %s: %w", rawURL, err)
	}
	return result, err
}

// awaitEnd waits for the server, which closes the connection after its answer, to say so: an alert that nobody read would have to be answered with a reset.
func awaitEnd(h Stack, conn net.Conn) {
	conn.SetReadDeadline(h.Now().Add(drainTime))
	_, _ = io.CopyN(io.Discard, conn, drainOctets)
}

// reach opens a connection to the host of a URL, with TLS if it has to be. What fails behind the connection is in way.failed.
func reach(ctx context.Context, h Stack, u URL, o FetchOptions, result *FetchResult, start time.Time) (*way, error) {
	address := nameFirst(h, u)
	result.Named = h.Now().Sub(start)
	conn, err := h.Dial(ctx, "tcp", address)
	if err != nil {
		return nil, fmt.Errorf("service: %s cannot be reached: %w", u.Address(), err)
	}
	result.Connected = h.Now().Sub(start)
	w := &way{conn: conn, origin: http.Origin(u.URL())}
	if u.Secure {
		stop := context.AfterFunc(ctx, func() { conn.SetDeadline(time.Unix(1, 0)) })
		defer stop()
		secure, err := secured(ctx, h, conn, u, o.TLS)
		if err != nil {
			w.failed = err
			return w, nil
		}
		w.conn = secure
		state := secure.ConnectionState()
		w.tls, result.Secured = &state, h.Now().Sub(start)
	}
	w.client = http.NewClientConn(w.conn, http.Limits{})
	return w, nil
}

// nameFirst finds the address of the host before the connection is opened, so that the time for that can be told. A host with several addresses is left to Dial,
// which tries one after the other.
func nameFirst(h Stack, u URL) (address string) {
	if addrs, err := h.LookUp(u.Host); err == nil && len(addrs) == 1 {
		u.Host = addrs[0].String()
	}
	return u.Address()
}

// secured performs the handshake of TLS as the client of the host that the URL names.
func secured(ctx context.Context, h Stack, conn net.Conn, u URL, cfg tls.Config) (*tlsnet.Conn, error) {
	c, err := tlsnet.Client(conn, onHost(cfg, h, conn), u.Host)
	if err != nil {
		return nil, err
	}
	return c, hinted(u.Host, c.Handshake(ctx))
}

// hinted adds to a server's refusal what it was likely for.
//
// Literal IPv4 and IPv6 addresses are not permitted in "HostName". RFC 6066, Section 3
func hinted(host string, err error) error {
	var refused *tls.PeerAlert
	if !errors.As(err, &refused) {
		return err
	}
	_, noAddress := netip.ParseAddr(host)
	switch {
	case refused.Alert == tls.AlertProtocolVersion:
		return fmt.Errorf("%w; netlab speaks TLS 1.3 and nothing older", err)
	case noAddress == nil && (refused.Alert == tls.AlertMissingExtension || refused.Alert == tls.AlertUnrecognizedName):
		return fmt.Errorf("%w; it was sent no server name (SNI), which cannot be an address: ask for the host by its name", err)
	}
	return err
}

// exchange sends the request on a goroutine of its own, because a server may answer before it has all of the request, and receives the response. again: the connection can
// be used for another one.
func exchange(h Stack, w *way, u URL, o FetchOptions, result *FetchResult, start time.Time) (again bool, err error) {
	request := o.request(u)
	if o.Cookies != nil {
		if cookies := o.Cookies.Cookies(u.URL(), h.Now()); cookies != "" && request.Header.Count("Cookie") == 0 {
			request.Header.Add("Cookie", cookies)
		}
	}
	if o.Sent != nil {
		o.Sent(request)
	}
	sent := &sending{}
	result.sent = sent
	if request.Body == nil {
		sent.set(w.client.Send(request))
	} else {
		h.Go(func() {
			err := w.client.Send(request)
			sent.set(err)
			if err != nil && !errors.Is(err, net.ErrClosed) {
				w.conn.SetReadDeadline(h.Now().Add(drainTime)) // the server may have said why; if not, do not wait for ever
			}
		})
	}
	response, err := w.client.Receive(request.Method)
	if err != nil {
		return false, errors.Join(sent.get(), err)
	}
	result.FirstByte = h.Now().Sub(start)
	result.Status, result.Reason, result.Version, result.Header = response.Status, response.Reason, response.Version, response.Header
	if o.Cookies != nil {
		o.Cookies.Store(u.URL(), response.Header, h.Now())
	}
	if o.follow {
		if result.next, _, err = response.Redirection(u.URL(), request.Method); err != nil {
			return false, err
		}
		if result.next.URL != nil {
			o.Out, o.Progress = nil, nil
		}
	}
	err = receive(response, o, result)
	result.Done = h.Now().Sub(start)
	if err != nil {
		return false, errors.Join(sent.get(), err)
	}
	return !response.Close && sent.done() && sent.get() == nil, nil
}

// receive hands the content on.
func receive(response *http.Response, o FetchOptions, result *FetchResult) error {
	block := make([]byte, blockSize)
	for {
		n, err := response.Body.Read(block)
		result.Octets += int64(n)
		if n > 0 && o.Out != nil {
			if _, err := o.Out.Write(block[:n]); err != nil {
				return err
			}
		}
		if n > 0 && o.Progress != nil {
			o.Progress(result.Octets, response.Length)
		}
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
	}
}

func (o FetchOptions) request(u URL) *http.Request {
	r := &http.Request{Method: o.Method, Target: u.Target, Body: o.Body, Length: o.Length}
	if r.Method == "" {
		r.Method = http.MethodGet
		if o.Body != nil {
			r.Method = http.MethodPost
		}
	}
	// A user agent SHOULD generate Host as the first field in the header section of a request. RFC 9110, Section 7.2, shortened
	r.Header = http.Header{{Name: "Host", Value: u.Authority()}}
	for _, f := range []http.Field{{Name: "User-Agent", Value: "netlab"}, {Name: "Accept", Value: "*/*"}, {Name: "Connection", Value: "close"}} {
		if o.Header.Count(f.Name) == 0 && (f.Name != "Connection" || o.kept == nil) {
			r.Header = append(r.Header, f)
		}
	}
	if host := o.Header.Get("Host"); host != "" {
		r.Header[0].Value = host
	}
	own := append(http.Header(nil), o.Header...)
	own.Del("Host")
	r.Header = append(r.Header, own...)
	return r
}

// sending is how the sending of a request went, known to two goroutines.
type sending struct {
	mu   sync.Mutex
	over bool
	err  error
}

func (s *sending) set(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.over, s.err = true, err
}

func (s *sending) done() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.over
}

func (s *sending) get() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.err
}

// addrPort returns the address of a TCP or UDP connection's end.
func addrPort(a net.Addr) netip.AddrPort {
	if a, ok := a.(interface{ AddrPort() netip.AddrPort }); ok {
		return a.AddrPort()
	}
	return netip.AddrPort{}
}
