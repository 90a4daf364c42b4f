package dns

import (
	"errors"
	"fmt"
	"net/netip"
	"time"

	codec "github.com/miekg/dns"

	"netlab/trace"
	"netlab/wire"
)

// How a question can fail.
var (
	ErrTimeout = errors.New("dns: no name server answers")
	ErrServer  = errors.New("dns: the name servers cannot answer")
)

// ExchangeConfig says how servers are asked. The zero value means the defaults.
type ExchangeConfig struct {
	Servers []netip.AddrPort // asked in this order
	Timeout time.Duration    // for the first round over them; each further round has twice as long. 0: 2 s
	Rounds  int              // 0: 3
	UDPSize int              // what is advertised by EDNS, in octets; 0: DefaultUDP; below 0: EDNS is not used
	TCP     bool             // ask over TCP from the start
	NoTCP   bool             // take truncated answers as they are

	// NoRecursion asks the servers for what they know themselves.
	NoRecursion bool

	// MixCase writes each letter of the name in upper or lower case by chance. A server repeats the question as it is, so a
	// forger has to guess that too.
	MixCase bool
}

// "Depending on how well connected the client is to its expected servers, the minimum retransmission interval should be 2-5
// seconds." RFC 1035, Section 4.2.1
const (
	defaultTimeout = 2 * time.Second
	defaultRounds  = 3
)

func (c ExchangeConfig) withDefaults() ExchangeConfig {
	if c.Timeout == 0 {
		c.Timeout = defaultTimeout
	}
	if c.Rounds == 0 {
		c.Rounds = defaultRounds
	}
	if c.UDPSize == 0 {
		c.UDPSize = DefaultUDP
	}
	return c
}

// Exchange is one question and its way to an answer: to which server, over which transport, how often, and which response is
// believed.
type Exchange struct {
	cfg      ExchangeConfig
	question codec.Question
	random   func() uint32
	trace    *trace.Tracer

	attempt  int // counts tries of servers
	edns     bool
	tcp      bool
	pending  bool // a query is to be sent
	query    *codec.Msg
	sent     time.Time
	deadline time.Time

	response *codec.Msg
	octets   int            // of the response
	from     netip.AddrPort // the server that sent it
	took     time.Duration
	err      error
	last     error // what the server that was asked last did wrong
	mistaken int
	refusals int // servers that answered, but not the question
}

// Query is what an Exchange has to send.
type Query struct {
	Server netip.AddrPort
	TCP    bool // over a connection; else in a datagram, from a port of its own that nobody can guess (RFC 5452, Section 9.2)
	Octets []byte
	Why    trace.Reason // the zero Reason if nobody listens
}

// NewExchange returns an exchange that will ask for the records of a type that a name has. random gives the numbers that identifiers
// are made of.
func NewExchange(name string, qtype uint16, c ExchangeConfig, random func() uint32, t *trace.Tracer) *Exchange {
	x := &Exchange{
		cfg: c.withDefaults(), random: random, trace: t, tcp: c.TCP, pending: true,
		question: codec.Question{Name: codec.Fqdn(name), Qtype: qtype, Qclass: codec.ClassINET},
	}
	x.edns = x.cfg.UDPSize > 0
	switch _, ok := codec.IsDomainName(name); {
	case !ok:
		x.err = fmt.Errorf("dns: %q is no name: labels have at most 63 octets, names 255", name)
	case len(x.cfg.Servers) == 0:
		x.err = fmt.Errorf("%w: none is known", ErrTimeout)
	}
	return x
}

// Done reports whether there is a response, or nothing more to try.
func (x *Exchange) Done() bool { return x.err != nil || x.response != nil }

// Result returns the response and how it came. The error wraps ErrTimeout or ErrServer.
func (x *Exchange) Result() (Response, error) {
	if x.err != nil {
		return Response{}, x.err
	}
	return Response{Message: x.response, Octets: x.octets, Server: x.from, TCP: x.tcp, Took: x.took}, nil
}

// Response is the message that answered a question.
type Response struct {
	Message *codec.Msg
	Octets  int // its length as it came
	Server  netip.AddrPort
	TCP     bool
	Took    time.Duration // from the query that it answers
}

// Deadline is when to call Advance; zero: never.
func (x *Exchange) Deadline() time.Time {
	if x.Done() || x.pending {
		return time.Time{}
	}
	return x.deadline
}

// server is the one that is asked now.
func (x *Exchange) server() netip.AddrPort {
	return x.cfg.Servers[x.attempt%len(x.cfg.Servers)]
}

// Next returns a query to send now. false: there is none.
func (x *Exchange) Next(now time.Time) (Query, bool) {
	if x.Done() || !x.pending {
		return Query{}, false
	}
	x.pending = false
	x.query = &codec.Msg{}
	x.query.Id = uint16(x.random())
	x.query.RecursionDesired = !x.cfg.NoRecursion
	x.query.Question = []codec.Question{x.question}
	if x.cfg.MixCase {
		x.query.Question[0].Name = x.mixed(x.question.Name)
	}
	if x.edns {
		x.query.SetEdns0(uint16(x.cfg.UDPSize), false)
	}
	b, err := x.query.Pack()
	if err != nil {
		x.err = fmt.Errorf("dns: %q cannot be asked for: %w", x.question.Name, err)
		return Query{}, false
	}
	x.sent = now
	x.deadline = now.Add(x.cfg.Timeout << (x.attempt / len(x.cfg.Servers)))
	return Query{Server: x.server(), TCP: x.tcp, Octets: b, Why: x.tellQuery(now)}, true
}

// mixed returns a name with letters in either case.
func (x *Exchange) mixed(name string) string {
	b := []byte(name)
	for i, c := range b {
		if c |= 0x20; c >= 'a' && c <= 'z' && x.random()&1 == 0 {
			b[i] ^= 0x20
		}
	}
	return string(b)
}

// Advance gives up waiting if it is time.
func (x *Exchange) Advance(now time.Time) {
	if deadline := x.Deadline(); !deadline.IsZero() && !now.Before(deadline) {
		x.next(now, fmt.Errorf("%w: %v is silent", ErrTimeout, x.server()), "waits no longer for an answer: the question or the answer was lost, or nobody is there",
			wire.RFC("1035", "4.2.1"))
	}
}

// Fail says that the query could not be sent, or that an ICMP error or a reset came back.
func (x *Exchange) Fail(now time.Time, err error) {
	if !x.Done() && !x.pending {
		x.next(now, fmt.Errorf("%w: %w", ErrTimeout, err), "cannot reach the name server", wire.RFC("1035", "7.2"))
	}
}

// next goes on with another server, or the same one again: "The client should try other servers and server addresses before repeating a
// query to a specific address of a server." RFC 1035, Section 4.2.1
func (x *Exchange) next(now time.Time, err error, say string, ref wire.Ref) {
	x.tell(now, trace.TimerExpired, say, ref)
	x.last = err
	x.attempt++
	x.tcp, x.edns = x.cfg.TCP, x.cfg.UDPSize > 0
	if x.attempt >= x.cfg.Rounds*len(x.cfg.Servers) {
		x.err = x.last
		return
	}
	x.pending = true
}

// again asks the same server at once, in another way.
func (x *Exchange) again(now time.Time, say string, ref wire.Ref) {
	x.tell(now, trace.Note, say, ref)
	x.pending = true
}

func (x *Exchange) tell(now time.Time, kind trace.Kind, say string, ref wire.Ref) {
	if x.trace.On() {
		x.trace.Emit(trace.Event{At: now, Kind: kind, Flow: trace.Flow{Remote: x.server()}, Say: literal(say + " (" + question(x.question) + ")"), Ref: ref})
	}
}

func (x *Exchange) tellQuery(now time.Time) trace.Reason {
	if !x.trace.On() {
		return trace.Reason{}
	}
	way := "in a datagram"
	if x.tcp {
		way = "over TCP"
	}
	call := x.trace.Emit(trace.Event{
		At: now, Kind: trace.Call, Flow: trace.Flow{Remote: x.server()}, Ref: wire.RFC("1035", "7.2"),
		Say:  literal(fmt.Sprintf("asks %v %s for %s", x.server().Addr(), way, question(x.question))) + ", with the random id %d",
		Args: [4]int64{int64(x.query.Id)},
	})
	return trace.Reason{Cause: call, Say: "sends the question, from a port that nobody can guess", Ref: wire.RFC("5452", "9.2")}
}
