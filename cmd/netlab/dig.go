package main

import (
	"context"
	"crypto/rand"
	"encoding/binary"
	"errors"
	"fmt"
	"net/netip"
	"strconv"
	"strings"
	"time"

	codec "github.com/miekg/dns"
	"github.com/spf13/cobra"

	"netlab/dns"
	"netlab/service"
	"netlab/stack"
)

// digQuestion is what dig is asked to ask, and how.
type digQuestion struct {
	server   string // as given; empty: the one that the lab has, or the kernel's side of the TUN
	port     uint16
	name     string
	qtype    uint16
	short    bool
	exchange dns.ExchangeConfig
}

func (a *app) digCommand() *cobra.Command {
	var f clientFlags
	var port uint16
	var reverse, kind string
	c := &cobra.Command{
		Use:   "dig [@SERVER] NAME [TYPE] [+OPTION…]",
		Short: "Ask a name server, from netlab's own stack",
		Long: `Asks a name server for the records of a type that a name has, and shows its answer as dig(1) does. Without a server it asks that of
the lab, or the kernel's side of the TUN.

Options: +short (the data alone), +tcp (over TCP from the start), +ignore (take an answer that was cut), +norec (what the server knows
itself), +bufsize=N (the largest datagram to take, in octets), +noedns, +time=N (seconds to wait for the first try), +tries=N.`,
		Example: "  netlab dig --lab dns www.lab\n  netlab dig --lab dns big.lab TXT +short\n  netlab dig @10.77.0.1 -x 10.77.0.2 +tcp",
		Args:    cobra.ArbitraryArgs,
		RunE: func(cmd *cobra.Command, args []string) error {
			q, err := parseDig(args, reverse, kind)
			if err != nil {
				return err
			}
			q.port = port
			if q.server == "" {
				if q.server, err = a.nameServer(f); err != nil {
					return err
				}
			}
			return a.runClient(cmd.Context(), "dig "+q.name, f, func(ctx context.Context, s service.Stack, _ map[netip.Addr]string) error {
				return a.dig(ctx, s, q)
			})
		},
	}
	f.add(c)
	c.Flags().Uint16VarP(&port, "port", "p", dns.Port, "the server's port")
	c.Flags().StringVarP(&reverse, "reverse", "x", "", "ask for the name of this address")
	c.Flags().StringVarP(&kind, "type", "t", "", "the type of the records (A)")
	return c
}

// parseDig reads the arguments.
func parseDig(args []string, reverse, kind string) (digQuestion, error) {
	var q digQuestion
	if reverse != "" {
		name, err := codec.ReverseAddr(reverse)
		if err != nil {
			return q, usageError("dig: -x %q is no address", reverse)
		}
		q.name, q.qtype = name, codec.TypePTR
	}
	for _, arg := range args {
		var err error
		switch {
		case strings.HasPrefix(arg, "@"):
			q.server = arg[1:]
		case strings.HasPrefix(arg, "+"):
			err = q.option(arg[1:])
		case q.name == "":
			q.name = arg
			if !dns.IsName(arg) {
				err = fmt.Errorf("%q is no name: labels have at most 63 octets, names 255", arg)
			}
		default:
			q.qtype, err = dns.ParseType(arg)
		}
		if err != nil {
			return q, usageError("dig: %w", err)
		}
	}
	if kind != "" {
		var err error
		if q.qtype, err = dns.ParseType(kind); err != nil {
			return q, usageError("dig: -t: %w", err)
		}
	}
	if q.qtype == 0 {
		q.qtype = codec.TypeA
	}
	if q.name == "" {
		return q, usageError("dig wants a name (see netlab dig --help)")
	}
	return q, nil
}

// option reads what stands behind a plus sign.
func (q *digQuestion) option(text string) error {
	name, value, _ := strings.Cut(text, "=")
	number := func(least, most int) (int, error) {
		n, err := strconv.Atoi(value)
		if err != nil || n < least || n > most {
			return 0, fmt.Errorf("+%s=%s: want a whole number from %d to %d", name, value, least, most)
		}
		return n, nil
	}
	var err error
	switch name {
	case "short":
		q.short = true
	case "tcp", "vc":
		q.exchange.TCP = true
	case "ignore":
		q.exchange.NoTCP = true
	case "norec", "norecurse":
		q.exchange.NoRecursion = true
	case "noedns":
		q.exchange.UDPSize = -1
	case "bufsize":
		q.exchange.UDPSize, err = number(dns.MinUDP, 65535)
	case "tries":
		q.exchange.Rounds, err = number(1, 10)
	case "time":
		var n int
		n, err = number(1, 60)
		q.exchange.Timeout = time.Duration(n) * time.Second
	default:
		return fmt.Errorf("+%s is not known: there are +short, +tcp, +ignore, +norec, +bufsize=N, +noedns, +time=N, +tries=N", text)
	}
	return err
}

// nameServer returns the server to ask when none is given.
func (a *app) nameServer(f clientFlags) (string, error) {
	if f.lab == "" {
		return kernelAddrs()[0].Addr().String(), nil
	}
	topology, _, err := a.prepareLab(f.lab, f.sim)
	if err != nil {
		return "", err
	}
	host, err := clientHost(topology, f.host)
	if err != nil {
		return "", err
	}
	server, _, ok := topology.NameServer(host)
	if !ok {
		return "", usageError("the lab %s has no name server: say which to ask, as in @10.0.0.2", topology.Name)
	}
	return server.String(), nil
}

func (a *app) dig(ctx context.Context, s service.Stack, q digQuestion) error {
	addrs, err := s.LookUp(q.server)
	if err != nil {
		return usageError("dig: @%s: %w", q.server, err)
	}
	for _, addr := range addrs {
		q.exchange.Servers = append(q.exchange.Servers, netip.AddrPortFrom(addr, q.port))
	}
	x := dns.NewExchange(q.name, q.qtype, q.exchange, systemRandom, nil)
	if h, simulated := s.(*stack.Host); simulated {
		x = dns.NewExchange(q.name, q.qtype, q.exchange, h.Random, h.Tracer())
	}
	response, err := service.Exchange(ctx, s, x)
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case errors.Is(err, dns.ErrTimeout):
		return answerNo("%w (give another server with @SERVER)", err)
	case err != nil:
		return answerNo("%w", err)
	}
	return a.printAnswer(q, response)
}

// systemRandom draws from the machine's randomness: identifiers of real traffic are not to be guessed.
func systemRandom() uint32 {
	var b [4]byte
	_, _ = rand.Read(b[:])
	return binary.BigEndian.Uint32(b[:])
}

func transport(r dns.Response) string {
	if r.TCP {
		return "TCP"
	}
	return "UDP"
}

// printAnswer prints a response as dig does.
func (a *app) printAnswer(q digQuestion, r dns.Response) error {
	switch {
	case a.json:
		return a.printJSON(digJSON(r))
	case q.short:
		for _, rr := range r.Message.Answer {
			fmt.Fprintln(a.out, dataOf(rr))
		}
		return nil
	}
	if !a.quiet {
		fmt.Fprintf(a.out, "; netlab dig @%s %s %s\n", r.Server.Addr(), dns.Shown(q.name), codec.Type(q.qtype))
	}
	fmt.Fprint(a.out, r.Message)
	fmt.Fprintf(a.out, "\n;; Query time: %.3f ms\n;; SERVER: %s#%d (%s)\n;; MSG SIZE  rcvd: %d\n",
		milliseconds(r.Took), r.Server.Addr(), r.Server.Port(), transport(r), r.Octets)
	return nil
}

// dataOf returns what a record says, as in a master file.
func dataOf(rr codec.RR) string { return strings.TrimPrefix(rr.String(), rr.Header().String()) }

// digRecord is a record in the JSON output.
type digRecord struct {
	Name string `json:"name"`
	Type string `json:"type"`
	TTL  uint32 `json:"ttl"`
	Data string `json:"data"`
}

func digJSON(r dns.Response) map[string]any {
	m := r.Message
	records := func(section []codec.RR) []digRecord {
		list := []digRecord{}
		for _, rr := range section {
			if h := rr.Header(); h.Rrtype != codec.TypeOPT {
				list = append(list, digRecord{h.Name, codec.Type(h.Rrtype).String(), h.Ttl, dataOf(rr)})
			}
		}
		return list
	}
	flags := []string{}
	for _, f := range []struct {
		name string
		set  bool
	}{{"qr", m.Response}, {"aa", m.Authoritative}, {"tc", m.Truncated}, {"rd", m.RecursionDesired}, {"ra", m.RecursionAvailable}, {"ad", m.AuthenticatedData}, {"cd", m.CheckingDisabled}} {
		if f.set {
			flags = append(flags, f.name)
		}
	}
	line := map[string]any{
		"id": m.Id, "status": codec.RcodeToString[m.Rcode], "flags": flags, "server": r.Server, "transport": transport(r),
		"ms": milliseconds(r.Took), "octets": r.Octets,
		"answer": records(m.Answer), "authority": records(m.Ns), "additional": records(m.Extra),
	}
	if len(m.Question) > 0 {
		line["name"], line["type"] = m.Question[0].Name, codec.Type(m.Question[0].Qtype).String()
	}
	return line
}
