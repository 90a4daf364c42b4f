package http

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestStatusCodes(t *testing.T) {
	last := Status(0)
	for _, c := range StatusCodes() {
		require.Greater(t, c.Status, last)
		last = c.Status
		require.NotEmpty(t, c.Doc)
		require.Equal(t, c.Standing == Unregistered, c.Ref.IsZero(), c.Reason)
		require.True(t, isFieldValue(c.Reason))
		require.True(t, c.Standing == InUse || c.Standing == Reserved || c.Standing == Unregistered || c.Note != "", "%d: why?", c.Status)
	}
	require.Equal(t, "404 Not Found", StatusNotFound.String())
	require.Equal(t, "599 Status 599", Status(599).String())
	_, ok := Status(599).Lookup()
	require.False(t, ok)
	require.Zero(t, testing.AllocsPerRun(100, func() { StatusNotFound.Reason() }))
}

// courseText is the tables of the course's text, section 5.7.2: each code with what stands behind it.
func courseText() []struct {
	code Status
	name string
} {
	return []struct {
		code Status
		name string
	}{
		{100, "Continue"},
		{101, "Switching Protocol"},
		{102, "Processing (WebDAV)"},
		{103, "Early Hints"},
		{200, "OK"},
		{201, "Created"},
		{202, "Accepted"},
		{203, "Non- Authoritative Information"},
		{204, "No Content"},
		{205, "Reset Content"},
		{206, "Partial Content"},
		{207, "Multi-Status (WebDAV)"},
		{208, "Already Reported (WebDAV)"},
		{226, "IM Used"},
		{300, "Multiple Choices"},
		{301, "Moved Permanently"},
		{302, "Found"},
		{303, "See Other"},
		{304, "Not Modified"},
		{305, "Use Proxy (Deprecated)"},
		{306, "(Unused)"},
		{307, "Temporary Redirect"},
		{308, "Permanent Redirect (experimental)"},
		{400, "Bad Request"},
		{401, "Unauthorized"},
		{402, "Payment Required (Experimental)"},
		{403, "Forbidden"},
		{404, "Not Found"},
		{405, "Method Not Allowed"},
		{406, "Not Acceptable"},
		{407, "Proxy Authentication Required"},
		{408, "Request Timeout"},
		{409, "Conflict"},
		{410, "Gone"},
		{411, "Length Required"},
		{412, "Precondition Failed"},
		{413, "Request Entity Too Large"},
		{414, "Request-URI Too Long"},
		{415, "Unsupported Media Type"},
		{416, "Requested Range Not Satisfiable"},
		{417, "Expectation Failed"},
		{418, "I'm a teapot (RFC 2324)"},
		{420, "Enhance Your Calm (Twitter)"},
		{422, "Unprocessable Entity (WebDAV)"},
		{423, "Locked (WebDAV)"},
		{424, "Failed Dependency (WebDAV)"},
		{425, "Too Early (WebDAV)"},
		{426, "Upgrade Required"},
		{428, "Precondition Required"},
		{429, "Too Many Requests"},
		{431, "Request Header Fields Too Large"},
		{444, "No Response (Nginx)"},
		{449, "Retry With (Microsoft)"},
		{450, "Blocked by Windows Parental Controls (Microsoft)"},
		{451, "Unavailable For Legal Reasons"},
		{499, "Client Closed Request (Nginx)"},
		{500, "Internal Server Error"},
		{501, "Not implemented"},
		{502, "Bad Gateway"},
		{503, "Service Unavailable"},
		{504, "Gateway Timeout"},
		{505, "HTTP Version Not Supported (Experimental)"},
		{506, "Variant Also Negotiates (Experimental)"},
		{507, "Insufficient Storage (WebDAV)"},
		{508, "Loop Detected (WebDAV)"},
		{510, "Not Extended"},
		{511, "Network Authentication Required"},
	}
}

// What the course text says differently from the registry has a note that says so, or a standing.
func TestStatusCodesOfTheCourseText(t *testing.T) {
	require.Len(t, courseText(), 67)
	for _, c := range courseText() {
		known, ok := c.code.Lookup()
		require.True(t, ok, "%d", c.code)
		name, remark, _ := strings.Cut(c.name, " (")
		name = strings.ReplaceAll(name, "- ", "-")
		remark = strings.TrimSuffix(remark, ")")
		same := strings.EqualFold(name, known.Reason) || known.Status == StatusUnused306
		// "WebDAV" is true of what WebDAV's documents define; the names of firms, of what nobody has registered.
		switch {
		case remark == "WebDAV":
			same = same && strings.Contains("2518 4918 5842", known.Ref.Doc)
		case strings.HasPrefix(remark, "Experimental"), strings.HasPrefix(remark, "experimental"):
			same = false
		case remark == "Deprecated", remark == "Unused":
			require.NotEqual(t, InUse, known.Standing)
		case remark == "Twitter", remark == "Nginx", remark == "Microsoft":
			require.Equal(t, Unregistered, known.Standing)
		}
		require.True(t, same || known.Note != "", "%d is %q in the course text and %q in the registry, and no note says so", c.code, c.name, known.Reason)
	}
}

var update = flag.Bool("update", false, "write docs/status-codes.md anew")

// docs/status-codes.md is the table of this package.
func TestStatusCodesAreInTheDocumentation(t *testing.T) {
	const file = "../docs/status-codes.md"
	var s strings.Builder
	s.WriteString("# Status codes\n\nThe codes that IANA's registry of HTTP status codes lists, and some that are seen without being in it. `/status/CODE` of `netlab up` answers with any of\n" +
		"them from 200 on, and says the same. Made from `http/statuscodes.go` by `go test ./http -run Documentation -update`.\n\n" +
		"| code | name | defined in | what it says | standing and notes |\n|---|---|---|---|---|\n")
	for _, c := range StatusCodes() {
		source := "-"
		if !c.Ref.IsZero() {
			source = c.Ref.String()
		}
		notes := c.Note
		if c.Standing != InUse {
			notes = strings.TrimSpace(strings.ToUpper(string(c.Standing[:1])) + string(c.Standing[1:]) + ". " + notes)
		}
		fmt.Fprintf(&s, "| %d | %s | %s | %s | %s |\n", c.Status, c.Reason, source, c.Doc, notes)
	}
	want := s.String()
	if *update {
		require.NoError(t, os.WriteFile(file, []byte(want), 0o644))
	}
	got, err := os.ReadFile(file)
	require.NoError(t, err)
	require.Equal(t, want, string(got))
}
