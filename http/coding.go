package http

import (
	"compress/gzip"
	"io"
	"strings"
)

// Quality returns how much a client wants one of the members of a field such as Accept-Encoding, in thousandths: 1000 means most, 0 not at all, -1 that the field says
// nothing of it (RFC 9110, Section 12.4.2). "*" stands for what is not named; in Accept, "text/*" for all of a type.
func (h Header) Quality(name, value string) int {
	best, fits := -1, -1
	for i := range h {
		if !strings.EqualFold(h[i].Name, name) {
			continue
		}
		for member := range strings.SplitSeq(h[i].Value, ",") {
			offer, parameters, _ := strings.Cut(member, ";")
			offer = strings.Trim(offer, " \t")
			if f := fit(offer, value); f > fits || f == fits && f >= 0 && qvalue(parameters) > best {
				best, fits = qvalue(parameters), f
			}
		}
	}
	return best
}

// fit is how precisely offer names value; -1: not at all.
func fit(offer, value string) int {
	kind, _, ok := strings.Cut(value, "/")
	switch {
	case strings.EqualFold(offer, value):
		return 2
	case ok && strings.EqualFold(offer, kind+"/*"):
		return 1
	case offer == "*" || ok && offer == "*/*":
		return 0
	}
	return -1
}

// qvalue returns the weight among parameters: "q=0.5" is 500. What cannot be read is 0: not wanted.
func qvalue(parameters string) int {
	for parameter := range strings.SplitSeq(parameters, ";") {
		name, value, ok := strings.Cut(strings.Trim(parameter, " \t"), "=")
		if !ok || !strings.EqualFold(name, "q") {
			continue
		}
		whole, digits, _ := strings.Cut(value, ".")
		if whole != "0" && whole != "1" || len(digits) > 3 {
			return 0
		}
		n := int(whole[0] - '0')
		for i := range 3 {
			n *= 10
			if i < len(digits) {
				if !isDigit(digits[i]) {
					return 0
				}
				n += int(digits[i] - '0')
			}
		}
		return min(n, 1000)
	}
	return 1000
}

// AcceptsGzip reports whether a client would rather have its content in gzip coding than as it is.
//
// If the representation has no content coding, then it is acceptable by default unless specifically excluded by the Accept-Encoding header field stating either
// "identity;q=0" or "*;q=0". RFC 9110, Section 12.5.3
func (h Header) AcceptsGzip() bool {
	gzip := h.Quality("Accept-Encoding", "gzip")
	if gzip < 0 {
		gzip = h.Quality("Accept-Encoding", "x-gzip") // A recipient SHOULD consider "x-gzip" to be equivalent to "gzip". RFC 9110, Section 8.4.1.3
	}
	return gzip > 0 && gzip >= h.Quality("Accept-Encoding", "identity")
}

// Gzip sends the content in gzip coding if the client wants that, and reports whether. It must be called before anything is written, and after the fields are set.
// Then the length is known only at the end.
func (w *ResponseWriter) Gzip() bool {
	if w.sent || w.taken || len(w.kept) > 0 {
		return false
	}
	w.Header.Add("Vary", "Accept-Encoding")
	if !w.conn.request.Header.AcceptsGzip() || w.Header.Count("Content-Encoding") > 0 || !w.status.HasContent() {
		return false
	}
	w.Header.Set("Content-Encoding", "gzip")
	w.length = -1
	// The octets are others, so a strong entity tag would have to be another one too (RFC 9110, Section 8.8.3.3).
	if tag := w.Header.Get("ETag"); strings.HasPrefix(tag, `"`) {
		w.Header.Set("ETag", "W/"+tag)
	}
	if w.zip == nil {
		w.zip = gzip.NewWriter(io.Discard)
	}
	w.zip.Reset(plain{w})
	w.zipped = true
	return true
}

// plain writes the coded content.
type plain struct{ w *ResponseWriter }

func (p plain) Write(b []byte) (int, error) { return p.w.write(b) }
