package dhcp

import "netlab/wire"

// Where servers and clients listen, on UDP (RFC 2131, Section 4.1).
const (
	ServerPort = 67
	ClientPort = 68
)

const (
	headerLen = 240        // octets of the fixed fields, with the magic cookie
	cookie    = 0x63825363 // 99, 130, 83, 99
)

// HeaderLayout declares the fixed fields of a message: figure 1 of RFC 2131, Section 2, and the magic cookie of Section 3.
func HeaderLayout() wire.Layout {
	ref := wire.RFC("2131", "2")
	address := func(name, key string, bit int, doc string) wire.Field {
		return wire.Field{Name: name, Key: key, Bit: bit, Width: 32, Format: wire.Address, Doc: doc, Ref: ref}
	}
	return wire.Layout{
		Name: "Dynamic Host Configuration Protocol", Key: "dhcp", Ref: ref,
		Doc: "How a host asks for an address and what else it needs, and gets it for a while.",
		Fields: []wire.Field{
			{Name: "Message Type", Key: "dhcp.type", Width: 8, Names: []wire.Name{{Value: 1, Text: "request"}, {Value: 2, Text: "reply"}}, Ref: ref, Doc: "1 from clients, 2 from servers (op)."},
			{Name: "Hardware Type", Key: "dhcp.hw.type", Bit: 8, Width: 8, Names: []wire.Name{{Value: 1, Text: "Ethernet"}}, Ref: ref, Doc: "The kind of hardware address (htype)."},
			{Name: "Hardware Address Length", Key: "dhcp.hw.len", Bit: 16, Width: 8, Ref: ref, Doc: "In octets (hlen)."},
			{Name: "Hops", Key: "dhcp.hops", Bit: 24, Width: 8, Ref: ref, Doc: "Relay agents that the message has passed."},
			{Name: "Transaction ID", Key: "dhcp.id", Bit: 32, Width: 32, Format: wire.Hex, Ref: ref, Doc: "Chosen by the client; answers repeat it (xid)."},
			{Name: "Seconds Elapsed", Key: "dhcp.secs", Bit: 64, Width: 16, Ref: ref, Doc: "How long the client has been trying (secs)."},
			{Name: "Broadcast Flag", Key: "dhcp.flags.bc", Bit: 80, Width: 1, Format: wire.Flag, Ref: ref, Doc: "The client cannot take unicast before it has an address: answer by broadcast."},
			{Name: "Reserved Flags", Key: "dhcp.flags.reserved", Bit: 81, Width: 15, Format: wire.Hex, Ref: ref, Doc: "Must be zero."},
			address("Client Address", "dhcp.ip.client", 96, "The address that the client has and can be reached at (ciaddr)."),
			address("Your Address", "dhcp.ip.your", 128, "The address that the server gives to the client (yiaddr)."),
			address("Next Server Address", "dhcp.ip.server", 160, "Where a system to boot comes from (siaddr)."),
			address("Relay Agent Address", "dhcp.ip.relay", 192, "The relay agent that the message has passed (giaddr)."),
			{Name: "Client Hardware Address", Key: "dhcp.hw.mac_addr", Bit: 224, Width: 48, Format: wire.Hex, Ref: ref, Doc: "The client's hardware address (chaddr)."},
			{Name: "Hardware Address Padding", Key: "dhcp.hw.addr_padding", Bit: 272, Width: 80, Format: wire.Bytes, Ref: ref, Doc: "Room for longer hardware addresses."},
			{Name: "Server Host Name", Key: "dhcp.server", Bit: 352, Width: 512, Format: wire.Bytes, Ref: ref, Doc: "A name, or more options (sname)."},
			{Name: "Boot File Name", Key: "dhcp.file", Bit: 864, Width: 1024, Format: wire.Bytes, Ref: ref, Doc: "A name, or more options (file)."},
			{
				Name: "Magic Cookie", Key: "dhcp.cookie", Bit: 1888, Width: 32, Format: wire.Hex, Names: []wire.Name{{Value: cookie, Text: "DHCP"}}, Ref: wire.RFC("2131", "3"),
				Doc: "Tells that options follow.",
			},
		},
	}
}

// MessageType is what a message is for (RFC 2132, Section 9.6).
type MessageType uint8

// The types of message.
const (
	Discover MessageType = iota + 1
	Offer
	Request
	Decline
	ACK
	NAK
	Release
	Inform
)

// String returns the name as the RFC writes it, without its prefix: "DISCOVER".
func (t MessageType) String() string {
	for _, n := range messageNames() {
		if n.Value == uint64(t) {
			return n.Text
		}
	}
	return "unknown"
}

func messageNames() []wire.Name {
	return []wire.Name{
		{Value: uint64(Discover), Text: "DISCOVER"},
		{Value: uint64(Offer), Text: "OFFER"},
		{Value: uint64(Request), Text: "REQUEST"},
		{Value: uint64(Decline), Text: "DECLINE"},
		{Value: uint64(ACK), Text: "ACK"},
		{Value: uint64(NAK), Text: "NAK"},
		{Value: uint64(Release), Text: "RELEASE"},
		{Value: uint64(Inform), Text: "INFORM"},
	}
}
