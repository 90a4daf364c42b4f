package dns

import (
	"errors"
	"fmt"
	"net/netip"
	"strings"
	"time"

	codec "github.com/miekg/dns"

	"netlab/trace"
	"netlab/wire"
)

// What a Lookup can find that is not an answer.
var (
	ErrNoName   = errors.New("dns: the name does not exist")
	ErrNoRecord = errors.New("dns: the name has no such record")
	ErrAliases  = errors.New("dns: too many aliases in a row")
)

// Config says how a resolver works. The zero value, with servers, means the defaults.
type Config struct {
	ExchangeConfig
	Hosts        map[string][]netip.Addr // names that are known without asking
	CacheEntries int                     // 0: DefaultCacheEntries
	CacheOctets  int                     // 0: DefaultCacheOctets
}

// Resolver finds out about names: from its list of hosts, from its cache, or by asking servers that find the answer for it. It is a stub
// resolver (RFC 1034, Section 5.3.1).
type Resolver struct {
	cfg    Config
	cache  *Cache
	random func() uint32
	trace  *trace.Tracer
}

// NewResolver returns a resolver with an empty cache. random gives the numbers that identifiers are made of.
func NewResolver(c Config, random func() uint32, t *trace.Tracer) *Resolver {
	return &Resolver{cfg: c, cache: newCache(c.CacheEntries, c.CacheOctets), random: random, trace: t}
}

// Cache returns what the resolver remembers.
func (r *Resolver) Cache() *Cache { return r.cache }

// Counters returns how the cache was used.
func (c *Cache) Counters() CacheCounters { return c.counters }

// Lookup is one question to a resolver until its answer is there: over all aliases on the way.
type Lookup struct {
	resolver *Resolver
	exchange *Exchange // with the servers, about the last alias so far; nil: the answer is there
	name     string    // canonical
	qtype    uint16
	aliases  int
	cached   bool // nothing was asked

	records []codec.RR // the chain of aliases, and at its end what was asked for
	err     error
}

// Answer is what a Lookup found.
type Answer struct {
	Records []codec.RR // the aliases first
	Cached  bool       // no server had to be asked
}

// Addrs returns the addresses among the records.
func (a Answer) Addrs() []netip.Addr {
	var addrs []netip.Addr
	for _, rr := range a.Records {
		var ip []byte
		switch rr := rr.(type) {
		case *codec.A:
			ip = rr.A.To4()
		case *codec.AAAA:
			ip = rr.AAAA
		}
		if addr, ok := netip.AddrFromSlice(ip); ok {
			addrs = append(addrs, addr)
		}
	}
	return addrs
}

// Lookup begins to look for the records of a type that a name has.
func (r *Resolver) Lookup(now time.Time, name string, qtype uint16) *Lookup {
	l := &Lookup{resolver: r, name: codec.CanonicalName(name), qtype: qtype, cached: true}
	if records := r.fromHosts(name, qtype); records != nil {
		l.records = records
		return l
	}
	l.proceed(now)
	return l
}

// fromHosts returns the addresses that the list of hosts has for a name.
func (r *Resolver) fromHosts(name string, qtype uint16) []codec.RR {
	var records []codec.RR
	for _, a := range r.cfg.Hosts[strings.TrimSuffix(name, ".")] {
		head := codec.RR_Header{Name: codec.Fqdn(name), Rrtype: qtype, Class: codec.ClassINET}
		switch {
		case a.Is4() && qtype == codec.TypeA:
			records = append(records, &codec.A{Hdr: head, A: a.AsSlice()})
		case a.Is6() && qtype == codec.TypeAAAA:
			records = append(records, &codec.AAAA{Hdr: head, AAAA: a.AsSlice()})
		}
	}
	return records
}

// proceed follows what the cache knows of the name, and asks the servers for what it does not.
func (l *Lookup) proceed(now time.Time) {
	r := l.resolver
	for {
		found, ok := r.cache.get(now, l.name, l.qtype)
		if !ok {
			r.cache.counters.Misses++
			l.cached = false
			l.exchange = NewExchange(l.name, l.qtype, r.cfg.ExchangeConfig, r.random, r.trace)
			l.settle(now)
			return
		}
		r.cache.counters.Hits++
		r.tellCached(now, l, found)
		switch {
		case found.qtype == 0:
			l.err = fmt.Errorf("%w: %s", ErrNoName, Shown(l.name))
			return
		case len(found.records) == 0:
			l.err = fmt.Errorf("%w: %s of %s", ErrNoRecord, nameOf(typeNames(), l.qtype, "TYPE"), Shown(l.name))
			return
		}
		l.records = append(l.records, found.left(now)...)
		if found.qtype == l.qtype {
			return
		}
		if !l.follow(found.records[0].(*codec.CNAME)) {
			return
		}
	}
}

// follow goes on with the name that an alias stands for. false: there were too many.
func (l *Lookup) follow(alias *codec.CNAME) bool {
	if l.aliases++; l.aliases > maxAliases {
		l.err = fmt.Errorf("%w: more than %d, the last one %s", ErrAliases, maxAliases, Shown(l.name))
		l.exchange = nil
		return false
	}
	l.name = codec.CanonicalName(alias.Target)
	return true
}

// Next returns a query to send now. false: there is none.
func (l *Lookup) Next(now time.Time) (Query, bool) {
	if l.exchange == nil {
		return Query{}, false
	}
	q, ok := l.exchange.Next(now)
	l.settle(now)
	return q, ok
}

// Deadline is when to call Advance; zero: never.
func (l *Lookup) Deadline() time.Time {
	if l.exchange == nil {
		return time.Time{}
	}
	return l.exchange.Deadline()
}

// Advance gives up waiting for a server if it is time.
func (l *Lookup) Advance(now time.Time) {
	if l.exchange != nil {
		l.exchange.Advance(now)
		l.settle(now)
	}
}

// Fail says that a query could not be sent, or that an error came back.
func (l *Lookup) Fail(now time.Time, err error) {
	if l.exchange != nil {
		l.exchange.Fail(now, err)
		l.settle(now)
	}
}

// Receive takes a message that came from a server and reports whether it was for this question.
func (l *Lookup) Receive(now time.Time, from netip.AddrPort, message []byte) bool {
	if l.exchange == nil || !l.exchange.Receive(now, from, message) {
		return false
	}
	l.settle(now)
	return true
}

// Done reports whether the answer is there.
func (l *Lookup) Done() bool { return l.exchange == nil }

// Result returns the answer. The error wraps ErrNoName, ErrNoRecord, ErrAliases, ErrTimeout or ErrServer.
func (l *Lookup) Result() (Answer, error) {
	return Answer{Records: l.records, Cached: l.cached}, l.err
}

// settle takes what the servers said, once they have.
func (l *Lookup) settle(now time.Time) {
	if l.exchange == nil || !l.exchange.Done() {
		return
	}
	response, err := l.exchange.Result()
	l.exchange = nil
	if err != nil {
		l.err = err
		return
	}
	if l.learn(now, response.Message) {
		l.proceed(now) // the rest of a chain that the servers did not follow to its end
	}
}

func (r *Resolver) tellCached(now time.Time, l *Lookup, found *cached) {
	if !r.trace.On() {
		return
	}
	what, ref := Words(found.records), wire.RFC("1034", "5.3.3")
	if len(found.records) == 0 {
		what, ref = "there is none", wire.RFC("2308", "6")
	}
	r.trace.Emit(trace.Event{
		At: now, Kind: trace.Note, Ref: ref, Args: [4]int64{int64(found.expires.Sub(now) / time.Second)},
		Say: literal("remembers "+nameOf(typeNames(), l.qtype, "TYPE")+" "+Shown(l.name)+": "+what) + ", for %d s more",
	})
}
