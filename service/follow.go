package service

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/url"
	"time"

	"netlab/http"
)

// Follow is Fetch that goes where responses redirect it to, at most http.MaxRedirects times, and sends back the cookies it is given on the way if o.Cookies is set.
// visit is called with each response that redirects, and where it leads to; nil: nobody wants to know. The result is the last one's.
func Follow(ctx context.Context, h Stack, rawURL string, o FetchOptions, visit func(r FetchResult, to string)) (FetchResult, error) {
	o.follow, o.kept = true, &kept{}
	defer o.kept.close()
	for n := 0; ; n++ {
		result, err := Fetch(ctx, h, rawURL, o)
		if err != nil || result.next.URL == nil {
			return result, err
		}
		if rawURL = result.next.URL.String(); visit != nil {
			visit(result, rawURL)
		}
		if n == http.MaxRedirects {
			return result, fmt.Errorf("service: fetch: %d redirections, and the last one leads to %s: it is likely a circle", n, rawURL)
		}
		if o, err = o.next(h, result); err != nil {
			return result, fmt.Errorf("service: fetch of %s: %w", rawURL, err)
		}
	}
}

// next returns the options for the request that a redirection asks for.
func (o FetchOptions) next(h Stack, r FetchResult) (FetchOptions, error) {
	o.Method, o.Header = r.next.Method, r.next.Fields(o.Header)
	switch {
	case o.Body == nil:
	case !r.next.WithContent:
		o.Body, o.Length = nil, 0
	default:
		// The goroutine that sends may still be at it: the server has answered early, and the connection is closed by now.
		for waited := time.Duration(0); !r.sent.done() && waited < drainTime; waited += time.Millisecond {
			if err := h.Sleep(time.Millisecond); err != nil {
				return o, err
			}
		}
		again, ok := o.Body.(io.Seeker)
		if !ok || !r.sent.done() {
			return o, errors.New("the redirection wants the content again, and it cannot be read a second time")
		}
		if _, err := again.Seek(0, io.SeekStart); err != nil {
			return o, err
		}
	}
	return o, nil
}

// URL returns u in the form of the standard library.
func (u URL) URL() *url.URL {
	scheme := "http"
	if u.Secure {
		scheme = "https"
	}
	full, err := url.Parse(scheme + "://" + u.Authority() + u.Target)
	if err != nil {
		return &url.URL{Scheme: scheme, Host: u.Authority(), Path: "/"} // it came from a URL, so it is one
	}
	return full
}
