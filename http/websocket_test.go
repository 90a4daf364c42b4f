package http

import (
	"bytes"
	"encoding/hex"
	"io"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// keys draws masking keys that are the same every time.
func keys() io.Reader { return rand.NewChaCha8([32]byte{1}) }

func octetsOf(t testing.TB, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(strings.ReplaceAll(s, " ", ""))
	require.NoError(t, err)
	return b
}

// The examples of RFC 6455, Section 5.7, and its rules, octet by octet.
func TestWebSocketFrames(t *testing.T) {
	for _, c := range []struct {
		name   string
		client bool // who receives
		octets string
		want   []string // events; the last is the error, if any
		answer string
	}{
		{"a single-frame unmasked text message", true, "81 05 48 65 6c 6c 6f", []string{`text "Hello"`}, ""},
		{"a single-frame masked text message", false, "81 85 37 fa 21 3d 7f 9f 4d 51 58", []string{`text "Hello"`}, ""},
		{"a fragmented unmasked text message", true, "01 03 48 65 6c 80 02 6c 6f", []string{`text "Hello"`}, ""},
		{"a ping", true, "89 05 48 65 6c 6c 6f", []string{`ping "Hello"`}, "8a85 6ae6783f 2283145305"},
		{"a pong", false, "8a 85 37 fa 21 3d 7f 9f 4d 51 58", []string{`pong "Hello"`}, ""},
		{"a ping between fragments", false, "0181 00000000 41 8980 00000000 8081 00000000 42", []string{"ping", `text "AB"`}, "8a00"},
		{"an empty message", false, "8280 00000000", []string{"binary"}, ""},
		{"a Close frame", false, "8882 00000000 03e9", []string{"close 1001 going away"}, "880203e9"},
		{"a Close frame without a code", false, "8880 00000000", []string{"close 1005 no status"}, "8800"},
		{"nothing counts after a Close frame", false, "8882 00000000 03e8 8181 00000000 41", []string{"close 1000 normal closure"}, "880203e8"},

		{"5.1: a client does not mask", false, "8105 48656c6c6f", []string{"1002 a client's frame is not masked"}, ""},
		{"5.1: a server masks", true, "8185 37fa213d 7f9f4d5158", []string{"1002 a server's frame is masked"}, ""},
		{"5.2: a reserved bit", true, "c100", []string{"1002 a reserved bit is set, and no extension was negotiated"}, ""},
		{"5.2: a reserved data opcode", true, "8300", []string{"1002 a frame has a reserved opcode"}, ""},
		{"5.2: a reserved control opcode", true, "8b00", []string{"1002 a frame has a reserved opcode"}, ""},
		{"5.2: 125 octets in 16 bits", true, "827e007d", []string{"1002 a payload length is not in its shortest form"}, ""},
		{"5.2: 65535 octets in 64 bits", true, "827f000000000000ffff", []string{"1002 a payload length is not in its shortest form"}, ""},
		{"5.2: the most significant bit", true, "827f8000000000000000", []string{"1002 the most significant bit of a 64-bit payload length is set"}, ""},
		{"5.4: a continuation of nothing", true, "8000", []string{"1002 a continuation continues nothing"}, ""},
		{"5.4: a message in a message", true, "0100 8100", []string{"1002 a new message begins inside another"}, ""},
		{"5.5: a long ping", true, "897e", []string{"1002 a control frame is longer than 125 octets"}, ""},
		{"5.5: a ping in pieces", true, "0900", []string{"1002 a control frame is fragmented"}, ""},
		{"5.5.1: half a code", true, "880103", []string{"1002 a Close frame carries half a code"}, ""},
		{"5.5.1: a reason that is not UTF-8", true, "880303e8ff", []string{"1007 the reason in a Close frame is not UTF-8"}, ""},
		{"7.4.1: a code that never travels", true, "880203ed", []string{"1002 a Close frame carries the code 1005, which must not travel"}, ""},
		{"7.4.2: a code that is not used", true, "880203e7", []string{"1002 a Close frame carries the code 999, which must not travel"}, ""},
		{"8.1: text that is not UTF-8", true, "8102c328", []string{"1007 a text message is not UTF-8"}, ""},
		{"8.1: half a character at the end", true, "8101c3", []string{"1007 a text message is not UTF-8"}, ""},
		{"8.1: a character over two frames", true, "0101c3 8001a9", []string{`text "é"`}, ""},
		{"10.4: too long", true, "827f0000000000100001", []string{"1009 a message is longer than what is taken here"}, ""},
		{"10.4: too long in pieces", true, "0201 00 807f0000000000100000", []string{"1009 a message is longer than what is taken here"}, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			octets := octetsOf(t, c.octets)
			for piece := 1; piece <= len(octets); piece++ {
				w := NewWebSocket(WebSocketConfig{Client: c.client, Random: keys()})
				got, answer := feed(w, octets, piece)
				require.Equal(t, c.want, got, "in pieces of %d", piece)
				if c.answer != "" {
					require.Equal(t, hex.EncodeToString(octetsOf(t, c.answer)), hex.EncodeToString(answer))
				}
				if w.failed != nil { // the peer is told what it did wrong
					require.True(t, w.Done())
					require.Contains(t, answered(t, answer), c.want[len(c.want)-1][:4])
				}
			}
			// Cut short at any place it is neither wrong nor more than it was.
			for n := range octets {
				got, _ := feed(NewWebSocket(WebSocketConfig{Client: c.client, Random: keys()}), octets[:n], n)
				require.LessOrEqual(t, len(got), len(c.want))
			}
		})
	}
}

// feed gives octets to an endpoint in pieces and returns its events, with the error last, and what it answers.
func feed(w *WebSocket, octets []byte, piece int) (events []string, answer []byte) {
	for len(octets) > 0 {
		n := min(piece, len(octets))
		err := w.Receive(bytes.Clone(octets[:n]))
		octets = octets[n:]
		for {
			ev, ok := w.Event()
			if !ok {
				break
			}
			if ev.Opcode == OpClose {
				events = append(events, "close "+ev.Closed.Code.String())
				continue
			}
			events = append(events, frameWords(frameHeader{fin: true, opcode: ev.Opcode}, ev.Data))
		}
		answer = append(answer, w.Next()...)
		if e, ok := err.(*WebSocketError); ok {
			return append(events, e.Code.String()[:5]+e.Say), answer
		}
	}
	return events, answer
}

// answered returns the last frame in b, in words.
func answered(t *testing.T, b []byte) string {
	t.Helper()
	last := ""
	require.True(t, wholeFrames(b))
	for len(b) > 0 {
		h, _, _ := parseFrameHeader(b)
		last = strings.TrimPrefix(frameWords(h, unmasked(h, b)), "close ")
		b = b[h.octets+int(h.length):]
	}
	return last
}

// RFC 6455, Section 1.3 computes this one.
func TestWebSocketAccept(t *testing.T) {
	require.Equal(t, "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=", WebSocketAccept("dGhlIHNhbXBsZSBub25jZQ=="))
}

// What one end sends the other receives, in frames of any size.
func TestWebSocketRoundTrip(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for _, fragment := range []int{0, 1, 7, 125, 126, 65535, 65536} {
		for _, size := range []int{0, 1, 124, 125, 126, 127, 1000, 65535, 65536, 70000} {
			if fragment == 1 && size > 1000 {
				continue
			}
			message := make([]byte, size)
			for i := range message {
				message[i] = byte(r.Uint32())
			}
			for _, client := range []bool{false, true} {
				from := NewWebSocket(WebSocketConfig{Client: client, Random: keys(), Fragment: fragment})
				to := NewWebSocket(WebSocketConfig{Client: !client, Random: keys()})
				require.NoError(t, from.Send(OpBinary, message))
				octets := from.Next()
				require.True(t, wholeFrames(octets))
				require.NoError(t, to.Receive(octets))
				ev, ok := to.Event()
				require.True(t, ok)
				require.Equal(t, OpBinary, ev.Opcode)
				require.True(t, bytes.Equal(message, ev.Data))
			}
		}
	}
}

func TestWebSocketCloses(t *testing.T) {
	client := NewWebSocket(WebSocketConfig{Client: true, Random: keys()})
	server := NewWebSocket(WebSocketConfig{})
	require.Error(t, client.Send(OpText, []byte{0xff}), "text is UTF-8")
	require.Error(t, client.Ping(make([]byte, 126)))
	require.NoError(t, client.Close(CloseGoingAway, strings.Repeat("é", 100)))
	require.ErrorIs(t, client.Send(OpText, nil), ErrWebSocketClosing)
	require.ErrorIs(t, client.Ping(nil), ErrWebSocketClosing)
	require.False(t, client.Done())
	require.NoError(t, server.Receive(client.Next()))
	ev, _ := server.Event()
	require.Equal(t, WebSocketClosed{CloseGoingAway, strings.Repeat("é", 61)}, ev.Closed, "cut where a character ends")
	require.True(t, server.Done())
	require.NoError(t, client.Receive(server.Next()))
	require.True(t, client.Done())
	require.Nil(t, client.Next(), "a Close frame is answered once")
}

// The layout is what the codec writes.
func TestWebSocketLayout(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	for range 2000 {
		h := frameHeader{fin: r.IntN(2) == 0, opcode: Opcode(r.IntN(16)), rsv: uint8(r.IntN(8)), masked: r.IntN(2) == 0}
		size := []int{r.IntN(126), 126 + r.IntN(1000), 65536 + r.IntN(1000)}[r.IntN(3)]
		for i := range h.key {
			h.key[i] = byte(r.Uint32())
		}
		b := appendFrame(nil, h, make([]byte, size))
		l := WebSocketLayout(b[1]&0x7f, h.masked)
		get := func(key string) uint64 {
			v, ok := l.Get(b, key)
			require.True(t, ok, key)
			return v
		}
		parsed, ok, err := parseFrameHeader(b)
		require.True(t, ok)
		require.Nil(t, err)
		require.Equal(t, parsed.octets, l.Len())
		require.Equal(t, parsed.fin, get("websocket.fin") == 1)
		require.Equal(t, uint64(parsed.rsv), get("websocket.rsv"))
		require.Equal(t, uint64(parsed.opcode), get("websocket.opcode"))
		require.Equal(t, parsed.masked, get("websocket.mask") == 1)
		length := get("websocket.payload_length")
		switch length {
		case length16:
			length = get("websocket.payload_length_ext_16")
		case length64:
			length = get("websocket.payload_length_ext_64")
		}
		require.Equal(t, uint64(size), length)
		if h.masked {
			require.Equal(t, hex.EncodeToString(h.key[:]), hex.EncodeToString(b[l.Len()-4:l.Len()]))
		}
	}
}

// A dissection covers each octet, and shows what was masked.
func TestDissectWebSocket(t *testing.T) {
	b := octetsOf(t, "818537fa213d7f9f4d5158 8880 00000000")
	b = append(b, appendFrame(nil, frameHeader{fin: true, opcode: OpClose, masked: true, key: [4]byte{1, 2, 3, 4}}, appendClosePayload(nil, CloseGoingAway, "bye"))...)
	nodes := DissectWebSocket(b, 80)
	require.Len(t, nodes, 3)
	require.Equal(t, `text "Hello"`, nodes[0].Value)
	require.Equal(t, `"Hello" (unmasked)`, nodes[0].Find("websocket.payload").Value)
	require.Equal(t, uint64(CloseGoingAway), nodes[2].Find("websocket.payload.close.status_code").Uint)
	require.Equal(t, `"bye"`, nodes[2].Find("websocket.payload.close.reason").Value)
	at := 80
	for i := range nodes {
		require.Equal(t, at, nodes[i].Bit)
		at += nodes[i].Width
	}
	require.Equal(t, 80+8*len(b), at)
	summary, ok := WebSocketSummary(b)
	require.True(t, ok)
	require.Equal(t, `text "Hello", close 1005 no status, close 1001 going away`, summary)
	for n := range 11 {
		require.Nil(t, DissectWebSocket(b[:n], 0), "%d octets are no whole frame", n)
	}
}

func FuzzWebSocket(f *testing.F) {
	for _, s := range []string{"8105 48656c6c6f", "818537fa213d7f9f4d5158", "010348656c 80026c6f", "8905 48656c6c6f", "880203e8", "827e0080", "827f0000000000010000"} {
		b, _ := hex.DecodeString(strings.ReplaceAll(s, " ", ""))
		f.Add(b, false)
		f.Add(b, true)
	}
	f.Fuzz(func(t *testing.T, b []byte, client bool) {
		whole, answer := feed(NewWebSocket(WebSocketConfig{Client: client, Random: keys()}), b, len(b))
		pieces, same := feed(NewWebSocket(WebSocketConfig{Client: client, Random: keys()}), b, 1)
		require.Equal(t, pieces, whole, "where the octets are cut makes no difference")
		require.Equal(t, same, answer)
		require.True(t, len(answer) == 0 || wholeFrames(answer))
		if nodes := DissectWebSocket(b, 0); nodes != nil {
			width := 0
			for i := range nodes {
				width += nodes[i].Width
			}
			require.Equal(t, 8*len(b), width)
		}
		_, _ = WebSocketSummary(b)
	})
}
