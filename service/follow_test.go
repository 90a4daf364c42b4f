package service

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"netlab/http"
	"netlab/stack"
)

// serveOn has a handler answer on a port of h.
func serveOn(t *testing.T, h *stack.Host, port string, handle http.Handler) {
	l, err := h.Listen("tcp", port)
	require.NoError(t, err)
	h.Go(func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			h.Go(func() {
				defer conn.Close()
				_ = (&http.Server{}).ServeConn(conn, handle)
			})
		}
	})
}

func TestFollow(t *testing.T) {
	hosts(t, Options{}, func(t *testing.T, client, server *stack.Host) {
		ctx := context.Background()
		serveOn(t, server, ":8080", func(w *http.ResponseWriter, r *http.Request) {
			content, _ := io.ReadAll(r.Body)
			var code http.Status
			if fmt.Sscanf(r.Path(), "/%d", &code); code > 0 {
				w.SetStatus(code)
				w.Header.Add("Location", r.Query())
				w.Header.Add("Set-Cookie", fmt.Sprintf("via=%d; Path=/", code))
			}
			fmt.Fprintf(w, "%s %s %s cookie=%q secret=%q", r.Method, r.Target, content, r.Header.Get("Cookie"), r.Header.Get("Authorization"))
		})
		for _, c := range []struct {
			url, body string
			visits    int
			want, err string
		}{
			{"http://h2:8080/", "", 0, `GET /  cookie="" secret="s"`, ""},
			{"http://h2:8080/302?/end", "", 1, `GET /end  cookie="via=302" secret="s"`, ""},
			{"http://h2:8080/303?/end", "hello", 1, `GET /end  cookie="via=303" secret="s"`, ""},
			{"http://h2:8080/307?/end", "hello", 1, `POST /end hello cookie="via=307" secret="s"`, ""},
			{"http://h2:8080/308?http://10.0.0.2:8080/end", "", 1, `GET /end  cookie="" secret=""`, ""},
			{"http://h2:8080/301?/302?/end", "", 2, `GET /end  cookie="via=302" secret="s"`, ""},
			{"http://h2:8080/301?ftp://h2/", "", 0, "", "leads to no http or https URL"},
			{"http://h2:8080/304?/end", "", 0, "", ""},
		} {
			var out bytes.Buffer
			o := FetchOptions{Out: &out, Cookies: &http.CookieJar{}, Header: http.Header{{Name: "Authorization", Value: "s"}}}
			if c.body != "" {
				o.Body, o.Length = strings.NewReader(c.body), int64(len(c.body))
			}
			visits := 0
			_, err := Follow(ctx, client, c.url, o, func(r FetchResult, to string) { visits++ })
			if c.err != "" {
				require.ErrorContains(t, err, c.err)
				continue
			}
			require.NoError(t, err)
			require.Equal(t, c.want, out.String(), c.url)
			require.Equal(t, c.visits, visits, c.url)
		}
		_, err := Follow(ctx, client, "http://h2:8080/307?/end", FetchOptions{Body: io.MultiReader(strings.NewReader("once")), Length: 4}, nil)
		require.ErrorContains(t, err, "cannot be read a second time")

		var out bytes.Buffer
		r, err := Follow(ctx, client, "http://h2/redirect/10", FetchOptions{Out: &out}, nil)
		require.NoError(t, err)
		require.Equal(t, http.StatusOK, r.Status)
		require.True(t, strings.HasPrefix(out.String(), "You have reached netlab"))
		_, err = Follow(ctx, client, "http://h2/redirect/11", FetchOptions{}, nil)
		require.ErrorContains(t, err, "likely a circle")
		_, err = Fetch(ctx, client, "http://h2/redirect/1", FetchOptions{Out: &out})
		require.NoError(t, err, "Fetch stays where it is")

		locals := map[string]bool{}
		visit := func(r FetchResult, _ string) { locals[r.Local.String()] = true }
		_, err = Follow(ctx, client, "http://h2/redirect/5", FetchOptions{}, visit)
		require.NoError(t, err)
		require.Len(t, locals, 1, "all requests share a connection")

		// A server that closes the connection in silence after each answer: the client opens another one.
		l, err := server.Listen("tcp", ":8081")
		require.NoError(t, err)
		server.Go(func() {
			for n := 3; n >= 0; n-- {
				conn, err := l.Accept()
				if err != nil {
					return
				}
				conn.Read(make([]byte, 1000))
				fmt.Fprintf(conn, "HTTP/1.1 302 Found\r\nLocation: /%d\r\nContent-Length: 0\r\n\r\n", n)
				conn.Close()
			}
		})
		visits := 0
		_, err = Follow(ctx, client, "http://h2:8081/", FetchOptions{}, func(FetchResult, string) {
			if visits++; visits == 4 {
				l.Close()
			}
			client.Sleep(time.Second) // the FIN is there
		})
		require.ErrorContains(t, err, "cannot be reached")
		require.Equal(t, 4, visits)

		jar := &http.CookieJar{}
		for _, want := range []string{"this one: 1.", "this one: 2."} {
			out.Reset()
			_, err = Fetch(ctx, client, "http://h2/cookie", FetchOptions{Out: &out, Cookies: jar})
			require.NoError(t, err)
			require.Contains(t, out.String(), want)
		}
	})
}
