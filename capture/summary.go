package capture

import (
	"encoding/binary"
	"fmt"
	"net/netip"
	"strconv"
	"strings"

	"netlab/ether"
	"netlab/ip"
	"netlab/tcp"
)

// Summary is one packet in plain words: a row of a packet list.
type Summary struct {
	Src, Dst string // addresses, with ports if there are any: "10.0.1.10:40001"
	Proto    string // "TCP"; "HTTP", "TLS", "DNS" or "WebSocket" for a segment or datagram in which a message begins; "ICMP"
	What     string // "SYN", "data 1461..2921", "echo request id 1 seq 3"
	Stream   int    // number of the connection or flow, from 0, counted per transport protocol; -1: none
	Again    bool   // a TCP segment that carries only what the same end had sent before
	Lost     bool   // taken for lost; a Summarizer cannot know that, which only later packets tell
	Late     bool   // a TCP segment that fills a gap which an earlier segment had left: out of order
	Problem  string // what is wrong with the packet, in words; empty if nothing is

	Transport string // "TCP" or "UDP" where Stream counts; empty otherwise

	Numbers Sequence // of a TCP segment

	laid *laid // how the data of the segment lies in messages, until the next packet; nil: that was not wanted
}

// Sequence is the relative sequence and acknowledgment number of a TCP segment, modulo 2^32, and how many numbers it covers, its SYN and FIN included.
type Sequence struct {
	Seq, Ack, Len uint32
	Known         bool // Seq counts from the beginning of its connection, or of what was captured of that
	AckKnown      bool // so does Ack; a segment without the ACK bit has none
}

// Summarizer says of each packet what it is. Sequence numbers are relative: the SYN is 0, the first
// octet 1, and "data 1461..2921" ends before 2921, which is what the acknowledgement will say. It follows
// streams, so packets are given in order. It holds the latest 65,536 streams and forgets older ones.
type Summarizer struct {
	Terse bool // leaves What empty where that saves work: of TCP's segments, mostly
	Whole bool // keeps messages that are cut up over segments, so that FileLayers has them

	streams   map[streamKey]*stream
	latest    *stream // of the packet before, if that is known, and its key
	latestKey streamKey
	order     []streamKey // the streams in order of creation, from which the oldest is forgotten
	tcps      int         // TCP connections so far
	udps      int
	buf       []byte // for the words of one packet

	number int    // of the packet
	laid   laid   // how its data lies in messages;
	given  bool   // that is known, and need not be found out
	memory memory // for messages that are not whole yet
}

// maxStreams bounds the memory that a hostile capture can claim.
const maxStreams = 1 << 16

// NewSummarizer returns a Summarizer that has seen nothing yet.
func NewSummarizer() *Summarizer { return &Summarizer{streams: map[streamKey]*stream{}} }

// Add summarizes the next packet. It keeps nothing of packet.
func (s *Summarizer) Add(t LinkType, packet []byte) Summary {
	if foreignLink(t) && len(packet) > 0 {
		found, ours, _ := foreignLinkLayers(t, packet)
		return s.foreignSummary(found, ours, t.String(), len(packet))
	}
	next, n, ok := linkPayload(t, packet)
	switch {
	case !ok && len(packet) == 0:
		return Summary{Proto: "?", What: "nothing", Stream: -1, Problem: "no octets"}
	case !ok:
		if _, known := linkLayout(t); !known {
			return Summary{Proto: "?", What: octets(len(packet)) + " of " + t.String(), Stream: -1}
		}
		return Summary{Proto: "?", What: octets(len(packet)), Stream: -1, Problem: "link header cut short"}
	case next == ether.TypeIPv4 || next == ether.TypeIPv6:
		return s.ip(packet[n:])
	case next == ether.TypeARP:
		return s.arp(packet[n:], t == Ether && ether.MAC(packet[:6]) == ether.Broadcast())
	}
	return s.foreign(next, packet[n:])
}

// ip summarizes a packet of either version.
func (s *Summarizer) ip(b []byte) Summary {
	if inner, at := innermost(b); at > 0 {
		outer, _ := parseHeader(b)
		eachCarrier(b, func(h *header) {
			src, dst := endpoints(h)
			s.stream(streamKey{ip.UDP, src, dst}, nil)
		})
		sum := s.innermost(inner)
		if sum.Problem == "" && outer.problem == wrongHeaderSum && b[10]|b[11] != 0 {
			sum.Problem = wrongHeaderSum
		}
		sum.What += fmt.Sprintf("  in a tunnel from %s to %s", outer.src, outer.dst)
		return sum
	}
	return s.innermost(b)
}

// innermost summarizes a packet, which is no tunnel, or too deep in one.
func (s *Summarizer) innermost(b []byte) Summary {
	h, ok := parseHeader(b)
	if !ok && ipVersion(b) == ether.TypeIPv6 {
		return Summary{Proto: "IPv6", What: octets(len(b)), Stream: -1, Problem: "not an IPv6 header"}
	}
	if !ok {
		return Summary{Proto: "IPv4", What: octets(len(b)), Stream: -1, Problem: "not an IPv4 header"}
	}
	return s.headed(&h, b, h.transportSum())
}

// headed summarizes packet b with its header and what the checksum of its segment is worth. It may change h.
func (s *Summarizer) headed(h *header, b []byte, transportSum sumState) Summary {
	if h.problem == wrongHeaderSum && b[10]|b[11] == 0 {
		h.problem = "" // a network card that computes this checksum finds a zero in its place
	}
	if h.offset > 0 {
		return Summary{
			Src: h.src.String(), Dst: h.dst.String(), Proto: h.protocol.String(), Stream: -1, Problem: h.problem,
			What: fmt.Sprintf("fragment %d..%d of packet id %d", h.offset, h.offset+len(h.payload), h.id),
		}
	}
	sum := s.transport(h, transportSum)
	if h.more {
		sum.What += "  first fragment of packet id " + strconv.Itoa(int(h.id))
	}
	if h.problem != "" {
		sum.Problem = h.problem
	}
	return sum
}

// transport summarizes what an IP packet of either version carries.
func (s *Summarizer) transport(h *header, transportSum sumState) Summary {
	switch h.protocol {
	case ip.TCP:
		return s.tcp(h, transportSum)
	case ip.UDP:
		return s.udp(h)
	case ip.ICMP, ip.ICMPv6:
		if (h.protocol == ip.ICMP) == h.dst.Is4() {
			return s.icmp(h)
		}
	}
	sum := Summary{Src: h.src.String(), Dst: h.dst.String(), Proto: h.protocol.String(), What: octets(len(h.payload)), Stream: -1}
	if d := foreignProtocol(h.protocol); d != nil && h.cut == 0 && !h.more {
		_, what, problem := carriedWords(d, h.payload)
		if sum.Problem = problem; what != "" {
			sum.What = what
		}
	}
	return sum
}

func (s *Summarizer) tcp(h *header, transportSum sumState) Summary {
	if len(h.payload) < 4 {
		return Summary{Src: h.src.String(), Dst: h.dst.String(), Proto: "TCP", What: octets(len(h.payload)), Stream: -1, Problem: "segment cut short"}
	}
	src, dst := endpoints(h)
	seg, err := tcp.Parse(h.payload)
	if err != nil {
		problem := strings.TrimPrefix(err.Error(), "tcp: ")
		return Summary{Src: src.String(), Dst: dst.String(), Proto: "TCP", What: octets(len(h.payload)), Stream: -1, Problem: problem}
	}
	st, dir := s.stream(streamKey{ip.TCP, src, dst}, &seg)
	sum := Summary{Src: st.name[dir], Dst: st.name[1-dir], Proto: "TCP", Transport: "TCP", Stream: st.number}
	s.memory.whole = s.Whole
	if s.follow(st, dir, &seg, h.cut); s.Whole {
		sum.laid = &s.laid
	}
	s.segment(&sum, st, dir, &seg, h.cut)
	if seg.Options.Illegal || seg.Options.Odd {
		sum.Problem = tcp.OptionProblem(h.payload[segmentHeader:segmentHeaderLen(h.payload)])
	}
	if transportSum == sumWrong {
		sum.Problem = "wrong TCP checksum"
	}
	return sum
}

func (s *Summarizer) udp(h *header) Summary {
	b := h.payload
	if len(b) < 8 {
		return Summary{Src: h.src.String(), Dst: h.dst.String(), Proto: "UDP", What: octets(len(b)), Stream: -1, Problem: "datagram cut short"}
	}
	src, dst := endpoints(h)
	st, dir := s.stream(streamKey{ip.UDP, src, dst}, nil)
	length := int(binary.BigEndian.Uint16(b[4:]))
	sum := Summary{Src: st.name[dir], Dst: st.name[1-dir], Proto: "UDP", Transport: "UDP", Stream: st.number, What: "datagram of " + octets(max(0, length-8))}
	if data := b[8:max(8, min(length, len(b)))]; h.cut == 0 && !h.more {
		if proto, what, ok := datagramWords(h, data); ok {
			sum.Proto, sum.What = proto, what
		} else if d := foreignDatagram(h); d != nil && len(data) > 0 {
			if proto, what, problem := carriedWords(d, data); problem == "" && proto != "" {
				sum.Proto, sum.What = proto, what
			}
		}
	}
	switch {
	case length < 8, length > len(b) && h.cut == 0 && !h.more:
		sum.Problem = fmt.Sprintf("UDP length %d in %s", length, octets(len(b)))
	case length <= len(b) && checkTransport(h.src, h.dst, ip.UDP, b[:length], 6) == sumWrong:
		sum.Problem = "wrong UDP checksum"
	}
	return sum
}

// endpoints returns both ends of a segment or datagram, whose header begins with the ports.
func endpoints(h *header) (src, dst netip.AddrPort) {
	return netip.AddrPortFrom(h.src, binary.BigEndian.Uint16(h.payload)), netip.AddrPortFrom(h.dst, binary.BigEndian.Uint16(h.payload[2:]))
}

func octets(n int) string {
	if n == 1 {
		return "1 octet"
	}
	return strconv.Itoa(n) + " octets"
}
