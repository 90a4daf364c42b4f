package http2_test

import (
	"bytes"
	"testing"

	"github.com/stretchr/testify/require"
	xhttp2 "golang.org/x/net/http2"
	"golang.org/x/net/http2/hpack"

	"netlab/http2"
	"netlab/wire"
)

// everyFrame is one frame of each type, written by the library.
func everyFrame(t testing.TB) []byte {
	var b bytes.Buffer
	f := xhttp2.NewFramer(&b, nil)
	f.AllowIllegalWrites = true
	var fields bytes.Buffer
	require.NoError(t, hpack.NewEncoder(&fields).WriteField(hpack.HeaderField{Name: ":method", Value: "GET"}))
	for _, err := range []error{
		f.WriteSettings(xhttp2.Setting{ID: xhttp2.SettingInitialWindowSize, Val: 65536}, xhttp2.Setting{ID: xhttp2.SettingMaxFrameSize, Val: 16384}),
		f.WriteSettingsAck(),
		f.WriteHeaders(xhttp2.HeadersFrameParam{
			StreamID: 1, BlockFragment: fields.Bytes(), EndHeaders: false, EndStream: true, PadLength: 5,
			Priority: xhttp2.PriorityParam{StreamDep: 3, Exclusive: true, Weight: 9},
		}),
		f.WriteContinuation(1, true, fields.Bytes()),
		f.WriteDataPadded(1, false, []byte("hello"), make([]byte, 3)),
		f.WriteData(1, true, nil),
		f.WritePriority(3, xhttp2.PriorityParam{StreamDep: 1, Weight: 200}),
		f.WriteRSTStream(3, xhttp2.ErrCodeCancel),
		f.WritePushPromise(xhttp2.PushPromiseParam{StreamID: 1, PromiseID: 2, BlockFragment: fields.Bytes(), EndHeaders: true}),
		f.WritePing(false, [8]byte{1, 2, 3}),
		f.WriteGoAway(7, xhttp2.ErrCodeEnhanceYourCalm, []byte("slowly")),
		f.WriteWindowUpdate(0, 1000),
	} {
		require.NoError(t, err)
	}
	return b.Bytes()
}

func values(nodes []wire.Node, key string) (all []string) {
	for i := range nodes {
		nodes[i].Leaves(func(n *wire.Node) {
			if n.Key == key {
				all = append(all, n.Value)
			}
		})
	}
	return all
}

func TestFramesOfTheLibraryAreTakenApart(t *testing.T) {
	b := everyFrame(t)
	require.True(t, http2.Begins(b))
	nodes := http2.Dissect(b, 0)
	var words []string
	for _, n := range nodes {
		require.Empty(t, n.Note)
		words = append(words, n.Value)
	}
	require.Equal(t, []string{
		"SETTINGS", "SETTINGS acknowledged", "HEADERS of stream 1, the last", "CONTINUATION of stream 1", "DATA of stream 1, 9 octets",
		"DATA of stream 1, 0 octets, the last", "PRIORITY of stream 3", "RST_STREAM of stream 3", "PUSH_PROMISE of stream 1", "PING", "GOAWAY", "WINDOW_UPDATE",
	}, words)
	require.Equal(t, []string{"INITIAL_WINDOW_SIZE (4)", "MAX_FRAME_SIZE (5)"}, values(nodes, "http2.settings.id"))
	require.Equal(t, []string{"5", "3"}, values(nodes, "http2.pad_length"))
	require.Equal(t, []string{"3", "1"}, values(nodes, "http2.stream_dependency"))
	require.Equal(t, []string{"CANCEL (8)", "ENHANCE_YOUR_CALM (11)"}, values(nodes, "http2.error"))
	require.Equal(t, []string{"1000"}, values(nodes, "http2.window_update.increment"))
	require.Equal(t, []string{"5 octets"}, values(nodes, "http2.data.data"))
	require.Equal(t, []string{"0x29 (END_STREAM, PADDED, PRIORITY)"}, values(nodes, "http2.flags")[2:3])
}

// Of whatever octets, the nodes cover each once, in order.
func covers(t *testing.T, b []byte) {
	at := 0
	for _, n := range http2.Dissect(b, 0) {
		n.Leaves(func(leaf *wire.Node) {
			require.Equal(t, at, leaf.Bit, "%s", leaf.Name)
			at += leaf.Width
		})
	}
	require.Equal(t, 8*len(b), at)
}

func TestEveryTruncation(t *testing.T) {
	b := append([]byte(http2.Preface), everyFrame(t)...)
	for n := range b {
		covers(t, b[:n:n])
		http2.Summary(b[:n:n])
	}
	words, ok := http2.Summary(b)
	require.True(t, ok)
	require.Equal(t, "preface, SETTINGS, SETTINGS acknowledged, HEADERS of stream 1, the last, CONTINUATION of stream 1, …", words)
}

func TestWhatIsNotHTTP2(t *testing.T) {
	for _, b := range []string{"", "GET / HTTP/1.1\r\nHost: h\r\n\r\n", "\x16\x03\x01\x00\x05hello", "\x81\x05Hello", string(make([]byte, 100)), "\x00\x00\x00\x00\x00\x03\xff\x2b\x0e", "\x00\x00\x00\x00\x40\x00\x00\x00\x01", string(everyFrame(t)[:20])} {
		require.False(t, http2.Begins([]byte(b)), "%q", b)
	}
}

func FuzzDissect(f *testing.F) {
	f.Add(everyFrame(f))
	f.Add([]byte(http2.Preface))
	f.Fuzz(func(t *testing.T, b []byte) {
		covers(t, b)
		http2.Summary(b)
		if h, ok := http2.ParseHeader(b); ok {
			if fragment, ok := h.Fragment(b[http2.HeaderLen:]); ok {
				require.LessOrEqual(t, len(fragment), len(b)-http2.HeaderLen)
			}
		}
	})
}
