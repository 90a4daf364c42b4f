package service

import (
	"fmt"
	"io"
	"net"
	"strconv"
	"strings"
	"time"

	"netlab/http"
	"netlab/wire"
)

// maxOctets bounds /bytes/N.
const maxOctets = 1_000_000_000_000

// octets serves /bytes/N.
func (s *Web) octets(_ net.Conn, w *http.ResponseWriter, r *http.Request, argument string) {
	n, err := strconv.ParseInt(argument, 10, 64)
	if err != nil || n < 0 || n > maxOctets {
		sentence(w, http.StatusBadRequest, fmt.Sprintf("/bytes/N needs a number of octets from 0 to %d, and %q is none.", int64(maxOctets), argument))
		return
	}
	_ = w.Serve(r, http.Representation{
		// The octets are the same every time, so their number names them.
		Validators: http.Validators{ETag: fmt.Sprintf(`"%d"`, n)},
		Type:       "application/octet-stream", Size: n, Content: patternAt{},
	})
}

// gzip serves /gzip: text that is worth to be compressed.
func (s *Web) gzip(_ net.Conn, w *http.ResponseWriter, r *http.Request, _ string) {
	w.Header.Set("Content-Type", "text/plain; charset=utf-8")
	say := "This is as it is: your client does not ask for gzip (curl does with --compressed)."
	if w.Gzip() {
		say = "This came in gzip coding, because your client takes it (RFC 9110, Section 12.5.3)."
	}
	fmt.Fprintf(w, "%s\n\nAll status codes:\n\n", say)
	for _, c := range http.StatusCodes() {
		fmt.Fprintf(w, "%s\n%s\n\n", c.Status, wrap(c.Doc, 80, "  "))
	}
}

// redirect serves /redirect/N: N redirections, and then the page about the connection.
func (s *Web) redirect(_ net.Conn, w *http.ResponseWriter, _ *http.Request, argument string) {
	n, err := strconv.ParseUint(argument, 10, 16)
	if err != nil || n == 0 {
		sentence(w, http.StatusBadRequest, fmt.Sprintf("/redirect/N needs a number of redirections from 1 to 65535, and %q is none.", argument))
		return
	}
	to := "/"
	if n > 1 {
		to = fmt.Sprintf("/redirect/%d", n-1)
	}
	w.Header.Set("Location", to)
	sentence(w, http.StatusFound, "What you look for is at "+to+" for the time being (RFC 9110, Section 15.4.3).")
}

// cookie serves /cookie: it counts how often a client was here, in a cookie that the client keeps.
func (s *Web) cookie(_ net.Conn, w *http.ResponseWriter, r *http.Request, _ string) {
	visits := 0
	for pair := range strings.SplitSeq(r.Header.Get("Cookie"), ";") {
		if value, ok := strings.CutPrefix(strings.TrimSpace(pair), "visits="); ok {
			visits, _ = strconv.Atoi(value)
		}
	}
	visits = max(visits, 0)%1_000_000 + 1
	w.Header.Add("Set-Cookie", http.SetCookie{Name: "visits", Value: strconv.Itoa(visits), HTTPOnly: true}.String())
	w.Header.Add("Cache-Control", "no-store")
	sentence(w, http.StatusOK, fmt.Sprintf("Visits, counting this one: %d. The cookie that you keep says so (RFC 6265, Section 3).", visits))
}

// echo serves /echo: each piece goes back before the next is waited for, so content of any size passes through one block.
func (s *Web) echo(_ net.Conn, w *http.ResponseWriter, r *http.Request, _ string) {
	if kind := r.Header.Get("Content-Type"); kind != "" {
		w.Header.Set("Content-Type", kind)
	}
	if r.Length >= 0 {
		w.SetLength(r.Length)
	}
	_, _ = io.CopyBuffer(plainWriter{w}, r.Body, make([]byte, blockSize))
}

// upload serves /upload: it answers when it has all of the content.
func (s *Web) upload(_ net.Conn, w *http.ResponseWriter, r *http.Request, _ string) {
	n, err := io.CopyBuffer(plainWriter{io.Discard}, r.Body, make([]byte, blockSize))
	if err != nil {
		return // the server answers what is wrong with the content
	}
	sentence(w, http.StatusOK, fmt.Sprintf("%d octets arrived.", n))
}

// status serves /status/CODE.
func (s *Web) status(_ net.Conn, w *http.ResponseWriter, r *http.Request, argument string) {
	n, err := strconv.ParseUint(argument, 10, 16)
	status := http.Status(n)
	if err != nil || len(argument) != 3 || n < 100 || n > 599 {
		sentence(w, http.StatusBadRequest, fmt.Sprintf("/status/CODE needs a status code from 100 to 599, and %q is none.", argument))
		return
	}
	code, known := status.Lookup()
	if n < 200 {
		if !known || status == http.StatusSwitchingProtocols || w.Interim(status, nil) != nil {
			sentence(w, http.StatusBadRequest, fmt.Sprintf("%d cannot be shown: it is an interim response (RFC 9110, Section 15.2), and netlab does not know it or does not send it without need.", n))
			return
		}
		sentence(w, http.StatusOK, about(code)+"\n\nIt went before this answer, which is another response: an interim response is never the last one.")
		return
	}
	if !known {
		code.Doc = fmt.Sprintf("No standard that netlab knows defines %d. A client MUST understand the class of any status code, as indicated by the first digit, and treat an unrecognized status code as being equivalent to the x00 status code of that class.", n)
		code.Ref = wire.RFC("9110", "15")
	}
	required(w, status)
	if status == http.StatusResetContent {
		w.SetStatus(status) // A server MUST NOT generate content in a 205 response. RFC 9110, Section 15.3.6
		return
	}
	sentence(w, status, about(code))
}

// about is what is known of a status code, as text.
func about(c http.StatusCode) string {
	say := c.Status.String() + "\n\n" + wrap(c.Doc, 80, "") + "\n"
	if !c.Ref.IsZero() {
		say += c.Ref.String() + "\n"
	}
	if c.Standing != http.InUse {
		say += "\nStanding: " + string(c.Standing) + "\n"
	}
	if c.Note != "" {
		say += "\n" + wrap(c.Note, 80, "") + "\n"
	}
	return strings.TrimSuffix(say, "\n")
}

// required adds the fields that a status code must or should come with.
func required(w *http.ResponseWriter, status http.Status) {
	switch status {
	case http.StatusMultipleChoices, http.StatusMovedPermanently, http.StatusFound, http.StatusSeeOther, http.StatusTemporaryRedirect, http.StatusPermanentRedirect:
		w.Header.Set("Location", "/")
	case http.StatusUnauthorized:
		w.Header.Set("WWW-Authenticate", `Basic realm="netlab"`)
	case http.StatusProxyAuthenticationRequired:
		w.Header.Set("Proxy-Authenticate", `Basic realm="netlab"`)
	case http.StatusMethodNotAllowed:
		w.Header.Set("Allow", "")
	case http.StatusUpgradeRequired:
		w.Header.Set("Upgrade", "websocket")
	case http.StatusServiceUnavailable:
		w.Header.Set("Retry-After", "1")
	}
}

// What /slow does.
const (
	slowLines = 10
	slowPause = 500 * time.Millisecond
)

// slow serves /slow.
func (s *Web) slow(_ net.Conn, w *http.ResponseWriter, r *http.Request, _ string) {
	w.Header.Set("Content-Type", "text/plain; charset=utf-8")
	if r.Method == http.MethodHead {
		w.Flush()
		return
	}
	start := s.host.Now()
	for i := range slowLines {
		if i > 0 {
			if err := s.host.Sleep(slowPause); err != nil {
				return
			}
		}
		fmt.Fprintf(w, "line %d of %d, %d ms after the first\n", i+1, slowLines, s.host.Now().Sub(start).Milliseconds())
		if err := w.Flush(); err != nil {
			return
		}
	}
}
