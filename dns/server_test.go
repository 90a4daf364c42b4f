package dns

import (
	"net/netip"
	"strings"
	"testing"
	"time"

	codec "github.com/miekg/dns"
	"github.com/stretchr/testify/require"

	"netlab/trace"
)

const labZone = `$TTL 3600
@        3600 SOA ns.lab. admin.lab. 1 7200 900 1209600 60
@        NS   ns
@        MX   10 mail
ns       A    10.0.0.53
h2       60 A 10.0.2.20
h2       60 AAAA fd00::20
mail     A    10.0.0.25
www      CNAME h2
out      CNAME www.elsewhere.
loop1    CNAME loop2
loop2    CNAME loop1
gone     CNAME nothing
*.wild   TXT  "any name"
*.alias  CNAME h2
deep.er.below A 10.0.0.1
sub      NS   ns.sub
ns.sub   A    10.0.9.53
big      TXT  "` + filler200 + `" "` + filler200 + `" "` + filler200 + `" "` + filler200 + `" "` + filler200 + `" "` + filler200 + `" "` + filler200 + `"
`

const filler200 = "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"

func epoch() time.Time { return time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC) }

func newLab(t testing.TB) *Server {
	zone, err := ParseZone("lab", "lab.zone", labZone)
	require.NoError(t, err)
	return NewServer([]*Zone{zone}, ServerConfig{}, nil)
}

// ask sends a query to a server and returns its response, which must fit.
func ask(t testing.TB, s *Server, tcp bool, name string, qtype uint16, change ...func(*codec.Msg)) *codec.Msg {
	t.Helper()
	q := &codec.Msg{}
	q.Id, q.RecursionDesired = 4711, true
	q.Question = []codec.Question{{Name: codec.Fqdn(name), Qtype: qtype, Qclass: codec.ClassINET}}
	for _, c := range change {
		c(q)
	}
	b, err := q.Pack()
	require.NoError(t, err)
	response := s.Answer(epoch(), trace.Flow{}, b, tcp)
	require.NotNil(t, response)
	m := new(codec.Msg)
	require.NoError(t, m.Unpack(response))
	require.Equal(t, uint16(4711), m.Id)
	require.True(t, m.Response)
	if !tcp {
		limit := MinUDP
		if opt := q.IsEdns0(); opt != nil {
			limit = max(limit, int(opt.UDPSize()))
		}
		require.LessOrEqual(t, len(response), limit)
	}
	return m
}

func edns(size uint16) func(*codec.Msg) { return func(m *codec.Msg) { m.SetEdns0(size, false) } }

// said is a section in words: "h2.lab. 60 A 10.0.2.20; …".
func said(records []codec.RR) string {
	var parts []string
	for _, rr := range records {
		if rr.Header().Rrtype != codec.TypeOPT {
			parts = append(parts, strings.ReplaceAll(strings.ReplaceAll(rr.String(), "\tIN\t", " "), "\t", " "))
		}
	}
	return strings.Join(parts, "; ")
}

// RFC 1034, Section 4.3.2: the algorithm; RFC 2308, Section 2: names and records that do not exist.
func TestTheAlgorithm(t *testing.T) {
	const soa = "lab. 60 SOA ns.lab. admin.lab. 1 7200 900 1209600 60"
	for _, c := range []struct {
		name                       string
		qtype                      uint16
		rcode                      int
		aa                         bool
		answer, authority, further string
	}{
		{"h2.lab", codec.TypeA, 0, true, "h2.lab. 60 A 10.0.2.20", "", ""},
		{"H2.LAB", codec.TypeA, 0, true, "h2.lab. 60 A 10.0.2.20", "", ""}, // RFC 1035, Section 2.3.3
		{"h2.lab", codec.TypeMX, 0, true, "", soa, ""},
		{"lab", codec.TypeMX, 0, true, "lab. 3600 MX 10 mail.lab.", "", "mail.lab. 3600 A 10.0.0.25"},
		{"lab", codec.TypeSOA, 0, true, strings.Replace(soa, " 60 ", " 3600 ", 1), "", ""},
		{"www.lab", codec.TypeA, 0, true, "www.lab. 3600 CNAME h2.lab.; h2.lab. 60 A 10.0.2.20", "", ""},
		{"www.lab", codec.TypeCNAME, 0, true, "www.lab. 3600 CNAME h2.lab.", "", ""},
		{"out.lab", codec.TypeA, 0, true, "out.lab. 3600 CNAME www.elsewhere.", "", ""},
		{"gone.lab", codec.TypeA, codec.RcodeNameError, true, "gone.lab. 3600 CNAME nothing.lab.", soa, ""},
		{"nope.lab", codec.TypeA, codec.RcodeNameError, true, "", soa, ""},
		{"er.below.lab", codec.TypeA, 0, true, "", soa, ""}, // exists because of what is below it
		{"x.below.lab", codec.TypeA, codec.RcodeNameError, true, "", soa, ""},
		{"a.b.wild.lab", codec.TypeTXT, 0, true, `a.b.wild.lab. 3600 TXT "any name"`, "", ""}, // RFC 1034, Section 4.3.3
		{"a.wild.lab", codec.TypeA, 0, true, "", soa, ""},
		{"a.alias.lab", codec.TypeA, 0, true, "a.alias.lab. 3600 CNAME h2.lab.; h2.lab. 60 A 10.0.2.20", "", ""},
		{"x.sub.lab", codec.TypeA, 0, false, "", "sub.lab. 3600 NS ns.sub.lab.", "ns.sub.lab. 3600 A 10.0.9.53"},
		{"ns.sub.lab", codec.TypeA, 0, false, "", "sub.lab. 3600 NS ns.sub.lab.", "ns.sub.lab. 3600 A 10.0.9.53"},
		{"sub.lab", codec.TypeDS, 0, true, "", soa, ""},
		{"loop1.lab", codec.TypeA, codec.RcodeServerFailure, false, "", "", ""},
		{"h2.lab", codec.TypeANY, 0, true, "h2.lab. 60 A 10.0.2.20", "", ""}, // RFC 8482, Section 4.1
		{"www.elsewhere", codec.TypeA, codec.RcodeRefused, false, "", "", ""},
		{"lab", codec.TypeAXFR, codec.RcodeRefused, false, "", "", ""},
	} {
		m := ask(t, newLab(t), true, c.name, c.qtype)
		require.Equal(t, c.rcode, m.Rcode, c.name)
		require.Equal(t, c.aa, m.Authoritative, c.name)
		require.Equal(t, c.answer, said(m.Answer), c.name)
		require.Equal(t, c.authority, said(m.Ns), c.name)
		require.Equal(t, c.further, said(m.Extra), c.name)
		require.True(t, m.RecursionDesired)
		require.False(t, m.RecursionAvailable)
	}
}

// RFC 1035, Section 4.2.1; RFC 2181, Section 9; RFC 6891, Section 6.2.3.
func TestTruncation(t *testing.T) {
	s := newLab(t)
	for _, c := range []struct {
		what      string
		truncated bool
		change    []func(*codec.Msg)
	}{
		{"512 octets without EDNS", true, nil},
		{"a size below 512 counts as 512", true, []func(*codec.Msg){edns(100)}},
		{"1232 octets", true, []func(*codec.Msg){edns(1232)}},
		{"no more than the server's own size", true, []func(*codec.Msg){edns(4096)}},
	} {
		m := ask(t, s, false, "big.lab", codec.TypeTXT, c.change...)
		require.Equal(t, c.truncated, m.Truncated, c.what)
		require.Equal(t, len(c.change) > 0, m.IsEdns0() != nil, c.what)
	}
	m := ask(t, s, true, "big.lab", codec.TypeTXT)
	require.False(t, m.Truncated)
	require.Len(t, m.Answer, 1)
	large := NewServer(s.zones, ServerConfig{UDPSize: 4096}, nil)
	require.False(t, ask(t, large, false, "big.lab", codec.TypeTXT, edns(4096)).Truncated)
	require.Equal(t, uint64(4), s.Counters().Truncated)

	// What is only additional is left out without a word.
	text := "@ SOA ns a. 1 1 1 1 1\n"
	for i := range 20 {
		text += "@ MX 10 a-rather-long-name-of-a-host-" + decimal(i) + "\na-rather-long-name-of-a-host-" + decimal(i) + " A 10.0.0.1\n"
	}
	zone, err := ParseZone("z", "z", text)
	require.NoError(t, err)
	m = ask(t, NewServer([]*Zone{zone}, ServerConfig{}, nil), false, "z", codec.TypeMX, edns(1232))
	require.False(t, m.Truncated)
	require.Len(t, m.Answer, 20)
	require.Empty(t, said(m.Extra))
}

// RFC 6891, Sections 6.1.1 and 6.1.3: EDNS is answered, other versions and two OPT records are not.
func TestEDNS(t *testing.T) {
	s := newLab(t)
	opt := ask(t, s, false, "h2.lab", codec.TypeA, edns(4000)).IsEdns0()
	require.NotNil(t, opt)
	require.Equal(t, uint16(DefaultUDP), opt.UDPSize())
	require.Nil(t, ask(t, s, false, "h2.lab", codec.TypeA).IsEdns0())
	m := ask(t, s, false, "h2.lab", codec.TypeA, edns(4000), func(m *codec.Msg) { m.IsEdns0().SetVersion(1) })
	require.Equal(t, codec.RcodeBadVers, m.Rcode)
	require.Empty(t, m.Answer)
	m = ask(t, s, false, "h2.lab", codec.TypeA, edns(4000), func(m *codec.Msg) { m.Extra = append(m.Extra, m.Extra[0]) })
	require.Equal(t, codec.RcodeFormatError, m.Rcode)
}

// RFC 1035, Section 4.1.1: what cannot be read or is not implemented is said so, what is no question gets no answer.
func TestWhatIsNoQuestion(t *testing.T) {
	s := newLab(t)
	require.Nil(t, s.Answer(epoch(), trace.Flow{}, make([]byte, 11), false))
	require.Nil(t, s.Answer(epoch(), trace.Flow{}, []byte("\x12\x67\x80\x00\x00\x00\x00\x00\x00\x00\x00\x00"), false), "an answer")
	require.Equal(t, uint64(2), s.Counters().Ignored)
	rcode := func(b string) int {
		r := s.Answer(epoch(), trace.Flow{}, []byte(b), false)
		require.Equal(t, "\x12\x67", string(r[:2]))
		return int(r[3] & 15)
	}
	require.Equal(t, codec.RcodeFormatError, rcode("\x12\x67\x00\x00\x00\x01\x00\x00\x00\x00\x00\x00\x02h2"))
	require.Equal(t, codec.RcodeFormatError, rcode("\x12\x67\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00"), "no question")
	require.Equal(t, codec.RcodeFormatError, rcode("\x12\x67\x00\x00\x00\x02\x00\x00\x00\x00\x00\x00\x00\x00\x01\x00\x01\x00\x00\x01\x00\x01"), "two")
	require.Equal(t, codec.RcodeNotImplemented, rcode("\x12\x67\x28\x00\x00\x00\x00\x00\x00\x00\x00\x00"), "update")
	require.Equal(t, codec.RcodeRefused, rcode("\x12\x67\x00\x00\x00\x01\x00\x00\x00\x00\x00\x00\x03lab\x00\x00\x01\x00\x03"), "class CH")
	require.Equal(t, uint64(3), s.Counters().Malformed)
}

func TestBadZones(t *testing.T) {
	for text, want := range map[string]string{
		"h2 A 10.0.0.1": "lab has no SOA record",
		"@ SOA ns a. 1 1 1 1 1\n@ SOA ns a. 2 1 1 1 1":           "one SOA record",
		"@ SOA ns a. 1 1 1 1 1\nh2 A 10.0.0":                     "bad A A",
		"@ SOA ns a. 1 1 1 1 1\nh2.else. A 10.0.0.1":             "not in the zone lab",
		"@ SOA ns a. 1 1 1 1 1\nw CNAME a\nw A 1.2.3.4":          "no other records",
		"@ SOA ns a. 1 1 1 1 1\nw CNAME a\nw CNAME b":            "no other records",
		"@ SOA ns a. 1 1 1 1 1\n$INCLUDE /etc/passwd":            "$INCLUDE",
		"@ SOA ns a. 1 1 1 1 1\nh CH TXT x":                      "class 3",
		"@ SOA ns a. 1 1 1 1 1\n$GENERATE 0-65535 h$ A 10.0.0.1": "more than 65536",
	} {
		_, err := ParseZone("lab", "x", text)
		require.ErrorIs(t, err, ErrZone, text)
		require.ErrorContains(t, err, want)
	}
	_, err := ParseZone("a..b", "x", "")
	require.ErrorIs(t, err, ErrZone)
}

// The events say what was answered; a name from outside cannot break their format.
func TestServerTellsWhatItDoes(t *testing.T) {
	var told []string
	s := newLab(t)
	s.trace = trace.New("ns", func(e trace.Event) trace.ID { told = append(told, e.Text()+" ("+e.Ref.Short()+")"); return 1 })
	ask(t, s, true, "www.lab", codec.TypeA)
	ask(t, s, true, "%d.lab", codec.TypeA)
	ask(t, s, true, "h2.lab", codec.TypeMX)
	ask(t, s, false, "big.lab", codec.TypeTXT)
	ask(t, s, true, "x.sub.lab", codec.TypeA)
	ask(t, s, true, "else", codec.TypeA)
	require.Equal(t, []string{
		"answers A www.lab from its zone: h2.lab, 10.0.2.20 (RFC 1034 §4.3.2)",
		"finds no name %d.lab in its zone (RFC 2308 §2.1)",
		"knows the name, but has no records for MX h2.lab (RFC 2308 §2.2)",
		"has an answer to TXT big.lab that is too long for a datagram, and says so (RFC 2181 §9)",
		"does not answer A x.sub.lab itself: it names the servers that it has delegated the name to (RFC 1034 §4.3.2)",
		"answers a question about what is not its own: refused (RFC 1035 §4.1.1)",
	}, told)
}

func FuzzServer(f *testing.F) {
	zone, err := ParseZone("lab", "lab.zone", labZone)
	require.NoError(f, err)
	q := new(codec.Msg)
	q.SetQuestion("www.lab.", codec.TypeA)
	b, _ := q.Pack()
	f.Add(b, true)
	f.Fuzz(func(t *testing.T, b []byte, tcp bool) {
		s := NewServer([]*Zone{zone}, ServerConfig{}, nil)
		response := s.Answer(epoch(), trace.Flow{Remote: netip.AddrPort{}}, b, tcp)
		if response == nil {
			return
		}
		require.NoError(t, new(codec.Msg).Unpack(response))
		require.Equal(t, b[:2], response[:2])
		require.LessOrEqual(t, len(response), 0xffff)
		if !tcp {
			require.LessOrEqual(t, len(response), DefaultUDP)
		}
	})
}
