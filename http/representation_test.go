package http

import (
	"bytes"
	"compress/gzip"
	"io"
	"mime"
	"mime/multipart"
	nethttp "net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

const digits = "0123456789abcdefghij"

func lastChange() time.Time { return time.Date(2020, 2, 3, 4, 5, 6, 700, time.UTC) }

// fetch has h answer one request and returns the response as a client of this package reads it.
func fetch(t *testing.T, h Handler, method string, fields ...string) (*Response, string) {
	t.Helper()
	request := method + " /thing HTTP/1.1\r\nHost: h\r\n"
	for i := 0; i+1 < len(fields); i += 2 {
		request += fields[i] + ": " + fields[i+1] + "\r\n"
	}
	s := &script{reads: []string{request + "\r\n"}}
	server := Server{Now: func() time.Time { return time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC) }}
	require.NoError(t, server.ServeConn(s, h))
	answers := &script{reads: []string{s.written.String()}}
	response, err := NewClientConn(answers, Limits{}).Receive(method)
	require.NoError(t, err)
	content, err := io.ReadAll(response.Body)
	require.NoError(t, err)
	require.Empty(t, answers.reads)
	return response, string(content)
}

func serveDigits(etag string) Handler {
	return func(w *ResponseWriter, r *Request) {
		_ = w.Serve(r, Representation{
			Validators: Validators{ETag: etag, Modified: lastChange()},
			Type:       "text/plain", Size: int64(len(digits)), Content: strings.NewReader(digits),
		})
	}
}

// RFC 9110, Section 13.2.2
func TestPreconditions(t *testing.T) {
	const before, same, after = "Mon, 03 Feb 2020 04:05:05 GMT", "Mon, 03 Feb 2020 04:05:06 GMT", "Mon, 03 Feb 2020 04:05:07 GMT"
	for _, c := range []struct {
		etag   string
		fields string
		get    Status // 0: the method is performed
		put    Status
	}{
		{`"a"`, "", 0, 0},
		{`"a"`, `If-Match: "a"`, 0, 0},
		{`"a"`, `If-Match: "b"`, 412, 412},
		{`"a"`, `If-Match: "b", "a"`, 0, 0},
		{`"a"`, "If-Match: \"b\"\nIf-Match: \"a\"", 0, 0},
		{`"a"`, `If-Match: *`, 0, 0},
		{`"a"`, `If-Match: W/"a"`, 412, 412},
		{`W/"a"`, `If-Match: W/"a"`, 412, 412},
		{`"a"`, `If-Match: a`, 412, 412},
		{`"a"`, `If-None-Match: "a"`, 304, 412},
		{`"a"`, `If-None-Match: W/"a"`, 304, 412},
		{`W/"a"`, `If-None-Match: "x,y" , "a"`, 304, 412},
		{`"a"`, `If-None-Match: "b"`, 0, 0},
		{`"a"`, `If-None-Match: *`, 304, 412},
		{`"x,y"`, `If-None-Match: "x,y"`, 304, 412},
		{`"a"`, "If-Modified-Since: " + before, 0, 0},
		{`"a"`, "If-Modified-Since: " + same, 304, 0},
		{`"a"`, "If-Modified-Since: " + after, 304, 0},
		{`"a"`, "If-Modified-Since: nonsense", 0, 0},
		{`"a"`, "If-Modified-Since: Monday, 03-Feb-20 04:05:07 GMT", 304, 0},
		{`"a"`, "If-Unmodified-Since: " + before, 412, 412},
		{`"a"`, "If-Unmodified-Since: " + same, 0, 0},
		{`"a"`, "If-Unmodified-Since: nonsense", 0, 0},
		// what comes later in the order does not count
		{`"a"`, "If-Match: \"a\"\nIf-Unmodified-Since: " + before, 0, 0},
		{`"a"`, "If-None-Match: \"b\"\nIf-Modified-Since: " + after, 0, 0},
		{`"a"`, "If-None-Match: \"a\"\nIf-Modified-Since: " + before, 304, 412},
		{`"a"`, "If-Match: \"b\"\nIf-None-Match: \"a\"", 412, 412},
		{`"a"`, "If-Unmodified-Since: " + before + "\nIf-None-Match: \"a\"", 412, 412},
		{`"a"`, "If-Match: \"a\"\nIf-None-Match: \"a\"", 304, 412},
	} {
		var h Header
		theirs := nethttp.Header{}
		for line := range strings.SplitSeq(c.fields, "\n") {
			if name, value, ok := strings.Cut(line, ": "); ok {
				h.Add(name, value)
				theirs.Add(name, value)
			}
		}
		v := Validators{ETag: c.etag, Modified: lastChange()}
		for method, want := range map[string]Status{"GET": c.get, "HEAD": c.get, "PUT": c.put} {
			got := (&Request{Method: method, Header: h}).Precondition(v, lastChange())
			require.Equal(t, want, got, "%s of %s with %s", method, c.etag, c.fields)
		}
		recorder := httptest.NewRecorder()
		recorder.Header().Set("ETag", c.etag)
		nethttp.ServeContent(recorder, &nethttp.Request{Method: "GET", Header: theirs}, "", lastChange(), strings.NewReader(digits))
		if !strings.Contains(c.fields, "\nIf-Match") {
			require.Equal(t, max(c.get, 200), max(Status(recorder.Code), 200), "net/http with %s", c.fields)
		}
	}
	missing := Validators{Missing: true}
	require.Equal(t, StatusPreconditionFailed, (&Request{Method: "PUT", Header: Header{{"If-Match", "*"}}}).Precondition(missing, lastChange()))
	require.Zero(t, (&Request{Method: "PUT", Header: Header{{"If-None-Match", "*"}}}).Precondition(missing, lastChange()))
}

// RFC 9110, Section 14; what net/http's ServeContent makes of the same request must be the same, but for what is said beside the case.
func TestRanges(t *testing.T) {
	for _, c := range []struct {
		fields  []string
		status  Status
		ranges  string // Content-Range of the parts
		differs bool   // from net/http
	}{
		{nil, 200, "", false},
		{[]string{"Range", "bytes=0-4"}, 206, "0-4", false},
		{[]string{"Range", "bytes=5-5"}, 206, "5-5", false},
		{[]string{"Range", "bytes=15-"}, 206, "15-19", false},
		{[]string{"Range", "bytes=15-99"}, 206, "15-19", false},
		{[]string{"Range", "bytes=15-99999999999999999999"}, 206, "15-19", true}, // RFC 9110, Section 14.1.2: too large a number is beyond the end
		{[]string{"Range", "bytes=-5"}, 206, "15-19", false},
		{[]string{"Range", "bytes=-50"}, 206, "0-19", false},
		{[]string{"Range", "bytes=-0"}, 416, "", true},
		{[]string{"Range", "bytes=20-"}, 416, "", false},
		{[]string{"Range", "bytes=20-30, 0-0"}, 206, "0-0", false},
		{[]string{"Range", "bytes=0-1,3-4"}, 206, "0-1 3-4", false},
		{[]string{"Range", "bytes=0-1 , , 3-4,-1"}, 206, "0-1 3-4 19-19", false},
		{[]string{"Range", "bytes=0-,0-,0-"}, 200, "", false},
		{[]string{"Range", "bytes=4-3"}, 416, "", false},
		{[]string{"Range", "bytes=a-b"}, 416, "", false},
		{[]string{"Range", "bytes=1"}, 416, "", false},
		{[]string{"Range", "bytes=+1-2"}, 416, "", true},
		{[]string{"Range", "bytes=0-" + strings.Repeat(",0-0", 100)}, 200, "", false},
		{[]string{"Range", "seconds=1-2"}, 200, "", true}, // RFC 9110, Section 14.2: a unit that is not understood
		{[]string{"Range", "bytes=0-4", "If-Range", `"a"`}, 206, "0-4", false},
		{[]string{"Range", "bytes=0-4", "If-Range", `"b"`}, 200, "", false},
		{[]string{"Range", "bytes=0-4", "If-Range", `W/"a"`}, 200, "", false},
		{[]string{"Range", "bytes=0-4", "If-Range", "Mon, 03 Feb 2020 04:05:06 GMT"}, 206, "0-4", false},
		{[]string{"Range", "bytes=0-4", "If-Range", "Mon, 03 Feb 2020 04:05:07 GMT"}, 200, "", false},
		{[]string{"Range", "bytes=0-4", "If-None-Match", `"a"`}, 304, "", false},
		{[]string{"Range", "bytes=99-", "If-Match", `"b"`}, 412, "", false},
	} {
		response, content := fetch(t, serveDigits(`"a"`), MethodGet, c.fields...)
		name := strings.Join(c.fields, " ")
		require.Equal(t, c.status, response.Status, name)
		switch parts := strings.Fields(c.ranges); {
		case c.status == 200:
			require.Equal(t, digits, content, name)
			require.Empty(t, response.Header.Get("Content-Range"))
		case c.status == 416:
			require.Equal(t, "bytes */20", response.Header.Get("Content-Range"), name)
		case len(parts) == 1:
			require.Equal(t, "bytes "+parts[0]+"/20", response.Header.Get("Content-Range"), name)
			require.Equal(t, cutDigits(parts[0]), content, name)
			require.EqualValues(t, len(content), response.Length)
		case len(parts) > 1:
			require.Equal(t, parts, readParts(t, response.Header.Get("Content-Type"), content), name)
		}
		if c.status != 416 && c.status != 412 {
			require.Equal(t, `"a"`, response.Header.Get("ETag"))
			require.Equal(t, "Mon, 03 Feb 2020 04:05:06 GMT", response.Header.Get("Last-Modified"))
		}

		recorder, theirs := httptest.NewRecorder(), httptest.NewRequest("GET", "/thing", nil)
		for i := 0; i+1 < len(c.fields); i += 2 {
			theirs.Header.Add(c.fields[i], c.fields[i+1])
		}
		recorder.Header().Set("ETag", `"a"`)
		recorder.Header().Set("Content-Type", "text/plain")
		nethttp.ServeContent(recorder, theirs, "", lastChange(), strings.NewReader(digits))
		where := recorder.Header().Get("Content-Range")
		if where == "" && recorder.Code == 416 {
			where = "bytes */20" // it does not say so of what it cannot read
		}
		same := recorder.Code == int(response.Status) && where == response.Header.Get("Content-Range") && recorder.Header().Get("ETag") == response.Header.Get("ETag")
		if same && (c.status == 200 || c.status == 206 && !strings.Contains(c.ranges, " ")) {
			same = recorder.Body.String() == content && recorder.Header().Get("Content-Length") == strconv.FormatInt(response.Length, 10)
		}
		if c.status != 412 {
			require.Equal(t, c.differs, !same, "%s: net/http says %d %v %q, we %v %q", name, recorder.Code, recorder.Header(), recorder.Body, response.Header, content)
		}
	}
	response, content := fetch(t, serveDigits(`"a"`), MethodHead, "Range", "bytes=0-4")
	require.Equal(t, StatusOK, response.Status, "HEAD knows no ranges")
	require.Equal(t, "20", response.Header.Get("Content-Length"))
	require.Empty(t, content)
}

func cutDigits(r string) string {
	from, to, _ := strings.Cut(r, "-")
	i, _ := strconv.Atoi(from)
	j, _ := strconv.Atoi(to)
	return digits[i : j+1]
}

// readParts reads multipart/byteranges as the standard library does, and returns the ranges of its parts after it has compared their content.
func readParts(t *testing.T, mediaType, content string) (all []string) {
	t.Helper()
	kind, parameters, err := mime.ParseMediaType(mediaType)
	require.NoError(t, err)
	require.Equal(t, "multipart/byteranges", kind)
	for reader := multipart.NewReader(strings.NewReader(content), parameters["boundary"]); ; {
		part, err := reader.NextRawPart()
		if err == io.EOF {
			return all
		}
		require.NoError(t, err)
		require.Equal(t, "text/plain", part.Header.Get("Content-Type"))
		octets, err := io.ReadAll(part)
		require.NoError(t, err)
		r := strings.TrimSuffix(strings.TrimPrefix(part.Header.Get("Content-Range"), "bytes "), "/20")
		require.Equal(t, cutDigits(r), string(octets))
		all = append(all, r)
	}
}

func FuzzRanges(f *testing.F) {
	for _, s := range []string{"bytes=0-1,3-4", "bytes=-5", "bytes=5-", "bytes=-0", "bytes=,1-99999999999999999999", "b=", "bytes = 1 - 2"} {
		f.Add(s, int64(20))
	}
	f.Fuzz(func(t *testing.T, value string, size int64) {
		if size < 0 {
			return
		}
		list, unsatisfiable := ranges(value, size)
		require.False(t, unsatisfiable && len(list) > 0)
		require.LessOrEqual(t, len(list), maxRanges)
		for _, b := range list {
			require.True(t, 0 <= b.from && 0 < b.length && b.from+b.length <= size, "%v of %d", b, size)
		}
	})
}

// RFC 9110, Section 12.4.2 and 12.5.3
func TestQuality(t *testing.T) {
	for _, c := range []struct {
		field, value string
		quality      int
		gzip         bool
	}{
		{"gzip", "gzip", 1000, true},
		{"GZIP;q=0.5", "gzip", 500, true},
		{"gzip;q=0", "gzip", 0, false},
		{"gzip; q=0.001", "gzip", 1, true},
		{"gzip;q=1.0, identity;q=0.5", "gzip", 1000, true},
		{"gzip;q=0.2, identity;q=0.5", "gzip", 200, false},
		{"identity, gzip", "gzip", 1000, true},
		{"*", "gzip", 1000, true},
		{"*;q=0", "gzip", 0, false},
		{"br, *;q=0.1", "gzip", 100, true},
		{"gzip;q=0, *", "gzip", 0, false},
		{"gzip;q=0.5, *", "gzip", 500, false},
		{"x-gzip", "gzip", -1, true},
		{"deflate", "gzip", -1, false},
		{"", "gzip", -1, false},
		{"gzip;q=2", "gzip", 0, false},
		{"gzip;q=0.1234", "gzip", 0, false},
		{"gzip;q=x", "gzip", 0, false},
		{"text/*;q=0.3, text/html;q=0.7, */*;q=0.1", "text/html", 700, false},
		{"text/*;q=0.3, text/html;q=0.7, */*;q=0.1", "text/plain", 300, false},
		{"text/*;q=0.3, text/html;q=0.7, */*;q=0.1", "image/png", 100, false},
	} {
		h := Header{{"Accept-Encoding", c.field}}
		require.Equal(t, c.quality, h.Quality("accept-encoding", c.value), "%s in %s", c.value, c.field)
		if !strings.Contains(c.value, "/") {
			require.Equal(t, c.gzip, h.AcceptsGzip(), c.field)
		}
	}
	require.False(t, Header(nil).AcceptsGzip())
	require.Equal(t, 500, Header{{"Accept-Encoding", "br"}, {"Accept-Encoding", "gzip;q=0.5"}}.Quality("Accept-Encoding", "gzip"))
}

// RFC 9110, Section 8.4.1.3
func TestGzip(t *testing.T) {
	large := strings.Repeat("netlab is a lab of nets. ", 10_000)
	for _, text := range []string{"", "short", large} {
		handler := func(w *ResponseWriter, r *Request) {
			w.Header.Set("ETag", `"v1"`)
			w.SetLength(int64(len(text)))
			coded := w.Gzip()
			require.Equal(t, r.Header.Count("Accept-Encoding") > 0, coded)
			io.WriteString(w, text[:len(text)/2])
			require.NoError(t, w.Flush())
			io.WriteString(w, text[len(text)/2:])
		}
		response, content := fetch(t, handler, MethodGet)
		require.Equal(t, text, content)
		require.Equal(t, "Accept-Encoding", response.Header.Get("Vary"))
		require.Equal(t, `"v1"`, response.Header.Get("ETag"))

		response, content = fetch(t, handler, MethodGet, "Accept-Encoding", "gzip")
		require.Equal(t, "gzip", response.Header.Get("Content-Encoding"))
		require.Equal(t, `W/"v1"`, response.Header.Get("ETag"))
		require.Less(t, len(content), max(len(text)/20, 100))
		reader, err := gzip.NewReader(bytes.NewReader([]byte(content)))
		require.NoError(t, err)
		got, err := io.ReadAll(reader)
		require.NoError(t, err)
		require.Equal(t, text, string(got))
	}
}
