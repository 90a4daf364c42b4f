package dns

import (
	"encoding/hex"
	"fmt"
	"math/rand/v2"
	"net"
	"strings"
	"testing"

	"github.com/gopacket/gopacket"
	"github.com/gopacket/gopacket/layers"
	codec "github.com/miekg/dns"
	"github.com/stretchr/testify/require"

	"netlab/wire"
)

// response is an answer with a compressed name, as RFC 1035, Section 4.1.4 describes it.
func response(t testing.TB) []byte {
	b, err := hex.DecodeString(strings.Join(strings.Fields(`
		1267 8580 0001 0002 0000 0001
		0268 32 036c6162 00 0001 0001
		c00c 0005 0001 0000003c 0006 03 777777 c00f
		c024 0001 0001 0000003c 0004 0a000214
		00 0029 04d0 00008000 0000`), ""))
	require.NoError(t, err)
	return b
}

func TestDissectAnswer(t *testing.T) {
	n := Dissect(response(t), 0)
	for key, want := range map[string]string{
		"dns.id": "0x1267", "dns.flags.response": "set", "dns.flags.rcode": "no error (0)", "dns.count.answers": "2",
		"dns.qry.name": "h2.lab", "dns.qry.type": "A (1)", "dns.cname": "www.lab", "dns.a": "10.0.2.20", "dns.resp.ttl": "60",
		"dns.rr.udp_payload_size": "1232", "dns.resp.z.do": "set",
	} {
		found := n.Find(key)
		require.NotNil(t, found, key)
		require.Equal(t, want, found.Value, key)
	}
	require.Equal(t, "h2.lab CNAME www.lab", n.Find("dns.resp").Value)
	pointer := n.Find("dns.resp.name").Children[0]
	require.Equal(t, "Compression Pointer", pointer.Name)
	require.Equal(t, "to octet 12 of the message", pointer.Value)
	require.Equal(t, 8*24, pointer.Bit)
	require.Equal(t, 16, pointer.Width)
	words, ok := Summary(response(t))
	require.True(t, ok)
	require.Equal(t, "h2.lab CNAME www.lab  ttl 60  and 1 more", words)
	walk(t, &n, len(response(t)))
}

// walk checks that every node lies within its message.
func walk(t testing.TB, n *wire.Node, size int) {
	from, to := n.Octets()
	require.True(t, from >= 0 && to <= size && from <= to, "%s %d..%d of %d", n.Name, from, to, size)
	for i := range n.Children {
		walk(t, &n.Children[i], size)
	}
}

func TestSummaries(t *testing.T) {
	q := func(change func(m *codec.Msg)) string {
		m := new(codec.Msg)
		m.Id = 4711
		m.Question = []codec.Question{{Name: "h2.lab.", Qtype: codec.TypeA, Qclass: codec.ClassINET}}
		change(m)
		b, err := m.Pack()
		require.NoError(t, err)
		words, ok := Summary(b)
		require.True(t, ok)
		return words
	}
	rr := func(s string) codec.RR {
		r, err := codec.NewRR(s)
		require.NoError(t, err)
		return r
	}
	for want, change := range map[string]func(m *codec.Msg){
		"A h2.lab? id 4711":                          func(*codec.Msg) {},
		"standard query without a question  id 4711": func(m *codec.Msg) { m.Question = nil },
		"h2.lab does not exist":                      func(m *codec.Msg) { m.Response, m.Rcode = true, codec.RcodeNameError },
		"A h2.lab: refused":                          func(m *codec.Msg) { m.Response, m.Rcode = true, codec.RcodeRefused },
		"A h2.lab: no such record":                   func(m *codec.Msg) { m.Response, m.Authoritative = true, true },
		"A h2.lab: truncated, ask over TCP":          func(m *codec.Msg) { m.Response, m.Truncated = true, true },
		"A h2.lab: ask the servers named":            func(m *codec.Msg) { m.Response = true; m.Ns = []codec.RR{rr("lab. 60 NS ns.lab.")} },
		"h2.lab A 10.0.2.20  ttl 60":                 func(m *codec.Msg) { m.Response = true; m.Answer = []codec.RR{rr("h2.lab. 60 A 10.0.2.20")} },
		`h2.lab TXT "a b" "c"  ttl 5`:                func(m *codec.Msg) { m.Response = true; m.Answer = []codec.RR{rr(`h2.lab. 5 TXT "a b" c`)} },
	} {
		require.Equal(t, want, q(change))
	}
	_, ok := Summary(make([]byte, 11))
	require.False(t, ok)
}

// A name that points to itself, or forwards, would never end (RFC 1035, Section 4.1.4: "a prior occurance").
func TestPointersOnlyGoBack(t *testing.T) {
	for _, name := range []string{"c00c", "c00d00", "01 61 c00c", "01 61 c00e", "c0ff", "c0", "40", "05 6161"} {
		b, err := hex.DecodeString("126700000001000000000000" + strings.ReplaceAll(name, " ", ""))
		require.NoError(t, err)
		n := Dissect(b, 0)
		require.NotEmpty(t, n.Find("dns.qry.name").Note, name)
	}
	// Pointers that only go back end within the message, and 128 of them are no more than 255 octets of name.
	long := strings.Repeat("3f"+strings.Repeat("61", 63), 4) + "00"
	b, err := hex.DecodeString("126700000001000000000000" + long)
	require.NoError(t, err)
	n := Dissect(b, 0)
	require.Equal(t, errNameLong.Error(), n.Find("dns.qry.name").Note)
}

func TestNamesAreEscaped(t *testing.T) {
	b, err := hex.DecodeString("126700000001000000000000" + "03612e5c" + "0200ff" + "00" + "00010001")
	require.NoError(t, err)
	n := Dissect(b, 0)
	require.Equal(t, `a\.\\.\000\255`, n.Find("dns.qry.name").Value)
}

// Whatever is cut off, the fields that are there are shown, and the summary does not fail.
func TestEveryTruncation(t *testing.T) {
	b := response(t)
	for i := range b {
		n := Dissect(b[:i:i], 0)
		walk(t, &n, i)
		Summary(b[:i:i])
	}
}

func TestStreamsHoldSeveralMessages(t *testing.T) {
	one := response(t)
	b := append([]byte{0, byte(len(one))}, one...)
	b = append(append(b, b...), 0, 50, 1, 2)
	require.True(t, BeginsStream(b))
	nodes := DissectStream(b, 80)
	require.Len(t, nodes, 6)
	next := 10
	for i := range nodes {
		from, to := nodes[i].Octets()
		require.Equal(t, next, from)
		next = to
	}
	require.Equal(t, 10+len(b), next)
}

// randomMessage is a message of the library's with random contents.
func randomMessage(r *rand.Rand) *codec.Msg {
	name := func() string {
		s := ""
		for range 1 + r.IntN(3) {
			s += string([]byte{'a' + byte(r.IntN(26)), 'a' + byte(r.IntN(26))}) + "."
		}
		return s
	}
	m := &codec.Msg{Compress: r.IntN(2) == 0}
	m.Id, m.Response, m.Authoritative, m.Truncated = uint16(r.Uint32()), r.IntN(2) == 0, r.IntN(2) == 0, r.IntN(2) == 0
	m.RecursionDesired, m.RecursionAvailable, m.Rcode, m.Opcode = r.IntN(2) == 0, r.IntN(2) == 0, r.IntN(16), r.IntN(6)
	m.Question = []codec.Question{{Name: name(), Qtype: uint16(1 + r.IntN(40)), Qclass: 1}}
	head := func(t uint16) codec.RR_Header {
		return codec.RR_Header{Name: name(), Rrtype: t, Class: 1, Ttl: r.Uint32()}
	}
	for range r.IntN(6) {
		var rr codec.RR
		switch r.IntN(7) {
		case 0:
			rr = &codec.A{Hdr: head(codec.TypeA), A: net.IPv4(10, byte(r.Uint32()), 1, 2)}
		case 1:
			ip := make(net.IP, 16)
			for i := range ip {
				ip[i] = byte(r.Uint32())
			}
			ip[0] = 0x20
			rr = &codec.AAAA{Hdr: head(codec.TypeAAAA), AAAA: ip}
		case 2:
			rr = &codec.CNAME{Hdr: head(codec.TypeCNAME), Target: name()}
		case 3:
			rr = &codec.MX{Hdr: head(codec.TypeMX), Preference: uint16(r.Uint32()), Mx: name()}
		case 4:
			rr = &codec.TXT{Hdr: head(codec.TypeTXT), Txt: []string{"hello", "x"}}
		case 5:
			rr = &codec.SRV{Hdr: head(codec.TypeSRV), Priority: 1, Weight: 2, Port: uint16(r.Uint32()), Target: name()}
		default:
			rr = &codec.SOA{Hdr: head(codec.TypeSOA), Ns: name(), Mbox: name(), Serial: r.Uint32(), Refresh: 1, Retry: 2, Expire: 3, Minttl: r.Uint32()}
		}
		m.Answer = append(m.Answer, rr)
	}
	return m
}

// Messages of one library, read by another one and by us.
func TestDissectAgreesWithGopacketOnRandomMessages(t *testing.T) {
	r := rand.New(rand.NewPCG(53, 53))
	for range 500 {
		b, err := randomMessage(r).Pack()
		require.NoError(t, err)
		n := Dissect(b, 0)
		require.Empty(t, notesOf(&n), "% x", b)
		agree(t, &n, b)
	}
}

func notesOf(n *wire.Node) string {
	notes := n.Note
	for i := range n.Children {
		notes += notesOf(&n.Children[i])
	}
	return notes
}

func agree(t *testing.T, n *wire.Node, b []byte) {
	var theirs layers.DNS
	require.NoError(t, theirs.DecodeFromBytes(b, gopacket.NilDecodeFeedback))
	require.Equal(t, uint64(theirs.ID), n.Find("dns.id").Uint)
	require.Equal(t, uint64(theirs.ResponseCode), n.Find("dns.flags.rcode").Uint)
	require.Equal(t, uint64(theirs.OpCode), n.Find("dns.flags.opcode").Uint)
	require.Equal(t, theirs.AA, n.Find("dns.flags.authoritative").Uint == 1)
	require.Equal(t, theirs.TC, n.Find("dns.flags.truncated").Uint == 1)
	require.Equal(t, theirs.RA, n.Find("dns.flags.recavail").Uint == 1)
	require.Equal(t, string(theirs.Questions[0].Name), n.Find("dns.qry.name").Value)
	var records []*wire.Node
	for i := range n.Children {
		if n.Children[i].Key == "dns.resp" {
			records = append(records, &n.Children[i])
		}
	}
	require.Len(t, records, len(theirs.Answers))
	for i, a := range theirs.Answers {
		mine := records[i]
		require.Equal(t, string(a.Name), mine.Find("dns.resp.name").Value)
		require.Equal(t, uint64(a.Type), mine.Find("dns.resp.type").Uint)
		require.Equal(t, uint64(a.TTL), mine.Find("dns.resp.ttl").Uint)
		require.Equal(t, uint64(a.DataLength), mine.Find("dns.resp.len").Uint)
		switch a.Type {
		case layers.DNSTypeA:
			require.Equal(t, a.IP.String(), mine.Find("dns.a").Value)
		case layers.DNSTypeAAAA:
			require.Equal(t, a.IP.String(), mine.Find("dns.aaaa").Value)
		case layers.DNSTypeCNAME:
			require.Equal(t, string(a.CNAME), mine.Find("dns.cname").Value)
		case layers.DNSTypeMX:
			require.Equal(t, string(a.MX.Name), mine.Find("dns.mx.mail_exchange").Value)
		case layers.DNSTypeSRV:
			require.Equal(t, uint64(a.SRV.Port), mine.Find("dns.srv.port").Uint)
		case layers.DNSTypeSOA:
			require.Equal(t, uint64(a.SOA.Minimum), mine.Find("dns.soa.mininum_ttl").Uint)
			require.Equal(t, string(a.SOA.RName), mine.Find("dns.soa.rname").Value)
		}
	}
}

// Each key that the dissector gives is one that filters know.
func TestKeysAreComplete(t *testing.T) {
	known := map[string]bool{}
	for _, k := range Keys() {
		known[k] = true
	}
	var check func(n *wire.Node)
	check = func(n *wire.Node) {
		require.True(t, n.Key == "" || known[n.Key], n.Key)
		for i := range n.Children {
			check(&n.Children[i])
		}
	}
	r := rand.New(rand.NewPCG(1, 1))
	for range 200 {
		b, _ := randomMessage(r).Pack()
		n := Dissect(b, 0)
		check(&n)
	}
}

// Who asks for one field gets it as it is in the whole tree.
func TestWhatIsAskedForIsThatOfTheWholeTree(t *testing.T) {
	var dissectors []*Dissector
	for _, key := range Keys() {
		dissectors = append(dissectors, NewDissector(wire.Asked(key)))
	}
	r := rand.New(rand.NewPCG(2, 2))
	for range 100 {
		b, err := randomMessage(r).Pack()
		require.NoError(t, err)
		for range r.IntN(3) {
			b[r.IntN(len(b))] = byte(r.Uint32())
		}
		b = b[:len(b)-r.IntN(3)*r.IntN(8)]
		whole := Dissect(b, 80)
		for _, d := range dissectors {
			part := d.Message(b, 80)
			require.Equal(t, valuesOf(&whole, string(d.asked)), valuesOf(&part, string(d.asked)), "%s % x", d.asked, b)
		}
	}
}

// valuesOf returns what is said of the nodes with a key.
func valuesOf(n *wire.Node, key string) (all []string) {
	if n.Key == key {
		all = append(all, fmt.Sprint(n.Bit, n.Width, n.Uint, n.Value))
	}
	for i := range n.Children {
		all = append(all, valuesOf(&n.Children[i], key)...)
	}
	return all
}

func FuzzDissect(f *testing.F) {
	f.Add(response(f))
	f.Add([]byte("\x12\x67\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00\x02h2\x03lab\x00\x00\x1c\x00\x01"))
	f.Fuzz(func(t *testing.T, b []byte) {
		n := Dissect(b, 0)
		walk(t, &n, len(b))
		Summary(b)
		for _, n := range DissectStream(b, 0) {
			walk(t, &n, len(b))
		}
	})
}
