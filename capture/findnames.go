package capture

import (
	"cmp"
	"net/netip"
	"slices"
	"strings"

	"netlab/dns"
	"netlab/flow"
	"netlab/wire"
)

const namesPort = dns.Port

// question names a question that waits for its answer.
type question struct {
	client, server netip.AddrPort
	id             uint16
}

// asked is such a question.
type asked struct {
	packet int
	at     int64
	latest int64 // when it was asked last
	times  int
	words  string // "A www.netlab.test"
}

// questions are those that wait, oldest first.
type questions struct {
	open  map[question]asked
	order []question // some of them answered
}

const (
	maxQuestions = 4096 // that wait; of more the oldest is given up
	slowAnswer   = 500_000_000
	patience     = 1_000_000_000 // for how long no answer must come to a question that is asked once
)

// name looks at a message of the Domain Name System.
func (f *Finder) name(src, dst netip.AddrPort, b []byte) {
	words, ok := dns.Summary(b)
	if !ok {
		return
	}
	id := uint16(b[0])<<8 | uint16(b[1])
	if b[2]&0x80 == 0 {
		f.ask(question{src, dst, id}, oneLine(words))
		return
	}
	key := question{dst, src, id}
	q, ok := f.names.open[key]
	if !ok {
		return
	}
	delete(f.names.open, key)
	if code := b[3] & 15; code != 0 {
		one := f.add(flow.DNSFailed, src, wire.RFC("1035", "4.1.1"), "answers the question of packet %p with "+rcode(code)+": %s")
		one.Name, one.Related = q.words, []int{q.packet}
	}
	if waited := f.packet.at - q.at; waited > slowAnswer {
		say := "answers the question of packet %p only after %t: %s"
		if q.times > 1 {
			say = "answers the question of packet %p only after %t, in which it was asked %d times: %s"
		}
		one := f.add(flow.DNSSlow, src, wire.RFC("1035", "4.2.1"), say, waited, int64(q.times))
		one.Name, one.Related = q.words, []int{q.packet}
	}
}

// ask remembers a question.
func (f *Finder) ask(key question, words string) {
	if q, ok := f.names.open[key]; ok {
		q.times++
		q.latest = f.packet.at
		f.names.open[key] = q
		return
	}
	words, _, _ = strings.Cut(words, "? id")
	if len(f.names.order) == maxQuestions {
		f.unanswered(f.names.order[0])
		f.names.order = f.names.order[1:]
	}
	f.names.open[key] = asked{f.packet.number, f.packet.at, f.packet.at, 1, words}
	f.names.order = append(f.names.order, key)
}

// unanswered reports a question that was never answered, if it was not.
func (f *Finder) unanswered(key question) {
	q, ok := f.names.open[key]
	if !ok {
		return
	}
	delete(f.names.open, key)
	if q.times == 1 && f.packet.at-q.at < patience {
		return // the capture ends too early
	}
	say := "asks for %s, and " + key.server.String() + " does not answer, to the end of the capture %t later"
	args := [4]int64{f.packet.at - q.latest}
	if q.times > 1 {
		say = "asks for %s %d times, and " + key.server.String() + " does not answer, to the end of the capture %t after the last"
		args = [4]int64{int64(q.times), f.packet.at - q.latest}
	}
	f.found = append(f.found, flow.Finding{
		Kind: flow.DNSUnanswered, Packet: q.packet, Stream: -1, At: q.at, Who: key.client, Ref: wire.RFC("1035", "4.2.1"),
		Say: say, Name: q.words, Args: args,
	})
}

// namesEnd reports the questions that were never answered.
func (f *Finder) namesEnd() {
	for _, key := range f.names.order {
		f.unanswered(key)
	}
	f.names.order = nil
}

// rcode returns the name of a response code (RFC 1035, Section 4.1.1), and what it means.
func rcode(code byte) string {
	names := [...]string{1: "FORMERR, it does not understand it", 2: "SERVFAIL, it could not find out", 3: "NXDOMAIN, there is no such name", 4: "NOTIMP, it does not do such", 5: "REFUSED, it does not want to"}
	if int(code) < len(names) {
		return names[code]
	}
	return "a failure"
}

// sortFindings puts findings in the order of their packets; those of one packet stay as they are.
func sortFindings(found []flow.Finding) {
	slices.SortStableFunc(found, func(a, b flow.Finding) int {
		return cmp.Or(cmp.Compare(a.Packet, b.Packet), cmp.Compare(a.Kind, b.Kind))
	})
}
