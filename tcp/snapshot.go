package tcp

import "time"

// Counters count what a connection did.
type Counters struct {
	SegmentsIn, SegmentsOut int64
	OctetsIn, OctetsOut     int64 // of data, each once
	Retransmissions         int64 // segments sent again
	Timeouts                int64 // of the retransmission timer
	DuplicateACKs           int64 // received
	OutOfOrder              int64 // segments that arrived before others that belong before them
	Discarded               int64 // segments that were not acceptable
	OldTimestamps           int32 // of these, those that PAWS found too old
	Recoveries              int32 // fast recoveries
	LossProbes              int32 // sent
	Undone                  int32 // reductions of the window that were taken back
	Repeated                int32 // D-SACKs received: what was sent again and had arrived
	BadSACKs                int32 // blocks received that cannot be right
	Challenges              int32 // challenge ACKs sent, and
	ChallengesWithheld      int32 // those that would have been too many
	Marked                  int32 // packets that arrived with a congestion mark
	MarksEchoed             int32 // reductions of the window because of marks
	PathMTU                 int32 // times that the segments became smaller
	Reneged                 int32 // times that the peer threw away what it had reported by SACK
}

// Snapshot is a connection's variables at one moment, for screens and tests. Numbers that end in Rel count
// from the initial sequence number, so that the first octet of data is 1.
type Snapshot struct {
	State State
	Err   error // what ended it

	ISS, IRS       Seq
	SndUna, SndNxt Seq
	RcvNxt         Seq
	SndUnaRel      int64
	SndNxtRel      int64
	RcvNxtRel      int64
	SndWnd, RcvWnd int // octets
	SndMSS         int // Eff.snd.MSS
	SndShift       int // window scale counts
	RcvShift       int

	Cwnd, Ssthresh int // octets; Ssthresh 0: not set yet
	InFlight       int // octets sent, and neither acknowledged nor taken to be lost
	DupAcks        int // in a row
	Recovering     bool
	Sacked, Lost   int         // octets in flight once: arrived by SACK; taken to be lost and not sent again yet
	SackedRel      [3][2]int64 // the lowest of the ranges that have arrived by SACK; zero: no more
	Congestion     Congestion
	WMax           int           // of CUBIC: the window before the last reduction, where its growth is flat
	K              time.Duration // of CUBIC: how long after the reduction it is there again
	RecoverRel     int64         // fast recovery ends when more than this is acknowledged

	Timestamps, SACK  bool // both ends use them
	ECN               bool
	MinRTT            time.Duration
	SRTT, RTTVAR, RTO time.Duration
	Timer             string // which timer runs: "retransmission", "loss probe", "reordering", "persist", "FIN-WAIT-2", "TIME-WAIT"; empty: none
	Deadline          time.Time

	Unsent, Unacked, Unread int // octets queued
	Islands                 int // pieces that wait for what is missing before them
	FinSent, FinReceived    bool

	Counters Counters
}

// Snapshot returns a copy of the connection's variables.
func (c *Conn) Snapshot() Snapshot {
	names := [...]string{stopped: "", retransmit: "retransmission", lossProbe: "loss probe", reordering: "reordering", persist: "persist", finWait2: "FIN-WAIT-2", timeWait: "TIME-WAIT"}
	s := Snapshot{
		State: c.state, Err: c.err,
		ISS: c.snd.iss, IRS: c.rcv.irs, SndUna: c.snd.una, SndNxt: c.snd.nxt, RcvNxt: c.rcv.nxt,
		SndUnaRel: c.sndRel(c.snd.una), SndNxtRel: c.sndRel(c.snd.nxt), RcvNxtRel: c.rcv.taken,
		SndWnd: c.snd.wnd, RcvWnd: c.receiveWindow(), SndMSS: c.snd.mss, SndShift: int(c.snd.shift), RcvShift: int(c.rcv.shift),
		Cwnd: c.cc.cwnd, Ssthresh: c.cc.ssthresh, InFlight: c.inFlight(), DupAcks: c.cc.dups,
		Recovering: c.cc.recovering, RecoverRel: c.sndRel(c.cc.recover),
		Congestion: c.cfg.Congestion, Timestamps: c.ts.on, ECN: c.ecn.on, SACK: c.sackOK, MinRTT: c.rtt.least, SRTT: c.rtt.srtt, RTTVAR: c.rtt.rttvar, RTO: c.rtt.rto, Timer: names[c.timer.kind], Deadline: c.Deadline(),
		Unread: c.in.len(), Islands: len(c.late.blocks), FinSent: c.snd.finSent, FinReceived: c.rcv.finished,
		Counters: c.counters,
	}
	if q := c.cc.cubic; q != nil {
		s.WMax, s.K = int(q.max), q.k
	}
	if r := c.rec; r != nil {
		s.Sacked, s.Lost = r.sack.octets, r.lost
		for i, b := range r.sack.arrived.blocks[:min(len(r.sack.arrived.blocks), len(s.SackedRel))] {
			s.SackedRel[i] = [2]int64{c.sndRel(b.Left), c.sndRel(b.Right)}
		}
	}
	if c.state != Closed {
		s.Unsent = c.unsent()
		s.Unacked = c.out.len() - s.Unsent
	}
	return s
}
