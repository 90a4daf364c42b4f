package dns

import (
	"testing"
	"time"

	codec "github.com/miekg/dns"
	"github.com/stretchr/testify/require"
)

// RFC 2181, Section 5.2; RFC 1034, Section 5.3.3: what was learned is used until its time is up.
func TestTheCache(t *testing.T) {
	w := newWorld(t, Config{})
	_, err := w.lookup("www.lab", codec.TypeA)
	require.NoError(t, err)
	for _, name := range []string{"www.lab", "WWW.lab.", "h2.lab"} {
		a, err := w.lookup(name, codec.TypeA)
		require.NoError(t, err)
		require.True(t, a.Cached)
		require.Equal(t, "10.0.2.20", addrs(a))
	}
	w.now = w.now.Add(59 * time.Second)
	a, _ := w.lookup("h2.lab", codec.TypeA)
	require.True(t, a.Cached)
	require.Equal(t, uint32(1), a.Records[0].Header().Ttl, "what is left of 60 s")
	w.now = w.now.Add(time.Second)
	a, _ = w.lookup("www.lab", codec.TypeA)
	require.False(t, a.Cached, "the alias is known, what it stands for has expired")
	require.Equal(t, "10.0.2.20", addrs(a))
	require.Equal(t, []string{"10.0.0.53 udp+edns www.lab. A", "10.0.0.53 udp+edns h2.lab. A"}, w.asked)
	require.Equal(t, uint64(1), w.resolver.Cache().Counters().Expired)
}

// RFC 2308, Section 5: that there is nothing is remembered too, for as long as the SOA record says.
func TestNegativeAnswers(t *testing.T) {
	w := newWorld(t, Config{})
	for range 2 {
		_, err := w.lookup("nope.lab", codec.TypeA)
		require.ErrorIs(t, err, ErrNoName)
		_, err = w.lookup("h2.lab", codec.TypeMX)
		require.ErrorIs(t, err, ErrNoRecord)
		_, err = w.lookup("gone.lab", codec.TypeA)
		require.ErrorIs(t, err, ErrNoName)
	}
	_, err := w.lookup("nope.lab", codec.TypeAAAA)
	require.ErrorIs(t, err, ErrNoName, "a name that does not exist has no records of any type")
	require.Len(t, w.asked, 3)
	w.now = w.now.Add(time.Minute)
	_, _ = w.lookup("nope.lab", codec.TypeA)
	require.Len(t, w.asked, 4)

	// Without SOA record it is not remembered; and not for longer than three hours.
	w.servers[server("53")] = respond(func(m *codec.Msg) { m.Rcode = codec.RcodeNameError })
	_, _ = w.lookup("a.lab", codec.TypeA)
	_, _ = w.lookup("a.lab", codec.TypeA)
	require.Len(t, w.asked, 6)
	w.servers[server("53")] = respond(func(m *codec.Msg) {
		m.Rcode, m.Ns = codec.RcodeNameError, []codec.RR{rr(t, "lab. 2000000 SOA a. b. 1 1 1 1 1000000")}
	})
	_, _ = w.lookup("b.lab", codec.TypeA)
	w.now = w.now.Add(MaxNegativeTTL)
	_, _ = w.lookup("b.lab", codec.TypeA)
	require.Len(t, w.asked, 8)
	// The SOA record of a zone that the name is not in says nothing.
	w.servers[server("53")] = respond(func(m *codec.Msg) {
		m.Rcode, m.Ns = codec.RcodeNameError, []codec.RR{rr(t, "elsewhere. 600 SOA a. b. 1 1 1 1 600")}
	})
	_, _ = w.lookup("c.lab", codec.TypeA)
	_, _ = w.lookup("c.lab", codec.TypeA)
	require.Len(t, w.asked, 10)
}

// The memory of a cache has bounds: what was not used for the longest time makes room.
func TestTheCacheIsBounded(t *testing.T) {
	c := newCache(3, 10000)
	put := func(name string, records ...string) {
		var rrs []codec.RR
		for _, s := range records {
			rrs = append(rrs, rr(t, name+" 60 "+s))
		}
		c.put(epoch(), name, codec.TypeA, rrs, ttlOf(rrs))
	}
	has := func(name string) bool { _, ok := c.get(epoch(), name, codec.TypeA); return ok }
	put("a.", "A 1.1.1.1")
	put("b.", "A 1.1.1.1")
	put("c.", "A 1.1.1.1")
	require.True(t, has("a."))
	put("d.", "A 1.1.1.1")
	require.False(t, has("b."))
	require.True(t, has("a.") && has("c.") && has("d."))
	require.Equal(t, uint64(1), c.Counters().Evicted)

	c = newCache(0, 1000)
	put("a.", "A 1.1.1.1")
	put("b.", "A 1.1.1.1", "A 1.1.1.2", "A 1.1.1.3")
	put("c.", "A 1.1.1.1", "A 1.1.1.2", "A 1.1.1.3", "A 1.1.1.4")
	require.True(t, has("c."))
	require.False(t, has("a."))
	_, octets := c.Len()
	require.LessOrEqual(t, octets, 1000)
	put("e.", "A 1.1.1.1", "A 1.1.1.2", "A 1.1.1.3", "A 1.1.1.4", "A 1.1.1.5", "A 1.1.1.6", "A 1.1.1.7", "A 1.1.1.8")
	require.False(t, has("e."), "larger than all of the cache")
	require.True(t, has("c."))
}

// RFC 2181, Section 8, and RFC 1035, Section 3.2.1.
func TestTimesToLive(t *testing.T) {
	ttl := func(records ...string) time.Duration {
		var rrs []codec.RR
		for _, s := range records {
			rrs = append(rrs, rr(t, s))
		}
		return ttlOf(rrs)
	}
	require.Equal(t, 5*time.Second, ttl("a. 60 A 1.1.1.1", "a. 5 A 1.1.1.2"), "the least of a set: RFC 2181, Section 5.2")
	require.Equal(t, MaxTTL, ttl("a. 99999999 A 1.1.1.1"))
	require.Equal(t, MaxTTL, ttl("a. 2147483647 A 1.1.1.1"))
	require.Zero(t, ttl("a. 2147483648 A 1.1.1.1"), "the most significant bit is set")
	w := newWorld(t, Config{})
	w.servers[server("53")] = respond(func(m *codec.Msg) { m.Answer = []codec.RR{rr(t, "h2.lab. 0 A 10.0.2.20")} })
	for range 2 {
		a, err := w.lookup("h2.lab", codec.TypeA)
		require.NoError(t, err)
		require.False(t, a.Cached)
	}
	require.Contains(t, w.told[len(w.told)-1], "does not remember it")
}
