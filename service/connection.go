package service

import (
	"fmt"
	"net"
	"strings"
	"time"

	"netlab/http"
	"netlab/tcp"
	"netlab/tls/tlsnet"
	"netlab/trace"
)

// connection serves /: a page about the connection that fetches it.
func (s *Web) connection(conn net.Conn, w *http.ResponseWriter, r *http.Request, _ string) {
	flow := trace.Flow{Local: addrPort(conn.LocalAddr()), Remote: addrPort(conn.RemoteAddr())}
	p := connectionPage(flow, r)
	if c, ok := inner(conn).(interface{ Snapshot() tcp.Snapshot }); ok {
		p.tcp(c.Snapshot())
	}
	if c, ok := conn.(*tlsnet.Conn); ok {
		p.tls(c.ConnectionState())
	}
	p.heading("What else there is")
	p.routes()
	p.write(w, r)
}

// connectionPage begins the page with what the request itself shows.
func connectionPage(flow trace.Flow, r *http.Request) page {
	p := page{title: "You have reached netlab"}
	p.text("This page came over a TCP connection that a userspace TCP/IP stack answered: no kernel socket is behind it. Here is what the stack knows of that connection at this moment.")
	p.heading("Who talks to whom")
	p.row("You", flow.Remote.String(), "Your address and the port that your side chose for this connection. RFC 9293, Section 3.1")
	p.row("This host", flow.Local.String(), "Its address, and the port on which its HTTP service listens. These two sockets together define the connection. RFC 9293, Section 3.4.1")
	request := r.Method + " " + r.Target + " " + r.Version.String()
	p.row("You asked", request, "The request line: a method, a target, a version. RFC 9112, Section 3")
	if agent := r.Header.Get("User-Agent"); agent != "" {
		p.row("With", strings.ToValidUTF8(agent, "?"), "What your program says of itself. RFC 9110, Section 10.1.5")
	}
	return p
}

// tcp adds what the connection's Transmission Control Block holds.
func (p *page) tcp(s tcp.Snapshot) {
	p.heading("What was agreed when the connection opened")
	p.row("Segment size", fmt.Sprintf("%d octets", s.SndMSS),
		"How much data we put into one segment for you at most: the least of what you take (your MSS option) and what fits our link. RFC 9293, Section 3.7.1")
	p.row("Window scale", fmt.Sprintf("yours %d, ours %d", s.SndShift, s.RcvShift),
		"Window fields have 16 bits; each side's are multiplied by 2 to the power of its number (0: as they are). RFC 7323, Section 2")
	p.row("Options", agreed(s), "What both SYNs permitted besides: a clock in every segment (RFC 7323, Section 3), reports of what has arrived out of order (RFC 2018, Section 2), marks of routers that are nearly overloaded (RFC 3168, Section 6.1).")
	p.row("First numbers", fmt.Sprintf("yours %d, ours %d", s.IRS, s.ISS),
		"The initial sequence numbers, which each side chose so that they cannot be guessed. RFC 9293, Section 3.4.1")

	p.heading("How it stands now")
	p.row("State", s.State.String(), "Where the connection is on its way from the first SYN to the last FIN. RFC 9293, Section 3.3.2")
	p.row("Received", fmt.Sprintf("%d octets in %d segments", s.Counters.OctetsIn, s.Counters.SegmentsIn),
		"Your request. Segments without data, such as the SYN and acknowledgments, are counted too.")
	p.row("Sent", fmt.Sprintf("%d octets in %d segments, %d of them again", s.Counters.OctetsOut, s.Counters.SegmentsOut, s.Counters.Retransmissions),
		"Before this page: what was sent again was lost, or its acknowledgment was late. RFC 9293, Section 3.8.1")
	p.row("Your window", fmt.Sprintf("%d octets", s.SndWnd), "How much more you are ready to receive: flow control, so that we do not drown you. RFC 9293, Section 3.8.6")
	p.row("Our window", fmt.Sprintf("%d octets", s.RcvWnd), "How much more we are ready to receive. RFC 9293, Section 3.8.6")
	p.row("Congestion window", fmt.Sprintf("%d octets", s.Cwnd),
		"How much we let be under way at once, so that we do not drown the network. It grows as acknowledgments come. RFC 5681, Section 3.1")
	p.row("Slow start until", threshold(s.Ssthresh), "Below it the congestion window doubles each round trip; above it, it grows as "+s.Congestion.String()+" has it. RFC 5681, Section 3.1")
	p.row("Round-trip time", measured(s.SRTT), "From sending an octet to its acknowledgment, smoothed. RFC 6298, Section 2")
	p.row("Retransmit after", s.RTO.Round(time.Millisecond).String(),
		"What is not acknowledged by then is sent again. From the round-trip time and how much it varies; never below a floor. RFC 6298, Section 2")
}

// agreed lists the options that both ends use.
func agreed(s tcp.Snapshot) string {
	var all []string
	for _, o := range []struct {
		name string
		on   bool
	}{{"timestamps", s.Timestamps}, {"SACK", s.SACK}, {"ECN", s.ECN}} {
		if o.on {
			all = append(all, o.name)
		}
	}
	if all == nil {
		return "none"
	}
	return strings.Join(all, ", ")
}

func threshold(octets int) string {
	if octets == 0 {
		return "not set: nothing was lost yet"
	}
	return fmt.Sprintf("%d octets", octets)
}

func measured(d time.Duration) string {
	if d == 0 {
		return "not measured yet"
	}
	return fmt.Sprintf("%.3f ms", d.Seconds()*1000)
}
