package link

import (
	"fmt"
	"net/netip"
	"strings"
	"time"
)

// Times of a tunnel.
const (
	helloEvery  = time.Second            // while the peer is not there
	aliveEvery  = 5 * time.Second        // of silence on our side
	silentAfter = 16 * time.Second       // of the peer: three of its signs of life are lost
	answerEvery = 100 * time.Millisecond // hellos are answered no faster
	tellEvery   = 5 * time.Second        // what is thrown away is told no faster
)

// TunnelEvent is something that happened to a tunnel.
type TunnelEvent struct {
	Say      string // in words
	There    bool   // the peer is there
	Greeting string // of the peer, when it has just come
}

// tunnelPeer is the state of a tunnel: who is at the other end, and what is believed of it. It is pure: datagrams
// and the time go in, datagrams and events come out.
type tunnelPeer struct {
	key      []byte
	carries  Carries
	mtu      int
	greeting []byte
	salt     uint16
	fixed    bool           // addr is what the user said, and nothing else is listened to: there is no key
	addr     netip.AddrPort // of the peer; invalid: it is not known yet

	own      uint64 // our session
	sequence uint64 // of the latest datagram in it
	peer     uint64 // the peer's session; 0: the peer is not there
	latest   uint64 // the peer's latest session, also if it is silent now
	peerMTU  int
	window   replayWindow

	heard, said, answered, told time.Time
	thrown                      [tunnelFaults]uint64 // all
	untold                      [tunnelFaults]uint64 // those that no event has told of

	out    []outgoing
	events []TunnelEvent
}

// outgoing is a datagram to send.
type outgoing struct {
	to     netip.AddrPort
	octets []byte
}

// begin starts a session. Sessions are numbered by the time at which they begin, so that a later one is greater,
// also when the program was started anew. The salt keeps those of two sides apart that begin at once.
func (t *tunnelPeer) begin(now time.Time) {
	t.own = max(t.own+1, uint64(now.UnixNano())&^0xffff|uint64(t.salt))
	t.sequence, t.peer, t.peerMTU, t.window = 0, 0, 0, replayWindow{}
	t.hello(now, t.addr)
}

// hello says that we are here, and which session of the peer we know of.
func (t *tunnelPeer) hello(now time.Time, to netip.AddrPort) {
	h := hello{to: t.latest, mtu: uint16(t.mtu), asks: t.peer == 0 || t.peer != t.latest, greeting: t.greeting}
	t.send(now, to, tunnelHello, h.append(nil))
}

func (t *tunnelPeer) send(now time.Time, to netip.AddrPort, kind tunnelKind, body []byte) {
	t.said = now
	if to.IsValid() {
		t.out = append(t.out, outgoing{to, t.seal(nil, kind, body)})
	}
}

// seal appends the next datagram of our session to b.
func (t *tunnelPeer) seal(b []byte, kind tunnelKind, body []byte) []byte {
	t.sequence++
	return appendTunnel(b, &tunnelDatagram{kind, t.carries, t.own, t.sequence, body}, t.key)
}

// room is the size of the largest packet that both sides take.
func (t *tunnelPeer) room() int {
	if t.peerMTU == 0 {
		return t.mtu
	}
	return min(t.mtu, t.peerMTU)
}

// receive takes a datagram and returns the packet in it, if there is one. Nothing is believed of a datagram from a
// wrong source, or with a wrong tag, and nothing is answered to it.
func (t *tunnelPeer) receive(now time.Time, from netip.AddrPort, b []byte) (packet []byte) {
	if t.fixed && from != t.addr {
		t.throw(now, wrongSource)
		return nil
	}
	d, fault := parseTunnel(b, t.key)
	if fault == tunnelGood {
		packet, fault = t.accept(now, from, &d)
	}
	if fault != tunnelGood {
		t.throw(now, fault)
		return nil
	}
	return packet
}

func (t *tunnelPeer) accept(now time.Time, from netip.AddrPort, d *tunnelDatagram) ([]byte, tunnelFault) {
	switch {
	case d.carries != t.carries:
		return nil, wrongCarries
	case d.session == t.own:
		return nil, wrongSession // our own, sent back to us
	case d.kind == tunnelHello:
		return nil, t.greeted(now, from, d)
	case d.session != t.peer:
		return nil, wrongSession
	case !t.window.see(d.sequence):
		return nil, replayed
	}
	t.heard = now
	switch d.kind {
	case tunnelBye:
		t.event("the peer "+t.addr.String()+" has left", false, "")
		t.begin(now)
	case tunnelData:
		if len(d.body) > t.room() {
			return nil, tooLarge
		}
		return d.body, tunnelGood
	}
	return nil, tunnelGood
}

// greeted takes a hello. A session is agreed on when the peer names ours in a hello of its own: so an old one that
// somebody has recorded is worth nothing. A later session of the peer takes the place of an earlier one, never the reverse.
func (t *tunnelPeer) greeted(now time.Time, from netip.AddrPort, d *tunnelDatagram) tunnelFault {
	h, ok := parseHello(d.body)
	switch {
	case !ok:
		return malformed
	case d.session < t.latest:
		return wrongSession
	}
	t.latest = d.session
	if h.to == t.own && d.session != t.peer {
		again := t.peer != 0
		t.addr = from // with a key the peer may move
		t.peer, t.peerMTU, t.window, t.heard = d.session, int(h.mtu), replayWindow{}, now
		t.met(again, h)
	}
	if d.session == t.peer {
		if !t.window.see(d.sequence) {
			return replayed
		}
		t.heard = now
	}
	if h.asks && now.Sub(t.answered) >= answerEvery {
		t.answered = now
		t.hello(now, from)
	}
	return tunnelGood
}

// met tells that the peer is there.
func (t *tunnelPeer) met(again bool, h hello) {
	what := "is there"
	if again {
		what = "has started anew"
	}
	say := fmt.Sprintf("the peer %s %s", t.addr, what)
	if int(h.mtu) != t.mtu {
		say += fmt.Sprintf(": it takes %s of at most %d octets, we take %d, so that %d is the limit", t.carries, h.mtu, t.mtu, t.room())
	}
	t.event(say, true, strings.ToValidUTF8(string(h.greeting), "?"))
}

// advance does what is due.
func (t *tunnelPeer) advance(now time.Time) {
	switch {
	case t.peer != 0 && now.Sub(t.heard) >= silentAfter:
		t.event(fmt.Sprintf("the peer %s is silent since %d s", t.addr, int(now.Sub(t.heard)/time.Second)), false, "")
		t.begin(now)
	case t.peer == 0 && now.Sub(t.said) >= helloEvery:
		t.hello(now, t.addr)
	case t.peer != 0 && now.Sub(t.said) >= aliveEvery:
		t.send(now, t.addr, tunnelAlive, nil)
	}
	t.tell(now)
}

// bye tells the peer that we leave.
func (t *tunnelPeer) bye(now time.Time) {
	if t.peer != 0 {
		t.send(now, t.addr, tunnelBye, nil)
	}
}

// throw counts a datagram that is thrown away.
func (t *tunnelPeer) throw(now time.Time, why tunnelFault) {
	t.thrown[why]++
	t.untold[why]++
	t.tell(now)
}

// tell tells what was thrown away, if that was not done just now.
func (t *tunnelPeer) tell(now time.Time) {
	var parts []string
	for why, n := range t.untold {
		if n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", n, tunnelFault(why)))
		}
	}
	if len(parts) == 0 || !t.told.IsZero() && now.Sub(t.told) < tellEvery {
		return
	}
	t.told, t.untold = now, [tunnelFaults]uint64{}
	t.event("datagrams thrown away: "+strings.Join(parts, ", "), t.peer != 0, "")
}

func (t *tunnelPeer) event(say string, there bool, greeting string) {
	t.events = append(t.events, TunnelEvent{say, there, greeting})
}
