package http

import (
	"encoding/binary"
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"

	"netlab/wire"
)

// wholeFrames reports whether b is nothing but whole WebSocket frames that break no rule that a frame shows by itself: how they are known in a single segment.
// Frames that say nothing, as octets of zero would be, are taken for something else.
func wholeFrames(b []byte) bool {
	says := false
	for len(b) > 0 {
		h, ok, err := parseFrameHeader(b)
		reserved := h.opcode > OpBinary && h.opcode < OpClose || h.opcode > OpPong
		if !ok || err != nil || reserved || h.rsv != 0 || h.opcode.control() && (!h.fin || h.length > maxControl) || h.length > uint64(len(b)-h.octets) {
			return false
		}
		says = says || h.length > 0 || h.opcode != OpContinuation
		b = b[h.octets+int(h.length):]
	}
	return says
}

// IsWebSocket reports whether b consists of whole frames: how they are known in a single segment.
func IsWebSocket(b []byte) bool { return wholeFrames(b) }

// WebSocketSummary returns the frames that b consists of in a few words: `text "Hello"`, `ping, text "Hello"`. false: b is not whole frames.
func WebSocketSummary(b []byte) (string, bool) {
	if !wholeFrames(b) {
		return "", false
	}
	return WebSocketWords(b), true
}

// WebSocketWords is WebSocketSummary where it is known that frames follow each other; the last one may be cut short.
func WebSocketWords(b []byte) string {
	const most = 4
	var words []string
	for len(b) > 0 {
		h, ok, _ := parseFrameHeader(b)
		switch {
		case len(words) == most:
			return strings.Join(append(words, "…"), ", ")
		case !ok:
			return strings.Join(append(words, "frame begins"), ", ")
		case h.length > uint64(len(b)-h.octets):
			return strings.Join(append(words, fmt.Sprintf("%s %d octets", h.opcode, h.length)), ", ")
		}
		words = append(words, frameWords(h, unmasked(h, b)))
		b = b[h.octets+int(h.length):]
	}
	return strings.Join(words, ", ")
}

// unmasked returns the payload of the frame at the start of b as its sender meant it.
func unmasked(h frameHeader, b []byte) []byte {
	payload := append([]byte(nil), b[h.octets:h.octets+int(h.length)]...)
	if h.masked {
		mask(payload, h.key, 0)
	}
	return payload
}

// frameWords says what a frame carries.
func frameWords(h frameHeader, payload []byte) string {
	words := h.opcode.String()
	if !h.fin {
		words += " (to be continued)"
	}
	switch {
	case h.opcode == OpClose:
		if c, err := parseClosePayload(payload); err == nil {
			return words + " " + c.Code.String()
		}
	case len(payload) > 0:
		words += " " + payloadText(h.opcode, payload)
	}
	return words
}

// payloadText shows a payload: in quotes if it is short text, else its length.
func payloadText(kind Opcode, payload []byte) string {
	const longest = 40
	if kind != OpBinary && utf8.Valid(payload) && len(payload) <= longest {
		return strconv.Quote(string(payload))
	}
	if len(payload) == 1 {
		return "1 octet"
	}
	return strconv.Itoa(len(payload)) + " octets"
}

// DissectWebSocket returns the frames that b consists of, each as a node. nil: b is not whole frames. bit is the offset of b in the packet.
func DissectWebSocket(b []byte, bit int) []wire.Node {
	if !wholeFrames(b) {
		return nil
	}
	return DissectFrames(b, bit)
}

// DissectFrames is DissectWebSocket where it is known that frames follow each other. What is cut short at the end it leaves out.
func DissectFrames(b []byte, bit int) []wire.Node {
	var nodes []wire.Node
	for len(b) > 0 {
		h, ok, _ := parseFrameHeader(b)
		if !ok || h.length > uint64(len(b)-h.octets) {
			break
		}
		octets := h.octets + int(h.length)
		nodes = append(nodes, frameNode(h, b[:octets], bit))
		b, bit = b[octets:], bit+8*octets
	}
	return nodes
}

func frameNode(h frameHeader, b []byte, bit int) wire.Node {
	payload := unmasked(h, b)
	n := WebSocketLayout(b[1]&0x7f, h.masked).Dissect(b, bit)
	n.Width, n.Value = 8*len(b), frameWords(h, payload)
	if len(payload) == 0 {
		return n
	}
	value := wire.Node{
		Name: "Payload", Key: "websocket.payload", Bit: bit + 8*h.octets, Width: 8 * len(payload), Value: payloadText(h.opcode, payload),
		Doc: "What the frame carries.", Ref: wire.RFC("6455", "5.2"),
	}
	if h.masked {
		value.Value += " (unmasked)"
		value.Doc = "What the frame carries, after the masking key was taken off."
	}
	if h.opcode == OpClose {
		closeNodes(&value, payload)
	}
	n.Children = append(n.Children, value)
	return n
}

// closeNodes adds the parts of a Close frame's payload.
func closeNodes(n *wire.Node, payload []byte) {
	c, err := parseClosePayload(payload)
	if err != nil {
		n.Note = err.Say
	}
	if len(payload) < 2 {
		return
	}
	code := CloseCode(binary.BigEndian.Uint16(payload))
	n.Value = code.String()
	n.Children = []wire.Node{{
		Name: "Status Code", Key: "websocket.payload.close.status_code", Bit: n.Bit, Width: 16, Value: code.String(), Uint: uint64(code),
		Doc: "Why the connection is closed.", Ref: wire.RFC("6455", "7.4.1"),
	}}
	if len(payload) > 2 {
		n.Value += fmt.Sprintf(" %q", c.Reason)
		n.Children = append(n.Children, wire.Node{
			Name: "Reason", Key: "websocket.payload.close.reason", Bit: n.Bit + 16, Width: 8 * (len(payload) - 2), Value: strconv.Quote(string(payload[2:])),
			Doc: "The same in the sender's own words, for people who look for a fault.", Ref: wire.RFC("6455", "7.1.6"),
		})
	}
}

// WebSocketLen returns how many octets the frame at the start of b has, where it is known that one begins; it may be more than b holds. 0: b is too short to
// tell. ok is false if no frame has such a header.
func WebSocketLen(b []byte) (n int, ok bool) {
	h, whole, err := parseFrameHeader(b)
	if !whole {
		return 0, true
	}
	if err != nil || h.length > 1<<40 {
		return 0, false
	}
	return h.octets + int(h.length), true
}
