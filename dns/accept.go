package dns

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"time"

	codec "github.com/miekg/dns"

	"netlab/trace"
	"netlab/wire"
)

// Receive takes a message that came from a server and reports whether it answers the question; it is ignored if it does not: then
// it is a late answer to something else, or a forgery, and the right answer may still come.
func (x *Exchange) Receive(now time.Time, from netip.AddrPort, message []byte) bool {
	if x.Done() || x.pending {
		return false
	}
	m, wrong := x.matches(from, message)
	if wrong != "" {
		x.mistaken++
		x.tellIgnored(now, from, wrong)
		return false
	}
	x.accept(now, from, m, len(message))
	return true
}

// matches reads a message and says why it is no answer to the query: "A resolver implementation MUST match responses to all of the following
// attributes of the query: - Source address against query destination address, … - Query ID, - Query name, - Query class and type, before
// applying DNS trustworthiness rules." RFC 5452, Section 9.1, shortened
func (x *Exchange) matches(from netip.AddrPort, message []byte) (*codec.Msg, string) {
	m := new(codec.Msg)
	switch err := m.Unpack(message); {
	case from != x.server():
		return nil, "it comes from somebody else"
	case err != nil:
		return nil, "it is malformed"
	case !m.Response || m.Opcode != codec.OpcodeQuery:
		return nil, "it is no response to a query"
	case m.Id != x.query.Id:
		return nil, fmt.Sprintf("its id is %d, not %d", m.Id, x.query.Id)
	}
	// Whoever finds the query malformed may not have read the question.
	if len(m.Question) == 0 && (m.Rcode == codec.RcodeFormatError || m.Rcode == codec.RcodeNotImplemented) {
		return m, ""
	}
	if len(m.Question) != 1 || !x.sameQuestion(m.Question[0]) {
		return nil, "it repeats another question"
	}
	return m, ""
}

func (x *Exchange) sameQuestion(q codec.Question) bool {
	asked := x.query.Question[0]
	same := strings.EqualFold(q.Name, asked.Name)
	if x.cfg.MixCase {
		same = q.Name == asked.Name
	}
	return same && q.Qtype == asked.Qtype && q.Qclass == asked.Qclass
}

// accept deals with a response to the query.
func (x *Exchange) accept(now time.Time, from netip.AddrPort, m *codec.Msg, octets int) {
	switch {
	case m.Truncated && !x.tcp && !x.cfg.NoTCP:
		// "When a DNS client receives a reply with TC set, it should ignore that response, and query again, using a mechanism,
		// such as a TCP connection, that will permit larger replies." RFC 2181, Section 9
		x.tcp = true
		x.again(now, "asks again over TCP: the answer is too long for a datagram", wire.RFC("2181", "9"))
	case x.edns && refusesEDNS(m):
		// A server of the time before EDNS does not know the OPT record. RFC 6891, Section 6.2.2
		x.edns = false
		x.again(now, "asks again without EDNS: the server does not understand it", wire.RFC("6891", "6.2.2"))
	case m.Rcode != codec.RcodeSuccess && m.Rcode != codec.RcodeNameError && !x.lastChance():
		x.failed(now, m)
	case isReferral(m) && !x.cfg.NoRecursion && !x.lastChance():
		x.refusals++
		x.next(now, fmt.Errorf("%w: %v refers to other servers", ErrServer, x.server()), "asks another server: this one only names others", wire.RFC("2308", "2.2.1"))
	default:
		x.response, x.octets, x.from, x.took = m, octets, from, now.Sub(x.sent)
	}
}

// lastChance reports whether this is the last try, or the last server that has not yet failed to help: then its answer counts, whatever
// it is.
func (x *Exchange) lastChance() bool {
	return x.attempt+1 >= x.cfg.Rounds*len(x.cfg.Servers) || x.refusals+1 >= len(x.cfg.Servers)
}

// failed goes on with another server.
func (x *Exchange) failed(now time.Time, m *codec.Msg) {
	x.refusals++
	code := nameOf(rcodeNames(), uint16(m.Rcode), "code ")
	x.next(now, fmt.Errorf("%w: %v says: %s", ErrServer, x.server(), code), "asks another server: this one says "+code, wire.RFC("1035", "7.3"))
}

// refusesEDNS reports whether a response to a query with an OPT record shows that the server does not know it.
func refusesEDNS(m *codec.Msg) bool {
	refusal := []int{codec.RcodeFormatError, codec.RcodeNotImplemented, codec.RcodeServerFailure}
	return m.IsEdns0() == nil && slices.Contains(refusal, m.Rcode) || m.Rcode == codec.RcodeBadVers
}

// isReferral reports whether a response only names other servers: its authority section has NS records and no SOA record, and it is not
// authoritative (RFC 2308, Section 2.2).
func isReferral(m *codec.Msg) bool {
	ns := false
	for _, rr := range m.Ns {
		switch rr.(type) {
		case *codec.SOA:
			return false
		case *codec.NS:
			ns = true
		}
	}
	return ns && !m.Authoritative && m.Rcode == codec.RcodeSuccess && len(m.Answer) == 0
}

func (x *Exchange) tellIgnored(now time.Time, from netip.AddrPort, wrong string) {
	if x.trace.On() {
		x.trace.Emit(trace.Event{
			At: now, Kind: trace.Note, Flow: trace.Flow{Remote: from}, Ref: wire.RFC("5452", "9.1"),
			Say: literal("does not believe a message that came for " + question(x.question) + ": " + wrong),
		})
	}
}

// Mistaken returns how many messages came that did not answer the question.
func (x *Exchange) Mistaken() int { return x.mistaken }
