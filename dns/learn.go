package dns

import (
	"fmt"
	"time"

	codec "github.com/miekg/dns"

	"netlab/trace"
	"netlab/wire"
)

// learn takes from a response what answers the question, and nothing else: records about other names are not believed, whoever sends
// them (RFC 5452, Section 6). It reports whether another question has to be asked: about a name that an alias stands for.
func (l *Lookup) learn(now time.Time, m *codec.Msg) (unfinished bool) {
	if m.Rcode != codec.RcodeSuccess && m.Rcode != codec.RcodeNameError {
		l.err = fmt.Errorf("%w: %s", ErrServer, nameOf(rcodeNames(), uint16(m.Rcode), "code "))
		return false
	}
	r := l.resolver
	followed := 0
	for {
		if found := records(m, l.name, l.qtype); found != nil {
			l.records = append(l.records, found...)
			r.remember(now, l.name, l.qtype, found, ttlOf(found))
			return false
		}
		alias := records(m, l.name, codec.TypeCNAME)
		if alias == nil {
			break
		}
		l.records = append(l.records, alias[0])
		r.remember(now, l.name, codec.TypeCNAME, alias[:1], ttlOf(alias[:1]))
		if !l.follow(alias[0].(*codec.CNAME)) {
			return false
		}
		followed++
	}
	// After a chain of aliases it is the last name that does not exist, or has no such record (RFC 2308, Section 2.1).
	switch ttl := negativeTTL(l.name, m); {
	case m.Rcode == codec.RcodeNameError:
		l.err = fmt.Errorf("%w: %s", ErrNoName, Shown(l.name))
		r.remember(now, l.name, 0, nil, ttl)
	case followed > 0 && ttl == 0:
		return true
	default:
		l.err = fmt.Errorf("%w: %s of %s", ErrNoRecord, nameOf(typeNames(), l.qtype, "TYPE"), Shown(l.name))
		r.remember(now, l.name, l.qtype, nil, ttl)
	}
	return false
}

// records returns the answers of a message that are of a type and about a name.
func records(m *codec.Msg, name string, qtype uint16) []codec.RR {
	var found []codec.RR
	for _, rr := range m.Answer {
		head := rr.Header()
		if head.Rrtype == qtype && head.Class == codec.ClassINET && codec.CanonicalName(head.Name) == name {
			found = append(found, rr)
		}
	}
	return found
}

// remember puts an answer into the cache and says for how long.
func (r *Resolver) remember(now time.Time, name string, qtype uint16, found []codec.RR, ttl time.Duration) {
	r.cache.put(now, name, qtype, found, ttl)
	if !r.trace.On() {
		return
	}
	what, ref := Shown(name)+" "+nameOf(typeNames(), qtype, "TYPE")+": "+Words(found), wire.RFC("1034", "5.3.3")
	switch {
	case qtype == 0:
		what, ref = "that "+Shown(name)+" does not exist", wire.RFC("2308", "5")
	case len(found) == 0:
		what, ref = "that "+Shown(name)+" has no "+nameOf(typeNames(), qtype, "TYPE")+" record", wire.RFC("2308", "5")
	}
	say := literal("remembers "+what) + ", for %d s"
	if ttl <= 0 {
		say = literal("learns "+what) + ", and does not remember it: its time to live is 0"
	}
	r.trace.Emit(trace.Event{At: now, Kind: trace.Note, Ref: ref, Say: say, Args: [4]int64{int64(ttl / time.Second)}})
}
