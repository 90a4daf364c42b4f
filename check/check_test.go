package check_test

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"netlab/check"
)

// Every script of testdata/tcp holds for netlab's TCP.
func TestScripts(t *testing.T) {
	root := filepath.Join("..", "testdata", "tcp")
	files, err := check.Files(root)
	require.NoError(t, err)
	require.NotEmpty(t, files)
	for _, file := range files {
		name, err := filepath.Rel(root, file)
		require.NoError(t, err)
		t.Run(filepath.ToSlash(name), func(t *testing.T) {
			t.Parallel()
			check.Run(t, file, nil)
		})
	}
}

// Every script says what it shows, and cites what asks for it.
func TestScriptsSayWhatTheyShow(t *testing.T) {
	files, err := check.Files(filepath.Join("..", "testdata", "tcp"))
	require.NoError(t, err)
	for _, file := range files {
		script, err := check.Load(file)
		require.NoError(t, err)
		require.Contains(t, script.Comments(), "RFC ", "%s cites no RFC", file)
	}
}

func TestErrors(t *testing.T) {
	for script, want := range map[string]string{
		"":                                     "x.pkt:1:1: the script has no steps",
		"+0 conect":                            `x.pkt:1:4: unknown word "conect": did you mean connect?`,
		"+0 > Q 0:0(0)":                        `x.pkt:1:6: want flags from F S R P . U E W, or - for none, found "Q"`,
		"+0 < . 1:1001(1001) ack 1":            "x.pkt:1:8: 1001 octets from 1 on end at 1002, not at 1001",
		"+0 < . 1:1(0)":                        "x.pkt:1:14: want ack and a number, since the flags have a dot, found the end of the line",
		"+0 < S 0:0(0) win 65536":              "x.pkt:1:19: a window 65536 does not fit 16 bits",
		"+0 < S 0:0(0) wn 1":                   `x.pkt:1:15: unknown part of a segment "wn": did you mean win?`,
		"+0 < S 0:0(0) <mss 1460,sackok>":      `x.pkt:1:25: unknown option "sackok": did you mean sackOK?`,
		"+0 < . 1:1(0) ack 1 <sack>":           "a sack option has one to four blocks",
		"+0 = stat SYN-SENT":                   `unknown variable "stat": did you mean state?`,
		"+0 = state > ESTABLISHED":             `> wants a number or a time to compare with, not "ESTABLISHED"`,
		"+0 write":                             "want how many octets, found the end of the line",
		"+0 read 10 = ECONRESET":               `unknown error "ECONRESET": did you mean ECONNRESET?`,
		"config sak=off":                       `x.pkt:1:8: unknown setting "sak": did you mean sack?`,
		"config sack=no":                       "x.pkt:1:13: sack=no: want on or off",
		"config minrto=200":                    "minrto=200: want a time with its unit, as 200ms",
		"+.3~+.2 > . 1:1(0) ack 1":             "the range of times ends before it begins",
		"+.1~.2 > . 1:1(0) ack 1":              "both ends of a range of times are relative",
		"+0 < icmp unreachable port_unrech []": `unknown ICMP message "port_unrech"`,
		"`rm -rf x`\n+0 connect":               `shell is not run; only sysctl NAME=VALUE is understood, not "rm"`,
		"`sysctl -q net.ipv4.tcp_abc=1`":       "sysctl net.ipv4.tcp_abc has no counterpart here",
		"+0 %{ print(1) }%":                    `Python is not run; only assert tcpi_… == VALUE is understood, not "print(1)"`,
		"0 socket(..., SOCK_DGRAM, 0) = 3":     "socket: only SOCK_STREAM is known here",
		"+0 wirte(4, ..., 1) = 1":              `unknown call "wirte": did you mean write?`,
		"+0 connect\n\t+0 < [ce, tll 3] S":     "x.pkt:2:11: unknown field of the IP header \"tll\": did you mean ttl?\n  \t+0 < [ce, tll 3] S\n  \t         ^",
		"--mtu=a":                              `unknown option "mtu"`,
		"+0 < . 1:1(0 ack 1":                   `want ")", found "ack"`,
	} {
		_, err := check.Parse("x.pkt", script)
		require.ErrorContains(t, err, want, script)
	}
}

// A script may be written in either way; both are the same run.
func TestFormsOfTheSameScript(t *testing.T) {
	for _, text := range []string{
		`listen
		 < S 0:0(0) win 1000 <mss 1000>
		 > S. 0:0(0) ack 1 <mss 1460>
		 +.1 < . 1:1(0) ack 1 win 1000
		 accept
		 write 500
		 > P. 1:501(500) ack 1 win 65535
		 = cwnd 10, snd.nxt 501`,
		`--tolerance_usecs=1000 /* a comment
		 over two lines */
		 0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3
		 +0 bind(3, ..., ...) = 0
		 +0 listen(3, 1) = 0  # another
		 +0 < S 0:0(0) win 1000 <mss 1000>
		 +0 > S. 0:0(0) ack 1 <mss 1460>
		 +.1 < . 1:1(0) ack 1 win 1000
		 +0 accept(3, ..., ...) = 4
		 +0 fcntl(4, F_SETFL, O_RDWR|O_NONBLOCK) = 0
		 +0 read(4, ..., 10) = -1 EAGAIN (Resource temporarily unavailable)
		 +0 sendmsg(4, {msg_name(...)=...,
		                msg_iov(2)=[{..., 200}, {..., 300}], msg_flags=0}, 0) = 500
		 +0 > P. 1:501(500) ack 1 win 65535
		 +0 %{
		 assert tcpi_snd_cwnd == 10, tcpi_snd_cwnd
		 assert tcpi_unacked == 1 and tcpi_ca_state == TCP_CA_Open
		 }%`,
	} {
		script, err := check.Parse("x.pkt", text)
		require.NoError(t, err)
		require.Empty(t, check.Against(script).Story())
	}
}

// What a script says is what decides: each of these differs in one thing from what happens.
func TestWhatDiffersIsFound(t *testing.T) {
	const begin = "config ticks=on\nlisten\n< S 0:0(0) win 1000 <mss 1000,TS val 5 ecr 0>\n> S. 0:0(0) ack 1 <mss 1460,TS val 100 ecr 5>\n" +
		"+.1 < . 1:1(0) ack 1 win 1000 <TS val 6 ecr 100>\naccept\n"
	for script, want := range map[string]string{
		"write 500\n+.1 > P. 1:501(500) ack 1 <...>":                   "the packet came at another time",
		"write 500\n> P. 1:500(499) ack 1 <...>":                       "octets of data",
		"write 500\n> P. 2:502(500) ack 1 <...>":                       "sequence number",
		"write 500\n> P. 1:501(500) ack 2 <...>":                       "acknowledgment number",
		"write 500\n> . 1:501(500) ack 1 <...>":                        "flags",
		"write 500\n> P. 1:501(500) ack 1 win 1 <...>":                 "window",
		"write 500\n> P. 1:501(500) ack 1 <TS val 200 ecr 7>":          "TS ecr",
		"write 500\n> P. 1:501(500) ack 1 <TS val 250 ecr 6>":          "TS val",
		"write 500\n> P. 1:501(500) ack 1 <nop>":                       "options",
		"write 500\n> P. 1:501(500) ack 1 <TS val 200 ecr 6,sack 1:2>": "options",
		"write 500\n> [ect0] P. 1:501(500) ack 1 <...>":                "ECN of the IP header",
		"write 500\n> [nodf] P. 1:501(500) ack 1 <...>":                "don't fragment",
		"write 500\n>2 P. 1:501(500) ack 1 <...>":                      "ports",
		"write 500\n> udp (500)":                                       "protocol",
		"write 500\n+1 quiet":                                          "no line expects",
		"write 500\n+1 < . 1:1(0) ack 501 win 1000 <TS val 6 ecr 200>": "no line expects",
		"write 500":              "no line expects",
		"> . 1:1(0) ack 1 <...>": "nothing was sent",
		"read 10":                "the call returned something else",
		"write 10 = EPIPE":       "the call returned something else",
		"+0...0.5 read 10\n< P. 1:11(10) ack 1 win 1000 <TS val 7 ecr 100>\n+.6 quiet": "",
		"+0...0.5 read 10\n+1 = state ESTABLISHED":                                     "a call has not returned",
		"read 10 ...\n+.1 < P. 1:6(5) ack 1 win 1000 <TS val 7 ecr 100>\n= unread 0":   "the call returned something else",
		"= state CLOSED": "a variable has another value",
		"= rto >= 2s":    "a variable has another value",
	} {
		s, err := check.Parse("x.pkt", begin+script)
		require.NoError(t, err)
		story := check.Against(s).Story()
		if want == "" {
			require.NotContains(t, story, "has not returned", script)
			continue
		}
		require.Contains(t, story, want, script)
	}
}

func FuzzParse(f *testing.F) {
	files, err := check.Files(filepath.Join("..", "testdata", "tcp"))
	require.NoError(f, err)
	for i, file := range files {
		if i%8 == 0 {
			script, err := check.Load(file)
			require.NoError(f, err)
			f.Add(script.Text())
		}
	}
	f.Add("0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3\n`sysctl a=1`\n+0 %{ assert tcpi_x == 1 }%\n+0...0.1 read(4, ..., 1) = 1")
	f.Fuzz(func(t *testing.T, text string) {
		script, err := check.Parse("fuzz", text)
		if err != nil {
			require.NotEmpty(t, err.Error())
			return
		}
		if len(script.Steps) > 30 || strings.Contains(text, "flood") || len(text) > 4000 {
			return
		}
		check.Against(script).Story() // whatever a script does, the host and the story survive it
	})
}
