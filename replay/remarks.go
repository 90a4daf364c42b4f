package replay

import (
	"fmt"
	"net/netip"

	"netlab/tcp"
)

// Remarks returns what has been noticed since it was asked last: a client that says something else than the captured one, or asks for another port.
func (s *Server) Remarks() []string {
	remarks := s.remarks
	s.remarks = nil
	return remarks
}

// maxRemarks is how many remarks wait at most.
const maxRemarks = 100

// compare remarks on a client that begins to speak otherwise than the captured one did.
func (c *client) compare(data []byte) {
	if !c.answered {
		return
	}
	c.answered = false
	said, then := firstLine(data), ""
	if c.asked < len(c.s.exchange.Asked) {
		then = c.s.exchange.Asked[c.asked]
	}
	c.asked++
	if said != then && said != "" && then != "" && len(c.s.remarks) < maxRemarks {
		c.s.remarks = append(c.s.remarks, fmt.Sprintf("%s says %q, where the capture has %q: it gets what was answered then", c.remote, said, then))
	}
}

// refuse answers who asks for another port, so that it does not wait. RFC 9293, Section 3.10.7.1: "If the ACK bit is off, sequence number zero is used,
// <SEQ=0><ACK=SEG.SEQ+SEG.LEN><CTL=RST,ACK>".
func (s *Server) refuse(remote netip.AddrPort, seg *tcp.Segment) {
	if seg.Flags&(tcp.SYN|tcp.ACK|tcp.RST) != tcp.SYN || len(s.refusals) == maxClients {
		return
	}
	reset := tcp.Segment{SrcPort: seg.DstPort, DstPort: seg.SrcPort, Ack: seg.Seq.Add(seg.Len()), Flags: tcp.RST | tcp.ACK}
	s.refusals = append(s.refusals, packet(s.local.Addr(), remote.Addr(), &reset))
	if len(s.remarks) < maxRemarks {
		s.remarks = append(s.remarks, fmt.Sprintf("%s asks for port %d, and is refused: the captured server has port %d", remote, seg.DstPort, s.local.Port()))
	}
}
