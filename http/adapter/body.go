package adapter

import (
	"io"
	nethttp "net/http"
	"sync"

	"netlab/http"
)

// body is the content of a request. It may be read on another goroutine than the handler's, but not after the handler has returned.
type body struct {
	w       *responseWriter
	r       *http.Request
	request *nethttp.Request
	ended   func() // called at its end; nil: nobody wants to know

	mu        sync.Mutex // held over each Read, so that the request is not over while one is under way
	continues bool       // the client waits for 100 (Continue)
	closed    bool
	err       error
}

// Read is io.Reader.
func (b *body) Read(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.closed {
		return 0, nethttp.ErrBodyReadAfterClose
	}
	if b.err != nil {
		return 0, b.err
	}
	if b.continues {
		b.continues = false
		b.w.mu.Lock()
		_ = b.w.w.Interim(http.StatusContinue, nil) // refused where the answer has begun: then the client knows
		b.w.mu.Unlock()
	}
	n, err := b.r.Body.Read(p)
	if b.err = err; err == io.EOF {
		b.trailer()
		b.end()
	}
	return n, err
}

// trailer gives the request the trailer fields that came, of those announced.
func (b *body) trailer() {
	for _, f := range b.r.Trailer() {
		name := nethttp.CanonicalHeaderKey(f.Name)
		if (http.Header{{Name: name}}).CheckTrailer() != nil {
			continue
		}
		if b.request.Trailer == nil {
			b.request.Trailer = nethttp.Header{}
		}
		b.request.Trailer.Add(name, f.Value)
	}
}

func (b *body) end() {
	if b.ended != nil {
		b.ended()
	}
}

// Close is io.Closer. The server skips what was not read.
func (b *body) Close() error {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.closed = true
	return nil
}

// finish ends it with the request.
func (b *body) finish() { _ = b.Close() }
