package dhcp

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"net/netip"
	"time"
)

// What can be wrong with a message.
var (
	ErrTruncated = errors.New("dhcp: the message is cut short")
	ErrMalformed = errors.New("dhcp: the message is malformed")
)

// Forever is the time of a lease that does not end (RFC 2131, Section 3.3).
const Forever = time.Duration(math.MaxUint32) * time.Second

// HardwareAddr is an Ethernet address.
type HardwareAddr [6]byte

// String returns "02:00:00:00:00:01".
func (h HardwareAddr) String() string {
	return fmt.Sprintf("%02x:%02x:%02x:%02x:%02x:%02x", h[0], h[1], h[2], h[3], h[4], h[5])
}

// Message is a DHCP message. Addresses that are not there are invalid, times and lists that are not there zero.
type Message struct {
	Reply     bool // from a server
	Type      MessageType
	ID        uint32 // of the transaction
	Secs      uint16
	Broadcast bool
	Client    netip.Addr // ciaddr
	Your      netip.Addr // yiaddr
	Relay     netip.Addr // giaddr
	Hardware  HardwareAddr

	Requested  netip.Addr
	ServerID   netip.Addr
	Lease      time.Duration
	Renewal    time.Duration // T1
	Rebinding  time.Duration // T2
	Mask       int           // length of the network's prefix in bits; 0: not there
	Routers    []netip.Addr
	DNS        []netip.Addr
	Domain     string
	HostName   string
	Text       string
	Parameters []Option
	ClientID   []byte
}

// minLen is the least length of a message: that of BOOTP, which relay agents and old clients count on (RFC 951, with its 64
// octets for options).
const minLen = 300

// Append appends the message to b.
func (m *Message) Append(b []byte) []byte {
	from := len(b)
	b = append(b, make([]byte, headerLen)...)
	h := b[from:]
	h[0], h[1], h[2] = 1, 1, byte(len(m.Hardware))
	if m.Reply {
		h[0] = 2
	}
	binary.BigEndian.PutUint32(h[4:], m.ID)
	binary.BigEndian.PutUint16(h[8:], m.Secs)
	if m.Broadcast {
		h[10] = 0x80
	}
	putAddress(h[12:], m.Client)
	putAddress(h[16:], m.Your)
	putAddress(h[24:], m.Relay)
	copy(h[28:], m.Hardware[:])
	binary.BigEndian.PutUint32(h[236:], cookie)
	b = m.appendOptions(b)
	b = append(b, byte(OptionEnd))
	if pad := minLen - (len(b) - from); pad > 0 {
		b = append(b, make([]byte, pad)...)
	}
	return b
}

// appendOptions appends the options, the type of the message first.
func (m *Message) appendOptions(b []byte) []byte {
	put := func(code Option, data ...byte) {
		if len(data) > 0 {
			b = append(append(b, byte(code), byte(len(data))), data...)
		}
	}
	addresses := func(code Option, addrs ...netip.Addr) {
		var data []byte
		for _, a := range addrs {
			if a.Is4() && len(data) < 252 {
				data = append(data, a.AsSlice()...)
			}
		}
		put(code, data...)
	}
	seconds := func(code Option, d time.Duration) {
		if d > 0 {
			put(code, binary.BigEndian.AppendUint32(nil, uint32(min(d, Forever)/time.Second))...)
		}
	}
	text := func(code Option, s string) { put(code, []byte(s[:min(len(s), 255)])...) }
	put(OptionMessageType, byte(m.Type))
	put(OptionClientID, m.ClientID[:min(len(m.ClientID), 255)]...)
	addresses(OptionRequested, m.Requested)
	addresses(OptionServerID, m.ServerID)
	seconds(OptionLease, m.Lease)
	seconds(OptionRenewal, m.Renewal)
	seconds(OptionRebinding, m.Rebinding)
	if m.Mask > 0 {
		put(OptionMask, binary.BigEndian.AppendUint32(nil, ^uint32(0)<<(32-m.Mask))...)
	}
	addresses(OptionRouter, m.Routers...)
	addresses(OptionDNS, m.DNS...)
	text(OptionDomain, m.Domain)
	text(OptionHostName, m.HostName)
	text(OptionText, m.Text)
	var wanted []byte
	for _, o := range m.Parameters {
		wanted = append(wanted, byte(o))
	}
	put(OptionParameters, wanted...)
	return b
}

// Parse reads a message. The error is ErrTruncated or wraps ErrMalformed.
func Parse(b []byte) (Message, error) {
	if len(b) < headerLen {
		return Message{}, ErrTruncated
	}
	m := Message{
		Reply: b[0] == 2, ID: binary.BigEndian.Uint32(b[4:]), Secs: binary.BigEndian.Uint16(b[8:]), Broadcast: b[10]&0x80 != 0,
		Client: address(b[12:]), Your: address(b[16:]), Relay: address(b[24:]),
	}
	switch {
	case b[0] != 1 && b[0] != 2:
		return Message{}, fmt.Errorf("%w: it is neither request nor reply", ErrMalformed)
	case b[1] != 1 || b[2] != 6:
		return Message{}, fmt.Errorf("%w: hardware of type %d with addresses of %d octets", ErrMalformed, b[1], b[2])
	case binary.BigEndian.Uint32(b[236:]) != cookie:
		return Message{}, fmt.Errorf("%w: it has no options", ErrMalformed)
	}
	copy(m.Hardware[:], b[28:])
	found, err := collect(b)
	if err != nil {
		return Message{}, fmt.Errorf("%w: %w", ErrMalformed, err)
	}
	for _, o := range found {
		if !m.take(o.code, o.data) {
			return Message{}, fmt.Errorf("%w: option %d has %d octets", ErrMalformed, o.code, len(o.data))
		}
	}
	if m.Type == 0 {
		return Message{}, fmt.Errorf("%w: it does not say what it is for", ErrMalformed)
	}
	return m, nil
}

// putAddress writes an address; none is zero.
func putAddress(b []byte, a netip.Addr) {
	if a.Is4() {
		copy(b, a.AsSlice())
	}
}

// address reads an address; zero is none.
func address(b []byte) netip.Addr {
	a := netip.AddrFrom4([4]byte(b))
	if a.IsUnspecified() {
		return netip.Addr{}
	}
	return a
}

// collect returns the options of a message: those at its end, and then those in the fields for names if they say so. "The options in the
// 'options' field MUST be interpreted first, … the 'file' field MUST be interpreted next, … followed by the 'sname' field." RFC 2131,
// Section 4.1, shortened. Options that occur twice are put together (Section 4.1 too).
func collect(b []byte) ([]option, error) {
	found, err := scan(nil, b[headerLen:])
	if err != nil {
		return nil, err
	}
	for _, o := range found {
		if o.code != OptionOverload || len(o.data) != 1 {
			continue
		}
		if o.data[0]&1 != 0 {
			if found, err = scan(found, b[108:236]); err != nil {
				return nil, err
			}
		}
		if o.data[0]&2 != 0 {
			if found, err = scan(found, b[44:108]); err != nil {
				return nil, err
			}
		}
		break
	}
	return found, nil
}

// scan adds the options in b to those found.
func scan(found []option, b []byte) ([]option, error) {
	var seen [256]int // where in found an option is, counted from 1
	for i, o := range found {
		seen[o.code] = i + 1
	}
	for at := 0; at < len(b); {
		o, err := nextOption(b, at)
		if err != nil {
			return nil, err
		}
		at += o.size
		switch {
		case o.code == OptionPad:
		case o.code == OptionEnd:
			return found, nil
		case seen[o.code] > 0:
			twin := &found[seen[o.code]-1]
			twin.data = append(twin.data[:len(twin.data):len(twin.data)], o.data...)
		default:
			found = append(found, o)
			seen[o.code] = len(found)
		}
	}
	return nil, errNoEnd
}

// take sets what an option says. false: it cannot be so long.
func (m *Message) take(code Option, data []byte) bool {
	switch spec := specOf(code); spec.kind {
	case addressKind, secondsKind:
		if len(data) != 4 {
			return false
		}
	case addressesKind:
		if len(data) == 0 || len(data)%4 != 0 {
			return false
		}
	case messageKind:
		if len(data) != 1 {
			return false
		}
	}
	switch code {
	case OptionMessageType:
		m.Type = MessageType(data[0])
	case OptionRequested:
		m.Requested = address(data)
	case OptionServerID:
		m.ServerID = address(data)
	case OptionLease:
		m.Lease = seconds(data)
	case OptionRenewal:
		m.Renewal = seconds(data)
	case OptionRebinding:
		m.Rebinding = seconds(data)
	case OptionMask:
		m.Mask = maskLen(binary.BigEndian.Uint32(data))
		return m.Mask > 0
	case OptionRouter:
		m.Routers = addresses(data)
	case OptionDNS:
		m.DNS = addresses(data)
	case OptionDomain:
		m.Domain = string(data)
	case OptionHostName:
		m.HostName = string(data)
	case OptionText:
		m.Text = string(data)
	case OptionClientID:
		m.ClientID = data
	case OptionParameters:
		for _, o := range data {
			m.Parameters = append(m.Parameters, Option(o))
		}
	}
	return true
}

func seconds(b []byte) time.Duration {
	return time.Duration(binary.BigEndian.Uint32(b)) * time.Second
}

func addresses(b []byte) []netip.Addr {
	var addrs []netip.Addr
	for ; len(b) >= 4; b = b[4:] {
		addrs = append(addrs, netip.AddrFrom4([4]byte(b)))
	}
	return addrs
}

// maskLen returns the length of a mask's prefix; 0 if it is none, or of no bits.
func maskLen(mask uint32) int {
	for n := 1; n <= 32; n++ {
		if mask == ^uint32(0)<<(32-n) {
			return n
		}
	}
	return 0
}
