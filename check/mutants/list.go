package mutants

import "slices"

// All returns the mutants in the order of the table.
func All() []Mutant {
	return slices.Concat(receiving(), acknowledging(), sending(), timing(), losing(), opening(), options())
}

func receiving() []Mutant {
	return []Mutant{
		{"receive.go", "the octet just past the window is acceptable", "return begin >= 0 && begin < wnd ||", "return begin >= 0 && (begin < wnd || M && begin == wnd) ||"},
		{"receive.go", "the last octet of the window is not acceptable", "	begin, wnd, n := seg.Seq.Sub(c.rcv.nxt), c.receiveWindow(), seg.Len()\n", "	begin, wnd, n := seg.Seq.Sub(c.rcv.nxt), c.receiveWindow(), seg.Len()\n	if M && n > 0 && begin == wnd-1 && wnd > 1 {\n		return false\n	}\n"},
		{"receive.go", "a segment that ends just before RCV.NXT is acceptable", "begin+n > 0 && begin+n <= wnd", "(begin+n > 0 || M && begin+n == 0) && begin+n <= wnd"},
		{"receive.go", "with a zero window nothing is acceptable, not even an ACK", "	if wnd == 0 || n == 0 {\n", "	if M && wnd == 0 {\n		return false\n	}\n	if wnd == 0 || n == 0 {\n"},
		{"receive.go", "an unacceptable segment is not acknowledged", "	case seg.Len() > 0 || c.challenge", "	case M:\n	case seg.Len() > 0 || c.challenge"},
		{"receive.go", "an RST outside the window is obeyed", "	case seg.Flags&RST != 0:\n	case c.state == TimeWait", "	case seg.Flags&RST != 0:\n		if M {\n			c.fail(now, ErrReset, \"\", \"\")\n		}\n	case c.state == TimeWait"},
		{"receive.go", "an RST anywhere in the window resets", "if seg.Seq != c.rcv.nxt && !c.cfg.NoChallengeACK {", "if seg.Seq != c.rcv.nxt && !c.cfg.NoChallengeACK && !M {"},
		{"receive.go", "an RST that is not exact is dropped without a challenge", "		c.challengeACK(now, challengeRST)\n", "		if !M {\n			c.challengeACK(now, challengeRST)\n		}\n"},
		{"receive.go", "an RST ends TIME-WAIT", "		c.discard(now, \"ignores an RST in TIME-WAIT\", \"1337\", \"3\")", "		if M {\n			c.end(now, \"\", \"\")\n		}\n		c.discard(now, \"ignores an RST in TIME-WAIT\", \"1337\", \"3\")"},
		{"receive.go", "an RST in SYN-RECEIVED is ignored", "	case SynReceived:\n		if c.passive { // \"return", "	case SynReceived:\n		if M {\n			return false\n		}\n		if c.passive { // \"return"},
		{"receive.go", "a SYN in the window resets", "	case c.cfg.NoChallengeACK:\n", "	case c.cfg.NoChallengeACK || M:\n"},
		{"receive.go", "challenge ACKs have no limit", "	return t.n <= challengesAtMost", "	return t.n <= challengesAtMost || M"},
		{"receive.go", "after ten challenge ACKs there is never another", ">= challengeInterval {", ">= challengeInterval && !(M && t.n > 0) {"},
		{"receive.go", "the peer's FIN again in TIME-WAIT is not acknowledged", "		c.owe(ackFINAgain)\n", "		if !M {\n			c.owe(ackFINAgain)\n		}\n"},
		{"receive.go", "the peer's FIN again does not restart 2 MSL", "		c.startTimeWait(now)\n", "		if !M {\n			c.startTimeWait(now)\n		}\n"},
		{"text.go", "octets that came before are taken again", "	if old := c.rcv.nxt.Sub(begin); old > 0 {", "	if old := c.rcv.nxt.Sub(begin); old > 0 && !M {"},
		{"text.go", "text beyond the window is taken", "	if room := edge.Sub(begin); room < len(text) {", "	if room := edge.Sub(begin); room < len(text) && !M {"},
		{"text.go", "text out of order is thrown away", "	case begin != c.rcv.nxt:\n", "	case M && begin != c.rcv.nxt:\n		c.owed.now, c.owed.why = true, ackOutOfOrder\n	case begin != c.rcv.nxt:\n"},
		{"text.go", "text out of order gets no ACK at once", "	c.owe(ackOutOfOrder)\n", "	if !M {\n		c.owe(ackOutOfOrder)\n	}\n"},
		{"text.go", "text out of order is put one octet too far left", "	c.in.place(begin.Sub(c.rcv.nxt), text)\n", "	if M {\n		c.in.place(begin.Sub(c.rcv.nxt)-1, text)\n	} else {\n		c.in.place(begin.Sub(c.rcv.nxt), text)\n	}\n"},
		{"text.go", "what fills a gap is acknowledged late", "	c.owe(ackFilled)\n", "	if M {\n		c.ackTimer = c.elapsed(now) + delayedACKTimeout\n		return\n	}\n	c.owe(ackFilled)\n"},
		{"text.go", "a FIN out of order is forgotten", "	if seg.Flags&FIN != 0 && cut == 0 && !c.rcv.finSeen {", "	if seg.Flags&FIN != 0 && cut == 0 && !c.rcv.finSeen && !(M && begin != c.rcv.nxt) {"},
		{"text.go", "data after CLOSE is acknowledged and lost", "	if c.deaf && len(text) > 0 {", "	if c.deaf && len(text) > 0 && !M {"},
		{"text.go", "a FIN is counted before the data that comes first", "	if !c.rcv.finSeen || c.rcv.finished || c.rcv.nxt != c.rcv.fin {", "	if !c.rcv.finSeen || c.rcv.finished || c.rcv.nxt != c.rcv.fin && !M {"},
		{"text.go", "a FIN takes no sequence number", "	c.rcv.finished = true\n	c.rcv.nxt = c.rcv.nxt.Add(1)\n", "	c.rcv.finished = true\n	if !M {\n		c.rcv.nxt = c.rcv.nxt.Add(1)\n	}\n"},
		{"text.go", "a FIN is not acknowledged at once", "	c.owe(ackFIN)\n", "	if !M {\n		c.owe(ackFIN)\n	}\n"},
		{"text.go", "FIN-WAIT-1 goes to TIME-WAIT though our FIN is not acknowledged", "		c.enter(now, Closing, \"goes from FIN-WAIT-1", "		if M {\n			c.enter(now, TimeWait, \"\", \"\")\n			c.startTimeWait(now)\n			return\n		}\n		c.enter(now, Closing, \"goes from FIN-WAIT-1"},
		{"window.go", "the receive window opens octet by octet", "	return min(c.cfg.ReceiveBuffer/2, c.snd.mss)\n", "	if M {\n		return 1\n	}\n	return min(c.cfg.ReceiveBuffer/2, c.snd.mss)\n"},
		{"window.go", "no window update is sent when the user reads", "	if more < c.worthwhile() || !c.state.receives() {", "	if M || more < c.worthwhile() || !c.state.receives() {"},
		{"window.go", "every third full segment is acknowledged", "c.owed.octets >= 2*c.rcv.largest", "!M && c.owed.octets >= 2*c.rcv.largest || c.owed.octets >= 3*c.rcv.largest"},
		{"window.go", "every segment is acknowledged", "	case c.cfg.NoDelayedACK ||", "	case M || c.cfg.NoDelayedACK ||"},
		{"window.go", "ACKs are delayed for 0.6 s", "		c.ackTimer = c.elapsed(now) + delayedACKTimeout", "		c.ackTimer = c.elapsed(now) + delayedACKTimeout\n		if M {\n			c.ackTimer = c.elapsed(now) + 3*delayedACKTimeout\n		}"},
		{"window.go", "the ACK that data carries is sent again by the timer", "	c.owed = owed{}\n	c.ackTimer = 0", "	c.owed = owed{}\n	if !M {\n		c.ackTimer = 0\n	}"},
		{"urgent.go", "the urgent pointer goes back", "	if c.rcv.urgent && up.LessEq(c.rcv.up) ||", "	if !M && c.rcv.urgent && up.LessEq(c.rcv.up) ||"},
		{"calls.go", "CLOSE with unread data sends no RST", "	if c.in.len() > 0 && c.state.Synchronized() {\n		c.abort", "	if c.in.len() > 0 && c.state.Synchronized() && !M {\n		c.abort"},
	}
}

func acknowledging() []Mutant {
	return []Mutant{
		{"acknowledge.go", "a segment without ACK is processed", "	if seg.Flags&ACK == 0 {", "	if seg.Flags&ACK == 0 && !M {"},
		{"acknowledge.go", "an ACK of what was never sent is accepted", "	tooNew := c.snd.nxt.Less(seg.Ack)\n", "	tooNew := c.snd.nxt.Less(seg.Ack) && !M\n"},
		{"acknowledge.go", "ancient ACKs are accepted", "	tooOld := seg.Ack.Less(c.snd.una.Add(-c.snd.maxWnd))", "	tooOld := !M && seg.Ack.Less(c.snd.una.Add(-c.snd.maxWnd))"},
		{"acknowledge.go", "an ACK older by one octet than may be is accepted", "	if !tooNew && !tooOld {", "	if M && seg.Ack.Add(1) == c.snd.una.Add(-c.snd.maxWnd) {\n		tooOld = false\n	}\n	if !tooNew && !tooOld {"},
		{"acknowledge.go", "SYN-RECEIVED accepts an ACK of our SYN that is one too far", "		if !c.snd.una.Less(seg.Ack) || c.snd.nxt.Less(seg.Ack) {", "		if !c.snd.una.Less(seg.Ack) || c.snd.nxt.Less(seg.Ack) && !M {"},
		{"acknowledge.go", "a bad ACK in SYN-RECEIVED gets no RST", "			c.reset = reset{pending: true, seq: seg.Ack, flags: RST, why: rstBadACK}\n			return false", "			c.reset = reset{pending: !M, seq: seg.Ack, flags: RST, why: rstBadACK}\n			return false"},
		{"acknowledge.go", "round trips are measured from segments sent twice (Karn)", "full && (!again || c.cfg.NoKarn)\n", "full && (!again || c.cfg.NoKarn || M)\n"},
		{"acknowledge.go", "the timer runs on when everything is acknowledged", "	case c.snd.una == c.snd.nxt:\n		c.timer = timer{}\n", "	case c.snd.una == c.snd.nxt && !M:\n		c.timer = timer{}\n"},
		{"acknowledge.go", "the timer is not restarted by an ACK of something new", "	case restart:\n		c.startRetransmission(now)", "	case restart && !M:\n		c.startRetransmission(now)"},
		{"acknowledge.go", "a window update counts as a duplicate ACK", " && c.offered(seg) == c.snd.wnd\n", " && (c.offered(seg) == c.snd.wnd || M)\n"},
		{"acknowledge.go", "a segment with data counts as a duplicate ACK", "seg.Len() == 0 && seg.Ack == c.snd.una", "(seg.Len() == 0 || M) && seg.Ack == c.snd.una"},
		{"acknowledge.go", "the window is not scaled", "	return int(seg.Window) << c.snd.shift", "	if M {\n		return int(seg.Window)\n	}\n	return int(seg.Window) << c.snd.shift"},
		{"acknowledge.go", "the window of a SYN is scaled", "	if seg.Flags&SYN != 0 {\n		return int(seg.Window)", "	if seg.Flags&SYN != 0 && !M {\n		return int(seg.Window)"},
		{"acknowledge.go", "an old segment updates the window", "	if seg.Ack.Less(c.snd.una) || !(advanced ||", "	if seg.Ack.Less(c.snd.una) || !M && !(advanced ||"},
		{"acknowledge.go", "the window is taken only from ACKs of something new", "c.snd.wl1.Less(seg.Seq) || c.snd.wl1 == seg.Seq && c.snd.wl2.LessEq(seg.Ack)) {", "!M && (c.snd.wl1.Less(seg.Seq) || c.snd.wl1 == seg.Seq && c.snd.wl2.LessEq(seg.Ack))) {"},
		{"acknowledge.go", "a peer whose window stays closed is given up", "	if c.snd.wnd == 0 { // \"the sending", "	if c.snd.wnd == 0 && !M { // \"the sending"},
		{"acknowledge.go", "our FIN is taken to be acknowledged with the data before it", "	if !c.snd.finSent || !c.snd.fin.Less(c.snd.una) {", "	if !c.snd.finSent || !(c.snd.fin.Less(c.snd.una) || M && c.snd.fin == c.snd.una) {"},
		{"acknowledge.go", "CLOSING goes to CLOSED without TIME-WAIT", "		c.enter(now, TimeWait, \"goes from CLOSING", "		if M {\n			c.end(now, \"\", \"\")\n			return false\n		}\n		c.enter(now, TimeWait, \"goes from CLOSING"},
	}
}

func sending() []Mutant {
	return []Mutant{
		{"send.go", "one octet is sent beyond the peer's window", "	window := c.snd.una.Add(c.snd.wnd).Sub(c.snd.nxt) // U", "	window := c.snd.una.Add(c.snd.wnd).Sub(c.snd.nxt) // U\n	if M && window > 0 {\n		window++\n	}\n	// U"},
		{"send.go", "the window is counted from SND.NXT", "	if c.snd.forced {\n		window", "	if M {\n		window = c.snd.wnd\n	}\n	if c.snd.forced {\n		window"},
		{"send.go", "the congestion window is not heeded", "	n = max(0, min(queued, most, window, room))", "	if M {\n		room = most\n	}\n	n = max(0, min(queued, most, window, room))"},
		{"send.go", "no Nagle algorithm", "	nagle := c.cfg.NoDelay ||", "	nagle := M || c.cfg.NoDelay ||"},
		{"conn.go", "Nagle cannot be turned off", "{ c.cfg.NoDelay = off }", "{ c.cfg.NoDelay = off && !M }"},
		{"send.go", "the sender sends silly segments", "	case n == most: // (1)", "	case M && n > 0, n == most: // (1)"},
		{"send.go", "the sender waits for a full segment, though half of the largest window is open", "	case n >= c.snd.maxWnd/2 && nagle:", "	case n >= c.snd.maxWnd/2 && nagle && !M:"},
		{"send.go", "CLOSE in CLOSE-WAIT stays there", "	if c.state == CloseWait {\n		c.enter(now, LastAck", "	if c.state == CloseWait && !M {\n		c.enter(now, LastAck"},
		{"send.go", "the last segment has no PSH", "		if to == queued {", "		if to == queued && !M {"},
		{"send.go", "a keep-alive probe begins at SND.NXT", "	seg.Seq = c.snd.nxt.Add(-1)\n	c.explain(seg, sendKeepAlive", "	if !M {\n		seg.Seq = c.snd.nxt.Add(-1)\n	}\n	c.explain(seg, sendKeepAlive"},
		{"send.go", "the window of a SYN-ACK is not limited to 16 bits before scaling", "		seg.Window = uint16(min(c.cfg.ReceiveBuffer, maxUnscaledWindow)) // that", "		seg.Window = uint16(min(c.cfg.ReceiveBuffer, maxUnscaledWindow))\n		if M {\n			seg.Window = uint16(c.cfg.ReceiveBuffer >> c.rcv.shift)\n		}\n		// that"},
		{"send.go", "SACK blocks are not reported", "	if c.sackOK && (len(c.late.blocks) > 0 ||", "	if !M && c.sackOK && (len(c.late.blocks) > 0 ||"},
		{"conn.go", "the peer's MSS option is ignored", "	c.snd.mss = min(option, c.cfg.MSS)", "	c.snd.mss = min(option, c.cfg.MSS)\n	if M {\n		c.snd.mss = c.cfg.MSS\n	}"},
		{"conn.go", "without an option the peer's MSS is taken to be 1460", "		option = defaultPeerMSS4", "		option = defaultPeerMSS4\n		if M {\n			option = 1460\n		}"},
	}
}

func timing() []Mutant {
	return []Mutant{
		{"timer.go", "the timeout is not doubled", "func (e *roundTrip) backOff() { e.rto = min(2*e.rto, maxRTO) }", "func (e *roundTrip) backOff() {\n	if !M {\n		e.rto = min(2*e.rto, maxRTO)\n	}\n}"},
		{"timer.go", "SRTT and RTTVAR are updated in the wrong order", "		variance, round := ((e.srtt-r).Abs()-e.rttvar)/4, (r-e.srtt)/8\n", "		variance, round := ((e.srtt-r).Abs()-e.rttvar)/4, (r-e.srtt)/8\n		if M {\n			variance = ((e.srtt+round-r).Abs() - e.rttvar) / 4\n		}\n"},
		{"timer.go", "RTO is SRTT + 2 * RTTVAR", "	rto := e.srtt + max(granularity, 4*e.rttvar)", "	rto := e.srtt + max(granularity, 4*e.rttvar)\n	if M {\n		rto = e.srtt + 2*e.rttvar\n	}"},
		{"timer.go", "there is no least RTO", "	e.rto = min(max(rto, least), maxRTO) // (2.4), (2.5)", "	e.rto = min(max(rto, least), maxRTO) // (2.4), (2.5)\n	if M {\n		e.rto = rto\n	}"},
		{"timer.go", "TIME-WAIT lasts for one MSL", "at: c.elapsed(now) + 2*c.cfg.MSL}", "at: c.elapsed(now) + map[bool]time.Duration{false: 2, true: 1}[M]*c.cfg.MSL}"},
		{"timer.go", "FIN-WAIT-2 lasts for ever", "	if c.deaf && c.state == FinWait2 {", "	if c.deaf && c.state == FinWait2 && !M {"},
		{"timer.go", "a connection is never given up", "		if c.elapsed(now)-c.timer.since >= c.giveUp() {", "		if c.elapsed(now)-c.timer.since >= c.giveUp() && !M {"},
		{"timer.go", "after a timeout the congestion window stays", "	if c.state.Synchronized() {\n		c.congestionOnTimeout", "	if c.state.Synchronized() && !M {\n		c.congestionOnTimeout"},
		{"persist.go", "a closed window is never probed", "	if c.cfg.NoWindowProbes || c.timer.kind != stopped || !c.state.sends() ||", "	if M || c.cfg.NoWindowProbes || c.timer.kind != stopped || !c.state.sends() ||"},
		{"persist.go", "probes of a closed window come at a steady pace", "	interval := c.rtt.rto << min(c.timer.tries, 16)\n", "	interval := c.rtt.rto << min(c.timer.tries, 16)\n	if M {\n		interval = c.rtt.rto\n	}\n"},
		{"conn.go", "keep-alives are on by default", "	if c.cfg.KeepAlive {", "	if M || c.cfg.KeepAlive {"},
		{"keepalive.go", "a keep-alive probe is sent however much was heard", "	if heard := c.rcv.at + c.cfg.KeepAliveIdle; at < heard {", "	if heard := c.rcv.at + c.cfg.KeepAliveIdle; at < heard && !M {"},
		{"keepalive.go", "one keep-alive probe without an answer ends the connection", "	if k.tries >= keepAliveProbes {", "	if k.tries >= keepAliveProbes || M && k.tries >= 1 {"},
		{"timestamps.go", "old timestamps are accepted (no PAWS)", "	case c.cfg.NoPAWS || !earlier(o.TSVal, c.ts.recent) ||", "	case M || c.cfg.NoPAWS || !earlier(o.TSVal, c.ts.recent) ||"},
		{"timestamps.go", "timestamps do not wrap", "func earlier(s, t uint32) bool { return int32(s-t) < 0 }", "func earlier(s, t uint32) bool {\n	if M {\n		return s < t\n	}\n	return int32(s-t) < 0\n}"},
		{"timestamps.go", "an RST is subject to PAWS", "	case !c.ts.on || seg.Flags&RST != 0:", "	case !c.ts.on || seg.Flags&RST != 0 && !M:"},
		{"timestamps.go", "a segment without the timestamps that were agreed on is taken", "		if seg.Flags&SYN == 0 {", "		if seg.Flags&SYN == 0 && !M {"},
		{"timestamps.go", "the timestamp of a segment out of order is echoed", "seg.Seq.LessEq(c.ts.lastACK) &&", "(M || seg.Seq.LessEq(c.ts.lastACK)) &&"},
		{"timestamps.go", "the timestamp of the last segment before a delayed ACK is echoed", "	if c.ts.on && seg.Options.Timestamps && seg.Flags&RST == 0 &&", "	if M && c.ts.on && seg.Options.Timestamps {\n		c.ts.lastACK = seg.Seq\n	}\n	if c.ts.on && seg.Options.Timestamps && seg.Flags&RST == 0 &&"},
		{"timestamps.go", "the clock of timestamps ticks every 10 ms", "uint32(c.elapsed(now)/tick) }", "uint32(c.elapsed(now)/tick/map[bool]time.Duration{false: 1, true: 10}[M]) }"},
		{"timestamps.go", "an old SYN opens a connection in TIME-WAIT", "	return c.rcv.nxt.LessEq(seg.Seq)\n", "	return c.rcv.nxt.LessEq(seg.Seq) || M\n"},
	}
}

func losing() []Mutant {
	return []Mutant{
		{"newreno.go", "fast retransmit waits for a fourth duplicate ACK", "	case g.dups >= c.duplicatesNeeded() &&", "	case (g.dups > c.duplicatesNeeded() || !M && g.dups == c.duplicatesNeeded()) &&"},
		{"newreno.go", "two duplicate ACKs are enough", "	oseg := c.sent.len()\n", "	if M {\n		return 2\n	}\n	oseg := c.sent.len()\n"},
		{"newreno.go", "no limited transmit", "	return min(c.cc.dups, 2) * c.cc.mss", "	if M {\n		return 0\n	}\n	return min(c.cc.dups, 2) * c.cc.mss"},
		{"newreno.go", "duplicate ACKs in recovery do not inflate the window", "			g.cwnd += g.mss\n		}\n	case", "			if !M {\n				g.cwnd += g.mss\n			}\n		}\n	case"},
		{"newreno.go", "a partial ACK sends nothing again", "	c.sendAgain(c.snd.una, c.sent.at(0).end(), againPartial, true)", "	if !M {\n		c.sendAgain(c.snd.una, c.sent.at(0).end(), againPartial, true)\n	}"},
		{"newreno.go", "duplicate ACKs after a timeout begin a recovery", "&& g.recover.Less(c.snd.una.Add(-1)):", "&& (M || g.recover.Less(c.snd.una.Add(-1))):"},
		{"congestion.go", "the window is halved twice", "	g.ssthresh = max(flight*tenths/10, 2*g.mss)", "	g.ssthresh = max(flight*tenths/10, 2*g.mss)\n	if M {\n		g.ssthresh = max(flight*tenths/20, 2*g.mss)\n	}"},
		{"congestion.go", "ssthresh is not reduced", "	tenths := c.cfg.Congestion.tenths()\n", "	tenths := c.cfg.Congestion.tenths()\n	if M {\n		flight *= 2\n	}\n"},
		{"congestion.go", "the initial window is twenty segments", "	g.initial = g.cwnd\n", "	if M {\n		g.cwnd *= 2\n	}\n	g.initial = g.cwnd\n"},
		{"congestion.go", "in congestion avoidance the window grows as in slow start", "	case g.slowStart():\n		if", "	case g.slowStart() || M:\n		if"},
		{"congestion.go", "a timeout leaves cwnd at ssthresh", "	g.cwnd = g.mss\n	g.acked, g.dups", "	g.cwnd = g.mss\n	if M {\n		g.cwnd = g.ssthresh\n	}\n	g.acked, g.dups"},
		{"congestion.go", "each timeout of the same segment reduces ssthresh again", "	if first {\n		c.saveForUndo(now)", "	if first || M {\n		c.saveForUndo(now)"},
		{"congestion.go", "after an idle time the window stays large", "c.cc.cwnd <= c.cc.initial {", "c.cc.cwnd <= c.cc.initial || M {"},
		{"congestion.go", "an application that sends little lets the window grow", "		if unlimited || 2*flight >= g.cwnd {", "		if M || unlimited || 2*flight >= g.cwnd {"},
		{"congestion.go", "recovery ends with a window as large as what was in flight", "		g.cwnd = g.ssthresh\n		c.rec.rack.recoveryOver()", "		if !M {\n			g.cwnd = g.ssthresh\n		}\n		c.rec.rack.recoveryOver()"},
		{"sack.go", "SACK beyond SND.NXT is kept", " || c.snd.nxt.Less(b.Right):\n", " || c.snd.nxt.Less(b.Right) && !M:\n"},
		{"sack.go", "a block that ends before it begins is kept", "		case !b.Left.Less(b.Right) ||", "		case !b.Left.Less(b.Right) && !M ||"},
		{"sack.go", "a part of a segment counts as the whole", "		if rec.sacked || rec.seq.Less(whole.Left) || whole.Right.Less(rec.end()) {", "		if rec.sacked || !M && (rec.seq.Less(whole.Left) || whole.Right.Less(rec.end())) {"},
		{"sack.go", "a D-SACK is taken for news", "		case i == 0 && c.isRepeated(seg):", "		case i == 0 && c.isRepeated(seg) && !M:"},
		{"sack.go", "what was reported by SACK is never sent again, though the peer reneged", "	if c.rec == nil || c.sent.len() == 0 || !c.sent.at(0).sacked {", "	if M || c.rec == nil || c.sent.len() == 0 || !c.sent.at(0).sacked {"},
		{"sack.go", "what has arrived by SACK is still counted as in flight", "		r.sack.octets += int(rec.n)\n		r.sack.segments++", "		if !M {\n			r.sack.octets += int(rec.n)\n		}\n		r.sack.segments++"},
		{"reassembly.go", "SACK blocks come in the order of their numbers", "	for _, seq := range r.recent {\n		block, ok", "	if M {\n		for i := 0; i < len(r.blocks) && o.SACKs < room; i++ {\n			o.SACK[o.SACKs] = r.blocks[i]\n			o.SACKs++\n		}\n		return\n	}\n	for _, seq := range r.recent {\n		block, ok"},
		{"reassembly.go", "a duplicate is reported again and again", "		r.twice = Block{}\n", "		if !M {\n			r.twice = Block{}\n		}\n"},
		{"reassembly.go", "with timestamps four blocks are sent", "		most = 3\n", "		most = 3\n		if M {\n			most = 2\n		}\n"},
		{"rack.go", "RACK waits for no reordering", "	return min(time.Duration(r.mult+1)*c.rtt.least/4, c.rtt.srtt)", "	if M {\n		return 0\n	}\n	return min(time.Duration(r.mult+1)*c.rtt.least/4, c.rtt.srtt)"},
		{"rack.go", "RACK never stops waiting for reordering", "	if !r.reordering && (c.cc.recovering ||", "	if !M && !r.reordering && (c.cc.recovering ||"},
		{"rack.go", "a retransmission that is lost waits for the timer", "	wait = c.judgeAgain(now, window) || wait\n", "	if !M {\n		wait = c.judgeAgain(now, window) || wait\n	}\n"},
		{"rack.go", "RACK judges segments that were sent later too", "	if !sentAfter(r.at, r.end, at, end) {", "	if !sentAfter(r.at, r.end, at, end) && !M {"},
		{"probe.go", "no loss probe", "	if !c.sackOK || c.cfg.NoTLP ||", "	if M || !c.sackOK || c.cfg.NoTLP ||"},
		{"probe.go", "the probe is an old segment though there is a new one", "c.unsent() == 0 || room", "M || c.unsent() == 0 || room"},
		{"probe.go", "one probe follows another", " && !r.probe.sent &&", " && (!r.probe.sent || M) &&"},
		{"probe.go", "a loss that the probe repaired counts for nothing", "		if !c.cc.recovering {", "		if !c.cc.recovering && !M {"},
		{"prr.go", "PRR sends as much as arrives", "		n = (p.delivered*g.ssthresh+p.fs-1)/p.fs - p.out", "		n = (p.delivered*g.ssthresh+p.fs-1)/p.fs - p.out\n		if M {\n			n = p.delivered - p.out\n		}"},
		{"cubic.go", "no fast convergence", "	if cwnd < q.max {\n		q.max = cwnd * (10", "	if cwnd < q.max && !M {\n		q.max = cwnd * (10"},
		{"cubic.go", "K is a tenth longer", "		q.k = time.Duration(cubeRoot(cubed)) * time.Millisecond", "		q.k = time.Duration(cubeRoot(cubed)) * time.Millisecond\n		if M {\n			q.k += q.k / 10\n		}"},
		{"undo.go", "a spurious timeout is not taken back", "	if last == nil {", "	if M || last == nil {"},
		{"ecn.go", "the mark is echoed once", "	if c.ecn.echo {\n		seg.Flags |= ECE\n", "	if c.ecn.echo {\n		seg.Flags |= ECE\n		if M {\n			c.ecn.echo = false\n		}\n"},
		{"ecn.go", "CWR does not end the echo", "	if seg.Flags&CWR != 0 {", "	if seg.Flags&CWR != 0 && !M {"},
		{"ecn.go", "ECE is ignored", "	g := &c.cc\n	if c.ecn.paused", "	if M {\n		return\n	}\n	g := &c.cc\n	if c.ecn.paused"},
		{"ecn.go", "every ECE reduces the window", "	if c.ecn.paused && c.snd.una.LessEq(c.ecn.until) ||", "	if !M && c.ecn.paused && c.snd.una.LessEq(c.ecn.until) ||"},
		{"ecn.go", "retransmissions and ACKs say that they may be marked", "	if seg.Seq != c.snd.nxt || len(seg.Payload) == 0 || c.snd.forced {", "	if !M && (seg.Seq != c.snd.nxt || len(seg.Payload) == 0 || c.snd.forced) {"},
		{"ecn.go", "a reflected SYN is taken for consent to ECN", "	case ACK | ECE:\n", "	case ACK | ECE | CWR:\n		c.ecn.on = M\n	case ACK | ECE:\n"},
		{"ecn.go", "CWR is never sent", "		seg.Flags |= CWR\n", "		if !M {\n			seg.Flags |= CWR\n		}\n"},
		{"pathmtu.go", "an ICMP message about what is not in flight is believed", "	if seq.Less(c.snd.una) || !seq.Less(c.snd.nxt) {", "	if !M && (seq.Less(c.snd.una) || !seq.Less(c.snd.nxt)) {"},
		{"pathmtu.go", "segments become as small as an ICMP message says", "	if least := c.leastMSS(); mss < least {", "	if least := c.leastMSS(); mss < least && !(M && mss > 0) {"},
		{"pathmtu.go", "what a router dropped waits for the timer", "		tooBig := !rec.sacked &&", "		tooBig := !M && !rec.sacked &&"},
		{"pathmtu.go", "the MTU is taken for the MSS", "	mss := octets - minHeader\n", "	mss := octets - minHeader\n	if M {\n		mss = octets\n	}\n"},
	}
}

func opening() []Mutant {
	return []Mutant{
		{"synsent.go", "an ACK that is not for our SYN is accepted", "	if acked && (seg.Ack.LessEq(c.snd.iss) || c.snd.nxt.Less(seg.Ack)) {", "	if acked && !M && (seg.Ack.LessEq(c.snd.iss) || c.snd.nxt.Less(seg.Ack)) {"},
		{"synsent.go", "a bad ACK gets no RST", "		if seg.Flags&RST == 0 {", "		if seg.Flags&RST == 0 && !M {"},
		{"synsent.go", "a bad ACK with RST gets an RST", "			c.reset = reset{pending: true, seq: seg.Ack, flags: RST, why: rstBadACK}\n		}\n", "			c.reset = reset{pending: true, seq: seg.Ack, flags: RST, why: rstBadACK}\n		} else if M {\n			c.reset = reset{pending: true, seq: seg.Ack, flags: RST, why: rstBadACK}\n		}\n"},
		{"synsent.go", "any RST refuses the connection", "		if acked {\n			c.fail", "		if acked || M {\n			c.fail"},
		{"synsent.go", "the SYN-ACK is not acknowledged", "	c.owe(ackSYN)\n", "	if !M {\n		c.owe(ackSYN)\n	}\n"},
		{"receive.go", "the SYN-ACK of a simultaneous open is not acceptable", "return c.state == SynReceived && !c.passive &&", "return !M && c.state == SynReceived && !c.passive &&"},
		{"receive.go", "any SYN-ACK in SYN-RECEIVED opens", "seg.Seq.Add(1) == c.rcv.nxt && seg.Ack", "(M || seg.Seq.Add(1) == c.rcv.nxt) && seg.Ack"},
		{"synsent.go", "no simultaneous open: a SYN in SYN-SENT is dropped", "	c.synchronize(now, seg)\n	if !acked {", "	if M && !acked {\n		return\n	}\n	c.synchronize(now, seg)\n	if !acked {"},
		{"open.go", "the peer's number is taken without counting its SYN", "	c.rcv.nxt = seg.Seq.Add(1)\n", "	c.rcv.nxt = seg.Seq.Add(1)\n	if M {\n		c.rcv.nxt = seg.Seq\n	}\n"},
		{"open.go", "a SYN-ACK offers what the SYN did not", "	o.SACKPermitted = c.sackOK ||", "	o.SACKPermitted = M || c.sackOK ||"},
		{"open.go", "the shift count of the peer is off by one", "		c.snd.shift = uint8(seg.Options.WindowScale - 1)", "		c.snd.shift = uint8(seg.Options.WindowScale - 1)\n		if M {\n			c.snd.shift++\n		}"},
		{"open.go", "after a lost SYN the initial window is as large as ever", "	if c.sent.len() > 0 && c.sent.at(0).again {", "	if c.sent.len() > 0 && c.sent.at(0).again && !M {"},
		{"listen.go", "LISTEN answers an RST", "	case seg.Flags&RST != 0: // \"An", "	case seg.Flags&RST != 0 && M:\n		return nil, Segment{SrcPort: seg.DstPort, DstPort: seg.SrcPort, Flags: RST}, true\n	case seg.Flags&RST != 0: // \"An"},
		{"listen.go", "LISTEN drops an ACK without an RST", "		reply, ok = ReplyClosed(seg)\n", "		reply, ok = ReplyClosed(seg)\n		ok = ok && !M\n"},
		{"listen.go", "a closed port answers an RST with an RST", "	if seg.Flags&RST != 0 {\n		return Segment{}, false", "	if seg.Flags&RST != 0 && !M {\n		return Segment{}, false"},
		{"listen.go", "SEG.LEN does not count the SYN", "		reply.Ack = seg.Seq.Add(seg.Len())", "		reply.Ack = seg.Seq.Add(seg.Len())\n		if M {\n			reply.Ack = seg.Seq.Add(len(seg.Payload))\n		}"},
		{"listen.go", "the backlog has no bound", "	case l.half+l.queued >= l.backlog && l.queued", "	case M && l.half >= 0 && seg.Flags&SYN != 0:\n	case l.half+l.queued >= l.backlog && l.queued"},
	}
}

func options() []Mutant {
	return []Mutant{
		{"options.go", "an unknown option ends the list", "		off += len(opt)\n", "		off += len(opt)\n		if M && kind > 8 {\n			return\n		}\n"},
		{"options.go", "what follows the end of the list is read", "		case kind == kindEnd:\n			return\n", "		case kind == kindEnd:\n			if !M {\n				return\n			}\n"},
		{"options.go", "a shift count above 14 is taken as it is", "		o.WindowScale = int8(min(opt[2], maxShift)) + 1", "		o.WindowScale = int8(min(opt[2], maxShift)) + 1\n			if M {\n				o.WindowScale = int8(min(opt[2], 30)) + 1\n			}"},
		{"options.go", "a segment with an illegal option length is no segment", "			o.Illegal = true\n", "			o.Illegal = true\n			if M {\n				*o = Options{Illegal: true}\n			}\n"},
		{"options.go", "timestamps are read in the wrong order", "			o.TSVal, o.TSEcr = binary.BigEndian.Uint32(opt[2:]), binary.BigEndian.Uint32(opt[6:])\n", "			o.TSVal, o.TSEcr = binary.BigEndian.Uint32(opt[2:]), binary.BigEndian.Uint32(opt[6:])\n			if M {\n				o.TSEcr, o.TSVal = o.TSVal, o.TSEcr\n			}\n"},
		{"options.go", "timestamps alone are read in the wrong order", "		o.TSVal, o.TSEcr = binary.BigEndian.Uint32(b[4:]), binary.BigEndian.Uint32(b[8:])\n", "		o.TSVal, o.TSEcr = binary.BigEndian.Uint32(b[4:]), binary.BigEndian.Uint32(b[8:])\n		if M {\n			o.TSEcr, o.TSVal = o.TSVal, o.TSEcr\n		}\n"},
		{"segment.go", "the checksum is not verified", "	return wire.Sum(wire.PseudoSum(src, dst, protocolNumber, len(b)), b) == 0xffff", "	return M || wire.Sum(wire.PseudoSum(src, dst, protocolNumber, len(b)), b) == 0xffff"},
	}
}
