// Package tcp is the Transmission Control Protocol of RFC 9293.
//
// A Conn is one end of one connection. It is a state machine without a clock, a socket or a goroutine: segments, calls
// and the time go in, segments and a deadline come out. Its owner, called the host here, does this:
//
//	c := tcp.Dial(now, cfg, local, remote, tracer) // or a Listener makes it of a SYN
//
//	c.Receive(now, &seg)       // a segment has arrived
//	c.Advance(now)             // the time of c.Deadline() has come
//	n, err := c.Write(now, p)  // the application calls; also Read, Close, CloseRead, Abort
//
//	for c.Next(now, &seg) {    // after each of these: what is to be sent now
//		seg.Put(packet, src, dst) // at once: the payload is a part of the send buffer
//		c.Traced(id)              // if traced: the event of sending it
//	}
//	alarm.Set(c.Deadline())
//
// If several segments arrived together, the host may call Receive for each and only then Next: "it MUST process them
// all before sending any ACK segments (MUST-59)" (RFC 9293, Section 3.10.7.4).
//
// When State is Closed and Next gives nothing, the connection is over: the host takes it out of its tables and answers
// later segments with ReplyClosed. Read still gives what had arrived before an orderly end.
//
// # Opening
//
// Dial gives a connection in SYN-SENT. A Listener gives one in SYN-RECEIVED for each SYN; the host puts it into its
// tables, feeds it, and calls Listener.Leave when it has left SYN-RECEIVED, for ESTABLISHED or for CLOSED.
//
// # Closing
//
// Close sends a FIN behind what is queued, and reading goes on. An application that closes for good calls Close and
// CloseRead: then data that nobody will read is answered with RST, and FIN-WAIT-2 ends after a minute.
//
// # States (RFC 9293, Section 3.3.2)
//
//	                           +---------+
//	                           |  CLOSED |
//	                           +---------+
//	            passive OPEN    |       |   active OPEN: send SYN
//	                            V       V
//	                     +--------+   +----------+
//	         +-----------| LISTEN |   | SYN-SENT |---------+
//	rcv SYN  |           +--------+   +----------+         | rcv SYN,ACK
//	snd SYN, |                             | rcv SYN       | snd ACK
//	ACK      V                             | snd SYN,ACK   V
//	     +--------------+ <----------------+        +-------------+
//	     | SYN-RECEIVED |------- rcv ACK of SYN --->| ESTABLISHED |
//	     +--------------+                           +-------------+
//	                                  CLOSE, snd FIN |         | rcv FIN, snd ACK
//	                                                 V         V
//	                                    +------------+         +------------+
//	                        +-----------| FIN-WAIT-1 |         | CLOSE-WAIT |
//	                        |           +------------+         +------------+
//	          rcv FIN       |                 | rcv ACK of FIN       | CLOSE, snd FIN
//	          snd ACK       V                 V                      V
//	                 +---------+        +------------+         +----------+
//	                 | CLOSING |        | FIN-WAIT-2 |         | LAST-ACK |
//	                 +---------+        +------------+         +----------+
//	              rcv ACK of  |               | rcv FIN              | rcv ACK of FIN
//	              FIN         V               V snd ACK              V
//	                         +-----------------+               +---------+
//	                         |    TIME-WAIT    |---- 2 MSL --->|  CLOSED |
//	                         +-----------------+               +---------+
//
// # Variables (RFC 9293, Section 3.3.1)
//
//	       1         2          3          4
//	  ----------|----------|----------|----------
//	         SND.UNA    SND.NXT    SND.UNA
//	                              +SND.WND
//
//	1 - old sequence numbers that have been acknowledged
//	2 - sequence numbers of unacknowledged data: the scoreboard knows each segment
//	3 - sequence numbers allowed for new data transmission
//	4 - future sequence numbers that are not yet allowed
//
//	           1          2          3
//	       ----------|----------|----------
//	              RCV.NXT    RCV.NXT
//	                        +RCV.WND
//
//	1 - old sequence numbers that have been acknowledged
//	2 - sequence numbers allowed for new reception; what arrives out of order waits there as islands
//	3 - future sequence numbers that are not yet allowed
//
// # Loss
//
// A lost segment is sent again for one of three reasons, the quickest first:
//
//  1. If both ends use SACK: something that was sent later has arrived, and the segment has had time enough (RACK, RFC 8985,
//     Section 6). If the last segments of a flight may be lost, a probe brings such news (TLP, Section 7). During the
//     recovery as much is sent as arrives, until the window has its new size (PRR, RFC 6937, Section 3).
//  2. If not: duplicate ACKs ask for it, fast retransmit (RFC 5681, Section 3.2). Limited transmit (RFC 3042, Section 2) and
//     early retransmit (RFC 5827, Section 3.2) help a small window to enough of them. A partial acknowledgment in fast
//     recovery stops before the next one (RFC 6582, Section 3.2): one segment for each round trip.
//  3. The retransmission timer runs out (RFC 6298, Section 5): everything in flight is taken to be lost and goes again
//     from SND.UNA on, in slow start, driven by the acknowledgments. The timeout is doubled until a round trip is
//     measured again.
//
// # Where to read
//
//	receive.go      SEGMENT ARRIVES: the order of Section 3.10.7.4, step by step
//	synsent.go      the same in SYN-SENT; listen.go the same in LISTEN and CLOSED
//	acknowledge.go  the fifth step: acknowledgments and the send window
//	text.go         the seventh and eighth steps: data, reassembly, FIN
//	reassembly.go   which octets have arrived out of order, and what SACK says of them; buffer.go where they lie
//	timestamps.go   round trips measured by echo, old duplicates refused (PAWS), a SYN in TIME-WAIT
//	send.go         Next: what to send, and whether it is worth sending; offload.go several segments at once
//	scoreboard.go   the retransmission queue: what is in flight
//	timer.go        retransmission, TIME-WAIT; persist.go zero windows; keepalive.go
//	congestion.go   the congestion window; cubic.go and hystart.go how it grows
//	recovery.go     what is lost and goes again; newreno.go finds it by duplicate ACKs, sack.go and rack.go by SACK
//	probe.go        loss probes; prr.go how fast recovery sends; undo.go if nothing was lost
//	ecn.go          congestion that routers mark; pathmtu.go segments that are too big; trouble.go what ICMP says
//	cookie.go       SYN cookies; urgent.go urgent data
//	window.go       the receive window and delayed acknowledgments
//	calls.go        the calls of the application; open.go and end.go their beginning and end
//	why.go          the sentences that say what each segment is sent for
//	segment.go      the header as octets; options.go; layout.go and dissect.go the same for screens
package tcp
