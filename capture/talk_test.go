package capture_test

import (
	"bytes"
	"context"
	"crypto/tls"
	"fmt"
	"strings"
	"testing"

	"github.com/gopacket/gopacket"
	"github.com/gopacket/gopacket/layers"
	"github.com/miekg/dns"
	"github.com/stretchr/testify/require"
	xhttp2 "golang.org/x/net/http2"
	"golang.org/x/net/http2/hpack"

	"netlab/capture"
	"netlab/filter"
	"netlab/wire"
)

// said is what one end of a connection says in one go, and where that is cut.
type said struct {
	fromServer bool
	data       []byte
	cuts       []int
}

// talker makes the packets of a connection.
type talker struct {
	t       testing.TB
	port    layers.TCPPort // of the server
	seq     [2]uint32
	packets [][]byte
}

func newTalker(t testing.TB, port int) *talker {
	k := &talker{t: t, port: layers.TCPPort(port), seq: [2]uint32{0xffffff00, 5000}} // numbers wrap
	k.packets = append(k.packets, k.segment(0, k.seq[0], "S", nil))
	k.seq[0]++
	k.packets = append(k.packets, k.segment(1, k.seq[1], "SA", nil))
	k.seq[1]++
	k.packets = append(k.packets, k.segment(0, k.seq[0], "A", nil))
	return k
}

func (k *talker) segment(from int, seq uint32, flags string, data []byte) []byte {
	addr, port := []string{"10.0.1.10", "10.0.2.20"}, []layers.TCPPort{40001, k.port}
	network := ipv4(addr[from], addr[1-from], layers.IPProtocolTCP)
	seg := &layers.TCP{
		SrcPort: port[from], DstPort: port[1-from], Seq: seq, Ack: k.seq[1-from], Window: 65535,
		SYN: strings.Contains(flags, "S"), ACK: strings.Contains(flags, "A"), PSH: len(data) > 0,
	}
	require.NoError(k.t, seg.SetNetworkLayerForChecksum(network))
	return build(k.t, network, seg, gopacket.Payload(data))
}

// say adds the segments of what an end says, cut up.
func (k *talker) say(s said) {
	from := 0
	if s.fromServer {
		from = 1
	}
	at := 0
	for _, cut := range append(s.cuts, len(s.data)) {
		if cut > at && cut <= len(s.data) {
			k.packets = append(k.packets, k.segment(from, k.seq[from], "A", s.data[at:cut]))
			k.seq[from] += uint32(cut - at)
			at = cut
		}
	}
}

// fieldsOf returns the fields of the packets' applications, "dns.qry.name=www.lab", and the packets that have one.
func fieldsOf(layers [][]wire.Node) (fields []string, packets []int) {
	for i := range layers {
		n := len(fields)
		for j := range layers[i] {
			layers[i][j].Leaves(func(leaf *wire.Node) {
				layer, _, _ := strings.Cut(leaf.Key, ".")
				switch layer {
				case "dns", "http", "http2", "websocket", "tls":
					fields = append(fields, leaf.Key+"="+leaf.Value)
				}
			})
		}
		if len(fields) > n {
			packets = append(packets, i+1)
		}
	}
	return fields, packets
}

// told returns the layers and the words of packets that come one after another.
func told(packets [][]byte) (layers [][]wire.Node, words []capture.Summary) {
	s := capture.NewSummarizer()
	s.Whole = true
	for i, p := range packets {
		rec := capture.Record{Number: i + 1, LinkType: capture.RawIP, Packet: p, Length: len(p)}
		sum := s.Summarize(&rec)
		layers, words = append(layers, capture.FileLayers(&rec, &sum)), append(words, sum)
	}
	return layers, words
}

// indexed returns a file with these packets, all of it loaded.
func indexed(t testing.TB, packets [][]byte) *capture.File {
	f, err := capture.Open(saved(t, packets))
	require.NoError(t, err)
	t.Cleanup(func() { f.Close() })
	require.NoError(t, f.Load(context.Background(), nil))
	return f
}

func dnsStream(t testing.TB) (question, answer []byte) {
	m := new(dns.Msg).SetQuestion("www.netlab.test.", dns.TypeTXT)
	m.Id = 4711
	r := new(dns.Msg).SetReply(m)
	for i := range 5 {
		r.Answer = append(r.Answer, &dns.TXT{Hdr: dns.RR_Header{Name: m.Question[0].Name, Rrtype: dns.TypeTXT, Class: 1, Ttl: 60}, Txt: []string{fmt.Sprint("text ", i)}})
	}
	pack := func(m *dns.Msg) []byte {
		b, err := m.Pack()
		require.NoError(t, err)
		return append([]byte{byte(len(b) >> 8), byte(len(b))}, b...)
	}
	return append(pack(m), pack(m)...), pack(r)
}

// framesOf lets the library write frames of HTTP/2.
func framesOf(t testing.TB, server bool) []byte {
	var b, fields bytes.Buffer
	if !server {
		b.WriteString(xhttp2.ClientPreface)
	}
	f := xhttp2.NewFramer(&b, nil)
	require.NoError(t, f.WriteSettings(xhttp2.Setting{ID: xhttp2.SettingMaxFrameSize, Val: 16384}))
	e := hpack.NewEncoder(&fields)
	list := []hpack.HeaderField{{Name: ":method", Value: "GET"}, {Name: ":path", Value: "/hello"}, {Name: ":authority", Value: "www.lab"}}
	if server {
		list = []hpack.HeaderField{{Name: ":status", Value: "200"}, {Name: "content-type", Value: "text/plain"}}
	}
	for _, field := range list {
		require.NoError(t, e.WriteField(field))
	}
	require.NoError(t, f.WriteHeaders(xhttp2.HeadersFrameParam{StreamID: 1, BlockFragment: fields.Bytes(), EndHeaders: true, EndStream: !server}))
	if server {
		require.NoError(t, f.WriteData(1, true, []byte("hello, world")))
	}
	require.NoError(t, f.WritePing(false, [8]byte{1}))
	return b.Bytes()
}

const (
	upgradeRequest  = "GET /chat HTTP/1.1\r\nHost: www.lab\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n"
	upgradeResponse = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n"
)

// talks are connections whose messages are cut up in tests: the name, the server's port, and what is said.
func talks(t testing.TB) map[string]struct {
	port int
	said []said
} {
	question, answer := dnsStream(t)
	masked := []byte{0x81, 0x85, 0x37, 0xfa, 0x21, 0x3d, 0x7f, 0x9f, 0x4d, 0x51, 0x58} // RFC 6455, Section 5.7: "Hello"
	long := append([]byte{0x81, 126, 0, 200}, bytes.Repeat([]byte("w"), 200)...)
	var hello []said
	for _, f := range talkTLS(t, tls.VersionTLS12, nil) {
		hello = append(hello, said{fromServer: f.fromServer, data: f.data})
	}
	return map[string]struct {
		port int
		said []said
	}{
		"dns":   {53, []said{{data: question}, {fromServer: true, data: answer}}},
		"http2": {8000, []said{{data: framesOf(t, false)}, {fromServer: true, data: framesOf(t, true)}}},
		"websocket": {9000, []said{
			{data: []byte(upgradeRequest)}, {fromServer: true, data: append([]byte(upgradeResponse), long...)}, {data: append(masked, masked...)}, {fromServer: true, data: append(long, 0x88, 2, 3, 232)},
		}},
		"tls": {4433, hello},
	}
}

// Wherever a message is cut, its fields are those of the message that was not, each once, at the packet that makes it whole; and a filter of an indexed file chooses the
// packets that have it.
func TestMessagesCutAtEveryOctet(t *testing.T) {
	for name, talk := range talks(t) {
		t.Run(name, func(t *testing.T) {
			whole := newTalker(t, talk.port)
			for _, s := range talk.said {
				whole.say(s)
			}
			layers, _ := told(whole.packets)
			want, _ := fieldsOf(layers)
			require.NotEmpty(t, want)
			for i := range talk.said {
				// A method or version of HTTP that is cut in its first letters is not known for what it is, nor the first two of the preface of HTTP/2.
				for cut := 4; cut < len(talk.said[i].data); cut++ {
					if name == "tls" && cut%5 != 0 && cut > 20 {
						continue
					}
					k := newTalker(t, talk.port)
					for j, s := range talk.said {
						if i == j {
							s.cuts = []int{cut}
						}
						k.say(s)
					}
					layers, _ := told(k.packets)
					got, packets := fieldsOf(layers)
					require.Equal(t, want, got, "part %d cut at %d", i, cut)
					if cut%31 != 0 {
						continue
					}
					f := indexed(t, k.packets)
					got, same := fieldsOf(allLayers(t, f))
					require.Equal(t, want, got, "part %d cut at %d", i, cut)
					require.Equal(t, packets, same)
				}
			}
		})
	}
}

// In three pieces, in any order, with pieces that come twice and overlap, messages are whole at the packet that fills the last gap.
func TestMessagesInPiecesOutOfOrder(t *testing.T) {
	question, _ := dnsStream(t)
	question = question[:len(question)/2]
	a, b := 9, 20
	for _, order := range [][][2]int{
		{{0, a}, {a, b}, {b, len(question)}},
		{{0, a}, {b, len(question)}, {a, b}},
		{{0, a}, {0, b}, {a, len(question)}},
		{{0, a}, {0, a}, {b, len(question)}, {b, len(question)}, {a - 2, b + 2}},
	} {
		k := newTalker(t, 53)
		for _, part := range order {
			k.packets = append(k.packets, k.segment(0, k.seq[0]+uint32(part[0]), "A", question[part[0]:part[1]]))
		}
		layers, words := told(k.packets)
		_, packets := fieldsOf(layers)
		require.Equal(t, []int{len(k.packets)}, packets, "%v", order)
		last := words[len(words)-1]
		require.Equal(t, "DNS", last.Proto)
		require.Contains(t, last.What, "TXT www.netlab.test? id 4711", "%v", order)
		require.Contains(t, words[3].What, "message begins", "%v", order)
		var from []string
		for i := range layers[len(layers)-1] {
			layers[len(layers)-1][i].Leaves(func(n *wire.Node) {
				if n.Key == "tcp.segment" {
					from = append(from, n.Value)
				}
			})
		}
		require.Greater(t, len(from), 1)
		require.Contains(t, from[0], "of packet 4")

		f := indexed(t, k.packets)
		same, packetsOfFile := fieldsOf(allLayers(t, f))
		require.NotEmpty(t, same)
		require.Equal(t, packets, packetsOfFile)
		_, sum, err := f.Summary(len(k.packets))
		require.NoError(t, err)
		require.Equal(t, last.What, sum.What)
	}
}

// A message that lacks octets is never made up: what follows it is told again where its length, or a new message, says where one begins.
func TestMessagesThatLackOctets(t *testing.T) {
	question, answer := dnsStream(t)
	question = question[:len(question)/2]
	k := newTalker(t, 53)
	k.packets = append(k.packets, k.segment(0, k.seq[0], "A", question[:9]))
	k.seq[0] += uint32(len(question) - 5) // some are missing
	k.say(said{fromServer: true, data: answer[:3]})
	k.packets = append(k.packets, k.segment(0, k.seq[0], "A", append(question[len(question)-5:], question...)))
	layers, words := told(k.packets)
	_, packets := fieldsOf(layers)
	require.Equal(t, []int{6}, packets)
	require.Contains(t, words[5].What, "message ends, TXT www.netlab.test? id 4711")
	require.Equal(t, []string{"4711"}, valuesOf(layers[5], "dns.id"))
}

func valuesOf(nodes []wire.Node, key string) (all []string) {
	for i := range nodes {
		nodes[i].Leaves(func(n *wire.Node) {
			if n.Key == key {
				all = append(all, fmt.Sprint(n.Uint))
			}
		})
	}
	return all
}

// A filter that asks for fields of messages looks up by itself where they are cut.
func TestFilterOfMessagesThatAreCutUp(t *testing.T) {
	k := newTalker(t, 8000)
	k.say(said{data: framesOf(t, false), cuts: []int{50, 60}})
	k.say(said{fromServer: true, data: framesOf(t, true), cuts: []int{5, 20}})
	f := indexed(t, k.packets)
	for expr, want := range map[string][]int32{
		"http2.type == 1": {6, 9}, "http2.streamid == 1": {6, 9}, "http2.magic": {4}, "tcp.segment == 4": {6}, "tcp.segment_data": {4, 5, 6, 7, 8, 9}, "tcp.segment.count > 1": {6, 8, 9}, "http2": {4, 6, 8, 9},
	} {
		fl, err := filter.Parse(expr, capture.FileKeys())
		require.NoError(t, err)
		got, _, err := f.Filter(context.Background(), fl, 1)
		require.NoError(t, err)
		require.Equal(t, want, got, expr)
	}
	rec, _, err := f.Layers(6)
	require.NoError(t, err)
	require.NotEmpty(t, rec.Joined)
	require.True(t, bytes.Contains(framesOf(t, false), rec.Joined))
}

// What is kept of messages that are not whole is bounded, however many connections there are.
func TestMemoryForMessagesIsBounded(t *testing.T) {
	s := capture.NewSummarizer()
	s.Whole = true
	piece := append([]byte{0xff, 0xff, 1, 2, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0}, make([]byte, 30_000)...)
	for i := range 2000 {
		k := &talker{t: t, port: 53, seq: [2]uint32{1, 1}}
		p := k.segment(0, 1, "A", piece)
		p[20], p[21] = byte(i>>8)|0x80, byte(i)
		s.Summarize(&capture.Record{Number: i + 1, LinkType: capture.RawIP, Packet: p, Length: len(p)})
	}
	require.Less(t, capture.HeldBy(s), 18<<20)
	require.Greater(t, capture.HeldBy(s), 1<<20)
}
