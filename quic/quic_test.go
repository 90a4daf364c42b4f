package quic

import (
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"netlab/tls"
	"netlab/wire"
)

// sample returns octets of RFC 9001, Appendix A.
func sample(t testing.TB, name string) []byte {
	t.Helper()
	text, err := os.ReadFile("testdata/rfc9001.txt")
	require.NoError(t, err)
	for _, part := range strings.Split(string(text), "\n\n")[1:] {
		title, digits, _ := strings.Cut(part, "\n")
		if title == name {
			b, err := hex.DecodeString(strings.ReplaceAll(digits, "\n", ""))
			require.NoError(t, err)
			return b
		}
	}
	t.Fatalf("no sample %s", name)
	return nil
}

func sampleID() []byte { return []byte{0x83, 0x94, 0xc8, 0xf0, 0x3e, 0x51, 0x57, 0x08} }

func TestKeysOfTheStandards(t *testing.T) {
	for _, c := range []struct {
		version    Version
		label, key string // key, initialization vector and header protection key
	}{
		{Version1, "client in", "1f369613dd76d5467730efcbe3b1a22d fa044b2f42a3fd3b46fb255c 9f50449e04a0e810283a1e9933adedd2"}, // RFC 9001, Appendix A.1
		{Version1, "server in", "cf3a5331653c364c88f0f379b6067e37 0ac1493ca1905853b0bba03e c206b8d9b9f0f37644430b490eeaa314"},
		{Version2, "client in", "8b1a0bc121284290a29e0971b5cd045d 91f73e2351d8fa91660e909f 45b95e15235d6f45a6b19cbcb0294ba9"}, // the appendix of RFC 9369
	} {
		common, err := initialSecret(c.version, sampleID())
		require.NoError(t, err)
		secret, err := expand(common, c.label, 32)
		require.NoError(t, err)
		var got []string
		for _, part := range []struct {
			label string
			n     int
		}{{"key", 16}, {"iv", 12}, {"hp", 16}} {
			b, err := expand(secret, c.version.label()+part.label, part.n)
			require.NoError(t, err)
			got = append(got, hex.EncodeToString(b))
		}
		require.Equal(t, c.key, strings.Join(got, " "))
	}
}

func TestTheClientsInitialOfTheStandard(t *testing.T) {
	b := sample(t, "client")
	require.Len(t, b, 1200)
	require.True(t, Begins(b))
	require.Equal(t, "Initial: ClientHello example.com", Summary(b))
	nodes := Dissect(b, 64)
	require.Len(t, nodes, 1)
	for key, value := range map[string]string{
		"quic.header_form": "long (1)", "quic.fixed_bit": "set", "quic.long.packet_type": "Initial (0)", "quic.long.reserved": "0", "quic.packet_number_length": "4 octets (3)",
		"quic.version": "1 (0x00000001)", "quic.dcid": "8394c8f03e515708", "quic.scil": "0", "quic.token_length": "0", "quic.length": "1182", "quic.packet_number": "2",
		"quic.crypto.offset": "0", "quic.crypto.length": "241", "tls.handshake.extensions_server_name": "example.com", "quic.padding_length": "917",
	} {
		n := nodes[0].Find(key)
		require.NotNil(t, n, key)
		require.Equal(t, value, n.Value, key)
		require.False(t, n.Ref.IsZero(), key)
	}
	name := nodes[0].Find("tls.handshake.extensions_server_name")
	require.Equal(t, 64+8*(22+4+58), name.Bit, "it stands where its encrypted octets do") // header, the beginning of the frame, the beginning of the message
	tiles(t, nodes, 64, len(b))
}

func TestTheServersPacketsOfTheStandard(t *testing.T) {
	b := sample(t, "server")
	k, err := initialKeys(Version1, sampleID(), "server in")
	require.NoError(t, err)
	p, ok := parse(b)
	require.True(t, ok)
	open, ok := k.open(b, p.number)
	require.True(t, ok)
	require.Equal(t, sample(t, "server-frames"), open.frames)
	require.EqualValues(t, 1, open.number)
	require.Equal(t, byte(0xc1), open.first)
	frames := newParts(open.frames, 0)
	require.Equal(t, ": ACK, ServerHello", frames.frames())
	tiles(t, frames.nodes, 0, len(open.frames))

	require.Equal(t, "Initial", Summary(b), "its own connection ID does not give its keys")
	tiles(t, Dissect(b, 0), 0, len(b))

	b = sample(t, "retry")
	require.True(t, Begins(b))
	require.Equal(t, "Retry", Summary(b))
	n := Dissect(b, 0)
	require.Equal(t, hex.EncodeToString([]byte("token")), n[0].Find("quic.retry_token").Value)
	require.Equal(t, "04a265ba2eff4d829058fb3f0f2496ba", n[0].Find("quic.retry_integrity_tag").Value)
	tiles(t, n, 0, len(b))
}

// tiles checks that each octet has its place in one leaf, in order.
func tiles(t testing.TB, nodes []wire.Node, bit, octets int) {
	t.Helper()
	at := bit
	for i := range nodes {
		nodes[i].Leaves(func(n *wire.Node) {
			require.Equal(t, at, n.Bit, "%s", n.Name)
			at += n.Width
		})
	}
	require.Equal(t, bit+8*octets, at)
}

// sealed returns an Initial with these frames, as a client sends it.
func sealed(t testing.TB, v Version, frames []byte) []byte {
	t.Helper()
	k, err := initialKeys(v, sampleID(), "client in")
	require.NoError(t, err)
	first := byte(long|fixed) | 1 // a packet number of two octets
	if v == Version2 {
		first |= 1 << 4
	}
	b := binary.BigEndian.AppendUint32([]byte{first}, uint32(v))
	b = append(append(b, 8), sampleID()...)
	b = append(b, 0, 0) // no source connection ID, no token
	b = binary.BigEndian.AppendUint16(b, 0x4000|uint16(2+len(frames)+tagLen))
	number := len(b)
	b = append(b, 0, 7)
	nonce := append([]byte(nil), k.iv...)
	nonce[len(nonce)-1] ^= 7
	b = k.payload.Seal(b, nonce, frames, b[:len(b):len(b)])
	mask := make([]byte, 16)
	k.header.Encrypt(mask, b[number+4:])
	b[0] ^= mask[0] & 0x0f
	b[number] ^= mask[1]
	b[number+1] ^= mask[2]
	return b
}

// crypto is a CRYPTO frame with octets of the handshake.
func crypto(handshake []byte, from, to int) []byte {
	b := binary.BigEndian.AppendUint16([]byte{6}, 0x4000|uint16(from))
	b = binary.BigEndian.AppendUint16(b, 0x4000|uint16(to-from))
	return append(b, handshake[from:to]...)
}

// hello is the ClientHello of the standard.
func hello(t testing.TB) []byte {
	t.Helper()
	p, ok := parse(sample(t, "client"))
	require.True(t, ok)
	open, ok := p.open(sample(t, "client"))
	require.True(t, ok)
	return open.frames[4 : 4+241]
}

// A handshake message may be cut up anywhere, its pieces in any order, with other frames between.
func TestPiecesInAnyOrder(t *testing.T) {
	h := hello(t)
	whole := tls.DissectMessages(h, 0)
	want := whole[0].Find("tls.handshake.extensions_server_name").Value
	for _, v := range []Version{Version1, Version2, firstDraft, lastDraft} {
		for cut := 1; cut < len(h); cut += 7 {
			frames := append(crypto(h, cut, len(h)), 1, 0, 0) // PING, PADDING
			frames = append(frames, crypto(h, 0, cut)...)
			b := sealed(t, v, frames)
			require.True(t, Begins(b))
			require.Equal(t, "Initial: PING, ClientHello example.com", Summary(b), "cut at %d", cut)
			n := Dissect(b, 0)[0]
			name := n.Find("tls.handshake.extensions_server_name")
			require.Equal(t, want, name.Value)
			from, to := name.Octets()
			require.Equal(t, "example.com"[:min(11, to-from)], string(openedOctets(t, b)[from:to]), "each node stands where its octets are")
		}
	}
}

// openedOctets returns a packet with its frames in the clear, at their places.
func openedOctets(t *testing.T, b []byte) []byte {
	p, ok := parse(b)
	require.True(t, ok)
	open, ok := p.open(b)
	require.True(t, ok)
	clear := append([]byte(nil), b...)
	copy(clear[p.number+open.numberLen:], open.frames)
	return clear
}

func TestPiecesThatAreNotThere(t *testing.T) {
	h := hello(t)
	require.Equal(t, "Initial: ClientHello", Summary(sealed(t, Version1, crypto(h, 0, 40))), "the name is in another packet")
	require.Equal(t, "Initial: piece of the handshake", Summary(sealed(t, Version1, crypto(h, 40, 241))))
	gap := append(crypto(h, 0, 100), crypto(h, 120, 241)...)
	require.Equal(t, "Initial: ClientHello example.com", Summary(sealed(t, Version1, gap)))
	for _, frames := range [][]byte{crypto(h, 0, 40), crypto(h, 40, 241), gap} {
		for _, n := range Dissect(sealed(t, Version1, frames), 0) {
			require.Empty(t, n.Note)
		}
	}
}

func TestOtherFrames(t *testing.T) {
	b := sealed(t, Version1, []byte{3, 9, 2, 1, 1, 0, 0, 1, 2, 3, 0x1c, 0x40, 0x0a, 6, 4, 'b', 'y', 'e', '\n'})
	require.Equal(t, "Initial: ACK, CONNECTION_CLOSE", Summary(b))
	n := Dissect(b, 0)[0]
	for key, value := range map[string]string{"quic.ack.largest_acknowledged": "9", "quic.ack.first_ack_range": "1", "quic.ack.gap": "0", "quic.cc.error_code": "10", "quic.cc.reason_phrase": `"bye\n"`} {
		require.Equal(t, value, n.Find(key).Value, key)
	}
	tiles(t, []wire.Node{n}, 0, len(b))

	b = sealed(t, Version1, []byte{0x1e, 1, 2, 3, 4})
	n = Dissect(b, 0)[0]
	require.Equal(t, "Initial: frame of type 30", n.Value)
	require.NotEmpty(t, n.Find("quic.frame_type").Note)
	b = sealed(t, Version1, []byte{6, 0, 9, 1, 2})
	n = Dissect(b, 0)[0]
	require.Equal(t, "cut short", n.Find("quic.frame").Note)
	tiles(t, []wire.Node{n}, 0, len(b))
}

func TestVersions(t *testing.T) {
	b := []byte{0x80 | 0x2a, 0, 0, 0, 0, 1, 0xaa, 0, 0, 0, 0, 1, 0x6b, 0x33, 0x43, 0xcf, 0x1a, 0x2a, 0x3a, 0x4a, 0xff, 0, 0, 0x1d}
	require.True(t, Begins(b))
	require.Equal(t, "Version Negotiation: 1, 2, 0x1a2a3a4a, which nobody has, draft 29", Summary(b))
	tiles(t, Dissect(b, 0), 0, len(b))
	require.False(t, Begins(b[:len(b)-1]))
	require.False(t, Begins(make([]byte, 100)))

	unknown := append([]byte{0xc0, 0x1a, 0x2a, 0x3a, 0x4a, 1, 0xaa, 0}, make([]byte, 1200)...)
	require.True(t, Begins(unknown))
	require.False(t, Begins(unknown[:1199]), "a client that asks for versions fills its datagram")
	require.Equal(t, "packet of an unknown version", Summary(unknown))
	tiles(t, Dissect(unknown, 0), 0, len(unknown))
}

func TestPacketsInOneDatagram(t *testing.T) {
	handshake := []byte{0xe0, 0, 0, 0, 1, 1, 0xaa, 1, 0xbb, 3, 1, 2, 3}
	short := append([]byte{0x5f}, make([]byte, 30)...)
	b := append(append(append([]byte(nil), sample(t, "client")...), handshake...), short...)
	require.Equal(t, "Initial: ClientHello example.com, Handshake, 1-RTT, 31 octets", Summary(b))
	tiles(t, Dissect(b, 8), 8, len(b))
	b = append(append([]byte(nil), handshake...), 0, 0, 0)
	require.Equal(t, "Handshake", Summary(b))
	n := Dissect(b, 0)
	require.Equal(t, "3 octets", n[1].Value)
	require.True(t, BeginsShort(short))
	require.Equal(t, "1-RTT, 31 octets", Summary(short))
	require.False(t, BeginsShort(short[:20]))
}

// However a datagram is cut, each octet has its place, and nothing is opened that is not whole.
func TestCutAnywhere(t *testing.T) {
	for _, name := range []string{"client", "server", "retry"} {
		b := sample(t, name)
		for n := 1; n < len(b); n++ {
			tiles(t, Dissect(b[:n], 0), 0, n)
			require.NotContains(t, Summary(b[:n]), "ClientHello")
		}
	}
	b := sample(t, "client")
	b[900] ^= 1
	require.Equal(t, "Initial", Summary(b), "what somebody changed does not open")
}

func TestEveryFieldIsKnown(t *testing.T) {
	known := map[string]bool{"tls": true}
	for _, key := range Keys() {
		known[key] = true
	}
	for _, f := range Fields() {
		require.NotEmpty(t, f.Doc, f.Key)
	}
	seen := func(n *wire.Node) {
		if !strings.HasPrefix(n.Key, "tls.") {
			require.True(t, known[n.Key], "%s", n.Key)
		}
	}
	for _, b := range [][]byte{sample(t, "client"), sample(t, "server"), sample(t, "retry"), sealed(t, Version2, []byte{2, 9, 2, 0, 1, 1, 0, 0, 0})} {
		for _, n := range Dissect(b, 0) {
			n.Leaves(seen)
		}
	}
	require.Contains(t, fmt.Sprint(LongHeaderLayout(Initial, Version1, true).Figure()), "Version")
}

func FuzzDissect(f *testing.F) {
	for _, name := range []string{"client", "server", "retry"} {
		f.Add(sample(f, name))
	}
	f.Add(sealed(f, Version1, []byte{2, 9, 2, 1, 1, 0, 0, 6, 0, 2, 1, 1}))
	f.Fuzz(func(t *testing.T, b []byte) {
		if len(b) == 0 {
			return
		}
		tiles(t, Dissect(b, 0), 0, len(b))
		Begins(b)
		Summary(b)
	})
}
