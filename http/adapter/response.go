package adapter

import (
	"errors"
	"net"
	nethttp "net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"netlab/http"
)

// responseWriter is a nethttp.ResponseWriter, and an http.Flusher and http.Hijacker. A handler may write on one goroutine while another reads the content of the
// request, so what both touch is locked.
type responseWriter struct {
	conn   net.Conn
	header nethttp.Header

	mu       sync.Mutex
	w        *http.ResponseWriter
	wrote    bool // WriteHeader was called
	status   int
	sniffed  bool // the media type is known, or nobody wants to know it
	promised []string
	hijacked bool
}

// Header is part of nethttp.ResponseWriter.
func (w *responseWriter) Header() nethttp.Header { return w.header }

// WriteHeader is part of nethttp.ResponseWriter.
func (w *responseWriter) WriteHeader(status int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.writeHeader(status)
}

func (w *responseWriter) writeHeader(status int) {
	if status < 100 || status > 999 {
		panic("adapter: invalid WriteHeader code " + strconv.Itoa(status))
	}
	if w.wrote || w.hijacked {
		return
	}
	if status < 200 && status != nethttp.StatusSwitchingProtocols {
		_ = w.w.Interim(http.Status(status), fields(nil, w.header))
		return
	}
	w.wrote, w.status = true, status
	w.w.SetStatus(http.Status(status))
	w.w.Header = fields(w.w.Header[:0], w.header)
	if n, err := strconv.ParseInt(strings.TrimSpace(w.header.Get("Content-Length")), 10, 64); err == nil && n >= 0 {
		w.w.SetLength(n)
	}
	if strings.EqualFold(w.header.Get("Connection"), "close") {
		w.w.Header.Set("Connection", "close")
	}
	for _, list := range w.header["Trailer"] {
		for name := range announced(nil, list) {
			w.promised = append(w.promised, name)
		}
	}
	slices.Sort(w.promised)
	for _, name := range w.promised {
		w.w.Trailer.Add(name, "")
	}
	// What is written without a type gets one from its first octets, as net/http's handlers expect.
	_, typed := w.header["Content-Type"]
	w.sniffed = typed || w.header.Get("Content-Encoding") != "" || !http.Status(status).HasContent()
}

// fields appends header as netlab sends it: in the order of names, so that runs repeat; without what cannot be sent, and without the fields of framing.
func fields(all http.Header, header nethttp.Header) http.Header {
	var few [16]string
	names := few[:0]
	for name := range header {
		switch {
		case name == "Content-Length", name == "Transfer-Encoding", name == "Trailer", strings.HasPrefix(name, nethttp.TrailerPrefix):
		default:
			names = append(names, name)
		}
	}
	slices.Sort(names)
	for _, name := range names {
		for _, value := range header[name] {
			if strings.ContainsAny(value, "\r\n") {
				value = strings.NewReplacer("\r", " ", "\n", " ").Replace(value)
			}
			all = append(all, http.Field{Name: name, Value: strings.TrimSpace(value)})
			if all[len(all)-1:].Check() != nil {
				all = all[:len(all)-1]
			}
		}
	}
	return all
}

// Write is part of nethttp.ResponseWriter.
func (w *responseWriter) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.hijacked {
		return 0, nethttp.ErrHijacked
	}
	if !w.wrote {
		w.writeHeader(nethttp.StatusOK)
	}
	if !http.Status(w.status).HasContent() {
		return 0, nethttp.ErrBodyNotAllowed
	}
	if !w.sniffed && len(p) > 0 {
		w.sniffed = true
		w.w.Header.Add("Content-Type", nethttp.DetectContentType(p))
	}
	n, err := w.w.Write(p)
	if errors.Is(err, http.ErrTooLong) {
		err = nethttp.ErrContentLength
	}
	return n, err
}

// WriteString is io.StringWriter.
func (w *responseWriter) WriteString(s string) (int, error) { return w.Write([]byte(s)) }

// Flush is nethttp.Flusher.
func (w *responseWriter) Flush() { _ = w.FlushError() }

// FlushError is Flush for a nethttp.ResponseController.
func (w *responseWriter) FlushError() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.hijacked {
		return nethttp.ErrHijacked
	}
	if !w.wrote {
		w.writeHeader(nethttp.StatusOK)
	}
	return w.w.Flush()
}

// EnableFullDuplex is for a nethttp.ResponseController: reading goes on while an answer is written anyway.
func (w *responseWriter) EnableFullDuplex() error { return nil }

// SetReadDeadline is for a nethttp.ResponseController. The server's own deadline for slow content stays in force.
func (w *responseWriter) SetReadDeadline(t time.Time) error { return w.conn.SetReadDeadline(t) }

// SetWriteDeadline is for a nethttp.ResponseController.
func (w *responseWriter) SetWriteDeadline(t time.Time) error { return w.conn.SetWriteDeadline(t) }

// finish completes the answer when the handler has returned.
func (w *responseWriter) finish() {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.hijacked {
		return
	}
	if !w.wrote {
		w.writeHeader(nethttp.StatusOK)
	}
	// Trailer fields are those that were announced and have a value now, and those with the prefix.
	trailer := nethttp.Header{}
	for _, name := range w.promised {
		if values := w.header[name]; values != nil {
			trailer[name] = values
		}
	}
	for name, values := range w.header {
		if name, ok := strings.CutPrefix(name, nethttp.TrailerPrefix); ok {
			trailer[nethttp.CanonicalHeaderKey(name)] = values
		}
	}
	w.w.Trailer = w.w.Trailer[:0]
	for _, f := range fields(nil, trailer) {
		if (http.Header{f}).CheckTrailer() == nil {
			w.w.Trailer = append(w.w.Trailer, f)
		}
	}
}
