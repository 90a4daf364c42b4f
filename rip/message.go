package rip

import (
	"encoding/binary"
	"errors"
	"math/bits"
	"net/netip"
)

// Port is the UDP port that routers speak from and listen on (RFC 2453, Section 3.6).
const Port = 520

// Infinity is the metric of a network that cannot be reached (RFC 2453, Section 3.4.1).
const Infinity = 16

// MaxEntries is how many entries a message has at most, one for authentication included (RFC 2453, Section 3.6).
const MaxEntries = 25

// Group returns the multicast address of all routers that speak the protocol (RFC 2453, Section 4.5).
func Group() netip.Addr { return netip.AddrFrom4([4]byte{224, 0, 0, 9}) }

// Command says what a message is.
type Command uint8

// The commands (RFC 2453, Section 3.6).
const (
	Request  Command = 1 // asks for all or some of the receiver's routes
	Response Command = 2 // tells of routes
)

// What is wrong with a message.
var (
	ErrTruncated = errors.New("rip: message is cut short")
	ErrLength    = errors.New("rip: message does not end with an entry")
	ErrTooMany   = errors.New("rip: message has more than 25 entries")
	ErrVersion   = errors.New("rip: not version 2")
	ErrCommand   = errors.New("rip: neither request nor response")
	ErrZero      = errors.New("rip: octets that must be zero are not")
)

const (
	version   = 2
	headerLen = 4
	entryLen  = 20

	familyNone     = 0      // in the request for everything
	familyIP       = 2      // of an entry about a network
	familyPassword = 0xffff // of the first entry, if there is authentication (RFC 2453, Section 4.1)
	simplePassword = 2
	passwordLen    = 16
)

// Entry is what a message says about one network (RFC 2453, Section 4).
type Entry struct {
	Family  uint16       // 2: the network is one of IP
	Tag     uint16       // handed on as it came
	Prefix  netip.Prefix // invalid if there is no such network
	NextHop netip.Addr   // 0.0.0.0: whoever sent the message
	Metric  uint32       // hops, 1 to 15; 16: not reachable
}

// Message is a RIP message.
type Message struct {
	Command  Command
	Entries  []Entry
	Password string // at most 16 octets; empty: without authentication
}

// all is the request for everything: "If there is exactly one entry in the request, and it has an address family
// identifier of zero and a metric of infinity (i.e., 16), then this is a request to send the entire routing table."
// RFC 2453, Section 3.9.1
func all() Entry { return Entry{Family: familyNone, Metric: Infinity} }

func (m *Message) wantsAll() bool {
	return len(m.Entries) == 1 && m.Entries[0].Family == familyNone && m.Entries[0].Metric == Infinity
}

// Parse reads a message. What it says of single networks is not judged. The error is one of those above.
func Parse(b []byte) (Message, error) {
	switch {
	case len(b) < headerLen:
		return Message{}, ErrTruncated
	case Command(b[0]) != Request && Command(b[0]) != Response:
		return Message{}, ErrCommand
	case b[1] != version:
		return Message{}, ErrVersion
	case (len(b)-headerLen)%entryLen != 0:
		return Message{}, ErrLength
	case len(b) > headerLen+MaxEntries*entryLen:
		return Message{}, ErrTooMany
	case b[2] != 0 || b[3] != 0:
		return Message{}, ErrZero
	}
	m := Message{Command: Command(b[0])}
	b = b[headerLen:]
	if len(b) > 0 && binary.BigEndian.Uint16(b) == familyPassword && binary.BigEndian.Uint16(b[2:]) == simplePassword {
		m.Password = password(b[4:entryLen])
		b = b[entryLen:]
	}
	for ; len(b) > 0; b = b[entryLen:] {
		m.Entries = append(m.Entries, readEntry(b))
	}
	return m, nil
}

// password returns a password without the zeros that fill it up: it is "left-justified and padded to the right with
// nulls" (RFC 2453, Section 4.1).
func password(b []byte) string {
	n := len(b)
	for n > 0 && b[n-1] == 0 {
		n--
	}
	return string(b[:n])
}

func readEntry(b []byte) Entry {
	e := Entry{
		Family:  binary.BigEndian.Uint16(b),
		Tag:     binary.BigEndian.Uint16(b[2:]),
		NextHop: netip.AddrFrom4([4]byte(b[12:16])),
		Metric:  binary.BigEndian.Uint32(b[16:]),
	}
	mask := binary.BigEndian.Uint32(b[8:])
	length := bits.LeadingZeros32(^mask)
	addr := netip.AddrFrom4([4]byte(b[4:8]))
	if e.Family == familyIP && mask<<length == 0 {
		if p := netip.PrefixFrom(addr, length); p == p.Masked() {
			e.Prefix = p
		}
	}
	return e
}

// Append appends the message to b. It has at most MaxEntries, that of a password included.
func (m *Message) Append(b []byte) []byte {
	b = append(b, byte(m.Command), version, 0, 0)
	if m.Password != "" {
		b = append(b, familyPassword>>8, familyPassword&0xff, 0, simplePassword)
		var secret [passwordLen]byte
		copy(secret[:], m.Password)
		b = append(b, secret[:]...)
	}
	for _, e := range m.Entries {
		b = e.append(b)
	}
	return b
}

func (e *Entry) append(b []byte) []byte {
	b = binary.BigEndian.AppendUint16(b, e.Family)
	b = binary.BigEndian.AppendUint16(b, e.Tag)
	var addr, hop [4]byte
	var mask uint32
	if e.Prefix.IsValid() {
		addr = e.Prefix.Addr().As4()
		mask = ^(^uint32(0) >> e.Prefix.Bits())
	}
	if e.NextHop.IsValid() {
		hop = e.NextHop.As4()
	}
	b = append(b, addr[:]...)
	b = binary.BigEndian.AppendUint32(b, mask)
	b = append(b, hop[:]...)
	return binary.BigEndian.AppendUint32(b, e.Metric)
}
