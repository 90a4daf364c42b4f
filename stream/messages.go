package stream

import (
	"fmt"
	"strings"

	"golang.org/x/net/http2/hpack"

	"netlab/capture"
	"netlab/dns"
	"netlab/http"
	"netlab/http2"
	"netlab/tls"
	"netlab/wire"
)

// Messages says what the messages in a stream are, line by line: those of HTTP with their fields, DNS with its questions and records, WebSocket, and what TLS does not protect.
type Messages struct {
	cutter *capture.Cutter
	hpack  [2]*hpack.Decoder
	fields []string  // of the field section that is being decoded
	told   int       // octets of these
	more   int       // fields beyond
	block  [2][]byte // of a field section that goes on
	lost   [2]bool   // what fields are cannot be made out any more
}

// Next returns lines on the messages that are whole by a chunk; those that begin with two spaces say more of the one before.
func (m *Messages) Next(c Chunk) (lines []string) {
	ports := [2]uint16{c.Stream.Ends[0].Addr.Port(), c.Stream.Ends[1].Addr.Port()}
	if c.UDP {
		for _, port := range ports {
			if port == dns.Port || port == dns.MulticastPort || port == dns.LLMNRPort {
				return dnsLines(c.Octets)
			}
		}
		return []string{octetsWords(len(c.Octets))}
	}
	if m.cutter == nil {
		m.cutter = capture.NewCutter(ports)
	}
	m.lost[c.Dir] = m.lost[c.Dir] || c.Missing > 0
	for _, one := range m.cutter.Next(c.Dir, c.Octets, c.Missing) {
		lines = append(lines, m.lines(c.Dir, one)...)
	}
	return lines
}

func octetsWords(n int) string { return fmt.Sprintf("%d octets", n) }

func (m *Messages) lines(dir int, one capture.Message) []string {
	b := one.Octets
	switch {
	case len(b) == 0:
		return []string{"a message of " + one.Of + " that is too long, or not whole"}
	case one.Of == "http":
		var lines []string
		for i, line := range strings.Split(strings.TrimSuffix(string(b), "\r\n\r\n"), "\r\n") {
			if i > 0 {
				line = "  " + line
			}
			lines = append(lines, line)
		}
		return lines
	case one.Of == "http2":
		return append([]string{http2.Words(b)}, m.section(dir, b)...)
	case one.Of == "websocket":
		return []string{http.WebSocketWords(b)}
	case one.Of == "tls":
		if words, ok := tls.Summary(b); ok {
			return []string{words}
		}
	case one.Of == "dns":
		return dnsLines(b[2:])
	}
	return []string{octetsWords(len(b))}
}

// section decodes the field section of a frame of HTTP/2, once it is whole.
func (m *Messages) section(dir int, b []byte) (lines []string) {
	h, ok := http2.ParseHeader(b)
	if !ok || strings.HasPrefix(http2.Preface, string(b[:3])) || h.Type != http2.Headers && h.Type != http2.PushPromise && h.Type != http2.Continuation || m.lost[dir] {
		return nil
	}
	fragment, ok := h.Fragment(b[http2.HeaderLen:])
	if h.Type != http2.Continuation {
		m.block[dir] = nil
	}
	m.block[dir] = append(m.block[dir], fragment...)
	if !ok || len(m.block[dir]) > maxBlock {
		m.lost[dir] = true
		return nil
	}
	if h.Flags&http2.FlagEndHeaders == 0 {
		return nil
	}
	if m.hpack[dir] == nil {
		d := hpack.NewDecoder(4096, m.field)
		d.SetAllowedMaxDynamicTableSize(1 << 16) // what SETTINGS allow is not looked up
		d.SetMaxStringLength(1 << 16)
		m.hpack[dir] = d
	}
	m.fields, m.told, m.more = nil, 0, 0
	_, err := m.hpack[dir].Write(m.block[dir])
	if err == nil {
		err = m.hpack[dir].Close()
	}
	if err != nil {
		m.lost[dir] = true
		return append(m.fields, "  ! "+err.Error())
	}
	if m.more > 0 {
		m.fields = append(m.fields, fmt.Sprintf("  … and %d more fields", m.more))
	}
	return m.fields
}

// mostTold is how many octets of a field section are told: one octet of it may stand for a field of thousands.
const mostTold = 1 << 20

// field takes a field of the section that is being decoded.
func (m *Messages) field(f hpack.HeaderField) {
	if m.told += len(f.Name) + len(f.Value); m.told > mostTold {
		m.more++
		return
	}
	m.fields = append(m.fields, "  "+f.Name+": "+f.Value)
}

// dnsLines says what a message of DNS asks and answers.
func dnsLines(b []byte) []string {
	words, ok := dns.Summary(b)
	if !ok {
		return []string{"a malformed message of DNS"}
	}
	lines := []string{words}
	n := dns.Dissect(b, 0)
	for _, child := range n.Children {
		if child.Key == "dns.resp" || isRecord(&child) {
			lines = append(lines, "  "+strings.ToLower(child.Name)+": "+child.Value)
		}
	}
	return lines
}

func isRecord(n *wire.Node) bool {
	return n.Name == "Answer" || n.Name == "Authority" || n.Name == "Additional"
}
