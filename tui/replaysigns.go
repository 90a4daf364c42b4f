package tui

import (
	"fmt"

	"netlab/capture"
	"netlab/flow"
)

// signOf says in few characters what was found about a packet: the worst of it.
func (r *replay) signOf(number int, p capture.Place, sum capture.Summary) (string, style) {
	var worst *flow.Finding
	for i := r.findingsUpTo(number); i >= 0 && r.findings[i].Packet == number; i-- {
		if f := &r.findings[i]; worst == nil || !f.Kind.Note() {
			worst = f
		}
	}
	if worst != nil && sum.Problem == "" {
		if words := findingWords(worst); words != "" {
			sign, st := findingSign(worst.Kind)
			return sign + " " + words, st
		}
	}
	switch {
	case sum.Problem != "":
		return "! " + sum.Problem, lost
	case p.Again:
		return "↻ again", again
	case p.Late:
		return "! out of order", lost
	case p.Odd:
		return "!", lost
	}
	return "", plain
}

// findingWords is a finding in two words or so; empty if it is not about the one packet.
func findingWords(f *flow.Finding) string {
	switch f.Kind {
	case flow.DuplicateACK:
		return fmt.Sprintf("dup ACK %d", f.Args[1])
	case flow.ChecksumOffload, flow.SlowStart, flow.TLSVersion:
		return "" // said once, of the connection or the capture
	}
	return map[flow.Kind]string{
		flow.TimedOut: "again: time-out", flow.Fast: "again: fast", flow.TailProbe: "again: probe", flow.Unnecessary: "again: needless",
		flow.TooBig: "again: smaller", flow.Missing: "gap before", flow.OutOfOrder: "out of order", flow.Duplicated: "came twice",
		flow.Duplicate: "had it already", flow.UnseenACK: "acks unseen", flow.ZeroWindow: "window 0", flow.WindowOpen: "window opens",
		flow.WindowFull: "window full", flow.WindowProbe: "window probe", flow.WindowProbeACK: "answers probe", flow.KeepAlive: "keep-alive",
		flow.KeepAliveACK: "still there", flow.Reset: "reset", flow.Refused: "refused", flow.Unanswered: "no answer", flow.HalfOpen: "half open",
		flow.PortReuse: "port used again", flow.BothOpen: "both open", flow.Idle: "after silence", flow.BlackHole: "black hole",
		flow.Offloaded: "not cut up yet", flow.DNSFailed: "failed", flow.DNSSlow: "slow", flow.DNSUnanswered: "no answer", flow.ICMPError: "error",
		flow.TLSAlert: "alert", flow.Certificate: "certificate", flow.HTTPError: "error", flow.HTTPSlow: "slow", flow.Malformed: "malformed",
		flow.WrongChecksum: "wrong checksum", flow.CutShort: "cut short",
	}[f.Kind]
}
