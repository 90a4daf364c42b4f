package stream_test

import (
	"bytes"
	"net/netip"
	"strings"
	"testing"

	"github.com/miekg/dns"
	"github.com/stretchr/testify/require"
	xhttp2 "golang.org/x/net/http2"
	"golang.org/x/net/http2/hpack"

	"netlab/stream"
)

// linesOf returns what the messages are in what the two ends of a connection say in turns, each in pieces of so many octets.
func linesOf(port uint16, piece int, turns ...[]byte) (lines []string) {
	s := &stream.Stream{Transport: "TCP"}
	s.Ends[0].Addr, s.Ends[1].Addr = netip.MustParseAddrPort("10.0.1.10:40001"), netip.AddrPortFrom(netip.MustParseAddr("10.0.2.20"), port)
	var m stream.Messages
	for i, b := range turns {
		for len(b) > 0 {
			n := min(piece, len(b))
			lines = append(lines, m.Next(stream.Chunk{Stream: s, Dir: i % 2, Octets: b[:n]})...)
			b = b[n:]
		}
	}
	return lines
}

func TestMessagesInLines(t *testing.T) {
	var client, server, fields bytes.Buffer
	encode := func(list ...string) []byte {
		fields.Reset()
		e := hpack.NewEncoder(&fields)
		for i := 0; i < len(list); i += 2 {
			require.NoError(t, e.WriteField(hpack.HeaderField{Name: list[i], Value: list[i+1]}))
		}
		return bytes.Clone(fields.Bytes())
	}
	client.WriteString(xhttp2.ClientPreface)
	f := xhttp2.NewFramer(&client, nil)
	require.NoError(t, f.WriteSettings())
	block := encode(":method", "GET", ":path", "/hello")
	require.NoError(t, f.WriteHeaders(xhttp2.HeadersFrameParam{StreamID: 1, BlockFragment: block[:1], EndStream: true}))
	require.NoError(t, f.WriteContinuation(1, true, block[1:]))
	f = xhttp2.NewFramer(&server, nil)
	require.NoError(t, f.WriteSettings())
	require.NoError(t, f.WriteHeaders(xhttp2.HeadersFrameParam{StreamID: 1, BlockFragment: encode(":status", "200"), EndHeaders: true}))
	require.NoError(t, f.WriteData(1, true, []byte("hello")))

	question := new(dns.Msg).SetQuestion("www.lab.", dns.TypeA)
	question.Id = 7
	packed, err := question.Pack()
	require.NoError(t, err)
	packed = append([]byte{0, byte(len(packed))}, packed...)

	upgrade := []byte("GET /chat HTTP/1.1\r\nUpgrade: websocket\r\n\r\n")
	switched := []byte("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n\x81\x05Hello")
	for piece := 3; piece < 80; piece++ {
		require.Equal(t, []string{
			"preface", "SETTINGS", "HEADERS of stream 1, the last", "CONTINUATION of stream 1", "  :method: GET", "  :path: /hello",
			"SETTINGS", "HEADERS of stream 1", "  :status: 200", "DATA of stream 1, 5 octets, the last",
		}, linesOf(8000, piece, client.Bytes(), server.Bytes()), "pieces of %d", piece)
		require.Equal(t, []string{"A www.lab? id 7", "A www.lab? id 7"}, linesOf(53, piece, packed, nil, packed), "pieces of %d", piece)
		if piece >= 4 {
			require.Equal(t, []string{
				"GET /chat HTTP/1.1", "  Upgrade: websocket", "HTTP/1.1 101 Switching Protocols", "  Upgrade: websocket", `text "Hello"`, "ping",
			}, linesOf(9000, piece, upgrade, switched, []byte("\x89\x00")), "pieces of %d", piece)
		}
	}
}

// Behind octets that are missing, fields of HTTP/2 are not made up: what they are depends on what was said before.
func TestFieldsBehindAGapAreNotMadeUp(t *testing.T) {
	var b bytes.Buffer
	f := xhttp2.NewFramer(&b, nil)
	require.NoError(t, f.WriteHeaders(xhttp2.HeadersFrameParam{StreamID: 1, BlockFragment: []byte{0x82}, EndHeaders: true}))
	s := &stream.Stream{Transport: "TCP"}
	var m stream.Messages
	require.Equal(t, []string{"HEADERS of stream 1", "  :method: GET"}, m.Next(stream.Chunk{Stream: s, Octets: b.Bytes()}))
	require.Equal(t, []string{"HEADERS of stream 1"}, m.Next(stream.Chunk{Stream: s, Octets: b.Bytes(), Missing: 40}))
}

// A field of the dynamic table costs an octet to name again. However often it is, what is told of it is bounded.
func TestFieldsThatGrow(t *testing.T) {
	var block bytes.Buffer
	e := hpack.NewEncoder(&block)
	require.NoError(t, e.WriteField(hpack.HeaderField{Name: "x", Value: strings.Repeat("v", 4000)}))
	for range 100_000 {
		block.WriteByte(0x80 | 62) // the newest entry
	}
	var client bytes.Buffer
	client.WriteString(xhttp2.ClientPreface)
	f := xhttp2.NewFramer(&client, nil)
	require.NoError(t, f.WriteSettings())
	b := block.Bytes()
	require.NoError(t, f.WriteHeaders(xhttp2.HeadersFrameParam{StreamID: 1, BlockFragment: b[:16000]}))
	for b = b[16000:]; len(b) > 0; b = b[min(16000, len(b)):] {
		require.NoError(t, f.WriteContinuation(1, len(b) <= 16000, b[:min(16000, len(b))]))
	}
	size := 0
	lines := linesOf(80, 1000, client.Bytes())
	for _, line := range lines {
		size += len(line)
	}
	require.Less(t, size, 1<<21)
	require.Contains(t, lines[len(lines)-1], "more fields")
}
