package tui

import (
	"strings"

	"netlab/capture"
	"netlab/flow"
	"netlab/wire"
)

// purpose says in a sentence what a captured packet is for, and where that is written. A capture does not tell why a host sent a packet; the protocol does. before is
// what the packet before it in its connection was, and is tells what was found about it.
func purpose(layers []wire.Node, sum capture.Summary, before string, is func(flow.Kind) bool) (string, wire.Ref) {
	switch sum.Proto {
	case "ARP":
		if value(layers, "arp.opcode") == 2 {
			return "Says which network card has the address that was asked for.", wire.RFC("826", "")
		}
		return "Asks which network card has an address: a frame can go to a card only.", wire.RFC("826", "")
	case "DNS":
		if value(layers, "dns.flags.response") == 1 {
			return "Answers the question of the same id.", wire.RFC("1035", "4.1.1")
		}
		return "Asks what is known of a name. The answer will have the same id.", wire.RFC("1035", "4.1.1")
	case "DHCP":
		return "A host without an address and a server agree on one, for a while.", wire.RFC("2131", "3.1")
	case "HTTP", "HTTP2", "TLS", "WebSocket", "TCP":
		return purposeTCP(layers, sum, before, is)
	case "ICMP":
		return purposeICMP(value(layers, "icmp.type"))
	case "ICMPv6":
		return "A host or router says something about packets, not to an application.", wire.RFC("4443", "2.1")
	case "UDP":
		return "A datagram: it stands for itself. Nobody acknowledges it, and nothing is sent again.", wire.RFC("768", "")
	}
	return "", wire.Ref{}
}

func purposeICMP(kind uint64) (string, wire.Ref) {
	switch kind {
	case 8:
		return "Asks for an echo: is the other host there, and how long does the way take?", wire.RFC("792", "")
	case 0:
		return "Echoes what was asked, with the same id and number.", wire.RFC("792", "")
	case 3:
		return "Says that a packet could not be delivered, and quotes its beginning.", wire.RFC("792", "")
	case 11:
		return "A router threw a packet away because its time to live was over, and quotes its beginning.", wire.RFC("792", "")
	}
	return "A host or router says something about packets, not to an application.", wire.RFC("792", "")
}

func purposeTCP(layers []wire.Node, sum capture.Summary, before string, is func(flow.Kind) bool) (string, wire.Ref) {
	flag := func(name string) bool { return value(layers, "tcp.flags."+name) == 1 }
	has := func(words string) bool { return strings.Contains(sum.What, words) }
	switch {
	case node(layers, "tcp.flags") == nil:
		return "", wire.Ref{}
	case flag("reset"):
		return "Ends the connection at once: there is nothing to wait for any more, and nothing is answered.", wire.RFC("9293", "3.5.2")
	case flag("syn") && flag("ack"):
		return "Accepts the connection: acknowledges the other end's first number, and says from which number it counts itself.", wire.RFC("9293", "3.5")
	case flag("syn"):
		return "Asks for a connection, and says from which number it will count its octets.", wire.RFC("9293", "3.5")
	case is(flow.KeepAlive):
		return "Asks an end that has been silent whether it is still there: it sends an octet that was acknowledged long ago.", wire.RFC("9293", "3.8.4")
	case is(flow.WindowProbe):
		return "The other end had no room. This asks whether it has some now; otherwise a lost answer would stop both for good.", wire.RFC("9293", "3.8.6.1")
	case has("zero window"):
		return "Has no room for more: the other end must stop until a window is offered again.", wire.RFC("9293", "3.8.6.1")
	case flag("fin"):
		return "This end has sent all that it had to. It still receives until the other end says the same.", wire.RFC("9293", "3.6")
	case sum.Again:
		return "Carries again what had been sent before.", wire.RFC("9293", "3.8.1")
	case sum.Proto == "HTTP" && sum.What != "" && sum.What[0] >= '0' && sum.What[0] <= '9':
		return "The server's answer begins: a status, fields, then the content. TCP below carries it as octets and knows nothing of it.", wire.RFC("9112", "4")
	case sum.Proto == "HTTP":
		return "The client's question begins. All packets before it only prepared the connection.", wire.RFC("9112", "3.1")
	case sum.Proto == "HTTP2":
		return "Frames of HTTP/2: pieces of several messages share one connection.", wire.RFC("9113", "4.1")
	case sum.Proto == "TLS" && has("ClientHello"):
		return "The client says which versions and ciphers it knows, and gives its part of the key.", wire.RFC("8446", "4.1.2")
	case sum.Proto == "TLS" && has("ServerHello"):
		return "The server chooses version and cipher, and gives its part of the key. From here on both can encrypt.", wire.RFC("8446", "4.1.3")
	case sum.Proto == "TLS" && has("Finished"):
		return "Proves that this end has the same keys and saw the same handshake.", wire.RFC("8446", "4.4.4")
	case sum.Proto == "TLS" && has("close_notify"):
		return "Says that nothing more comes, so that nobody can cut the end off unseen.", wire.RFC("8446", "6.1")
	case sum.Proto == "TLS":
		return "Records of TLS: who is on the way sees how long they are, and not what they say.", wire.RFC("8446", "5.2")
	case has("data "):
		return "Carries octets of the application. The other end acknowledges them with the number after the last.", wire.RFC("9293", "3.8")
	case strings.HasPrefix(before, "SYN-ACK"):
		return "Completes the handshake: both ends have now acknowledged each other's first number.", wire.RFC("9293", "3.5")
	case flag("ack"):
		return "Acknowledges all octets before this number, the one that is expected next, and says how much there is room for.", wire.RFC("9293", "3.4")
	}
	return "", wire.Ref{}
}

// node finds a field among layers.
func node(layers []wire.Node, key string) *wire.Node {
	for i := range layers {
		if n := layers[i].Find(key); n != nil {
			return n
		}
	}
	return nil
}

// value is the number in a field; 0 if there is no such field.
func value(layers []wire.Node, key string) uint64 {
	if n := node(layers, key); n != nil {
		return n.Uint
	}
	return 0
}
