package quic

import (
	"slices"
	"strconv"
	"strings"

	"netlab/wire"
)

// frameType is what a frame is.
type frameType uint64

// The frames that may be in an Initial packet (RFC 9000, Section 12.4).
const (
	paddingFrame frameType = 0x00
	pingFrame    frameType = 0x01
	ackFrame     frameType = 0x02
	ackECNFrame  frameType = 0x03
	cryptoFrame  frameType = 0x06
	closeFrame   frameType = 0x1c
)

func (t frameType) String() string {
	switch t {
	case paddingFrame:
		return "PADDING"
	case pingFrame:
		return "PING"
	case ackFrame, ackECNFrame:
		return "ACK"
	case cryptoFrame:
		return "CRYPTO"
	case closeFrame:
		return "CONNECTION_CLOSE"
	}
	return "frame of type " + strconv.FormatUint(uint64(t), 10)
}

// ref names the section about the frame's type.
func (t frameType) ref() wire.Ref {
	switch t {
	case paddingFrame, pingFrame, ackFrame:
		return wire.RFC("9000", "19."+strconv.Itoa(int(t)+1))
	case ackECNFrame:
		return wire.RFC("9000", "19.3")
	case cryptoFrame:
		return wire.RFC("9000", "19.6")
	case closeFrame:
		return wire.RFC("9000", "19.19")
	}
	return wire.RFC("9000", "12.4")
}

// frames shows the frames of a packet, and the messages of the TLS handshake that their pieces make up. It says which kinds there are, but for padding:
// ": ACK, ServerHello".
func (p *parts) frames() string {
	var words []string
	for len(p.b) > 0 {
		inner := p.of(p.b, p.bit)
		t, said := inner.frame()
		node := wire.Node{Name: "Frame: " + t.String(), Key: "quic.frame", Bit: p.bit, Width: inner.bit - p.bit, Doc: p.fields["quic.frame"].Doc, Ref: t.ref(), Children: inner.nodes}
		if inner.cut {
			node.Note = "cut short"
		}
		if said != nil {
			p.pieces = append(p.pieces, piece{offset: inner.nodes[1].Uint, octets: said, bit: inner.bit - 8*len(said), frame: len(p.nodes)})
		} else if t != paddingFrame && !slices.Contains(words, t.String()) {
			words = append(words, t.String())
		}
		p.nodes = append(p.nodes, node)
		p.b, p.bit = inner.b, inner.bit
	}
	if len(p.pieces) > 0 {
		words = append(words, p.messages(p.pieces))
	}
	return ": " + strings.Join(words, ", ")
}

// frame shows the frame at the start of what is left. It returns its type, and what it carries of the TLS handshake; nil: nothing.
func (p *parts) frame() (t frameType, said []byte) {
	if p.b[0] == 0 {
		n := len(p.b) - len(trimZeros(p.b))
		p.take(n, "quic.padding_length", func([]byte) (string, uint64) { return strconv.Itoa(n), uint64(n) })
		return paddingFrame, nil
	}
	t = frameType(p.varint("quic.frame_type"))
	p.last().Value = t.String() + " (" + p.last().Value + ")"
	switch t {
	case pingFrame:
	case ackFrame, ackECNFrame:
		p.ack(t == ackECNFrame)
	case cryptoFrame:
		p.varint("quic.crypto.offset")
		said = p.take(p.length("quic.crypto.length"), "quic.crypto.crypto_data", counted)
	case closeFrame:
		p.varint("quic.cc.error_code")
		p.varint("quic.cc.frame_type")
		p.take(p.length("quic.cc.reason_phrase.length"), "quic.cc.reason_phrase", quoted)
	default:
		p.last().Note = "an Initial packet may not have such a frame"
		p.take(len(p.b), "quic.unknown", counted)
	}
	return t, said
}

func (p *parts) ack(ecn bool) {
	p.varint("quic.ack.largest_acknowledged")
	p.varint("quic.ack.ack_delay")
	ranges := p.varint("quic.ack.ack_range_count")
	p.varint("quic.ack.first_ack_range")
	for ; ranges > 0 && !p.cut; ranges-- {
		p.varint("quic.ack.gap")
		p.varint("quic.ack.ack_range")
	}
	if ecn {
		for range 3 {
			p.varint("quic.ack.ecn_count")
		}
	}
}

func trimZeros(b []byte) []byte {
	for len(b) > 0 && b[0] == 0 {
		b = b[1:]
	}
	return b
}
