package http

import (
	"strings"
	"time"
)

// imfFixdate is the preferred form of a date (RFC 9110, Section 5.6.7).
const imfFixdate = "Mon, 02 Jan 2006 15:04:05 GMT"

// AppendTime appends t as a date field has it: "Sun, 06 Nov 1994 08:49:37 GMT".
func AppendTime(b []byte, t time.Time) []byte { return t.UTC().AppendFormat(b, imfFixdate) }

// dateField is the Date field as it was sent last: within a second it is the same again.
type dateField struct {
	second int64
	line   []byte
}

func (d *dateField) field(now time.Time) []byte {
	if second := now.Unix(); second != d.second || d.line == nil {
		d.second = second
		d.line = append(AppendTime(append(d.line[:0], "Date: "...), now), "\r\n"...)
	}
	return d.line
}

// ParseTime reads a date of any of the three forms of RFC 9110, Section 5.6.7. false: it is none. now decides which century a year of two digits is of:
//
// Recipients of a timestamp value in rfc850-date format, which uses a two-digit year, MUST interpret a timestamp that appears to be more than 50 years in the future as
// representing the most recent year in the past that had the same last two digits. RFC 9110, Section 5.6.7
func ParseTime(s string, now time.Time) (time.Time, bool) {
	s = strings.Trim(s, " \t")
	if t, err := time.Parse(imfFixdate, s); err == nil {
		return t, true
	}
	if t, err := time.Parse(time.ANSIC, s); err == nil {
		return t, true
	}
	t, err := time.Parse("Monday, 02-Jan-06 15:04:05 GMT", s)
	if err != nil {
		return time.Time{}, false
	}
	at := func(year int) time.Time {
		return time.Date(year, t.Month(), t.Day(), t.Hour(), t.Minute(), t.Second(), 0, time.UTC)
	}
	year := (now.Year()/100+1)*100 + t.Year()%100
	for at(year).After(now.AddDate(50, 0, 0)) {
		year -= 100
	}
	return at(year), true
}
