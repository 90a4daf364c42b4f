package service

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"net"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"netlab/http"
)

// ask has the web service answer a request that lies ready, and returns the answer as a client reads it.
func ask(t *testing.T, method, target, accept string, content string, more ...http.Field) (*http.Response, string) {
	t.Helper()
	var request bytes.Buffer
	client := http.NewClientConn(struct {
		io.Reader
		io.Writer
	}{strings.NewReader(""), &request}, http.Limits{})
	r := &http.Request{Method: method, Target: target, Header: http.Header{{Name: "Host", Value: "h"}, {Name: "Accept", Value: accept}}}
	r.Header = append(r.Header, more...)
	if content != "" {
		r.Body, r.Length = strings.NewReader(content), int64(len(content))
	}
	require.NoError(t, client.Send(r))

	var answer bytes.Buffer
	web := Web{}
	conn, other := net.Pipe()
	defer conn.Close()
	defer other.Close()
	err := web.server.ServeConn(struct {
		io.Reader
		io.Writer
	}{&request, &answer}, func(w *http.ResponseWriter, r *http.Request) { web.answer(conn, w, r) })
	require.NoError(t, err)

	response, err := http.NewClientConn(struct {
		io.Reader
		io.Writer
	}{&answer, io.Discard}, http.Limits{}).Receive(method)
	require.NoError(t, err)
	body, err := io.ReadAll(response.Body)
	require.NoError(t, err)
	require.Zero(t, answer.Len(), "nothing follows the answer")
	return response, string(body)
}

func TestBytes(t *testing.T) {
	response, body := ask(t, "GET", "/bytes/100000", "*/*", "")
	require.Equal(t, http.StatusOK, response.Status)
	require.EqualValues(t, 100000, response.Length)
	sum := sha256.Sum256([]byte(body))
	require.Equal(t, "7795dfe4a422327f9e3d6153262812f1f41835b91382630890e4f2c31ea9b518", hex.EncodeToString(sum[:]), "the octets never change")
	_, half := ask(t, "GET", "/bytes/50001", "*/*", "")
	require.Equal(t, body[:50001], half)

	response, body = ask(t, "HEAD", "/bytes/100000", "*/*", "")
	require.EqualValues(t, "100000", response.Header.Get("Content-Length"))
	require.Empty(t, body)

	for _, n := range []string{"", "x", "-1", "1.5", "1000000000001", "99999999999999999999", "5/"} {
		response, body = ask(t, "GET", "/bytes/"+n, "*/*", "")
		require.Equal(t, http.StatusBadRequest, response.Status, n)
		require.Equal(t, 1, strings.Count(body, "\n"))
		require.Contains(t, body, "/bytes/N needs a number")
	}
}

func TestRangesOfBytes(t *testing.T) {
	_, whole := ask(t, "GET", "/bytes/100000", "*/*", "")
	response, part := ask(t, "GET", "/bytes/100000", "*/*", "", http.Field{Name: "Range", Value: "bytes=70001-99990"})
	require.Equal(t, http.StatusPartialContent, response.Status)
	require.Equal(t, whole[70001:99991], part)
	response, _ = ask(t, "GET", "/bytes/100000", "*/*", "", http.Field{Name: "If-None-Match", Value: response.Header.Get("ETag")})
	require.Equal(t, http.StatusNotModified, response.Status)
}

func TestGzipRoute(t *testing.T) {
	response, plain := ask(t, "GET", "/gzip", "*/*", "")
	require.Empty(t, response.Header.Get("Content-Encoding"))
	response, coded := ask(t, "GET", "/gzip", "*/*", "", http.Field{Name: "Accept-Encoding", Value: "gzip"})
	require.Equal(t, "gzip", response.Header.Get("Content-Encoding"))
	reader, err := gzip.NewReader(strings.NewReader(coded))
	require.NoError(t, err)
	text, err := io.ReadAll(reader)
	require.NoError(t, err)
	require.Less(t, len(coded), len(plain)/2)
	_, list, _ := strings.Cut(plain, "All")
	require.Contains(t, string(text), list)
}

func TestPatternHoweverRead(t *testing.T) {
	want, err := io.ReadAll(NewPattern(1000))
	require.NoError(t, err)
	require.Len(t, want, 1000)
	for size := 1; size < 40; size++ {
		var got []byte
		pattern := NewPattern(1000)
		for block := make([]byte, size); ; {
			n, err := pattern.Read(block)
			got = append(got, block[:n]...)
			if err == io.EOF {
				break
			}
		}
		require.Equal(t, want, got, "in pieces of %d", size)
	}
}

func TestEchoRoute(t *testing.T) {
	large := strings.Repeat("netlab ", 100000)
	response, body := ask(t, "POST", "/echo", "*/*", large)
	require.EqualValues(t, len(large), response.Length)
	require.Equal(t, large, body)
	response, _ = ask(t, "GET", "/echo", "*/*", "")
	require.Equal(t, http.StatusMethodNotAllowed, response.Status)
	require.Equal(t, "POST, PUT, OPTIONS", response.Header.Get("Allow"))
}

func TestStatusRoute(t *testing.T) {
	for _, c := range http.StatusCodes() {
		if c.Status < 200 {
			continue
		}
		response, body := ask(t, "GET", "/status/"+c.Status.String()[:3], "*/*", "")
		require.Equal(t, c.Status, response.Status)
		if c.Status.HasContent() && c.Status != http.StatusResetContent {
			words := strings.Join(strings.Fields(body), " ")
			require.Contains(t, words, c.Doc)
			require.Contains(t, words, c.Note)
			require.Contains(t, words, string(c.Standing))
		} else {
			require.Empty(t, body)
		}
	}
	response, body := ask(t, "GET", "/status/299", "*/*", "")
	require.EqualValues(t, 299, response.Status)
	require.Contains(t, strings.Join(strings.Fields(body), " "), "x00 status code of that class")
	response, body = ask(t, "GET", "/status/103", "*/*", "")
	require.Equal(t, http.StatusOK, response.Status, "a client that passes over the interim response")
	require.Contains(t, body, "103 Early Hints")
	for _, code := range []string{"101", "199", "99", "600", "2000", "abc", "", "+20"} {
		response, body = ask(t, "GET", "/status/"+code, "*/*", "")
		require.Equal(t, http.StatusBadRequest, response.Status, code)
		require.Equal(t, 1, strings.Count(body, "\n"))
	}
}

func TestOtherTargetsAndMethods(t *testing.T) {
	response, body := ask(t, "GET", "/nowhere", "*/*", "")
	require.Equal(t, http.StatusNotFound, response.Status)
	for _, r := range routes() {
		require.Contains(t, body, r.show)
	}
	for _, line := range strings.Split(body, "\n") {
		require.LessOrEqual(t, len(line), 80, line)
	}
	response, body = ask(t, "GET", "/now<here", "text/html,*/*;q=0.8", "")
	require.Equal(t, "text/html; charset=utf-8", response.Header.Get("Content-Type"))
	require.Contains(t, body, "now&lt;here")
	response, _ = ask(t, "BREW", "/", "*/*", "")
	require.Equal(t, http.StatusNotImplemented, response.Status)
	response, _ = ask(t, "OPTIONS", "/bytes/1", "*/*", "")
	require.Equal(t, http.StatusNoContent, response.Status)
	require.Equal(t, "GET, HEAD, OPTIONS", response.Header.Get("Allow"))
	response, _ = ask(t, "OPTIONS", "*", "*/*", "")
	require.Equal(t, http.StatusNoContent, response.Status)
}

func TestChargenLines(t *testing.T) {
	require.Equal(t, "!\"#$%&'()*+,-./0123456789:;<=>?@ABCDEFGHIJKLMNOPQRSTUVWXYZ[\\]^_`abcdefgh\r\n", string(appendChargenLine(nil, 0)))
	require.Equal(t, ":;<=>?@ABCDEFGHIJKLMNOPQRSTUVWXYZ[\\]^_`abcdefghijklmnopqrstuvwxyz{|}~ !\"\r\n"[1:], string(appendChargenLine(nil, 25))[1:])
	require.Equal(t, appendChargenLine(nil, 0), appendChargenLine(nil, 95))
}

func TestParseURL(t *testing.T) {
	for _, c := range []struct {
		in, address, authority, target, err string
	}{
		{"http://10.77.0.2/bytes/5?x=1#top", "10.77.0.2:80", "10.77.0.2", "/bytes/5?x=1", ""},
		{"HTTP://h2:8080", "h2:8080", "h2:8080", "/", ""},
		{"h2/a b", "h2:80", "h2", "/a%20b", ""},
		{"https://h2/", "h2:443", "h2", "/", ""},
		{"https://h2:80/", "h2:80", "h2:80", "/", ""},
		{"http://h2:443/", "h2:443", "h2:443", "/", ""},
		{"ftp://h2/", "", "", "", "has the scheme ftp"},
		{"http:///path", "", "", "", "has no host"},
		{"http://u:p@h2/", "", "", "", "user name"},
		{"http://[fd77::2]/", "[fd77::2]:80", "[fd77::2]", "/", ""},
		{"http://[fd77::2]:8000/x", "[fd77::2]:8000", "[fd77::2]:8000", "/x", ""},
		{"http://h2:0/", "", "", "", "port"},
		{"http://h2:70000/", "", "", "", "port"},
		{"http://h2:x/", "", "", "", "cannot be read"},
		{"http://h2/\x7f", "", "", "", "cannot be read"},
	} {
		u, err := ParseURL(c.in)
		if c.err != "" {
			require.ErrorContains(t, err, c.err)
			continue
		}
		require.NoError(t, err)
		require.Equal(t, c.address, u.Address())
		require.Equal(t, c.authority, u.Authority())
		require.Equal(t, c.target, u.Target)
	}
}

func BenchmarkPattern(b *testing.B) {
	block := make([]byte, blockSize)
	b.SetBytes(blockSize)
	for b.Loop() {
		p := NewPattern(blockSize)
		p.Read(block)
	}
}
