package replay

import (
	"net/netip"
	"slices"
	"time"

	"netlab/ip"
	"netlab/tcp"
)

// Server plays the server's side of an Exchange to whoever connects. It is not a TCP: it sends the segments of the capture, when the client has said as much as
// the captured one had, and what a client needs besides them, acknowledgments of its own octets and what got lost once more.
type Server struct {
	exchange *Exchange
	local    netip.AddrPort
	speed    float64
	clients  []*client
	refusals [][]byte // packets that refuse connections to other ports
	accepted int
	remarks  []string
}

// maxClients is how many clients are served at a time; SYNs of others are passed over.
const maxClients = 64

// patience is how long an acknowledgment is waited for, and tries how often.
const (
	patience = time.Second
	tries    = 8
)

// NewServer returns a server at an address. speed is how much faster than in the capture things go; 0: as then.
func NewServer(x *Exchange, local netip.AddrPort, speed float64) *Server {
	if speed <= 0 {
		speed = 1
	}
	return &Server{exchange: x, local: local, speed: speed}
}

// client is one client's connection.
type client struct {
	s       *Server
	remote  netip.AddrPort
	syn     tcp.Options // what it offered
	next    tcp.Seq     // what it will send next
	una     tcp.Seq     // what it has not acknowledged
	sent    tcp.Seq     // what we send next
	window  int
	shift   int
	recent  uint32 // its timestamp, which we echo
	clock   uint32 // our latest timestamp
	turns   int    // how often it has spoken
	done    bool   // it has closed its side
	step    int    // of the exchange, which is next
	ready   time.Time
	oweSYN  bool
	oweACK  bool
	again   time.Time // when what is unacknowledged goes again; zero: nothing is
	tried   int
	resend  bool
	waiting bool // the next step waits for what the client says

	asked    int  // how often it has begun to speak
	answered bool // we have said something since it did
}

// Accepted returns how many connections there were.
func (s *Server) Accepted() int { return s.accepted }

// Clients returns how many connections there are.
func (s *Server) Clients() int { return len(s.clients) }

// Receive takes a packet that arrives. It keeps nothing of it.
func (s *Server) Receive(now time.Time, packet []byte) {
	h, payload, err := ip.Parse(packet)
	if err != nil || h.Protocol != ip.TCP || h.Dst != s.local.Addr() || h.IsFragment() || !tcp.Verify(h.Src, h.Dst, payload) {
		return
	}
	seg, err := tcp.Parse(payload)
	if err != nil {
		return
	}
	remote := netip.AddrPortFrom(h.Src, seg.SrcPort)
	if seg.DstPort != s.local.Port() {
		s.refuse(remote, &seg)
		return
	}
	i := slices.IndexFunc(s.clients, func(c *client) bool { return c.remote == remote })
	switch {
	case seg.Flags&tcp.RST != 0:
		if i >= 0 {
			s.clients = slices.Delete(s.clients, i, i+1)
		}
	case seg.Flags&(tcp.SYN|tcp.ACK) == tcp.SYN:
		if i >= 0 && s.clients[i].next == seg.Seq.Add(1) {
			s.clients[i].oweSYN = true
			return
		}
		if i >= 0 {
			s.clients = slices.Delete(s.clients, i, i+1)
		} else if len(s.clients) >= maxClients {
			return
		}
		s.clients = append(s.clients, s.accept(now, remote, &seg))
	case i >= 0:
		s.clients[i].receive(now, &seg)
	}
}

func (s *Server) accept(now time.Time, remote netip.AddrPort, seg *tcp.Segment) *client {
	iss := s.exchange.ISS
	s.accepted++
	c := &client{
		s: s, remote: remote, syn: seg.Options, next: seg.Seq.Add(1), una: iss, sent: iss, window: int(seg.Window), recent: seg.Options.TSVal,
		clock: s.exchange.SYN.Options.TSVal, oweSYN: true, answered: true,
	}
	if s.exchange.SYN.Options.WindowScale != 0 && seg.Options.WindowScale != 0 {
		c.shift = int(seg.Options.WindowScale) - 1
	}
	c.schedule(now)
	return c
}

// schedule says when the next step may go: so long after what it waited for as in the capture.
func (c *client) schedule(now time.Time) {
	if c.step == len(c.s.exchange.Steps) {
		return
	}
	step := &c.s.exchange.Steps[c.step]
	c.waiting = c.turns < step.Turns || step.Finished && !c.done || c.una == c.s.exchange.ISS
	if !c.waiting {
		c.ready = now.Add(time.Duration(float64(step.After) / c.s.speed))
	}
}

func (c *client) receive(now time.Time, seg *tcp.Segment) {
	if seg.Flags&tcp.ACK == 0 {
		return
	}
	if c.una.Less(seg.Ack) && seg.Ack.LessEq(c.sent) {
		c.una, c.tried, c.again = seg.Ack, 0, time.Time{}
		if c.una != c.sent {
			c.again = now.Add(patience)
		}
	}
	c.window = int(seg.Window) << c.shift
	if seg.Options.Timestamps {
		c.recent = seg.Options.TSVal
	}
	if seg.Len() > 0 {
		c.oweACK = true
		c.take(seg)
	}
	if c.waiting {
		c.schedule(now)
	}
}

// take takes what the client says, if it comes in order; a client says the rest again.
func (c *client) take(seg *tcp.Segment) {
	end := seg.Seq.Add(len(seg.Payload))
	if c.next.Less(seg.Seq) || end.Less(c.next) {
		return
	}
	if fresh := c.next.Less(end); fresh {
		c.compare(seg.Payload[c.next.Sub(seg.Seq):])
		c.next = end
		if seg.Flags&(tcp.PSH|tcp.FIN) != 0 { // it has said what it had to say, for now
			c.turns++
		}
	}
	if seg.Flags&tcp.FIN != 0 && !c.done {
		c.next, c.done = c.next.Add(1), true
	}
}

// Next returns the next packet to send now; nil: there is none.
func (s *Server) Next(now time.Time) []byte {
	if len(s.refusals) > 0 {
		first := s.refusals[0]
		s.refusals = s.refusals[1:]
		return first
	}
	for i := 0; i < len(s.clients); i++ {
		c := s.clients[i]
		if seg, ok := c.segment(now); ok {
			return packet(c.s.local.Addr(), c.remote.Addr(), &seg)
		}
		if c.over() {
			s.clients = slices.Delete(s.clients, i, i+1)
			i--
		}
	}
	return nil
}

// over reports whether nothing more is to be said.
func (c *client) over() bool {
	return c.tried > tries || c.done && c.step == len(c.s.exchange.Steps) && c.una == c.sent && c.una != c.s.exchange.ISS
}

// Deadline returns when Next is to be asked again if nothing arrives; zero: never.
func (s *Server) Deadline() (first time.Time) {
	for _, c := range s.clients {
		for _, at := range []time.Time{c.again, c.due()} {
			if !at.IsZero() && (first.IsZero() || at.Before(first)) {
				first = at
			}
		}
	}
	return first
}

// due is when the next step goes; zero: when the client has said something.
func (c *client) due() time.Time {
	if c.waiting || c.step == len(c.s.exchange.Steps) || !c.fits() {
		return time.Time{}
	}
	return c.ready
}

// fits reports whether the client has room for the next step.
func (c *client) fits() bool {
	seg := &c.s.exchange.Steps[c.step].Segment
	return seg.Flags&tcp.RST != 0 || len(seg.Payload) == 0 || seg.Seq.Add(len(seg.Payload)).LessEq(c.una.Add(max(c.window, 1)))
}

func (c *client) segment(now time.Time) (tcp.Segment, bool) {
	x := c.s.exchange
	if !c.again.IsZero() && !now.Before(c.again) {
		c.tried++
		c.again = now.Add(patience)
		if c.tried > tries {
			c.again = time.Time{}
			return tcp.Segment{}, false
		}
		c.oweSYN = c.una == x.ISS
		c.resend = !c.oweSYN
	}
	switch due := c.due(); {
	case c.oweSYN:
		c.oweSYN = false
		return c.send(now, x.SYN), true
	case c.resend:
		c.resend = false
		for i := range x.Steps[:c.step] {
			if seg := &x.Steps[i].Segment; c.una.Less(seg.Seq.Add(seg.Len())) && seg.Seq.LessEq(c.una) {
				return c.send(now, *seg), true
			}
		}
		return tcp.Segment{}, false
	case !due.IsZero() && !now.Before(due):
		seg := x.Steps[c.step].Segment
		c.answered = c.answered || len(seg.Payload) > 0
		c.step++
		c.schedule(now)
		return c.send(now, seg), true
	case c.oweACK:
		return c.send(now, tcp.Segment{Seq: c.sent, Flags: tcp.ACK, Window: x.SYN.Window, Options: tcp.Options{Timestamps: true}}), true
	}
	return tcp.Segment{}, false
}

// send makes a segment of the capture one of this connection: its ports, the client's numbers and timestamps, and no option that the client did not offer.
func (c *client) send(now time.Time, seg tcp.Segment) tcp.Segment {
	x := c.s.exchange
	seg.SrcPort, seg.DstPort = c.s.local.Port(), c.remote.Port()
	if seg.Flags&tcp.ACK != 0 {
		seg.Ack, c.oweACK = c.next, false
	}
	o := &seg.Options
	o.SACKs = 0
	if seg.Flags&tcp.SYN != 0 {
		o.SACKPermitted = o.SACKPermitted && c.syn.SACKPermitted
		if c.syn.WindowScale == 0 {
			o.WindowScale = 0
		}
	}
	if o.Timestamps = o.Timestamps && x.SYN.Options.Timestamps && c.syn.Timestamps; o.Timestamps {
		if int32(o.TSVal-c.clock) > 0 {
			c.clock = o.TSVal
		}
		o.TSVal, o.TSEcr = c.clock, c.recent
	} else {
		o.TSVal, o.TSEcr = 0, 0
	}
	if end := seg.Seq.Add(seg.Len()); c.sent.Less(end) && seg.Flags&tcp.RST == 0 {
		c.sent = end
	}
	if c.una != c.sent && c.again.IsZero() {
		c.again = now.Add(patience)
	}
	return seg
}

// packet puts a segment into an IP packet.
func packet(src, dst netip.Addr, seg *tcp.Segment) []byte {
	h := ip.Header{Src: src, Dst: dst, TTL: 64, Protocol: ip.TCP, DontFragment: true}
	h.TotalLength = h.Len() + seg.HeaderLen() + len(seg.Payload)
	b := make([]byte, h.TotalLength)
	h.Put(b)
	seg.Put(b[h.Len():], h.Src, h.Dst)
	return b
}
