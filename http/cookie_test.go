package http

import (
	nethttp "net/http"
	"net/http/cookiejar"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/net/publicsuffix"
)

func parseURL(t *testing.T, s string) *url.URL {
	t.Helper()
	u, err := url.Parse(s)
	require.NoError(t, err)
	return u
}

// suffixes is the public suffix list as the standard library's jar takes it.
type suffixes struct{}

func (suffixes) PublicSuffix(domain string) string { return publicSuffix(domain) }
func (suffixes) String() string                    { return "of golang.org/x/net" }

func publicSuffix(name string) string {
	s, _ := publicsuffix.PublicSuffix(name)
	return s
}

// Each step sets cookies at one URL, or asks what is sent to one. The standard library's jar must say the same.
func TestCookieJar(t *testing.T) {
	now := time.Now()
	jar := &CookieJar{PublicSuffix: publicSuffix}
	theirs, err := cookiejar.New(&cookiejar.Options{PublicSuffixList: suffixes{}})
	require.NoError(t, err)
	for _, step := range []struct{ url, set, sent string }{
		{"http://www.example.com/a/b", "host=1", ""},
		{"http://www.example.com/a/c", "", "host=1"},
		{"http://www.example.com/a", "", "host=1"},
		{"http://www.example.com/ab", "", ""},
		{"http://www.example.com/", "", ""},
		{"http://example.com/a/b", "", ""},
		{"http://sub.www.example.com/a/b", "", ""},
		{"http://www.example.com:8080/a/b", "", "host=1"}, // Cookies do not provide isolation by port. RFC 6265, Section 8.5
		{"http://www.example.com/", "all=2; Domain=.Example.COM; Path=/", ""},
		{"http://example.com/", "", "all=2"},
		{"http://other.example.com/", "", "all=2"},
		{"http://www.example.com/a/b", "", "host=1; all=2"}, // the longer path first
		{"http://notexample.com/", "", ""},
		{"http://www.example.com/", "x=1; Domain=other.com", ""},
		{"http://www.example.com/", "x=1; Domain=com", ""},
		{"http://www.example.co.uk/", "x=1; Domain=co.uk", ""},
		{"http://www.example.co.uk/", "", ""},
		{"http://www.example.com/", "all=3; Domain=example.com; Path=/", ""}, // replaced, in its old place
		{"http://www.example.com/", "later=4; Domain=example.com; Path=/", ""},
		{"http://www.example.com/", "", "all=3; later=4"},
		{"http://www.example.com/", "later=; Domain=example.com; Path=/; Max-Age=0", ""},
		{"http://www.example.com/", "", "all=3"},
		{"http://www.example.com/", "all=; Domain=example.com; Path=/; Expires=Thu, 01 Jan 1970 00:00:00 GMT", ""},
		{"http://www.example.com/", "", ""},
		{"https://secure.example.com/", "s=1; Secure; HttpOnly", ""},
		{"http://secure.example.com/", "", ""},
		{"https://secure.example.com/", "", "s=1"},
		{"http://10.0.0.1/", "ip=1", ""},
		{"http://10.0.0.1/", "", "ip=1"},
		{"http://5.10.0.0.1/", "", ""},
		{"http://[fd77::2]/", "six=1", ""},
		{"http://[fd77::2]/", "", "six=1"},
		{"http://p.example.com/x/y/z", "p=1; Path=/x", ""},
		{"http://p.example.com/x/y/z", "p=2; Path=nonsense", ""},
		{"http://p.example.com/x/y/z", "", "p=2; p=1"},
		{"http://p.example.com/xy", "", ""},
		{"http://q.example.com/", "quoted=\"a b\"", ""},
		{"http://q.example.com/", "nothing", ""},
		{"http://q.example.com/", "=nameless", ""},
		{"http://q.example.com/", "", "quoted=\"a b\""},
	} {
		u := parseURL(t, step.url)
		if step.set != "" {
			jar.Store(u, Header{{"Set-Cookie", step.set}}, now)
			theirs.SetCookies(u, (&nethttp.Response{Header: nethttp.Header{"Set-Cookie": {step.set}}}).Cookies())
			continue
		}
		require.Equal(t, step.sent, jar.Cookies(u, now), step.url)
		request := &nethttp.Request{Header: nethttp.Header{}}
		for _, c := range theirs.Cookies(u) {
			request.AddCookie(c)
		}
		require.Equal(t, step.sent, request.Header.Get("Cookie"), "net/http at %s", step.url)
	}
}

func TestCookiesExpireAndAreBounded(t *testing.T) {
	now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	u := parseURL(t, "http://h.test/")
	var jar CookieJar
	jar.Store(u, Header{{"Set-Cookie", "a=1; Max-Age=10; Expires=Thu, 01 Jan 1970 00:00:00 GMT"}, {"set-cookie", "b=2"}}, now)
	require.Equal(t, "a=1; b=2", jar.Cookies(u, now.Add(9*time.Second)))
	require.Equal(t, "b=2", jar.Cookies(u, now.Add(10*time.Second)))

	jar.Store(u, Header{{"Set-Cookie", "large=" + strings.Repeat("x", 5000)}}, now)
	require.NotContains(t, jar.Cookies(u, now), "large")
	for i := range 200 {
		jar.Store(u, Header{{"Set-Cookie", "n" + strconv.Itoa(i) + "=1"}}, now.Add(time.Duration(i)*time.Second))
	}
	got := strings.Split(jar.Cookies(u, now.Add(time.Hour)), "; ")
	require.Len(t, got, maxDomainCookie)
	require.Equal(t, "n199=1", got[len(got)-1])
	for i := range 3200 {
		jar.Store(parseURL(t, "http://h"+strconv.Itoa(i)+".test/"), Header{{"Set-Cookie", "a=1"}}, now.Add(2*time.Hour))
	}
	require.Len(t, jar.cookies, maxCookies)
	jar.Store(parseURL(t, "http://h.test/"), Header{{"Set-Cookie", "a=1; Domain=test"}}, now)
	require.Len(t, jar.cookies, maxCookies, "without a list, a last label is public")
}

// RFC 6265, Section 5.1.1
func TestCookieDates(t *testing.T) {
	want := time.Date(1994, 11, 6, 8, 49, 37, 0, time.UTC)
	for _, s := range []string{
		"Sun, 06 Nov 1994 08:49:37 GMT", "Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994", "6 November 1994 08:49:37", "94/nov/06/8:49:37x",
		"Sun, 06-Nov-1994 08:49:37 GMT", "1994 Nov 6 6 08:49:37",
	} {
		got, ok := parseCookieDate(s)
		if strings.HasPrefix(s, "94/") || strings.HasPrefix(s, "1994") {
			continue // a number of two digits is a day before it is a year
		}
		require.True(t, ok, s)
		require.Equal(t, want, got, s)
	}
	for _, s := range []string{"", "06 Nov 1994", "32 Nov 1994 08:49:37", "31 Feb 1994 08:49:37", "06 Nov 1600 08:49:37", "06 Nov 1994 24:00:00", "06 Nov 1994 08:60:00", "06 Nov 19945 08:49:37"} {
		_, ok := parseCookieDate(s)
		require.False(t, ok, s)
	}
	got, ok := parseCookieDate("06 Nov 69 08:49:37")
	require.True(t, ok)
	require.Equal(t, 2069, got.Year())
}

func TestSetCookieString(t *testing.T) {
	now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	c := SetCookie{Name: "a", Value: "1", Domain: "h.test", Path: "/x", Expires: now, Secure: true, HTTPOnly: true}
	require.Equal(t, "a=1; Expires=Thu, 01 Jan 2026 00:00:00 GMT; Domain=h.test; Path=/x; Secure; HttpOnly", c.String())
	got, ok := ParseSetCookie(c.String(), now)
	require.True(t, ok)
	require.Equal(t, c, got)
}

func FuzzSetCookie(f *testing.F) {
	for _, s := range []string{"a=1", "a=1; Max-Age=99999999999999999999", "a=b=c;;; Path=/; expires=Sun, 06 Nov 1994 08:49:37 GMT", "=", ";", "a=\x00"} {
		f.Add(s)
	}
	u, _ := url.Parse("http://www.h.test/a/b")
	f.Fuzz(func(t *testing.T, s string) {
		now := time.Unix(1e9, 0)
		c, ok := ParseSetCookie(s, now)
		require.Equal(t, ok, c.Name != "")
		var jar CookieJar
		jar.Store(u, Header{{"Set-Cookie", s}}, now)
		require.True(t, isFieldValue(jar.Cookies(u, now)), "what is sent is a field value")
	})
}

// RFC 9110, Section 15.4
func TestRedirection(t *testing.T) {
	for _, c := range []struct {
		status         Status
		from, location string
		method         string
		want           string // method, URL, and "+" for content, "=" for the same origin; "": none; "!": an error
	}{
		{301, "http://h/a", "/b", "GET", "GET http://h/b +="},
		{301, "http://h/a", "/b", "POST", "GET http://h/b ="},
		{302, "http://h/a/b?c", "d?e", "POST", "GET http://h/a/d?e ="},
		{302, "http://h/a", "/b", "PUT", "PUT http://h/b +="},
		{302, "http://h/a", "/b", "HEAD", "HEAD http://h/b +="},
		{303, "http://h/a", "/b", "POST", "GET http://h/b ="},
		{303, "http://h/a", "/b", "PUT", "GET http://h/b ="},
		{303, "http://h/a", "/b", "HEAD", "HEAD http://h/b ="},
		{307, "http://h/a", "/b", "POST", "POST http://h/b +="},
		{308, "http://h/a", "http://other/b", "POST", "POST http://other/b +"},
		{308, "http://h/a", "//h:80/b", "GET", "GET http://h:80/b +="},
		{301, "http://h/a", "https://h/a", "GET", "GET https://h/a +"},
		{301, "http://h/a", "http://h:8080/a", "GET", "GET http://h:8080/a +"},
		{301, "http://h/a#top", "/b", "GET", "GET http://h/b#top +="},
		{301, "http://h/a#top", "/b#end", "GET", "GET http://h/b#end +="},
		{301, "http://h/a", "", "GET", ""},
		{300, "http://h/a", "/b", "GET", ""},
		{304, "http://h/a", "/b", "GET", ""},
		{305, "http://h/a", "http://proxy/", "GET", ""},
		{201, "http://h/a", "/b", "POST", ""},
		{301, "http://h/a", "ftp://h/b", "GET", "!"},
		{301, "http://h/a", "http://[", "GET", "!"},
		{301, "http://h/a", "http:///b", "GET", "!"},
	} {
		r := &Response{Status: c.status, Header: Header{{"Location", c.location}}}
		d, ok, err := r.Redirection(parseURL(t, c.from), c.method)
		got := ""
		switch {
		case err != nil:
			got = "!"
		case ok:
			got = d.Method + " " + d.URL.String() + " " + strings.Repeat("+", map[bool]int{true: 1}[d.WithContent]) + strings.Repeat("=", map[bool]int{true: 1}[d.SameOrigin])
		}
		require.Equal(t, c.want, got, "%d %s from %s", c.status, c.location, c.from)
	}
	h := Header{{"Host", "h"}, {"Authorization", "x"}, {"Cookie", "a=1"}, {"Content-Type", "text/plain"}, {"If-Match", "*"}, {"X-Mine", "y"}}
	require.Equal(t, Header{{"X-Mine", "y"}}, Redirection{}.Fields(h))
	require.Equal(t, Header{{"Content-Type", "text/plain"}, {"X-Mine", "y"}}, Redirection{WithContent: true}.Fields(h))
	require.Equal(t, Header{{"Authorization", "x"}, {"Cookie", "a=1"}, {"X-Mine", "y"}}, Redirection{SameOrigin: true}.Fields(h))
}
