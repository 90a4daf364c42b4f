package dns

import (
	"errors"
	"net/netip"
	"strings"
	"testing"
	"time"

	codec "github.com/miekg/dns"
	"github.com/stretchr/testify/require"

	"netlab/trace"
)

// world is a resolver, the servers that it asks, and what is between them.
type world struct {
	t        *testing.T
	now      time.Time
	resolver *Resolver
	servers  map[netip.AddrPort]func(q Query, query *codec.Msg) [][]byte // nil: silence
	asked    []string                                                    // "10.0.0.53 udp h2.lab. A"
	told     []string
	draws    uint32
}

func server(n string) netip.AddrPort { return netip.MustParseAddrPort("10.0.0." + n + ":53") }

func newWorld(t *testing.T, c Config) *world {
	w := &world{t: t, now: epoch(), servers: map[netip.AddrPort]func(Query, *codec.Msg) [][]byte{}}
	if c.Servers == nil {
		c.Servers = []netip.AddrPort{server("53")}
	}
	tracer := trace.New("h1", func(e trace.Event) trace.ID { w.told = append(w.told, e.Text()); return 1 })
	w.resolver = NewResolver(c, w.random, tracer)
	lab := newLab(t)
	for _, s := range c.Servers {
		w.servers[s] = func(q Query, _ *codec.Msg) [][]byte {
			return [][]byte{lab.Answer(w.now, trace.Flow{}, q.Octets, q.TCP)}
		}
	}
	return w
}

func (w *world) random() uint32 { w.draws += 7; return w.draws * 2654435761 >> 8 }

// lookup runs a question to its end.
func (w *world) lookup(name string, qtype uint16) (Answer, error) {
	l := w.resolver.Lookup(w.now, name, qtype)
	for !l.Done() {
		if q, ok := l.Next(w.now); ok {
			w.deliver(l, q)
			continue
		}
		if l.Done() {
			break
		}
		require.True(w.t, l.Deadline().After(w.now), "it waits for something")
		w.now = l.Deadline()
		l.Advance(w.now)
	}
	return l.Result()
}

func (w *world) deliver(l *Lookup, q Query) {
	query := new(codec.Msg)
	require.NoError(w.t, query.Unpack(q.Octets))
	way := " udp "
	if q.TCP {
		way = " tcp "
	}
	if query.IsEdns0() != nil {
		way = way[:4] + "+edns "
	}
	w.asked = append(w.asked, q.Server.Addr().String()+way+query.Question[0].Name+" "+codec.TypeToString[query.Question[0].Qtype])
	for _, response := range w.servers[q.Server](q, query) {
		if response == nil {
			continue
		}
		w.now = w.now.Add(10 * time.Millisecond)
		l.Receive(w.now, q.Server, response)
	}
}

func addrs(a Answer) string {
	var s []string
	for _, addr := range a.Addrs() {
		s = append(s, addr.String())
	}
	return strings.Join(s, " ")
}

// respond returns a server that answers with what change makes of a bare response.
func respond(change func(m *codec.Msg)) func(Query, *codec.Msg) [][]byte {
	return func(_ Query, query *codec.Msg) [][]byte {
		m := new(codec.Msg)
		m.SetReply(query)
		change(m)
		b, _ := m.Pack()
		return [][]byte{b}
	}
}

func rr(t testing.TB, s string) codec.RR {
	r, err := codec.NewRR(s)
	require.NoError(t, err)
	return r
}

func TestALookup(t *testing.T) {
	w := newWorld(t, Config{})
	a, err := w.lookup("www.lab", codec.TypeA)
	require.NoError(t, err)
	require.Equal(t, "10.0.2.20", addrs(a))
	require.False(t, a.Cached)
	require.Equal(t, []string{"10.0.0.53 udp+edns www.lab. A"}, w.asked)
	require.Contains(t, w.told[0], "asks 10.0.0.53 in a datagram for A www.lab, with the random id ")
	require.Equal(t, "remembers h2.lab A: 10.0.2.20, for 60 s", w.told[len(w.told)-1])
}

// RFC 1035, Sections 4.2.1 and 7.2: other servers first, then each again with more patience.
func TestRetries(t *testing.T) {
	w := newWorld(t, Config{ExchangeConfig: ExchangeConfig{Servers: []netip.AddrPort{server("53"), server("54")}}})
	silent := func(Query, *codec.Msg) [][]byte { return nil }
	good := w.servers[server("54")]
	w.servers[server("53")], w.servers[server("54")] = silent, silent
	start := w.now
	_, err := w.lookup("h2.lab", codec.TypeA)
	require.ErrorIs(t, err, ErrTimeout)
	require.Equal(t, (2+2+4+4+8+8)*time.Second, w.now.Sub(start))
	var order []string
	for _, a := range w.asked {
		order = append(order, strings.Fields(a)[0])
	}
	require.Equal(t, "10.0.0.53 10.0.0.54 10.0.0.53 10.0.0.54 10.0.0.53 10.0.0.54", strings.Join(order, " "))

	w.servers[server("54")] = good
	a, err := w.lookup("h2.lab", codec.TypeA)
	require.NoError(t, err)
	require.Equal(t, "10.0.2.20", addrs(a))

	// A lost datagram costs one time-out.
	w = newWorld(t, Config{})
	good, lost := w.servers[server("53")], false
	w.servers[server("53")] = func(q Query, m *codec.Msg) [][]byte {
		if !lost {
			lost = true
			return nil
		}
		return good(q, m)
	}
	_, err = w.lookup("h2.lab", codec.TypeA)
	require.NoError(t, err)
	require.Equal(t, epoch().Add(2*time.Second+10*time.Millisecond), w.now)
	ids := w.told
	require.NotEqual(t, ids[0], ids[2], "each query has an id of its own")

	// One that cannot be reached is not waited for.
	l := w.resolver.Lookup(w.now, "mail.lab", codec.TypeA)
	_, ok := l.Next(w.now)
	require.True(t, ok)
	l.Fail(w.now, errors.New("port unreachable"))
	_, ok = l.Next(w.now)
	require.True(t, ok)
}

// RFC 2181, Section 9.
func TestTruncatedAnswersAreAskedForOverTCP(t *testing.T) {
	w := newWorld(t, Config{})
	a, err := w.lookup("big.lab", codec.TypeTXT)
	require.NoError(t, err)
	require.Len(t, a.Records, 1)
	require.Equal(t, []string{"10.0.0.53 udp+edns big.lab. TXT", "10.0.0.53 tcp+edns big.lab. TXT"}, w.asked)
}

// RFC 6891, Section 6.2.2: a server that does not know EDNS is asked without.
func TestServersWithoutEDNS(t *testing.T) {
	for _, rcode := range []int{codec.RcodeFormatError, codec.RcodeNotImplemented, codec.RcodeServerFailure} {
		w := newWorld(t, Config{})
		good := w.servers[server("53")]
		w.servers[server("53")] = func(q Query, m *codec.Msg) [][]byte {
			if m.IsEdns0() == nil {
				return good(q, m)
			}
			bad := &codec.Msg{}
			bad.Id, bad.Response, bad.Rcode = m.Id, true, rcode
			if rcode == codec.RcodeServerFailure {
				bad.Question = m.Question
			}
			b, _ := bad.Pack()
			return [][]byte{b}
		}
		a, err := w.lookup("h2.lab", codec.TypeA)
		require.NoError(t, err)
		require.Equal(t, "10.0.2.20", addrs(a))
		require.Equal(t, "10.0.0.53 udp h2.lab. A", w.asked[1])
	}
}

func TestServersThatCannotAnswer(t *testing.T) {
	w := newWorld(t, Config{ExchangeConfig: ExchangeConfig{Servers: []netip.AddrPort{server("53"), server("54")}, UDPSize: -1}})
	w.servers[server("53")] = respond(func(m *codec.Msg) { m.Rcode = codec.RcodeRefused })
	_, err := w.lookup("h2.lab", codec.TypeA)
	require.NoError(t, err)
	w.servers[server("53")] = respond(func(m *codec.Msg) { m.Ns = []codec.RR{rr(t, "lab. 60 NS ns.lab.")} })
	_, err = w.lookup("mail.lab", codec.TypeA)
	require.NoError(t, err, "RFC 2308, Section 2.2.1: a referral is no answer to a stub resolver")
	w.servers[server("53")] = respond(func(m *codec.Msg) { m.Rcode = codec.RcodeServerFailure })
	w.servers[server("54")] = w.servers[server("53")]
	before := len(w.asked)
	_, err = w.lookup("ns.lab", codec.TypeA)
	require.ErrorIs(t, err, ErrServer)
	require.ErrorContains(t, err, "server failure")
	require.Len(t, w.asked, before+2, "each is asked once")
}

// RFC 5452, Section 9.1: what does not match the query in all that it should is not believed.
func TestForgedAnswers(t *testing.T) {
	w := newWorld(t, Config{ExchangeConfig: ExchangeConfig{MixCase: true}})
	good := w.servers[server("53")]
	w.servers[server("53")] = func(q Query, m *codec.Msg) [][]byte {
		forge := func(change func(f *codec.Msg)) []byte {
			f := new(codec.Msg)
			f.SetReply(m)
			f.Answer = []codec.RR{rr(t, "h2.lab. 60 A 6.6.6.6")}
			change(f)
			b, _ := f.Pack()
			return b
		}
		return [][]byte{
			forge(func(f *codec.Msg) { f.Id++ }),
			forge(func(f *codec.Msg) { f.Question[0].Name = strings.ToUpper(f.Question[0].Name) }),
			forge(func(f *codec.Msg) { f.Question[0].Name = "h3.lab." }),
			forge(func(f *codec.Msg) { f.Question[0].Qtype = codec.TypeTXT }),
			forge(func(f *codec.Msg) { f.Question[0].Qclass = codec.ClassCHAOS }),
			forge(func(f *codec.Msg) { f.Question = nil }),
			forge(func(f *codec.Msg) { f.Response = false }),
			{1, 2, 3},
			good(q, m)[0],
		}
	}
	l := w.resolver.Lookup(w.now, "h2.lab", codec.TypeA)
	q, _ := l.Next(w.now)
	query := new(codec.Msg)
	require.NoError(t, query.Unpack(q.Octets))
	require.False(t, l.Receive(w.now, server("66"), good(q, query)[0]), "somebody else's")
	mistaken := l.exchange
	w.deliver(l, q)
	a, err := l.Result()
	require.NoError(t, err)
	require.Equal(t, "10.0.2.20", addrs(a))
	require.Equal(t, 9, mistaken.Mistaken())
}

// RFC 5452, Section 6: records that are no answer to the question do not get into the cache.
func TestRecordsAboutOtherNames(t *testing.T) {
	w := newWorld(t, Config{})
	w.servers[server("53")] = respond(func(m *codec.Msg) {
		m.Answer = []codec.RR{rr(t, "h2.lab. 60 A 10.0.2.20"), rr(t, "bank.lab. 60 A 6.6.6.6")}
		m.Extra = []codec.RR{rr(t, "bank.lab. 60 A 6.6.6.6")}
		m.Ns = []codec.RR{rr(t, "lab. 60 NS bank.lab.")}
	})
	_, err := w.lookup("h2.lab", codec.TypeA)
	require.NoError(t, err)
	entries, _ := w.resolver.Cache().Len()
	require.Equal(t, 1, entries)
}

// RFC 1034, Section 5.2.2: aliases are followed, over several answers if need be, but not for ever.
func TestAliases(t *testing.T) {
	w := newWorld(t, Config{})
	good := w.servers[server("53")]
	w.servers[server("53")] = func(q Query, m *codec.Msg) [][]byte {
		if m.Question[0].Name == "a.else." {
			return respond(func(m *codec.Msg) { m.Answer = []codec.RR{rr(t, "a.else. 60 CNAME www.lab.")} })(q, m)
		}
		return good(q, m)
	}
	a, err := w.lookup("a.else", codec.TypeA)
	require.NoError(t, err)
	require.Equal(t, "10.0.2.20", addrs(a))
	require.Len(t, a.Records, 3)
	require.Equal(t, []string{"10.0.0.53 udp+edns a.else. A", "10.0.0.53 udp+edns www.lab. A"}, w.asked)

	w.servers[server("53")] = respond(func(m *codec.Msg) {
		m.Answer = []codec.RR{rr(t, "x.lab. 60 CNAME y.lab."), rr(t, "y.lab. 60 CNAME x.lab.")}
	})
	_, err = w.lookup("x.lab", codec.TypeA)
	require.ErrorIs(t, err, ErrAliases)
	_, err = w.lookup("y.lab", codec.TypeA)
	require.ErrorIs(t, err, ErrAliases, "from the cache too")
}

func TestHostsAreKnownWithoutAsking(t *testing.T) {
	w := newWorld(t, Config{Hosts: map[string][]netip.Addr{"h9": {netip.MustParseAddr("10.0.0.9"), netip.MustParseAddr("fd00::9")}}})
	a, err := w.lookup("h9", codec.TypeA)
	require.NoError(t, err)
	require.Equal(t, "10.0.0.9", addrs(a))
	a, err = w.lookup("h9.", codec.TypeAAAA)
	require.NoError(t, err)
	require.Equal(t, "fd00::9", addrs(a))
	require.Empty(t, w.asked)
}

func TestNamesThatCannotBe(t *testing.T) {
	w := newWorld(t, Config{})
	_, err := w.lookup(strings.Repeat("a", 64)+".lab", codec.TypeA)
	require.ErrorContains(t, err, "is no name")
	w.resolver.cfg.Servers = nil
	_, err = w.lookup("h2.lab", codec.TypeA)
	require.ErrorIs(t, err, ErrTimeout)
}

// Whatever a server sends, a lookup ends, and the cache keeps within its bounds.
func FuzzLookup(f *testing.F) {
	q := new(codec.Msg)
	q.SetQuestion("www.lab.", codec.TypeA)
	q.Response = true
	q.Answer = []codec.RR{rr(f, "www.lab. 60 CNAME h2.lab."), rr(f, "h2.lab. 60 A 10.0.2.20")}
	b, _ := q.Pack()
	f.Add(b)
	f.Fuzz(func(t *testing.T, b []byte) {
		c := Config{ExchangeConfig: ExchangeConfig{Servers: []netip.AddrPort{server("53")}}, CacheEntries: 4}
		r := NewResolver(c, func() uint32 { return 1 }, nil)
		l := r.Lookup(epoch(), "www.lab", codec.TypeA)
		now := epoch()
		for range 100 {
			q, ok := l.Next(now)
			if l.Done() {
				entries, _ := r.Cache().Len()
				require.LessOrEqual(t, entries, 4)
				return
			}
			if ok && len(b) > 2 {
				copy(b, q.Octets[:2])
				l.Receive(now, q.Server, b)
				continue
			}
			now = l.Deadline()
			l.Advance(now)
		}
		t.Fatal("it does not end")
	})
}
