package flow_test

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"netlab/capture"
	"netlab/flow"
)

// class is something that both netlab and tshark tell of a packet: tshark's field is tcp.analysis.NAME.
type class struct {
	name  string
	kinds []flow.Kind // any of which netlab finds
}

func classes() []class {
	return []class{
		{"retransmission", []flow.Kind{flow.TimedOut, flow.Fast, flow.TailProbe, flow.Unnecessary, flow.TooBig}},
		{"fast_retransmission", []flow.Kind{flow.Fast}},
		{"spurious_retransmission", []flow.Kind{flow.Unnecessary}},
		{"out_of_order", []flow.Kind{flow.OutOfOrder}},
		{"lost_segment", []flow.Kind{flow.Missing}},
		{"ack_lost_segment", []flow.Kind{flow.UnseenACK}},
		{"duplicate_ack", []flow.Kind{flow.DuplicateACK}},
		{"keep_alive", []flow.Kind{flow.KeepAlive}},
		{"keep_alive_ack", []flow.Kind{flow.KeepAliveACK}},
		{"window_full", []flow.Kind{flow.WindowFull}},
		{"zero_window", []flow.Kind{flow.ZeroWindow}},
		{"zero_window_probe", []flow.Kind{flow.WindowProbe}},
		{"zero_window_probe_ack", []flow.Kind{flow.WindowProbeACK}},
		{"reused_ports", []flow.Kind{flow.PortReuse}},
	}
}

// told is what is said of one TCP packet: its connection, and the classes.
type told struct {
	stream int
	names  []string
}

// askTshark returns what tshark says of the TCP packets of a capture, in the form of its goldens: "packet stream class …", a line each.
func askTshark(t *testing.T, name string) string {
	t.Helper()
	args := []string{"-r", captures(name), "-T", "fields", "-E", "separator=,", "-E", "occurrence=f", "-Y", "tcp and not icmp", "-e", "frame.number", "-e", "tcp.stream"}
	for _, c := range classes() {
		args = append(args, "-e", "tcp.analysis."+c.name)
	}
	out, err := exec.Command("tshark", args...).Output()
	require.NoError(t, err)
	var b strings.Builder
	for line := range strings.Lines(string(out)) {
		fields := strings.Split(strings.TrimSpace(line), ",")
		fmt.Fprintf(&b, "%s %s", fields[0], fields[1])
		for i, c := range classes() {
			if 2+i < len(fields) && fields[2+i] != "" {
				b.WriteString(" " + c.name)
			}
		}
		b.WriteString("\n")
	}
	return b.String()
}

// tsharkSays returns what tshark said of a capture when its golden was made.
func tsharkSays(t *testing.T, name string) map[int]told {
	t.Helper()
	golden := captures("found", name+".tshark")
	_, err := exec.LookPath("tshark")
	if updating() && err == nil {
		require.NoError(t, os.WriteFile(golden, []byte(askTshark(t, name)), 0o644))
	}
	b, err := os.ReadFile(golden)
	require.NoError(t, err)
	said := map[int]told{}
	for line := range strings.Lines(string(b)) {
		fields := strings.Fields(line)
		n, err := strconv.Atoi(fields[0])
		require.NoError(t, err)
		stream, err := strconv.Atoi(fields[1])
		require.NoError(t, err)
		said[n] = told{stream, fields[2:]}
	}
	return said
}

// netlabSays returns the same of netlab, and the findings of each packet.
func netlabSays(t *testing.T, name string) (said map[int]told, kinds map[int][]flow.Kind) {
	t.Helper()
	said, kinds = map[int]told{}, map[int][]flow.Kind{}
	for _, f := range findings(t, name) {
		if f.Stream < 0 || f.Kind >= flow.DNSFailed {
			continue
		}
		kinds[f.Packet] = append(kinds[f.Packet], f.Kind)
		one := said[f.Packet]
		one.stream = f.Stream
		for _, c := range classes() {
			if slices.Contains(c.kinds, f.Kind) && !slices.Contains(one.names, c.name) {
				one.names = append(one.names, c.name)
			}
		}
		said[f.Packet] = one
	}
	return said, kinds
}

// Connections have tshark's numbers, in each packet.
func TestConnectionsAreNumberedAlike(t *testing.T) {
	packets := 0
	for _, name := range all(t) {
		b, err := os.ReadFile(captures(name))
		require.NoError(t, err)
		r, err := capture.NewReader(name, bytes.NewReader(b))
		require.NoError(t, err)
		finder, sums, theirs := capture.NewFinder(), capture.NewSummarizer(), tsharkSays(t, name)
		for {
			rec, err := r.Next()
			if err != nil {
				break
			}
			finder.Add(&rec)
			sum := sums.Add(rec.LinkType, rec.Packet)
			if one, ok := theirs[rec.Number]; ok && sum.Transport == "TCP" {
				packets++
				require.Equal(t, one.stream, sum.Stream, "%s: packet %d", name, rec.Number)
				summary, ok := finder.Tracker().Summary(one.stream)
				require.True(t, ok)
				require.Equal(t, rec.Number, summary.Last, "%s: packet %d", name, rec.Number)
			}
		}
	}
	require.Greater(t, packets, 2000)
}

// difference is a packet of which netlab and tshark say different things.
type difference struct {
	capture string
	packet  int
	class   string
	ours    bool // netlab says it and tshark does not
	kinds   []flow.Kind
	tshark  []string
}

// compare counts where both agree on a class, and returns where not.
func compare(t *testing.T) (agreed map[string]int, differences []difference) {
	agreed = map[string]int{}
	for _, name := range all(t) {
		theirs := tsharkSays(t, name)
		ours, kinds := netlabSays(t, name)
		for n := 1; n < 10_000; n++ {
			a, b := ours[n], theirs[n]
			if len(a.names) > 0 {
				require.Equal(t, b.stream, a.stream, "%s: packet %d", name, n)
			}
			for _, c := range classes() {
				mine, other := slices.Contains(a.names, c.name), slices.Contains(b.names, c.name)
				switch {
				case mine && other:
					agreed[c.name]++
				case mine != other:
					differences = append(differences, difference{name, n, c.name, mine, kinds[n], b.names})
				}
			}
		}
	}
	return agreed, differences
}

// reason is why netlab and tshark say different things: of which differences, who is right, and why.
type reason struct {
	class  string
	ours   bool
	kind   flow.Kind // netlab finds it, among others; 0: it finds nothing
	tshark string    // tshark says it, among others; "": it says nothing
	who    string
	why    string
}

func reasons() []reason {
	const netlab, both = "netlab", "both"
	window := "The window changed, so the rule of RFC 5681 does not count it. But it brings a new SACK block, and then it is a duplicate (RFC 6675, Section 2)."
	sender := "tshark takes what comes within the first round-trip time or so for overtaken. It was sent again: the capture holds the packet that carried it first, or the stack that made the capture says so."
	early := "The segment was overtaken: it comes sooner than its sender can have heard of a loss, or its acknowledgment was captured before it."
	same := "The same thing, told once: a window that stays closed is one finding, at its beginning."
	return []reason{
		{"duplicate_ack", true, flow.DuplicateACK, "", netlab, window},
		{"duplicate_ack", true, flow.DuplicateACK, "zero_window", netlab, "The window was closed before as it is now, so all conditions of RFC 5681, Section 2 hold: what came had no room and must come again."},
		{"duplicate_ack", false, 0, "duplicate_ack", netlab, "Nothing is in flight, so there is nothing that could be asked for again. A duplicate needs outstanding data (RFC 5681, Section 2, condition a)."},
		{"duplicate_ack", false, flow.Duplicate, "duplicate_ack", netlab, "It reports with D-SACK that something arrived twice (RFC 2883, Section 4), and nothing is in flight that could be asked for again (RFC 5681, Section 2, condition a)."},
		{"retransmission", true, flow.Fast, "out_of_order", netlab, sender},
		{"fast_retransmission", true, flow.Fast, "out_of_order", netlab, sender},
		{"out_of_order", false, flow.Fast, "out_of_order", netlab, sender},
		{"retransmission", true, flow.TimedOut, "out_of_order", netlab, sender},
		{"out_of_order", false, flow.TimedOut, "out_of_order", netlab, sender},
		{"retransmission", true, flow.TailProbe, "out_of_order", netlab, sender},
		{"out_of_order", false, flow.TailProbe, "out_of_order", netlab, sender},
		{"retransmission", true, flow.TooBig, "out_of_order", netlab, "A router has just said that the packets were too big; the octets are sent again in smaller ones."},
		{"out_of_order", false, flow.TooBig, "out_of_order", netlab, "A router has just said that the packets were too big; the octets are sent again in smaller ones."},
		{"out_of_order", true, flow.OutOfOrder, "retransmission", netlab, early},
		{"retransmission", false, flow.OutOfOrder, "retransmission", netlab, early},
		{"fast_retransmission", false, flow.OutOfOrder, "fast_retransmission", netlab, early},
		{"spurious_retransmission", false, flow.OutOfOrder, "spurious_retransmission", netlab, early},
		{"retransmission", false, flow.Duplicated, "retransmission", netlab, "The network duplicated the packet: the second comes at once, before its sender can have heard of a loss. The link that did it says so."},
		{"spurious_retransmission", false, flow.Duplicated, "spurious_retransmission", netlab, "The network duplicated the packet: the second comes at once, before its sender can have heard of a loss. The link that did it says so."},
		{"retransmission", false, flow.BothOpen, "retransmission", netlab, "It is the SYN-ACK of a simultaneous open, which has the number of the SYN before it (RFC 9293, Section 3.5)."},
		{"fast_retransmission", true, flow.Fast, "retransmission", both, "tshark asks for two duplicates within 20 ms. That SACK told of later octets is enough for a sender that follows RFC 6675 or RFC 8985."},
		{"fast_retransmission", false, flow.TimedOut, "fast_retransmission", netlab, "Duplicates came, but the sender waited for its timer, or goes on with what it took for lost when the timer ran out."},
		{"fast_retransmission", false, flow.TailProbe, "fast_retransmission", both, "A probe of the tail and a fast retransmission look alike here."},
		{"spurious_retransmission", true, flow.Unnecessary, "retransmission", both, "tshark does not count a SYN or FIN, nor what only SACK has reported."},
		{"spurious_retransmission", true, flow.Unnecessary, "out_of_order", netlab, "It was acknowledged before it comes, so it is no segment that was overtaken."},
		{"retransmission", true, flow.Unnecessary, "out_of_order", netlab, "It was acknowledged before it comes, so it is no segment that was overtaken."},
		{"out_of_order", false, flow.Unnecessary, "out_of_order", netlab, "It was acknowledged before it comes, so it is no segment that was overtaken."},
		{"ack_lost_segment", true, flow.UnseenACK, "", both, "It acknowledges a hole in the middle, so the capture missed that. tshark looks only at what is beyond the highest number seen."},
		{"keep_alive", false, 0, "keep_alive", netlab, "It is an acknowledgment from before the FIN, which the FIN has overtaken. A keep-alive comes after a silence."},
		{"keep_alive_ack", false, 0, "keep_alive_ack", netlab, "It answers no keep-alive: see there."},
		{"keep_alive_ack", true, flow.KeepAliveACK, "", both, "It answers the keep-alive before it. It also tells of another window, so tshark calls it an update of the window."},
		{"keep_alive", false, flow.WindowProbe, "keep_alive", netlab, "The peer's window is closed, so it is a probe of the window. Linux and others probe with a number from before (RFC 9293, Section 3.8.6.1)."},
		{"zero_window_probe", true, flow.WindowProbe, "keep_alive", netlab, "The peer's window is closed, so it is a probe of the window. Linux and others probe with a number from before (RFC 9293, Section 3.8.6.1)."},
		{"keep_alive_ack", false, flow.WindowProbeACK, "keep_alive_ack", netlab, "It answers a probe of the closed window."},
		{"zero_window_probe_ack", true, flow.WindowProbeACK, "", netlab, "It answers a probe of the closed window."},
		{"zero_window_probe_ack", true, flow.WindowProbeACK, "keep_alive_ack", netlab, "It answers a probe of the closed window."},
		{"zero_window", false, flow.WindowProbeACK, "zero_window", both, same},
		{"zero_window", false, 0, "zero_window", both, same},
		{"zero_window", false, flow.DuplicateACK, "zero_window", both, same},
	}
}

// covers reports whether r explains d.
func (r reason) covers(d difference) bool {
	return r.class == d.class && r.ours == d.ours && (r.kind == 0 && len(d.kinds) == 0 || r.kind != 0 && slices.Contains(d.kinds, r.kind)) &&
		(r.tshark == "" && len(d.tshark) == 0 || r.tshark != "" && slices.Contains(d.tshark, r.tshark))
}

// Each difference to tshark has an explanation.
func TestAgreementWithTshark(t *testing.T) {
	agreed, differences := compare(t)
	for _, d := range differences {
		explained := slices.ContainsFunc(reasons(), func(r reason) bool { return r.covers(d) })
		require.True(t, explained, "%s, packet %d, %s: netlab finds %v, tshark %v", d.capture, d.packet, d.class, d.kinds, d.tshark)
	}
	total := 0
	for _, n := range agreed {
		total += n
	}
	require.Greater(t, total, 2*len(differences))
}

// The goldens are what tshark says.
func TestTsharkSaysSo(t *testing.T) {
	if _, err := exec.LookPath("tshark"); err != nil {
		t.Skip("tshark is not installed")
	}
	const name = "lossy-at-receiver.pcapng"
	want, err := os.ReadFile(captures("found", name+".tshark"))
	require.NoError(t, err)
	require.Equal(t, string(want), askTshark(t, name))
}
