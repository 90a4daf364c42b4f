package stream_test

import (
	"bytes"
	"compress/gzip"
	"compress/zlib"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/klauspost/compress/zstd"
	"github.com/stretchr/testify/require"

	"netlab/stream"
)

// messages plays a conversation and returns its messages in words, with their content. What end 0 and end 1 say alternates; a part that is
// "-5" is five octets that were not captured.
func messages(t *testing.T, cut int, parts ...string) []string {
	var all []string
	content := map[*stream.Message]string{}
	h := stream.HTTP{
		Content: func(m *stream.Message, b []byte) { content[m] += string(b) },
		Done: func(m *stream.Message) {
			words := fmt.Sprintf("%d %s %q", m.Dir, m.Words(), content[m])
			if m.Problem != "" {
				words += " ! " + m.Problem
			}
			all = append(all, words)
		},
	}
	s := &stream.Stream{Transport: "TCP"}
	for i, part := range parts {
		var missing int64
		if n, err := fmt.Sscanf(part, "-%d-", &missing); n == 1 && err == nil {
			_, part, _ = strings.Cut(part[1:], "-")
		}
		for b := []byte(part); len(b) > 0 || missing > 0; missing = 0 {
			n := min(cut, len(b))
			h.Data(stream.Chunk{Stream: s, Dir: i % 2, Missing: missing, Octets: b[:n]})
			b = b[n:]
		}
	}
	s.Ends[0].Finished, s.Ends[1].Finished = true, true
	h.Ended(s)
	return all
}

func TestMessagesOfAConnection(t *testing.T) {
	get := func(target string) string { return "GET " + target + " HTTP/1.1\r\nHost: h\r\n\r\n" }
	for _, c := range []struct {
		name  string
		parts []string
		want  []string
	}{
		{"one", []string{get("/a"), "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc"}, []string{`0 GET /a ""`, `1 200 OK "abc"`}},
		{"pipelined", []string{get("/a") + get("/b"), "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\naHTTP/1.1 404 Not Found\r\nContent-Length: 1\r\n\r\nb"}, []string{`0 GET /a ""`, `0 GET /b ""`, `1 200 OK "a"`, `1 404 Not Found "b"`}},
		{"chunked", []string{get("/a"), "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n4\r\ndefg\r\n0\r\n\r\n"}, []string{`0 GET /a ""`, `1 200 OK "abcdefg"`}},
		{"to the end", []string{get("/a"), "HTTP/1.0 200 OK\r\n\r\nuntil it closes"}, []string{`0 GET /a ""`, `1 200 OK "until it closes"`}},
		{"HEAD", []string{"HEAD /a HTTP/1.1\r\nHost: h\r\n\r\n" + get("/b"), "HTTP/1.1 200 OK\r\nContent-Length: 300\r\n\r\nHTTP/1.1 204 No Content\r\n\r\n"}, []string{`0 HEAD /a ""`, `0 GET /b ""`, `1 200 OK ""`, `1 204 No Content ""`}},
		{"continue", []string{"POST /a HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n", "HTTP/1.1 100 Continue\r\n\r\n", "hi", "HTTP/1.1 201 Created\r\nContent-Length: 0\r\n\r\n"}, []string{`1 100 Continue ""`, `0 POST /a "hi"`, `1 201 Created ""`}},
		{"upgrade", []string{"GET /ws HTTP/1.1\r\nHost: h\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n", "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n", get("/not-a-request")}, []string{`0 GET /ws ""`, `1 101 Switching Protocols ""`}},
		{"not HTTP", []string{"SSH-2.0-x\r\n", "SSH-2.0-y\r\n"}, nil},
		{"a gap in content of known length", []string{get("/a"), "HTTP/1.1 200 OK\r\nContent-Length: 8\r\n\r\nabc", "", "-2-fgh", get("/b"), "HTTP/1.1 204 No Content\r\n\r\n"}, []string{`0 GET /a ""`, `1 200 OK "abc\x00\x00fgh" ! 2 octets were not captured`, `0 GET /b ""`, `1 204 No Content ""`}},
		{"a gap that loses the thread", []string{get("/a"), "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n8\r\nabc", "", "-2-f\r\n0\r\n\r\n", get("/b"), "HTTP/1.1 204 No Content\r\n\r\n"}, []string{`0 GET /a ""`, `1 200 OK "abc" ! octets of it were not captured`, `0 GET /b ""`, `1 204 No Content ""`}},
		{"cut off", []string{get("/a"), "HTTP/1.1 200 OK\r\nContent-Length: 8\r\n\r\nabc"}, []string{`0 GET /a ""`, `1 200 OK "abc" ! the capture ends before it`}},
	} {
		t.Run(c.name, func(t *testing.T) {
			require.Equal(t, c.want, messages(t, 1<<20, c.parts...))
			if !strings.Contains(c.name, "thread") && c.want != nil { // where a message begins is seen in whole segments only
				parts := append([]string{}, c.parts...)
				require.Equal(t, c.want, messages(t, 40, parts...), "in pieces")
			}
		})
	}
}

func TestNamesOfFilesAreNamesAndNothingElse(t *testing.T) {
	for target, want := range map[string]string{
		"/":                                     "0001-index.html",
		"/a/b/photo.png?size=3":                 "0001-photo.png",
		"/../../../etc/passwd":                  "0001-passwd.html",
		"/..":                                   "0001-index.html",
		"/.bashrc":                              "0001-bashrc.html",
		`/a\..\evil.exe`:                        "0001-evil.exe",
		"/a%2f..%2fb":                           "0001-a_2f.._2fb",
		"/\x1b[2J\n;rm -rf":                     "0001-__2J__rm_-rf.html",
		"http://h/x/":                           "0001-x.html",
		"/" + strings.Repeat("a", 500) + ".txt": "0001-" + strings.Repeat("a", 76) + ".txt",
		"":                                      "0001-index.html",
	} {
		m := stream.Message{Target: target, Status: 200, Type: "text/html; charset=utf-8"}
		require.Equal(t, want, m.FileName(1), target)
	}
	require.Equal(t, "0012-request-form.txt", (&stream.Message{Target: "/form", Type: "application/x-www-form-urlencoded"}).FileName(12))
	require.Equal(t, "0012-x.bin", (&stream.Message{Target: "/x", Status: 200, Type: "///"}).FileName(12))
}

func TestContentIsUnpacked(t *testing.T) {
	plain := strings.Repeat("netlab ", 100)
	pack := func(w io.WriteCloser, b *bytes.Buffer) []byte {
		_, err := io.WriteString(w, plain)
		require.NoError(t, err)
		require.NoError(t, w.Close())
		return b.Bytes()
	}
	var gz, zl, zs bytes.Buffer
	z, err := zstd.NewWriter(&zs)
	require.NoError(t, err)
	packed := map[string][]byte{
		"gzip": pack(gzip.NewWriter(&gz), &gz), "deflate": pack(zlib.NewWriter(&zl), &zl), "zstd": pack(z, &zs), "": []byte(plain), "Identity": []byte(plain),
	}
	for encoding, b := range packed {
		var out strings.Builder
		known, err := stream.Decode(&out, bytes.NewReader(b), encoding, 1<<20)
		require.NoError(t, err, encoding)
		require.True(t, known)
		require.Equal(t, plain, out.String(), encoding)

		out.Reset()
		_, err = stream.Decode(&out, bytes.NewReader(b), encoding, 100)
		require.ErrorIs(t, err, stream.ErrTooLarge, encoding)
		require.Len(t, out.String(), 100)
		_, err = stream.Decode(io.Discard, bytes.NewReader(b), encoding, int64(len(plain)))
		require.NoError(t, err, encoding)
	}
	var out strings.Builder
	known, err := stream.Decode(&out, strings.NewReader("as it is"), "br", 100)
	require.NoError(t, err)
	require.False(t, known)
	require.Equal(t, "as it is", out.String())
	_, err = stream.Decode(&out, strings.NewReader("no gzip at all"), "gzip", 100)
	require.Error(t, err)
}
