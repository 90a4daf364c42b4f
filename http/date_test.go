package http

import (
	nethttp "net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// RFC 9110, Section 5.6.7
func TestDates(t *testing.T) {
	now := time.Date(2026, 11, 25, 0, 0, 0, 0, time.UTC)
	want := time.Date(1994, 11, 6, 8, 49, 37, 0, time.UTC)
	for _, s := range []string{"Sun, 06 Nov 1994 08:49:37 GMT", "Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994"} {
		got, ok := ParseTime(s, now)
		require.True(t, ok, s)
		require.Equal(t, want, got, s)
		theirs, err := nethttp.ParseTime(s)
		require.NoError(t, err)
		require.True(t, theirs.Equal(got))
	}
	require.Equal(t, "Sun, 06 Nov 1994 08:49:37 GMT", string(AppendTime(nil, want.In(time.FixedZone("east", 7200)))))
	for s, year := range map[string]int{
		"Thursday, 06-Nov-75 08:49:37 GMT":  2075,
		"Sunday, 06-Nov-77 08:49:37 GMT":    1977,
		"Tuesday, 29-Feb-00 08:49:37 GMT":   2000,
		"Wednesday, 25-Nov-76 00:00:00 GMT": 2076,
		"Wednesday, 25-Nov-76 00:00:01 GMT": 1976,
	} {
		got, ok := ParseTime(s, now)
		require.True(t, ok, s)
		require.Equal(t, year, got.Year(), s)
		require.NotEqual(t, time.March, got.Month())
	}
	for _, s := range []string{"", "0", "Sun, 06 Nov 1994 08:49:37 UTC", "Sun, 6 Nov 1994 08:49:37 GMT", "Sun, 31 Feb 1994 08:49:37 GMT", "06 Nov 1994 08:49:37 GMT"} {
		_, ok := ParseTime(s, now)
		require.False(t, ok, s)
	}
}
