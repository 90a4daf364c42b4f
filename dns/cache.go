package dns

import (
	"container/list"
	"strings"
	"time"

	codec "github.com/miekg/dns"
)

// Limits of a cache.
const (
	DefaultCacheEntries = 1000
	DefaultCacheOctets  = 1 << 20

	// MaxTTL is the longest time that a record is remembered, whatever it says. RFC 2181, Section 8 leaves the bound to the implementation.
	MaxTTL = 7 * 24 * time.Hour

	// MaxNegativeTTL is the longest time that it is remembered that something does not exist: "values of one to three hours have been found to
	// work well" (RFC 2308, Section 5).
	MaxNegativeTTL = 3 * time.Hour
)

// Cache remembers answers for as long as they say. When it is full it forgets what was not used for the longest time.
type Cache struct {
	entries  map[cacheKey]*list.Element // of *cached
	order    list.List                  // used last first
	octets   int
	most     int // entries
	room     int // octets
	counters CacheCounters
}

// cacheKey is a name with a type of records; type 0 stands for the name itself, which does not exist.
type cacheKey struct {
	name  string
	qtype uint16
}

// cached is what is remembered of a name.
type cached struct {
	cacheKey
	records []codec.RR // none: there are none of this type
	stored  time.Time
	expires time.Time
	octets  int
}

// CacheCounters say how a cache was used. They only grow.
type CacheCounters struct{ Hits, Misses, Stored, Expired, Evicted uint64 }

// Each calls f for every counter, in a fixed order, with its name in words.
func (c *CacheCounters) Each(f func(name string, n uint64)) {
	f("answers from the cache", c.Hits)
	f("questions that it could not answer", c.Misses)
	f("answers stored", c.Stored)
	f("answers that expired", c.Expired)
	f("answers that made room for others", c.Evicted)
}

// newCache returns an empty cache; 0 stands for the defaults.
func newCache(entries, octets int) *Cache {
	if entries == 0 {
		entries = DefaultCacheEntries
	}
	if octets == 0 {
		octets = DefaultCacheOctets
	}
	return &Cache{entries: map[cacheKey]*list.Element{}, most: entries, room: octets}
}

// Len returns how many answers are remembered, and in how many octets.
func (c *Cache) Len() (entries, octets int) { return len(c.entries), c.octets }

// get returns what is remembered of a name and type that has not expired. A name that does not exist has no records of any type
// (RFC 2308, Section 5).
func (c *Cache) get(now time.Time, name string, qtype uint16) (*cached, bool) {
	for _, key := range []cacheKey{{name, 0}, {name, qtype}, {name, codec.TypeCNAME}} {
		e := c.entries[key]
		if e == nil {
			continue
		}
		found := e.Value.(*cached)
		if !now.Before(found.expires) {
			c.remove(e)
			c.counters.Expired++
			continue
		}
		if key.qtype == codec.TypeCNAME && len(found.records) == 0 && qtype != codec.TypeCNAME {
			continue // that the name is no alias says nothing about other types
		}
		c.order.MoveToFront(e)
		return found, true
	}
	return nil, false
}

// put remembers the records of a name and type, or that there are none. A TTL of zero says to use an answer once and not to
// remember it (RFC 1035, Section 3.2.1).
func (c *Cache) put(now time.Time, name string, qtype uint16, records []codec.RR, ttl time.Duration) {
	key := cacheKey{name, qtype}
	if e := c.entries[key]; e != nil {
		c.remove(e)
	}
	octets := 100 + len(name) // what an entry takes besides its records, about
	for _, rr := range records {
		octets += 100 + codec.Len(rr)
	}
	if ttl <= 0 || octets > c.room {
		return
	}
	for len(c.entries) >= c.most || c.octets+octets > c.room {
		c.remove(c.order.Back())
		c.counters.Evicted++
	}
	c.entries[key] = c.order.PushFront(&cached{key, records, now, now.Add(ttl), octets})
	c.octets += octets
	c.counters.Stored++
}

func (c *Cache) remove(e *list.Element) {
	gone := c.order.Remove(e).(*cached)
	delete(c.entries, gone.cacheKey)
	c.octets -= gone.octets
}

// left returns the records with what is left of their time to live.
func (f *cached) left(now time.Time) []codec.RR {
	spent := uint32(now.Sub(f.stored) / time.Second)
	records := make([]codec.RR, len(f.records))
	for i, rr := range f.records {
		records[i] = codec.Copy(rr)
		records[i].Header().Ttl -= min(spent, records[i].Header().Ttl)
	}
	return records
}

// ttlOf returns how long a set of records may be remembered: as long as the record that says the least (RFC 2181, Section 5.2). "The
// value … received with the most significant bit set should be treated as if the entire value received was zero." Section 8, shortened
func ttlOf(records []codec.RR) time.Duration {
	ttl := MaxTTL
	for _, rr := range records {
		seconds := rr.Header().Ttl
		if seconds > 1<<31-1 {
			seconds = 0
		}
		ttl = min(ttl, time.Duration(seconds)*time.Second)
	}
	return ttl
}

// negativeTTL returns how long it may be remembered that a name, or records of a type, do not exist: the lesser of the minimum of the
// SOA record that came with the answer and its TTL (RFC 2308, Section 5). Without one it may not be remembered. 0: not at all.
func negativeTTL(name string, m *codec.Msg) time.Duration {
	for _, rr := range m.Ns {
		if soa, is := rr.(*codec.SOA); is && codec.IsSubDomain(strings.ToLower(soa.Hdr.Name), name) {
			return min(ttlOf([]codec.RR{soa}), time.Duration(soa.Minttl)*time.Second, MaxNegativeTTL)
		}
	}
	return 0
}
