package check

import (
	"strconv"

	"golang.org/x/sys/unix"
)

// infoVariable returns a variable from Linux's struct tcp_info, if it is there.
func infoVariable(info *unix.TCPInfo, name string) (string, bool) {
	states := []string{
		"", "ESTABLISHED", "SYN-SENT", "SYN-RECEIVED", "FIN-WAIT-1", "FIN-WAIT-2", "TIME-WAIT", "CLOSED", "CLOSE-WAIT", "LAST-ACK", "LISTEN",
		"CLOSING",
	}
	if name == "state" && int(info.State) < len(states) {
		return states[info.State], true
	}
	n, known := map[string]uint32{
		"cwnd": info.Snd_cwnd, "mss": info.Snd_mss, "retransmissions": info.Total_retrans,
		"tcpi_state": uint32(info.State), "tcpi_ca_state": uint32(info.Ca_state), "tcpi_snd_cwnd": info.Snd_cwnd,
		"tcpi_snd_ssthresh": info.Snd_ssthresh, "tcpi_snd_mss": info.Snd_mss, "tcpi_unacked": info.Unacked, "tcpi_sacked": info.Sacked,
		"tcpi_lost": info.Lost, "tcpi_total_retrans": info.Total_retrans,
	}[name]
	return strconv.FormatUint(uint64(n), 10), known
}
