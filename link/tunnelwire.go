package link

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
)

// The wire format of tunnels, version 1: docs/tunnel.md describes it.
const (
	tunnelMagic   = "nltn"
	tunnelVersion = 1
	tunnelHeader  = 24 // octets before the body
	tunnelTag     = 16 // octets behind the body, where there is a key
	helloFixed    = 11 // octets of a hello before the greeting
	maxGreeting   = 128
	minTunnelMTU  = 68 // what every link must carry: RFC 791, Section 3.2
)

// tunnelKind is what a datagram is for.
type tunnelKind uint8

const (
	tunnelHello tunnelKind = iota + 1 // I am here, and have heard of you
	tunnelData                        // a packet or frame
	tunnelAlive                       // I am still here
	tunnelBye                         // I am leaving
)

// Carries is what a tunnel carries: IP packets or Ethernet frames.
type Carries uint8

// What a tunnel carries.
const (
	IPPackets      Carries = 1
	EthernetFrames Carries = 2
)

func (c Carries) String() string {
	if c == EthernetFrames {
		return "Ethernet frames"
	}
	return "IP packets"
}

// tunnelDatagram is a datagram as it is on the wire, without its tag.
type tunnelDatagram struct {
	kind     tunnelKind
	carries  Carries
	session  uint64 // of the sender; a later one is greater
	sequence uint64 // counts the datagrams of a session, from 1
	body     []byte
}

// hello is the body of a hello.
type hello struct {
	to       uint64 // the session of the other side, as far as it is known; 0: not at all
	asks     bool   // the sender has not agreed on a session with us yet, and wants an answer
	mtu      uint16 // the largest packet that the sender takes
	greeting []byte
}

// tunnelFault is why a datagram is thrown away.
type tunnelFault uint8

const (
	tunnelGood   tunnelFault = iota
	notTunnel                // too short, or another magic number
	wrongVersion             // of the format
	wrongSource              // not the peer's address
	wrongTag                 // another key, or none on one side
	malformed                // a body that its kind cannot have
	wrongCarries             // packets here and frames there
	wrongSession             // a session that is over, or has not been agreed on
	replayed                 // seen already, or too old to tell
	tooLarge                 // above the MTU
	queueFull                // nobody reads it fast enough
	tunnelFaults
)

// String says what is wrong in words.
func (f tunnelFault) String() string {
	return [tunnelFaults]string{
		"", "not datagrams of a netlab tunnel", "of another version of the tunnel's format", "from another address than the peer's",
		"signed with another key, or one side has no key", "malformed", "the other kind: IP packets on one side, Ethernet frames on the other",
		"of a session that is not the peer's present one", "seen before, or older than what came since", "larger than the tunnel takes",
		"more than could be read in time",
	}[f]
}

// appendTunnel appends a datagram to b, and its tag if there is a key.
func appendTunnel(b []byte, d *tunnelDatagram, key []byte) []byte {
	start := len(b)
	b = append(b, tunnelMagic...)
	b = append(b, tunnelVersion, byte(d.kind), byte(d.carries), 0)
	b = binary.BigEndian.AppendUint64(b, d.session)
	b = binary.BigEndian.AppendUint64(b, d.sequence)
	b = append(b, d.body...)
	if key != nil {
		b = append(b, tagOf(b[start:], key)...)
	}
	return b
}

// parseTunnel reads a datagram. With a key it must have a tag, which is checked before anything in it is believed. The
// body lies in b.
func parseTunnel(b, key []byte) (d tunnelDatagram, fault tunnelFault) {
	if len(b) < tunnelHeader || string(b[:4]) != tunnelMagic {
		return d, notTunnel
	}
	if b[4] != tunnelVersion {
		return d, wrongVersion
	}
	if key != nil {
		end := len(b) - tunnelTag
		if end < tunnelHeader || !hmac.Equal(b[end:], tagOf(b[:end], key)) {
			return d, wrongTag
		}
		b = b[:end]
	}
	d = tunnelDatagram{
		kind: tunnelKind(b[5]), carries: Carries(b[6]),
		session: binary.BigEndian.Uint64(b[8:]), sequence: binary.BigEndian.Uint64(b[16:]), body: b[tunnelHeader:],
	}
	if d.kind < tunnelHello || d.kind > tunnelBye || d.session == 0 || d.sequence == 0 {
		return d, malformed
	}
	return d, tunnelGood
}

// tagOf signs octets: HMAC-SHA256 (RFC 2104), cut to its first 16 octets.
func tagOf(octets, key []byte) []byte {
	mac := hmac.New(sha256.New, key)
	mac.Write(octets)
	return mac.Sum(nil)[:tunnelTag]
}

func (h *hello) append(b []byte) []byte {
	b = binary.BigEndian.AppendUint64(b, h.to)
	b = binary.BigEndian.AppendUint16(b, h.mtu)
	if h.asks {
		b = append(b, 1)
	} else {
		b = append(b, 0)
	}
	return append(b, h.greeting...)
}

func parseHello(b []byte) (h hello, ok bool) {
	if len(b) < helloFixed || len(b) > helloFixed+maxGreeting || b[10] > 1 {
		return h, false
	}
	h = hello{to: binary.BigEndian.Uint64(b), mtu: binary.BigEndian.Uint16(b[8:]), asks: b[10] == 1, greeting: b[helloFixed:]}
	return h, h.mtu >= minTunnelMTU
}

// replayWindow remembers which of the latest sequence numbers were there, as that of IPsec does (RFC 4303).
type replayWindow struct {
	top  uint64 // the greatest that was there
	bits [windowWords]uint64
}

const windowWords = 16

// see notes a sequence number, and reports false if it was there before or is too old to tell.
func (w *replayWindow) see(n uint64) bool {
	const size = (windowWords - 1) * 64 // the word of the greatest number may have just begun
	if w.top >= size && n <= w.top-size {
		return false
	}
	for word := w.top/64 + 1; n > w.top && word <= n/64 && word <= w.top/64+windowWords; word++ {
		w.bits[word%windowWords] = 0
	}
	w.top = max(w.top, n)
	word, bit := &w.bits[n/64%windowWords], uint64(1)<<(n%64)
	if *word&bit != 0 {
		return false
	}
	*word |= bit
	return true
}
