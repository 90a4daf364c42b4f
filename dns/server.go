package dns

import (
	"encoding/binary"
	"fmt"
	"strings"
	"time"

	codec "github.com/miekg/dns"

	"netlab/trace"
	"netlab/wire"
)

// Sizes of messages over UDP, in octets.
const (
	// MinUDP is the largest message to or from whoever says nothing else: "Messages carried by UDP are restricted to 512 bytes (not
	// counting the IP or UDP headers)." RFC 1035, Section 4.2.1
	MinUDP = 512

	// DefaultUDP is what this package's resolver takes and its server gives: it fits into a packet of 1280 octets, which IPv6
	// carries everywhere, so that nothing is fragmented.
	DefaultUDP = 1232
)

// Server answers questions about its zones, and about nothing else.
type Server struct {
	zones    []*Zone
	size     int
	trace    *trace.Tracer
	counters ServerCounters
	event    trace.ID // the newest one
}

// ServerConfig says how a server answers. The zero value means the defaults.
type ServerConfig struct {
	UDPSize int // the largest message over UDP, in octets; 0: DefaultUDP
}

// ServerCounters say what became of the messages that a server got. They only grow.
type ServerCounters struct {
	Answered, Truncated, NoName, Refused, Malformed, Ignored uint64
}

// Each calls f for every counter, in a fixed order, with its name in words.
func (c *ServerCounters) Each(f func(name string, n uint64)) {
	f("questions answered", c.Answered)
	f("answers truncated", c.Truncated)
	f("names that do not exist", c.NoName)
	f("refused", c.Refused)
	f("malformed", c.Malformed)
	f("ignored: not a question", c.Ignored)
}

// NewServer returns a server for zones.
func NewServer(zones []*Zone, c ServerConfig, t *trace.Tracer) *Server {
	if c.UDPSize == 0 {
		c.UDPSize = DefaultUDP
	}
	return &Server{zones: zones, size: c.UDPSize, trace: t}
}

// Counters returns what became of the messages so far.
func (s *Server) Counters() ServerCounters { return s.counters }

// Why returns why the newest answer is sent; the zero Reason if nobody listens.
func (s *Server) Why() trace.Reason {
	if !s.trace.On() {
		return trace.Reason{}
	}
	return trace.Reason{Cause: s.event, Say: "sends the answer to where the question came from", Ref: wire.RFC("2181", "4.1")}
}

// Answer returns the response to a message that came from a client; nil: none. Over UDP it fits into what the client takes, over
// TCP into 65,535 octets.
func (s *Server) Answer(now time.Time, flow trace.Flow, message []byte, tcp bool) []byte {
	// What is no question gets no answer: two servers that answer each other's answers would never end.
	if len(message) < headerLen || message[2]&0x80 != 0 {
		s.counters.Ignored++
		return nil
	}
	query := new(codec.Msg)
	err := query.Unpack(message)
	response := new(codec.Msg)
	response.Id, response.Response = binary.BigEndian.Uint16(message), true
	response.Opcode, response.RecursionDesired = int(message[2]>>3&0x0f), message[2]&0x01 != 0
	limit := 0xffff
	if !tcp {
		limit = MinUDP
	}
	said := ""
	switch {
	case response.Opcode != codec.OpcodeQuery:
		response.Rcode, said = codec.RcodeNotImplemented, "a kind of query that it does not implement"
		s.counters.Refused++
	case err != nil || len(query.Question) != 1:
		response.Rcode, said = codec.RcodeFormatError, "a message that it cannot read"
		s.counters.Malformed++
	default:
		response.Question = query.Question
		said = s.respond(query, response, &limit, tcp)
	}
	b := s.pack(response, limit)
	s.tell(now, flow, query, response, said)
	return b
}

// respond fills a response to a well-formed query and returns what is special about it, in words. limit becomes what the client takes.
func (s *Server) respond(query, response *codec.Msg, limit *int, tcp bool) string {
	if opts := optsOf(query); len(opts) > 0 {
		// "If an OPT record is present in a received request, compliant responders MUST include an OPT record in their respective
		// responses." RFC 6891, Section 6.1.1
		own := &codec.OPT{Hdr: codec.RR_Header{Name: ".", Rrtype: codec.TypeOPT}}
		own.SetUDPSize(uint16(s.size))
		own.SetDo(opts[0].Do())
		response.Extra = []codec.RR{own}
		if !tcp {
			// "Values lower than 512 MUST be treated as equal to 512." RFC 6891, Section 6.2.3
			*limit = min(max(MinUDP, int(opts[0].UDPSize())), max(MinUDP, s.size))
		}
		switch {
		case len(opts) > 1: // "If a query message with more than one OPT RR is received, a FORMERR (RCODE=1) MUST be returned." Section 6.1.1
			response.Rcode = codec.RcodeFormatError
			s.counters.Malformed++
			return "a message with two OPT records"
		case opts[0].Version() != 0:
			response.Rcode = codec.RcodeBadVers
			s.counters.Refused++
			return "a version of EDNS that it does not know"
		}
	}
	q := query.Question[0]
	zone := s.zoneOf(codec.CanonicalName(q.Name))
	if zone == nil || q.Qclass != codec.ClassINET || q.Qtype == codec.TypeAXFR || q.Qtype == codec.TypeIXFR {
		response.Rcode = codec.RcodeRefused
		s.counters.Refused++
		return "a question about what is not its own"
	}
	a := zone.answer(codec.CanonicalName(q.Name), q.Qtype)
	response.Rcode, response.Authoritative = a.rcode, a.authoritative
	response.Answer, response.Ns = a.records, a.authority
	response.Extra = append(a.additional[:len(a.additional):len(a.additional)], response.Extra...)
	if a.rcode == codec.RcodeNameError {
		s.counters.NoName++
	}
	s.counters.Answered++
	return ""
}

// zoneOf returns the zone nearest to a name.
func (s *Server) zoneOf(name string) *Zone {
	var best *Zone
	for _, z := range s.zones {
		if z.covers(name) && (best == nil || len(z.origin) > len(best.origin)) {
			best = z
		}
	}
	return best
}

// optsOf returns the OPT records of a message.
func optsOf(m *codec.Msg) []*codec.OPT {
	var opts []*codec.OPT
	for _, rr := range m.Extra {
		if opt, is := rr.(*codec.OPT); is {
			opts = append(opts, opt)
		}
	}
	return opts
}

// pack returns the response in at most limit octets. What is only additional is left out first; if then something is still too much, the
// client is told with the TC bit to ask over TCP: "The TC bit should be set in responses only when an RRSet is required as a part of the
// response, but could not be included in its entirety." RFC 2181, Section 9
func (s *Server) pack(response *codec.Msg, limit int) []byte {
	response.Compress = true
	if response.Len() > limit {
		var extra []codec.RR
		for _, opt := range optsOf(response) {
			extra = append(extra, opt)
		}
		response.Extra = extra
	}
	if response.Len() > limit {
		s.counters.Truncated++
		response.Truncate(limit)
	}
	b, err := response.Pack()
	if err != nil || len(b) > limit {
		// The zone holds what cannot be put into a message.
		failure := &codec.Msg{}
		failure.Id, failure.Response, failure.Rcode, failure.Question = response.Id, true, codec.RcodeServerFailure, response.Question
		b, _ = failure.Pack()
	}
	return b
}

// tell says what was answered, and why.
func (s *Server) tell(now time.Time, flow trace.Flow, query, response *codec.Msg, said string) {
	if !s.trace.On() {
		return
	}
	text, ref := "", wire.RFC("1034", "4.3.2")
	asked := ""
	if len(query.Question) == 1 {
		asked = question(query.Question[0])
	}
	switch {
	case said != "":
		text = fmt.Sprintf("answers %s: %s", said, nameOf(rcodeNames(), uint16(response.Rcode), "code "))
		ref = wire.RFC("1035", "4.1.1")
	case response.Rcode == codec.RcodeNameError:
		text, ref = fmt.Sprintf("finds no name %s in its zone", Shown(query.Question[0].Name)), wire.RFC("2308", "2.1")
	case response.Truncated:
		text, ref = "has an answer to "+asked+" that is too long for a datagram, and says so", wire.RFC("2181", "9")
	case len(response.Answer) == 0 && response.Authoritative:
		text, ref = "knows the name, but has no records for "+asked, wire.RFC("2308", "2.2")
	case len(response.Answer) == 0:
		text = "does not answer " + asked + " itself: it names the servers that it has delegated the name to"
	default:
		text = fmt.Sprintf("answers %s from its zone: %s", asked, Words(response.Answer))
	}
	s.event = s.trace.Emit(trace.Event{At: now, Kind: trace.Note, Flow: flow, Say: literal(text), Ref: ref})
}

// question returns a question in words: "A h2.lab".
func question(q codec.Question) string {
	return nameOf(typeNames(), q.Qtype, "TYPE") + " " + Shown(q.Name)
}

// Words returns the data of records, of the first few.
func Words(records []codec.RR) string {
	const most = 2
	var parts []string
	for _, rr := range records[:min(most, len(records))] {
		parts = append(parts, Shown(data(rr)))
	}
	s := strings.Join(parts, ", ")
	if len(records) > most {
		s += fmt.Sprintf(" and %d more", len(records)-most)
	}
	return s
}

// data returns what a record says, as in a master file, but no more than a sentence can hold.
func data(rr codec.RR) string {
	s := strings.TrimPrefix(rr.String(), rr.Header().String())
	const most = 40
	if len(s) > most {
		s = s[:most] + "…"
	}
	return s
}

// literal makes text a format that says it.
func literal(text string) string { return strings.ReplaceAll(text, "%", "%%") }
