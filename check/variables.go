package check

import (
	"fmt"
	"strconv"

	"netlab/tcp"
)

// snapshotVariable returns a variable of a connection of ours, in the words of scripts.
func snapshotVariable(conn *coreConn, name string) (string, bool) {
	s := conn.Snapshot()
	if v, is := texts(conn, &s)[name]; is {
		return v, true
	}
	n, is := counts(conn, &s)[name]
	if !is {
		n, is = tcpInfo(&s)[name]
	}
	return strconv.FormatInt(n, 10), is
}

func onOff(b bool) string {
	if b {
		return "on"
	}
	return "off"
}

func texts(conn *coreConn, s *tcp.Snapshot) map[string]string {
	err := errno(s.Err, false)
	if err == "" {
		err = "none"
	}
	timer := s.Timer
	if timer == "" {
		timer = "none"
	}
	return map[string]string{
		"state": s.State.String(), "err": err, "congestion": s.Congestion.String(), "recovering": onOff(s.Recovering),
		"timer": timer, "timestamps": onOff(s.Timestamps), "sack": onOff(s.SACK), "ecn": onOff(s.ECN),
		"scaling": onOff(s.SndShift != 0 || s.RcvShift != 0), "finsent": onOff(s.FinSent), "finreceived": onOff(s.FinReceived),
	}
}

func counts(conn *coreConn, s *tcp.Snapshot) map[string]int64 {
	mss := max(1, s.SndMSS)
	k := &s.Counters
	return map[string]int64{
		"snd.una": s.SndUnaRel, "snd.nxt": s.SndNxtRel, "rcv.nxt": s.RcvNxtRel, "snd.wnd": int64(s.SndWnd), "rcv.wnd": int64(s.RcvWnd),
		"mss": int64(s.SndMSS), "cwnd": int64(s.Cwnd / mss), "cwnd.octets": int64(s.Cwnd), "ssthresh": int64(s.Ssthresh / mss),
		"ssthresh.octets": int64(s.Ssthresh), "inflight": int64(s.InFlight), "dupacks": int64(s.DupAcks), "sacked": int64(s.Sacked),
		"lost": int64(s.Lost), "wmax": int64(s.WMax / mss), "k": int64(s.K), "srtt": int64(s.SRTT), "rttvar": int64(s.RTTVAR),
		"rto": int64(s.RTO), "minrtt": int64(s.MinRTT), "unsent": int64(s.Unsent), "unacked": int64(s.Unacked), "unread": int64(s.Unread),
		"islands": int64(s.Islands), "retransmissions": k.Retransmissions, "timeouts": k.Timeouts, "recoveries": int64(k.Recoveries),
		"probes": int64(k.LossProbes), "undone": int64(k.Undone), "repeated": int64(k.Repeated), "challenges": int64(k.Challenges), "withheld": int64(k.ChallengesWithheld),
		"oldtimestamps": int64(k.OldTimestamps), "badsacks": int64(k.BadSACKs), "reneged": int64(k.Reneged), "marked": int64(k.Marked), "echoed": int64(k.MarksEchoed),
		"pathmtu": int64(k.PathMTU), "discarded": k.Discarded, "urgent": int64(conn.Urgent()),
	}
}

// tcpInfo are the fields of Linux's struct tcp_info that netlab has something to say about: in segments and microseconds.
func tcpInfo(s *tcp.Snapshot) map[string]int64 {
	mss := max(1, s.SndMSS)
	ca := int64(0)
	if s.Recovering {
		ca = 3
	}
	ssthresh := int64(0x7fffffff)
	if s.Ssthresh > 0 {
		ssthresh = int64(s.Ssthresh / mss)
	}
	segments := func(octets int) int64 { return int64((octets + mss - 1) / mss) }
	linux := map[tcp.State]int64{
		tcp.Established: 1, tcp.SynSent: 2, tcp.SynReceived: 3, tcp.FinWait1: 4, tcp.FinWait2: 5, tcp.TimeWait: 6, tcp.Closed: 7,
		tcp.CloseWait: 8, tcp.LastAck: 9, tcp.Listen: 10, tcp.Closing: 11,
	}
	return map[string]int64{
		"tcpi_state": linux[s.State], "tcpi_ca_state": ca, "tcpi_snd_cwnd": int64(s.Cwnd / mss), "tcpi_snd_ssthresh": ssthresh,
		"tcpi_snd_mss": int64(s.SndMSS), "tcpi_unacked": segments(s.Unacked), "tcpi_sacked": segments(s.Sacked),
		"tcpi_lost": segments(s.Lost), "tcpi_rto": s.RTO.Microseconds(), "tcpi_rtt": s.SRTT.Microseconds(),
		"tcpi_rttvar": s.RTTVAR.Microseconds(), "tcpi_min_rtt": s.MinRTT.Microseconds(), "tcpi_total_retrans": s.Counters.Retransmissions,
		"tcpi_notsent_bytes": int64(s.Unsent), "tcpi_bytes_acked": s.SndUnaRel - 1,
	}
}

// holds reports whether a comparison holds for a value. The error says that the two cannot be compared.
func (c *Comparison) holds(value string) (bool, error) {
	a, errA := strconv.ParseInt(value, 10, 64)
	b, errB := strconv.ParseInt(c.Value, 10, 64)
	if errA != nil || errB != nil {
		switch c.Operator {
		case "==":
			return value == c.Value, nil
		case "!=":
			return value != c.Value, nil
		}
		return false, fmt.Errorf("check: %s is %s, which is no number to compare with %s", c.Variable, value, c.Value)
	}
	return map[string]bool{"==": a == b, "!=": a != b, "<": a < b, "<=": a <= b, ">": a > b, ">=": a >= b}[c.Operator], nil
}
