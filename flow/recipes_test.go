package flow_test

import (
	"strings"
	"testing"
	"time"
)

// recipe is how a capture is made of a run of a lab.
type recipe struct {
	name  string
	about string
	lab   string
	drops []string
	host  string // where it is made; h1 if empty
	skip  []int  // packets that the capture misses
	until time.Duration
}

func (r recipe) make(t *testing.T) []byte {
	until, host := r.until, r.host
	if until == 0 {
		until = 10 * time.Minute
	}
	if host == "" {
		host = "h1"
	}
	return at(t, run(t, r.lab, 1, until, r.drops...), host, r.skip...)
}

// direct is a lab of two hosts on one link: what is special about each, about the link, and what they do.
func direct(h1, h2, link string, apps ...string) string {
	join := func(parts ...string) string {
		var all []string
		for _, p := range parts {
			if p != "" {
				all = append(all, p)
			}
		}
		return "{" + strings.Join(all, ", ") + "}"
	}
	lab := "name: capture\ntitle: A capture\nhosts:\n  h1: " + join("role: client", h1) + "\n  h2: " + join("role: server", h2) +
		"\nlinks:\n  h1-h2: " + join("delay: 10ms, addresses: {h1: 10.77.0.1/24, h2: 10.77.0.2/24}", link) + "\n"
	if i := strings.Index(link, "events:"); i >= 0 {
		lab = strings.Replace(lab, ", "+link, "", 1) + link + "\n"
	}
	return lab + "apps:\n  - {host: h2, " + strings.Join(apps, "}\n  - {host: ") + "}\n"
}

// routed is a lab with two routers between the hosts: what is special about r1, and about the link of the routers.
func routed(r1, middle string, apps ...string) string {
	return "name: capture\ntitle: A capture\nhosts:\n  h1: {role: client}\n  r1: {role: router" + r1 + "}\n  r2: {role: router}\n  h2: {role: server}\n" +
		"links:\n  h1-r1: {delay: 2ms, addresses: {h1: 10.77.0.10/26, r1: 10.77.0.1/26}}\n" +
		"  r1-r2: {delay: 10ms, addresses: {r1: 10.77.0.65/26, r2: 10.77.0.66/26}" + middle + "}\n" +
		"  r2-h2: {delay: 2ms, addresses: {r2: 10.77.0.129/26, h2: 10.77.0.130/26}}\n" +
		"apps:\n  - {host: h2, " + strings.Join(apps, "}\n  - {host: ") + "}\n"
}

func recipes() []recipe {
	const sink, send, web = "do: tcp-sink", `h1, do: tcp-send, to: "h2:9", bytes: `, "do: http-server"
	const small, mss = "tcp: {mss: 536}", "tcp: {mss: 200, initial-window: 2}"
	get := func(what string) string { return `h1, do: http-get, url: "http://h2` + what + `"` }
	talk := `h1, do: websocket, url: "http://h2/ws", count: 2, interval: `
	return []recipe{
		{name: "fast", about: "one segment is lost; SACK tells", lab: direct(small, "", "", sink, send+"12000"), drops: []string{"tcp.len > 0 #8"}},
		{name: "fast-at-receiver", about: "the same, captured at the receiver", lab: direct(small, "", "", sink, send+"12000"), drops: []string{"tcp.len > 0 #8"}, host: "h2"},
		{name: "fast-newreno", about: "two segments are lost, no SACK", lab: direct("tcp: {mss: 536, sack: off}", "", "", sink, send+"14000"), drops: []string{"tcp.len > 0 #5", "tcp.len > 0 #7"}},
		{name: "timeout", about: "a segment is lost, and nothing but the timer is there to tell", lab: direct("tcp: {mss: 536, sack: off, tlp: off, fast-retransmit: off}", "", "", sink, send+"12000"), drops: []string{"tcp.len > 0 #6"}},
		{name: "timeout-again", about: "the only segment is lost three times", lab: direct("tcp: {tlp: off}", "", "", sink, send+"300"), drops: []string{"tcp.len > 0 #1", "tcp.len > 0 #1", "tcp.len > 0 #1"}},
		{name: "tail-probe", about: "the last segment is lost", lab: direct(small, "", "", sink, send+"5360"), drops: []string{"tcp.len > 0 #10"}},
		{name: "tail-probe-single", about: "the only segment is lost", lab: direct("", "", "", sink, send+"300"), drops: []string{"tcp.len > 0 #1"}},
		{name: "tail-timeout", about: "the last segments are lost, and no probe is sent", lab: direct("tcp: {mss: 536, tlp: off}", "", "", sink, send+"5360"), drops: []string{"tcp.len > 0 #9", "tcp.len > 0 #9"}},
		{name: "syn-lost", about: "the SYN is lost", lab: direct("", "", "", sink, send+"300"), drops: []string{"tcp.flags.syn #1"}},
		{name: "syn-ack-lost", about: "the SYN-ACK is lost", lab: direct("", "", "", sink, send+"300"), drops: []string{"tcp.flags.syn #2"}},
		{name: "fin-lost", about: "the FIN is lost", lab: direct("", "", "", sink, send+"300"), drops: []string{"tcp.flags.fin #1"}},
		{name: "unnecessary", about: "the link becomes much slower, and the timer runs out too early", lab: direct(small, "", "events:\n  - {at: 45ms, link: \"h2>h1\", delay: 1500ms}", sink, send+"9000")},
		{name: "unnecessary-at-receiver", about: "the same, captured at the receiver", lab: direct(small, "", "events:\n  - {at: 45ms, link: \"h2>h1\", delay: 1500ms}", sink, send+"9000"), host: "h2"},
		{name: "reordered", about: "one packet in five is overtaken, captured at the receiver", lab: direct(small, "", "reorder: 20%", sink, send+"16000"), host: "h2"},
		{name: "reordered-at-sender", about: "the same, captured at the sender", lab: direct(small, "", "reorder: 20%", sink, send+"16000")},
		{name: "duplicated", about: "one packet in five arrives twice", lab: direct(small, "", "dup: 20%", sink, send+"14000"), host: "h2"},
		{name: "lossy", about: "one packet in ten is lost", lab: direct(small, "", "loss: 10%", sink, send+"24000")},
		{name: "lossy-at-receiver", about: "the same, captured at the receiver", lab: direct(small, "", "loss: 10%", sink, send+"24000"), host: "h2"},
		{name: "lossy-in-the-middle", about: "loss on the second of three links, captured before it", lab: routed("", ", loss: 8%", sink, send+"20000"), host: "r1"},
		{name: "lossy-timestamps", about: "loss, with timestamps", lab: direct("tcp: {mss: 536, timestamps: on}", "tcp: {timestamps: on}", "loss: 10%", sink, send+"20000"), host: "h2"},
		{name: "acks-lost", about: "only acknowledgments are lost", lab: direct(small, "", "\"h2>h1\": {loss: 40%}", sink, send+"20000")},
		{name: "corrupted", about: "one packet in ten has a bit flipped", lab: direct(small, "", "corrupt: 10%", sink, send+"16000"), host: "h2"},
		{name: "zero-window", about: "the receiver does not read for three seconds", lab: direct(small, "receive-buffer: 4096", "", "do: tcp-sink, pause: 3s", send+"9000")},
		{name: "zero-window-at-receiver", about: "the same, captured at the receiver", lab: direct(small, "receive-buffer: 4096", "", "do: tcp-sink, pause: 3s", send+"9000"), host: "h2"},
		{name: "window-full", about: "the window is smaller than what fits on the way", lab: direct(small, "receive-buffer: 4288", "", sink, send+"16000")},
		{name: "keep-alive", about: "a connection says nothing for long", lab: direct("tcp: {keep-alive: on, keep-alive-idle: 5s}", "", "", web, talk+"12s")},
		{name: "idle", about: "two seconds of silence in a connection", lab: direct("", "", "", web, talk+"2s")},
		{name: "refused-both-ways", about: "nobody listens, neither on TCP nor on UDP", lab: direct("", "", "", sink, `h1, do: tcp-send, to: "h2:81"`, `h1, at: 1s, do: udp-send, to: "h2:82"`)},
		{name: "unanswered", about: "the cable is cut", lab: direct("", "", "down: true", sink, send+"300"), until: 20 * time.Second},
		{name: "half-open", about: "the client is gone after its SYN", lab: direct("", "", "events:\n  - {at: 15ms, link: \"h1>h2\", down: true}", sink, send+"300"), host: "h2", until: 20 * time.Second},
		{name: "slow-start", about: "a long transfer of small segments", lab: direct("tcp: {mss: 200, initial-window: 2, congestion: reno}", "receive-buffer: 5000", "", sink, send+"25000")},
		{name: "slow-start-loss", about: "the same, ended by a loss", lab: direct(mss, "", "", sink, send+"16000"), drops: []string{"tcp.len > 0 #35"}},
		{name: "path-mtu", about: "a router says that packets are too big", lab: routed("", ", mtu: 900", sink, send+"6000")},
		{name: "black-hole", about: "a router throws big packets away and says nothing", lab: routed(", silent: true", ", mtu: 900", sink, send+"4000")},
		{name: "capture-misses", about: "a capture that leaves packets out", lab: direct(small, "", "", sink, send+"9000"), skip: []int{7, 13, 19}},
		{name: "from-the-middle", about: "a capture that begins in the middle of a connection", lab: direct(small, "", "", sink, send+"9000"), skip: []int{1, 2, 3, 4, 5, 6, 7, 8}},
		{name: "http-errors", about: "pages that are not there, and a server that cannot", lab: direct("", "", "", web, get("/nothing"), "h1, at: 1s, do: http-get, url: \"http://h2/status/503\"")},
		{name: "http-slow", about: "a way that takes long", lab: direct("", "", "events:\n  - {at: 1ms, link: h1-h2, delay: 700ms}", web, get("/"))},
		{name: "dns-failures", about: "names that do not exist, and a link that loses questions", lab: direct("dns: h2", "", "\"h1>h2\": {loss: 40%}", "do: dns-server",
			"h1, do: dns-lookup, name: nope.lab", "h1, at: 20s, do: dns-lookup, name: h2.lab", "h1, at: 40s, do: dns-lookup, name: nor.lab, type: MX")},
		{name: "dns-slow", about: "a link that takes long", lab: direct("dns: h2", "", "events:\n  - {at: 1ms, link: h1-h2, delay: 400ms}", "do: dns-server", "h1, at: 10ms, do: dns-lookup, name: h2.lab")},
		{name: "dns-unanswered", about: "a name server that is not there", lab: direct("dns: h2", "", "down: true", sink, "h1, do: dns-lookup, name: h2.lab")},
	}
}
