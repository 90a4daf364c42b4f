package http

import (
	"cmp"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"time"
)

// What a CookieJar keeps at most: the least that RFC 6265, Section 6.1 asks of a user agent.
const (
	maxCookie       = 4096 // octets of name, value and attributes
	maxDomainCookie = 50   // cookies of a domain
	maxCookies      = 3000
)

// CookieJar keeps the cookies of a user agent (RFC 6265, Section 5). The zero value is empty and works.
type CookieJar struct {
	// PublicSuffix returns the part of a name under which anybody can register names of his own: "co.uk" of "www.example.co.uk". Cookies for all of such a
	// part are refused. nil: only the last label counts as one.
	PublicSuffix func(name string) string

	cookies []jarCookie // in the order in which they were made
}

// jarCookie is a cookie that is kept. Its Domain is always set.
type jarCookie struct {
	SetCookie
	hostOnly bool
	used     time.Time
}

// Store takes the cookies of the response to a request for u.
func (j *CookieJar) Store(u *url.URL, h Header, now time.Time) {
	for i := range h {
		if !strings.EqualFold(h[i].Name, "Set-Cookie") || len(h[i].Value) > maxCookie {
			continue
		}
		if c, ok := ParseSetCookie(h[i].Value, now); ok {
			j.store(u, c, now)
		}
	}
}

// store is RFC 6265, Section 5.3.
func (j *CookieJar) store(u *url.URL, set SetCookie, now time.Time) {
	c := jarCookie{SetCookie: set, used: now}
	host := strings.ToLower(u.Hostname())
	if c.Domain != "" && j.isPublicSuffix(c.Domain) {
		if c.Domain != host {
			return
		}
		c.Domain = ""
	}
	if c.Domain == "" {
		c.Domain, c.hostOnly = host, true
	} else if !domainMatch(host, c.Domain) {
		return
	}
	if c.Path == "" {
		c.Path = defaultPath(u)
	}
	same := slices.IndexFunc(j.cookies, func(o jarCookie) bool {
		return o.Name == c.Name && o.Domain == c.Domain && o.Path == c.Path && o.hostOnly == c.hostOnly
	})
	switch expired := c.expired(now); {
	case same >= 0 && expired:
		j.cookies = slices.Delete(j.cookies, same, same+1)
	case same >= 0:
		j.cookies[same] = c // it keeps its place, and so its creation-time
	case !expired:
		j.makeRoom(c.Domain, now)
		j.cookies = append(j.cookies, c)
	}
}

// makeRoom removes what has expired, and of too many the one that was not used for longest.
func (j *CookieJar) makeRoom(domain string, now time.Time) {
	j.cookies = slices.DeleteFunc(j.cookies, func(c jarCookie) bool { return c.expired(now) })
	of := func(c jarCookie) bool { return c.Domain == domain }
	all := func(jarCookie) bool { return true }
	for _, bound := range []struct {
		counts func(jarCookie) bool
		most   int
	}{{of, maxDomainCookie}, {all, maxCookies}} {
		oldest, n := -1, 0
		for i, c := range j.cookies {
			if !bound.counts(c) {
				continue
			}
			if n++; oldest < 0 || c.used.Before(j.cookies[oldest].used) {
				oldest = i
			}
		}
		if n >= bound.most {
			j.cookies = slices.Delete(j.cookies, oldest, oldest+1)
		}
	}
}

// Cookies returns the value of the Cookie field of a request for u; "": it has none (RFC 6265, Section 5.4).
func (j *CookieJar) Cookies(u *url.URL, now time.Time) string {
	host, path := strings.ToLower(u.Hostname()), cmp.Or(u.EscapedPath(), "/")
	var send []SetCookie
	for i := range j.cookies {
		c := &j.cookies[i]
		if c.hostOnly && c.Domain != host || !c.hostOnly && !domainMatch(host, c.Domain) || !pathMatch(path, c.Path) || c.Secure && u.Scheme != "https" || c.expired(now) {
			continue
		}
		c.used = now
		send = append(send, c.SetCookie)
	}
	// Cookies with longer paths are listed before cookies with shorter paths; among cookies that have equal-length path fields, cookies with earlier creation-times are
	// listed before cookies with later creation-times. RFC 6265, Section 5.4
	slices.SortStableFunc(send, func(a, b SetCookie) int { return cmp.Compare(len(b.Path), len(a.Path)) })
	var s strings.Builder
	for i, c := range send {
		if i > 0 {
			s.WriteString("; ")
		}
		s.WriteString(c.Name + "=" + c.Value)
	}
	return s.String()
}

func (c *jarCookie) expired(now time.Time) bool { return !c.Expires.IsZero() && !c.Expires.After(now) }

func (j *CookieJar) isPublicSuffix(name string) bool {
	if j.PublicSuffix != nil {
		return j.PublicSuffix(name) == name
	}
	return !strings.Contains(name, ".")
}

// domainMatch is RFC 6265, Section 5.1.3.
func domainMatch(host, domain string) bool {
	if host == domain {
		return true
	}
	_, err := netip.ParseAddr(host)
	return err != nil && strings.HasSuffix(host, "."+domain)
}

// pathMatch is RFC 6265, Section 5.1.4.
func pathMatch(path, cookie string) bool {
	return path == cookie || strings.HasPrefix(path, cookie) && (strings.HasSuffix(cookie, "/") || path[len(cookie)] == '/')
}

// defaultPath is the path of u up to its last slash (RFC 6265, Section 5.1.4).
func defaultPath(u *url.URL) string {
	path := u.EscapedPath()
	i := strings.LastIndexByte(path, '/')
	if i <= 0 || path[0] != '/' {
		return "/"
	}
	return path[:i]
}
