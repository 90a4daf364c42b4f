package http

import (
	"fmt"
	"net/url"
	"strings"

	"netlab/wire"
)

// MaxRedirects is how many redirections in a row a client should follow: more are a circle, or somebody's joke.
//
// A client SHOULD detect and intervene in cyclical redirections. RFC 9110, Section 15.4
const MaxRedirects = 10

// Redirection is where a response sends its client (RFC 9110, Section 15.4).
type Redirection struct {
	URL         *url.URL
	Method      string
	WithContent bool // the content of the request goes along again
	SameOrigin  bool // scheme, host and port are those of the request, so that credentials may go along
}

// Redirection returns what a client is to ask next after a response to a request of that method to the URL from. false: the response does not
// redirect. An error says that it does, but to nowhere.
func (r *Response) Redirection(from *url.URL, method string) (Redirection, bool, error) {
	next := Redirection{Method: method, WithContent: true}
	switch r.Status {
	case StatusMovedPermanently, StatusFound:
		// For historical reasons, a user agent MAY change the request method from POST to GET for the subsequent request. RFC 9110, Section 15.4.2
		if method == MethodPost {
			next.Method, next.WithContent = MethodGet, false
		}
	case StatusSeeOther:
		// A user agent can perform a retrieval request targeting that URI (a GET or HEAD request if using HTTP). RFC 9110, Section 15.4.4
		if next.WithContent = false; method != MethodHead {
			next.Method = MethodGet
		}
	case StatusTemporaryRedirect, StatusPermanentRedirect:
		// The user agent MUST NOT change the request method if it performs an automatic redirection to that URI. RFC 9110, Section 15.4.8
	default:
		return Redirection{}, false, nil
	}
	location := r.Header.Get("Location")
	if location == "" {
		return Redirection{}, false, nil
	}
	to, err := from.Parse(location)
	if err != nil || to.Host == "" || to.Scheme != "http" && to.Scheme != "https" {
		return Redirection{}, false, fmt.Errorf("http: Location %q leads to no http or https URL (%v)", location, wire.RFC("9110", "10.2.2"))
	}
	// If the Location value does not have a fragment component, a user agent MUST process the redirection as if the value inherits the fragment component of the
	// URI reference used to generate the target URI. RFC 9110, Section 10.2.2, shortened
	if to.Fragment == "" {
		to.Fragment, to.RawFragment = from.Fragment, from.RawFragment
	}
	next.URL, next.SameOrigin = to, Origin(from) == Origin(to)
	return next, true, nil
}

// Fields returns the fields of a request as the next one has them: those that the client makes anew for each target go, those of a content that does not go along, and
// credentials and what else is meant for one origin alone (RFC 9110, Section 15.4).
func (d Redirection) Fields(h Header) Header {
	var kept Header
	for _, f := range h {
		drop := false
		switch strings.ToLower(f.Name) {
		case "host", "if-match", "if-none-match", "if-modified-since", "if-unmodified-since", "if-range":
			drop = true
		case "authorization", "proxy-authorization", "cookie", "referer", "origin":
			drop = !d.SameOrigin
		case "content-encoding", "content-language", "content-location", "content-type", "content-length", "digest", "last-modified", "expect":
			drop = !d.WithContent
		}
		if !drop {
			kept = append(kept, f)
		}
	}
	return kept
}

// Origin returns scheme, host and port of a URL in normal form: "http://h:80" (RFC 9110, Section 4.3.1).
func Origin(u *url.URL) string {
	port := u.Port()
	if port == "" {
		port = map[string]string{"http": "80", "https": "443"}[strings.ToLower(u.Scheme)]
	}
	return strings.ToLower(u.Scheme) + "://" + strings.ToLower(u.Hostname()) + ":" + port
}
