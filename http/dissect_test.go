package http

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"netlab/wire"
)

// tree writes a node and those under it, one a line, with the octets they cover.
func tree(n wire.Node, depth int) string {
	from, to := n.Octets()
	s := fmt.Sprintf("%s%d..%d %s [%s] %s", strings.Repeat("  ", depth), from, to, n.Name, n.Key, n.Value)
	if n.Note != "" {
		s += " ! " + n.Note
	}
	s += "\n"
	for _, c := range n.Children {
		s += tree(c, depth+1)
	}
	return s
}

func TestDissect(t *testing.T) {
	const request = "POST /echo?x=1 HTTP/1.1\r\nHost: h1\r\nContent-Length: 5\r\nX-Own:  v \r\n\r\nhello"
	require.Equal(t, `40..113 Hypertext Transfer Protocol [http] POST /echo?x=1
  40..65 Request Line [http.request] POST /echo?x=1 HTTP/1.1
    40..44 Method [http.request.method] POST
    45..54 Request Target [http.request.uri] /echo?x=1
    55..63 Version [http.request.version] HTTP/1.1
  65..75 Host [http.host] h1
  75..94 Content-Length [http.content_length_header] 5
  94..106 X-Own [] v
  106..108 Empty Line [] CRLF
  108..113 Content [http.file_data] 5 octets
`, tree(Dissect([]byte(request), 320), 0))

	require.Equal(t, `0..34 Hypertext Transfer Protocol [http] 404 Not Found ! the header section goes on in a later segment
  0..24 Status Line [http.response] HTTP/1.1 404 Not Found
    0..8 Version [http.response.version] HTTP/1.1
    9..12 Status Code [http.response.code] 404
    13..22 Reason Phrase [http.response.phrase] Not Found
  24..34 Date [http.date] Tue,
`, tree(Dissect([]byte("HTTP/1.1 404 Not Found\r\nDate: Tue,"), 0), 0))

	require.Equal(t, `0..9 Hypertext Transfer Protocol [http] continues
  0..9 Content [http.file_data] 9 octets
`, tree(Dissect([]byte("some data"), 0), 0))

	bad := Dissect([]byte("GET / HTTP/1.1\r\nHost : h\r\n\r\n"), 0)
	require.Equal(t, "there is space between a field name and its colon", bad.Note)
	require.Equal(t, bad.Note, bad.Children[1].Note)
}

func TestDissectCoversEveryOctetOnce(t *testing.T) {
	for _, message := range []string{twoRequests, chunkedRequest, responses} {
		for n := range len(message) {
			node := Dissect([]byte(message[:n]), 0)
			at := 0
			for i := range node.Children {
				from, to := node.Children[i].Octets()
				require.Equal(t, at, from)
				at = to
			}
			require.Equal(t, n, at, "%q", message[:n])
		}
	}
}

func TestSummary(t *testing.T) {
	for _, c := range []struct {
		message, want string
		ok            bool
	}{
		{"GET /blob HTTP/1.1\r\nHost: h\r\n\r\n", "GET /blob", true},
		{"HTTP/1.1 200 OK\r\n\r\n", "200 OK", true},
		{"HTTP/1.1 404 \r\n\r\n", "404 Not Found", true},
		{"HTTP/1.1 2000 OK\r\n\r\n", "", false},
		{"hello", "", false},
		{"", "", false},
	} {
		got, ok := Summary([]byte(c.message))
		require.Equal(t, c.want, got)
		require.Equal(t, c.ok, ok)
	}
}
